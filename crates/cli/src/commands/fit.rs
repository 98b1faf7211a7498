//! `verdancy fit`

use verdancy_engine::{Options, Result, RunContext};

use super::{of_model, output};
use crate::args::{Fit, Shown};
use crate::outcome::{self, GREEN, NOT_GREEN, Show};
use crate::paint::{Paint, line};
use crate::progress::Listener;
use crate::stop;

pub fn run(args: &Fit, shown: &Shown) -> Result<u8> {
    let folder = output(args.output.as_ref(), &args.data, "model");
    let mut listener = Listener::new(shown);
    let clock = stop::clock();
    let cancel = stop::on_signal(Some(&folder));
    listener.head(&shown.name(&args.data));
    let said = Options {
        force: args.force,
        ..of_model(&args.source, &args.model, shown)
    };
    let fitted = verdancy_engine::fit(
        &said.source(args.data.clone())?,
        &said.plan()?,
        args.validation,
        &folder,
        RunContext {
            clock: &clock,
            cancel,
            listen: &mut |event| listener.hear(&event),
        },
    );
    listener.done();
    let (_, completion) = fitted?;
    if Show::of(shown) == Show::Tables {
        let paint = Paint::stdout();
        outcome::show(&line("model", &shown.name(&folder), paint));
    }
    Ok(if completion.is_complete() {
        GREEN
    } else {
        NOT_GREEN
    })
}

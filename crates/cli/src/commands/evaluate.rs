//! `verdancy evaluate`

use verdancy_engine::{Result, RunContext};
use verdancy_metrics::Status;

use super::{profile, source, threads};
use crate::args::{Evaluate, Shown};
use crate::outcome::{self, Show};
use crate::paint::Paint;
use crate::progress::Listener;
use crate::{GREEN, NOT_GREEN, gates, stop};

pub fn run(args: &Evaluate, shown: &Shown) -> Result<u8> {
    let mut listener = Listener::new(shown);
    let clock = stop::clock();
    let cancel = stop::on_signal(args.output.as_deref());
    listener.head(&args.synthetic);
    let evaluation = verdancy_engine::evaluate(
        &source(&args.train, &args.source),
        &args.synthetic,
        args.holdout.as_deref(),
        &profile(&args.limits)?,
        args.seed,
        threads(shown),
        args.output.as_deref(),
        RunContext {
            clock: &clock,
            cancel,
            listen: &mut |event| listener.hear(&event),
        },
    );
    listener.done();
    let judgement = evaluation?.judgement;
    if Show::of(shown) == Show::Tables {
        let paint = Paint::stdout();
        let text = format!(
            "\n{}{}",
            gates::table(&judgement, paint),
            gates::worst(&judgement, paint)
        );
        outcome::print(&text);
    }
    Ok(if judgement.verdict == Status::Green {
        GREEN
    } else {
        NOT_GREEN
    })
}

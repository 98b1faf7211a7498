//! `verdancy evaluate`

use verdancy_engine::{Input, Options, Result, RunContext};
use verdancy_metrics::Status;

use super::of_table;
use crate::args::{Evaluate, Shown};
use crate::outcome::{self, GREEN, NOT_GREEN, Show};
use crate::paint::Paint;
use crate::progress::Listener;
use crate::{gates, stop};

pub fn run(args: &Evaluate, shown: &Shown) -> Result<u8> {
    let mut listener = Listener::new(shown);
    let clock = stop::clock();
    let cancel = stop::on_signal(args.output.as_deref());
    listener.head(&shown.name(&args.synthetic));
    let said = Options {
        profile: args.limits.profile.clone(),
        threads: shown.threads,
        ..of_table(&args.source)
    };
    let evaluation = verdancy_engine::evaluate(
        &said.source(args.train.clone())?,
        &Input::File(args.synthetic.clone()),
        args.holdout.clone().map(Input::File).as_ref(),
        &said.profile()?,
        (args.seed, Some(stop::now())),
        said.threads(),
        args.output.as_deref(),
        RunContext {
            clock: &clock,
            cancel,
            listen: &mut |event| listener.hear(&event),
        },
        &mut verdancy_report::write_comparison,
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
        outcome::show(&text);
    }
    Ok(if judgement.verdict() == Status::Green {
        GREEN
    } else {
        NOT_GREEN
    })
}

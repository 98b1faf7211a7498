//! `verdancy synth`

use verdancy_engine::{Input, Options, Result, RunContext};

use super::{name, of_model, output};
use crate::args::{Shown, Synth};
use crate::outcome::{self, GREEN, NOT_GREEN, Show};
use crate::paint::Paint;
use crate::progress::Listener;
use crate::stop;

pub fn run(args: &Synth, shown: &Shown) -> Result<u8> {
    let folder = output(args.output.as_ref(), &args.data, "synthetic");
    let said = Options {
        attempts: args.attempts,
        force: args.force,
        shadow_runs: args.shadow_runs,
        checkpoints: args.checkpoints.clone(),
        profile: args.limits.profile.clone(),
        test: args.test,
        validation: args.validation,
        rows: args.rows,
        format: args.format.map(|format| name(format).to_owned()),
        ..of_model(&args.source, &args.model, shown)
    };
    let request = said.request(args.data.clone(), args.holdout.clone().map(Input::File))?;
    let mut listener = Listener::new(shown);
    let clock = stop::clock();
    let cancel = stop::on_signal(Some(&folder));
    listener.head(&shown.name(&args.data));
    let run = verdancy_engine::run(
        &request,
        &folder,
        RunContext {
            clock: &clock,
            cancel,
            listen: &mut |event| listener.hear(&event),
        },
        &mut verdancy_report::write,
    );
    listener.done();
    let (outcome, files) = run?;
    if Show::of(shown) == Show::Tables {
        let seconds = clock().as_secs_f64();
        let text = outcome::finished(
            &outcome,
            &shown.name(&folder),
            &files.names,
            seconds,
            Paint::stdout(),
        );
        outcome::show(&text);
    }
    Ok(if outcome.record.is_green() {
        GREEN
    } else {
        NOT_GREEN
    })
}

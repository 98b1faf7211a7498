//! `verdancy synth`

use verdancy_engine::{Division, Plan, Request, Result, Rows, RunContext};

use super::{format, output, plan, profile, source_with};
use crate::args::{Shown, Synth};
use crate::outcome::{self, Show};
use crate::paint::Paint;
use crate::progress::Listener;
use crate::{GREEN, NOT_GREEN, stop};

pub fn run(args: &Synth, shown: &Shown) -> Result<u8> {
    let folder = output(args.output.as_ref(), &args.data, "synthetic");
    let profile = profile(&args.limits)?;
    let request = Request {
        source: source_with(&args.data, &args.source, &args.model)?,
        division: Division {
            holdout: args.holdout.clone(),
            validation: args.validation,
            test: args.test,
        },
        plan: Plan {
            attempts: args.attempts,
            shadow_runs: args.shadow_runs,
            checkpoints: args.checkpoints.clone(),
            ..plan(&args.model, &profile.name, shown)?
        },
        profile,
        rows: args.rows.map_or(Rows::LikeLearned, Rows::Exactly),
        format: args.format.map(format),
    };
    let mut listener = Listener::new(shown);
    let clock = stop::clock();
    let cancel = stop::on_signal(Some(&folder));
    listener.head(&args.data);
    let run = verdancy_engine::run(
        &request,
        &folder,
        RunContext {
            clock: &clock,
            cancel,
            listen: &mut |event| listener.hear(&event),
        },
        &mut |outcome, folder| outcome::report(outcome, folder),
    );
    listener.done();
    let (outcome, files) = run?;
    if Show::of(shown) == Show::Tables {
        let seconds = clock().as_secs_f64();
        let text = outcome::finished(&outcome, &folder, &files.names, seconds, Paint::stdout());
        outcome::print(&text);
    }
    Ok(if outcome.record.is_green() {
        GREEN
    } else {
        NOT_GREEN
    })
}

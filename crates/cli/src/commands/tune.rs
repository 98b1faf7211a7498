//! `verdancy tune`

use verdancy_engine::{ConfigFile, ConfigPlace, Options, Result, RunContext, Tuned};

use super::{of_model, output};
use crate::args::{Shown, Tune};
use crate::outcome::{self, GREEN, Show};
use crate::paint::{Paint, line};
use crate::progress::Listener;
use crate::{stop, story};

pub fn run(args: &Tune, shown: &Shown) -> Result<u8> {
    let file = match &args.output {
        Some(file) => file.clone(),
        None => output(None, &args.data, "tuned").with_extension("toml"),
    };
    let place = ConfigPlace::prepare(&file)?;
    let said = Options {
        profile: args.limits.profile.clone(),
        test: args.test,
        validation: args.validation,
        ..of_model(&args.source, &args.model, shown)
    };
    let request = said.request(args.data.clone(), None)?;
    let mut listener = Listener::new(shown);
    let clock = stop::clock();
    let cancel = stop::on_signal(None);
    listener.head(&shown.name(&args.data));
    let tuned = verdancy_engine::tune(
        &request,
        args.trials,
        RunContext {
            clock: &clock,
            cancel,
            listen: &mut |event| listener.hear(&event),
        },
    );
    listener.done();
    let tuned = tuned?;
    let found = tuned.to_file(&request)?;
    let name = (args.data.file_name()).map_or_else(String::new, |n| n.to_string_lossy().into());
    let comment = format!(
        "The parameters that `verdancy tune {name}` found, seed {}.\nUse: verdancy synth {name} --config FILE --seed {0}",
        args.model.seed
    );
    place.commit(&found.to_text(&comment)?)?;
    if Show::of(shown) == Show::Tables {
        outcome::show(&told(&tuned, &found, &shown.name(&file), Paint::stdout()));
    }
    Ok(GREEN)
}

fn told(tuned: &Tuned, found: &ConfigFile, file: &str, paint: Paint) -> String {
    let (Some(winner), Some(first)) = (tuned.winner(), tuned.trials.first()) else {
        return String::new();
    };
    let mut out = String::from("\n");
    let named = match winner.number {
        1 => "the defaults: nothing that was tried is better".to_owned(),
        n => format!("trial {n}"),
    };
    out += &line("winner", &named, paint);
    out += &line("stands", &story::stands(&winner.standings), paint);
    if winner.number != 1 {
        out += &line("defaults", &story::stands(&first.standings), paint);
        out += &line(
            "changes",
            &story::changes(&first.config, &winner.config),
            paint,
        );
    }
    let seeds = format!(
        "means over {} seeds, on validation rows; smaller is better",
        winner.standings.len()
    );
    out += &line("", &seeds, paint);
    let count = found.parameters.len();
    out += &line("written", &format!("{file} ({count} parameters)"), paint);
    out
}

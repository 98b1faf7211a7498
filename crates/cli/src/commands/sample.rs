//! `verdancy sample`

use std::path::Path;

use verdancy_engine::options::threads;
use verdancy_engine::{Conditions, Drawing, Input, Result, RunContext, SampleRequest, Sampled};
use verdancy_table::Format;

use super::format;
use crate::args::{STANDARD, Sample, Shown};
use crate::outcome::{self, GREEN, Show};
use crate::paint::{Paint, line};
use crate::progress::Listener;
use crate::{stop, words};

pub fn run(args: &Sample, shown: &Shown) -> Result<u8> {
    let format = args
        .format
        .and_then(format)
        .or_else(|| Format::from_path(&args.output))
        .unwrap_or(Format::CSV);
    let to_standard = args.output.as_os_str() == STANDARD;
    let output = match to_standard {
        true => Path::new("/dev/stdout"),
        false => &args.output,
    };
    let mut listener = Listener::new(shown);
    let clock = stop::clock();
    let cancel = stop::on_signal(None);
    let request = SampleRequest {
        rows: args.rows,
        seed: args.seed,
        conditions: conditions(args),
        threads: threads(shown.threads),
    };
    let written = verdancy_engine::sample(
        &args.model,
        &request,
        output,
        format,
        RunContext {
            clock: &clock,
            cancel,
            listen: &mut |event| listener.hear(&event),
        },
    );
    listener.done();
    let (written, sampled) = match written {
        // Whoever reads the rows has enough of them.
        Err(e) if to_standard && e.code == "write/reader-gone" => return Ok(GREEN),
        written => written?,
    };
    if Show::of(shown) == Show::Tables && !to_standard {
        let text = format!(
            "{}  {} rows, {}{}",
            shown.name(&args.output),
            words::count(written.rows),
            words::bytes(written.bytes),
            how(&sampled)
        );
        outcome::show(&line("sample", &text, Paint::stdout()));
    }
    Ok(GREEN)
}

/// What the rows have to be like.
fn conditions(args: &Sample) -> Conditions {
    match (&args.condition, &args.given, &args.balance) {
        (Some(text), ..) => Conditions::Where(text.clone()),
        (None, Some(file), _) => Conditions::Given(Input::File(file.clone())),
        (None, None, Some(text)) => Conditions::Balance(text.clone()),
        (None, None, None) => Conditions::None,
    }
}

/// How rows that meet a condition were drawn.
fn how(sampled: &Sampled) -> String {
    let met = sampled.rate.map(|rate| {
        format!(
            "{:.2} % of the model's rows meet the condition",
            100.0 * rate
        )
    });
    match (sampled.drawing, met) {
        (Drawing::Unconditional, _) => String::new(),
        (Drawing::Filtered, Some(met)) => format!("; {met}"),
        (Drawing::Filtered, None) => String::new(),
        (Drawing::Conditional, Some(met)) => format!("; {met}: drawn around its cells"),
        (Drawing::Conditional, None) => "; drawn around the given cells".to_owned(),
    }
}

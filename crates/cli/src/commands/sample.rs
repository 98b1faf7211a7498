//! `verdancy sample`

use std::path::Path;

use verdancy_engine::options::threads;
use verdancy_engine::{Result, RunContext};
use verdancy_table::Format;

use super::format;
use crate::args::{Sample, Shown};
use crate::outcome::{self, Show};
use crate::paint::Paint;
use crate::progress::{Listener, line};
use crate::remote::STANDARD;
use crate::{GREEN, stop, words};

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
    let written = verdancy_engine::sample(
        &args.model,
        args.rows,
        args.seed,
        output,
        format,
        threads(shown.threads),
        RunContext {
            clock: &clock,
            cancel,
            listen: &mut |event| listener.hear(&event),
        },
    );
    listener.done();
    let written = match written {
        // Whoever reads the rows has enough of them.
        Err(e) if to_standard && e.code == "write/reader-gone" => return Ok(GREEN),
        written => written?,
    };
    if Show::of(shown) == Show::Tables && !to_standard {
        let text = format!(
            "{}  {} rows, {}",
            shown.name(&args.output),
            words::count(written.rows),
            words::bytes(written.bytes)
        );
        outcome::print(&line("sample", &text, Paint::stdout()));
    }
    Ok(GREEN)
}

//! What is printed when a run is done.

use std::io::Write;

use verdancy_engine::Outcome;

use crate::args::{Progress, Shown};
use crate::paint::{Paint, harmless, left};
use crate::{gates, story, words};

/// Exit code: done, and green where something was judged.
pub const GREEN: u8 = 0;
/// Exit code: done, but not green.
pub const NOT_GREEN: u8 = 3;

/// What goes to stdout.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Show {
    /// Tables for people.
    Tables,
    /// JSON lines have said it all.
    Lines,
}

impl Show {
    pub fn of(shown: &Shown) -> Show {
        match shown.progress {
            Progress::Json => Show::Lines,
            Progress::Auto | Progress::None => Show::Tables,
        }
    }
}

/// Prints text for people to stdout.
pub fn show(text: &str) {
    write(&harmless(text));
}

/// Prints text for programs to stdout: as it is, unless a terminal reads it.
pub fn print(text: &str) {
    match console::Term::stdout().is_term() {
        true => show(text),
        false => write(text),
    }
}

/// Prints text for people to stderr.
pub fn say(text: &str) {
    eprint!("{}", harmless(text));
}

/// A reader that has gone away is not an error.
fn write(text: &str) {
    let mut out = std::io::stdout().lock();
    let _ = out.write_all(text.as_bytes()).and_then(|()| out.flush());
}

/// The gates, the worst columns, where the files are, how long it took.
pub fn finished(
    outcome: &Outcome,
    folder: &str,
    names: &[String],
    seconds: f64,
    paint: Paint,
) -> String {
    let mut out = String::from("\n");
    let kept = story::kept(&outcome.record, paint);
    if !kept.is_empty() {
        out += &kept;
        out.push('\n');
    }
    out += &gates::table(&outcome.record.judgement, paint);
    let (learned, all) = outcome.record.schema.learned();
    if learned < all {
        out += &format!(
            "  {learned} of {all} columns learned; the others are replaced with invented values\n"
        );
    }
    if outcome.record.protect.is_off() {
        out += "  values are not protected (--protect 0)\n";
    }
    out += &gates::worst(&outcome.record.judgement, paint);
    out.push('\n');
    let folder = format!("{}/", folder.trim_end_matches('/'));
    out += &format!("  {}\n", paint.bold(&folder));
    let rows = words::count(outcome.record.rows.synthetic);
    for name in names {
        let what = match name.as_str() {
            n if n.starts_with("synthetic.") => format!("{rows} rows"),
            "report.html" => "figures, gates and details, to be opened in a browser".to_owned(),
            "report.json" => "every figure, with what each metric means".to_owned(),
            "figures.json" => "the distributions of the columns, for drawing them".to_owned(),
            "run.json" => "every parameter, seed, version and time".to_owned(),
            "schema.toml" => {
                "what the columns mean; edit it and give it back with --schema".to_owned()
            }
            "model" => "to draw more rows: verdancy sample".to_owned(),
            _ => String::new(),
        };
        let room = paint.width().saturating_sub(24);
        let what = crate::paint::fit(&what, room);
        out += &format!("    {}  {}\n", left(name, 18), paint.dim(&what));
    }
    out += &format!(
        "  {}\n",
        paint.dim(&format!("done in {}", words::seconds(seconds)))
    );
    out
}

//! `verdancy impute`

use std::path::{Path, PathBuf};

use verdancy_engine::{Check, Fill, Filled, Result, RunContext};
use verdancy_table::Format;

use super::of_table;
use crate::args::{Impute, Shown};
use crate::outcome::{self, Show};
use crate::paint::Paint;
use crate::progress::{Listener, line};
use crate::{GREEN, stop, words};

pub fn run(args: &Impute, shown: &Shown) -> Result<u8> {
    let mut listener = Listener::new(shown);
    let clock = stop::clock();
    let cancel = stop::on_signal(None);
    listener.head(&shown.name(&args.data));
    let fill = match args.mean {
        true => Fill::Mean,
        false => Fill::Draws(args.draws),
    };
    let done = verdancy_engine::impute(
        &of_table(&args.source).source(args.data.clone())?,
        fill,
        args.seed,
        verdancy_engine::options::threads(shown.threads),
        RunContext {
            clock: &clock,
            cancel,
            listen: &mut |event| listener.hear(&event),
        },
    );
    listener.done();
    let done = done?;
    let format = Format::from_path(&args.output).map_or(done.format, |asked| {
        match asked.extension() == done.format.extension() {
            // Delimiter, quotes and encoding as in the input.
            true => done.format,
            false => asked,
        }
    });
    let names = names(&args.output, done.tables.len());
    let mut written = Vec::new();
    for (name, table) in names.iter().zip(&done.tables) {
        let mut writer = verdancy_table::write::Writer::create(name, table.schema(), format)?;
        writer.write(table)?;
        written.push(writer.finish()?);
    }
    if Show::of(shown) == Show::Tables {
        let paint = Paint::stdout();
        for (name, file) in names.iter().zip(&written) {
            let text = format!(
                "{}  {} rows, {}",
                shown.name(name),
                words::count(file.rows),
                words::bytes(file.bytes)
            );
            outcome::print(&line("filled", &text, paint));
        }
        for column in &done.columns {
            outcome::print(&line("", &said(column), paint));
        }
    }
    Ok(GREEN)
}

/// One name for each table: `filled.csv`, or `filled-1.csv`, `filled-2.csv` and so on.
fn names(output: &Path, tables: usize) -> Vec<PathBuf> {
    if tables == 1 {
        return vec![output.to_path_buf()];
    }
    let name = output
        .file_name()
        .map(|n| n.to_string_lossy().into_owned())
        .unwrap_or_default();
    let (stem, ending) = match name.split_once('.') {
        Some((stem, ending)) => (stem.to_owned(), format!(".{ending}")),
        None => (name.clone(), String::new()),
    };
    (1..=tables)
        .map(|number| output.with_file_name(format!("{stem}-{number}{ending}")))
        .collect()
}

/// What became of a column, and how well hidden cells were met.
fn said(column: &Filled) -> String {
    let Filled {
        column: name,
        missing,
        filled,
        left,
        check,
    } = column;
    let (filled, missing) = (words::count(*filled as u64), words::count(*missing as u64));
    let mut text = format!("{name}: {filled} of {missing} missing cells filled");
    if let Some(why) = left {
        text.push_str(&format!("; {why}"));
    }
    if let Some(check) = check {
        text.push_str(&format!("; {}", met(check)));
    }
    text
}

fn met(check: &Check) -> String {
    let cells = words::count(check.cells as u64);
    match check.coverage {
        Some(coverage) => format!(
            "on {cells} hidden cells the mean error is {} (median of the column: {}), {:.0} % lie in the 90 % interval",
            figure(check.error),
            figure(check.baseline),
            100.0 * coverage
        ),
        None => format!(
            "of {cells} hidden cells {:.0} % are right (most frequent level: {:.0} %)",
            100.0 * (1.0 - check.error),
            100.0 * (1.0 - check.baseline)
        ),
    }
}

/// A number in three digits.
fn figure(x: f64) -> String {
    match x.abs() {
        a if a >= 100.0 => format!("{x:.0}"),
        a if a >= 10.0 => format!("{x:.1}"),
        a if a >= 1.0 || a == 0.0 => format!("{x:.2}"),
        a if a >= 0.001 => format!("{x:.4}"),
        _ => "under 0.001".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_draw_has_a_file_of_its_own() {
        let of = |output: &str, n| names(Path::new(output), n);
        assert_eq!(of("a/b.csv", 1), [PathBuf::from("a/b.csv")]);
        assert_eq!(
            of("a/b.csv.gz", 2),
            [PathBuf::from("a/b-1.csv.gz"), PathBuf::from("a/b-2.csv.gz")]
        );
    }
}

//! `verdancy impute`

use std::path::{Path, PathBuf};

use verdancy_engine::{Check, Fill, Filled, Result, RunContext};
use verdancy_table::Format;

use super::of_table;
use crate::args::{Impute, Shown};
use crate::outcome::{self, GREEN, Show};
use crate::paint::{Paint, line};
use crate::progress::Listener;
use crate::{stop, words};

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
            outcome::show(&line("filled", &text, paint));
        }
        outcome::show(&table(&done.columns));
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

/// What became of each column, and how well cells that were hidden on purpose were met.
fn table(columns: &[Filled]) -> String {
    let mut rows = vec![
        [
            "column",
            "filled",
            "hidden",
            "error",
            "of median",
            "in 90 %",
        ]
        .map(str::to_owned),
    ];
    let mut notes = Vec::new();
    for Filled {
        column,
        missing,
        filled,
        left,
        check,
    } in columns
    {
        let filled = format!(
            "{} of {}",
            words::count(*filled as u64),
            words::count(*missing as u64)
        );
        let [hidden, error, baseline, within] = check.as_ref().map_or_else(Default::default, met);
        rows.push([column.clone(), filled, hidden, error, baseline, within]);
        notes.extend(left.as_ref().map(|why| format!("  {column}: {why}\n")));
    }
    let wide = |text: &str| text.chars().count();
    let widths: Vec<usize> = (0..6)
        .map(|at| rows.iter().map(|r| wide(&r[at])).max().unwrap_or(0))
        .collect();
    let mut out = String::from("\n");
    for row in &rows {
        let mut line = String::from("  ");
        for (at, cell) in row.iter().enumerate() {
            let space = " ".repeat(widths[at] - wide(cell));
            line += &match at {
                0 => format!("{cell}{space}"),
                _ => format!("   {space}{cell}"),
            };
        }
        out += line.trim_end();
        out.push('\n');
    }
    for note in notes {
        out += &note;
    }
    out += "\n  Hidden: cells that are there and were filled like the missing ones, to see how far off the filled value is: mean\n  \
            error of numbers, of dates in days, share of wrong categories; beside it, that of the column's median or most\n  \
            frequent category. In 90 %: share of the hidden numbers within the 90 % interval of the draws.\n";
    out
}

/// Hidden cells, error, that of the median, and coverage, in words.
fn met(check: &Check) -> [String; 4] {
    let share = |x: f64| format!("{:.0} %", 100.0 * x);
    let error = |x: f64| match check.coverage {
        Some(_) => figure(x),
        None => share(x),
    };
    [
        words::count(check.cells as u64),
        error(check.error),
        error(check.baseline),
        check.coverage.map_or_else(String::new, share),
    ]
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

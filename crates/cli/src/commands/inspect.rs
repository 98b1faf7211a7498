//! `verdancy inspect`

use verdancy_engine::{Division, Inspection, Result, RunContext};

use super::{of_model, of_table};
use crate::args::{Inspect, InspectFormat, Shown};
use crate::outcome::{self, GREEN};
use crate::paint::{Paint, left, line, right, wrap};
use crate::progress::{Listener, proposed, relations};
use crate::story::parameters;
use crate::{stop, words};

pub fn run(args: &Inspect, shown: &Shown) -> Result<u8> {
    if args.format == InspectFormat::Rows {
        let source = of_table(&args.source).source(args.data.clone())?;
        let rows = verdancy_engine::first_rows(&source, args.first)?;
        outcome::print(&verdancy_engine::pretty(&rows)?);
        return Ok(GREEN);
    }
    let mut listener = Listener::new(shown);
    let clock = stop::clock();
    let cancel = stop::on_signal(None);
    let said = of_model(&args.source, &args.model, shown);
    let inspection = verdancy_engine::inspect(
        &said.source(args.data.clone())?,
        &said.plan()?,
        &Division::default(),
        RunContext {
            clock: &clock,
            cancel,
            listen: &mut |event| listener.hear(&event),
        },
    );
    listener.done();
    let inspection = inspection?;
    match args.format {
        InspectFormat::Text | InspectFormat::Rows => {
            outcome::show(&text(&inspection, Paint::stdout()));
        }
        InspectFormat::Json => outcome::print(&verdancy_engine::pretty(&inspection)?),
        InspectFormat::Schema => {
            outcome::print(&verdancy_engine::schema_toml(&inspection.schema)?);
        }
    }
    Ok(GREEN)
}

fn text(found: &Inspection, paint: Paint) -> String {
    let mut out = format!("\n  {}\n\n", paint.bold(&found.data));
    let target = found
        .schema
        .target
        .as_ref()
        .map_or(String::new(), |t| format!(", target {t}"));
    out += &line(
        "table",
        &format!(
            "{} rows, {} columns{target}",
            words::count(found.rows as u64),
            found.columns.len()
        ),
        paint,
    );
    if let Some(rows) = found.division {
        out += &line(
            "rows",
            &words::division(rows.train, rows.validation, rows.test),
            paint,
        );
    }
    if let Some(people) = &found.people {
        out += &line("people", &words::people(people), paint);
    }
    if let Some(config) = &found.config {
        out += &parameters(config, paint);
    }
    if let Some(estimate) = &found.estimate {
        out += &line(
            "estimate",
            &words::estimate(
                estimate.seconds,
                estimate.judging,
                estimate.bytes,
                if found.quick_first {
                    " where quick methods are not enough"
                } else {
                    ""
                },
            ),
            paint,
        );
    }
    if let Some(proposal) = &found.proposal {
        out += &proposed(proposal, paint);
    }
    out += &relations(&found.relations, paint);
    out.push('\n');
    out += &columns(found, paint);
    out
}

/// Narrower terminals show each column on lines of its own.
const NARROW: usize = 80;

fn stacked(found: &Inspection, paint: Paint) -> String {
    let mut out = String::new();
    let room = paint.width().saturating_sub(6);
    for column in &found.columns {
        let name = crate::paint::fit(&column.name, room.saturating_sub(14));
        out += &format!("  {}  {}\n", paint.bold(&name), column.kind);
        let mut text = values(column, found.rows);
        text += &format!("; {} distinct", words::count(column.distinct as u64));
        if column.missing > 0 {
            text += &format!("; {} missing", share(column.missing, found.rows));
        }
        for line in wrap(&text, room) {
            out += &format!("    {line}\n");
        }
    }
    out
}

fn columns(found: &Inspection, paint: Paint) -> String {
    if paint.width() < NARROW {
        return stacked(found, paint);
    }
    let widest = |texts: &mut dyn Iterator<Item = usize>| texts.max().unwrap_or(0);
    let name = widest(&mut found.columns.iter().map(|c| c.name.chars().count())).clamp(6, 26);
    let rest = paint
        .width()
        .saturating_sub(2 + name + 2 + 11 + 2 + 8 + 2 + 9 + 2);
    let mut out = paint.dim(&format!(
        "  {}  {}  {}  {}  values",
        left("column", name),
        left("kind", 11),
        right("missing", 8),
        right("distinct", 9)
    ));
    out.push('\n');
    for column in &found.columns {
        let missing = if column.missing == 0 {
            "–".to_owned()
        } else {
            share(column.missing, found.rows)
        };
        let values = values(column, found.rows);
        let mut lines = wrap(&values, rest.max(16)).into_iter();
        out += &format!(
            "  {}  {}  {}  {}  {}\n",
            paint.bold(&left(&column.name, name)),
            left(&column.kind, 11),
            right(&missing, 8),
            right(&words::count(column.distinct as u64), 9),
            lines.next().unwrap_or_default()
        );
        for more in lines.take(1) {
            out += &format!(
                "{}{more}\n",
                " ".repeat(2 + name + 2 + 11 + 2 + 8 + 2 + 9 + 2)
            );
        }
    }
    out
}

fn values(column: &verdancy_engine::ColumnSummary, of: usize) -> String {
    if let Some((low, high)) = &column.range {
        return format!("{low} to {high}");
    }
    if column.levels.is_empty() {
        return column.treatment.clone();
    }
    let shown: Vec<String> = column
        .levels
        .iter()
        .take(4)
        .map(|(level, rows)| {
            let percent = 100.0 * *rows as f64 / of.max(1) as f64;
            let percent = if percent < 0.5 {
                "< 1".to_owned()
            } else {
                format!("{percent:.0}")
            };
            format!("{} ({percent} %)", crate::paint::fit(level, 20))
        })
        .collect();
    let more = column.distinct.saturating_sub(shown.len());
    let mut text = shown.join(" · ");
    if more > 0 {
        text += &format!(" · {} more", words::count(more as u64));
    }
    text
}

fn share(part: usize, of: usize) -> String {
    let percent = part as f64 / of.max(1) as f64 * 100.0;
    if percent < 0.1 {
        "< 0.1 %".to_owned()
    } else {
        format!("{percent:.1} %")
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use verdancy_engine::Options;

    use super::*;

    /// What is found in a file of these lines.
    fn found(csv: &str) -> Inspection {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("t.csv");
        std::fs::write(&path, csv).unwrap();
        let said = Options {
            method: Some(verdancy_engine::options::Asked::Only(
                verdancy_synth::Method::GaussianCopula,
            )),
            ..Options::default()
        };
        verdancy_engine::inspect(
            &said.source(path).unwrap(),
            &said.plan().unwrap(),
            &Division::default(),
            RunContext {
                clock: &|| std::time::Duration::ZERO,
                cancel: verdancy_synth::Cancel::default(),
                listen: &mut |_| {},
            },
        )
        .unwrap()
    }

    #[test]
    fn durations_and_times_of_day_are_shown_as_they_are_written() {
        let mut csv = String::from("took,spoken,seen\n");
        for i in 0..200 {
            let minutes = i * 37 % 3000;
            csv += &format!(
                "{}:{:02}:00,{}h {:02}m,{:02}:{:02}\n",
                minutes / 60,
                minutes % 60,
                minutes / 60,
                minutes % 60,
                i % 24,
                i * 7 % 60
            );
        }
        let found = found(&csv);
        let range = |at: usize| found.columns[at].range.clone().unwrap();
        let (low, high) = range(0);
        let hours: u32 = high.split(':').next().unwrap().parse().unwrap();
        assert!(
            low.matches(':').count() == 2 && hours > 24,
            "{low} to {high}"
        );
        let (low, high) = range(1);
        assert!(low.ends_with('m') && high.contains("h "), "{low} to {high}");
        let text = text(&found, Paint::plain(100));
        assert!(!text.contains("1970"), "{text}");
    }

    #[test]
    fn a_narrow_terminal_shows_every_column_in_full() {
        let mut csv = String::from("seen,group_of_patients_at_entry\n");
        for i in 0..60 {
            csv += &format!(
                "{:02}:{:02},{}\n",
                i % 24,
                i * 7 % 60,
                ["north", "south"][i % 2]
            );
        }
        let found = found(&csv);
        for width in [60, 100] {
            let text = text(&found, Paint::plain(width));
            assert!(
                text.lines()
                    .all(|l| console::measure_text_width(l) <= width),
                "{text}"
            );
            assert!(
                text.contains("group_of_patients_at_entry") || width == 100,
                "{text}"
            );
            assert!(text.contains("north (50 %) · south (50 %)"), "{text}");
            assert!(!text.contains("1970"), "times of day are no dates: {text}");
            assert!(text.contains("seen") && text.contains(':'), "{text}");
        }
    }
}

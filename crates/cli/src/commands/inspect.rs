//! `verdancy inspect`

use verdancy_engine::{Division, Inspection, Result, RunContext};

use super::{of_model, of_table};
use crate::args::{Inspect, InspectFormat, Shown};
use crate::paint::{Paint, left, right, wrap};
use crate::progress::{Listener, line, parameters, relations};
use crate::{GREEN, outcome, stop, words};

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
    outcome::print(&match args.format {
        InspectFormat::Text | InspectFormat::Rows => text(&inspection, Paint::stdout()),
        InspectFormat::Json => verdancy_engine::pretty(&inspection)?,
        InspectFormat::Schema => verdancy_engine::schema_toml(&inspection.schema)?,
    });
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
            &format!(
                "about {} of training{}, {} of memory",
                words::seconds(estimate.seconds),
                if found.quick_first {
                    " where quick methods are not enough"
                } else {
                    ""
                },
                words::bytes(estimate.bytes)
            ),
            paint,
        );
    }
    out += &relations(&found.relations, paint);
    out.push('\n');
    out += &columns(found, paint);
    out
}

fn columns(found: &Inspection, paint: Paint) -> String {
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
        let values = values(column);
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

fn values(column: &verdancy_engine::ColumnSummary) -> String {
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
        .map(|(level, rows)| format!("{} {}", crate::paint::fit(level, 20), words::count(*rows)))
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

//! `verdancy params`: the parameter tables, made from the code that uses them.

use std::collections::BTreeSet;

use serde_json::Value;
use verdancy_engine::Result;
use verdancy_metrics::{Limit, Profile};
use verdancy_synth::tabddpm::SIZES;
use verdancy_synth::{Config, Method, Mode, TableSize};
use verdancy_table::Protection;

use super::method;
use crate::args::{Params, ParamsFormat};
use crate::outcome::{self, GREEN};
use crate::paint::{Paint, left, wrap};
use crate::words;

/// A table with its heading and a sentence.
pub struct Sheet {
    pub title: String,
    pub text: String,
    pub head: Vec<String>,
    pub rows: Vec<Vec<String>>,
}

const MODES: [(Mode, &str); 3] = [
    (Mode::Speed, "speed"),
    (Mode::Balanced, "balanced"),
    (Mode::Quality, "quality"),
];

pub fn run(args: &Params) -> Result<u8> {
    let methods: Vec<Method> = match args.method {
        Some(m) => vec![method(m)],
        None => Method::ALL.to_vec(),
    };
    let sheets = sheets(&methods)?;
    outcome::print(&match args.format {
        ParamsFormat::Text => text(&sheets, Paint::stdout()),
        ParamsFormat::Markdown => markdown(&sheets),
        ParamsFormat::Json => verdancy_engine::pretty(&json(&methods))?,
    });
    Ok(GREEN)
}

/// All tables.
pub fn sheets(methods: &[Method]) -> Result<Vec<Sheet>> {
    let mut sheets = Vec::new();
    for &method in methods {
        sheets.push(parameters(method));
        if method == Method::Tabddpm {
            sheets.push(sizes());
        }
        sheets.extend(modes(method));
    }
    sheets.push(protection());
    sheets.push(profiles()?);
    Ok(sheets)
}

fn strings<const N: usize>(texts: [&str; N]) -> Vec<String> {
    texts.map(str::to_owned).to_vec()
}

fn parameters(method: Method) -> Sheet {
    let varying = varying(method);
    Sheet {
        title: method.name().to_owned(),
        text: "Set any of them with --set name=value.".to_owned(),
        head: strings(["parameter", "default", "range", "meaning"]),
        rows: method
            .params()
            .into_iter()
            .map(|p| {
                let default = match p.name {
                    "precision" => "by processor".to_owned(),
                    name if varying.contains(name) => "by table".to_owned(),
                    _ => p.default,
                };
                vec![
                    p.name.to_owned(),
                    default,
                    p.range.to_owned(),
                    p.about.to_owned(),
                ]
            })
            .collect(),
    }
}

/// Training rows of a size class, as text.
fn class_rows(i: usize) -> String {
    let from = if i == 0 { 0 } else { SIZES[i - 1].under } as u64;
    match SIZES[i].under {
        usize::MAX => format!("{} and more", words::count(from)),
        under if i == 0 => format!("under {}", words::count(under as u64)),
        under => format!(
            "{} to {}",
            words::count(from),
            words::count(under as u64 - 1)
        ),
    }
}

fn sizes() -> Sheet {
    Sheet {
        title: "tabddpm: defaults by table size".to_owned(),
        text: "n_iter is the number of passes over the training rows. The bound on work may end them sooner, so that large tables keep to their mode's budget.".to_owned(),
        head: strings([
            "size",
            "training rows",
            "n_iter",
            "batch_size, up to 20 columns",
            "21 to 30",
            "over 30",
        ]),
        rows: SIZES
            .iter()
            .enumerate()
            .map(|(i, row)| {
                let mut cells = vec![row.name.to_owned(), class_rows(i), row.n_iter.to_string()];
                cells.extend(row.batch.iter().map(u32::to_string));
                cells
            })
            .collect(),
    }
}

/// A table of each size class, and one of many columns.
fn examples() -> Vec<TableSize> {
    let mut sizes = Vec::new();
    for (i, row) in SIZES.iter().enumerate() {
        let rows = match row.under {
            usize::MAX => SIZES[i - 1].under * 2,
            under => under - 1,
        };
        sizes.extend([10, 25, 40].map(|columns| TableSize { rows, columns }));
    }
    sizes
}

fn defaults(method: Method, size: TableSize, mode: Mode) -> serde_json::Map<String, Value> {
    match serde_json::to_value(Config::defaults(method, size, mode)) {
        Ok(Value::Object(map)) => map,
        _ => serde_json::Map::new(),
    }
}

/// Names of parameters whose default depends on size or mode.
fn varying(method: Method) -> BTreeSet<String> {
    let all: Vec<_> = examples()
        .into_iter()
        .flat_map(|size| MODES.map(|(mode, _)| defaults(method, size, mode)))
        .collect();
    let Some(first) = all.first() else {
        return BTreeSet::new();
    };
    first
        .keys()
        .filter(|name| all.iter().any(|d| d.get(*name) != first.get(*name)))
        .cloned()
        .collect()
}

fn modes(method: Method) -> Option<Sheet> {
    let names: Vec<String> = varying(method)
        .into_iter()
        .filter(|name| name != "n_iter" && name != "batch_size")
        .collect();
    if names.is_empty() {
        return None;
    }
    let mut head = strings(["mode", "size"]);
    head.extend(names.iter().cloned());
    let mut rows = Vec::new();
    for (mode, word) in MODES {
        for (i, class) in SIZES.iter().enumerate() {
            let size = examples()[i * 3];
            let values = defaults(method, size, mode);
            let mut row = vec![word.to_owned(), class.name.to_owned()];
            row.extend(
                names
                    .iter()
                    .map(|n| values.get(n).map_or(String::new(), plain)),
            );
            rows.push(row);
        }
    }
    Some(Sheet {
        title: format!("{}: defaults by mode", method.name()),
        text: "What else depends on --mode and on the table's size.".to_owned(),
        head,
        rows,
    })
}

fn plain(value: &Value) -> String {
    match value {
        Value::String(s) => s.clone(),
        v => v.to_string(),
    }
}

/// What `--protect K` means: the policy of [`Protection`].
fn protection() -> Sheet {
    let kinds = [
        Protection::under("standard", None),
        Protection::under("strict", None),
        Protection::OFF,
    ];
    let row = |what: &str, least: fn(Protection) -> usize| {
        let mut row = vec![what.to_owned()];
        row.extend(kinds.map(|p| {
            if p.is_off() {
                "–".to_owned()
            } else {
                least(p).to_string()
            }
        }));
        row
    };
    Sheet {
        title: "protection".to_owned(),
        text: "Fewest people behind what a model, a report and a synthetic row say; people are \
               subjects where the table names them, rows elsewhere. --protect K changes it."
            .to_owned(),
        head: strings(["what", "default", "profile strict", "--protect 0"]),
        rows: vec![
            row(
                "knot, exact value or end of numbers and dates: K",
                Protection::numbers,
            ),
            row(
                "level of a category, value of discrete numbers: K/2, and up to two more, drawn for each column",
                Protection::levels,
            ),
        ],
    }
}

fn profiles() -> Result<Sheet> {
    let names: Vec<&str> = Profile::names().collect();
    let all: Vec<Profile> = names
        .iter()
        .map(|name| Profile::load(name))
        .collect::<Result<_>>()?;
    let mut gates: Vec<&String> = all.iter().flat_map(|p| p.gates.keys()).collect();
    gates.sort();
    gates.dedup();
    let cards = verdancy_metrics::cards();
    let mut head = strings(["gate", "meaning"]);
    head.extend(names.iter().map(|n| (*n).to_owned()));
    let rows = gates
        .into_iter()
        .map(|id| {
            let name = cards
                .iter()
                .find(|c| c.id == id)
                .map_or(String::new(), |c| c.name.to_owned());
            let mut row = vec![id.clone(), name];
            row.extend(all.iter().map(|p| {
                p.gates.get(id).map_or("–".to_owned(), |limit| match limit {
                    Limit::Max(x) => format!("≤ {x}"),
                    Limit::Min(x) => format!("≥ {x}"),
                })
            }));
            row
        })
        .collect();
    Ok(Sheet {
        title: "profiles".to_owned(),
        text: "Limits of the gates; choose one with --profile, or write your own as TOML."
            .to_owned(),
        head,
        rows,
    })
}

fn json(methods: &[Method]) -> Value {
    methods
        .iter()
        .map(|m| {
            let by_size: Vec<Value> = examples()
                .into_iter()
                .flat_map(|size| {
                    MODES.map(|(mode, word)| {
                        serde_json::json!({
                            "rows": size.rows,
                            "columns": size.columns,
                            "mode": word,
                            "defaults": defaults(*m, size, mode),
                        })
                    })
                })
                .collect();
            serde_json::json!({
                "method": m.name(),
                "parameters": m.params(),
                "examples": by_size,
            })
        })
        .collect()
}

fn text(sheets: &[Sheet], paint: Paint) -> String {
    let mut out = String::new();
    for sheet in sheets {
        out += &format!("\n  {}\n", paint.bold(&sheet.title));
        for part in wrap(&sheet.text, paint.width().saturating_sub(2)) {
            out += &format!("  {}\n", paint.dim(&part));
        }
        out.push('\n');
        let widths = widths(sheet, paint.width());
        out += &row(&sheet.head, &widths, |cell| paint.dim(cell));
        for cells in &sheet.rows {
            out += &row(cells, &widths, str::to_owned);
        }
    }
    out
}

/// Widths of columns: each as wide as its widest cell, the widest narrowed until all fit.
fn widths(sheet: &Sheet, width: usize) -> Vec<usize> {
    let mut widths: Vec<usize> = (0..sheet.head.len())
        .map(|i| {
            sheet
                .rows
                .iter()
                .chain([&sheet.head])
                .map(|r| console::measure_text_width(&r[i]))
                .max()
                .unwrap_or(0)
        })
        .collect();
    while widths.iter().sum::<usize>() + widths.len() * 2 > width {
        match widths.iter_mut().max() {
            Some(widest) if *widest > 8 => *widest -= 1,
            _ => break,
        }
    }
    widths
}

fn row(cells: &[String], widths: &[usize], paint: impl Fn(&str) -> String) -> String {
    let wrapped: Vec<Vec<String>> = cells.iter().zip(widths).map(|(c, w)| wrap(c, *w)).collect();
    let height = wrapped.iter().map(Vec::len).max().unwrap_or(1);
    let mut out = String::new();
    for i in 0..height {
        let mut line = String::new();
        for (lines, width) in wrapped.iter().zip(widths) {
            let cell = lines.get(i).map_or("", String::as_str);
            line += "  ";
            line += &left(cell, *width);
        }
        out += &paint(line.trim_end());
        out.push('\n');
    }
    out
}

/// The tables as Markdown, for the docs.
pub fn markdown(sheets: &[Sheet]) -> String {
    let mut out = String::from(
        "# Parameters\n\nMade from the code by `verdancy params --format markdown`; do not edit.\n",
    );
    for sheet in sheets {
        out += &format!("\n## {}\n\n{}\n\n", sheet.title, sheet.text);
        out += &format!("| {} |\n", sheet.head.join(" | "));
        out += &format!("|{}\n", "---|".repeat(sheet.head.len()));
        for cells in &sheet.rows {
            let cells: Vec<String> = cells.iter().map(|c| c.replace('|', "\\|")).collect();
            out += &format!("| {} |\n", cells.join(" | "));
        }
    }
    out
}

//! The judgement as one well-set table, and what carries its errors.

use verdancy_metrics::{Gate, Judgement, Status};

use crate::paint::{Paint, fit, left, right, word, wrap};

/// Columns shown as the worst.
const WORST: usize = 5;

/// The table of gates, the reasons of those that are not green, the verdict.
pub fn table(judgement: &Judgement, paint: Paint) -> String {
    let shown: Vec<&Gate> = judgement
        .gates
        .iter()
        .filter(|g| g.status != Status::NotApplicable)
        .collect();
    let with_interval = shown.iter().any(|g| g.floor_interval.is_some()) && paint.width() >= 90;
    let fixed = 2 + 2 + 7 + 2 + 9 + 2 + 7 + if with_interval { 17 } else { 0 } + 2 + 13;
    let longest = shown
        .iter()
        .map(|g| console::measure_text_width(&g.name))
        .max()
        .unwrap_or(0)
        .max(4);
    let name = longest.min(paint.width().saturating_sub(fixed).max(16));
    let mut out = String::new();
    let mut head = format!(
        "  {}  {}  {}  {}",
        left("gate", name),
        right("value", 7),
        right("limit", 9),
        right("floor", 7)
    );
    if with_interval {
        head += &format!("  {}", left("of real rows", 15));
    }
    out += &paint.dim(head.trim_end());
    out.push('\n');
    for gate in &shown {
        out += &row(gate, name, with_interval, paint);
    }
    out += &not_applicable(judgement, paint);
    out += &reasons(&shown, paint);
    out.push('\n');
    out += &format!(
        "  {} {}  {}\n",
        paint.bold("verdict"),
        paint.status(judgement.verdict, word(judgement.verdict)),
        paint.dim(&format!(
            "profile {}: {}",
            judgement.profile,
            counts(&shown)
        ))
    );
    out
}

fn row(gate: &Gate, name: usize, with_interval: bool, paint: Paint) -> String {
    let limit = format!(
        "{} {}",
        if gate.at_least { "≥" } else { "≤" },
        figure(gate.limit)
    );
    let mut line = format!(
        "  {}  {}  {}  {}",
        left(&gate.name, name),
        right(&gate.value.map_or("–".into(), figure), 7),
        paint.dim(&right(&limit, 9)),
        paint.dim(&right(&gate.floor.map_or("–".into(), figure), 7)),
    );
    if with_interval {
        let interval = gate
            .floor_interval
            .filter(|(a, b)| a != b)
            .map_or(String::new(), |(a, b)| {
                format!("{} to {}", figure(a), figure(b))
            });
        line += &format!("  {}", paint.dim(&left(&interval, 15)));
    }
    line += &format!("  {}", paint.status(gate.status, word(gate.status)));
    line.push('\n');
    line
}

fn not_applicable(judgement: &Judgement, paint: Paint) -> String {
    let names: Vec<&str> = judgement
        .gates
        .iter()
        .filter(|g| g.status == Status::NotApplicable)
        .map(|g| g.name.as_str())
        .collect();
    if names.is_empty() {
        return String::new();
    }
    let text = format!("not judged here: {}", names.join(", "));
    wrap(&text, paint.width().saturating_sub(2))
        .iter()
        .map(|line| format!("  {}\n", paint.dim(line)))
        .collect()
}

fn reasons(gates: &[&Gate], paint: Paint) -> String {
    let mut out = String::new();
    for gate in gates.iter().filter(|g| g.status != Status::Green) {
        let symbol = word(gate.status).chars().next().unwrap_or(' ').to_string();
        let text = format!("{}: {}", gate.name, gate.reason);
        for (i, line) in wrap(&text, paint.width().saturating_sub(4))
            .iter()
            .enumerate()
        {
            out += &if i == 0 {
                format!("  {} {line}\n", paint.status(gate.status, &symbol))
            } else {
                format!("    {line}\n")
            };
        }
    }
    if out.is_empty() {
        out
    } else {
        format!("\n{out}")
    }
}

fn counts(gates: &[&Gate]) -> String {
    let green = gates.iter().filter(|g| g.status == Status::Green).count();
    format!("{green} of {} gates green", gates.len())
}

/// The columns with the largest shape error, with their floors.
pub fn worst(judgement: &Judgement, paint: Paint) -> String {
    if judgement.columns.is_empty() {
        return String::new();
    }
    let room = paint.width().saturating_sub(17);
    let mut text = String::new();
    for column in judgement.columns.iter().take(WORST) {
        let item = format!("{} {}", fit(&column.column, 24), figure(column.shape_error));
        let sep = if text.is_empty() { "" } else { " · " };
        if console::measure_text_width(&text) + item.len() + 3 > room {
            break;
        }
        text += sep;
        text += &item;
    }
    format!("  {}  {text}\n", paint.dim("worst columns"))
}

/// A figure with as many digits as it can carry.
pub fn figure(value: f64) -> String {
    if value == 0.0 {
        "0".to_owned()
    } else if value.abs() >= 100.0 {
        format!("{value:.0}")
    } else if value.abs() >= 10.0 {
        format!("{value:.1}")
    } else if value.abs() < 0.0005 {
        format!("{value:.0e}")
    } else {
        format!("{value:.3}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn gate(name: &str, value: f64, status: Status) -> Gate {
        Gate {
            id: name.to_lowercase(),
            name: name.to_owned(),
            limit: 0.1,
            at_least: false,
            value: Some(value),
            floor: Some(0.052),
            floor_interval: Some((0.031, 0.077)),
            status,
            reason: "The largest difference is in column age (0.31).".to_owned(),
        }
    }

    fn judgement() -> Judgement {
        Judgement {
            profile: "standard".into(),
            verdict: Status::Red,
            gates: vec![
                gate("KS mean", 0.041, Status::Green),
                gate("Correlation delta", 0.2, Status::Red),
                gate("C-index", 0.0, Status::NotApplicable),
            ],
            scores: vec![],
            columns: vec![],
            pairs: vec![],
        }
    }

    #[test]
    fn the_table_fits_the_width_and_says_why() {
        for width in [80, 110] {
            let text = table(&judgement(), Paint::plain(width));
            assert!(
                text.lines()
                    .all(|l| console::measure_text_width(l) <= width),
                "{text}"
            );
            assert!(text.contains("✓ green") && text.contains("✗ red"), "{text}");
            assert!(
                text.contains("✗ Correlation delta: The largest difference"),
                "{text}"
            );
            assert!(text.contains("not judged here: C-index"), "{text}");
            assert_eq!(text.contains("0.031 to 0.077"), width == 110, "{text}");
        }
    }

    #[test]
    fn figures_keep_three_digits() {
        let shown: Vec<String> = [0.0, 0.04123, 0.9, 12.34, 480.0, 0.0000123]
            .into_iter()
            .map(figure)
            .collect();
        assert_eq!(shown, ["0", "0.041", "0.900", "12.3", "480", "1e-5"]);
    }
}

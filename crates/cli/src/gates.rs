//! The judgement as one well-set table, and what carries its errors.

use verdancy_metrics::{ColumnScore, Gate, Judgement, Status, decimals};

use crate::paint::{Paint, fit, left, right, word, wrap};

/// Narrower terminals show each gate on two lines.
const NARROW: usize = 80;

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
    if paint.width() < NARROW {
        shown.iter().for_each(|gate| out += &stacked(gate, paint));
        return out + &below(judgement, &shown, paint);
    }
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
    out + &below(judgement, &shown, paint)
}

/// What stands below the gates: those that do not apply, reasons, the verdict.
fn below(judgement: &Judgement, shown: &[&Gate], paint: Paint) -> String {
    let mut out = not_applicable(judgement, paint);
    out += &reasons(shown, paint);
    out.push('\n');
    if let Some(why) = judgement.why_inconclusive() {
        let text = format!("Inconclusive: {why}.");
        for line in wrap(&text, paint.width().saturating_sub(2)) {
            out += &format!("  {line}\n");
        }
    }
    out += &format!(
        "  {} {}  {}\n",
        paint.bold("verdict"),
        paint.status(judgement.verdict(), word(judgement.verdict())),
        paint.dim(&format!("profile {}: {}", judgement.profile, counts(shown)))
    );
    out
}

/// A gate on two lines, for narrow terminals.
fn stacked(gate: &Gate, paint: Paint) -> String {
    let limit = format!(
        "limit {} {}",
        if gate.at_least { "≥" } else { "≤" },
        beside(gate.limit, gate.value)
    );
    let value = gate
        .value
        .map_or("–".into(), |v| beside(v, Some(gate.limit)));
    let mut below = format!("{limit}, floor {}", gate.floor.map_or("–".into(), figure));
    if let Some((a, b)) = gate.floor_interval.filter(|(a, b)| a != b) {
        below += &format!(" ({} to {})", figure(a), figure(b));
    }
    let room = paint.width().saturating_sub(2 + 14 + 2);
    let name = fit(&gate.name, room.max(16));
    format!(
        "  {}  {}\n    {value}  {}\n",
        left(&name, room.max(16)),
        paint.status(gate.status, word(gate.status)),
        paint.dim(&fit(&below, paint.width().saturating_sub(14)))
    )
}

fn row(gate: &Gate, name: usize, with_interval: bool, paint: Paint) -> String {
    let limit = format!(
        "{} {}",
        if gate.at_least { "≥" } else { "≤" },
        beside(gate.limit, gate.value)
    );
    let mut line = format!(
        "  {}  {}  {}  {}",
        left(&gate.name, name),
        right(
            &gate
                .value
                .map_or("–".into(), |v| beside(v, Some(gate.limit))),
            7
        ),
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
    let text = format!("not applicable: {}", names.join(", "));
    wrap(&text, paint.width().saturating_sub(2))
        .iter()
        .map(|line| format!("  {}\n", paint.dim(line)))
        .collect()
}

fn reasons(gates: &[&Gate], paint: Paint) -> String {
    let mut out = String::new();
    let explained = |g: &&&Gate| !matches!(g.status, Status::Green | Status::NotJudged);
    for gate in gates.iter().filter(explained) {
        let text = format!("{}: {}", gate.name, gate.reason);
        out += &reason(gate.status, &text, paint);
    }
    // What could not be judged has one reason: it is said once.
    let unjudged: Vec<&&Gate> = (gates.iter())
        .filter(|g| g.status == Status::NotJudged)
        .collect();
    if let Some(first) = unjudged.first() {
        let names: Vec<&str> = unjudged.iter().map(|g| g.name.as_str()).collect();
        let text = format!("Not judged: {}. {}", names.join(", "), first.reason);
        out += &reason(Status::NotJudged, &text, paint);
    }
    if out.is_empty() {
        out
    } else {
        format!("\n{out}")
    }
}

fn reason(status: Status, text: &str, paint: Paint) -> String {
    let symbol = word(status).chars().next().unwrap_or(' ').to_string();
    let lines = wrap(text, paint.width().saturating_sub(4));
    (lines.iter().enumerate())
        .map(|(i, line)| match i {
            0 => format!("  {} {line}\n", paint.status(status, &symbol)),
            _ => format!("    {line}\n"),
        })
        .collect()
}

fn counts(gates: &[&Gate]) -> String {
    let green = gates.iter().filter(|g| g.status == Status::Green).count();
    format!("{green} of {} gates green", gates.len())
}

/// The columns with the largest shape error beyond their floors.
pub fn worst(judgement: &Judgement, paint: Paint) -> String {
    if judgement.columns.is_empty() {
        return String::new();
    }
    let room = paint.width().saturating_sub(17);
    let mut text = String::new();
    let mut columns: Vec<&ColumnScore> = judgement.columns.iter().collect();
    let beyond = |c: &ColumnScore| c.shape_error - c.floor.unwrap_or(0.0);
    columns.sort_by(|a, b| beyond(b).total_cmp(&beyond(a)));
    if columns
        .iter()
        .all(|c| c.floor.is_some_and(|f| c.shape_error <= f))
    {
        let text = match columns.len() {
            1 => "the column is no worse than a fresh real sample".to_owned(),
            n => format!("none of {n} is worse than a fresh real sample"),
        };
        return format!("  {}  {text}\n", paint.dim("worst columns"));
    }
    for column in columns.into_iter().take(WORST) {
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

/// A figure, with further digits where rounding would hide the difference from `other`.
fn beside(value: f64, other: Option<f64>) -> String {
    match decimals(value, other.unwrap_or(f64::NAN)) {
        3 => figure(value),
        digits => format!("{value:.digits$}"),
    }
}

/// A figure with as many digits as it can carry.
pub fn figure(value: f64) -> String {
    if value.abs() < 1e-12 {
        "0".to_owned()
    } else if value.abs() >= 100.0 {
        format!("{value:.0}")
    } else if value.abs() >= 10.0 {
        format!("{value:.1}")
    } else if value.abs() < 0.0005 {
        if value < 0.0 { "> -0.001" } else { "< 0.001" }.to_owned()
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
            assert!(text.contains("not applicable: C-index"), "{text}");
            assert_eq!(text.contains("0.031 to 0.077"), width == 110, "{text}");
        }
    }

    #[test]
    fn narrow_terminals_lose_neither_names_nor_intervals() {
        let mut wide = judgement();
        wide.gates[0].name = "KS statistic, mean of all columns".into();
        let text = table(&wide, Paint::plain(60));
        assert!(
            text.lines().all(|l| console::measure_text_width(l) <= 60),
            "{text}"
        );
        assert!(text.contains("KS statistic, mean of all columns"), "{text}");
        assert!(
            text.contains("limit ≤ 0.100, floor 0.052 (0.031 to 0.077)"),
            "{text}"
        );
    }

    #[test]
    fn a_figure_just_over_its_limit_does_not_read_as_the_limit() {
        let mut close = judgement();
        close.gates[1].value = Some(0.1004);
        let text = table(&close, Paint::plain(100));
        assert!(
            text.contains("0.1004") && text.contains("≤ 0.1000"),
            "{text}"
        );
    }

    #[test]
    fn figures_keep_three_digits() {
        let shown: Vec<String> = [0.0, 0.04123, 0.9, 12.34, 480.0, 0.0000123]
            .into_iter()
            .map(figure)
            .collect();
        assert_eq!(shown, ["0", "0.041", "0.900", "12.3", "480", "< 0.001"]);
    }
}

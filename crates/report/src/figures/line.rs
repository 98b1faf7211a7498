//! Lines over training: losses, copy share, with the chosen step marked.

use super::svg::Svg;
use crate::number::short;

/// The role of a line, which fixes its colour and dash.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tone {
    /// Grey-blue, thin: training.
    Plain,
    /// Green: validation, or the line that counts.
    Accent,
}

/// One line.
#[derive(Debug, Clone, PartialEq)]
pub struct Line {
    /// Its role.
    pub tone: Tone,
    /// Points from left to right; those that are not finite are left out.
    pub points: Vec<(f64, f64)>,
}

/// A chart of lines over a common axis.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct LineChart {
    /// The lines.
    pub lines: Vec<Line>,
    /// A position to mark, with its words.
    pub marked: Option<(f64, String)>,
    /// The name of the horizontal axis.
    pub x_name: String,
    /// The ends of the horizontal axis, so that charts can stand above one another; without them
    /// the points decide.
    pub x_range: Option<(f64, f64)>,
    /// True for a vertical axis that begins at zero.
    pub from_zero: bool,
    /// Height in the figure's units; the width is 640.
    pub height: f64,
}

const WIDTH: f64 = 640.0;
const LEFT: f64 = 52.0;
const RIGHT: f64 = 632.0;
const TOP: f64 = 18.0;

/// The area that the lines are drawn in: the ends of both axes, and where the horizontal one lies.
struct Area {
    x: (f64, f64),
    y: (f64, f64),
    base: f64,
}

/// Where `v` lies between `a` and `z`, from 0 to 1.
fn place(v: f64, (a, z): (f64, f64)) -> f64 {
    if z > a {
        ((v - a) / (z - a)).clamp(0.0, 1.0)
    } else {
        0.5
    }
}

impl Area {
    /// `None` when no point of `chart` is finite.
    fn of(chart: &LineChart, base: f64) -> Option<Area> {
        let points: Vec<(f64, f64)> = (chart.lines.iter())
            .flat_map(|l| &l.points)
            .filter(|(x, y)| x.is_finite() && y.is_finite())
            .map(|(x, y)| (x.clamp(-1e300, 1e300), y.clamp(-1e300, 1e300)))
            .collect();
        if points.is_empty() {
            return None;
        }
        let x = (chart.x_range)
            .filter(|(a, z)| a.is_finite() && z.is_finite())
            .unwrap_or_else(|| extent(points.iter().map(|p| p.0)));
        let (low, high) = extent(points.iter().map(|p| p.1));
        let y = if chart.from_zero {
            (low.min(0.0), high.max(0.05))
        } else {
            let room = 0.06 * (high - low);
            (low - room, high + room)
        };
        Some(Area { x, y, base })
    }

    fn x(&self, v: f64) -> f64 {
        LEFT + (RIGHT - LEFT) * place(v, self.x)
    }

    fn y(&self, v: f64) -> f64 {
        self.base - (self.base - TOP) * place(v, self.y)
    }

    fn axes(&self, svg: &mut Svg, x_name: &str) {
        for tick in ticks(self.y.0, self.y.1) {
            let y = self.y(tick);
            svg.line("grid", LEFT, y, RIGHT, y)
                .text("tick end", LEFT - 8.0, y + 4.0, &short(tick));
        }
        let below = self.base + 18.0;
        svg.line("axis", LEFT, self.base, RIGHT, self.base)
            .text("tick", LEFT, below, &short(self.x.0))
            .text("tick end", RIGHT, below, &short(self.x.1))
            .text("tick mid", (LEFT + RIGHT) / 2.0, below, x_name);
    }

    fn mark(&self, svg: &mut Svg, at: f64, words: &str) {
        let (class, aside) = if place(at, self.x) > 0.6 {
            ("label end", -5.0)
        } else {
            ("label", 5.0)
        };
        let x = self.x(at);
        svg.line("marked", x, TOP - 12.0, x, self.base)
            .text(class, x + aside, TOP - 4.0, words);
    }

    fn line(&self, svg: &mut Svg, line: &Line) {
        let points: Vec<(f64, f64)> = (line.points.iter())
            .filter(|(a, b)| a.is_finite() && b.is_finite())
            .map(|(a, b)| (self.x(*a), self.y(*b)))
            .collect();
        let (stroke, dot) = match line.tone {
            Tone::Plain => ("real-line", "real-dot"),
            Tone::Accent => ("synthetic-line", "synthetic-dot"),
        };
        match points.as_slice() {
            [(x, y)] => svg.circle(dot, *x, *y, 3.0),
            many => svg.path(stroke, many, false),
        };
    }
}

/// Draws `chart`; `title` is read out in place of the figure.
pub fn line_chart(title: &str, chart: &LineChart) -> String {
    let height = if chart.height.is_finite() {
        chart.height.clamp(80.0, 1000.0)
    } else {
        220.0
    };
    let base = height - 36.0;
    let mut svg = Svg::new("lines", WIDTH, height, title);
    let Some(area) = Area::of(chart, base) else {
        svg.line("axis", LEFT, base, RIGHT, base).text(
            "note mid",
            WIDTH / 2.0,
            base / 2.0,
            "no values",
        );
        return svg.finish();
    };
    area.axes(&mut svg, &chart.x_name);
    if let Some((at, words)) = chart.marked.as_ref().filter(|(at, _)| at.is_finite()) {
        area.mark(&mut svg, *at, words);
    }
    for line in &chart.lines {
        area.line(&mut svg, line);
    }
    svg.finish()
}

fn extent(values: impl Iterator<Item = f64>) -> (f64, f64) {
    values.fold((f64::INFINITY, f64::NEG_INFINITY), |(a, z), v| {
        (a.min(v), z.max(v))
    })
}

/// Two to six round numbers from `low` to `high`.
fn ticks(low: f64, high: f64) -> Vec<f64> {
    let span = high - low;
    if !span.is_finite() || span <= 0.0 || span < 1e-12 * high.abs() {
        return vec![low];
    }
    let rough = span / 4.0;
    let power = 10_f64.powf(rough.log10().floor());
    let step = [1.0, 2.0, 2.5, 5.0, 10.0]
        .iter()
        .map(|m| m * power)
        .find(|s| *s >= rough)
        .unwrap_or(power * 10.0);
    if !step.is_normal() {
        return vec![low];
    }
    let (first, last) = ((low / step).ceil(), (high / step).floor());
    (0..=((last - first).max(0.0) as usize).min(8))
        .map(|k| (first + k as f64) * step)
        .collect()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used)]
    use super::*;
    use crate::figures::check::well_formed;

    fn chart(points: Vec<(f64, f64)>) -> LineChart {
        LineChart {
            lines: vec![Line {
                tone: Tone::Plain,
                points,
            }],
            marked: Some((2.0, "kept".into())),
            x_name: "epoch".into(),
            x_range: None,
            from_zero: false,
            height: 200.0,
        }
    }

    #[test]
    fn a_line_and_its_mark() {
        let svg = line_chart("t", &chart(vec![(0.0, 3.0), (1.0, 2.0), (2.0, 1.0)]));
        well_formed(&svg, "path");
        assert!(svg.contains("real-line") && svg.contains("kept"));
    }

    #[test]
    fn ticks_are_round_and_inside() {
        assert_eq!(ticks(0.0, 1.0), [0.0, 0.25, 0.5, 0.75, 1.0]);
        let t = ticks(0.83, 2.9);
        assert_eq!(t, [1.0, 2.0]);
    }

    #[test]
    fn one_value_is_a_dot_and_none_says_so() {
        let svg = line_chart("t", &chart(vec![(1.0, 1.0)]));
        assert_eq!(well_formed(&svg, "circle"), 1);
        assert!(line_chart("t", &LineChart::default()).contains("no values"));
        assert!(line_chart("t", &chart(vec![(f64::NAN, 1.0)])).contains("no values"));
    }

    #[test]
    fn extremes_stay_finite() {
        let svg = line_chart(
            "t",
            &chart(vec![(0.0, 1e308), (1e308, -1e308), (2.0, 1e-308)]),
        );
        well_formed(&svg, "path");
    }
}

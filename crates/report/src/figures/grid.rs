//! Two-way tables of a pair of columns: training rows on the left, synthetic rows on the right, on the same
//! cells and one scale of shades.

use super::svg::{Svg, at, escape};
use crate::number::{percent, shorten};

/// Shares of rows in each cell, of training and of synthetic rows.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Grids {
    /// The columns: down and across.
    pub names: (String, String),
    /// Labels of the rows of cells.
    pub down: Vec<String>,
    /// Labels of the columns of cells.
    pub across: Vec<String>,
    /// Shares of training rows; 0 where a cell has too few.
    pub real: Vec<Vec<f64>>,
    /// Shares of synthetic rows.
    pub synthetic: Vec<Vec<f64>>,
}

const SIDE: f64 = 156.0;
const LEFT: f64 = 78.0;
const GAP: f64 = 16.0;
const TOP: f64 = 18.0;

/// Draws `grids`; `title` is read out in place of the figure.
pub fn grid(title: &str, grids: &Grids) -> String {
    let (width, height) = (LEFT + 2.0 * SIDE + GAP, TOP + SIDE + 34.0);
    let mut svg = Svg::new("grid", width, height, title).at_most(1.5 * width);
    let (across, down) = (grids.across.len().max(1), grids.down.len().max(1));
    let (w, h) = (SIDE / across as f64, SIDE / down as f64);
    let finite = |v: f64| {
        if v.is_finite() {
            v.clamp(0.0, 1.0)
        } else {
            0.0
        }
    };
    let all = || grids.real.iter().chain(&grids.synthetic).flatten();
    let peak = all().map(|v| finite(*v)).fold(1e-9, f64::max);
    for (cells, left, name) in [
        (&grids.real, LEFT, "real"),
        (&grids.synthetic, LEFT + SIDE + GAP, "synthetic"),
    ] {
        svg.text("tick mid", left + SIDE / 2.0, 11.0, name);
        for (i, row) in cells.iter().enumerate() {
            for (j, share) in row.iter().enumerate() {
                svg.raw(&format!(
                    "<rect class=\"pos\" x=\"{}\" y=\"{}\" width=\"{}\" height=\"{}\" fill-opacity=\"{:.2}\"><title>{}, {}: {} of {name} rows</title></rect>",
                    at(left + w * j as f64 + 0.5),
                    at(TOP + h * i as f64 + 0.5),
                    at((w - 1.0).max(0.5)),
                    at((h - 1.0).max(0.5)),
                    (finite(*share) / peak).sqrt(),
                    escape(&grids.down[i]),
                    escape(&grids.across[j]),
                    percent(finite(*share))
                ));
            }
        }
        svg.line("axis", left, TOP + SIDE, left + SIDE, TOP + SIDE);
        if let (Some(first), Some(last)) = (grids.across.first(), grids.across.last()) {
            svg.text("tick", left, TOP + SIDE + 13.0, &shorten(first, 12));
            if across > 1 {
                svg.text(
                    "tick end",
                    left + SIDE,
                    TOP + SIDE + 13.0,
                    &shorten(last, 12),
                );
            }
        }
    }
    for (i, label) in grids.down.iter().enumerate() {
        // As many labels as have room, from the first on.
        if h >= 11.0 || i % 2 == 0 {
            svg.text(
                "tick end",
                LEFT - 6.0,
                TOP + h * (i as f64 + 0.5) + 4.0,
                &shorten(label, 11),
            );
        }
    }
    svg.text(
        "label mid",
        LEFT + SIDE + GAP / 2.0,
        height - 4.0,
        &shorten(&grids.names.1, 40),
    );
    svg.finish()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used)]
    use super::*;
    use crate::figures::check::well_formed;

    #[test]
    fn each_cell_is_drawn_twice() {
        let grids = Grids {
            names: ("a".into(), "<b>".into()),
            down: vec!["x".into(), "y".into()],
            across: vec!["1".into(), "2".into(), "3".into()],
            real: vec![vec![0.5, 0.0, 0.1], vec![0.2, 0.1, 0.1]],
            synthetic: vec![vec![f64::NAN, 0.0, 0.1], vec![0.2, 0.1, 0.1]],
        };
        let svg = grid("t", &grids);
        assert_eq!(well_formed(&svg, "rect"), 12);
        assert!(svg.contains("x, 1: 50.0 % of real rows"), "{svg}");
        assert!(svg.contains("&lt;b&gt;"));
    }
}

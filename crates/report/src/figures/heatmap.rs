//! The lower triangle of a symmetric matrix of column pairs. The names stand on the diagonal,
//! where each belongs to its row and to its column.

use std::fmt::Write as _;

use super::svg::{Svg, at, escape};
use crate::number::{fixed, shorten};

/// What the shades mean.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Scale {
    /// From `-limit` to `limit`, two hues.
    Signed(f64),
    /// From 0 to `limit`, one hue.
    Positive(f64),
}

/// A matrix to be drawn.
#[derive(Debug, Clone, PartialEq)]
pub struct Heatmap<'a> {
    /// Column names.
    pub names: &'a [String],
    /// `cells[i][j]` for `j < i`; `None` where there is no figure.
    pub cells: &'a [Vec<Option<f64>>],
    /// What the shades mean.
    pub scale: Scale,
}

/// Draws `map`; `title` is read out in place of the figure.
pub fn heatmap(title: &str, map: &Heatmap<'_>) -> String {
    let n = map.names.len();
    let cell = match n {
        0..=7 => 28.0,
        8..=12 => 22.0,
        13..=20 => 18.0,
        _ => 15.0,
    };
    let (side, label) = (cell * n as f64, 134.0);
    let (width, height) = ((side + label).max(260.0), side + 34.0);
    let mut svg = Svg::new("heatmap", width, height, title).at_most(1.25 * width);
    let limit = match map.scale {
        Scale::Signed(l) | Scale::Positive(l) => {
            if l.is_finite() && l > 0.0 {
                l
            } else {
                1.0
            }
        }
    };
    for i in 0..n {
        for j in 0..i {
            let value = map
                .cells
                .get(i)
                .and_then(|r| r.get(j).copied().flatten())
                .filter(|v| v.is_finite());
            let (x, y) = (cell * j as f64, cell * i as f64);
            let Some(value) = value else {
                svg.rect("none", x + 0.5, y + 0.5, cell - 1.0, cell - 1.0);
                continue;
            };
            let class = if value < 0.0 { "neg" } else { "pos" };
            let shade = (value.abs() / limit).min(1.0);
            let mut tag = String::new();
            let _ = write!(
                tag,
                "<rect class=\"{class}\" x=\"{}\" y=\"{}\" width=\"{}\" height=\"{}\" fill-opacity=\"{:.2}\"><title>{} × {}: {}</title></rect>",
                at(x + 0.5),
                at(y + 0.5),
                at(cell - 1.0),
                at(cell - 1.0),
                shade,
                escape(&map.names[i]),
                escape(&map.names[j]),
                fixed(value, 2)
            );
            svg.raw(&tag);
        }
        let (x, y) = (cell * i as f64, cell * i as f64);
        svg.text(
            "label",
            x + 3.0,
            y + cell * 0.5 + 4.0,
            &shorten(&map.names[i], 16),
        );
    }
    legend(&mut svg, map.scale, limit, side + 10.0);
    svg.finish()
}

fn legend(svg: &mut Svg, scale: Scale, limit: f64, y: f64) {
    let steps = 10;
    let (left, step) = (44.0, 12.0);
    let end = left + step * steps as f64;
    let digits = if limit >= 1.0 { 0 } else { 2 };
    for k in 0..steps {
        let middle = (k as f64 + 0.5) / steps as f64;
        let value = match scale {
            Scale::Signed(_) => 2.0 * middle - 1.0,
            Scale::Positive(_) => middle,
        };
        let class = if value < 0.0 { "neg" } else { "pos" };
        svg.raw(&format!(
            "<rect class=\"{class}\" x=\"{}\" y=\"{}\" width=\"{step}\" height=\"8\" fill-opacity=\"{:.2}\"/>",
            at(left + step * k as f64),
            at(y),
            value.abs()
        ));
    }
    let first = match scale {
        Scale::Signed(_) => fixed(-limit, digits),
        Scale::Positive(_) => "0".to_owned(),
    };
    svg.text("tick end", left - 6.0, y + 8.0, &first).text(
        "tick",
        end + 6.0,
        y + 8.0,
        &fixed(limit, digits),
    );
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used)]
    use super::*;
    use crate::figures::check::well_formed;

    fn names(n: usize) -> Vec<String> {
        (0..n).map(|i| format!("c<{i}>")).collect()
    }

    #[test]
    fn one_cell_for_each_pair() {
        let names = names(4);
        let cells: Vec<Vec<Option<f64>>> = (0..4).map(|i| vec![Some(0.5); i]).collect();
        let map = Heatmap {
            names: &names,
            cells: &cells,
            scale: Scale::Signed(1.0),
        };
        let svg = heatmap("t", &map);
        assert_eq!(well_formed(&svg, "rect"), 6 + 10);
        assert!(svg.contains("c&lt;1&gt; × c&lt;0&gt;: 0.50"));
    }

    #[test]
    fn gaps_and_extremes() {
        let names = names(3);
        let cells = vec![vec![], vec![None], vec![Some(f64::NAN), Some(1e308)]];
        for scale in [
            Scale::Signed(f64::NAN),
            Scale::Positive(0.0),
            Scale::Positive(1e308),
        ] {
            let map = Heatmap {
                names: &names,
                cells: &cells,
                scale,
            };
            let svg = heatmap("t", &map);
            well_formed(&svg, "rect");
            assert_eq!(svg.matches("class=\"none\"").count(), 2);
        }
        let none = Heatmap {
            names: &[],
            cells: &[],
            scale: Scale::Signed(1.0),
        };
        well_formed(&heatmap("t", &none), "rect");
    }
}

//! Paired horizontal bars: the share of each category in training and synthetic rows.

use super::svg::{Svg, escape};
use crate::number::{percent, shorten};

/// One category.
#[derive(Debug, Clone, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct Bar {
    /// Its name.
    pub label: String,
    /// Share of training rows.
    pub real: f64,
    /// Share of synthetic rows.
    pub synthetic: f64,
    /// True for what is not a category of its own: pooled rare ones, missing cells.
    pub pooled: bool,
}

const WIDTH: f64 = 320.0;
const ROW: f64 = 24.0;
const LEFT: f64 = 104.0;
const RIGHT: f64 = 226.0;

/// Draws `bars` from top to bottom; `title` is read out in place of the figure.
pub fn bars(title: &str, bars: &[Bar]) -> String {
    let height = ROW * bars.len().max(2) as f64 + 4.0;
    let mut svg = Svg::new("bars", WIDTH, height, title);
    let finite = |v: f64| if v.is_finite() { v.max(0.0) } else { 0.0 };
    let peak = bars
        .iter()
        .flat_map(|b| [b.real, b.synthetic])
        .map(finite)
        .fold(0.0, f64::max);
    if peak <= 0.0 {
        svg.text("note mid", WIDTH / 2.0, height / 2.0, "no values");
        return svg.finish();
    }
    for (i, bar) in bars.iter().enumerate() {
        let y = ROW * i as f64 + 4.0;
        let width = |v: f64| ((RIGHT - LEFT) * finite(v) / peak).max(0.5);
        svg.raw(&format!(
            "<g><title>{}: {} of training rows, {} of synthetic rows</title>",
            escape(&bar.label),
            percent(bar.real),
            percent(bar.synthetic)
        ));
        svg.text(
            if bar.pooled {
                "label pooled end"
            } else {
                "label end"
            },
            LEFT - 8.0,
            y + 12.0,
            &shorten(&bar.label, 15),
        )
        .rect("real-bar", LEFT, y, width(bar.real), 8.0)
        .rect("synthetic-bar", LEFT, y + 8.0, width(bar.synthetic), 8.0)
        .text("real-share end", WIDTH - 46.0, y + 12.0, &percent(bar.real))
        .text("tick end", WIDTH, y + 12.0, &percent(bar.synthetic))
        .raw("</g>");
    }
    svg.line("axis", LEFT, 0.0, LEFT, height);
    svg.finish()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used)]
    use super::*;
    use crate::figures::check::well_formed;

    fn bar(label: &str, real: f64, synthetic: f64) -> Bar {
        Bar {
            label: label.into(),
            real,
            synthetic,
            pooled: false,
        }
    }

    #[test]
    fn two_bars_for_each_category() {
        let svg = bars("t", &[bar("<b>", 0.6, 0.5), bar("c", 0.4, 0.5)]);
        assert_eq!(well_formed(&svg, "rect"), 4);
        assert!(svg.contains("&lt;b&gt;: 60.0 %"));
    }

    #[test]
    fn empty_and_not_finite() {
        assert!(bars("t", &[]).contains("no values"));
        let svg = bars(
            "t",
            &[bar("x", f64::NAN, f64::INFINITY), bar("y", 1.0, 1e308)],
        );
        assert_eq!(well_formed(&svg, "rect"), 4);
    }
}

//! Two histograms on common bins: training rows as a filled area, synthetic rows as a line over
//! it, so that they can be told apart without colour.

use super::svg::Svg;
use crate::number::short;

/// Shares of rows in common bins of equal width.
#[derive(Debug, Clone, PartialEq, Default, serde::Serialize, serde::Deserialize)]
pub struct Bins {
    /// Share of training rows in each bin.
    pub real: Vec<f64>,
    /// Share of synthetic rows in each bin, as many as `real`.
    pub synthetic: Vec<f64>,
    /// Labels under the axis: position from 0 (left edge) to 1 (right edge), and text.
    pub ticks: Vec<(f64, String)>,
}

const WIDTH: f64 = 320.0;
const LEFT: f64 = 34.0;
const HEIGHT: f64 = 132.0;
const BASE: f64 = 112.0;
const TOP: f64 = 6.0;

/// Shares that the vertical axis names: 0, and one or two round ones below the peak.
fn ticks(peak: f64) -> Vec<f64> {
    let power = 10_f64.powf((peak / 2.0).log10().floor());
    let step = [5.0, 2.0, 1.0].map(|m| m * power);
    let step = step.into_iter().find(|s| *s <= peak / 2.0).unwrap_or(power);
    let count = (peak / step).floor().min(4.0) as usize;
    (0..=count)
        .map(|k| k as f64 * step)
        .filter(|share| count < 3 || ((share / step).round() as usize).is_multiple_of(2))
        .collect()
}

fn whole_percent(share: f64) -> String {
    format!("{} %", short(100.0 * share))
}

/// Draws `bins`; `title` is read out in place of the figure.
pub fn histogram(title: &str, bins: &Bins) -> String {
    let mut svg = Svg::new("histogram", WIDTH, HEIGHT, title);
    let n = bins.real.len().min(bins.synthetic.len());
    let peak = bins
        .real
        .iter()
        .chain(&bins.synthetic)
        .copied()
        .filter(|v| v.is_finite())
        .fold(0.0, f64::max);
    if n == 0 || peak <= 0.0 {
        svg.line("axis", 0.0, BASE, WIDTH, BASE).text(
            "note mid",
            WIDTH / 2.0,
            BASE / 2.0,
            "no values",
        );
        return svg.finish();
    }
    let (left, right) = (LEFT, WIDTH - 1.0);
    let step = (right - left) / n as f64;
    let y = |v: f64| BASE - (BASE - TOP) * (v / peak).clamp(0.0, 1.0);
    let outline = |values: &[f64]| {
        let mut points = vec![(left, BASE)];
        for (i, v) in values.iter().take(n).enumerate() {
            let x = left + step * i as f64;
            points.push((x, y(*v)));
            points.push((x + step, y(*v)));
        }
        points.push((right, BASE));
        points
    };
    for share in ticks(peak) {
        svg.line("grid", left, y(share), right, y(share)).text(
            "tick end",
            left - 5.0,
            y(share) + 4.0,
            &whole_percent(share),
        );
    }
    svg.path("real-area", &outline(&bins.real), true)
        .line("axis", left, BASE, right, BASE)
        .path("synthetic-line", &outline(&bins.synthetic), false);
    for (position, label) in &bins.ticks {
        let x = left + (right - left) * position.clamp(0.0, 1.0);
        let anchor = if *position < 0.06 {
            "tick"
        } else if *position > 0.94 {
            "tick end"
        } else {
            "tick mid"
        };
        svg.line("axis", x, BASE, x, BASE + 4.0)
            .text(anchor, x, HEIGHT - 4.0, label);
    }
    svg.finish()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used)]
    use super::*;
    use crate::figures::check::well_formed;

    #[test]
    fn draws_an_area_and_a_line() {
        let bins = Bins {
            real: vec![0.25, 0.75],
            synthetic: vec![0.5, 0.5],
            ticks: vec![(0.0, "0".into()), (1.0, "<1>".into())],
        };
        let svg = histogram("a & b", &bins);
        assert_eq!(well_formed(&svg, "text"), 2 + 2, "{svg}");
        assert!(svg.contains(">0 %<") && svg.contains(">40 %<"), "{svg}");
        assert!(svg.contains("real-area") && svg.contains("synthetic-line"));
        assert!(svg.contains("a &amp; b"));
    }

    #[test]
    fn the_highest_bin_reaches_the_top() {
        let bins = Bins {
            real: vec![0.1, 0.4],
            synthetic: vec![0.2, 0.2],
            ticks: vec![],
        };
        assert!(histogram("t", &bins).contains(&format!("L{} {TOP}", (LEFT + WIDTH - 1.0) / 2.0)));
    }

    #[test]
    fn nothing_and_nonsense_are_drawn_as_no_values() {
        for bins in [
            Bins::default(),
            Bins {
                real: vec![0.0],
                synthetic: vec![0.0],
                ticks: vec![],
            },
            Bins {
                real: vec![f64::NAN],
                synthetic: vec![f64::NAN],
                ticks: vec![],
            },
        ] {
            let svg = histogram("t", &bins);
            well_formed(&svg, "path");
            assert!(svg.contains("no values"));
        }
    }
}

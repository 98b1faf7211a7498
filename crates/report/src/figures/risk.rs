//! How an attack's score is distributed over the training people: ten columns, one for each tenth of
//! the held-out people, and a line where all would end if nobody could be recognised.

use super::svg::Svg;
use crate::number::percent;

const WIDTH: f64 = 420.0;
const HEIGHT: f64 = 170.0;
const LEFT: f64 = 40.0;
const RIGHT: f64 = 412.0;
const TOP: f64 = 14.0;
const BOTTOM: f64 = 134.0;

/// Draws `shares`, the shares of training people by the tenth of held-out people whose scores they
/// reach, lowest first; `title` is read out in place of the figure.
pub fn risk(title: &str, shares: &[f64]) -> String {
    let mut svg = Svg::new("risk", WIDTH, HEIGHT, title).at_most(WIDTH);
    let finite = |v: f64| {
        if v.is_finite() {
            v.clamp(0.0, 1.0)
        } else {
            0.0
        }
    };
    let even = 1.0 / shares.len().max(1) as f64;
    let most = shares.iter().map(|&v| finite(v)).fold(2.0 * even, f64::max);
    let height = |v: f64| (BOTTOM - TOP) * finite(v) / most;
    let width = (RIGHT - LEFT) / shares.len().max(1) as f64;
    for (i, &share) in shares.iter().enumerate() {
        let (x, high) = (LEFT + width * i as f64, height(share));
        let (from, to) = (i as f64 * even, (i + 1) as f64 * even);
        svg.raw(&format!(
            "<g><title>{} of the training people score between {} and {} of the held-out people</title>",
            percent(share),
            percent(from),
            percent(to)
        ));
        svg.rect(
            "synthetic-bar",
            x + 2.0,
            BOTTOM - high,
            width - 4.0,
            high.max(0.5),
        )
        .raw("</g>");
    }
    let line = BOTTOM - height(even);
    svg.line("axis", LEFT, BOTTOM, RIGHT, BOTTOM)
        .line("floor", LEFT, line, RIGHT, line)
        .text("tick end", LEFT - 6.0, line + 4.0, &percent(even))
        .text(
            "tick end",
            LEFT - 6.0,
            BOTTOM - height(most) + 4.0,
            &percent(most),
        )
        .text("tick", LEFT, BOTTOM + 16.0, "hardest to recognise")
        .text("tick end", RIGHT, BOTTOM + 16.0, "easiest");
    svg.finish()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used)]
    use super::*;
    use crate::figures::check::well_formed;

    #[test]
    fn ten_columns_and_the_line_of_an_even_share() {
        let svg = risk(
            "risk",
            &[0.05, 0.1, 0.1, 0.1, 0.1, 0.1, 0.1, 0.1, 0.1, 0.15],
        );
        assert_eq!(well_formed(&svg, "rect"), 10);
        assert!(
            svg.contains("15.0 % of the training people score between 90")
                || svg.contains("15 % of"),
            "{svg}"
        );
    }

    #[test]
    fn odd_shares_are_drawn_too() {
        for shares in [&[f64::NAN, f64::INFINITY][..], &[], &[1.0]] {
            well_formed(&risk("risk", shares), "rect");
        }
    }
}

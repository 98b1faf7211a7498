//! A figure held against its limit: where it lies, which side is allowed, and what real rows of
//! the same number score.

use super::svg::Svg;

/// The shape of the value's mark; each colour has its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mark {
    /// Within the limit: a disc.
    Green,
    /// Over it: a diamond.
    Red,
    /// Cannot tell: a ring.
    Open,
}

/// What a bullet bar shows.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Bullet {
    /// The figure.
    pub value: Option<f64>,
    /// The limit.
    pub limit: f64,
    /// True when the figure has to be at least the limit.
    pub at_least: bool,
    /// The noise floor.
    pub floor: Option<f64>,
    /// Its interval.
    pub floor_interval: Option<(f64, f64)>,
    /// Least and greatest value that the figure can take.
    pub range: (f64, f64),
    /// How the value is marked.
    pub mark: Mark,
}

const WIDTH: f64 = 220.0;
const HEIGHT: f64 = 26.0;
const MID: f64 = 13.0;

/// Draws `b`; `title` is read out in place of the figure.
pub fn bullet(title: &str, b: &Bullet) -> String {
    let mut svg = Svg::new("bullet", WIDTH, HEIGHT, title);
    let (low, high) = window(b);
    let x = |v: f64| 6.0 + (WIDTH - 12.0) * ((v - low) / (high - low)).clamp(0.0, 1.0);
    svg.round("track", 0.0, MID - 5.0, WIDTH, 10.0, 5.0);
    if b.limit.is_finite() {
        let at = x(b.limit);
        if b.at_least {
            svg.round("allowed", at, MID - 5.0, WIDTH - at, 10.0, 5.0);
        } else {
            svg.round("allowed", 0.0, MID - 5.0, at, 10.0, 5.0);
        }
    }
    if let Some((from, to)) = b
        .floor_interval
        .filter(|(a, z)| a.is_finite() && z.is_finite())
    {
        svg.rect(
            "floor-band",
            x(from),
            MID - 5.0,
            (x(to) - x(from)).max(1.0),
            10.0,
        );
    }
    if let Some(floor) = b.floor.filter(|f| f.is_finite()) {
        svg.line("floor", x(floor), MID - 5.0, x(floor), MID + 5.0);
    }
    if b.limit.is_finite() {
        svg.line("limit", x(b.limit), MID - 10.0, x(b.limit), MID + 10.0);
    }
    if let Some(value) = b.value.filter(|v| v.is_finite()) {
        let at = x(value);
        match b.mark {
            Mark::Green => svg.circle("value good", at, MID, 5.0),
            Mark::Open => svg.circle("value open", at, MID, 4.5),
            Mark::Red => svg.path(
                "value bad",
                &[
                    (at, MID - 6.5),
                    (at + 6.5, MID),
                    (at, MID + 6.5),
                    (at - 6.5, MID),
                ],
                true,
            ),
        };
    }
    svg.finish()
}

/// The part of the scale that is shown: from zero where that leaves the limit in sight, else
/// around the figures.
fn window(b: &Bullet) -> (f64, f64) {
    let mut all: Vec<f64> = [Some(b.limit), b.value, b.floor]
        .into_iter()
        .flatten()
        .chain(b.floor_interval.into_iter().flat_map(|(a, z)| [a, z]))
        .filter(|v| v.is_finite())
        .map(|v| v.clamp(-1e300, 1e300))
        .collect();
    all.sort_by(f64::total_cmp);
    let (Some(&least), Some(&most)) = (all.first(), all.last()) else {
        return (0.0, 1.0);
    };
    let low = if least >= 0.0 && least < 0.5 * most {
        0.0
    } else {
        least - 0.35 * (most - least).max(0.1 * most.abs())
    };
    let high = most + 0.25 * (most - low).max(1e-9);
    let (low, high) = (low.max(b.range.0.min(least)), high.min(b.range.1.max(most)));
    if high > low {
        (low, high)
    } else {
        (low, low + 1.0)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used)]
    use super::*;
    use crate::figures::check::well_formed;

    const ANY: (f64, f64) = (f64::NEG_INFINITY, f64::INFINITY);

    fn some(value: f64, limit: f64) -> Bullet {
        Bullet {
            value: Some(value),
            limit,
            at_least: false,
            floor: Some(0.03),
            floor_interval: Some((0.02, 0.05)),
            range: ANY,
            mark: Mark::Green,
        }
    }

    #[test]
    fn each_status_has_its_own_shape() {
        let green = bullet("t", &some(0.04, 0.1));
        let red = bullet(
            "t",
            &Bullet {
                mark: Mark::Red,
                ..some(0.2, 0.1)
            },
        );
        let open = bullet(
            "t",
            &Bullet {
                mark: Mark::Open,
                ..some(0.2, 0.1)
            },
        );
        assert_eq!(well_formed(&green, "circle"), 1);
        assert_eq!(well_formed(&red, "circle"), 0);
        assert!(open.contains("value open"));
    }

    #[test]
    fn the_window_holds_every_figure() {
        for b in [some(0.04, 0.1), some(0.61, 0.6), some(3.0, 0.1)] {
            let (low, high) = window(&b);
            assert!(low <= 0.02 && high > 0.1 && high > b.value.unwrap());
        }
        let share = Bullet {
            range: (0.0, 1.0),
            ..some(0.9, 0.8)
        };
        assert_eq!(window(&share).1, 1.0);
        let over = Bullet {
            floor_interval: Some((0.9, 1.04)),
            ..share
        };
        assert_eq!(window(&over).1, 1.04);
    }

    #[test]
    fn extremes_stay_finite() {
        for value in [f64::NAN, f64::INFINITY, 1e308, -1e308, 0.0] {
            for limit in [0.0, 0.1, 1e308, f64::NAN] {
                well_formed(&bullet("t", &some(value, limit)), "rect");
            }
        }
        let none = Bullet {
            value: None,
            floor: None,
            floor_interval: None,
            ..some(0.0, 0.0)
        };
        assert_eq!(well_formed(&bullet("t", &none), "circle"), 0);
    }
}

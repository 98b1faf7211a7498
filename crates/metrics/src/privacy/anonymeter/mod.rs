//! The three attacks of Anonymeter (Giomi et al. 2023, PoPETs 2), after the definitions of its Python
//! package: singling out, linkability, inference. Each is tried on training rows and, as a control, on
//! test rows; the risk is what succeeds beyond the control, over what the control leaves.

pub(super) mod gower;
pub(super) mod singling;

use crate::Score;

/// Standard normal quantile of 97.5 %.
const Z: f64 = 1.96;

/// Attacks made and attacks that succeeded.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Tried {
    pub attacks: f64,
    pub successes: f64,
}

/// A rate and the half-width of its interval (95 %).
#[derive(Debug, Clone, Copy, PartialEq)]
struct Rate {
    value: f64,
    half: f64,
}

impl Tried {
    /// Wilson's estimate.
    fn rate(self) -> Rate {
        let (n, a, z2) = (self.attacks, self.successes.min(self.attacks), Z * Z);
        Rate {
            value: (a + 0.5 * z2) / (n + z2),
            half: Z / (n + z2) * (a * (n - a) / n + 0.25 * z2).sqrt(),
        }
    }
}

/// Success beyond the control over what the control leaves, not cut at 0.
fn beyond(attack: Rate, control: Rate) -> Rate {
    let left = 1.0 - control.value;
    let by_control = (attack.value - 1.0) / (left * left);
    Rate {
        value: (attack.value - control.value) / left,
        half: (attack.half / left).hypot(control.half * by_control),
    }
}

/// The score of an attack that was tried on training rows and on control rows.
fn score(id: &str, attack: Tried, control: Tried, worst: Vec<(String, f64)>) -> Score {
    let (on, off) = (attack.rate(), control.rate());
    let risk = beyond(on, off);
    let fresh = beyond(off, off);
    let clamp = |x: f64| x.clamp(0.0, 1.0);
    let parts = [
        ("attacks", attack.attacks),
        ("attack", on.value),
        ("attack.low", clamp(on.value - on.half)),
        ("attack.high", clamp(on.value + on.half)),
        ("control", off.value),
        ("control.low", clamp(off.value - off.half)),
        ("control.high", clamp(off.value + off.half)),
    ];
    Score {
        id: id.to_owned(),
        value: Some(clamp(risk.value)),
        floor: Some(0.0),
        floor_interval: Some((0.0, clamp(fresh.half))),
        interval: Some((clamp(risk.value - risk.half), clamp(risk.value + risk.half))),
        note: None,
        worst,
        parts: parts.map(|(name, x)| (name.to_owned(), x)).into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rates_and_risk_by_hand() {
        // Anonymeter 1.1.0: EvaluationResults(n_attacks=200, n_success=60, n_control=10).
        let tried = |successes| Tried {
            attacks: 200.0,
            successes,
        };
        let (on, off) = (tried(60.0).rate(), tried(10.0).rate());
        assert!((on.value - 0.303_768_6).abs() < 1e-5, "{on:?}");
        assert!((off.value - 0.058_478_7).abs() < 1e-5, "{off:?}");
        let risk = beyond(on, off);
        assert!((risk.value - 0.260_525_1).abs() < 1e-4, "{risk:?}");
    }
}

//! The standard normal density and the inverse of its distribution function.

pub use crate::encode::full_quantile as quantile;

/// Density at `x`; 0 at the infinities.
pub fn density(x: f64) -> f64 {
    0.398_942_280_401_432_7 * (-0.5 * x * x).exp()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_quantiles() {
        for (p, z) in [
            (0.5, 0.0),
            (0.975, 1.959_963_984_540_054),
            (0.001, -3.090_232_306_167_814),
            (1e-9, -5.997_807_015_007_689),
        ] {
            assert!((quantile(p) - z).abs() < 1e-7, "{p}");
        }
        assert_eq!(quantile(0.0), f64::NEG_INFINITY);
        assert_eq!(quantile(1.0), f64::INFINITY);
    }
}

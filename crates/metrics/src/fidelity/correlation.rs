//! Pearson correlation of two columns over the rows where both are there.

/// A column with what its correlations share.
pub(crate) struct Centred<'a> {
    values: &'a [f64],
    /// Values are multiplied by this first, so that squares stay finite.
    scale: f64,
    mean: f64,
    /// Root of the sum of squares; 0 without spread.
    norm: f64,
    complete: bool,
}

impl<'a> Centred<'a> {
    pub fn new(values: &'a [f64]) -> Centred<'a> {
        let largest = values.iter().fold(0.0f64, |m, x| m.max(x.abs()));
        let scale = match largest {
            x if x > 1e150 => 2f64.powi(-600),
            x if x < 1e-150 => 2f64.powi(600),
            _ => 1.0,
        };
        let complete = !values.iter().any(|x| x.is_nan());
        let (mean, norm) = if complete {
            moments(values, scale)
        } else {
            (0.0, 0.0)
        };
        Centred {
            values,
            scale,
            mean,
            norm,
            complete,
        }
    }

    /// The correlation with `other`; NaN when there is none (no spread, no common row).
    pub fn correlation(&self, other: &Centred<'_>) -> f64 {
        if self.complete && other.complete {
            return dot(self, other).map_or(f64::NAN, |d| ratio(d, self.norm, other.norm));
        }
        let (x, y): (Vec<f64>, Vec<f64>) = (self.values.iter().zip(other.values))
            .filter(|(x, y)| !x.is_nan() && !y.is_nan())
            .unzip();
        let (x, y) = (Centred::new(&x), Centred::new(&y));
        dot(&x, &y).map_or(f64::NAN, |d| ratio(d, x.norm, y.norm))
    }
}

fn moments(values: &[f64], scale: f64) -> (f64, f64) {
    let (Some(first), n) = (values.first(), values.len() as f64) else {
        return (0.0, 0.0);
    };
    if values.iter().all(|x| x == first) {
        return (first * scale, 0.0);
    }
    let mean = sum(values, |x| x * scale) / n;
    let norm = sum(values, |x| (x * scale - mean).powi(2)).sqrt();
    (mean, norm)
}

fn ratio(dot: f64, a: f64, b: f64) -> f64 {
    let r = dot / (a * b);
    if a > 0.0 && b > 0.0 && r.is_finite() {
        r.clamp(-1.0, 1.0)
    } else {
        f64::NAN
    }
}

/// Sums in eight lanes, which the compiler turns into vector code.
fn sum(values: &[f64], f: impl Fn(f64) -> f64) -> f64 {
    let mut lanes = [0.0; 8];
    let chunks = values.chunks_exact(8);
    let rest: f64 = chunks.remainder().iter().map(|&x| f(x)).sum();
    for chunk in chunks {
        for (lane, &x) in lanes.iter_mut().zip(chunk) {
            *lane += f(x);
        }
    }
    lanes.iter().sum::<f64>() + rest
}

fn dot(a: &Centred<'_>, b: &Centred<'_>) -> Option<f64> {
    if a.values.is_empty() || a.norm == 0.0 || b.norm == 0.0 {
        return None;
    }
    let term = |x: f64, y: f64| (x * a.scale - a.mean) * (y * b.scale - b.mean);
    let mut lanes = [0.0; 8];
    let (xs, ys) = (a.values.chunks_exact(8), b.values.chunks_exact(8));
    let rest: f64 = (xs.remainder().iter().zip(ys.remainder()))
        .map(|(&x, &y)| term(x, y))
        .sum();
    for (x, y) in xs.zip(ys) {
        for i in 0..8 {
            lanes[i] += term(x[i], y[i]);
        }
    }
    Some(lanes.iter().sum::<f64>() + rest)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn r(x: &[f64], y: &[f64]) -> f64 {
        Centred::new(x).correlation(&Centred::new(y))
    }

    #[test]
    fn by_hand() {
        let x = [1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0, 9.0, 10.0];
        let y = x.map(|x| 3.0 - 2.0 * x);
        assert!((r(&x, &y) + 1.0).abs() < 1e-12);
        // numpy.corrcoef([1,2,3,4],[1,3,2,4])
        assert!((r(&[1.0, 2.0, 3.0, 4.0], &[1.0, 3.0, 2.0, 4.0]) - 0.8).abs() < 1e-12);
    }

    #[test]
    fn missing_cells_are_left_out_by_pair() {
        let n = f64::NAN;
        let got = r(&[1.0, 2.0, n, 3.0, 4.0, 9.0], &[1.0, 3.0, 7.0, 2.0, 4.0, n]);
        assert!((got - 0.8).abs() < 1e-12);
        assert!(r(&[1.0, n], &[n, 1.0]).is_nan());
    }

    #[test]
    fn no_spread_and_extreme_values() {
        assert!(r(&[0.1; 9], &[1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0, 9.0]).is_nan());
        assert!(r(&[], &[]).is_nan());
        let big = [1e308, -1e308, 3e307];
        assert!((r(&big, &big) - 1.0).abs() < 1e-12);
        let small = [1e-300, 2e-300, 5e-300];
        assert!((r(&small, &small) - 1.0).abs() < 1e-12);
    }
}

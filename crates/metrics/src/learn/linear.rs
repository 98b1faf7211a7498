//! A symmetric positive definite system, solved by Cholesky's method.

/// Solves `a x = b` for symmetric positive definite `a` (row-major, lower triangle read,
/// overwritten by its factor). `None` when `a` is not positive definite.
pub(crate) fn solve(a: &mut [f64], b: &[f64]) -> Option<Vec<f64>> {
    let n = b.len();
    for j in 0..n {
        for i in j..n {
            let (before, rest) = a.split_at(i * n);
            let row_i = &rest[..=j];
            let dot = match i == j {
                true => dot(&row_i[..j], &row_i[..j]),
                false => dot(&row_i[..j], &before[j * n..j * n + j]),
            };
            let value = row_i[j] - dot;
            if i == j {
                if value.is_nan() || value <= 0.0 {
                    return None;
                }
                a[j * n + j] = value.sqrt();
            } else {
                a[i * n + j] = value / a[j * n + j];
            }
        }
    }
    Some(substitute(a, b))
}

/// Solves `a x = b` with the factor that [`solve`] left in `a`.
pub(crate) fn substitute(a: &[f64], b: &[f64]) -> Vec<f64> {
    let n = b.len();
    let mut x = b.to_vec();
    for i in 0..n {
        x[i] = (x[i] - dot(&a[i * n..i * n + i], &x[..i])) / a[i * n + i];
    }
    for i in (0..n).rev() {
        let below: f64 = (i + 1..n).map(|k| a[k * n + i] * x[k]).sum();
        x[i] = (x[i] - below) / a[i * n + i];
    }
    x
}

/// Products summed in eight lanes, which the processor adds at once.
pub(crate) fn dot(x: &[f64], y: &[f64]) -> f64 {
    let (x8, y8) = (x.chunks_exact(8), y.chunks_exact(8));
    let rest: f64 = (x8.remainder().iter().zip(y8.remainder()))
        .map(|(a, b)| a * b)
        .sum();
    let mut lanes = [0.0; 8];
    for (x, y) in x8.zip(y8) {
        for (lane, (a, b)) in lanes.iter_mut().zip(x.iter().zip(y)) {
            *lane += a * b;
        }
    }
    lanes.iter().sum::<f64>() + rest
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    #[test]
    fn solves_and_refuses() {
        let mut a = vec![4.0, 0.0, 0.0, 2.0, 5.0, 0.0, 1.0, 3.0, 6.0];
        // b = full symmetric a times (1, -2, 3).
        let x = super::solve(&mut a, &[3.0, 1.0, 13.0]).unwrap();
        for (x, y) in x.iter().zip([1.0, -2.0, 3.0]) {
            assert!((x - y).abs() < 1e-12);
        }
        assert!(super::solve(&mut [1.0, 0.0, 2.0, 1.0], &[1.0, 1.0]).is_none());
    }
}

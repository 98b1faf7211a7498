//! A symmetric positive definite system, solved by Cholesky's method.

/// Solves `a x = b` for symmetric positive definite `a` (row-major, lower triangle read,
/// overwritten by its factor). `None` when `a` is not positive definite.
pub(crate) fn solve(a: &mut [f64], b: &[f64]) -> Option<Vec<f64>> {
    let n = b.len();
    for j in 0..n {
        for i in j..n {
            let (before, rest) = a.split_at(i * n);
            let row_i = &rest[..=j];
            let dot: f64 = match i == j {
                true => row_i[..j].iter().map(|v| v * v).sum(),
                false => (row_i[..j].iter().zip(&before[j * n..j * n + j]))
                    .map(|(x, y)| x * y)
                    .sum(),
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
    let mut x = b.to_vec();
    for i in 0..n {
        let dot: f64 = (0..i).map(|k| a[i * n + k] * x[k]).sum();
        x[i] = (x[i] - dot) / a[i * n + i];
    }
    for i in (0..n).rev() {
        let dot: f64 = (i + 1..n).map(|k| a[k * n + i] * x[k]).sum();
        x[i] = (x[i] - dot) / a[i * n + i];
    }
    Some(x)
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

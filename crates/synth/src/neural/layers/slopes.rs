//! A gradient held against finite differences, for tests of networks made of layers.

/// How far it may be off.
pub(crate) struct Limits {
    /// Width of the differences.
    pub(crate) width: f32,
    /// Where the loss bends by more, relative to its slope, a unit changes sides: such weights are left out.
    pub(crate) bend: f64,
    /// Greatest error, relative to the slope.
    pub(crate) error: f64,
}

/// Holds `grad`, the gradient of `loss` at `weights`, against central differences; gives how many slopes are clearly not
/// zero.
pub(crate) fn hold(
    weights: &[f32],
    grad: &[f32],
    limits: &Limits,
    mut loss: impl FnMut(&[f32]) -> f64,
) -> usize {
    let middle = loss(weights);
    let mut strong = 0;
    for (i, own) in grad.iter().enumerate().take(weights.len()) {
        let mut at = |d: f32| {
            let mut moved = weights.to_vec();
            moved[i] += d;
            loss(&moved)
        };
        let h = limits.width;
        let (down, up) = (at(-h), at(h));
        let numeric = (up - down) / (2.0 * f64::from(h));
        let bent = ((up - middle) - (middle - down)) / f64::from(h);
        if bent.abs() > limits.bend * (1.0 + numeric.abs()) {
            continue;
        }
        let error = (numeric - f64::from(*own)).abs() / (1.0 + numeric.abs());
        assert!(error < limits.error, "weight {i}: {numeric} against {own}");
        strong += usize::from(numeric.abs() > 0.01);
    }
    strong
}

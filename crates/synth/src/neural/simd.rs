//! Element-wise parts, written branch-free so that they vectorise, and dispatched once per call to
//! the widest instruction set of the machine.

use pulp::{Arch, Simd, WithSimd};

/// Runs `f`, which has to be `#[inline(always)]`, compiled for the widest instruction set of the
/// machine. It is called by reference: a closure called by value goes through a function of its
/// own, which the compiler may leave outside and compile for the narrowest.
#[inline(always)]
pub(super) fn wide<R>(f: impl FnMut() -> R) -> R {
    struct Wide<F>(F);
    impl<R, F: FnMut() -> R> WithSimd for Wide<F> {
        type Output = R;
        #[inline(always)]
        fn with_simd<S: Simd>(mut self, _: S) -> R {
            (self.0)()
        }
    }
    Arch::new().dispatch(Wide(f))
}

/// `e^x` for the range that activations have; relative error under 3e-7 for |x| <= 87.
#[inline(always)]
fn exp(x: f32) -> f32 {
    // Adding 1.5 * 2^23 leaves the nearest integer in the low bits: a cast would check for
    // overflow, lane by lane where the processor has no masks.
    const SHIFT: f32 = 12_582_912.0;
    let x = x.clamp(-87.0, 87.0);
    let shifted = x * std::f32::consts::LOG2_E + SHIFT;
    let power = shifted.to_bits().wrapping_sub(SHIFT.to_bits());
    let n = shifted - SHIFT;
    let r = n.mul_add(-0.693_359_4, x);
    let r = n.mul_add(2.121_944_4e-4, r);
    let p = 1.987_569_2e-4_f32;
    let p = p.mul_add(r, 1.398_199_9e-3);
    let p = p.mul_add(r, 8.333_452e-3);
    let p = p.mul_add(r, 4.166_579_6e-2);
    let p = p.mul_add(r, 1.666_666_6e-1);
    let p = p.mul_add(r, 0.5);
    let e = p.mul_add(r * r, r + 1.0);
    e * f32::from_bits(power.wrapping_add(127) << 23)
}

/// Adds `bias` to each row of `rows`.
pub(super) fn add_bias(rows: &mut [f32], bias: &[f32]) {
    wide(
        #[inline(always)]
        || {
            for row in rows.chunks_exact_mut(bias.len()) {
                for (x, b) in row.iter_mut().zip(bias) {
                    *x += b;
                }
            }
        },
    );
}

/// Adds `bias` to each row of `pre`, and writes `silu(pre)` to `out`.
pub(super) fn bias_silu(pre: &mut [f32], bias: &[f32], out: &mut [f32]) {
    let width = bias.len();
    wide(
        #[inline(always)]
        || {
            for (row, out) in pre.chunks_exact_mut(width).zip(out.chunks_exact_mut(width)) {
                for ((x, b), y) in row.iter_mut().zip(bias).zip(out.iter_mut()) {
                    let v = *x + *b;
                    *x = v;
                    *y = v / (1.0 + exp(-v));
                }
            }
        },
    );
}

/// The same for a pass whose gradient will be asked for: `pre` becomes the derivative of `silu`
/// there. Both are multiplied by `keep`, where it is given.
pub(super) fn bias_silu_slope(
    pre: &mut [f32],
    bias: &[f32],
    keep: Option<&[f32]>,
    out: &mut [f32],
) {
    #[inline(always)]
    fn row(pre: &mut [f32], bias: &[f32], keep: impl Iterator<Item = f32>, out: &mut [f32]) {
        for (((x, b), k), y) in pre.iter_mut().zip(bias).zip(keep).zip(out) {
            let v = *x + *b;
            let s = 1.0 / (1.0 + exp(-v));
            *x = k * s * v.mul_add(1.0 - s, 1.0);
            *y = k * v * s;
        }
    }
    let width = bias.len();
    wide(
        #[inline(always)]
        || {
            let rows = pre.chunks_exact_mut(width).zip(out.chunks_exact_mut(width));
            match keep {
                Some(keep) => {
                    for ((pre, out), keep) in rows.zip(keep.chunks_exact(width)) {
                        row(pre, bias, keep.iter().copied(), out);
                    }
                }
                None => {
                    for (pre, out) in rows {
                        row(pre, bias, std::iter::repeat(1.0), out);
                    }
                }
            }
        },
    );
}

/// Multiplies `values` by `by`.
pub(super) fn scale(values: &mut [f32], by: &[f32]) {
    wide(
        #[inline(always)]
        || {
            for (v, k) in values.iter_mut().zip(by) {
                *v *= k;
            }
        },
    );
}

/// Sets `sums` to the column sums of `rows`.
pub(super) fn column_sums(rows: &[f32], sums: &mut [f32]) {
    let width = sums.len();
    sums.fill(0.0);
    wide(
        #[inline(always)]
        || {
            for row in rows.chunks_exact(width) {
                for (s, x) in sums.iter_mut().zip(row) {
                    *s += x;
                }
            }
        },
    );
}

/// Normalises each row of `x` to mean 0 and variance 1 into `out`; `rstd` gets 1 / deviation.
pub(super) fn normalise(x: &[f32], width: usize, out: &mut [f32], rstd: &mut [f32]) {
    wide(
        #[inline(always)]
        || {
            for ((row, out), r) in x
                .chunks_exact(width)
                .zip(out.chunks_exact_mut(width))
                .zip(rstd.iter_mut())
            {
                let mean = sum(row, |v| v) / width as f32;
                let var = sum(row, |v| (v - mean) * (v - mean)) / width as f32;
                let s = 1.0 / (var + 1e-5).sqrt();
                *r = s;
                for (y, v) in out.iter_mut().zip(row) {
                    *y = (v - mean) * s;
                }
            }
        },
    );
}

/// Adds to `grad_in` the gradient of [`normalise`], given its output, `rstd` and the gradient of
/// the output.
pub(super) fn normalise_grad(
    out: &[f32],
    rstd: &[f32],
    grad_out: &[f32],
    width: usize,
    grad_in: &mut [f32],
) {
    wide(
        #[inline(always)]
        || {
            let rows = out
                .chunks_exact(width)
                .zip(rstd)
                .zip(grad_out.chunks_exact(width));
            for (((y, &s), g), d) in rows.zip(grad_in.chunks_exact_mut(width)) {
                let mean_g = sum(g, |v| v) / width as f32;
                let mut lanes = [0.0_f32; 16];
                let (yc, gc) = (y.chunks_exact(16), g.chunks_exact(16));
                let tail: f32 = yc
                    .remainder()
                    .iter()
                    .zip(gc.remainder())
                    .map(|(a, b)| a * b)
                    .sum();
                for (a, b) in yc.zip(gc) {
                    for i in 0..16 {
                        lanes[i] = a[i].mul_add(b[i], lanes[i]);
                    }
                }
                let mean_gy = (lanes.iter().sum::<f32>() + tail) / width as f32;
                for ((d, g), y) in d.iter_mut().zip(g).zip(y) {
                    *d += s * (g - mean_g - y * mean_gy);
                }
            }
        },
    );
}

#[inline(always)]
fn sum(x: &[f32], f: impl Fn(f32) -> f32) -> f32 {
    let mut lanes = [0.0_f32; 16];
    let chunks = x.chunks_exact(16);
    let tail: f32 = chunks.remainder().iter().map(|&v| f(v)).sum();
    for c in chunks {
        for i in 0..16 {
            lanes[i] += f(c[i]);
        }
    }
    lanes.iter().sum::<f32>() + tail
}

/// Softmax of `logits` in place; returns the log of the normaliser plus the maximum.
pub(crate) fn softmax(logits: &mut [f32]) -> f32 {
    wide(
        #[inline(always)]
        || {
            let max = logits.iter().copied().fold(f32::NEG_INFINITY, f32::max);
            let mut total = 0.0;
            for v in logits.iter_mut() {
                *v = exp(*v - max);
                total += *v;
            }
            let scale = 1.0 / total;
            for v in logits.iter_mut() {
                *v *= scale;
            }
            max + total.ln()
        },
    )
}

/// Sum of squares, in f64 over lanes.
pub(super) fn squares(x: &[f32]) -> f64 {
    wide(
        #[inline(always)]
        || x.chunks(4096).map(|c| f64::from(sum(c, |v| v * v))).sum(),
    )
}

/// `into += from`.
pub(super) fn add(into: &mut [f32], from: &[f32]) {
    wide(
        #[inline(always)]
        || {
            for (a, b) in into.iter_mut().zip(from) {
                *a += b;
            }
        },
    );
}

/// Constants of one AdamW step.
#[derive(Clone, Copy)]
pub(super) struct Step {
    pub(super) scale: f32,
    pub(super) beta1: f32,
    pub(super) beta2: f32,
    pub(super) rate: f32,
    pub(super) root: f32,
    pub(super) epsilon: f32,
    pub(super) decay: f32,
    /// What the moving average takes of the new parameters.
    pub(super) blend: f32,
}

/// One AdamW step on a stretch of parameters and of their moving average; `grad` is scaled first.
pub(super) fn adamw([p, m, v, average]: [&mut [f32]; 4], grad: &[f32], k: Step) {
    wide(
        #[inline(always)]
        || {
            let moments = m.iter_mut().zip(v.iter_mut());
            let stretch = p.iter_mut().zip(average.iter_mut()).zip(moments).zip(grad);
            for (((p, average), (m, v)), g) in stretch {
                let g = g * k.scale;
                *m = (g - *m).mul_add(1.0 - k.beta1, *m);
                *v = (g * g - *v).mul_add(1.0 - k.beta2, *v);
                *p -= k.decay * *p + k.rate * *m / ((*v).sqrt() * k.root + k.epsilon);
                *average = (*p - *average).mul_add(k.blend, *average);
            }
        },
    );
}

#[cfg(test)]
mod tests {
    #[test]
    fn exp_is_close_to_std() {
        for i in -8700..8700 {
            let x = i as f32 * 0.01;
            let (a, b) = (super::exp(x), f64::from(x).exp());
            assert!(((f64::from(a) - b) / b).abs() < 3e-7, "{x}");
        }
    }
}

//! The backward pass of one shard.

use super::forward::{Input, Scratch};
use super::gemm::{Mat, product};
use super::layout::{Layout, TIME_FEATURES, TIME_HIDDEN};
use super::net::Net;
use super::simd;

impl Scratch {
    /// Sets `grad` to the gradient of a loss whose gradient with respect to the outputs has been
    /// written over the outputs that [`forward`](Scratch::forward) gave (it is used up). `input` is
    /// the one of that pass, whose times have to be given per row.
    pub fn backward(&mut self, net: Net<'_>, input: Input<'_>, grad: &mut [f32]) {
        let (l, n, hidden) = (net.layout, input.rows, net.layout.hidden);
        let last = self.norm.len() - 1;
        self.out.fill(n, |_, _| {});
        self.norm[last].outer(n, &self.out, &mut grad[l.w_out.clone()]);
        if l.outputs() > 0 {
            simd::column_sums(self.out.values(n), &mut grad[l.b_out.clone()]);
        }
        let grad_norm = &mut self.grad_norm;
        self.out.times(n, net.leave().backward, grad_norm, false);
        self.grad_h.values_mut(n).fill(0.0);
        self.normalise_grad(last, n, hidden);
        for b in (0..l.blocks).rev() {
            let t = &l.block[b];
            self.act[b].outer(n, &self.grad_h, &mut grad[t.w2.clone()]);
            simd::column_sums(self.grad_h.values(n), &mut grad[t.b2.clone()]);
            let inner = self.grad_inner.values_mut(n);
            self.grad_h.times(n, net.narrow(b).backward, inner, false);
            let slope = &self.slope[b];
            self.grad_inner.fill(n, |rows, inner| {
                simd::scale(inner, &slope[rows.start * l.inner..rows.end * l.inner]);
            });
            self.norm[b].outer(n, &self.grad_inner, &mut grad[t.w1.clone()]);
            simd::column_sums(self.grad_inner.values(n), &mut grad[t.b1.clone()]);
            let grad_norm = &mut self.grad_norm;
            (self.grad_inner).times(n, net.widen(b).backward, grad_norm, false);
            self.normalise_grad(b, n, hidden);
        }
        self.backward_input(l, net.weights, input, grad);
    }

    /// Adds to the gradient of `h` what comes through the normalisation of layer `at`.
    fn normalise_grad(&mut self, at: usize, n: usize, width: usize) {
        let (norm, rstd) = (self.norm[at].values(n), &self.rstd[at]);
        let grad_norm = &self.grad_norm;
        self.grad_h.fill(n, |rows, grad| {
            let cells = rows.start * width..rows.end * width;
            simd::normalise_grad(
                &norm[cells.clone()],
                &rstd[rows],
                &grad_norm[cells],
                width,
                grad,
            );
        });
    }

    fn backward_input(&mut self, l: &Layout, p: &[f32], input: Input<'_>, grad: &mut [f32]) {
        let (n, hidden) = (input.rows, l.hidden);
        debug_assert_eq!(input.time.len(), n);
        let values = self.grad_h.values(n);
        let grad_h = Mat::new(values, n, hidden);
        product(
            &mut grad[l.w_num.clone()],
            Mat::new(input.numbers, n, l.numbers).t(),
            grad_h,
            false,
        );
        simd::column_sums(values, &mut grad[l.b_in.clone()]);
        let slots = l.levels.len();
        let embed = &mut grad[l.embed.clone()];
        embed.fill(0.0);
        simd::wide(
            #[inline(always)]
            || {
                for (i, row) in values.chunks_exact(hidden).enumerate() {
                    for (&code, &start) in input.codes[i * slots..(i + 1) * slots]
                        .iter()
                        .zip(&l.embed_start)
                    {
                        let at = (start + code as usize) * hidden;
                        for (e, g) in embed[at..at + hidden].iter_mut().zip(row) {
                            *e += g;
                        }
                    }
                }
            },
        );
        product(
            &mut grad[l.w_t2.clone()],
            Mat::new(&self.time_act, n, TIME_HIDDEN).t(),
            grad_h,
            false,
        );
        let inner = &mut self.grad_time;
        product(
            inner,
            grad_h,
            Mat::new(&p[l.w_t2.clone()], TIME_HIDDEN, hidden).t(),
            false,
        );
        simd::scale(&mut inner[..n * TIME_HIDDEN], &self.time_slope);
        let grad_time = Mat::new(inner, n, TIME_HIDDEN);
        product(
            &mut grad[l.w_t1.clone()],
            Mat::new(&self.features, n, TIME_FEATURES).t(),
            grad_time,
            false,
        );
        simd::column_sums(&inner[..n * TIME_HIDDEN], &mut grad[l.b_t1.clone()]);
    }
}

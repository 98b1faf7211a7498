//! The backward pass of one shard.

use super::forward::{Input, Scratch};
use super::gemm::{Mat, product};
use super::layout::{Layout, TIME_FEATURES, TIME_HIDDEN};
use super::simd;

impl Scratch {
    /// Adds to `grad` the gradient of a loss whose gradient with respect to the outputs is in
    /// [`out`](Scratch::out) (it is used up). `input` is the one of the last forward pass, whose
    /// times have to be given per row.
    pub fn backward(&mut self, l: &Layout, p: &[f32], input: Input<'_>, grad: &mut [f32]) {
        let (n, hidden, inner, outputs) = (input.rows, l.hidden, l.inner, l.outputs());
        let last = self.norm.len() - 1;
        let out = Mat::new(&self.out, n, outputs);
        product(
            &mut grad[l.w_out.clone()],
            Mat::new(&self.norm[last], n, hidden).t(),
            out,
            true,
        );
        if outputs > 0 {
            simd::add_column_sums(&self.out[..n * outputs], &mut grad[l.b_out.clone()]);
        }
        product(
            &mut self.grad_norm,
            out,
            Mat::new(&p[l.w_out.clone()], hidden, outputs).t(),
            false,
        );
        let wide = n * hidden;
        self.grad_h[..wide].fill(0.0);
        simd::normalise_grad(
            &self.norm[last],
            &self.rstd[last],
            &self.grad_norm[..wide],
            hidden,
            &mut self.grad_h,
        );
        for b in (0..l.blocks).rev() {
            let t = &l.block[b];
            let grad_h = Mat::new(&self.grad_h, n, hidden);
            product(
                &mut grad[t.w2.clone()],
                Mat::new(&self.act[b], n, inner).t(),
                grad_h,
                true,
            );
            simd::add_column_sums(&self.grad_h[..wide], &mut grad[t.b2.clone()]);
            product(
                &mut self.grad_inner,
                grad_h,
                Mat::new(&p[t.w2.clone()], inner, hidden).t(),
                false,
            );
            if self.dropping {
                for (g, k) in self.grad_inner[..n * inner].iter_mut().zip(&self.keep[b]) {
                    *g *= k;
                }
            }
            simd::silu_grad(&self.pre[b][..n * inner], &mut self.grad_inner);
            let grad_inner = Mat::new(&self.grad_inner, n, inner);
            product(
                &mut grad[t.w1.clone()],
                Mat::new(&self.norm[b], n, hidden).t(),
                grad_inner,
                true,
            );
            simd::add_column_sums(&self.grad_inner[..n * inner], &mut grad[t.b1.clone()]);
            product(
                &mut self.grad_norm,
                grad_inner,
                Mat::new(&p[t.w1.clone()], hidden, inner).t(),
                false,
            );
            simd::normalise_grad(
                &self.norm[b],
                &self.rstd[b],
                &self.grad_norm[..wide],
                hidden,
                &mut self.grad_h,
            );
        }
        self.backward_input(l, p, input, grad);
    }

    fn backward_input(&mut self, l: &Layout, p: &[f32], input: Input<'_>, grad: &mut [f32]) {
        let (n, hidden) = (input.rows, l.hidden);
        debug_assert_eq!(input.time.len(), n);
        let grad_h = Mat::new(&self.grad_h, n, hidden);
        product(
            &mut grad[l.w_num.clone()],
            Mat::new(input.numbers, n, l.numbers).t(),
            grad_h,
            true,
        );
        simd::add_column_sums(&self.grad_h[..n * hidden], &mut grad[l.b_in.clone()]);
        let slots = l.levels.len();
        let embed = &mut grad[l.embed.clone()];
        pulp::Arch::new().dispatch(
            #[inline(always)]
            || {
                for (i, row) in self.grad_h[..n * hidden].chunks_exact(hidden).enumerate() {
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
            true,
        );
        let inner = &mut self.grad_inner;
        if inner.len() < n * TIME_HIDDEN {
            inner.resize(n * TIME_HIDDEN, 0.0);
        }
        product(
            inner,
            grad_h,
            Mat::new(&p[l.w_t2.clone()], TIME_HIDDEN, hidden).t(),
            false,
        );
        simd::silu_grad(&self.time_pre[..n * TIME_HIDDEN], inner);
        let grad_time = Mat::new(inner, n, TIME_HIDDEN);
        product(
            &mut grad[l.w_t1.clone()],
            Mat::new(&self.features, n, TIME_FEATURES).t(),
            grad_time,
            true,
        );
        simd::add_column_sums(&inner[..n * TIME_HIDDEN], &mut grad[l.b_t1.clone()]);
    }
}

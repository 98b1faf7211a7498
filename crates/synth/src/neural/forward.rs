//! Activations of one shard, and the forward pass.

use super::gemm::{Mat, product};
use super::layout::{Layout, TIME_FEATURES, TIME_HIDDEN};
use super::simd;

/// Rows as the network sees them.
#[derive(Clone, Copy)]
pub struct Input<'a> {
    /// Number of rows.
    pub rows: usize,
    /// `rows x numbers`.
    pub numbers: &'a [f32],
    /// `rows x slots`; a code equal to the slot's number of levels is the mask.
    pub codes: &'a [u32],
    /// The time of each row, or one value for all.
    pub time: &'a [f32],
}

/// Buffers of one shard of at most `capacity` rows: nothing is allocated after this.
pub struct Scratch {
    pub(super) capacity: usize,
    pub(super) features: Vec<f32>,
    pub(super) time_pre: Vec<f32>,
    pub(super) time_act: Vec<f32>,
    pub(super) time_out: Vec<f32>,
    pub(super) h: Vec<f32>,
    pub(super) norm: Vec<Vec<f32>>,
    pub(super) rstd: Vec<Vec<f32>>,
    pub(super) pre: Vec<Vec<f32>>,
    pub(super) act: Vec<Vec<f32>>,
    pub(super) keep: Vec<Vec<f32>>,
    pub(super) out: Vec<f32>,
    pub(super) grad_h: Vec<f32>,
    pub(super) grad_inner: Vec<f32>,
    pub(super) grad_norm: Vec<f32>,
    pub(super) training: bool,
    pub(super) dropping: bool,
}

impl Scratch {
    /// Buffers for a forward pass only.
    pub fn for_sampling(layout: &Layout, capacity: usize) -> Scratch {
        Scratch::new(layout, capacity, false)
    }

    /// Buffers for forward and backward passes.
    pub fn for_training(layout: &Layout, capacity: usize) -> Scratch {
        Scratch::new(layout, capacity, true)
    }

    fn new(l: &Layout, capacity: usize, training: bool) -> Scratch {
        let kept = if training { l.blocks } else { 1 };
        let grown = |n: usize| vec![0.0; capacity * n];
        let per_block =
            |n: usize, k: usize| (0..k).map(|_| vec![0.0; capacity * n]).collect::<Vec<_>>();
        let back = |n: usize| {
            if training {
                vec![0.0; capacity * n]
            } else {
                Vec::new()
            }
        };
        Scratch {
            capacity,
            features: grown(TIME_FEATURES),
            time_pre: grown(TIME_HIDDEN),
            time_act: grown(TIME_HIDDEN),
            time_out: vec![0.0; l.hidden],
            h: grown(l.hidden),
            norm: per_block(l.hidden, kept + 1),
            rstd: per_block(1, kept + 1),
            pre: per_block(l.inner, kept),
            act: per_block(l.inner, kept),
            keep: Vec::new(),
            out: grown(l.outputs()),
            grad_h: back(l.hidden),
            grad_inner: back(l.inner),
            grad_norm: back(l.hidden),
            training,
            dropping: false,
        }
    }

    /// Draws which inner units are dropped in the next pass; `rate` 0 drops none.
    pub fn draw_dropout(
        &mut self,
        layout: &Layout,
        rows: usize,
        rate: f32,
        rng: &mut impl rand::Rng,
    ) {
        use rand::RngExt;
        self.dropping = rate > 0.0;
        if !self.dropping {
            return;
        }
        self.keep.resize_with(layout.blocks, Vec::new);
        let (limit, scale) = ((f64::from(rate) * 256.0).round() as u8, 1.0 / (1.0 - rate));
        for keep in &mut self.keep {
            keep.resize(self.capacity * layout.inner, 0.0);
            for chunk in keep[..rows * layout.inner].chunks_mut(8) {
                let bits: [u8; 8] = rng.random::<u64>().to_le_bytes();
                for (k, b) in chunk.iter_mut().zip(bits) {
                    *k = if b < limit { 0.0 } else { scale };
                }
            }
        }
    }

    /// Runs the network; the result is `rows x outputs`.
    pub fn forward(&mut self, l: &Layout, p: &[f32], input: Input<'_>) -> &mut [f32] {
        let n = input.rows;
        debug_assert!(n <= self.capacity);
        self.embed_input(l, p, input);
        for b in 0..l.blocks {
            let at = if self.training { b } else { 0 };
            let t = &l.block[b];
            simd::normalise(
                &self.h[..n * l.hidden],
                l.hidden,
                &mut self.norm[at],
                &mut self.rstd[at],
            );
            product(
                &mut self.pre[at],
                Mat::new(&self.norm[at], n, l.hidden),
                Mat::new(&p[t.w1.clone()], l.hidden, l.inner),
                false,
            );
            simd::bias_silu(
                &mut self.pre[at][..n * l.inner],
                &p[t.b1.clone()],
                &mut self.act[at],
            );
            if self.dropping {
                for (a, k) in self.act[at][..n * l.inner].iter_mut().zip(&self.keep[b]) {
                    *a *= k;
                }
            }
            product(
                &mut self.h,
                Mat::new(&self.act[at], n, l.inner),
                Mat::new(&p[t.w2.clone()], l.inner, l.hidden),
                true,
            );
            simd::add_bias(&mut self.h[..n * l.hidden], &p[t.b2.clone()]);
        }
        let last = self.norm.len() - 1;
        simd::normalise(
            &self.h[..n * l.hidden],
            l.hidden,
            &mut self.norm[last],
            &mut self.rstd[last],
        );
        let outputs = l.outputs();
        product(
            &mut self.out,
            Mat::new(&self.norm[last], n, l.hidden),
            Mat::new(&p[l.w_out.clone()], l.hidden, outputs),
            false,
        );
        if outputs > 0 {
            simd::add_bias(&mut self.out[..n * outputs], &p[l.b_out.clone()]);
        }
        &mut self.out[..n * outputs]
    }

    /// The outputs of the last forward pass.
    pub fn out(&mut self) -> &mut [f32] {
        &mut self.out
    }

    fn embed_input(&mut self, l: &Layout, p: &[f32], input: Input<'_>) {
        let (n, hidden) = (input.rows, l.hidden);
        let times = input.time.len();
        for (row, &t) in self
            .features
            .chunks_exact_mut(TIME_FEATURES)
            .zip(input.time)
        {
            sinusoids(t, row);
        }
        product(
            &mut self.time_pre,
            Mat::new(&self.features, times, TIME_FEATURES),
            Mat::new(&p[l.w_t1.clone()], TIME_FEATURES, TIME_HIDDEN),
            false,
        );
        simd::bias_silu(
            &mut self.time_pre[..times * TIME_HIDDEN],
            &p[l.b_t1.clone()],
            &mut self.time_act,
        );
        let act = Mat::new(&self.time_act, times, TIME_HIDDEN);
        let w = Mat::new(&p[l.w_t2.clone()], TIME_HIDDEN, hidden);
        if times == n {
            product(&mut self.h, act, w, false);
        } else {
            product(&mut self.time_out, act, w, false);
            for row in self.h[..n * hidden].chunks_exact_mut(hidden) {
                row.copy_from_slice(&self.time_out);
            }
        }
        product(
            &mut self.h,
            Mat::new(input.numbers, n, l.numbers),
            Mat::new(&p[l.w_num.clone()], l.numbers, hidden),
            true,
        );
        let embed = &p[l.embed.clone()];
        let slots = l.levels.len();
        let bias = &p[l.b_in.clone()];
        pulp::Arch::new().dispatch(
            #[inline(always)]
            || {
                for (i, row) in self.h[..n * hidden].chunks_exact_mut(hidden).enumerate() {
                    for (x, b) in row.iter_mut().zip(bias) {
                        *x += b;
                    }
                    for (&code, &start) in input.codes[i * slots..(i + 1) * slots]
                        .iter()
                        .zip(&l.embed_start)
                    {
                        let from = (start + code as usize) * hidden;
                        for (x, e) in row.iter_mut().zip(&embed[from..from + hidden]) {
                            *x += e;
                        }
                    }
                }
            },
        );
    }
}

/// Sines and cosines of `t` at frequencies from 1/4 to 32, on a logarithmic scale.
fn sinusoids(t: f32, out: &mut [f32]) {
    let half = TIME_FEATURES / 2;
    for i in 0..half {
        let f = 0.25 * (7.0 * i as f32 / (half - 1) as f32).exp2();
        let (s, c) = (t * f).sin_cos();
        out[i] = c;
        out[half + i] = s;
    }
}

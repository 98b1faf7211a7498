//! Activations of one shard, and the forward pass.

use super::gemm::{Mat, product};
use super::layout::{Layout, TIME_FEATURES, TIME_HIDDEN};
use super::net::{Net, Panels, Precision};
use super::operand::{Form, Operand};
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
    pub(super) time_slope: Vec<f32>,
    pub(super) time_act: Vec<f32>,
    pub(super) time_out: Vec<f32>,
    pub(super) h: Vec<f32>,
    pub(super) norm: Vec<Operand>,
    pub(super) rstd: Vec<Vec<f32>>,
    /// What the activations are made of, and after them their slopes.
    pub(super) slope: Vec<Vec<f32>>,
    pub(super) act: Vec<Operand>,
    pub(super) keep: Vec<Vec<f32>>,
    pub(super) out: Operand,
    pub(super) grad_h: Operand,
    pub(super) grad_inner: Operand,
    pub(super) grad_norm: Vec<f32>,
    pub(super) grad_time: Vec<f32>,
    pub(super) training: bool,
    pub(super) dropping: bool,
}

impl Scratch {
    /// Buffers for forward passes with such panels.
    pub fn for_sampling(layout: &Layout, panels: &Panels, capacity: usize) -> Scratch {
        Scratch::new(layout, panels.precision(), capacity, false)
    }

    /// Buffers for forward and backward passes with such panels.
    pub fn for_training(layout: &Layout, panels: &Panels, capacity: usize) -> Scratch {
        Scratch::new(layout, panels.precision(), capacity, true)
    }

    fn new(l: &Layout, precision: Precision, capacity: usize, training: bool) -> Scratch {
        let kept = if training { l.blocks } else { 1 };
        let back = if training { capacity } else { 0 };
        let (values, words) = match (precision, training) {
            (Precision::Single, _) => (Form::Values, Form::Values),
            (Precision::Bf16, true) => (Form::Both, Form::Words),
            (Precision::Bf16, false) => (Form::Rows, Form::Rows),
        };
        let grown = |n: usize| vec![0.0; capacity * n];
        let operands = |form: Form, n: usize, width: usize| -> Vec<Operand> {
            (0..n)
                .map(|_| Operand::new(form, capacity, width))
                .collect()
        };
        Scratch {
            capacity,
            features: grown(TIME_FEATURES),
            time_slope: grown(TIME_HIDDEN),
            time_act: grown(TIME_HIDDEN),
            time_out: vec![0.0; l.hidden],
            h: grown(l.hidden),
            norm: operands(values, kept + 1, l.hidden),
            rstd: vec![grown(1); kept + 1],
            slope: vec![grown(l.inner); kept],
            act: operands(words, kept, l.inner),
            keep: Vec::new(),
            out: Operand::new(
                if training { values } else { Form::Values },
                capacity,
                l.outputs(),
            ),
            grad_h: Operand::new(values, back, l.hidden),
            grad_inner: Operand::new(values, back, l.inner),
            grad_norm: vec![0.0; back * l.hidden],
            grad_time: vec![0.0; back * TIME_HIDDEN],
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
    pub fn forward(&mut self, net: Net<'_>, input: Input<'_>) -> &mut [f32] {
        let (l, p, n) = (net.layout, net.weights, input.rows);
        debug_assert!(n <= self.capacity);
        self.embed_input(l, p, input);
        for b in 0..l.blocks {
            let at = if self.training { b } else { 0 };
            let t = &l.block[b];
            self.normalise(at, n, l.hidden);
            let pre = &mut self.slope[at];
            self.norm[at].times(n, net.widen(b).forward, pre, false);
            let keep = self.dropping.then(|| &self.keep[b]);
            self.act[at].fill(n, |rows, act| {
                let cells = rows.start * l.inner..rows.end * l.inner;
                let (pre, bias) = (&mut pre[cells.clone()], &p[t.b1.clone()]);
                if self.training {
                    simd::bias_silu_slope(pre, bias, keep.map(|k| &k[cells]), act);
                } else {
                    simd::bias_silu(pre, bias, act);
                }
            });
            self.act[at].times(n, net.narrow(b).forward, &mut self.h, true);
            simd::add_bias(&mut self.h[..n * l.hidden], &p[t.b2.clone()]);
        }
        let last = self.norm.len() - 1;
        self.normalise(last, n, l.hidden);
        let out = self.out.values_mut(n);
        self.norm[last].times(n, net.leave().forward, out, false);
        if !out.is_empty() {
            simd::add_bias(out, &p[l.b_out.clone()]);
        }
        out
    }

    /// Normalises the rows of `h` for layer `at`.
    fn normalise(&mut self, at: usize, n: usize, width: usize) {
        let (h, rstd) = (&self.h, &mut self.rstd[at]);
        self.norm[at].fill(n, |rows, out| {
            let cells = rows.start * width..rows.end * width;
            simd::normalise(&h[cells], width, out, &mut rstd[rows]);
        });
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
            &mut self.time_slope,
            Mat::new(&self.features, times, TIME_FEATURES),
            Mat::new(&p[l.w_t1.clone()], TIME_FEATURES, TIME_HIDDEN),
            false,
        );
        let pre = &mut self.time_slope[..times * TIME_HIDDEN];
        let (bias, act) = (&p[l.b_t1.clone()], &mut self.time_act);
        if self.training {
            simd::bias_silu_slope(pre, bias, None, act);
        } else {
            simd::bias_silu(pre, bias, act);
        }
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
        simd::wide(
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

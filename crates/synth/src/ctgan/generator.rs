//! The generator: noise and a condition in, the outputs of a row out; and what the critic is shown of
//! them.
//!
//! Each hidden layer's units are normalised per row and set beside its input, as in the paper (whose
//! batch normalisation they replace: see [`Norm`]). Scalars become numbers between -1 and 1, groups
//! shares by the Gumbel-softmax; a scalar whose column may be missing or a spike is multiplied by the
//! share of "an ordinary number", so that it is 0 where there is none, as in real rows.

use rand::{Rng, RngExt};

use super::params::Params;
use crate::heads::Heads;
use crate::neural::layers::{Dense, Norm, Then};
use crate::neural::{Shape, softmax};

/// The layers.
#[derive(Debug, Clone)]
pub(super) struct Generator {
    pub(super) shape: Shape,
    first: Dense,
    second: Dense,
    leave: Dense,
    norm: Norm,
    /// Noise and condition.
    pub(super) inputs: usize,
    width: usize,
}

impl Generator {
    /// For rows of `width` outputs and conditions of `conditions` values.
    pub(super) fn new(p: &Params, width: usize, conditions: usize) -> Generator {
        let hidden = p.hidden as usize;
        let inputs = p.embedding_dim as usize + conditions;
        let mut shape = Shape::default();
        let first = Dense::new(&mut shape, inputs, hidden, Then::Relu, 1.0);
        let second = Dense::new(&mut shape, hidden + inputs, hidden, Then::Relu, 1.0);
        let leave = Dense::new(&mut shape, 2 * hidden + inputs, width, Then::Linear, 1.0);
        Generator {
            shape,
            first,
            second,
            leave,
            norm: Norm { width: hidden },
            inputs,
            width,
        }
    }

    /// Floating-point operations of one forward pass of one row.
    pub(super) fn flops(&self) -> f64 {
        let layers = [self.first, self.second, self.leave];
        2.0 * layers.iter().map(Dense::products).sum::<usize>() as f64
    }

    /// From the inputs in `s.x0` to `s.out`, for `n` rows.
    pub(super) fn forward(&self, weights: &[f32], n: usize, s: &mut Scratch) {
        let (hidden, inputs) = (self.norm.width, self.inputs);
        self.first.forward(weights, n, &s.x0, &mut s.a1);
        self.norm.forward(n, &s.a1, &mut s.n1, &mut s.r1);
        beside(n, (&s.n1, hidden), (&s.x0, inputs), &mut s.x1);
        self.second.forward(weights, n, &s.x1, &mut s.a2);
        self.norm.forward(n, &s.a2, &mut s.n2, &mut s.r2);
        beside(n, (&s.n2, hidden), (&s.x1, hidden + inputs), &mut s.x2);
        self.leave.forward(weights, n, &s.x2, &mut s.out);
    }

    /// Adds to `grad` the gradient, given that of the outputs in `s.grad_out`.
    pub(super) fn backward(&self, weights: &[f32], n: usize, s: &mut Scratch, grad: &mut [f32]) {
        let (hidden, inputs) = (self.norm.width, self.inputs);
        let (out, gx2) = (&mut s.grad_out, &mut s.gx2);
        (self.leave).backward(weights, n, (&s.x2, &[]), out, Some(gx2), Some(grad));
        apart(
            n,
            &s.gx2,
            (&mut s.gn, hidden),
            (&mut s.gx1, hidden + inputs),
        );
        (self.norm).backward(n, (&s.n2, &s.r2), &s.gn, &mut s.ga);
        let (ga, more) = (&mut s.ga, &mut s.more);
        (self.second).backward(weights, n, (&s.x1, &s.a2), ga, Some(more), Some(grad));
        (s.gx1.iter_mut().zip(&s.more)).for_each(|(a, b)| *a += b);
        apart(n, &s.gx1, (&mut s.gn, hidden), (&mut s.gx0, inputs));
        (self.norm).backward(n, (&s.n1, &s.r1), &s.gn, &mut s.ga);
        (self.first).backward(weights, n, (&s.x0, &s.a1), &mut s.ga, None, Some(grad));
    }
}

/// Rows of `a` and `b` beside each other.
fn beside(n: usize, (a, wide): (&[f32], usize), (b, more): (&[f32], usize), out: &mut [f32]) {
    for i in 0..n {
        let row = &mut out[i * (wide + more)..(i + 1) * (wide + more)];
        row[..wide].copy_from_slice(&a[i * wide..(i + 1) * wide]);
        row[wide..].copy_from_slice(&b[i * more..(i + 1) * more]);
    }
}

/// The reverse of [`beside`].
fn apart(n: usize, x: &[f32], (a, wide): (&mut [f32], usize), (b, more): (&mut [f32], usize)) {
    for i in 0..n {
        let row = &x[i * (wide + more)..(i + 1) * (wide + more)];
        a[i * wide..(i + 1) * wide].copy_from_slice(&row[..wide]);
        b[i * more..(i + 1) * more].copy_from_slice(&row[wide..]);
    }
}

/// Buffers for a number of rows.
pub(super) struct Scratch {
    pub(super) x0: Vec<f32>,
    a1: Vec<f32>,
    n1: Vec<f32>,
    r1: Vec<f32>,
    x1: Vec<f32>,
    a2: Vec<f32>,
    n2: Vec<f32>,
    r2: Vec<f32>,
    x2: Vec<f32>,
    pub(super) out: Vec<f32>,
    pub(super) grad_out: Vec<f32>,
    gx2: Vec<f32>,
    gx1: Vec<f32>,
    gx0: Vec<f32>,
    more: Vec<f32>,
    gn: Vec<f32>,
    ga: Vec<f32>,
}

impl Scratch {
    /// For passes forward, and back where `training`.
    pub(super) fn new(g: &Generator, rows: usize, training: bool) -> Scratch {
        let back = if training { rows } else { 0 };
        let (hidden, inputs) = (g.norm.width, g.inputs);
        Scratch {
            x0: vec![0.0; rows * inputs],
            a1: vec![0.0; rows * hidden],
            n1: vec![0.0; rows * hidden],
            r1: vec![0.0; rows],
            x1: vec![0.0; rows * (hidden + inputs)],
            a2: vec![0.0; rows * hidden],
            n2: vec![0.0; rows * hidden],
            r2: vec![0.0; rows],
            x2: vec![0.0; rows * (2 * hidden + inputs)],
            out: vec![0.0; rows * g.width],
            grad_out: vec![0.0; back * g.width],
            gx2: vec![0.0; back * (2 * hidden + inputs)],
            gx1: vec![0.0; back * (hidden + inputs)],
            gx0: vec![0.0; back * inputs],
            more: vec![0.0; back * (hidden + inputs)],
            gn: vec![0.0; back * hidden],
            ga: vec![0.0; back * hidden],
        }
    }
}

/// What the critic is shown of outputs.
pub(super) struct Shown<'a> {
    pub(super) heads: &'a Heads,
    /// The group that has to be at its first level for a scalar to be there.
    pub(super) gates: &'a [Option<usize>],
    pub(super) tau: f32,
}

impl Shown<'_> {
    /// Makes rows of `out`.
    pub(super) fn rows(&self, out: &[f32], rows: &mut [f32], rng: &mut impl Rng) {
        let heads = self.heads;
        let width = heads.width;
        for (out, row) in out.chunks_exact(width).zip(rows.chunks_exact_mut(width)) {
            for group in &heads.groups {
                let own = group.start..group.start + group.levels;
                for (x, y) in out[own.clone()].iter().zip(&mut row[own.clone()]) {
                    let u: f32 = rng.random();
                    let gumbel = -(-u.max(1e-20).ln()).max(1e-20).ln();
                    *y = (x + gumbel) / self.tau;
                }
                softmax(&mut row[own]);
            }
            for slot in 0..heads.scalars {
                let gate = self.gates[slot].map_or(1.0, |g| row[heads.groups[g].start]);
                row[slot] = gate * out[slot].tanh();
            }
        }
    }

    /// The gradient of outputs into `grad_out`, from that of the rows in `grad`, which is used up.
    pub(super) fn backward(
        &self,
        (out, rows): (&[f32], &[f32]),
        grad: &mut [f32],
        grad_out: &mut [f32],
    ) {
        let heads = self.heads;
        let width = heads.width;
        let cells = out.chunks_exact(width).zip(rows.chunks_exact(width));
        let grads = (grad.chunks_exact_mut(width)).zip(grad_out.chunks_exact_mut(width));
        for ((out, row), (grad, to)) in cells.zip(grads) {
            for slot in 0..heads.scalars {
                let t = out[slot].tanh();
                let gate = self.gates[slot].map(|g| heads.groups[g].start);
                to[slot] = grad[slot] * gate.map_or(1.0, |at| row[at]) * (1.0 - t * t);
                if let Some(at) = gate {
                    grad[at] += grad[slot] * t;
                }
            }
            for group in &heads.groups {
                let own = group.start..group.start + group.levels;
                let (y, g) = (&row[own.clone()], &grad[own.clone()]);
                let dot: f32 = y.iter().zip(g).map(|(y, g)| y * g).sum();
                for ((to, y), g) in to[own].iter_mut().zip(y).zip(g) {
                    *to = y * (g - dot) / self.tau;
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use rand::SeedableRng;
    use rand_chacha::ChaCha8Rng;

    use super::*;
    use crate::encode::{ColumnEncoder, Encoder, Grid, Quantile};
    use crate::neural::layers::slopes::{self, Limits};

    #[test]
    fn the_gradient_of_what_is_shown_is_right() {
        let grid = Grid::Decimals(None);
        let quantile = Quantile {
            ranks: vec![0.0, 1.0],
            values: vec![0.0, 1.0],
        };
        let number = |missing| ColumnEncoder::Continuous {
            quantile: quantile.clone(),
            spikes: vec![],
            missing,
            grid,
        };
        let few = ColumnEncoder::Discrete {
            values: vec![0.0, 1.0, 2.0],
            missing: false,
            grid,
        };
        let encoder = Encoder::new(vec![number(false), number(true), few], None);
        let heads = Heads::new(&encoder, 0);
        let shown = Shown {
            heads: &heads,
            gates: &encoder.gate,
            tau: 0.7,
        };
        let p = Params {
            hidden: 8,
            embedding_dim: 3,
            ..Params::default()
        };
        let net = Generator::new(&p, heads.width, 2);
        let mut rng = ChaCha8Rng::seed_from_u64(3);
        let mut weights = net.shape.init(&mut rng);
        (weights.iter_mut()).for_each(|w| *w += rng.random_range(-0.3..0.3));
        let n = 4;
        let cells = n * heads.width;
        let mut draw =
            |n: usize| -> Vec<f32> { (0..n).map(|_| rng.random_range(-1.0..1.0)).collect() };
        let (x0, wanted) = (draw(n * 5), draw(cells));
        let mut s = Scratch::new(&net, n, true);
        s.x0.copy_from_slice(&x0);
        let pass = |weights: &[f32], s: &mut Scratch| {
            net.forward(weights, n, s);
            let mut rows = vec![0.0; cells];
            shown.rows(&s.out, &mut rows, &mut ChaCha8Rng::seed_from_u64(1));
            rows
        };
        let rows = pass(&weights, &mut s);
        let mut grad_rows = wanted.clone();
        let (out, mut to) = (s.out.clone(), vec![0.0; cells]);
        shown.backward((&out, &rows), &mut grad_rows, &mut to);
        s.grad_out.copy_from_slice(&to);
        let mut grad = vec![0.0; net.shape.size()];
        net.backward(&weights, n, &mut s, &mut grad);
        let limits = Limits {
            width: 2e-3,
            bend: 0.02,
            error: 1e-2,
        };
        let strong = slopes::hold(&weights, &grad, &limits, |moved| {
            let rows = pass(moved, &mut s);
            let terms = rows.iter().zip(&wanted).map(|(r, w)| f64::from(r * w));
            terms.sum::<f64>()
        });
        assert!(strong > 60, "only {strong} gradients are not zero");
    }
}

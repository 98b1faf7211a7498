//! Encoder and decoder, and their passes over one shard of rows.

use rand::Rng;
use rand_distr::{Distribution, StandardNormal};

use super::params::Params;
use crate::heads::Heads;
use crate::neural::Shape;
use crate::neural::layers::{Dense, Embed, Then};

/// Log-variances are kept within this of 0.
const MOST: f32 = 12.0;

/// The layers.
#[derive(Debug, Clone)]
pub(super) struct Net {
    pub(super) shape: Shape,
    enter: Embed,
    inner: Dense,
    code: Dense,
    widen: Dense,
    outer: Dense,
    leave: Dense,
    hidden: usize,
    pub(super) latent: usize,
    width: usize,
}

impl Net {
    pub(super) fn new(p: &Params, heads: &Heads) -> Net {
        let (hidden, latent) = (p.hidden as usize, p.embedding_dim as usize);
        let mut shape = Shape::default();
        let s = &mut shape;
        let (groups, width) = (heads.groups.len(), heads.width);
        let enter = Embed::new(s, groups, width, hidden, Then::Relu);
        let inner = Dense::new(s, hidden, hidden, Then::Relu, 1.5);
        let code = Dense::new(s, hidden, 2 * latent, Then::Linear, 0.5);
        let widen = Dense::new(s, latent, hidden, Then::Relu, 1.5);
        let outer = Dense::new(s, hidden, hidden, Then::Relu, 1.5);
        let leave = Dense::new(s, hidden, width, Then::Linear, 1.0);
        Net {
            shape,
            enter,
            inner,
            code,
            widen,
            outer,
            leave,
            hidden,
            latent,
            width,
        }
    }

    /// Floating-point operations of one forward pass of one row.
    pub(super) fn flops(&self) -> f64 {
        let dense = [self.inner, self.code, self.widen, self.outer, self.leave];
        let products: usize = dense.iter().map(Dense::products).sum();
        2.0 * (products + 16 * self.hidden) as f64
    }

    /// Means and log-variances of the latent points of `n` rows.
    fn encode(&self, weights: &[f32], n: usize, codes: &[u32], s: &mut Scratch) {
        self.enter.forward(weights, n, codes, &mut s.first);
        self.inner.forward(weights, n, &s.first, &mut s.second);
        self.code.forward(weights, n, &s.second, &mut s.code);
        for row in s.code[..n * 2 * self.latent].chunks_exact_mut(2 * self.latent) {
            (row[self.latent..].iter_mut()).for_each(|v| *v = v.clamp(-MOST, MOST));
        }
    }

    /// Logits of the latent points in `s.z`, into `s.out`.
    pub(super) fn decode(&self, weights: &[f32], n: usize, s: &mut Scratch) {
        self.widen.forward(weights, n, &s.z, &mut s.third);
        self.outer.forward(weights, n, &s.third, &mut s.fourth);
        self.leave.forward(weights, n, &s.fourth, &mut s.out);
    }

    /// Means and variances of the latent points of `n` rows, one row after the other.
    pub(super) fn posterior<'s>(
        &self,
        weights: &[f32],
        n: usize,
        codes: &[u32],
        s: &'s mut Scratch,
    ) -> &'s [f32] {
        self.encode(weights, n, codes, s);
        for row in s.code[..n * 2 * self.latent].chunks_exact_mut(2 * self.latent) {
            (row[self.latent..].iter_mut()).for_each(|v| *v = v.exp());
        }
        &s.code[..n * 2 * self.latent]
    }

    /// The loss of `n` rows, summed: `factor` times the cross-entropy of their codes, and the
    /// divergence of their latent points. Where it is given, `grad` gains its gradient times
    /// `scale`.
    pub(super) fn loss(
        &self,
        weights: &[f32],
        (heads, codes): (&Heads, &[u32]),
        (factor, scale): (f32, f32),
        s: &mut Scratch,
        rng: &mut impl Rng,
        grad: Option<&mut [f32]>,
    ) -> f64 {
        let n = codes.len() / heads.groups.len().max(1);
        let latent = self.latent;
        self.encode(weights, n, codes, s);
        let mut divergence = 0.0;
        for i in 0..n {
            let (mean, log) = s.code[i * 2 * latent..(i + 1) * 2 * latent].split_at(latent);
            for k in 0..latent {
                let e: f32 = StandardNormal.sample(rng);
                let deviation = (0.5 * log[k]).exp();
                s.noise[i * latent + k] = e * deviation;
                s.z[i * latent + k] = mean[k] + e * deviation;
                let own = mean[k] * mean[k] + deviation * deviation - 1.0 - log[k];
                divergence += 0.5 * f64::from(own);
            }
        }
        self.decode(weights, n, s);
        let out = &mut s.out[..n * self.width];
        let entropy = heads.cross_entropy(codes, out, factor * scale);
        if let Some(grad) = grad {
            self.backward(weights, n, codes, scale, s, grad);
        }
        f64::from(factor) * entropy + divergence
    }

    /// Adds the gradient, given that of the logits in `s.out`.
    fn backward(
        &self,
        weights: &[f32],
        n: usize,
        codes: &[u32],
        scale: f32,
        s: &mut Scratch,
        grad: &mut [f32],
    ) {
        let latent = self.latent;
        let (a, b) = (&mut s.grad_a, &mut s.grad_b);
        let out = &mut s.out;
        (self.leave).backward(weights, n, (&s.fourth, &[]), out, Some(a), Some(grad));
        (self.outer).backward(weights, n, (&s.third, &s.fourth), a, Some(b), Some(grad));
        let grad_z = &mut s.grad_z;
        (self.widen).backward(weights, n, (&s.z, &s.third), b, Some(grad_z), Some(grad));
        for i in 0..n {
            for k in 0..latent {
                let (at, of) = (i * 2 * latent + k, i * latent + k);
                let (mean, log, g) = (s.code[at], s.code[at + latent], s.grad_z[of]);
                s.grad_code[at] = g + scale * mean;
                s.grad_code[at + latent] = 0.5 * g * s.noise[of] + 0.5 * scale * (log.exp() - 1.0);
            }
        }
        let code = &mut s.grad_code;
        (self.code).backward(weights, n, (&s.second, &[]), code, Some(a), Some(grad));
        (self.inner).backward(weights, n, (&s.first, &s.second), a, Some(b), Some(grad));
        self.enter.backward(n, codes, &s.first, b, grad);
    }
}

/// Buffers of one shard: nothing is allocated inside a step.
pub(super) struct Scratch {
    first: Vec<f32>,
    second: Vec<f32>,
    code: Vec<f32>,
    noise: Vec<f32>,
    pub(super) z: Vec<f32>,
    third: Vec<f32>,
    fourth: Vec<f32>,
    pub(super) out: Vec<f32>,
    grad_a: Vec<f32>,
    grad_b: Vec<f32>,
    grad_z: Vec<f32>,
    grad_code: Vec<f32>,
}

impl Scratch {
    /// For `rows` rows at most.
    pub(super) fn new(net: &Net, rows: usize) -> Scratch {
        let grown = |width: usize| vec![0.0; rows * width];
        let (hidden, latent) = (net.hidden, net.latent);
        Scratch {
            first: grown(hidden),
            second: grown(hidden),
            code: grown(2 * latent),
            noise: grown(latent),
            z: grown(latent),
            third: grown(hidden),
            fourth: grown(hidden),
            out: grown(net.width),
            grad_a: grown(hidden),
            grad_b: grown(hidden),
            grad_z: grown(latent),
            grad_code: grown(2 * latent),
        }
    }
}

#[cfg(test)]
mod tests {
    use rand::{RngExt, SeedableRng};
    use rand_chacha::ChaCha8Rng;

    use super::*;
    use crate::encode::{ColumnEncoder, Encoder, Grid};
    use crate::neural::layers::NONE;
    use crate::neural::layers::slopes::{self, Limits};

    #[test]
    fn the_gradient_of_the_loss_is_right() {
        let few = |n: u8| ColumnEncoder::Discrete {
            values: (0..n).map(f64::from).collect(),
            missing: false,
            grid: Grid::Decimals(None),
        };
        let heads = Heads::new(&Encoder::new(vec![few(3), few(4)], None), 4);
        let p = Params {
            hidden: 8,
            embedding_dim: 3,
            ..Params::default()
        };
        let net = Net::new(&p, &heads);
        let mut rng = ChaCha8Rng::seed_from_u64(2);
        let mut weights = net.shape.init(&mut rng);
        weights
            .iter_mut()
            .for_each(|w| *w += rng.random_range(-0.3..0.3));
        let codes = [0, 3, 1, 5, 2, NONE, 0, 6, 2, 4];
        let mut scratch = Scratch::new(&net, 5);
        let mut loss = |weights: &[f32], grad: Option<&mut [f32]>| {
            let mut noise = ChaCha8Rng::seed_from_u64(3);
            let rows = (&heads, &codes[..]);
            net.loss(weights, rows, (2.0, 1.0), &mut scratch, &mut noise, grad)
        };
        let mut grad = vec![0.0; net.shape.size()];
        loss(&weights, Some(&mut grad));
        let limits = Limits {
            width: 2e-3,
            bend: 0.05,
            error: 2e-2,
        };
        let strong = slopes::hold(&weights, &grad, &limits, |moved| loss(moved, None));
        assert!(strong > 100, "only {strong} gradients are not zero");
    }
}

//! The network and its passes over one shard of rows: one-hot groups, of which hidden ones add nothing, through three
//! hidden layers (the first is added to the last) to logits of all groups.

use super::params::Params;
use crate::heads::Heads;
use crate::neural::Shape;
use crate::neural::layers::{Dense, Embed, Then};

/// The layers.
#[derive(Debug, Clone)]
pub(super) struct Net {
    pub(super) shape: Shape,
    enter: Embed,
    inner: Dense,
    outer: Dense,
    leave: Dense,
    hidden: usize,
    width: usize,
}

impl Net {
    pub(super) fn new(p: &Params, heads: &Heads) -> Net {
        let (hidden, width) = (p.hidden as usize, heads.width);
        let mut shape = Shape::default();
        let s = &mut shape;
        let enter = Embed::new(s, heads.groups.len(), width, hidden, Then::Relu);
        let inner = Dense::new(s, hidden, hidden, Then::Relu, 1.5);
        let outer = Dense::new(s, hidden, hidden, Then::Relu, 1.5);
        let leave = Dense::new(s, hidden, width, Then::Linear, 1.0);
        Net {
            shape,
            enter,
            inner,
            outer,
            leave,
            hidden,
            width,
        }
    }

    /// Floating-point operations of one forward pass of one row.
    pub(super) fn flops(&self) -> f64 {
        let dense = [self.inner, self.outer, self.leave];
        let products: usize = dense.iter().map(Dense::products).sum();
        2.0 * (products + 16 * self.hidden) as f64
    }

    /// Logits of `n` rows of codes, into `s.out`.
    pub(super) fn forward(&self, weights: &[f32], n: usize, codes: &[u32], s: &mut Scratch) {
        self.enter.forward(weights, n, codes, &mut s.first);
        self.inner.forward(weights, n, &s.first, &mut s.second);
        self.outer.forward(weights, n, &s.second, &mut s.third);
        for ((sum, a), b) in (s.sum.iter_mut().zip(&s.first)).zip(&s.third) {
            *sum = a + b;
        }
        self.leave.forward(weights, n, &s.sum, &mut s.out);
    }

    /// The loss of `n` rows, summed: the cross-entropy of `rows.hidden` given `rows.shown`, weighted by row. Where it
    /// is given, `grad` gains its gradient times `scale`.
    pub(super) fn loss(
        &self,
        weights: &[f32],
        (heads, rows): (&Heads, &Masked),
        scale: f32,
        s: &mut Scratch,
        grad: Option<&mut [f32]>,
    ) -> f64 {
        let n = rows.weights.len();
        self.forward(weights, n, &rows.shown, s);
        let groups = heads.groups.len().max(1);
        let out = s.out[..n * self.width].chunks_exact_mut(self.width.max(1));
        let mut total = 0.0;
        for ((out, codes), weight) in out.zip(rows.hidden.chunks_exact(groups)).zip(&rows.weights) {
            total += f64::from(*weight) * heads.cross_entropy(codes, out, weight * scale);
        }
        if let Some(grad) = grad {
            self.backward(weights, n, &rows.shown, s, grad);
        }
        total
    }

    /// Adds the gradient, given that of the logits in `s.out`.
    fn backward(
        &self,
        weights: &[f32],
        n: usize,
        codes: &[u32],
        s: &mut Scratch,
        grad: &mut [f32],
    ) {
        let (a, b) = (&mut s.grad_a, &mut s.grad_b);
        (self.leave).backward(weights, n, (&s.sum, &[]), &mut s.out, Some(a), Some(grad));
        // The sum passes its gradient on to the first layer and to the last.
        s.grad_sum.copy_from_slice(a);
        (self.outer).backward(weights, n, (&s.second, &s.third), a, Some(b), Some(grad));
        (self.inner).backward(weights, n, (&s.first, &s.second), b, Some(a), Some(grad));
        for (a, sum) in a.iter_mut().zip(&s.grad_sum) {
            *a += sum;
        }
        self.enter.backward(n, codes, &s.first, a, grad);
    }
}

/// Rows of which some groups are hidden.
#[derive(Debug, Default)]
pub(super) struct Masked {
    /// Codes of the groups that are shown.
    pub(super) shown: Vec<u32>,
    /// Codes of those that are not.
    pub(super) hidden: Vec<u32>,
    /// What each row's loss counts.
    pub(super) weights: Vec<f32>,
}

/// Buffers of one shard: nothing is allocated inside a step.
pub(super) struct Scratch {
    first: Vec<f32>,
    second: Vec<f32>,
    third: Vec<f32>,
    sum: Vec<f32>,
    pub(super) out: Vec<f32>,
    grad_a: Vec<f32>,
    grad_b: Vec<f32>,
    grad_sum: Vec<f32>,
}

impl Scratch {
    /// For `rows` rows at most.
    pub(super) fn new(net: &Net, rows: usize) -> Scratch {
        let grown = |width: usize| vec![0.0; rows * width];
        Scratch {
            first: grown(net.hidden),
            second: grown(net.hidden),
            third: grown(net.hidden),
            sum: grown(net.hidden),
            out: grown(net.width),
            grad_a: grown(net.hidden),
            grad_b: grown(net.hidden),
            grad_sum: grown(net.hidden),
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
            ..Params::default()
        };
        let net = Net::new(&p, &heads);
        let mut rng = ChaCha8Rng::seed_from_u64(2);
        let mut weights = net.shape.init(&mut rng);
        (weights.iter_mut()).for_each(|w| *w += rng.random_range(-0.3..0.3));
        let rows = Masked {
            shown: vec![0, NONE, NONE, 5, NONE, NONE, 1, NONE],
            hidden: vec![NONE, 3, 1, NONE, 2, 6, NONE, 4],
            weights: vec![2.0, 2.0, 1.0, 2.0],
        };
        let mut scratch = Scratch::new(&net, 4);
        let mut loss = |weights: &[f32], grad: Option<&mut [f32]>| {
            net.loss(weights, (&heads, &rows), 1.0, &mut scratch, grad)
        };
        let mut grad = vec![0.0; net.shape.size()];
        loss(&weights, Some(&mut grad));
        let limits = Limits {
            width: 2e-3,
            bend: 0.05,
            error: 2e-2,
        };
        let strong = slopes::hold(&weights, &grad, &limits, |moved| loss(moved, None));
        assert!(strong > 60, "only {strong} gradients are not zero");
    }
}

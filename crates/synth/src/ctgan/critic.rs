//! The critic, which scores packs of rows, and the penalty on the length of its gradient.
//!
//! The critic is piecewise linear, so the gradient `v` of a score with respect to the rows is a
//! product of matrices and of slopes that do not change for small steps. With
//! `u = 2 lambda (|v| - 1) v / |v|` held fixed, the gradient of the penalty `lambda (|v| - 1)^2` is that
//! of `u . v`: one pass carries `u` forward through the layers as a direction, and each matrix gets the
//! product of the direction that enters it with the gradient that leaves it.

use rand::Rng;

use super::params::Params;
use crate::neural::Shape;
use crate::neural::layers::{Dense, Dropout, Then};

/// Slope of negative values.
const LEAK: f32 = 0.2;

/// The layers.
#[derive(Debug, Clone)]
pub(super) struct Critic {
    pub(super) shape: Shape,
    first: Dense,
    second: Dense,
    score: Dense,
    /// Values of a pack.
    pub(super) inputs: usize,
    hidden: usize,
}

impl Critic {
    pub(super) fn new(p: &Params, width: usize) -> Critic {
        let (hidden, inputs) = (p.hidden as usize, width * p.pac as usize);
        let mut shape = Shape::default();
        let first = Dense::new(&mut shape, inputs, hidden, Then::Leaky(LEAK), 1.0);
        let second = Dense::new(&mut shape, hidden, hidden, Then::Leaky(LEAK), 1.0);
        let score = Dense::new(&mut shape, hidden, 1, Then::Linear, 1.0);
        Critic {
            shape,
            first,
            second,
            score,
            inputs,
            hidden,
        }
    }

    /// Floating-point operations of one forward pass of one pack.
    pub(super) fn flops(&self) -> f64 {
        let layers = [self.first, self.second, self.score];
        2.0 * layers.iter().map(Dense::products).sum::<usize>() as f64
    }

    /// Scores of the `m` packs `x`, into `s.score`, with units dropped at `rate`.
    pub(super) fn forward(
        &self,
        weights: &[f32],
        (m, x): (usize, &[f32]),
        rate: f32,
        s: &mut Scratch,
        rng: &mut impl Rng,
    ) {
        let units = m * self.hidden;
        s.drop_a.draw(units, rate, rng);
        s.drop_b.draw(units, rate, rng);
        self.first.forward(weights, m, x, &mut s.a);
        s.drop_a.apply(&mut s.a[..units]);
        self.second.forward(weights, m, &s.a, &mut s.b);
        s.drop_b.apply(&mut s.b[..units]);
        self.score.forward(weights, m, &s.b, &mut s.score);
    }

    /// Backward from the gradients of the scores in `s.score`, after [`Critic::forward`]: adds to
    /// `grad` and sets `s.grad_x`, where they are wanted.
    pub(super) fn backward(
        &self,
        weights: &[f32],
        (m, x): (usize, &[f32]),
        s: &mut Scratch,
        mut grad: Option<&mut [f32]>,
        to_rows: bool,
    ) {
        let units = m * self.hidden;
        let (scores, a, b) = (&mut s.score, &mut s.grad_a, &mut s.grad_b);
        let (none, own): (&[f32], _) = (&[], grad.as_deref_mut());
        (self.score).backward(weights, m, (&s.b, none), scores, Some(b), own);
        s.drop_b.apply(&mut b[..units]);
        let own = grad.as_deref_mut();
        (self.second).backward(weights, m, (&s.a, &s.b), b, Some(a), own);
        s.drop_a.apply(&mut a[..units]);
        let rows = to_rows.then_some(&mut s.grad_x[..]);
        (self.first).backward(weights, m, (x, &s.a), a, rows, grad);
    }

    /// The penalty at the `m` packs `x`, summed and times `weight`; adds its gradient to `grad`.
    pub(super) fn penalty(
        &self,
        weights: &[f32],
        (m, x): (usize, &[f32]),
        (weight, rate): (f32, f32),
        s: &mut Scratch,
        rng: &mut impl Rng,
        grad: &mut [f32],
    ) -> f64 {
        let units = m * self.hidden;
        self.forward(weights, (m, x), rate, s, rng);
        s.score[..m].fill(1.0);
        self.backward(weights, (m, x), s, None, true);
        let mut total = 0.0;
        for v in s.grad_x[..m * self.inputs].chunks_exact_mut(self.inputs) {
            let norm = (v.iter().map(|x| f64::from(x * x)).sum::<f64>() + 1e-12).sqrt();
            total += f64::from(weight) * (norm - 1.0).powi(2);
            let factor = 2.0 * weight * ((norm - 1.0) / norm) as f32;
            v.iter_mut().for_each(|x| *x *= factor);
        }
        // `grad_a` and `grad_b` are gradients before the activations now, and `grad_x` holds u.
        self.first.outer(m, &s.grad_x, &s.grad_a, grad);
        let (t_a, t_b) = (&mut s.tangent_a, &mut s.tangent_b);
        self.first.tangent(weights, m, &s.grad_x, &s.a, t_a);
        s.drop_a.apply(&mut t_a[..units]);
        self.second.outer(m, t_a, &s.grad_b, grad);
        self.second.tangent(weights, m, t_a, &s.b, t_b);
        s.drop_b.apply(&mut t_b[..units]);
        s.score[..m].fill(1.0);
        self.score.outer(m, t_b, &s.score, grad);
        total
    }
}

/// Buffers for a number of packs.
pub(super) struct Scratch {
    a: Vec<f32>,
    b: Vec<f32>,
    pub(super) score: Vec<f32>,
    grad_a: Vec<f32>,
    grad_b: Vec<f32>,
    pub(super) grad_x: Vec<f32>,
    tangent_a: Vec<f32>,
    tangent_b: Vec<f32>,
    drop_a: Dropout,
    drop_b: Dropout,
}

impl Scratch {
    pub(super) fn new(critic: &Critic, packs: usize) -> Scratch {
        let grown = || vec![0.0; packs * critic.hidden];
        Scratch {
            a: grown(),
            b: grown(),
            score: vec![0.0; packs],
            grad_a: grown(),
            grad_b: grown(),
            grad_x: vec![0.0; packs * critic.inputs],
            tangent_a: grown(),
            tangent_b: grown(),
            drop_a: Dropout::default(),
            drop_b: Dropout::default(),
        }
    }
}

#[cfg(test)]
mod tests {
    use rand::{RngExt, SeedableRng};
    use rand_chacha::ChaCha8Rng;

    use super::*;
    use crate::neural::layers::slopes::{self, Limits};

    #[test]
    fn the_gradient_of_the_penalty_is_that_of_finite_differences() {
        let p = Params {
            hidden: 12,
            pac: 2,
            ..Params::default()
        };
        let critic = Critic::new(&p, 3);
        let mut rng = ChaCha8Rng::seed_from_u64(4);
        let mut weights = critic.shape.init(&mut rng);
        (weights.iter_mut()).for_each(|w| *w += rng.random_range(-0.4..0.4));
        let x: Vec<f32> = (0..7 * 6).map(|_| rng.random_range(-1.0..1.0)).collect();
        let mut scratch = Scratch::new(&critic, 7);
        let mut penalty = |weights: &[f32], grad: &mut [f32]| {
            let mut drops = ChaCha8Rng::seed_from_u64(6);
            let packs = (7, &x[..]);
            critic.penalty(weights, packs, (10.0, 0.25), &mut scratch, &mut drops, grad)
        };
        let mut grad = vec![0.0; critic.shape.size()];
        let value = penalty(&weights, &mut grad);
        assert!(value > 1.0, "{value}");
        let mut unused = vec![0.0; critic.shape.size()];
        let limits = Limits {
            width: 1e-3,
            bend: 0.1,
            error: 1e-2,
        };
        let strong = slopes::hold(&weights, &grad, &limits, |moved| {
            penalty(moved, &mut unused)
        });
        assert!(strong > 100, "only {strong} gradients are not zero");
    }

    #[test]
    fn scores_and_their_gradients_agree() {
        let p = Params {
            hidden: 10,
            pac: 1,
            ..Params::default()
        };
        let critic = Critic::new(&p, 4);
        let mut rng = ChaCha8Rng::seed_from_u64(9);
        let weights = critic.shape.init(&mut rng);
        let x: Vec<f32> = (0..12).map(|_| rng.random_range(-1.0..1.0)).collect();
        let mut s = Scratch::new(&critic, 3);
        let mut sum = |x: &[f32], s: &mut Scratch| {
            critic.forward(&weights, (3, x), 0.0, s, &mut rng);
            s.score[..3].iter().map(|v| f64::from(*v)).sum::<f64>()
        };
        sum(&x, &mut s);
        s.score.fill(1.0);
        critic.backward(&weights, (3, &x), &mut s, None, true);
        let own = s.grad_x.clone();
        for i in 0..x.len() {
            let mut at = |d: f32| {
                let mut moved = x.clone();
                moved[i] += d;
                sum(&moved, &mut s)
            };
            let numeric = (at(1e-3) - at(-1e-3)) / 2e-3;
            assert!((numeric - f64::from(own[i])).abs() < 1e-2, "{i}");
        }
    }
}

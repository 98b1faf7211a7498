//! One conformance test for all layers: gradients of parameters and inputs against finite
//! differences, and directions against the difference that they cause.

#![allow(clippy::unwrap_used)]

use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

use super::super::Shape;
use super::{Dense, Dropout, Embed, NONE, Norm, Then};

const ROWS: usize = 6;

/// Outputs of inputs and weights.
type Forward<'a> = dyn Fn(&[f32], &[f32]) -> Vec<f32> + 'a;
/// Gradients of inputs and weights.
type Backward<'a> = dyn Fn(&[f32], &[f32], &[f32], &mut [f32]) -> (Vec<f32>, Vec<f32>) + 'a;

/// A layer as a function of parameters and inputs, with its gradients.
struct Case<'a> {
    name: &'a str,
    params: Vec<f32>,
    x: Vec<f32>,
    outputs: usize,
    forward: &'a Forward<'a>,
    /// Gradients of the parameters and of the inputs, from the gradient of the outputs.
    backward: &'a Backward<'a>,
}

fn draw(n: usize, seed: u64) -> Vec<f32> {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    (0..n).map(|_| rng.random_range(-1.0..1.0)).collect()
}

/// Central difference of `f` (of fourth order), and whether `f` is smooth there: no unit changes sides
/// between the points, so that two widths agree.
fn slope(f: &dyn Fn(f32) -> f64) -> (f64, bool) {
    let h = 1e-2_f32;
    let d = f64::from(h);
    let near = (f(h) - f(-h)) / (2.0 * d);
    let wide = (f(2.0 * h) - f(-2.0 * h)) / (4.0 * d);
    let central = (4.0 * near - wide) / 3.0;
    let smooth = (near - wide).abs() < 2e-3 * (1.0 + central.abs());
    (central, smooth)
}

fn conforms(case: &Case<'_>) {
    let weights = draw(ROWS * case.outputs, 3);
    let loss = |params: &[f32], x: &[f32]| -> f64 {
        ((case.forward)(params, x).iter().zip(&weights))
            .map(|(o, w)| f64::from(*o) * f64::from(*w) + 0.5 * f64::from(o * o))
            .sum()
    };
    let out = (case.forward)(&case.params, &case.x);
    let mut grad_out: Vec<f32> = out.iter().zip(&weights).map(|(o, w)| o + w).collect();
    let (grad, grad_x) = (case.backward)(&case.params, &case.x, &out, &mut grad_out);
    let mut strong = 0;
    let mut check = |what: &str, i: usize, (numeric, smooth): (f64, bool), own: f32| {
        if !smooth {
            return;
        }
        let error = (numeric - f64::from(own)).abs() / (1.0 + numeric.abs());
        assert!(
            error < 5e-3,
            "{}, {what} {i}: {numeric} against {own}",
            case.name
        );
        strong += usize::from(numeric.abs() > 1e-3);
    };
    for i in 0..case.params.len() {
        let at = |d: f32| {
            let mut moved = case.params.clone();
            moved[i] += d;
            loss(&moved, &case.x)
        };
        check("parameter", i, slope(&at), grad[i]);
    }
    for i in 0..grad_x.len() {
        let at = |d: f32| {
            let mut moved = case.x.clone();
            moved[i] += d;
            loss(&case.params, &moved)
        };
        check("input", i, slope(&at), grad_x[i]);
    }
    assert!(strong > 20, "{}: only {strong} gradients", case.name);
}

#[test]
fn dense_layers_conform() {
    for (name, then) in [
        ("linear", Then::Linear),
        ("relu", Then::Relu),
        ("leaky", Then::Leaky(0.2)),
    ] {
        let mut shape = Shape::default();
        let layer = Dense::new(&mut shape, 5, 7, then, 1.0);
        let forward = |params: &[f32], x: &[f32]| {
            let mut out = vec![0.0; ROWS * 7];
            layer.forward(params, ROWS, x, &mut out);
            out
        };
        let backward = |params: &[f32], x: &[f32], out: &[f32], grad_out: &mut [f32]| {
            let (mut grad, mut grad_x) = (vec![0.0; shape.size()], vec![0.0; ROWS * 5]);
            let (to_x, to_grad) = (Some(&mut grad_x[..]), Some(&mut grad[..]));
            layer.backward(params, ROWS, (x, out), grad_out, to_x, to_grad);
            (grad, grad_x)
        };
        conforms(&Case {
            name,
            params: draw(shape.size(), 1),
            x: draw(ROWS * 5, 2),
            outputs: 7,
            forward: &forward,
            backward: &backward,
        });
    }
}

#[test]
fn embedded_codes_conform() {
    let mut shape = Shape::default();
    let layer = Embed::new(&mut shape, 2, 5, 7, Then::Relu);
    let codes = [0, 3, 1, 4, 2, NONE, NONE, NONE, 0, 4, 2, 3];
    let forward = |params: &[f32], _: &[f32]| {
        let mut out = vec![0.0; ROWS * 7];
        layer.forward(params, ROWS, &codes, &mut out);
        out
    };
    let backward = |_: &[f32], _: &[f32], out: &[f32], grad_out: &mut [f32]| {
        let mut grad = vec![0.0; shape.size()];
        layer.backward(ROWS, &codes, out, grad_out, &mut grad);
        (grad, Vec::new())
    };
    conforms(&Case {
        name: "embed",
        params: draw(shape.size(), 5),
        x: Vec::new(),
        outputs: 7,
        forward: &forward,
        backward: &backward,
    });
}

#[test]
fn norm_and_dropout_conform() {
    let layer = Norm { width: 9 };
    let mut dropout = Dropout::default();
    dropout.draw(ROWS * 9, 0.3, &mut ChaCha8Rng::seed_from_u64(8));
    let passed = |x: &[f32]| {
        let (mut out, mut rstd) = (vec![0.0; ROWS * 9], vec![0.0; ROWS]);
        layer.forward(ROWS, x, &mut out, &mut rstd);
        (out, rstd)
    };
    let forward = |_: &[f32], x: &[f32]| {
        let (mut out, _) = passed(x);
        dropout.apply(&mut out);
        out
    };
    let backward = |_: &[f32], x: &[f32], _: &[f32], grad_out: &mut [f32]| {
        let (out, rstd) = passed(x);
        let mut grad_x = vec![0.0; ROWS * 9];
        dropout.apply(grad_out);
        layer.backward(ROWS, (&out, &rstd), grad_out, &mut grad_x);
        (Vec::new(), grad_x)
    };
    conforms(&Case {
        name: "norm and dropout",
        params: Vec::new(),
        x: draw(ROWS * 9, 6),
        outputs: 9,
        forward: &forward,
        backward: &backward,
    });
    let dropped = forward(&[], &draw(ROWS * 9, 6))
        .iter()
        .filter(|v| **v == 0.0)
        .count();
    assert!((4..30).contains(&dropped), "{dropped} of 54 dropped");
}

#[test]
fn directions_are_the_change_that_they_cause() {
    let mut shape = Shape::default();
    let layer = Dense::new(&mut shape, 5, 7, Then::Leaky(0.2), 1.0);
    let (params, x, t) = (draw(shape.size(), 1), draw(ROWS * 5, 2), draw(ROWS * 5, 4));
    let at = |d: f32| {
        let moved: Vec<f32> = x.iter().zip(&t).map(|(x, t)| x + d * t).collect();
        let mut out = vec![0.0; ROWS * 7];
        layer.forward(&params, ROWS, &moved, &mut out);
        out
    };
    let mut carried = vec![0.0; ROWS * 7];
    layer.tangent(&params, ROWS, &t, &at(0.0), &mut carried);
    for i in 0..ROWS * 7 {
        let (numeric, smooth) = slope(&|d| f64::from(at(d)[i]));
        assert!(!smooth || (numeric - f64::from(carried[i])).abs() < 1e-3);
    }
}

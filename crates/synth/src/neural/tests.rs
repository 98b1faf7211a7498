//! Gradients against finite differences, and thread-independence of the optimiser.

#![allow(clippy::unwrap_used)]

use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

use super::{AdamW, Input, Layout, Net, Panels, Precision, Schedule, Scratch};

/// A network with random weights, rows for it, and a random linear functional of its outputs.
struct Case {
    layout: Layout,
    params: Vec<f32>,
    rows: usize,
    numbers: Vec<f32>,
    codes: Vec<u32>,
    time: Vec<f32>,
    weights: Vec<f32>,
}

impl Case {
    fn new(numbers: usize, levels: &[usize], hidden: usize) -> Case {
        let layout = Layout::new(numbers, levels.to_vec(), hidden, 2);
        let mut rng = ChaCha8Rng::seed_from_u64(5);
        let mut params: Vec<f32> = layout.init(&mut rng);
        for p in &mut params {
            *p += rng.random_range(-0.2..0.2);
        }
        let rows = 5;
        let mut draw =
            |n: usize| -> Vec<f32> { (0..rows * n).map(|_| rng.random_range(-1.0..1.0)).collect() };
        let (numbers, time, weights) = (draw(numbers), draw(1), draw(layout.outputs()));
        let codes = (0..rows)
            .flat_map(|_| levels)
            .map(|k| rng.random_range(0..=*k as u32))
            .collect();
        Case {
            layout,
            params,
            rows,
            numbers,
            codes,
            time,
            weights,
        }
    }

    fn input(&self) -> Input<'_> {
        Input {
            rows: self.rows,
            numbers: &self.numbers,
            codes: &self.codes,
            time: &self.time,
        }
    }

    fn scratch(&self, panels: &Panels) -> Scratch {
        let mut scratch = Scratch::for_training(&self.layout, panels, self.rows);
        let mut rng = ChaCha8Rng::seed_from_u64(7);
        scratch.draw_dropout(&self.layout, self.rows, 0.25, &mut rng);
        scratch
    }

    /// Runs `f` on the network with these parameters.
    fn net<T>(&self, params: &[f32], precision: Precision, f: impl FnOnce(Net<'_>) -> T) -> T {
        let mut panels = Panels::for_training(&self.layout, precision);
        panels.pack(&self.layout, params);
        f(Net {
            layout: &self.layout,
            weights: params,
            panels: &panels,
        })
    }

    /// Half the squared outputs and the functional, summed.
    fn loss(&self, params: &[f32], scratch: &mut Scratch) -> f64 {
        self.net(params, Precision::Single, |net| {
            let out = scratch.forward(net, self.input());
            out.iter()
                .zip(&self.weights)
                .map(|(o, w)| f64::from(*o) * f64::from(*w) + 0.5 * f64::from(o * o))
                .sum()
        })
    }

    /// The outputs, and the gradient of that loss.
    fn gradient(&self, precision: Precision) -> (Vec<f32>, Vec<f32>) {
        let mut grad = vec![0.0; self.layout.size()];
        let out = self.net(&self.params, precision, |net| {
            let mut scratch = self.scratch(net.panels);
            let out = scratch.forward(net, self.input());
            let given = out.to_vec();
            for (o, w) in out.iter_mut().zip(&self.weights) {
                *o += w;
            }
            scratch.backward(net, self.input(), &mut grad);
            given
        });
        (out, grad)
    }
}

#[test]
fn gradients_equal_finite_differences() {
    for (numbers, levels) in [(3, vec![4, 2]), (0, vec![3]), (2, vec![])] {
        let case = Case::new(numbers, &levels, 16);
        let (_, grad) = case.gradient(Precision::Single);
        let mut scratch = case.net(&case.params, Precision::Single, |net| {
            case.scratch(net.panels)
        });
        let mut checked = 0;
        for i in (0..case.layout.size()).step_by(7) {
            let h = 1e-2;
            let mut at = |d: f32| {
                let mut moved = case.params.clone();
                moved[i] += d;
                case.loss(&moved, &mut scratch)
            };
            // Fourth-order central difference.
            let numeric =
                (8.0 * (at(h) - at(-h)) - (at(2.0 * h) - at(-2.0 * h))) / (12.0 * f64::from(h));
            let error = (numeric - f64::from(grad[i])).abs() / (1.0 + numeric.abs());
            assert!(error < 5e-3, "parameter {i}: {numeric} against {}", grad[i]);
            checked += usize::from(numeric.abs() > 1e-3);
        }
        assert!(checked > 50, "only {checked} gradients are not zero");
    }
}

#[test]
fn bf16_products_give_nearly_the_same_outputs_and_gradients() {
    let off = |a: &[f32], b: &[f32]| {
        let length =
            |v: &mut dyn Iterator<Item = f32>| v.map(|x| f64::from(x).powi(2)).sum::<f64>().sqrt();
        let apart = length(&mut a.iter().zip(b).map(|(x, y)| x - y));
        apart / length(&mut a.iter().copied())
    };
    for (numbers, levels, hidden) in [(3, vec![4, 2], 16), (0, vec![3], 17), (2, vec![], 64)] {
        let case = Case::new(numbers, &levels, hidden);
        let (out, grad) = case.gradient(Precision::Single);
        let (near, slope) = case.gradient(Precision::Bf16);
        assert_ne!(out, near, "the large products are not in bf16");
        // Each factor is off by 0.4 % at most, and the errors are as often up as down.
        assert!(off(&out, &near) < 0.01, "{}", off(&out, &near));
        assert!(off(&grad, &slope) < 0.02, "{}", off(&grad, &slope));
        let each = case.layout.matrices().map(|m| m.at);
        for at in each {
            let apart = off(&grad[at.clone()], &slope[at]);
            assert!(apart < 0.03, "{apart}");
        }
    }
}

#[test]
fn the_shared_time_is_the_time_of_each_row() {
    let layout = Layout::new(2, vec![3], 16, 1);
    let params = layout.init(&mut ChaCha8Rng::seed_from_u64(1));
    let (values, codes) = ([0.1, -0.4, 0.7, 0.2], [0, 3]);
    let panels = Panels::for_sampling(&layout, Precision::Single, &params);
    let net = Net {
        layout: &layout,
        weights: &params,
        panels: &panels,
    };
    let mut scratch = Scratch::for_sampling(&layout, &panels, 2);
    let mut at = |time: &[f32]| {
        let (numbers, codes) = (&values[..], &codes[..]);
        let input = Input {
            rows: 2,
            numbers,
            codes,
            time,
        };
        scratch.forward(net, input).to_vec()
    };
    let (one, each) = (at(&[0.3]), at(&[0.3, 0.3]));
    for (a, b) in one.iter().zip(each.iter()) {
        assert!((a - b).abs() < 1e-6);
    }
}

#[test]
fn adamw_finds_a_minimum_and_clips() {
    let mut optimiser = AdamW::new(vec![3.0, -2.0], 0.0, 0.9, 1.0);
    let schedule = Schedule {
        rate: 0.1,
        warmup: 10,
        steps: 400,
    };
    for step in 0..400 {
        let grad: Vec<f32> = optimiser.params.iter().map(|p| 2.0 * (p - 1.0)).collect();
        let norm = optimiser.step(schedule.at(step), &mut [grad.clone(), vec![0.0; 2]]);
        let expected = grad.iter().map(|g| f64::from(g * g)).sum::<f64>().sqrt();
        assert!((norm - expected).abs() < 1e-5);
    }
    assert!(
        optimiser
            .params
            .iter()
            .chain(&optimiser.average)
            .all(|p| (p - 1.0).abs() < 0.02)
    );
    assert!(schedule.at(400) < 1e-6);
}

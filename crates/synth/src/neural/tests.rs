//! Gradients against finite differences, and thread-independence of the optimiser.

#![allow(clippy::unwrap_used)]

use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

use super::{AdamW, Input, Layout, Schedule, Scratch};

/// A fixed random linear functional of the outputs, as a loss whose gradient is known.
fn loss(
    layout: &Layout,
    params: &[f32],
    input: Input<'_>,
    weights: &[f32],
    scratch: &mut Scratch,
) -> f64 {
    let out = scratch.forward(layout, params, input);
    out.iter()
        .zip(weights)
        .map(|(o, w)| f64::from(*o) * f64::from(*w) + 0.5 * f64::from(o * o))
        .sum()
}

#[test]
fn gradients_equal_finite_differences() {
    for (numbers, levels) in [(3, vec![4, 2]), (0, vec![3]), (2, vec![])] {
        let layout = Layout::new(numbers, levels.clone(), 16, 2);
        let mut rng = ChaCha8Rng::seed_from_u64(5);
        let mut params: Vec<f32> = layout.init(&mut rng);
        for p in &mut params {
            *p += rng.random_range(-0.2..0.2);
        }
        let rows = 5;
        let values: Vec<f32> = (0..rows * numbers)
            .map(|_| rng.random_range(-1.0..1.0))
            .collect();
        let codes: Vec<u32> = (0..rows)
            .flat_map(|_| levels.clone())
            .map(|k| rng.random_range(0..=k as u32))
            .collect();
        let time: Vec<f32> = (0..rows).map(|_| rng.random_range(-1.0..1.0)).collect();
        let input = Input {
            rows,
            numbers: &values,
            codes: &codes,
            time: &time,
        };
        let weights: Vec<f32> = (0..rows * layout.outputs())
            .map(|_| rng.random_range(-1.0..1.0))
            .collect();
        let mut scratch = Scratch::for_training(&layout, rows);
        scratch.draw_dropout(&layout, rows, 0.25, &mut rng);

        let out = scratch.forward(&layout, &params, input);
        for (o, w) in out.iter_mut().zip(&weights) {
            *o += w;
        }
        let mut grad = vec![0.0; layout.size()];
        scratch.backward(&layout, &params, input, &mut grad);

        let mut checked = 0;
        for i in (0..layout.size()).step_by(7) {
            let h = 1e-2;
            let mut at = |d: f32| {
                let mut moved = params.clone();
                moved[i] += d;
                loss(&layout, &moved, input, &weights, &mut scratch)
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
fn the_shared_time_is_the_time_of_each_row() {
    let layout = Layout::new(2, vec![3], 16, 1);
    let params = layout.init(&mut ChaCha8Rng::seed_from_u64(1));
    let (values, codes) = ([0.1, -0.4, 0.7, 0.2], [0, 3]);
    let mut scratch = Scratch::for_sampling(&layout, 2);
    let one = scratch
        .forward(
            &layout,
            &params,
            Input {
                rows: 2,
                numbers: &values,
                codes: &codes,
                time: &[0.3],
            },
        )
        .to_vec();
    let each = scratch.forward(
        &layout,
        &params,
        Input {
            rows: 2,
            numbers: &values,
            codes: &codes,
            time: &[0.3, 0.3],
        },
    );
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

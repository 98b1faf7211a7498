//! The gradients of both processes' losses against finite differences.

use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

use super::batch::Batch;
use super::masked::Masked;
use super::multinomial::Multinomial;
use super::process::Process;
use crate::encode::{ColumnEncoder, Encoded, Encoder, Grid, Interval, Quantile};
use crate::neural::Layout;

fn encoder() -> Encoder {
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
    let few = |n: u8| ColumnEncoder::Discrete {
        values: (0..n).map(f64::from).collect(),
        missing: false,
        grid,
    };
    Encoder::new(vec![number(false), number(true), few(3), few(4)], Some(3))
}

fn gradients_are_right(process: &dyn Process) {
    let encoder = encoder();
    let layout = Layout::new(encoder.numbers, encoder.levels.clone(), 16, 1);
    let mut rng = ChaCha8Rng::seed_from_u64(9);
    let rows = 40;
    let interval = |i: usize| {
        if i % 4 == 1 {
            Interval::NONE
        } else {
            Interval {
                low: 0.2,
                high: 0.7,
            }
        }
    };
    let data = Encoded {
        rows,
        intervals: (0..rows * 2).map(interval).collect(),
        codes: (0..rows)
            .flat_map(|row| [u32::from(row % 2 == 0), row as u32 % 3, row as u32 % 4])
            .collect(),
    };
    let mut batch = Batch::default();
    let all: Vec<usize> = (0..rows).collect();
    batch.load(&data, &encoder, &all, None, 0.0, &mut rng);
    process.corrupt(&encoder, &mut batch, &mut rng);
    let out: Vec<f32> = (0..rows * layout.outputs())
        .map(|_| rng.random_range(-1.0..1.0))
        .collect();
    let mut gradient = out.clone();
    process.loss(&layout, &batch, &mut gradient, 1.0);
    let mut strong = 0;
    for i in 0..out.len() {
        let h = 2e-2;
        let at = |d: f32| {
            let mut moved = out.clone();
            moved[i] += d;
            process.loss(&layout, &batch, &mut moved, 1.0)
        };
        let numeric = (at(h) - at(-h)) / (2.0 * f64::from(h));
        let error = (numeric - f64::from(gradient[i])).abs() / (1.0 + numeric.abs());
        assert!(
            error < 1e-2,
            "output {i}: {numeric} against {}",
            gradient[i]
        );
        strong += usize::from(numeric.abs() > 0.01);
    }
    assert!(strong > rows, "only {strong} gradients are not zero");
}

#[test]
fn gradients_of_the_masked_loss_are_right() {
    gradients_are_right(&Masked {
        steps: 8,
        label: None,
    });
}

#[test]
fn gradients_of_the_multinomial_loss_are_right() {
    let encoder = encoder();
    gradients_are_right(&Multinomial::new(50, &encoder, None));
    let shares = vec![0.25, 0.5, 0.75, 1.0];
    gradients_are_right(&Multinomial::new(50, &encoder, Some(shares)));
}

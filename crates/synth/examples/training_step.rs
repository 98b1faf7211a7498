//! Times the training step: forward, backward, AdamW and moving average on random rows, and prints
//! one JSON line per case. `bench/` runs it in turn with PyTorch.
//!
//! Arguments: `single`, `bf16` or `default` (what this processor does faster), steps to time, then pairs `width batch`.

#![allow(clippy::print_stdout, clippy::expect_used)]

use std::time::Instant;

use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use rayon::prelude::*;
use verdancy_synth::neural::{AdamW, Input, Layout, Net, Panels, Precision, Scratch};

fn main() {
    let mut args = std::env::args().skip(1);
    let precision = match args.next().as_deref() {
        Some("single") => Precision::Single,
        Some("bf16") => Precision::Bf16,
        Some("default") => Precision::fastest(),
        _ => panic!("single, bf16 or default, then steps, then width and batch"),
    };
    let numbers: Vec<usize> = args.map(|a| a.parse().expect("a number")).collect();
    let (steps, cases) = numbers.split_first().expect("steps, then width and batch");
    for case in cases.chunks_exact(2) {
        let (width, batch) = (case[0], case[1]);
        let layout = Layout::new(40, vec![], width, 3);
        let mut rng = ChaCha8Rng::seed_from_u64(0);
        let mut optimiser = AdamW::new(layout.init(&mut rng), 1e-4, 0.999, 1.0);
        let shards = if batch >= 512 { 4 } else { 2 };
        let rows = batch / shards;
        let numbers: Vec<f32> = (0..batch * 40)
            .map(|_| rng.random_range(-1.0..1.0))
            .collect();
        let time: Vec<f32> = (0..batch).map(|_| rng.random_range(-1.0..1.0)).collect();
        let mut panels = Panels::for_training(&layout, precision);
        let mut scratches: Vec<Scratch> = (0..shards)
            .map(|_| Scratch::for_training(&layout, &panels, rows))
            .collect();
        let mut grads = vec![vec![0.0; layout.size()]; shards];
        let mut one = || {
            panels.pack(&layout, &optimiser.params);
            let net = Net {
                layout: &layout,
                weights: &optimiser.params,
                panels: &panels,
            };
            let work = scratches
                .par_iter_mut()
                .zip(grads.par_iter_mut())
                .enumerate();
            work.for_each(|(i, (scratch, grad))| {
                let numbers = &numbers[i * rows * 40..(i + 1) * rows * 40];
                let input = Input {
                    rows,
                    numbers,
                    codes: &[],
                    time: &time[i * rows..(i + 1) * rows],
                };
                let out = scratch.forward(net, input);
                for (o, x) in out.iter_mut().zip(numbers) {
                    *o = 2.0 * (*o - x) / (batch * 40) as f32;
                }
                scratch.backward(net, input, grad);
            });
            optimiser.step(1e-3, &mut grads);
        };
        (0..3).for_each(|_| one());
        let mut micros: Vec<f64> = (0..*steps)
            .map(|_| {
                let begin = Instant::now();
                one();
                begin.elapsed().as_secs_f64() * 1e6
            })
            .collect();
        micros.sort_by(f64::total_cmp);
        let flops = 3.0 * layout.flops() as f64 * batch as f64;
        let median = micros[micros.len() / 2];
        println!(
            "{{\"width\":{width},\"batch\":{batch},\"median_us\":{median:.1},\"min_us\":{:.1},\"gflops\":{:.1}}}",
            micros[0],
            flops / median / 1e3
        );
    }
}

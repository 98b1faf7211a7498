//! TabDDPM: diffusion over mixed rows (Kotelnikov et al. 2023), with a process, a training and a
//! sampler that have moved on since; the paper's process is kept as `process = multinomial`.
//!
//! [`fit`] encodes the table, trains a residual MLP to undo noise, watches validation rows while
//! it does so, and keeps the averaged weights that did best there.

mod batch;
mod check;
mod masked;
mod model;
mod multinomial;
mod params;
mod process;
mod sample;
mod train;

pub(crate) use model::from_parts;
pub use params::{Params, ProcessName, SIZES, SizeRow, defaults};

use verdancy_table::{Table, fill::Filler};

use crate::encode::Encoder;
use crate::neural::Layout;
use crate::{Config, Error, Fitted, Result, Run, Stop};

fn layout(p: &Params, encoder: &Encoder) -> Layout {
    Layout::new(
        encoder.numbers,
        encoder.levels.clone(),
        p.hidden as usize,
        p.blocks as usize,
    )
}

/// Learns `train`; `validation` decides when to stop.
///
/// # Errors
/// `synth/no-rows` without training rows, `synth/diverged` when the loss is not finite.
pub fn fit(p: &Params, train: &Table, validation: &Table, run: &mut Run<'_>) -> Result<Fitted> {
    if train.rows() == 0 {
        return Err(Error::input(
            "synth/no-rows",
            "There are no rows to learn from.",
            "Give a table with rows.",
        ));
    }
    let encoder = Encoder::fit(train);
    let (data, held) = (encoder.encode(train), encoder.encode(validation));
    let layout = layout(p, &encoder);
    let head = model::Head::learn(p, &encoder, &data);
    let process = head.process(p, &encoder);
    let trained = if encoder.columns.is_empty() {
        train::Trained {
            weights: vec![0.0; layout.size()],
            history: Vec::new(),
            stop: Stop::Completed,
        }
    } else {
        let mut checks = check::Checks::new(
            p,
            &layout,
            &encoder,
            process.as_ref(),
            &data,
            &held,
            run.seed,
        );
        train::train(
            p,
            &layout,
            &encoder,
            process.as_ref(),
            &data,
            &mut checks,
            run,
        )?
    };
    let model = model::TabDdpm {
        layout,
        encoder,
        process,
        weights: trained.weights,
        head,
    };
    Ok(Fitted {
        schema: train.schema().clone(),
        config: Config::Tabddpm(p.clone()),
        history: trained.history,
        stop: trained.stop,
        fill: Filler::learn(train),
        model: Box::new(model),
    })
}

//! "Completed" as checked facts, never as a log line.

use serde::{Deserialize, Serialize};
use verdancy_synth::{Fitted, Progress, Stop};
use verdancy_table::{Column, Protection, Table};

use crate::Result;

/// "Completed" as checked facts.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Completion {
    /// All epochs were run, or the stop has a named reason.
    pub ran_as_asked: bool,
    /// Every loss is finite.
    pub loss_finite: bool,
    /// The loss fell.
    pub loss_fell: bool,
    /// A sample decoded into the schema.
    pub sample_fits_schema: bool,
}

impl Completion {
    /// True when every check passed.
    pub fn is_complete(&self) -> bool {
        self.ran_as_asked && self.loss_finite && self.loss_fell && self.sample_fits_schema
    }
}

/// Checks a fit: its history, and a sample drawn from it.
///
/// # Errors
/// An internal error when the model cannot be sampled at all.
pub fn check(fitted: &Fitted, train: &Table, seed: u64) -> Result<Completion> {
    let sample = fitted.sample_all(0..64, seed)?;
    Ok(Completion {
        ran_as_asked: ran_as_asked(fitted.stop, &fitted.history),
        loss_finite: fitted.history.iter().all(|line| line.loss.is_finite()),
        loss_fell: loss_fell(&fitted.history),
        sample_fits_schema: fits(&sample, train, fitted.protect),
    })
}

/// A named stop is as asked; "completed" has to be borne out by the steps.
fn ran_as_asked(stop: Stop, history: &[Progress]) -> bool {
    match (stop, history.last()) {
        (Stop::Completed, Some(last)) => last.step >= last.steps,
        _ => true,
    }
}

/// The mean loss of the last quarter of the lines is below the first line. Methods without a
/// history have no loss to fall.
fn loss_fell(history: &[Progress]) -> bool {
    let Some(first) = history.first() else {
        return true;
    };
    let tail = &history[history.len() - (history.len() / 4).max(1)..];
    let mean = tail.iter().map(|line| line.loss).sum::<f64>() / tail.len() as f64;
    mean < first.loss
}

/// The sample has the training table's schema, only its levels (and one for the rare ones, where
/// values are protected), only finite numbers, and missing cells only where the schema allows them.
fn fits(sample: &Table, train: &Table, protect: Protection) -> bool {
    if sample.schema() != train.schema() || sample.rows() == 0 {
        return false;
    }
    let specs = &train.schema().columns;
    specs.iter().enumerate().all(|(i, spec)| {
        let (column, real) = (sample.column(i), train.column(i));
        let missing_fits = spec.nullable || !spec.kind.is_modelled() || column.missing() == 0;
        let values_fit = match (column, real) {
            (Column::Numbers(v), _) => v.iter().all(|x| !x.is_infinite()),
            (Column::Levels(drawn), Column::Levels(known)) => {
                let new = |level: &&String| !known.levels.contains(level);
                let most = usize::from(!protect.is_off());
                drawn.levels.iter().filter(new).count() <= most
            }
            _ => true,
        };
        missing_fits && values_fit
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(step: u64, loss: f64) -> Progress {
        Progress {
            epoch: step as f64,
            epochs: 10.0,
            step,
            steps: 10,
            loss,
            validation_loss: None,
            copy_share: None,
            best: false,
            seconds: 0.0,
            check_seconds: 0.0,
            eta: 0.0,
        }
    }

    #[test]
    fn completed_has_to_be_borne_out_by_the_steps() {
        assert!(ran_as_asked(Stop::Completed, &[line(10, 1.0)]));
        assert!(!ran_as_asked(Stop::Completed, &[line(9, 1.0)]));
        assert!(ran_as_asked(Stop::Patience, &[line(3, 1.0)]));
        assert!(ran_as_asked(Stop::Completed, &[]));
    }

    #[test]
    fn a_loss_that_rises_or_stays_has_not_fallen() {
        let history = |losses: &[f64]| -> Vec<Progress> {
            losses
                .iter()
                .enumerate()
                .map(|(i, &l)| line(i as u64, l))
                .collect()
        };
        assert!(loss_fell(&history(&[2.0, 1.5, 1.2, 1.1])));
        assert!(!loss_fell(&history(&[1.0, 1.5, 1.2, 1.1])));
        assert!(!loss_fell(&history(&[1.0])));
        assert!(!loss_fell(&history(&[1.0, f64::NAN])));
        assert!(loss_fell(&[]));
    }
}

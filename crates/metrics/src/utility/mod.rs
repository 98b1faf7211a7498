//! Is a model trained on synthetic rows as good as one trained on real rows? Both are tested on
//! the same real test rows (TSTR, train on synthetic and test on real).
//!
//! Intervals of a figure come from the influence of each test row (for the area under the ROC
//! curve that is DeLong's variance); what a fresh real sample would score comes from models
//! trained on resampled training rows besides.

mod predict;
mod survive;

use crate::learn::rank::Scored;
use crate::prepared::Prepared;
use crate::score::absent;
use crate::{Result, Score};

/// A model trained on synthetic rows, one trained on real rows, and others trained on resampled
/// real rows, all on the same test rows.
struct Trained {
    synthetic: Scored,
    real: Scored,
    resampled: Vec<Scored>,
    /// Factor from the spread of the resampled to that of all training rows.
    shrink: f64,
    /// What a model that learned nothing scores.
    chance: f64,
    /// Score below which a model has learned nothing to speak of.
    least: f64,
    note: String,
}

impl Trained {
    /// Standard deviation over real samples of the training rows' size.
    fn spread(&self) -> f64 {
        let k = self.resampled.len() as f64;
        if k < 2.0 {
            return 0.0;
        }
        let mean = self.resampled.iter().map(|s| s.value).sum::<f64>() / k;
        let squares: f64 = self
            .resampled
            .iter()
            .map(|s| (s.value - mean).powi(2))
            .sum();
        (squares / (k - 1.0)).sqrt() * self.shrink
    }

    fn score(&self, id: &str) -> Score {
        let (value, real) = (self.synthetic.estimate(), self.real.estimate());
        let half = 1.96 * real.error.hypot(self.spread());
        let top = |x: f64| x.min(1.0);
        Score {
            id: id.to_owned(),
            value: Some(value.value),
            floor: Some(real.value),
            floor_interval: Some((real.value - half, top(real.value + half))),
            interval: Some((
                value.value - 1.96 * value.error,
                top(value.value + 1.96 * value.error),
            )),
            note: Some(self.note.clone()),
            worst: Vec::new(),
            parts: Vec::new(),
        }
    }

    fn kept(&self) -> Score {
        let id = "utility_kept";
        let real = self.real.estimate();
        if real.value < self.least || real.value - 1.64 * real.error <= self.chance {
            return absent(id, "a model trained on real rows learns nothing here");
        }
        let ratio = self.synthetic.over(&self.real).estimate();
        let half = 1.96 * self.spread() / real.value;
        Score {
            id: id.to_owned(),
            value: Some(ratio.value),
            floor: Some(1.0),
            floor_interval: Some((1.0 - half, 1.0 + half)),
            interval: Some((
                ratio.value - 1.96 * ratio.error,
                ratio.value + 1.96 * ratio.error,
            )),
            note: Some(self.note.clone()),
            worst: Vec::new(),
            parts: Vec::new(),
        }
    }
}

/// The figures of this group.
pub(crate) fn scores(p: &Prepared) -> Result<Vec<Score>> {
    let survival = p.survival.filter(|(time, event)| time != event);
    // A table of survival times is judged by those; the target too when it is named besides.
    let predicts = p
        .target
        .filter(|&t| survival.is_none_or(|(time, _)| t != time));
    let (predicted, survived) = rayon::join(
        || {
            predicts.map_or(Ok(Err("no target column is named")), |t| {
                predict::train(p, t)
            })
        },
        || match survival {
            Some((time, event)) => survive::train(p, time, event),
            None => Err("no survival times are named"),
        },
    );
    let predicted = predicted?;
    let mut out = Vec::new();
    match &predicted {
        Ok((trained, ranks)) => {
            out.push(trained.score("tstr"));
            out.push(match ranks {
                true => trained.score("auroc"),
                false => absent("auroc", "the target is a number"),
            });
        }
        Err(why) => {
            out.push(absent("tstr", why));
            out.push(absent("auroc", why));
        }
    }
    out.push(match &survived {
        Ok(trained) => trained.score("c_index"),
        Err(why) => absent("c_index", why),
    });
    out.push(match (&survived, &predicted) {
        (Ok(trained), _) => trained.kept(),
        (_, Ok((trained, _))) => trained.kept(),
        (_, Err(why)) => absent("utility_kept", why),
    });
    Ok(out)
}

#[cfg(test)]
mod tests;

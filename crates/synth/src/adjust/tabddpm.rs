//! What is changed in TabDDPM: passes, width, noise, steps.

use super::{Answer, Fault, Gap, Symptoms};
use crate::tabddpm::{Params, outside};

/// Passes that are asked for at most.
const MOST_PASSES: u32 = 1_000_000;

/// Changes the parameters `p` of an attempt with these symptoms.
pub(crate) fn diffusion(p: &mut Params, symptoms: &Symptoms) -> Answer {
    let (warm, why) = match symptoms.fault {
        Fault::Close | Fault::UnderTrained => (true, train_on(p, symptoms)),
        Fault::Unexplained => {
            longer(p, 100, 300);
            (
                true,
                "No rule explains the red gate: train longer, from where it ended.",
            )
        }
        Fault::OverTrained => (false, steady(p)),
        Fault::Diverged => {
            p.learning_rate = (p.learning_rate / 10.0).min(1e-3);
            p.clip = p.clip.min(1.0);
            (false, "The loss rose without bound: shorter steps.")
        }
        Fault::BrokenPairs => match pairs(p, symptoms) {
            Ok(said) => said,
            Err(end) => return Answer::Switch(end),
        },
        Fault::LostCategories => {
            p.hidden = p.hidden.max(128);
            longer(p, 100, 0);
            (false, "Rare levels need more passes.")
        }
        Fault::TimeOut => {
            let left = symptoms.left.unwrap_or(0.0) / 2.0;
            if left < 1.0 || symptoms.took <= 0.0 || p.work == 0.0 {
                return Answer::Switch("Not enough time for another attempt.");
            }
            p.work *= (left / symptoms.took).min(0.5);
            (
                false,
                "A training that ends within the time left is better than one cut short.",
            )
        }
        Fault::OutOfMemory => {
            if p.hidden <= 16 {
                return Answer::Switch("The smallest network does not fit.");
            }
            p.hidden = (p.hidden / 2).max(16);
            p.batch_size = (p.batch_size / 2).max(16);
            (
                false,
                "A smaller network and smaller batches need less memory.",
            )
        }
        Fault::Mismatch => (false, recommended(p)),
        Fault::BadEncoding => return Answer::SwitchOrRepeat,
    };
    Answer::Adjusted { warm, why }
}

/// `more` passes, and at least `least`. The bound on work must not take back what they give.
fn longer(p: &mut Params, more: u32, least: u32) {
    let n_iter = p.n_iter.saturating_add(more).max(least).min(MOST_PASSES);
    p.work *= (f64::from(n_iter) / f64::from(p.n_iter.max(1))).min(4.0);
    p.n_iter = n_iter;
}

/// More passes, by how far off the columns are.
fn train_on(p: &mut Params, symptoms: &Symptoms) -> &'static str {
    match symptoms.gap {
        Gap::Wide => longer(p, 200, 500),
        Gap::Moderate => longer(p, 100, 0),
        Gap::Narrow => longer(p, 50, 0),
        Gap::None => longer(p, 100, 300),
    }
    match symptoms.fault {
        Fault::Close => "The KS mean passes, but close: a little more training, to be sure.",
        _ => "The loss was still falling: train longer, from where it ended.",
    }
}

/// Fewer passes, and rows that cannot be copies.
fn steady(p: &mut Params) -> &'static str {
    p.n_iter = (p.n_iter / 2).max(50);
    p.prior = p.prior.max(0.7);
    p.smoothing = p.smoothing.max(0.2);
    p.dropout = p.dropout.max(0.1);
    p.patience = 3;
    p.copy_limit = p.copy_limit.min(0.1);
    "Rows are learned by heart: stop sooner, and steady the model by noise and by rows that cannot be copies."
}

/// Pairs of columns that were not learned: whether to go on from the last weights, and why; or why nothing
/// is left to change.
fn pairs(p: &mut Params, symptoms: &Symptoms) -> Result<(bool, &'static str), &'static str> {
    // A wider network would get fewer passes still out of the same work.
    if p.prior == 0.0 && p.hidden >= 128 && few_passes(symptoms, p) {
        longer(p, 100, 0);
        return Ok((
            true,
            "Work, not width, was the bound on what pairs could be learned: train on from where it ended.",
        ));
    }
    if p.hidden >= 512 {
        return Err("The network is wide enough; nothing else is left to change.");
    }
    let why = if p.prior > 0.0 && p.prior < 0.8 && p.hidden >= 64 {
        p.prior = 0.8;
        p.smoothing = 0.0;
        "Too few rows to learn pairs from alone: lean more on the copula's."
    } else {
        p.hidden = (p.hidden * 2).max(128);
        "Pairs need more capacity: a wider network."
    };
    longer(p, 100, 0);
    Ok((false, why))
}

/// Parameters outside their range go back into it.
fn recommended(p: &mut Params) -> &'static str {
    for (known, _) in outside(p) {
        match known.name {
            "learning_rate" => p.learning_rate = known.good,
            "dropout" => p.dropout = known.good,
            "smoothing" => p.smoothing = known.good,
            "clip" => p.clip = known.good,
            _ => p.sampler_steps = known.good as u32,
        }
    }
    "The parameters named go back into their range."
}

/// True when the bound on work left fewer than half of the passes asked for.
fn few_passes(symptoms: &Symptoms, p: &Params) -> bool {
    (symptoms.planned).is_some_and(|planned| planned > 0.0 && planned < 0.5 * f64::from(p.n_iter))
}

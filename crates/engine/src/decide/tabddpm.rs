//! What is changed in TabDDPM: passes, width, noise, steps.

use verdancy_synth::Config;
use verdancy_synth::tabddpm::Params;

use super::{Adjusted, Answer, Budget};
use crate::diagnose::{Diagnosis, Kind, Tier};

/// Passes that are asked for at most.
const MOST_PASSES: u32 = 1_000_000;

/// What follows a diagnosis of an attempt with the parameters `before`.
pub(super) fn answer(diagnosis: &Diagnosis, before: &Params, budget: Budget) -> Answer {
    let mut p = before.clone();
    let (warm, why) = match diagnosis.kind {
        Kind::Green | Kind::UnderTrained => (true, train_on(&mut p, diagnosis)),
        Kind::Unexplained => {
            longer(&mut p, 100, 300);
            (
                true,
                "No rule explains the red gate: train longer, from where it ended.",
            )
        }
        Kind::OverTrained => (false, steady(&mut p)),
        Kind::Diverged => {
            p.learning_rate = (p.learning_rate / 10.0).min(1e-3);
            p.clip = p.clip.min(1.0);
            (false, "The loss left for good: shorter steps.")
        }
        Kind::BrokenPairs => match pairs(&mut p, diagnosis) {
            Ok(said) => said,
            Err(end) => return Answer::Switch(end),
        },
        Kind::LostCategories => {
            p.hidden = p.hidden.max(128);
            longer(&mut p, 100, 0);
            (false, "Rare levels need more passes.")
        }
        Kind::TimeOut => {
            let left = budget.seconds.unwrap_or(0.0) / 2.0;
            if left < 1.0 || budget.took <= 0.0 || before.work == 0.0 {
                return Answer::Switch("Not enough time for another attempt.");
            }
            p.work *= (left / budget.took).min(0.5);
            (
                false,
                "A training that ends within the time left is better than one cut short.",
            )
        }
        Kind::OutOfMemory => {
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
        Kind::Mismatch => (false, recommended(&mut p)),
        Kind::BadEncoding | Kind::DecodeFault => return Answer::SwitchOrRepeat,
        // Decided for every method alike.
        Kind::TooFewRows | Kind::BrokenRelations => {
            return Answer::Stop("No parameter of the method changes this.");
        }
    };
    Answer::Adjust(Adjusted {
        next: Config::Tabddpm(p),
        warm,
        why,
    })
}

/// `more` passes, and at least `least`. The bound on work must not take back what they give.
fn longer(p: &mut Params, more: u32, least: u32) {
    let n_iter = p.n_iter.saturating_add(more).max(least).min(MOST_PASSES);
    p.work *= (f64::from(n_iter) / f64::from(p.n_iter.max(1))).min(4.0);
    p.n_iter = n_iter;
}

/// More passes, by how far off the columns are.
fn train_on(p: &mut Params, diagnosis: &Diagnosis) -> &'static str {
    match diagnosis.tier {
        Tier::Critical | Tier::Severe => longer(p, 200, 500),
        Tier::Standard => longer(p, 100, 0),
        Tier::Near => longer(p, 50, 0),
        Tier::Green => longer(p, 100, 300),
    }
    match diagnosis.kind {
        Kind::Green => "The KS mean passes, but close: a little more training, to be sure.",
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
fn pairs(p: &mut Params, diagnosis: &Diagnosis) -> Result<(bool, &'static str), &'static str> {
    // A wider network would get fewer passes still out of the same work.
    if p.prior == 0.0 && p.hidden >= 128 && few_passes(diagnosis, p) {
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
    for odd in Config::Tabddpm(p.clone()).odd() {
        match odd.name {
            "learning_rate" => p.learning_rate = odd.good,
            "dropout" => p.dropout = odd.good,
            "smoothing" => p.smoothing = odd.good,
            "clip" => p.clip = odd.good,
            _ => p.sampler_steps = odd.good as u32,
        }
    }
    "The parameters named go back into their range."
}

/// True when the bound on work left fewer than half of the passes asked for.
fn few_passes(diagnosis: &Diagnosis, p: &Params) -> bool {
    diagnosis
        .figure("epochs_planned")
        .is_some_and(|planned| planned > 0.0 && planned < 0.5 * f64::from(p.n_iter))
}

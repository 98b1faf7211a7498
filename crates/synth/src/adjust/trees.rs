//! What is changed in trees: the size of the leaves, which is how closely they follow single rows.

use super::{Answer, Fault, Symptoms};
use crate::{arf, cart};

/// Leaves are made no smaller and no larger than this.
const LEAVES: [u32; 2] = [10, 160];
/// Those of forests no smaller than this: a column of a row comes from the whole leaf.
const LEAST_OF_FORESTS: u32 = 5;
/// Splits have to gain at least this much, however much is lost of the relations.
const LEAST_GAIN: f64 = 3.0;

const LARGER: &str = "The trees follow single rows: larger leaves.";
const NONE: Answer = Answer::Stop("No other size of leaf would help.");

/// What is changed, in words.
pub(super) fn words(fault: Fault) -> Option<&'static str> {
    Some(match direction(fault)? {
        Leaves::Larger => "min_samples_leaf doubled, up to 160",
        Leaves::Smaller => {
            "min_samples_leaf halved, down to 10 (ARF: 5), and min_split_gain, down to 3"
        }
    })
}

/// Where the size of the leaves goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Leaves {
    Larger,
    Smaller,
}

fn direction(fault: Fault) -> Option<Leaves> {
    match fault {
        Fault::OverTrained => Some(Leaves::Larger),
        Fault::BrokenPairs | Fault::LostCategories | Fault::UnderTrained | Fault::Unexplained => {
            Some(Leaves::Smaller)
        }
        Fault::Close
        | Fault::Diverged
        | Fault::BadEncoding
        | Fault::TimeOut
        | Fault::OutOfMemory
        | Fault::Mismatch => None,
    }
}

impl Leaves {
    /// The next size after `now`; sizes beyond the bounds, which users may set, stay.
    fn size(self, now: u32, least: u32) -> u32 {
        match self {
            Leaves::Larger => (now * 2).min(LEAVES[1]).max(now),
            Leaves::Smaller => (now / 2).max(least).min(now),
        }
    }
}

/// Changes the parameters `p` of sequential trees with these symptoms.
pub(crate) fn sequence(p: &mut cart::Params, symptoms: &Symptoms) -> Answer {
    let Some(leaves) = direction(symptoms.fault) else {
        return NONE;
    };
    let before = p.clone();
    p.min_samples_leaf = leaves.size(p.min_samples_leaf, LEAVES[0]);
    let why = match leaves {
        Leaves::Larger => LARGER,
        Leaves::Smaller => {
            p.min_split_gain = (p.min_split_gain / 2.0)
                .max(LEAST_GAIN)
                .min(p.min_split_gain);
            "The trees are too coarse: smaller leaves, and weaker splits count."
        }
    };
    if *p == before {
        return NONE;
    }
    Answer::Adjusted { warm: false, why }
}

/// Changes the parameters `p` of forests with these symptoms.
pub(crate) fn forest(p: &mut arf::Params, symptoms: &Symptoms) -> Answer {
    let Some(leaves) = direction(symptoms.fault) else {
        return NONE;
    };
    let before = p.min_samples_leaf;
    p.min_samples_leaf = leaves.size(before, LEAST_OF_FORESTS);
    if p.min_samples_leaf == before {
        return NONE;
    }
    let why = match leaves {
        Leaves::Larger => LARGER,
        Leaves::Smaller => "The trees are too coarse: smaller leaves.",
    };
    Answer::Adjusted { warm: false, why }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::super::{Answer, Fault, Symptoms};
    use crate::{Config, Method, Mode, TableSize};

    fn leaf(config: &Config) -> u32 {
        match config {
            Config::Cart(p) => p.min_samples_leaf,
            Config::Arf(p) => p.min_samples_leaf,
            _ => 0,
        }
    }

    #[test]
    fn leaves_grow_against_copies_and_shrink_for_relations_within_bounds() {
        let size = TableSize {
            rows: 1000,
            columns: 5,
        };
        let changed = |config: &mut Config, fault| {
            matches!(
                config.adjust(&Symptoms::of(fault)),
                Answer::Adjusted { warm: false, .. }
            )
        };
        for (method, least) in [(Method::Cart, 10), (Method::Arf, 5)] {
            let config = Config::defaults(method, size, Mode::Balanced);
            let mut larger = config.clone();
            assert!(changed(&mut larger, Fault::OverTrained));
            assert_eq!(leaf(&larger), 2 * leaf(&config));
            let (mut smaller, mut steps) = (config.clone(), 0);
            while changed(&mut smaller, Fault::BrokenPairs) {
                steps += 1;
            }
            assert!(steps < 4 && leaf(&smaller) == least);
            smaller.in_range().unwrap();
            let mut by_hand = config;
            by_hand.set("min_samples_leaf", "500").unwrap();
            let before = by_hand.clone();
            assert!(!changed(&mut by_hand, Fault::OverTrained));
            assert!(!changed(&mut by_hand, Fault::TimeOut));
            assert_eq!(by_hand, before);
        }
    }
}

//! What is changed in trees: the size of the leaves, which is how closely they follow single rows.

use verdancy_synth::{Config, arf, cart};

use super::Adjusted;
use crate::diagnose::Kind;

/// Leaves are made no smaller and no larger than this.
const LEAVES: [u32; 2] = [10, 160];
/// Those of forests no smaller than this: a column of a row comes from the whole leaf.
const LEAST_OF_FORESTS: u32 = 5;
/// Splits have to gain at least this much, however much is lost of the relations.
const LEAST_GAIN: f64 = 3.0;

/// In words, for the table of decisions.
pub(super) const LARGER: &str = "min_samples_leaf doubled, up to 160";
/// In words, for the table of decisions.
pub(super) const SMALLER: &str =
    "min_samples_leaf halved, down to 10 (ARF: 5), and min_split_gain, down to 3";

/// The next attempt of a method of trees after a diagnosis of `kind`; none where no size of leaf
/// would help.
pub(super) fn adjusted(kind: Kind, config: &Config) -> Option<Adjusted> {
    let larger = match kind {
        Kind::OverTrained => true,
        Kind::BrokenPairs | Kind::LostCategories | Kind::UnderTrained | Kind::Unexplained => false,
        _ => return None,
    };
    let leaf = |now: u32, least: u32| match larger {
        true => (now * 2).min(LEAVES[1]).max(now),
        false => (now / 2).max(least).min(now),
    };
    let next = match config {
        Config::Cart(p) => Config::Cart(cart::Params {
            min_samples_leaf: leaf(p.min_samples_leaf, LEAVES[0]),
            min_split_gain: match larger {
                true => p.min_split_gain,
                false => (p.min_split_gain / 2.0)
                    .max(LEAST_GAIN)
                    .min(p.min_split_gain),
            },
            ..p.clone()
        }),
        Config::Arf(p) => Config::Arf(arf::Params {
            min_samples_leaf: leaf(p.min_samples_leaf, LEAST_OF_FORESTS),
            ..p.clone()
        }),
        _ => return None,
    };
    let why = match (larger, config) {
        (true, _) => "The trees follow single rows: larger leaves.",
        (false, Config::Cart(_)) => {
            "The trees are too coarse: smaller leaves, and weaker splits count."
        }
        (false, _) => "The trees are too coarse: smaller leaves.",
    };
    (next != *config).then_some(Adjusted {
        next,
        warm: false,
        why,
    })
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use verdancy_synth::{Method, Mode, TableSize};

    use super::*;

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
        for (method, least) in [(Method::Cart, 10), (Method::Arf, 5)] {
            let config = Config::defaults(method, size, Mode::Balanced);
            let larger = adjusted(Kind::OverTrained, &config).unwrap().next;
            assert_eq!(leaf(&larger), 2 * leaf(&config));
            let (mut smaller, mut steps) = (config.clone(), 0);
            while let Some(found) = adjusted(Kind::BrokenPairs, &smaller) {
                (smaller, steps) = (found.next, steps + 1);
            }
            assert!(steps < 4 && leaf(&smaller) == least);
            smaller.in_range().unwrap();
            let mut by_hand = config;
            by_hand.set("min_samples_leaf", "500").unwrap();
            assert!(adjusted(Kind::OverTrained, &by_hand).is_none());
            assert!(adjusted(Kind::TimeOut, &by_hand).is_none());
        }
    }
}

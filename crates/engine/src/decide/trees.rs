//! What is changed in sequential trees: the size of the leaves, which is how closely they follow
//! single rows.

use verdancy_synth::cart::Params;

use crate::diagnose::Kind;

/// Leaves are made no smaller and no larger than this.
const LEAVES: [u32; 2] = [10, 160];
/// Splits have to gain at least this much, however much is lost of the relations.
const LEAST_GAIN: f64 = 3.0;

/// In words, for the table of decisions.
pub(super) const LARGER: &str = "min_samples_leaf doubled, up to 160";
/// In words, for the table of decisions.
pub(super) const SMALLER: &str =
    "min_samples_leaf halved, down to 10, and min_split_gain, down to 3";

/// Parameters for the next attempt after a diagnosis of `kind`, and why; none where no size of leaf
/// would help.
pub(super) fn adjusted(kind: Kind, p: &Params) -> Option<(Params, &'static str)> {
    let mut next = p.clone();
    let why = match kind {
        Kind::OverTrained => {
            next.min_samples_leaf = (p.min_samples_leaf * 2)
                .min(LEAVES[1])
                .max(p.min_samples_leaf);
            "The trees follow single rows: larger leaves."
        }
        Kind::BrokenPairs | Kind::LostCategories | Kind::UnderTrained | Kind::Unexplained => {
            next.min_samples_leaf = (p.min_samples_leaf / 2)
                .max(LEAVES[0])
                .min(p.min_samples_leaf);
            next.min_split_gain = (p.min_split_gain / 2.0)
                .max(LEAST_GAIN)
                .min(p.min_split_gain);
            "The trees are too coarse: smaller leaves, and weaker splits count."
        }
        _ => return None,
    };
    (next != *p).then_some((next, why))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn leaves_grow_against_copies_and_shrink_for_relations_within_bounds() {
        let p = Params::default();
        let (larger, _) = adjusted(Kind::OverTrained, &p).unwrap_or_default();
        assert_eq!(larger.min_samples_leaf, 2 * p.min_samples_leaf);
        let (mut smaller, mut steps) = (p, 0);
        while let Some((next, _)) = adjusted(Kind::BrokenPairs, &smaller) {
            (smaller, steps) = (next, steps + 1);
        }
        assert!(steps < 4 && smaller.min_samples_leaf == LEAVES[0]);
        assert!(smaller.check().is_ok());
        let by_hand = Params {
            min_samples_leaf: 500,
            ..smaller
        };
        assert!(adjusted(Kind::OverTrained, &by_hand).is_none());
        assert!(adjusted(Kind::TimeOut, &by_hand).is_none());
    }
}

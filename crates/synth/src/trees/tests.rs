//! Single trees on made-up features.

use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

use super::tree::{Branch, Test};
use super::*;

fn feature(of: Vec<u16>, bins: usize, ordered: bool) -> Feature {
    Feature { of, bins, ordered }
}

fn target(class: Vec<u16>, classes: usize) -> Target {
    Target {
        rows: (0..class.len() as u32).collect(),
        class,
        classes,
        scores: None,
    }
}

const LIMITS: Limits = Limits {
    least: 20.0,
    gain: 6.0,
    depth: 24,
};

fn grown(
    limits: Limits,
    feature: &Feature,
    target: &Target,
    people: Option<&[f32]>,
) -> (Shape, Shares) {
    let grown = Grower {
        limits,
        features: vec![feature],
        people,
    }
    .tree(target);
    let shares = grown.shares(target);
    (grown.shape, shares)
}

#[test]
fn a_tree_finds_the_threshold_and_counts_its_leaves() {
    let bins: Vec<u16> = (0..200).map(|i| i % 50).collect();
    let class: Vec<u16> = bins.iter().map(|&b| u16::from(b >= 30)).collect();
    let (tree, shares) = grown(LIMITS, &feature(bins, 50, true), &target(class, 2), None);
    assert_eq!(tree.nodes.len(), 1);
    assert_eq!(tree.nodes[0].test, Test::Below(30));
    assert_eq!(tree.nodes[0].to, [Branch::Leaf(0), Branch::Leaf(1)]);
    assert_eq!((shares.weight([0, 1]), shares.weight([1, 2])), (120, 80));
    let mut path = Vec::new();
    assert_eq!(tree.leaf(|_| 29, &mut path), 0);
    assert_eq!(tree.leaf(|_| 30, &mut path), 1);
    assert_eq!(shares.class(0, 0.999).0, 0);
    assert_eq!(shares.class(1, 0.0).0, 1);
    assert_eq!(
        (shares.among([0, 2], 0.59), shares.among([0, 2], 0.61)),
        (0, 1)
    );
}

#[test]
fn levels_without_an_order_are_put_together_by_what_they_say() {
    let bins: Vec<u16> = (0..300).map(|i| i % 6).collect();
    let class: Vec<u16> = bins.iter().map(|&b| b % 2).collect();
    let (tree, _) = grown(LIMITS, &feature(bins, 6, false), &target(class, 2), None);
    assert_eq!(tree.nodes.len(), 1);
    let even = tree.goes_left(tree.nodes[0].test, 0);
    for bin in 0..6 {
        assert_eq!(
            tree.goes_left(tree.nodes[0].test, bin),
            (bin % 2 == 0) == even
        );
    }
    // A level that the tree has never seen goes somewhere, too.
    tree.goes_left(tree.nodes[0].test, 5_000);
}

#[test]
fn chance_is_no_reason_to_split() {
    let mut rng = ChaCha8Rng::seed_from_u64(1);
    let mut split = 0;
    for _ in 0..100 {
        let bins = (0..300).map(|_| rng.random_range(0..40)).collect();
        let class = (0..300).map(|_| rng.random_range(0..2)).collect();
        let limits = Limits {
            gain: 12.0,
            ..LIMITS
        };
        let (tree, _) = grown(limits, &feature(bins, 40, false), &target(class, 2), None);
        split += usize::from(!tree.nodes.is_empty());
    }
    assert!(split <= 10, "{split}");
}

#[test]
fn leaves_count_people_and_not_their_rows() {
    let bins: Vec<u16> = (0..400).map(|i| u16::from(i >= 40)).collect();
    let class = bins.clone();
    let (of, classes) = (feature(bins, 2, true), target(class, 2));
    assert_eq!(grown(LIMITS, &of, &classes, None).0.nodes.len(), 1);
    // The 40 rows on the left are of ten people.
    let shares: Vec<f32> = (0..400).map(|i| if i < 40 { 0.25 } else { 1.0 }).collect();
    assert!(
        grown(LIMITS, &of, &classes, Some(&shares))
            .0
            .nodes
            .is_empty()
    );
    let subjects: Vec<u32> = (0..12).map(|i| i / 4).collect();
    assert_eq!(super::shares(&subjects, 1), vec![0.25; 12]);
}

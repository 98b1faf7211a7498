//! Growing trees, best split first to last, depth first.

use rand::seq::SliceRandom;
use rand_chacha::ChaCha8Rng;

use super::features::{Feature, Target};
use super::split::{Left, Splitter};
use super::tree::{Branch, Node, Shape, Shares, Test};

/// When nodes are split no further.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// Fewest people in a leaf.
    pub least: f64,
    /// Likelihood-ratio statistic that a split has to reach.
    pub gain: f64,
    /// Greatest depth.
    pub depth: u32,
}

/// What trees are grown with.
pub struct Grower<'a> {
    pub limits: Limits,
    /// The features that are split on.
    pub features: Vec<&'a Feature>,
    /// Which share of a person each row is; each is a person where this is not known.
    pub people: Option<&'a [f32]>,
}

/// A grown tree and its rows.
pub struct Grown {
    pub shape: Shape,
    /// The rows, leaf by leaf.
    pub rows: Vec<u32>,
    /// Where the rows of each leaf end.
    pub ends: Vec<u32>,
}

impl Grown {
    /// The rows of each leaf.
    pub fn leaves(&self) -> impl Iterator<Item = &[u32]> {
        let starts = std::iter::once(0).chain(self.ends.iter().copied());
        (starts.zip(&self.ends)).map(|(from, &to)| &self.rows[from as usize..to as usize])
    }

    /// The distribution of `target` in each leaf.
    pub fn shares(&self, target: &Target) -> Shares {
        let class = |row: u32| Some(target.class[row as usize]);
        Shares::count(self.leaves(), target.classes, class)
    }
}

impl Grower<'_> {
    /// A tree of `target` that considers every feature at every node.
    pub fn tree(&self, target: &Target) -> Grown {
        self.grow(target, target.rows.clone(), None)
    }

    /// A tree of the rows `rows` that considers `most` features at each node, drawn anew.
    pub fn random_tree(
        &self,
        target: &Target,
        rows: Vec<u32>,
        most: usize,
        rng: ChaCha8Rng,
    ) -> Grown {
        let all = (0..self.features.len()).collect();
        self.grow(target, rows, Some(Draw { most, all, rng }))
    }

    fn grow(&self, target: &Target, mut rows: Vec<u32>, random: Option<Draw>) -> Grown {
        let mut growth = Growth {
            splitter: Splitter::new(
                &self.features,
                target,
                self.people,
                self.limits.least,
                rows.len(),
            ),
            features: &self.features,
            limits: self.limits,
            random,
            shape: Shape::default(),
            ends: Vec::new(),
            spare: Vec::with_capacity(rows.len()),
        };
        growth.branch(&mut rows, 0);
        Grown {
            shape: growth.shape,
            rows,
            ends: growth.ends,
        }
    }
}

/// Features drawn anew for each node.
struct Draw {
    most: usize,
    all: Vec<usize>,
    rng: ChaCha8Rng,
}

/// A tree while it grows.
struct Growth<'a> {
    splitter: Splitter<'a>,
    features: &'a [&'a Feature],
    limits: Limits,
    random: Option<Draw>,
    shape: Shape,
    ends: Vec<u32>,
    spare: Vec<u32>,
}

impl Growth<'_> {
    fn branch(&mut self, rows: &mut [u32], depth: u32) -> Branch {
        let split = (depth < self.limits.depth)
            .then(|| {
                let drawn = self.random.as_mut().map(|draw| {
                    let (drawn, _) = draw.all.partial_shuffle(&mut draw.rng, draw.most);
                    &*drawn
                });
                self.splitter.best(rows, self.limits.gain, drawn)
            })
            .flatten();
        let Some(split) = split else {
            let leaf = self.ends.len() as u32;
            self.ends
                .push(self.ends.last().copied().unwrap_or(0) + rows.len() as u32);
            return Branch::Leaf(leaf);
        };
        let feature = self.features[split.feature];
        let test = match split.left {
            Left::Below(bin) => Test::Below(bin),
            Left::Among(bins) => {
                let from = self.shape.sets.len();
                self.shape.sets.resize(from + feature.bins.div_ceil(64), 0);
                for bin in bins {
                    self.shape.sets[from + usize::from(bin / 64)] |= 1 << (bin % 64);
                }
                Test::Among(from as u32)
            }
        };
        let middle = self.partition(rows, |row, shape| {
            shape.goes_left(test, feature.of[row as usize])
        });
        let (left, right) = rows.split_at_mut(middle);
        let place = self.shape.nodes.len();
        let first = self.ends.len() as u32;
        self.shape.nodes.push(Node {
            feature: split.feature as u32,
            test,
            to: [Branch::Leaf(0); 2],
            leaves: [0; 2],
        });
        let to = [self.branch(left, depth + 1), self.branch(right, depth + 1)];
        let node = &mut self.shape.nodes[place];
        node.to = to;
        node.leaves = [first, self.ends.len() as u32];
        Branch::Node(place as u32)
    }

    /// Puts the rows that go left before the others; gives how many they are.
    fn partition(&mut self, rows: &mut [u32], left: impl Fn(u32, &Shape) -> bool) -> usize {
        self.spare.clear();
        let mut middle = 0;
        for at in 0..rows.len() {
            let row = rows[at];
            if left(row, &self.shape) {
                rows[middle] = row;
                middle += 1;
            } else {
                self.spare.push(row);
            }
        }
        rows[middle..].copy_from_slice(&self.spare);
        middle
    }
}

//! Growing trees, best split first to last, depth first.

use super::features::{Feature, Target};
use super::params::Params;
use super::split::{Left, Splitter};
use super::tree::{Branch, Node, Test, Tree};

/// What trees are grown with.
pub struct Grower<'a> {
    pub params: &'a Params,
    /// Features of the columns that are drawn before.
    pub features: Vec<&'a Feature>,
    /// Which share of a person each row is; each is a person where this is not known.
    pub people: Option<&'a [f32]>,
}

impl Grower<'_> {
    /// The tree of one target.
    pub fn tree(&self, target: &Target) -> Tree {
        let mut rows = target.rows.clone();
        let least = f64::from(self.params.min_samples_leaf);
        let mut growth = Growth {
            splitter: Splitter::new(&self.features, target, self.people, least),
            features: &self.features,
            target,
            params: self.params,
            tree: Tree {
                starts: vec![0],
                ..Tree::default()
            },
            spare: Vec::with_capacity(rows.len()),
            counts: vec![0; target.classes],
        };
        growth.branch(&mut rows, 0);
        growth.tree
    }
}

/// A tree while it grows.
struct Growth<'a> {
    splitter: Splitter<'a>,
    features: &'a [&'a Feature],
    target: &'a Target,
    params: &'a Params,
    tree: Tree,
    spare: Vec<u32>,
    counts: Vec<u32>,
}

impl Growth<'_> {
    fn branch(&mut self, rows: &mut [u32], depth: u32) -> Branch {
        let split = (depth < self.params.max_depth)
            .then(|| self.splitter.best(rows, self.params.min_split_gain))
            .flatten();
        let Some(split) = split else {
            return self.leaf(rows);
        };
        let feature = self.features[split.feature];
        let test = match split.left {
            Left::Below(bin) => Test::Below(bin),
            Left::Among(bins) => {
                let from = self.tree.sets.len();
                self.tree.sets.resize(from + feature.bins.div_ceil(64), 0);
                for bin in bins {
                    self.tree.sets[from + usize::from(bin / 64)] |= 1 << (bin % 64);
                }
                Test::Among(from as u32)
            }
        };
        let middle = self.partition(rows, |row, tree| {
            tree.goes_left(test, feature.of[row as usize])
        });
        let (left, right) = rows.split_at_mut(middle);
        let place = self.tree.nodes.len();
        let first = self.tree.leaves();
        self.tree.nodes.push(Node {
            feature: split.feature as u32,
            test,
            to: [Branch::Leaf(0); 2],
            leaves: [0; 2],
        });
        let to = [self.branch(left, depth + 1), self.branch(right, depth + 1)];
        let last = self.tree.leaves();
        let node = &mut self.tree.nodes[place];
        node.to = to;
        node.leaves = [first, last];
        Branch::Node(place as u32)
    }

    /// Puts the rows that go left before the others; gives how many they are.
    fn partition(&mut self, rows: &mut [u32], left: impl Fn(u32, &Tree) -> bool) -> usize {
        self.spare.clear();
        let mut middle = 0;
        for at in 0..rows.len() {
            let row = rows[at];
            if left(row, &self.tree) {
                rows[middle] = row;
                middle += 1;
            } else {
                self.spare.push(row);
            }
        }
        rows[middle..].copy_from_slice(&self.spare);
        middle
    }

    fn leaf(&mut self, rows: &[u32]) -> Branch {
        let leaf = self.tree.leaves();
        let mut seen: Vec<u16> = Vec::new();
        for &row in rows {
            let class = self.target.class[row as usize];
            if self.counts[usize::from(class)] == 0 {
                seen.push(class);
            }
            self.counts[usize::from(class)] += 1;
        }
        seen.sort_unstable();
        let mut sum = self.tree.rows.last().copied().unwrap_or(0);
        for class in seen {
            sum += std::mem::take(&mut self.counts[usize::from(class)]);
            self.tree.classes.push(class);
            self.tree.rows.push(sum);
        }
        self.tree.starts.push(self.tree.classes.len() as u32);
        Branch::Leaf(leaf)
    }
}

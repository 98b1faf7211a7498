//! A forest that tells real rows from made-up ones, and the rows that it makes up itself.
//!
//! Rows are bins here, one for each feature: nothing is decoded before the last forest is grown.

use rand::seq::SliceRandom;
use rand::{Rng, RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use rayon::prelude::*;

use super::params::Params;
use crate::trees::{Feature, Grower, Limits, Shape, Target};

/// The share of all rows that a tree is grown on, without replacement: so that a leaf has as many real
/// rows as it should, which drawing with replacement could not promise.
const SHARE: f64 = 0.632;
/// Rows that are made up from one stream of random numbers.
const CHUNK: usize = 4096;

/// What random numbers are for: a stream of its own for each purpose, round and tree.
#[derive(Debug, Clone, Copy)]
enum Purpose {
    Shuffle,
    Grow,
    Draw,
}

fn generator(seed: u64, purpose: Purpose, round: u32, part: usize) -> ChaCha8Rng {
    let mut rng = ChaCha8Rng::seed_from_u64(seed ^ 0x4152_4600 ^ purpose as u64);
    rng.set_stream((u64::from(round) << 32) | part as u64);
    rng
}

/// Real rows, the first half of each feature, and made-up ones, the second.
pub struct Rows {
    pub features: Vec<Feature>,
    /// Features of each column, which are drawn together.
    pub columns: Vec<std::ops::Range<usize>>,
    /// Real rows.
    pub real: usize,
    /// Which share of a person each row is; made-up rows are of nobody.
    people: Vec<f32>,
}

impl Rows {
    /// `real` real rows by column, and as many whose columns have nothing to do with one another.
    pub fn new(columns: Vec<&[Feature]>, real: usize, people: Option<&[f32]>, seed: u64) -> Rows {
        let mut rows = Rows {
            features: Vec::new(),
            columns: Vec::new(),
            real,
            people: match people {
                Some(people) => people.to_vec(),
                None => vec![1.0; real],
            },
        };
        rows.people.resize(2 * real, 0.0);
        for (i, column) in columns.into_iter().enumerate() {
            let from = rows.features.len();
            let mut order: Vec<usize> = (0..real).collect();
            order.shuffle(&mut generator(seed, Purpose::Shuffle, 0, i));
            for feature in column {
                let mut feature = feature.clone();
                feature.of.extend_from_within(..);
                for (row, &other) in order.iter().enumerate() {
                    feature.of[real + row] = feature.of[other];
                }
                rows.features.push(feature);
            }
            rows.columns.push(from..rows.features.len());
        }
        rows
    }
}

/// One tree: where it sends rows, and the real rows of each leaf.
pub struct AdversarialTree {
    pub shape: Shape,
    /// Real rows, leaf by leaf.
    pub rows: Vec<u32>,
    /// Where the rows of each leaf begin, and the end.
    pub starts: Vec<u32>,
    /// The leaf of each real row.
    leaf: Vec<u32>,
}

impl AdversarialTree {
    /// The real rows of each leaf.
    pub fn leaves(&self) -> impl Iterator<Item = &[u32]> {
        self.starts
            .windows(2)
            .map(|w| &self.rows[w[0] as usize..w[1] as usize])
    }
}

/// A forest.
pub struct Forest {
    pub trees: Vec<AdversarialTree>,
    /// The share of rows, real and made up, that trees which were not grown on them tell right.
    pub accuracy: f64,
}

/// How sure each tree is of each row; NaN where it was grown on it.
type Vote = Vec<f32>;

/// Grows forest number `round`; `None` when `stopped` says so on the way.
pub fn grow(
    p: &Params,
    rows: &Rows,
    seed: u64,
    round: u32,
    stopped: &(dyn Fn() -> bool + Sync),
) -> Option<Forest> {
    let all = rows.real * 2;
    let target = Target {
        rows: (0..all as u32).collect(),
        class: (0..all).map(|row| u16::from(row < rows.real)).collect(),
        classes: 2,
        scores: None,
    };
    let grown: Option<Vec<(AdversarialTree, Vote)>> = (0..p.num_trees as usize)
        .into_par_iter()
        .map(|number| {
            let rng = generator(seed, Purpose::Grow, round, number);
            (!stopped()).then(|| one(p, rows, &target, rng))
        })
        .collect();
    let (trees, votes): (Vec<_>, Vec<_>) = grown?.into_iter().unzip();
    Some(Forest {
        accuracy: accuracy(&votes, rows.real),
        trees,
    })
}

fn one(p: &Params, rows: &Rows, target: &Target, mut rng: ChaCha8Rng) -> (AdversarialTree, Vote) {
    let features: Vec<&Feature> = rows.features.iter().collect();
    let most = (features.len() as f64).sqrt().ceil() as usize;
    let mut sample = target.rows.clone();
    let size = ((sample.len() as f64 * SHARE) as usize).max(1);
    sample.shuffle(&mut rng);
    sample.truncate(size.min(sample.len()));
    sample.sort_unstable();
    let grower = Grower {
        limits: Limits {
            least: f64::from(p.min_samples_leaf),
            gain: 0.0,
            depth: p.max_depth,
        },
        features,
        people: Some(&rows.people),
    };
    let grown = grower.random_tree(target, sample, most, rng);
    let sure: Vec<f32> = (grown.leaves())
        .map(|leaf| {
            let real = leaf.iter().filter(|&&row| (row as usize) < rows.real);
            real.count() as f32 / leaf.len().max(1) as f32
        })
        .collect();
    let shape = grown.shape.clone();
    let mut path = Vec::new();
    let leaf: Vec<u32> = (0..target.rows.len())
        .map(|row| shape.leaf(|f| rows.features[f as usize].of[row], &mut path))
        .collect();
    let mut vote: Vote = leaf.iter().map(|&leaf| sure[leaf as usize]).collect();
    for &row in &grown.rows {
        vote[row as usize] = f32::NAN;
    }
    (sorted(shape, leaf[..rows.real].to_vec()), vote)
}

/// The real rows by leaf, from the leaf of each.
fn sorted(shape: Shape, leaf: Vec<u32>) -> AdversarialTree {
    let mut starts = vec![0_u32; shape.leaves() as usize + 1];
    for &leaf in &leaf {
        starts[leaf as usize + 1] += 1;
    }
    for i in 1..starts.len() {
        starts[i] += starts[i - 1];
    }
    let mut next = starts.clone();
    let mut rows = vec![0_u32; leaf.len()];
    for (row, &leaf) in leaf.iter().enumerate() {
        let place = &mut next[leaf as usize];
        rows[*place as usize] = row as u32;
        *place += 1;
    }
    AdversarialTree {
        shape,
        rows,
        starts,
        leaf,
    }
}

/// The share of rows that the votes are right about; an even vote is half right.
fn accuracy(votes: &[Vote], real: usize) -> f64 {
    let (mut right, mut told) = (0.0, 0.0);
    for row in 0..real * 2 {
        let said: Vec<f32> = (votes.iter().map(|v| v[row]))
            .filter(|v| !v.is_nan())
            .collect();
        if said.is_empty() {
            continue;
        }
        let mean = said.iter().sum::<f32>() / said.len() as f32;
        told += 1.0;
        right += match mean.total_cmp(&0.5) {
            std::cmp::Ordering::Equal => 0.5,
            order => f64::from(u8::from(order.is_gt() == (row < real))),
        };
    }
    if told > 0.0 { right / told } else { 0.5 }
}

/// Replaces the made-up rows by rows of `forest`: a tree and one of its leaves by its share, then each
/// column from any row of that leaf.
pub fn draw(forest: &Forest, rows: &mut Rows, seed: u64, round: u32) {
    let real = rows.real;
    let chunks: Vec<Vec<Vec<u16>>> = (0..real.div_ceil(CHUNK))
        .into_par_iter()
        .map(|chunk| {
            let mut rng = generator(seed, Purpose::Draw, round, chunk);
            let size = CHUNK.min(real - chunk * CHUNK);
            some(forest, rows, size, &mut rng)
        })
        .collect();
    for (chunk, drawn) in chunks.into_iter().enumerate() {
        let from = real + chunk * CHUNK;
        for (feature, bins) in rows.features.iter_mut().zip(drawn) {
            feature.of[from..from + bins.len()].copy_from_slice(&bins);
        }
    }
}

/// `size` rows, feature by feature.
fn some(forest: &Forest, rows: &Rows, size: usize, rng: &mut impl Rng) -> Vec<Vec<u16>> {
    let mut drawn = vec![Vec::with_capacity(size); rows.features.len()];
    for _ in 0..size {
        let tree = &forest.trees[rng.random_range(0..forest.trees.len())];
        let leaf = tree.leaf[rng.random_range(0..rows.real)] as usize;
        let (from, to) = (tree.starts[leaf] as usize, tree.starts[leaf + 1] as usize);
        for column in &rows.columns {
            let donor = tree.rows[rng.random_range(from..to)] as usize;
            for feature in column.clone() {
                drawn[feature].push(rows.features[feature].of[donor]);
            }
        }
    }
    drawn
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Two equal columns, so that only rows tell real from made up.
    fn pairs(rows: usize) -> Rows {
        let feature = || Feature {
            of: (0..rows).map(|i| (i * 7 % 4) as u16).collect(),
            bins: 4,
            ordered: true,
        };
        let (a, b) = ([feature()], [feature()]);
        Rows::new(vec![&a, &b], rows, None, 1)
    }

    #[test]
    fn a_forest_finds_what_shuffling_took_and_its_rows_have_it_again() {
        let p = Params::default();
        let mut rows = pairs(800);
        let Some(first) = grow(&p, &rows, 1, 0, &|| false) else {
            unreachable!("nothing stops it")
        };
        // One made-up row in four is a pair by chance, and each leaf has to have real people, so that most made-up rows
        // share a leaf with real ones.
        assert!(first.accuracy > 0.55, "{}", first.accuracy);
        draw(&first, &mut rows, 1, 1);
        let broken = (800..1600)
            .filter(|&row| rows.features[0].of[row] != rows.features[1].of[row])
            .count();
        assert!(broken < 40, "{broken}");
        assert!(grow(&p, &rows, 1, 1, &|| true).is_none());
    }

    #[test]
    fn every_leaf_has_as_many_people_as_it_should() {
        let p = Params {
            min_samples_leaf: 10,
            ..Params::default()
        };
        let feature = |step: usize| {
            let of = (0..600).map(|i| (i * step % 60) as u16).collect();
            [Feature {
                of,
                bins: 60,
                ordered: true,
            }]
        };
        let (a, b) = (feature(7), feature(11));
        // Rows of one person in three lie together.
        let shares: Vec<f32> = (0..600).map(|i| if i < 300 { 0.1 } else { 1.0 }).collect();
        let rows = Rows::new(vec![&a, &b], 600, Some(&shares), 1);
        let Some(forest) = grow(&p, &rows, 1, 0, &|| false) else {
            unreachable!("nothing stops it")
        };
        for tree in &forest.trees {
            assert!(tree.shape.leaves() > 1);
            for leaf in tree.leaves() {
                let people: f32 = leaf.iter().map(|&row| shares[row as usize]).sum();
                assert!(people > 9.99, "{people}");
            }
        }
    }
}

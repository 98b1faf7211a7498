//! Which rows of a model become the rows of one person.
//!
//! A model of rows knows nothing of people: its rows come with their own sex and birth year. Each
//! person of a pool gets rows that agree in what stays the same within a person as well as rows of
//! the pool can; then these columns are overwritten by those of one of them. Because the rows
//! agree before, how the columns go together is changed as little as possible, and because each
//! row is used once, the columns that vary keep their distribution exactly.
//!
//! The rows are divided like the points of a k-d tree (Bentley 1975): by the column in which those
//! at hand differ most, until one person is left.

use rand::RngExt;
use rand_chacha::ChaCha8Rng;
use verdancy_table::MISSING;

use super::mix;
use crate::encode::quantile;

/// What rows are compared by.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Feature {
    /// Values with an order, as ranks from 0 to 1; missing cells have -1.
    Order(Vec<f64>),
    /// Values without one.
    Class(Vec<u32>),
}

impl Feature {
    /// Numbers with NaN for missing cells, by their ranks.
    pub(super) fn ranks(values: &[f64]) -> Feature {
        let mut sorted: Vec<f64> = values.iter().copied().filter(|x| !x.is_nan()).collect();
        sorted.sort_unstable_by(f64::total_cmp);
        let most = (sorted.len().max(2) - 1) as f64;
        let rank = |x: &f64| {
            if x.is_nan() {
                return -1.0;
            }
            let below = sorted.partition_point(|y| y < x);
            let upto = sorted.partition_point(|y| y <= x);
            (below + upto - 1) as f64 / 2.0 / most
        };
        Feature::Order(values.iter().map(rank).collect())
    }

    /// What rows of one person have in common where they are alike by `share`: with so much noise
    /// that two rows which agree in it agree in the feature itself by `share`.
    pub(super) fn blurred(self, share: f64, rng: &mut ChaCha8Rng) -> Feature {
        let kept = share.sqrt();
        match self {
            Feature::Class(codes) => {
                let known = codes.clone();
                let blur = |code| {
                    let any = known[rng.random_range(0..known.len())];
                    if rng.random_bool(kept) { code } else { any }
                };
                Feature::Class(codes.into_iter().map(blur).collect())
            }
            Feature::Order(ranks) => {
                let noise = (1.0 - share).sqrt();
                let n = ranks.len() as f64;
                let blur = |rank: f64| {
                    let chance = quantile(rng.random_range(0.5 / n..1.0 - 0.5 / n));
                    // A missing cell says nothing of the person.
                    if rank < 0.0 {
                        return chance;
                    }
                    kept * quantile((rank * (n - 1.0) + 0.5) / n) + noise * chance
                };
                let blurred: Vec<f64> = ranks.into_iter().map(blur).collect();
                Feature::ranks(&blurred)
            }
        }
    }

    /// With the values of other rows in the place of missing cells, where these come and go: a
    /// missing cell may be anybody's.
    pub(super) fn filled(self, rng: &mut ChaCha8Rng) -> Feature {
        fn fill<T: Copy>(cells: Vec<T>, there: impl Fn(T) -> bool, rng: &mut ChaCha8Rng) -> Vec<T> {
            let known: Vec<T> = cells.iter().copied().filter(|&x| there(x)).collect();
            let any = |cell| {
                if there(cell) || known.is_empty() {
                    cell
                } else {
                    known[rng.random_range(0..known.len())]
                }
            };
            cells.into_iter().map(any).collect()
        }
        match self {
            Feature::Order(ranks) => Feature::Order(fill(ranks, |x| x >= 0.0, rng)),
            Feature::Class(codes) => Feature::Class(fill(codes, |c| c != MISSING, rng)),
        }
    }

    /// How much `rows` differ: 1 for two halves of different classes and for evenly spread ranks.
    fn spread(&self, rows: &[usize]) -> f64 {
        let n = rows.len() as f64;
        match self {
            Feature::Order(ranks) => {
                let mean = rows.iter().map(|&r| ranks[r]).sum::<f64>() / n;
                12.0 * rows.iter().map(|&r| (ranks[r] - mean).powi(2)).sum::<f64>() / n
            }
            Feature::Class(codes) => {
                let squares = counts(codes, rows)
                    .into_iter()
                    .map(|(_, c)| (c / n).powi(2));
                2.0 * (1.0 - squares.sum::<f64>())
            }
        }
    }

    /// Cuts `rows` in two: which side a row is on, and where it lies there. Ranks are cut at their
    /// median, classes where one of them begins, the one nearest to half of the rows.
    fn side(&self, rows: &[usize]) -> Box<dyn Fn(usize) -> (bool, f64) + '_> {
        match self {
            Feature::Order(ranks) => {
                let mut sorted: Vec<f64> = rows.iter().map(|&r| ranks[r]).collect();
                sorted.sort_unstable_by(f64::total_cmp);
                let middle = sorted.get(sorted.len() / 2).copied().unwrap_or(0.0);
                Box::new(move |row| (ranks[row] >= middle, ranks[row]))
            }
            Feature::Class(codes) => {
                let half = rows.len() as f64 / 2.0;
                let all = counts(codes, rows);
                let class = (all.iter())
                    .min_by(|a, b| (a.1 - half).abs().total_cmp(&(b.1 - half).abs()))
                    .map_or(MISSING, |&(class, _)| class);
                Box::new(move |row| (codes[row] != class, f64::from(codes[row])))
            }
        }
    }

    /// How far two rows are from each other.
    fn distance(&self, a: usize, b: usize) -> f64 {
        match self {
            Feature::Order(ranks) => (ranks[a] - ranks[b]).abs(),
            Feature::Class(codes) => f64::from(u8::from(codes[a] != codes[b])),
        }
    }
}

/// A feature, and how much it counts beside what stays the same within a person (1).
pub(super) type Weighted = (Feature, f64);

/// Rows of each class, by class.
fn counts(codes: &[u32], rows: &[usize]) -> Vec<(u32, f64)> {
    let mut sorted: Vec<u32> = rows.iter().map(|&r| codes[r]).collect();
    sorted.sort_unstable();
    sorted
        .chunk_by(|a, b| a == b)
        .map(|c| (c[0], c.len() as f64))
        .collect()
}

/// A person of a pool: how many rows of each layer it needs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Wanted {
    /// Layers, ascending; a layer may come more than once.
    pub layers: Vec<usize>,
    /// A row that its rows have to be like, where it is not free to be anybody.
    pub like: Option<usize>,
}

/// Divides the rows of a pool among `people`: for each person, one row for each of its layers.
/// `layers` are the rows of each layer; there are just as many as are wanted. Rows that others
/// have to be like may lie outside of the layers.
pub(super) fn assign(
    features: &[Weighted],
    mut layers: Vec<Vec<usize>>,
    people: &[Wanted],
    seed: u64,
) -> Vec<Vec<usize>> {
    let mut out = vec![Vec::new(); people.len()];
    let mut free: Vec<usize> = Vec::new();
    for (person, wanted) in people.iter().enumerate() {
        match wanted.like {
            Some(like) => out[person] = nearest(features, &mut layers, wanted, like),
            None => free.push(person),
        }
    }
    // Who gets which part is left to chance: neighbours in the table are no neighbours in kind.
    free.sort_by_key(|&person| mix(seed ^ mix(person as u64)));
    divide(features, layers, &free, people, &mut out);
    out
}

/// Takes the rows nearest to row `like` out of the layers.
fn nearest(
    features: &[Weighted],
    layers: &mut [Vec<usize>],
    wanted: &Wanted,
    like: usize,
) -> Vec<usize> {
    let distance = |row: usize| {
        features
            .iter()
            .map(|(f, w)| w * f.distance(row, like))
            .sum::<f64>()
    };
    let mut out = Vec::with_capacity(wanted.layers.len());
    for same in wanted.layers.chunk_by(|a, b| a == b) {
        let rows = &mut layers[same[0]];
        let mut ranked: Vec<(f64, usize)> = rows.iter().map(|&r| (distance(r), r)).collect();
        ranked.sort_unstable_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
        out.extend(ranked.iter().take(same.len()).map(|&(_, r)| r));
        *rows = ranked.iter().skip(same.len()).map(|&(_, r)| r).collect();
    }
    out
}

fn divide(
    features: &[Weighted],
    mut layers: Vec<Vec<usize>>,
    free: &[usize],
    people: &[Wanted],
    out: &mut [Vec<usize>],
) {
    if free.len() < 2 {
        if let Some(&person) = free.first() {
            let wanted = people[person].layers.chunk_by(|a, b| a == b);
            out[person] = wanted.flat_map(|same| layers[same[0]].clone()).collect();
        }
        return;
    }
    let all: Vec<usize> = layers.iter().flatten().copied().collect();
    let widest = (features.iter().map(|(f, w)| (w * f.spread(&all), f)))
        .max_by(|a, b| a.0.total_cmp(&b.0))
        .filter(|(spread, _)| *spread > 0.0);
    let mut lefts: Vec<usize> = layers.iter().map(|rows| rows.len() / 2).collect();
    if let Some((_, feature)) = widest {
        let side = feature.side(&all);
        for (rows, left) in layers.iter_mut().zip(&mut lefts) {
            rows.sort_by(|&a, &b| {
                side(a)
                    .0
                    .cmp(&side(b).0)
                    .then(side(a).1.total_cmp(&side(b).1))
            });
            *left = rows.iter().filter(|&&row| !side(row).0).count();
        }
    }
    let (left, right) = choose(free, people, lefts);
    let mut rest = Vec::with_capacity(layers.len());
    let needs = needs(&left, people, layers.len());
    for (rows, need) in layers.iter_mut().zip(needs) {
        rest.push(rows.split_off(need.min(rows.len())));
    }
    divide(features, layers, &left, people, out);
    divide(features, rest, &right, people, out);
}

/// Divides people in two, so that those of the first part need about `rows` of each layer: whoever
/// has many visits is where there are many rows of late visits. Neither part is empty.
fn choose(free: &[usize], people: &[Wanted], rows: Vec<usize>) -> (Vec<usize>, Vec<usize>) {
    let mut left = vec![false; free.len()];
    if rows.len() == 1 {
        let cut = cut_at(free, people, rows[0] as f64);
        left[..cut].fill(true);
    } else {
        let mut rest = rows;
        let mut order: Vec<usize> = (0..free.len()).collect();
        order.sort_by_key(|&i| std::cmp::Reverse(people[free[i]].layers.len()));
        for i in order {
            let layers = &people[free[i]].layers;
            if layers.iter().all(|&layer| rest[layer] > 0) {
                layers.iter().for_each(|&layer| rest[layer] -= 1);
                left[i] = true;
            }
        }
        let taken = left.iter().filter(|&&l| l).count();
        if taken == 0 || taken == free.len() {
            left.fill(false);
            left[..free.len() / 2].fill(true);
        }
    }
    let part = |wanted: bool| {
        (free.iter().zip(&left))
            .filter(|&(_, &l)| l == wanted)
            .map(|(&person, _)| person)
            .collect()
    };
    (part(true), part(false))
}

/// How many of the people together have about so many rows: at least one, and not all.
fn cut_at(free: &[usize], people: &[Wanted], rows: f64) -> usize {
    let (mut best, mut nearest, mut sum) = (1, f64::INFINITY, 0.0);
    for (i, &person) in free.iter().enumerate().take(free.len() - 1) {
        sum += people[person].layers.len() as f64;
        if (sum - rows).abs() < nearest {
            (best, nearest) = (i + 1, (sum - rows).abs());
        }
    }
    best
}

/// Rows of each layer that `some` of the people need.
fn needs(some: &[usize], people: &[Wanted], layers: usize) -> Vec<usize> {
    let mut needs = vec![0; layers];
    for &person in some {
        for &layer in &people[person].layers {
            needs[layer] += 1;
        }
    }
    needs
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn wanted(layers: &[usize]) -> Wanted {
        Wanted {
            layers: layers.to_vec(),
            like: None,
        }
    }

    #[test]
    fn rows_of_one_kind_come_together() {
        // Four kinds of rows, mixed; each person gets four of one kind.
        let kinds: Vec<u32> = (0..160).map(|r| (r * 7 % 160 / 40) as u32).collect();
        let years: Vec<f64> = (0..160).map(|r| f64::from(kinds[r] / 2) * 10.0).collect();
        let features = [
            (Feature::Class(kinds.iter().map(|k| k % 2).collect()), 1.0),
            (Feature::ranks(&years), 1.0),
        ];
        let people = vec![wanted(&[0, 0, 0, 0]); 40];
        let out = assign(&features, vec![(0..160).collect()], &people, 5);
        let mut used: Vec<usize> = out.concat();
        used.sort_unstable();
        assert_eq!(used, (0..160).collect::<Vec<_>>());
        for rows in &out {
            assert!(rows.iter().all(|&r| kinds[r] == kinds[rows[0]]), "{rows:?}");
        }
        assert_ne!(out, assign(&features, vec![(0..160).collect()], &people, 6));
    }

    #[test]
    fn rows_like_a_given_one_are_taken_first() {
        let values: Vec<f64> = (0..20).map(f64::from).collect();
        let people = [
            Wanted {
                layers: vec![0, 0, 1],
                like: Some(9),
            },
            wanted(&[0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 1, 1, 1, 1, 1]),
        ];
        let layers = vec![(0..10).collect(), (10..20).collect()];
        let out = assign(&[(Feature::ranks(&values), 1.0)], layers, &people, 1);
        assert_eq!(out[0], [9, 8, 10]);
        assert_eq!(out[1].len(), 17);
    }

    #[test]
    fn ranks_share_ties_and_leave_missing_cells_below() {
        let Feature::Order(ranks) = Feature::ranks(&[3.0, f64::NAN, 1.0, 3.0]) else {
            panic!("numbers have an order")
        };
        assert_eq!(ranks, [0.75, -1.0, 0.0, 0.75]);
    }

    proptest! {
        #[test]
        fn each_row_goes_to_one_person_of_its_layer(
            sizes in prop::collection::vec(1usize..9, 1..40),
            seed in any::<u64>(),
        ) {
            // Visit numbers as layers: person of size k has one row of each of k layers.
            let people: Vec<Wanted> =
                sizes.iter().map(|&k| wanted(&(0..k).collect::<Vec<_>>())).collect();
            let mut layers: Vec<Vec<usize>> = vec![Vec::new(); 8];
            let mut row = 0;
            for person in &people {
                for &layer in &person.layers {
                    layers[layer].push(row);
                    row += 1;
                }
            }
            let values: Vec<f64> = (0..row).map(|r| (mix(seed ^ r as u64) % 50) as f64).collect();
            let out = assign(&[(Feature::ranks(&values), 1.0)], layers.clone(), &people, seed);
            let mut seen = vec![false; row];
            for (rows, person) in out.iter().zip(&people) {
                prop_assert_eq!(rows.len(), person.layers.len());
                for (r, &layer) in rows.iter().zip(&person.layers) {
                    prop_assert!(layers[layer].contains(r) && !seen[*r]);
                    seen[*r] = true;
                }
            }
        }
    }
}

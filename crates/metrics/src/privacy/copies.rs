//! Copy detectors: are synthetic rows nearer to training rows than to other real rows?
//!
//! Both figures come from one search: the real rows nearest to each synthetic row, training and
//! test rows pooled. Their intervals come from the same lists with the labels "training" and
//! "test" dealt anew to people, which is what they would be if the synthetic rows knew nothing of the
//! training rows beyond the population. Rows that are equally near share the point, so that tables of
//! few levels, where many are, count like others.

use rand::seq::SliceRandom;
use rayon::prelude::*;

use super::near::{Index, Near, Scale, Space};
use super::people::People;
use crate::Score;
use crate::learn::{Rows, sample, stream};
use crate::prepared::{Part, Prepared};

/// Most training and test rows.
const REAL: usize = 10_000;
/// Most synthetic rows.
const SYNTHETIC: usize = 4_000;
/// Deals of the labels.
const DEALS: u64 = 200;
/// Bins of distances.
const BINS: usize = 16;

/// `nearer_to_train` and `copy_excess`.
pub(crate) fn scores(p: &Prepared) -> Vec<Score> {
    let mut rng = stream(p.seed, 0xC0F1);
    // More than twenty times as many training rows as test rows tell no more.
    let train = sample(p.rows.train, REAL.min(20 * p.rows.test), &mut rng);
    let test = sample(p.rows.test, REAL.min(20 * p.rows.train), &mut rng);
    // The search costs rows x rows x columns: fewer rows where there are many columns.
    let less = (16.0 / p.columns.len() as f64).min(1.0);
    let most = ((SYNTHETIC as f64 * less) as usize).max(1_500);
    let synthetic = sample(p.rows.synthetic, most, &mut rng);
    let (n, m, queries) = (train.len(), test.len(), synthetic.len());
    let [train, test] = [Rows::new(Part::Train, train), Rows::new(Part::Test, test)];
    let space = Space::new(
        p,
        &[&Rows::new(Part::Synthetic, synthetic), &train, &test],
        Scale::Range,
    );
    // In random order, so that a cut through rows of equal distance favours no side.
    let mut real: Vec<usize> = (queries..queries + n + m).collect();
    real.shuffle(&mut rng);
    let most = (4 * (n + m) / n.min(m)).clamp(16, 100).min(n + m);
    let lists = Index::new(&space, real).nearest(0..queries, most);

    let first = queries as u32;
    let people = [People::of(p, &train), People::of(p, &test)];
    let member: Vec<bool> = (people.iter().zip([true, false]))
        .flat_map(|(people, member)| std::iter::repeat_n(member, people.count()))
        .collect();
    let [train, test] = &people;
    let labels = |member: &[bool]| -> Vec<bool> {
        let (own, others) = member.split_at(train.count());
        train.spread(own).chain(test.spread(others)).collect()
    };
    let value = Figures::of(&lists, first, &labels(&member));
    let dealt: Vec<Figures> = (0..DEALS)
        .into_par_iter()
        .map(|deal| {
            let mut member = member.clone();
            member.shuffle(&mut stream(p.seed, 0xC0F2_0000 + deal));
            Figures::of(&lists, first, &labels(&member))
        })
        .collect();

    let make = |id: &str, ideal: f64, low: f64, value: f64, dealt: Vec<f64>, note: String| {
        let k = dealt.len() as f64;
        let variance = dealt.iter().map(|d| (d - ideal).powi(2)).sum::<f64>() / k;
        let half = 1.96 * variance.sqrt();
        let clamp = |x: f64| x.clamp(low, 1.0);
        Score {
            id: id.to_owned(),
            value: Some(value),
            floor: Some(ideal),
            floor_interval: Some((clamp(ideal - half), clamp(ideal + half))),
            interval: Some((clamp(value - half), clamp(value + half))),
            note: Some(note),
            worst: Vec::new(),
            parts: Vec::new(),
        }
    };
    let equal = n.min(m);
    let mut scores = vec![
        make(
            "nearer_to_train",
            0.5,
            0.0,
            value.nearer,
            dealt.iter().map(|d| d.nearer).collect(),
            format!("{equal} training rows against {equal} test rows, mean over all draws of them"),
        ),
        make(
            "copy_excess",
            0.0,
            -1.0,
            value.excess,
            dealt.iter().map(|d| d.excess).collect(),
            format!("{n} training rows against {m} test rows"),
        ),
    ];
    scores[0].parts = distances(&lists, first, &labels(&member), &mut rng);
    scores
}

/// Shares of synthetic rows by their distance to the nearest training row and to the nearest test row, of
/// equally many real rows on both sides: bins of equal width up to what one in a hundred exceeds.
fn distances(
    lists: &[Vec<Near>],
    first: u32,
    train: &[bool],
    rng: &mut impl rand::Rng,
) -> Vec<(String, f64)> {
    let (mut ours, mut others): (Vec<usize>, Vec<usize>) =
        (0..train.len()).partition(|&row| train[row]);
    let equal = ours.len().min(others.len());
    for side in [&mut ours, &mut others] {
        side.shuffle(rng);
        side.truncate(equal);
    }
    let of = |side: &[usize]| -> Vec<f64> {
        let mut drawn = vec![false; train.len()];
        side.iter().for_each(|&row| drawn[row] = true);
        (lists.iter())
            .map(|list| {
                let near = list.iter().find(|near| drawn[(near.row - first) as usize]);
                // Farther than the list goes: counted in the last bin.
                near.map_or(f64::INFINITY, |near| f64::from(near.distance))
            })
            .collect()
    };
    let (near, far) = (of(&ours), of(&others));
    let mut all: Vec<f64> = (near.iter().chain(&far).copied())
        .filter(|d| d.is_finite())
        .collect();
    all.sort_by(f64::total_cmp);
    let Some(&end) = all.get(all.len().saturating_sub(1) * 99 / 100) else {
        return Vec::new();
    };
    if end <= 0.0 {
        return Vec::new();
    }
    let mut parts = vec![("distance.end".to_owned(), end)];
    for (name, values) in [("train", near), ("held_out", far)] {
        let mut counts = [0.0; BINS];
        for d in &values {
            let at = (d / end * BINS as f64)
                .floor()
                .clamp(0.0, (BINS - 1) as f64);
            counts[at as usize] += 1.0;
        }
        let shares = counts.iter().enumerate();
        parts.extend(shares.map(|(bin, n)| {
            (
                format!("distance.{name}.{bin}"),
                n / values.len().max(1) as f64,
            )
        }));
    }
    parts
}

#[derive(Debug, Clone, Copy)]
struct Figures {
    nearer: f64,
    excess: f64,
}

impl Figures {
    /// `train[row - first]` says whether a real row is a training row.
    fn of(lists: &[Vec<Near>], first: u32, train: &[bool]) -> Figures {
        let n = train.iter().filter(|x| **x).count();
        let m = train.len() - n;
        let expected = n as f64 / (n + m) as f64;
        let is_train = |near: &Near| train[(near.row - first) as usize];
        // The larger side is drawn from: the chance that a draw as large as the other side holds
        // one of its `c` rows that are nearer.
        let (large, small) = (n.max(m), n.min(m));
        let longest = lists.iter().map(Vec::len).max().unwrap_or(0);
        let mut drawn = vec![0.0; longest + 1];
        let mut missed = 1.0;
        for c in 0..longest {
            missed *= (large as f64 - small as f64 - c as f64).max(0.0)
                / (large as f64 - c as f64).max(1.0);
            drawn[c + 1] = 1.0 - missed;
        }
        let drawn_is_train = n >= m;
        let (mut nearer, mut excess) = (0.0, 0.0);
        for list in lists {
            let Some(nearest) = list.first() else {
                continue;
            };
            let ties = list.iter().take_while(|r| r.distance == nearest.distance);
            // Of several rows that are as near, each counts for a part.
            let (mut own, mut all) = (0.0, 0.0);
            for near in ties {
                own += f64::from(u8::from(is_train(near)));
                all += 1.0;
            }
            // A distance that is no number (cells beyond all sums) says nothing.
            excess += if all > 0.0 { own / all } else { expected };
            let other = list.iter().find(|r| is_train(r) != drawn_is_train);
            let count = |keep: &dyn Fn(f32) -> bool| {
                list.iter()
                    .filter(|r| is_train(r) == drawn_is_train && keep(r.distance))
                    .count()
            };
            // Where the list ends before a row of the other side, that may be as near as the last.
            let bound = match other {
                Some(other) => other.distance,
                None if list.len() == longest => list[longest - 1].distance,
                None => f32::INFINITY,
            };
            let (closer, as_close) = (count(&|d| d < bound), count(&|d| d <= bound));
            let share = 0.5 * (drawn[closer] + drawn[as_close]);
            nearer += if drawn_is_train { share } else { 1.0 - share };
        }
        let k = lists.len().max(1) as f64;
        Figures {
            nearer: nearer / k,
            excess: (excess / k - expected) / (1.0 - expected),
        }
    }
}

//! The suite of membership attacks: scores that are higher for rows the model is believed to have
//! learned from. None uses more than the synthetic rows and other real rows of the population.

use super::cells::{self, ColumnScores};
use super::near::{Index, Near, Scale, Space};
use crate::learn::Rows;
use crate::prepared::Prepared;

/// Neighbours looked at.
const NEAR: usize = 5;

/// How far a row is from the synthetic rows and from other real rows: to the first and to the
/// fifth nearest.
#[derive(Debug, Clone, Copy)]
struct Seen {
    synthetic: [f64; 2],
    real: [f64; 2],
}

impl Seen {
    fn new(synthetic: &[Near], real: &[Near]) -> Seen {
        let ends = |list: &[Near]| {
            let at = |i: usize| list.get(i).map_or(0.0, |n: &Near| f64::from(n.distance));
            [at(0), at(list.len().saturating_sub(1))]
        };
        Seen {
            synthetic: ends(synthetic),
            real: ends(real),
        }
    }
}

/// An attack.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Attack {
    /// Values of numeric columns that occur among the synthetic ones, by rarity.
    ValuePresence,
    /// Values of numeric columns that are near to synthetic ones.
    ValueGap,
    /// Rare levels that occur.
    LevelPresence,
    /// Rare pairs of levels that occur.
    PairPresence,
    /// Near to a synthetic row, numbers by rank.
    RowDistance,
    /// Near to five, numbers by rank.
    RowDensity,
    /// Near to a synthetic row, numbers by range.
    Nearest,
    /// Near to five, numbers by range.
    NearestFive,
    /// Nearer to a synthetic row than to another real row.
    Calibrated,
    /// Ratio of those distances.
    Ratio,
    /// Density of synthetic rows over density of real rows there (DOMIAS), by the fifth nearest.
    Density,
}

impl Attack {
    pub const COUNT: usize = 11;
    pub const ALL: [Attack; Attack::COUNT] = [
        Attack::ValuePresence,
        Attack::ValueGap,
        Attack::LevelPresence,
        Attack::PairPresence,
        Attack::RowDistance,
        Attack::RowDensity,
        Attack::Nearest,
        Attack::NearestFive,
        Attack::Calibrated,
        Attack::Ratio,
        Attack::Density,
    ];

    /// True for attacks that need the synthetic rows alone, one for each idea.
    pub fn is_plain(self) -> bool {
        matches!(
            self,
            Attack::ValuePresence
                | Attack::ValueGap
                | Attack::LevelPresence
                | Attack::RowDistance
                | Attack::RowDensity
        )
    }

    /// Stable identifier, as in [`Score::parts`](crate::Score::parts).
    pub fn id(self) -> &'static str {
        match self {
            Attack::ValuePresence => "value_presence",
            Attack::ValueGap => "value_gap",
            Attack::LevelPresence => "level_presence",
            Attack::PairPresence => "pair_presence",
            Attack::RowDistance => "row_distance",
            Attack::RowDensity => "row_density",
            Attack::Nearest => "nearest_row",
            Attack::NearestFive => "nearest_five",
            Attack::Calibrated => "nearest_less_real",
            Attack::Ratio => "nearest_over_real",
            Attack::Density => "density_ratio",
        }
    }

    /// Name for people.
    pub fn name(self) -> &'static str {
        match self {
            Attack::ValuePresence => "presence of single values",
            Attack::ValueGap => "nearness of single values",
            Attack::LevelPresence => "presence of rare levels",
            Attack::PairPresence => "presence of rare pairs of levels",
            Attack::RowDistance => "nearest synthetic row by ranks",
            Attack::RowDensity => "five nearest synthetic rows by ranks",
            Attack::Nearest => "nearest synthetic row",
            Attack::NearestFive => "fifth nearest synthetic row",
            Attack::Calibrated => {
                "distance to the nearest synthetic row minus distance to the nearest real row"
            }
            Attack::Ratio => "nearest synthetic row over nearest real row",
            Attack::Density => "density ratio",
        }
    }
}

/// The scores of rows by every attack, and two scores that know nothing of the synthetic rows:
/// how near the first and the fifth other real row are.
pub(crate) struct Suite {
    pub scores: [Vec<f64>; Attack::COUNT],
    pub controls: [Vec<f64>; 2],
    /// By single columns.
    pub columns: Vec<ColumnScores>,
}

impl Suite {
    /// Attacks the rows of `sets[1..]`, one set after the other; `sets[0]` are the synthetic rows
    /// for distances between rows. Cells are compared with all synthetic rows.
    pub fn new(p: &Prepared, sets: &[&Rows]) -> Suite {
        let real = &sets[1..];
        let ((seen, [row_distance, row_density]), (columns, pair_presence)) = rayon::join(
            || rayon::join(|| seen(p, sets), || by_ranks(p, sets)),
            || rayon::join(|| cells::columns(p, real), || cells::combinations(p, real)),
        );
        let rows = seen.len();
        // A typical distance: what two distances differ by far less than that is not told apart
        // where they are both near zero.
        let unit = seen.iter().map(|s| s.real[0]).sum::<f64>() / rows.max(1) as f64;
        let log = |d: f64| (d + 0.01 * unit).ln();
        let of = |f: &dyn Fn(&Seen) -> f64| -> Vec<f64> { seen.iter().map(f).collect() };
        let sum = |of: &dyn Fn(&ColumnScores) -> Option<&Vec<f64>>| {
            let mut sum = vec![0.0; rows];
            for scores in columns.iter().filter_map(of) {
                (sum.iter_mut().zip(scores)).for_each(|(s, x)| *s += x);
            }
            sum
        };
        Suite {
            scores: [
                sum(&|c| c.gap.as_ref().map(|_| &c.presence)),
                sum(&|c| c.gap.as_ref()),
                sum(&|c| c.gap.is_none().then_some(&c.presence)),
                pair_presence,
                row_distance,
                row_density,
                of(&|s| -s.synthetic[0]),
                of(&|s| -s.synthetic[1]),
                of(&|s| s.real[0] - s.synthetic[0]),
                of(&|s| log(s.real[0]) - log(s.synthetic[0])),
                of(&|s| log(s.real[1]) - log(s.synthetic[1])),
            ],
            controls: [of(&|s| -s.real[0]), of(&|s| -s.real[1])],
            columns,
        }
    }
}

/// What lies around the real rows, numbers by range. Every row is left out of the real rows that
/// it is compared with.
fn seen(p: &Prepared, sets: &[&Rows]) -> Vec<Seen> {
    let space = Space::new(p, sets, Scale::Range);
    let fakes = sets[0].rows.len();
    let (fake, real) = (0..fakes, fakes..space.rows());
    let (to_fake, to_real) = rayon::join(
        || Index::new(&space, fake).nearest(real.clone(), NEAR),
        || Index::new(&space, real.clone()).nearest(real.clone(), NEAR),
    );
    (to_fake.iter().zip(&to_real))
        .map(|(f, r)| Seen::new(f, r))
        .collect()
}

/// Nearness to the nearest synthetic row and to the five nearest, numbers by rank.
fn by_ranks(p: &Prepared, sets: &[&Rows]) -> [Vec<f64>; 2] {
    let space = Space::new(p, sets, Scale::Rank);
    let fakes = sets[0].rows.len();
    let found = Index::new(&space, 0..fakes).nearest(fakes..space.rows(), NEAR);
    let nearest = |list: &Vec<Near>| list.first().map_or(0.0, |n| -f64::from(n.distance));
    let mean = |list: &Vec<Near>| {
        let sum: f64 = list.iter().map(|n| f64::from(n.distance)).sum();
        -sum / list.len().max(1) as f64
    };
    [
        found.iter().map(nearest).collect(),
        found.iter().map(mean).collect(),
    ]
}

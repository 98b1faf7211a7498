//! What judging costs, counted before it begins: the operations of one judgement, from the numbers of
//! rows and columns alone. Each term has the bounds on rows and pairs of the computation that it stands
//! for; its weight is what one such operation took beside those of the other terms, fitted to generated tables
//! of 60 to 2,000 rows and 4 to 1,093 columns (`examples/cost.rs` times them). Only ratios of counts mean
//! something: a caller divides by the count of a judgement that it timed.

use verdancy_table::{Kind, Table};

/// Pairs of columns that are looked at.
const PAIRS: f64 = 2_000.0;

/// Weights of the terms, in the order of [`Size::terms`]: about seconds of one thread.
const WEIGHTS: [f64; TERMS] = [
    0.057, 1.0, 0.014, 0.0005, 0.0005, 0.02, 15.0, 90.0, 15.0, 20.0,
];
const TERMS: usize = 10;

/// The size of what is judged.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Size {
    /// Training rows.
    pub train: usize,
    /// Real rows that give the floors.
    pub test: usize,
    /// Synthetic rows.
    pub synthetic: usize,
    /// Judged columns of numbers and dates.
    pub numbers: usize,
    /// Judged columns of levels.
    pub levels: usize,
    /// True when models that predict a target, or survival, are judged as well.
    pub task: bool,
}

impl Size {
    /// The size of judging `synthetic` rows like those of `train`, beside `test` real rows.
    pub fn of(train: &Table, test: usize, synthetic: usize) -> Size {
        let schema = train.schema();
        let modelled = || schema.columns.iter().filter(|c| c.kind.is_modelled());
        let levels = modelled()
            .filter(|c| matches!(c.kind, Kind::Categorical | Kind::Boolean))
            .count();
        Size {
            train: train.rows(),
            test,
            synthetic,
            numbers: modelled().count() - levels,
            levels,
            task: schema.target.is_some() || schema.task.is_some(),
        }
    }

    /// Counted operations; ratios of two counts are ratios of times.
    pub fn operations(&self) -> f64 {
        let terms = self.terms();
        terms.iter().zip(WEIGHTS).map(|(n, w)| n * w).sum()
    }

    /// Operations by kind, each in millions.
    fn terms(&self) -> [f64; TERMS] {
        let [n, t, s] = [self.train, self.test, self.synthetic].map(|x| x as f64);
        let [numbers, levels] = [self.numbers, self.levels].map(|x| x as f64);
        let d = numbers + levels;
        // The regression that tells rows apart: its rows, its coefficients, and the smaller of both.
        let fitted = 1.4 * n.min(s).min(5_000.0);
        let coefficients = numbers + (4.0 * levels).min(300.0);
        let solved = fitted.min(coefficients);
        let fewer = (16.0 / d.max(1.0)).sqrt().min(1.0);
        let few = n.min(s).min(1_000.0);
        let attacks = (300.0 * fewer * fewer).max(100.0);
        let pairs = (d * (d - 1.0) / 2.0).clamp(0.0, PAIRS);
        let real = (n.min(4_000.0 * fewer) + t.min(4_000.0 * fewer)) * s.min(20_000.0 * fewer);
        let all = [
            // Preparing, and what each judgement does once.
            1e6,
            // Each column by itself: sorting, counting, resampling.
            d * (n + t + s),
            // Tables of two columns.
            pairs * (n + t + s).min(150_000.0),
            // Nearest neighbours: membership.
            real * d,
            // Nearest neighbours: copies and attacks on rows.
            (n.min(10_000.0) * s.min(4_000.0) * fewer + attacks * s.min(20_000.0)) * d,
            // Newton's steps of the regression that tells rows apart.
            solved * (solved * solved / 3.0 + fitted * d),
            // Splits of boosted trees: of each column, by the depth that the rows allow.
            d * n.min(s).min(10_000.0).sqrt() * 100.0,
            // Splits by numbers, which have as many places as rows until bins are full.
            numbers * few,
            // What grows with rows until samples are full, whatever the columns.
            d.sqrt() * few * 10.0,
            // Predictors.
            if self.task { d * n.min(30_000.0) } else { 0.0 },
        ];
        all.map(|x| x / 1e6)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn more_rows_and_columns_cost_more() {
        let size = Size {
            train: 500,
            test: 100,
            synthetic: 500,
            numbers: 8,
            levels: 4,
            task: false,
        };
        let more = [
            Size {
                train: 5_000,
                ..size
            },
            Size {
                test: 1_000,
                ..size
            },
            Size {
                synthetic: 5_000,
                ..size
            },
            Size {
                numbers: 80,
                ..size
            },
            Size { levels: 40, ..size },
            Size { task: true, ..size },
        ];
        for other in more {
            assert!(other.operations() > size.operations(), "{other:?}");
        }
        let wide = Size {
            numbers: 1_000,
            ..size
        };
        let none = Size {
            numbers: 0,
            levels: 0,
            ..size
        };
        assert!(wide.operations() > 20.0 * size.operations());
        assert!(none.operations() > 0.0 && none.operations().is_finite());
    }
}

//! How near the synthetic rows' distribution is to the real one: columns, pairs, categories.

mod bins;
mod cards;
mod categories;
mod columns;
mod correlation;
mod distance;
mod events;
mod exactly_one;
mod expected;
mod impossible;
mod missing;
mod pairs;
mod relations;
mod resample;
mod rules;

use std::collections::HashMap;

pub(crate) use cards::METRICS;
use expected::Expected;
use impossible::Impossible;
use rayon::prelude::*;
use relations::Relations;
use rules::rules_broken;

use crate::card::FROM_ZERO;
use crate::memo::Memo;
use crate::metric::Figures;
use crate::prepared::{Judged, Prepared};
use crate::{ColumnScore, PairScore, Result, Score};
use bins::Coded;
use columns::{ColumnFigures, Distances};
use pairs::PairFigures;

/// Names of worst columns or pairs that a score carries.
const WORST: usize = 10;
/// The name of the test rows' figure among a score's parts.
const HELD_OUT: &str = "held_out";

/// Everything of this group.
pub(crate) fn judge(p: &Prepared) -> Result<Figures> {
    let coded: Vec<Coded<'_>> = (p.columns.par_iter())
        .map(|column| Coded::new(p, column))
        .collect();
    let by_column: Vec<ColumnFigures> = (p.columns.par_iter().zip(&coded))
        .map(|(column, coded)| columns::figures(column, coded))
        .collect();
    let everything: Vec<usize> = (0..p.columns.len()).collect();
    let (trend_pairs, all_pairs) = pairs::choose(&everything, p.seed);
    let (numeric_pairs, all_numeric) = pairs::choose(&p.numeric(), p.seed);
    let trends = pairs::trends(p, &coded, &trend_pairs);
    let deltas = pairs::correlation_deltas(p, &numeric_pairs);
    let expected = (p.kept.of::<Memo<usize, Expected>>()).get(p.rows.synthetic, || {
        expected::expected(p, &coded, &trend_pairs, &numeric_pairs)
    })?;

    let floors: HashMap<(usize, usize), Option<f64>> = trend_pairs
        .iter()
        .copied()
        .zip(expected.pairs.iter().copied())
        .collect();
    let by = Columns {
        columns: &p.columns,
        figures: &by_column,
    };
    let sampled = |looked: usize, all: usize| {
        (looked < all).then(|| format!("on {looked} of {all} pairs, drawn with the run's seed"))
    };
    let name = |i: usize| p.columns[i].name.as_str();
    let pair = |(i, j): (usize, usize)| format!("{} × {}", name(i), name(j));
    let mut scores = by.shapes(&expected);
    scores.push(Carried::score(
        "trend_error",
        (trends.iter())
            .map(|t| (pair(t.columns), t.synthetic, t.test))
            .collect(),
        "fewer than two columns",
        sampled(trend_pairs.len(), all_pairs),
        &expected.trend,
    ));
    scores.push(Carried::score(
        "correlation_delta",
        (deltas.iter())
            .map(|&(columns, synthetic, test)| (pair(columns), synthetic, test))
            .collect(),
        "fewer than two numeric columns with spread",
        sampled(numeric_pairs.len(), all_numeric),
        &expected.correlation,
    ));
    scores.push(by.rare(&expected.rare));
    scores.push(by.mean(
        "frequency_skew",
        "no categorical column with enough rows in a level",
        &expected.skew,
        |_, d| d.skew,
    ));
    scores.push(missing::score(p));
    scores.push(by.mean("out_of_range", "no numeric column", &[], |c, d| {
        c.numeric().map(|_| d.strange)
    }));
    scores.push(by.mean("new_levels", "no categorical column", &[], |c, d| {
        c.levels().map(|_| d.strange)
    }));
    Ok(Figures {
        scores,
        columns: column_scores(p, &by_column, &expected.columns),
        pairs: pair_scores(p, &trends, &floors),
    })
}

/// Relations of pairs that are kept.
pub(crate) fn pair_error(p: &Prepared) -> Result<Score> {
    let real = (p.kept.of::<Memo<(), Relations>>()).get((), || Ok(Relations::learn(p)))?;
    Ok(real.score(p))
}

/// Combinations that real rows never have.
pub(crate) fn impossible(p: &Prepared) -> Result<Score> {
    let real = (p.kept.of::<Memo<(), Impossible>>()).get((), || Ok(Impossible::learn(p)))?;
    Ok(real.score(p))
}

struct Columns<'a> {
    columns: &'a [Judged],
    figures: &'a [ColumnFigures],
}

impl Columns<'_> {
    /// Distances of single columns.
    fn shapes(&self, expected: &Expected) -> Vec<Score> {
        vec![
            self.mean("ks_mean", "no numeric column", &expected.ks, |c, d| {
                c.numeric().map(|_| d.shape)
            }),
            self.mean("tv_mean", "no categorical column", &expected.tv, |c, d| {
                c.levels().map(|_| d.shape)
            }),
            self.mean(
                "tv_pooled",
                "no categorical column",
                &expected.pooled,
                |_, d| d.pooled,
            ),
            self.mean("shape_error", "no column", &expected.shape, |_, d| {
                Some(d.shape)
            }),
            self.mean(
                "jensen_shannon",
                "no column",
                &expected.jensen_shannon,
                |_, d| Some(d.jensen_shannon),
            ),
            self.mean(
                "wasserstein",
                "no numeric column with spread",
                &expected.wasserstein,
                |_, d| d.wasserstein,
            ),
        ]
    }

    /// The mean of a figure over the columns that have it in both comparisons.
    fn mean(
        &self,
        id: &'static str,
        without: &str,
        draws: &[f64],
        figure: impl Fn(&Judged, &Distances) -> Option<f64>,
    ) -> Score {
        let carried = (self.columns.iter().zip(self.figures))
            .filter_map(|(c, f)| {
                let value = figure(c, &f.synthetic)?;
                Some((
                    c.name.clone(),
                    value,
                    figure(c, &f.test).unwrap_or(f64::NAN),
                ))
            })
            .collect();
        Carried::score(id, carried, without, None, draws)
    }

    /// Rare levels of all columns together; the worst columns keep the smallest share of theirs.
    fn rare(&self, draws: &[f64]) -> Score {
        let share = |f: &dyn Fn(&ColumnFigures) -> (usize, usize)| {
            let (seen, all) =
                (self.figures.iter().map(f)).fold((0, 0), |s, x| (s.0 + x.0, s.1 + x.1));
            (all > 0).then(|| seen as f64 / all as f64)
        };
        let value = share(&|f| f.synthetic.rare);
        let held_out = share(&|f| f.test.rare);
        let mut worst: Vec<(String, f64)> = (self.columns.iter().zip(self.figures))
            .filter(|(_, f)| f.synthetic.rare.0 < f.synthetic.rare.1)
            .map(|(c, f)| {
                let (seen, all) = f.synthetic.rare;
                (c.name.clone(), seen as f64 / all as f64)
            })
            .collect();
        worst.sort_by(|a, b| a.1.total_cmp(&b.1).then_with(|| a.0.cmp(&b.0)));
        worst.truncate(WORST);
        Score {
            id: "rare_coverage".to_owned(),
            value,
            floor: value.and_then(|_| expected::mean(draws).or(held_out)),
            floor_interval: value.and_then(|_| resample::interval(draws, (0.0, 1.0))),
            interval: None,
            note: value.is_none().then(|| {
                "no level is both rare and frequent enough to be expected again".to_owned()
            }),
            worst,
            parts: held_out_part(held_out),
        }
    }
}

/// The same figure for the test rows, whose number is another than the synthetic rows'.
fn held_out_part(held_out: Option<f64>) -> Vec<(String, f64)> {
    (held_out.into_iter())
        .map(|x| (HELD_OUT.to_owned(), x))
        .collect()
}

/// Why a figure can be under what fresh real rows score.
fn better(value: f64, fresh: (f64, f64)) -> Option<String> {
    (value < fresh.0).then(|| {
        format!(
            "better than the {:.3} to {:.3} of a fresh real sample of this size, as columns can be that are drawn by strata and not by chance",
            fresh.0, fresh.1
        )
    })
}

/// Figures by column or pair: name, of the synthetic rows, of the test rows.
struct Carried;

impl Carried {
    fn score(
        id: &'static str,
        carried: Vec<(String, f64, f64)>,
        without: &str,
        note: Option<String>,
        draws: &[f64],
    ) -> Score {
        let n = carried.len() as f64;
        let value = (!carried.is_empty()).then(|| carried.iter().map(|c| c.1).sum::<f64>() / n);
        let floors: Vec<f64> = (carried.iter().map(|c| c.2))
            .filter(|x| x.is_finite())
            .collect();
        let held_out =
            (!floors.is_empty()).then(|| floors.iter().sum::<f64>() / floors.len() as f64);
        let range = (METRICS.iter().map(|m| &m.card))
            .find(|card| card.id == id)
            .map_or(FROM_ZERO, |card| card.range);
        let worst = carried.into_iter().map(|c| (c.0, c.1)).collect();
        let floor_interval = value.and_then(|_| resample::interval(draws, range));
        let notes = match value {
            None => vec![without.to_owned()],
            Some(value) => (note.into_iter())
                .chain(floor_interval.and_then(|fresh| better(value, fresh)))
                .collect(),
        };
        Score {
            id: id.to_owned(),
            value,
            floor: value.and_then(|_| expected::mean(draws).or(held_out)),
            floor_interval,
            interval: None,
            note: (!notes.is_empty()).then(|| notes.join("; ")),
            worst: worst_first(worst),
            parts: held_out_part(held_out),
        }
    }
}

fn worst_first(mut worst: Vec<(String, f64)>) -> Vec<(String, f64)> {
    worst.retain(|w| w.1 > 0.0);
    worst.sort_by(|a, b| b.1.total_cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
    worst.truncate(WORST);
    worst
}

fn column_scores(
    p: &Prepared,
    figures: &[ColumnFigures],
    floors: &[Option<f64>],
) -> Vec<ColumnScore> {
    let shares = |name: &str| {
        (p.missing.iter())
            .find(|(n, _)| n == name)
            .map_or((0.0, 0.0), |(_, m)| (m.train, m.synthetic))
    };
    let mut out: Vec<ColumnScore> = (p.columns.iter().zip(figures).enumerate())
        .map(|(i, (c, f))| ColumnScore {
            column: c.name.clone(),
            shape_error: f.synthetic.shape,
            floor: floors.get(i).copied().flatten(),
            jensen_shannon: f.synthetic.jensen_shannon,
            wasserstein: f.synthetic.wasserstein,
            missing: shares(&c.name),
        })
        .collect();
    out.sort_by(|a, b| b.shape_error.total_cmp(&a.shape_error));
    out
}

fn pair_scores(
    p: &Prepared,
    trends: &[PairFigures],
    floors: &HashMap<(usize, usize), Option<f64>>,
) -> Vec<PairScore> {
    let name = |i: usize| p.columns[i].name.clone();
    let mut out: Vec<PairScore> = (trends.iter())
        .map(|t| PairScore {
            columns: (name(t.columns.0), name(t.columns.1)),
            trend_error: t.synthetic,
            floor: floors.get(&t.columns).copied().flatten(),
            correlation: (t.correlation.as_ref()).map(|r| {
                (
                    r.train,
                    if r.synthetic.is_nan() {
                        0.0
                    } else {
                        r.synthetic
                    },
                )
            }),
        })
        .collect();
    out.sort_by(|a, b| b.trend_error.total_cmp(&a.trend_error));
    out
}

#[cfg(test)]
mod tests;

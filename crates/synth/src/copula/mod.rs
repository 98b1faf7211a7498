//! The Gaussian copula: each column's own distribution, joined by correlations of normal scores.
//!
//! Numbers and dates go through their empirical quantiles, so a sample never leaves the observed
//! range and keeps spikes, ties and decimals. Categories are intervals of a latent normal, in the
//! order in which the other columns change. Missing cells have a latent normal of their own.

mod correlation;
mod hermite;
mod lookup;
mod marginal;
mod model;
mod normal;
mod order;
mod parts;

pub(crate) use parts::from_parts;

use rayon::prelude::*;
use verdancy_table::{Kind, MISSING, Table, fill::Filler};

use crate::{Config, Error, Fitted, Result, Run, Stop, parameters};
use correlation::Variable;
use hermite::Steps;
use marginal::Ranked;
use model::{ColumnModel, Copula, Gaps};

parameters! {
    /// Parameters of the copula.
    pub struct Params {
        /// Least shrinkage of the correlations towards none; small tables get more by themselves.
        shrinkage: f64 = 0.0, "0 to 1", |v| (0.0..=1.0).contains(v);
    }
}

/// Products of rows and squared variables spent on correlations; larger tables are thinned.
const WORK: f64 = 2e10;
/// Most rows that correlations are estimated from.
const ROWS: usize = 200_000;
/// Categories with more levels, or fewer rows per level, stay independent of the other columns.
const JOINT_LEVELS: usize = 1_000;
const JOINT_ROWS: usize = 3;
/// Rounds of ordering levels, and most rows that are looked at for it.
const ROUNDS: usize = 2;
const ORDER_ROWS: usize = 10_000;

/// Learns `train`; `validation` is not needed.
///
/// # Errors
/// `synth/no-rows`.
pub fn fit(
    params: &Params,
    train: &Table,
    _validation: &Table,
    _run: &mut Run<'_>,
) -> Result<Fitted> {
    if train.rows() == 0 {
        return Err(Error::input(
            "synth/no-rows",
            "There are no training rows.",
            "Give a table with at least one row in its training part.",
        ));
    }
    let schema = train.schema().clone();
    let specs: Vec<(usize, &Kind)> = schema
        .columns
        .iter()
        .enumerate()
        .filter(|(_, c)| c.kind.is_modelled())
        .map(|(i, c)| (i, &c.kind))
        .collect();
    let ranked: Vec<Ranked> = specs
        .par_iter()
        .map(|(i, _)| {
            Ranked::of(train.column(*i))
                .ok_or_else(|| Error::internal("a modelled column is stored as text"))
        })
        .collect::<Result<_>>()?;
    let (variables, columns) = variables(&ranked, train.rows());
    let orders = order_levels(&ranked, &columns, variables);
    let factor = correlation::factor(&orders.variables, params.shrinkage);
    let columns = specs
        .iter()
        .zip(&ranked)
        .zip(columns.into_iter().zip(orders.orders))
        .map(
            |(((_, kind), ranked), ((latent, gaps), order))| ColumnModel {
                storage: kind.storage(),
                marginal: ranked.marginal(
                    order,
                    match kind {
                        Kind::Numerical { decimals } => *decimals,
                        _ => None,
                    },
                ),
                latent,
                gaps,
            },
        )
        .collect();
    Ok(Fitted {
        config: Config::GaussianCopula(params.clone()),
        history: Vec::new(),
        stop: Stop::Completed,
        fill: Filler::learn(train),
        model: Box::new(Copula { columns, factor }),
        schema,
    })
}

/// The latent variables of all columns over (thinned) rows, and where each column finds its own.
fn variables(ranked: &[Ranked], rows: usize) -> (Vec<Variable>, Vec<(Option<usize>, Gaps)>) {
    let count = (2 * ranked.len()).max(1) as f64;
    let most = ((WORK / (count * count)) as usize).clamp(2_000, ROWS);
    let every = rows.div_ceil(most);
    let thin = |codes: &[u32]| codes.iter().step_by(every).copied().collect::<Vec<u32>>();
    let mut variables = Vec::new();
    let columns = ranked
        .iter()
        .map(|r| {
            let latent = (r.counts.len() > 1).then(|| {
                let levels = r.counts.len();
                variables.push(Variable {
                    steps: Steps::new(&r.counts),
                    step: thin(&r.code),
                    joint: r.levels.is_none()
                        || levels <= 2
                        || levels <= JOINT_LEVELS && r.present() >= JOINT_ROWS * levels,
                });
                variables.len() - 1
            });
            let present = r.present();
            let gaps = if present == 0 || present == rows {
                Gaps::None
            } else {
                let missing: Vec<u32> = r.code.iter().map(|&c| u32::from(c == MISSING)).collect();
                variables.push(Variable {
                    steps: Steps::new(&[present, rows - present]),
                    step: thin(&missing),
                    joint: true,
                });
                Gaps::Above {
                    latent: variables.len() - 1,
                    cut: normal::quantile(present as f64 / rows as f64),
                }
            };
            (latent, gaps)
        })
        .collect();
    (variables, columns)
}

/// Variables with their levels in order, and the order of each column's levels.
struct Ordered {
    variables: Vec<Variable>,
    orders: Vec<Vec<u32>>,
}

fn order_levels(
    ranked: &[Ranked],
    columns: &[(Option<usize>, Gaps)],
    mut variables: Vec<Variable>,
) -> Ordered {
    let mut orders: Vec<Vec<u32>> = ranked
        .iter()
        .map(|r| {
            let levels = r.levels.as_ref().map_or(0, |_| r.counts.len());
            let mut order: Vec<u32> = (0..levels as u32).collect();
            order.sort_by_key(|&l| std::cmp::Reverse(r.counts[l as usize]));
            order
        })
        .collect();
    for ((r, order), (latent, _)) in ranked.iter().zip(&orders).zip(columns) {
        if let (Some(i), Some(_)) = (latent, &r.levels) {
            let counts: Vec<usize> = order.iter().map(|&l| r.counts[l as usize]).collect();
            variables[*i].rearrange(order, &counts);
        }
    }
    let rows = variables.first().map_or(0, |v| v.step.len());
    let every = rows.div_ceil(ORDER_ROWS).max(1);
    let scores_of = |v: &Variable| -> Vec<f64> {
        let joint = if v.joint { 1 } else { 0 };
        v.row_scores(every).take(rows * joint).collect()
    };
    let mut scores: Vec<Vec<f64>> = variables.par_iter().map(scores_of).collect();
    for _ in 0..ROUNDS {
        for (c, r) in ranked.iter().enumerate() {
            let (Some(i), Some(_)) = (columns[c].0, &r.levels) else {
                continue;
            };
            if r.counts.len() < 3 || !variables[i].joint {
                continue;
            }
            let others: Vec<&[f64]> = scores
                .iter()
                .enumerate()
                .filter(|(j, s)| *j != i && !s.is_empty())
                .map(|(_, s)| s.as_slice())
                .collect();
            let places = order::by_association(&variables[i], every, &others);
            orders[c] = places.iter().map(|&p| orders[c][p as usize]).collect();
            let counts: Vec<usize> = orders[c].iter().map(|&l| r.counts[l as usize]).collect();
            variables[i].rearrange(&places, &counts);
            scores[i] = scores_of(&variables[i]);
        }
    }
    Ordered { variables, orders }
}

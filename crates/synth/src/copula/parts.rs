//! The copula as parts of a model file.

use std::sync::Arc;

use serde::{Deserialize, Serialize};
use verdancy_table::{Schema, Storage};

use super::lookup::Cuts;
use super::marginal::{Marginal, Values};
use super::model::{ColumnModel, Copula, Gaps};
use crate::encode::Grid;
use crate::parts::{Parts, Tensor, damaged};
use crate::{Model, Result};

/// The copula's part of the manifest.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Head {
    latents: usize,
    columns: Vec<Stored>,
}

/// A column; its numbers are tensors named by its position.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Stored {
    marginal: Kind,
    latent: Option<usize>,
    gaps: Option<(usize, f64)>,
}

#[derive(Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case", deny_unknown_fields)]
enum Kind {
    Empty {},
    Levels { levels: Vec<String> },
    Steps {},
    Ramp { unit: u64, decimals: Option<u8> },
    Curve { grid: Grid },
}

fn name(column: usize, what: &str) -> String {
    format!("column.{column}.{what}")
}

/// Takes a model apart.
pub(super) fn take_apart(model: &Copula) -> Parts {
    let mut parts = Parts::default();
    let packed: Vec<f64> = model.factor.iter().flatten().copied().collect();
    parts
        .tensors
        .insert("factor".to_owned(), Tensor::F64(vec![packed.len()], packed));
    let columns = model
        .columns
        .iter()
        .enumerate()
        .map(|(i, column)| {
            let mut put = |what: &str, tensor: Tensor| {
                parts.tensors.insert(name(i, what), tensor);
            };
            let mut put_cuts = |cuts: &Cuts| {
                let cuts = cuts.points().to_vec();
                put("cuts", Tensor::F64(vec![cuts.len()], cuts));
            };
            let (marginal, values) = match &column.marginal {
                Marginal::Empty => (Kind::Empty {}, None),
                Marginal::Levels {
                    cuts,
                    order,
                    levels,
                } => {
                    put_cuts(cuts);
                    let order = order.iter().map(|&o| i64::from(o)).collect();
                    let levels = levels.to_vec();
                    (Kind::Levels { levels }, Some(Values::Whole(order)))
                }
                Marginal::Steps { cuts, values } => {
                    put_cuts(cuts);
                    (Kind::Steps {}, Some(values.clone()))
                }
                Marginal::Ramp {
                    knots,
                    values,
                    unit,
                    decimals,
                } => {
                    put_cuts(knots);
                    let (unit, decimals) = (*unit, *decimals);
                    (Kind::Ramp { unit, decimals }, Some(values.clone()))
                }
                Marginal::Curve {
                    knots,
                    values,
                    grid,
                } => {
                    put_cuts(knots);
                    (
                        Kind::Curve { grid: *grid },
                        Some(Values::Real(values.clone())),
                    )
                }
            };
            match values {
                None => {}
                Some(Values::Real(v)) => put("values", Tensor::F64(vec![v.len()], v)),
                Some(Values::Whole(v)) => put("values", Tensor::I64(vec![v.len()], v)),
            }
            Stored {
                marginal,
                latent: column.latent,
                gaps: match column.gaps {
                    Gaps::None => None,
                    Gaps::Above { latent, cut } => Some((latent, cut)),
                },
            }
        })
        .collect();
    let head = Head {
        latents: model.factor.len(),
        columns,
    };
    parts.head = serde_json::to_value(head).unwrap_or_default();
    parts
}

/// Rebuilds a model; everything that sampling relies on is checked here.
///
/// # Errors
/// `model/damaged` when the parts do not fit together or `schema`.
pub(crate) fn from_parts(schema: &Schema, mut parts: Parts) -> Result<Box<dyn Model>> {
    let head: Head = serde_json::from_value(parts.head.take()).map_err(|_| damaged())?;
    let storages = schema
        .columns
        .iter()
        .filter(|c| c.kind.is_modelled())
        .map(|c| c.kind.storage());
    if storages.clone().count() != head.columns.len() {
        return Err(damaged());
    }
    let factor = unpack(&mut parts, head.latents).ok_or_else(damaged)?;
    let columns = storages
        .zip(head.columns)
        .enumerate()
        .map(|(i, (storage, stored))| {
            column(&mut parts, i, storage, stored, head.latents).ok_or_else(damaged)
        })
        .collect::<Result<_>>()?;
    Ok(Box::new(Copula { columns, factor }))
}

/// The rows of the factor; `None` when they are not `d` of them.
fn unpack(parts: &mut Parts, d: usize) -> Option<Vec<Vec<f64>>> {
    let Tensor::F64(_, packed) = parts.tensors.remove("factor")? else {
        return None;
    };
    let size = d.checked_add(1)?.checked_mul(d)? / 2;
    if packed.len() != size || packed.iter().any(|x| !x.is_finite()) {
        return None;
    }
    let mut rest = &packed[..];
    Some(
        (1..=d)
            .map(|n| {
                let (row, after) = rest.split_at(n);
                rest = after;
                row.to_vec()
            })
            .collect(),
    )
}

fn column(
    parts: &mut Parts,
    i: usize,
    storage: Storage,
    stored: Stored,
    latents: usize,
) -> Option<ColumnModel> {
    let empty = matches!(stored.marginal, Kind::Empty {});
    let marginal = if empty {
        Marginal::Empty
    } else {
        table(parts, i, storage, stored.marginal)?
    };
    if stored.latent.is_some_and(|l| l >= latents) {
        return None;
    }
    let gaps = match stored.gaps {
        None => Gaps::None,
        Some((latent, cut)) if latent < latents && cut.is_finite() => Gaps::Above { latent, cut },
        Some(_) => return None,
    };
    Some(ColumnModel {
        storage,
        marginal,
        latent: stored.latent,
        gaps,
    })
}

fn table(parts: &mut Parts, i: usize, storage: Storage, kind: Kind) -> Option<Marginal> {
    let cuts = match parts.tensors.remove(&name(i, "cuts"))? {
        Tensor::F64(_, v) if v.iter().all(|x| x.is_finite()) && v.is_sorted() => v,
        _ => return None,
    };
    let values = match parts.tensors.remove(&name(i, "values"))? {
        Tensor::F64(_, v) => Values::Real(v),
        Tensor::I64(_, v) => Values::Whole(v),
        Tensor::F32(..) => return None,
    };
    let (count, sorted) = match &values {
        Values::Real(v) => (v.len(), v.is_sorted()),
        Values::Whole(v) => (v.len(), v.is_sorted()),
    };
    let fits = match (&values, storage) {
        (Values::Real(v), _) if matches!(kind, Kind::Curve { .. }) => {
            v.iter().all(|x| x.is_finite())
        }
        (Values::Real(v), Storage::Numbers) => v.iter().all(|x| x.is_finite()),
        (Values::Whole(_), Storage::Integers | Storage::Instants | Storage::Levels) => true,
        _ => false,
    };
    if !fits {
        return None;
    }
    let steps = count == cuts.len() + 1;
    match (kind, values) {
        (Kind::Levels { levels }, Values::Whole(v)) if storage == Storage::Levels && steps => {
            let order: Vec<u32> = v
                .into_iter()
                .map(|o| {
                    u32::try_from(o)
                        .ok()
                        .filter(|&o| (o as usize) < levels.len())
                })
                .collect::<Option<_>>()?;
            Some(Marginal::Levels {
                cuts: Cuts::new(cuts),
                order,
                levels: Arc::from(levels),
            })
        }
        (Kind::Steps {}, values) if storage != Storage::Levels && steps => Some(Marginal::Steps {
            cuts: Cuts::new(cuts),
            values,
        }),
        (Kind::Ramp { unit, decimals }, values)
            if storage != Storage::Levels
                && sorted
                && count == cuts.len()
                && count > 0
                && unit > 0 =>
        {
            Some(Marginal::Ramp {
                knots: Cuts::new(cuts),
                values,
                unit,
                decimals,
            })
        }
        (Kind::Curve { grid }, Values::Real(values))
            if grid.storage() == storage && sorted && count == cuts.len() && count > 0 =>
        {
            Some(Marginal::Curve {
                knots: Cuts::new(cuts),
                values,
                grid,
            })
        }
        _ => None,
    }
}

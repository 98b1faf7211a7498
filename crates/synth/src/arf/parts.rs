//! The forest as parts of a model file.

use serde::{Deserialize, Serialize};

use super::model::{Arf, ColumnShares, Density};
use super::params::Params;
use crate::encode::Encoder;
use crate::parts::{Parts, damaged};
use crate::trees::{self, Bins, Shares};
use crate::{Model, Result};

/// Trees at most, as the parameter table says.
const MOST_TREES: usize = 200;

/// The forest's part of the manifest.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Head {
    /// Bins of the numeric slot of each column, 0 without one.
    bins: Vec<usize>,
    trees: usize,
}

/// The parts of a model.
pub fn take_apart(model: &Arf) -> Parts {
    let mut parts = Parts::default();
    let encoder = model.encoder.store(&mut parts);
    for (i, tree) in model.trees.iter().enumerate() {
        for (what, tensor) in trees::store_shape(&tree.shape) {
            parts.tensors.insert(format!("tree.{i}.{what}"), tensor);
        }
        let mut shares = |name: String, shares: &Shares| {
            for (what, tensor) in trees::store_shares(shares) {
                parts.tensors.insert(format!("{name}.{what}"), tensor);
            }
        };
        shares(format!("tree.{i}.rows"), &tree.rows);
        for (column, own) in tree.columns.iter().enumerate() {
            for (slot, of) in [("code", &own.code), ("number", &own.number)] {
                if let Some(of) = of {
                    shares(format!("tree.{i}.{slot}.{column}"), of);
                }
            }
        }
    }
    let head = Head {
        bins: model.bins.iter().map(|b| b.numbers).collect(),
        trees: model.trees.len(),
    };
    parts.head = serde_json::json!({ "encoder": encoder, "model": head });
    parts
}

/// Rebuilds a model from its parts.
///
/// # Errors
/// `model/damaged` when they do not fit together.
pub(crate) fn from_parts(p: &Params, mut parts: Parts) -> Result<Box<dyn Model>> {
    let mut part = |name: &str| {
        (parts.head.get_mut(name))
            .map(serde_json::Value::take)
            .ok_or_else(damaged)
    };
    let (encoder, head) = (part("encoder")?, part("model")?);
    let head: Head = serde_json::from_value(head).map_err(|_| damaged())?;
    let encoder = Encoder::restore(encoder, &mut parts)?;
    let bins = trees::bins(&encoder, &head.bins).ok_or_else(damaged)?;
    if !(1..=MOST_TREES).contains(&head.trees) {
        return Err(damaged());
    }
    let shapes: Vec<usize> = (bins.iter())
        .flat_map(|own| own.shapes().map(|(bins, _)| bins))
        .collect();
    let forest = (0..head.trees)
        .map(|i| tree(&mut parts, i, &bins, &shapes).ok_or_else(damaged))
        .collect::<Result<_>>()?;
    Ok(Box::new(Arf::new(p, encoder, bins, forest)))
}

fn tree(parts: &mut Parts, i: usize, bins: &[Bins], shapes: &[usize]) -> Option<Density> {
    let mut take = |name: String| parts.tensors.remove(&name);
    let shape = trees::restore_shape(|what| take(format!("tree.{i}.{what}")), shapes)?;
    let leaves = shape.leaves();
    let mut shares = |name: String, classes: usize| {
        let take = |what: &str| take(format!("tree.{i}.{name}.{what}"));
        trees::restore_shares(take, classes, leaves)
    };
    let rows = shares("rows".to_owned(), 1)?;
    // Each leaf has rows.
    let full = rows.starts.windows(2).all(|w| w[0] < w[1]);
    full.then_some(())?;
    let columns = (bins.iter().enumerate())
        .map(|(column, own)| {
            let mut slot = |slot: &str, classes: usize| match classes {
                0 => Some(None),
                _ => shares(format!("{slot}.{column}"), classes).map(Some),
            };
            Some(ColumnShares {
                code: slot("code", own.codes.max(1) - 1)?,
                number: slot("number", own.numbers)?,
            })
        })
        .collect::<Option<_>>()?;
    Some(Density {
        shape,
        rows,
        columns,
    })
}

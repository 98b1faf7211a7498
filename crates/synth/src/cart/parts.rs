//! The trees as parts of a model file.

use serde::{Deserialize, Serialize};

use super::model::Cart;
use super::params::Params;
use crate::encode::Encoder;
use crate::parts::{Parts, damaged};
use crate::trees::{self, ColumnTrees};
use crate::{Model, Result};

/// The trees' part of the manifest.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Head {
    /// Bins of the numeric slot of each column, 0 without one.
    bins: Vec<usize>,
    columns: Vec<Stored>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Stored {
    column: usize,
    code: bool,
    number: bool,
}

/// The parts of a model.
pub fn take_apart(model: &Cart) -> Parts {
    let mut parts = Parts::default();
    let encoder = model.encoder.store(&mut parts);
    for trees in &model.columns {
        trees.store(&mut parts);
    }
    let head = Head {
        bins: model.bins.iter().map(|b| b.numbers).collect(),
        columns: (model.columns.iter())
            .map(|t| Stored {
                column: t.column,
                code: t.code.is_some(),
                number: t.number.is_some(),
            })
            .collect(),
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
    let mut seen = vec![false; encoder.columns.len()];
    let (mut shapes, mut columns) = (Vec::<usize>::new(), Vec::new());
    for stored in &head.columns {
        let at = stored.column;
        if seen.get(at) != Some(&false) {
            return Err(damaged());
        }
        seen[at] = true;
        let own = bins[at];
        if stored.code != (own.codes > 1) || stored.number != (own.numbers > 0) {
            return Err(damaged());
        }
        columns.push(ColumnTrees::restore(&mut parts, at, own, &shapes).ok_or_else(damaged)?);
        shapes.extend(own.shapes().map(|(bins, _)| bins));
    }
    if seen.contains(&false) {
        return Err(damaged());
    }
    Ok(Box::new(Cart::new(p, encoder, bins, columns)))
}

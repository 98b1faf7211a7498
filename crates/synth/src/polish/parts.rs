//! The sweeps beside the parts of the model that they belong to: tensors under a prefix, and a member of
//! the manifest.

use serde::{Deserialize, Serialize};

use super::{MOST, Polished, Sweeps};
use crate::encode::Encoder;
use crate::parts::{Parts, damaged};
use crate::trees::{self, ColumnTrees};
use crate::{Model, Result};

/// The member of the manifest, and with a dot the prefix of the tensors.
const NAME: &str = "polish";

/// The sweeps' part of the manifest.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Head {
    encoder: serde_json::Value,
    /// Bins of the numeric slot of each column, 0 without one.
    bins: Vec<usize>,
    times: u32,
}

impl Sweeps {
    /// Adds the sweeps to the parts of their model.
    pub(super) fn store(&self, parts: &mut Parts) {
        let mut own = Parts::default();
        let head = Head {
            encoder: self.encoder.store(&mut own),
            bins: self.bins.iter().map(|b| b.numbers).collect(),
            times: self.times,
        };
        for trees in &self.columns {
            trees.store(&mut own);
        }
        if let (Some(map), Ok(head)) = (parts.head.as_object_mut(), serde_json::to_value(head)) {
            map.insert(NAME.to_owned(), head);
        }
        for (name, tensor) in own.tensors {
            parts.tensors.insert(format!("{NAME}.{name}"), tensor);
        }
    }

    fn restore(head: serde_json::Value, mut own: Parts) -> Result<Sweeps> {
        let head: Head = serde_json::from_value(head).map_err(|_| damaged())?;
        if !(1..=MOST).contains(&head.times) {
            return Err(damaged());
        }
        let encoder = Encoder::restore(head.encoder, &mut own)?;
        let bins = trees::bins(&encoder, &head.bins).ok_or_else(damaged)?;
        let columns = (0..bins.len())
            .map(|at| {
                let shapes: Vec<usize> = (bins.iter().enumerate())
                    .filter(|(other, _)| *other != at)
                    .flat_map(|(_, own)| own.shapes().map(|(bins, _)| bins))
                    .collect();
                ColumnTrees::restore(&mut own, at, bins[at], &shapes).ok_or_else(damaged)
            })
            .collect::<Result<_>>()?;
        Ok(Sweeps {
            encoder,
            bins,
            columns,
            times: head.times,
        })
    }
}

/// Rebuilds a model with its sweeps, where it has some; `base` rebuilds the model proper.
///
/// # Errors
/// Those of `base`; `model/damaged` when the sweeps do not fit together.
pub(crate) fn restore(
    mut parts: Parts,
    base: impl FnOnce(Parts) -> Result<Box<dyn Model>>,
) -> Result<Box<dyn Model>> {
    let head = parts.head.as_object_mut().and_then(|map| map.remove(NAME));
    let Some(head) = head else {
        return base(parts);
    };
    let mut own = Parts::default();
    let prefix = format!("{NAME}.");
    let all = std::mem::take(&mut parts.tensors);
    for (name, tensor) in all {
        match name.strip_prefix(&prefix) {
            Some(name) => own.tensors.insert(name.to_owned(), tensor),
            None => parts.tensors.insert(name, tensor),
        };
    }
    let sweeps = Sweeps::restore(head, own)?;
    Ok(Box::new(Polished {
        base: base(parts)?,
        sweeps,
    }))
}

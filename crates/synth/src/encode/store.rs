//! Encoders in a model file: small facts into the manifest, quantile tables into tensors.

use serde::{Deserialize, Serialize};

use super::{Category, ColumnEncoder, Encoder, Grid, Quantile};
use crate::Result;
use crate::parts::{Parts, Tensor, damaged};

#[derive(Serialize, Deserialize)]
#[serde(tag = "encoder", rename_all = "snake_case")]
enum Stored {
    Category(Category),
    Discrete {
        values: Vec<f64>,
        missing: bool,
        grid: Grid,
    },
    Continuous {
        spikes: Vec<f64>,
        missing: bool,
        grid: Grid,
        ranks: String,
        values: String,
    },
}

#[derive(Serialize, Deserialize)]
struct Head {
    columns: Vec<Stored>,
    target: Option<usize>,
}

impl Encoder {
    /// Adds the encoder to the parts of a model; returns what belongs into the manifest.
    pub fn store(&self, parts: &mut Parts) -> serde_json::Value {
        let columns = self
            .columns
            .iter()
            .enumerate()
            .map(|(i, column)| match column {
                ColumnEncoder::Category(c) => Stored::Category(c.clone()),
                ColumnEncoder::Discrete {
                    values,
                    missing,
                    grid,
                } => Stored::Discrete {
                    values: values.clone(),
                    missing: *missing,
                    grid: *grid,
                },
                ColumnEncoder::Continuous {
                    quantile,
                    spikes,
                    missing,
                    grid,
                } => {
                    let (ranks, values) = (format!("ranks.{i}"), format!("values.{i}"));
                    let n = vec![quantile.ranks.len()];
                    parts.tensors.insert(
                        ranks.clone(),
                        Tensor::F64(n.clone(), quantile.ranks.clone()),
                    );
                    parts
                        .tensors
                        .insert(values.clone(), Tensor::F64(n, quantile.values.clone()));
                    Stored::Continuous {
                        spikes: spikes.clone(),
                        missing: *missing,
                        grid: *grid,
                        ranks,
                        values,
                    }
                }
            })
            .collect();
        let target = self
            .target
            .and_then(|slot| self.code_slot.iter().position(|s| *s == Some(slot)));
        serde_json::to_value(Head { columns, target }).unwrap_or_default()
    }

    /// The parts of a model with this encoder and vectors of 32-bit floats.
    pub(crate) fn parts<const N: usize>(&self, vectors: [(&str, &[f32]); N]) -> Parts {
        let mut parts = Parts::default();
        let stored = self.store(&mut parts);
        for (name, values) in vectors {
            let tensor = Tensor::F32(vec![values.len()], values.to_vec());
            parts.tensors.insert(name.to_owned(), tensor);
        }
        parts.head = serde_json::json!({ "encoder": stored });
        parts
    }

    /// Takes the encoder out of the [`parts`](Encoder::parts) of a model.
    ///
    /// # Errors
    /// `model/damaged` when there is none, or it does not fit its tensors.
    pub(crate) fn take(parts: &mut Parts) -> Result<Encoder> {
        let stored = (parts.head.get_mut("encoder")).map(serde_json::Value::take);
        Encoder::restore(stored.ok_or_else(damaged)?, parts)
    }

    /// Rebuilds an encoder from the parts of a model.
    ///
    /// # Errors
    /// `model/damaged` when the parts do not fit together.
    pub fn restore(head: serde_json::Value, parts: &mut Parts) -> Result<Encoder> {
        let head: Head = serde_json::from_value(head).map_err(|_| damaged())?;
        let mut take = |name: &str| match parts.tensors.remove(name) {
            Some(Tensor::F64(_, v))
                if v.iter().all(|x| x.is_finite()) && v.windows(2).all(|w| w[0] <= w[1]) =>
            {
                Ok(v)
            }
            _ => Err(damaged()),
        };
        let columns = head
            .columns
            .into_iter()
            .map(|stored| {
                Ok(match stored {
                    Stored::Category(c) => {
                        let fits = c.codes.len() == c.levels.len()
                            && c.rare.iter().all(|r| (r.0 as usize) < c.levels.len())
                            && c.used as usize <= c.levels.len()
                            && (c.rare.is_empty() || c.used > 0);
                        if !fits {
                            return Err(damaged());
                        }
                        ColumnEncoder::Category(c)
                    }
                    Stored::Discrete {
                        values,
                        missing,
                        grid,
                    } => ColumnEncoder::Discrete {
                        values,
                        missing,
                        grid,
                    },
                    Stored::Continuous {
                        spikes,
                        missing,
                        grid,
                        ranks,
                        values,
                    } => {
                        let quantile = Quantile {
                            ranks: take(&ranks)?,
                            values: take(&values)?,
                        };
                        if quantile.ranks.len() != quantile.values.len() || quantile.ranks.len() < 2
                        {
                            return Err(damaged());
                        }
                        ColumnEncoder::Continuous {
                            quantile,
                            spikes,
                            missing,
                            grid,
                        }
                    }
                })
            })
            .collect::<Result<Vec<_>>>()?;
        if head.target.is_some_and(|t| t >= columns.len()) {
            return Err(damaged());
        }
        Ok(Encoder::new(columns, head.target))
    }
}

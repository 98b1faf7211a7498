//! What a model file says of a fitted model besides its weights.

use serde::{Deserialize, Serialize};
use serde_json::Value;
use verdancy_relations::Form;
use verdancy_table::{Protection, Schema, fill::Filler};

use super::Config;
use crate::folder::Weights;
use crate::{Progress, Stop, Subjects};

/// Everything in `manifest.json` but the seal.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Manifest {
    pub(crate) format: u64,
    pub(crate) verdancy: String,
    pub(crate) config: Config,
    pub(crate) schema: Schema,
    #[serde(default = "unprotected")]
    pub(crate) protect: Protection,
    pub(crate) fill: Filler,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) people: Option<Subjects>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) relations: Option<Form>,
    pub(crate) stop: Stop,
    pub(crate) weights: Weights,
    pub(crate) history: Vec<Progress>,
    pub(crate) head: Value,
}

fn unprotected() -> Protection {
    Protection::OFF
}

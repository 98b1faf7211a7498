//! What was found in tables lately, so that the same question does not make a child read the same table again.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};

use verdancy_engine::{Inspection, Options};

/// Findings that are kept, and bytes of one at most.
const KEPT: usize = 64;
const LARGEST: usize = 256 << 10;

/// The findings, the latest first.
#[derive(Debug, Default)]
pub(crate) struct Readings(Mutex<VecDeque<(blake3::Hash, Arc<Inspection>)>>);

/// What was asked: the content, under which schema, for which plan.
pub(crate) fn question(
    hash: &str,
    label: &str,
    schema: Option<&str>,
    plan: &Options,
) -> blake3::Hash {
    let plan = serde_json::to_string(plan).unwrap_or_default();
    let parts = [Some(hash), Some(label), schema, Some(&plan)];
    // As JSON, so that no part runs into the next.
    blake3::hash(serde_json::to_string(&parts).unwrap_or_default().as_bytes())
}

impl Readings {
    /// The finding, if it was made lately.
    pub fn find(&self, question: blake3::Hash) -> Option<Inspection> {
        let kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let found = kept.iter().find(|(asked, _)| *asked == question)?;
        Some(found.1.as_ref().clone())
    }

    /// Forgets all findings.
    pub fn forget(&self) {
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clear();
    }

    /// Keeps a finding, unless it is large.
    pub fn keep(&self, question: blake3::Hash, found: &Inspection) {
        if serde_json::to_string(found).is_ok_and(|text| text.len() <= LARGEST) {
            let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            kept.truncate(KEPT - 1);
            kept.push_front((question, Arc::new(found.clone())));
        }
    }
}

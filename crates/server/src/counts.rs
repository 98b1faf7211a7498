//! What this process counts.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};

use axum::http::StatusCode;

/// What this process has counted since its start.
#[derive(Debug, Default)]
pub(crate) struct Counts {
    /// Answers by the hundreds of their status.
    pub answers: [AtomicU64; 6],
    /// Answers that were errors, by code.
    pub errors: Mutex<BTreeMap<String, u64>>,
    /// Uploads that arrived whole.
    pub uploads: AtomicU64,
    /// Bytes of all uploads.
    pub upload_bytes: AtomicU64,
    /// Bytes of files sent.
    pub sent_bytes: AtomicU64,
}

impl Counts {
    /// An answer.
    pub fn answered(&self, status: StatusCode, code: Option<&str>) {
        if let Some(count) = self.answers.get(usize::from(status.as_u16() / 100)) {
            count.fetch_add(1, Ordering::Relaxed);
        }
        if let Some(code) = code {
            let mut errors = self.errors.lock().unwrap_or_else(PoisonError::into_inner);
            *errors.entry(code.to_owned()).or_default() += 1;
        }
    }
}

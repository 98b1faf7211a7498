//! What to try after a run that is not green: one change, with the form that makes it.

use serde_json::{Value, json};
use verdancy_metrics::Status;

use crate::api::view::Run;
use crate::order::{MethodName, ModeName};

/// Attempts that are suggested.
const ATTEMPTS: u32 = 6;

/// The change that is most likely to help `run`; none when it is green or has no verdict.
pub(super) fn of(run: &Run) -> Option<Value> {
    let verdict = run.result.as_ref()?.verdict;
    if !matches!(verdict, Status::Red | Status::Inconclusive) {
        return None;
    }
    let asked = &run.run;
    let one = asked.method.is_some_and(|m| m != MethodName::Auto);
    let (words, query, button) = if one {
        (
            "Let all methods compete; another may suit this table better.",
            "method=auto",
            "Try all methods",
        )
    } else if asked.time_limit.is_some() {
        (
            "Lift the time limit; the search may have ended too early.",
            "time_limit=",
            "Run without a time limit",
        )
    } else if asked.mode != Some(ModeName::Quality) {
        (
            "Train longer, as long as it helps.",
            "mode=quality",
            "Try quality mode",
        )
    } else if asked.attempts.unwrap_or(3) < ATTEMPTS {
        ("Allow more attempts.", "attempts=6", "Allow 6 attempts")
    } else {
        (
            "More rows help most. With these, check the column types, or judge by the wider limits of the research profile.",
            "profile=research",
            "Use the research profile",
        )
    };
    Some(json!({ "words": words, "query": query, "button": button }))
}

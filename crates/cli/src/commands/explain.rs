//! `verdancy explain`: of a run, what was tried and why; of a comparison (`evaluate -o`), its gates.

use std::path::Path;

use verdancy_engine::{Error, Result, RunRecord};
use verdancy_metrics::{Judgement, Status};

use crate::args::Explain;
use crate::outcome::{self, GREEN, NOT_GREEN};
use crate::paint::Paint;
use crate::{gates, story};

pub fn run(args: &Explain) -> Result<u8> {
    let paint = Paint::stdout();
    if let Some(judgement) = compared(&args.run)? {
        outcome::show(&judged(&judgement, paint));
        let green = judgement.verdict() == Status::Green;
        return Ok(if green { GREEN } else { NOT_GREEN });
    }
    let record = RunRecord::load(&args.run)?;
    let text = story::told(&record, paint) + &judged(&record.judgement, paint);
    outcome::show(&text);
    Ok(if record.is_green() { GREEN } else { NOT_GREEN })
}

/// The gates and the worst columns.
fn judged(judgement: &Judgement, paint: Paint) -> String {
    gates::table(judgement, paint) + &gates::worst(judgement, paint)
}

/// What `evaluate` found: `path`, or the report in that folder where it holds no run. `None` for anything else.
fn compared(path: &Path) -> Result<Option<Judgement>> {
    let file = if path.is_dir() && !path.join("run.json").exists() {
        path.join("report.json")
    } else {
        path.to_path_buf()
    };
    if file.file_name().is_none_or(|name| name != "report.json") {
        return Ok(None);
    }
    let Ok(text) = std::fs::read_to_string(&file) else {
        return Ok(None);
    };
    let judgement = serde_json::from_str(&text).and_then(|mut report: serde_json::Value| {
        serde_json::from_value(report["judgement"].take())
    });
    judgement.map(Some).map_err(|e| {
        Error::input(
            "cli/report-format",
            format!("{} is not a report by this version.", file.display()),
            "Give the folder that `verdancy evaluate -o` or `verdancy synth` wrote.",
        )
        .caused_by(e)
    })
}

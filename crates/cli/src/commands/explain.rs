//! `verdancy explain`

use verdancy_engine::{Result, RunRecord};

use crate::args::Explain;
use crate::paint::Paint;
use crate::{GREEN, NOT_GREEN, gates, outcome, story};

pub fn run(args: &Explain) -> Result<u8> {
    let record = RunRecord::load(&args.run)?;
    let paint = Paint::stdout();
    let mut text = story::told(&record, paint);
    text += &gates::table(&record.judgement, paint);
    text += &gates::worst(&record.judgement, paint);
    outcome::print(&text);
    Ok(if record.is_green() { GREEN } else { NOT_GREEN })
}

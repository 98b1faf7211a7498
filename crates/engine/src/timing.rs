//! How long judging takes, known before it begins, and what a time limit leaves for the rest of a run.
//!
//! The operations of a judgement are counted ([`verdancy_metrics::Size`]); a short judgement of a few
//! rows gives this machine's pace, and every judgement of the run corrects it. A run under a time limit
//! keeps back what the verdict takes, since a table without a verdict is not what was asked for.

use std::time::Duration;

use verdancy_metrics::{Judge, Profile, Real, Size};
use verdancy_table::{Schema, Table};

use crate::journal::Journal;
use crate::{Plan, Result, draw};

/// Rows and columns of the judgement that is timed.
const PROBE_ROWS: usize = 120;
const PROBE_COLUMNS: usize = 6;
/// Fewest rows that one is worth it for; fewer are judged in no time.
const LEAST_ROWS: usize = 30;

/// Seconds that judging takes.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Judging {
    /// Seconds of one counted operation.
    pace: f64,
    /// Operations of judging one answer on validation rows.
    choice: f64,
    /// Operations of the verdict.
    verdict: f64,
}

impl Judging {
    /// Counts the judgements of a run that draws `rows` rows, and times a small one.
    ///
    /// # Errors
    /// As [`Judge::judge`].
    pub fn foresee(
        train: &Table,
        validation: usize,
        test: usize,
        rows: u64,
        plan: &Plan,
        journal: &Journal<'_>,
    ) -> Result<Judging> {
        let judged = draw::judged_rows(rows, train.rows()) as usize;
        Ok(Judging {
            pace: pace(train, plan, journal)?,
            choice: Size::of(train, validation, judged).operations(),
            verdict: Size::of(train, test, judged).operations(),
        })
    }

    /// Seconds of judging one answer on validation rows.
    pub fn choice(&self) -> f64 {
        self.pace * self.choice
    }

    /// Seconds of the verdict.
    pub fn verdict(&self) -> f64 {
        self.pace * self.verdict
    }

    /// Operations of judging one answer: the same on every machine.
    pub fn operations(&self) -> f64 {
        self.choice
    }

    /// Corrects the pace by the `seconds` that judging an answer took.
    pub fn took(&mut self, seconds: f64) {
        if seconds > 0.0 && self.choice > 0.0 {
            self.pace = seconds / self.choice;
        }
    }
}

/// Seconds left of the user's time limit.
pub(crate) fn left(plan: &Plan, journal: &Journal<'_>) -> Option<f64> {
    plan.time_limit
        .map(|limit| (limit.as_secs_f64() - journal.elapsed()).max(0.0))
}

/// When a training has to end, so that `after` seconds of the time limit are left; it has a tenth of
/// what is left in any case.
pub(crate) fn deadline(
    plan: &Plan,
    after: f64,
    share: f64,
    journal: &Journal<'_>,
) -> Option<Duration> {
    let left = left(plan, journal)?;
    let training = ((left - after) * share).max(left * 0.1);
    Some((journal.clock)() + Duration::from_secs_f64(training))
}

/// Seconds of one counted operation on this machine.
fn pace(train: &Table, plan: &Plan, journal: &Journal<'_>) -> Result<f64> {
    let schema = train.schema();
    let columns: Vec<usize> = (0..schema.columns.len())
        .filter(|&i| schema.columns[i].kind.is_modelled())
        .take(PROBE_COLUMNS)
        .collect();
    let rows = train.rows().min(PROBE_ROWS);
    if columns.is_empty() || rows < LEAST_ROWS {
        return Ok(0.0);
    }
    let specs = columns.iter().map(|&i| schema.columns[i].clone()).collect();
    let few = train.slice(0..rows);
    let cells = columns.iter().map(|&i| few.column(i).clone()).collect();
    let few = Table::new(std::sync::Arc::new(Schema::of(specs)), cells)?;
    let third = rows / 3;
    let [train, test, synthetic] = [0, 1, 2].map(|k| few.slice(k * third..(k + 1) * third));
    let from = (journal.clock)();
    let real = Real {
        train: &train,
        test: &test,
        validation: None,
        unseen: true,
    };
    let judge = Judge::new(real, &Profile::load("standard")?, plan.seed)?;
    if judge.judge(&synthetic).is_err() {
        // The run itself will say what is wrong with the table.
        return Ok(0.0);
    }
    let seconds = ((journal.clock)() - from).as_secs_f64();
    Ok(seconds / Size::of(&train, test.rows(), synthetic.rows()).operations())
}

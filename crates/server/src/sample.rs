//! More rows of a finished run: what is asked for, checked when it is asked for, kept as the payload of a job
//! that belongs to the run, and turned into a child's task.
//!
//! Conditions can name values. What is asked for and why it was refused therefore lie in the database as a
//! table's columns do: sealed where contents are.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use utoipa::ToSchema;
use verdancy_engine::Wanted;
use verdancy_jobs::{Error, Ring};

use crate::app::App;
use crate::order::{SEED, whole};
use crate::problem::{Problem, ProblemBody};

/// The kind of job that it is.
pub(crate) const KIND: &str = "sample";
/// The name of its file, before the ending.
const FILE: &str = "sample";
/// Characters of a condition, and of a column with shares, at most.
const CONDITION: usize = 4000;
/// Rows of given cells that a request may bring.
const ROWS: usize = 10_000;

/// Rows to be drawn from the model of a finished run. One at most of `where`, `given` and `balance` is said.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewSample {
    /// How many; with `given`, one is drawn for each given row, and this may be left out.
    #[serde(
        default,
        deserialize_with = "whole",
        skip_serializing_if = "Option::is_none"
    )]
    #[schema(minimum = 1, maximum = 100000000)]
    pub rows: Option<u64>,
    /// The same seed draws the same rows; without it, the service chooses one and tells it.
    #[serde(
        default,
        deserialize_with = "whole",
        skip_serializing_if = "Option::is_none"
    )]
    #[schema(minimum = 0, maximum = 9007199254740991_u64)]
    pub seed: Option<u64>,
    /// A condition that each row meets, as in SQL: `age > 60 and sex = 'F'`.
    #[serde(rename = "where", default, skip_serializing_if = "Option::is_none")]
    #[schema(min_length = 1, max_length = 4000)]
    pub condition: Option<String>,
    /// Rows of which some cells are known; for keys that may see rows of real tables.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub given: Option<Given>,
    /// A category whose levels come in the shares asked for: `outcome` (equal shares), `outcome=yes:0.3/no:0.7`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(min_length = 1, max_length = 4000)]
    pub balance: Option<String>,
    /// The file's format; without it, CSV.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub format: Option<FormatName>,
}

/// Given cells: a dataset of the run's project, or rows in the request itself.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, rename_all = "snake_case")]
pub enum Given {
    /// The dataset's id.
    Dataset(String),
    /// Rows, each with values by column; a column that is left out or null is drawn.
    #[schema(value_type = Vec<Object>)]
    Rows(Vec<Map<String, Value>>),
}

/// A file format.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs)]
pub enum FormatName {
    #[default]
    Csv,
    Parquet,
    Arrow,
    Ndjson,
}

impl FormatName {
    fn ending(self) -> &'static str {
        match self {
            FormatName::Csv => "csv",
            FormatName::Parquet => "parquet",
            FormatName::Arrow => "arrow",
            FormatName::Ndjson => "ndjson",
        }
    }
}

/// What was asked for, with the seed that is used.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Asked {
    /// Rows; none for one per given row.
    pub rows: Option<u64>,
    /// The seed.
    pub seed: u64,
    /// The condition.
    #[serde(rename = "where", default, skip_serializing_if = "Option::is_none")]
    pub condition: Option<String>,
    /// Where given cells came from: the dataset's id, or `rows` for the request itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub given: Option<String>,
    /// The category and its shares.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub balance: Option<String>,
    /// The file's format.
    #[serde(default)]
    pub format: FormatName,
}

/// A file of the store, and how a child is to find it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Lent {
    pub name: String,
    pub hash: String,
}

/// The payload of a job.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Order {
    /// The run whose model draws.
    pub run: String,
    /// [`Asked`] as JSON, sealed where contents are.
    pub asked: String,
    /// The files of the model.
    pub model: Vec<Lent>,
    /// The table of given cells.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub given: Option<Lent>,
    /// The dataset that it is, where it is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub dataset: Option<String>,
}

/// What is wrong with one: the field, what it is, and what to do.
pub(crate) struct Fault {
    pub field: &'static str,
    what: &'static str,
    remedy: &'static str,
}

impl From<Fault> for Problem {
    fn from(fault: Fault) -> Problem {
        Problem::bad("server/bad-sample", fault.what, fault.remedy)
    }
}

impl NewSample {
    /// What is wrong with it, whatever the model.
    pub(crate) fn fault(&self, most_rows: u64) -> Option<Fault> {
        let bad = |field, what, remedy| {
            Some(Fault {
                field,
                what,
                remedy,
            })
        };
        let said = [
            self.condition.is_some(),
            self.given.is_some(),
            self.balance.is_some(),
        ];
        if said.iter().filter(|said| **said).count() > 1 {
            return bad(
                "where",
                "More than one of a condition, given rows and shares of classes is asked for.",
                "Ask for one of them; a condition can name several columns.",
            );
        }
        for (field, text) in [("where", &self.condition), ("balance", &self.balance)] {
            if (text.as_ref()).is_some_and(|text| text.chars().count() > CONDITION) {
                return bad(
                    field,
                    "What rows are to be like takes more than 4,000 characters.",
                    "Write it shorter.",
                );
            }
        }
        match (self.rows, &self.given) {
            (None, None) => {
                return bad(
                    "rows",
                    "No number of rows is asked for.",
                    "Say how many rows.",
                );
            }
            (Some(n), _) if n == 0 || n > most_rows => {
                return bad(
                    "rows",
                    "The number of rows is out of range.",
                    "Ask for fewer rows, at least one.",
                );
            }
            _ => {}
        }
        if self.seed.is_some_and(|n| n > SEED) {
            return bad(
                "seed",
                "The seed is out of range.",
                "Use a whole number up to 2^53 - 1.",
            );
        }
        match &self.given {
            Some(Given::Rows(rows)) if rows.is_empty() || rows.len() > ROWS => bad(
                "given",
                "The number of given rows is out of range.",
                "Give 1 to 10,000 rows, or upload them as a dataset and name that.",
            ),
            _ => None,
        }
    }

    /// An error when something is wrong with it, whatever the model.
    pub(crate) fn check(&self, most_rows: u64) -> Result<(), Problem> {
        self.fault(most_rows)
            .map_or(Ok(()), |fault| Err(fault.into()))
    }

    /// The same with the seed that is used, without given cells.
    pub(crate) fn asked(&self) -> Asked {
        // As random as an id, and small enough for JSON's numbers.
        let any = || u64::from(uuid::Uuid::new_v4().as_fields().0);
        Asked {
            rows: self.rows,
            seed: self.seed.unwrap_or_else(any),
            condition: self.condition.clone(),
            given: self.given.as_ref().map(|given| match given {
                Given::Dataset(id) => id.clone(),
                Given::Rows(_) => "rows".to_owned(),
            }),
            balance: self.balance.clone(),
            format: self.format.unwrap_or_default(),
        }
    }
}

/// Given rows as a file: an object a line.
pub(crate) fn lines(rows: &[Map<String, Value>]) -> String {
    (rows.iter())
        .map(|row| Value::Object(row.clone()).to_string() + "\n")
        .collect()
}

impl Asked {
    /// The name of the file that is drawn.
    pub(crate) fn file(&self) -> String {
        format!("{FILE}.{}", self.format.ending())
    }

    /// What a child is told of it.
    pub(crate) fn wanted(&self) -> Wanted {
        match (&self.condition, &self.given, &self.balance) {
            (Some(text), ..) => Wanted::Where(text.clone()),
            (None, Some(_), _) => Wanted::Given,
            (None, None, Some(text)) => Wanted::Balance(text.clone()),
            (None, None, None) => Wanted::Any,
        }
    }
}

impl Order {
    /// What was asked for.
    pub(crate) fn asked(&self, app: &App) -> verdancy_jobs::Result<Asked> {
        let text = app.records.open_text(self.asked.clone())?;
        serde_json::from_str(&text).map_err(|e| Error::Row(e.to_string()))
    }

    /// The files that it needs until it ends.
    pub(crate) fn holds(&self) -> Vec<String> {
        let files = self.model.iter().chain(&self.given);
        files.map(|file| file.hash.clone()).collect()
    }
}

/// Why one ended without rows, from what the queue keeps of it.
pub(crate) fn failure(app: &App, failure: verdancy_jobs::Failure) -> ProblemBody {
    let text = app.records.open_text(failure.message.clone());
    let told: Option<ProblemBody> = text.ok().and_then(|text| serde_json::from_str(&text).ok());
    told.unwrap_or_else(|| ProblemBody {
        code: failure.code,
        message: failure.message,
        remedy: "Ask for the rows again, or for fewer of them.".to_owned(),
        line: None,
        column: None,
    })
}

/// Seals with the first key what was asked for and why it was refused.
pub(crate) async fn reseal(app: &App) -> verdancy_jobs::Result<()> {
    use sqlx::Row;
    let Some(ring) = app.store.ring() else {
        return Ok(());
    };
    let pool = app.queue.database().pool();
    let again = |ring: &Ring, text: String| match ring.is_sealed(&text) {
        true => Ok(text),
        false => app.records.sealed(&app.records.open_text(text)?),
    };
    let rows = sqlx::query("SELECT id, payload, error FROM jobs WHERE kind = $1")
        .bind(KIND)
        .fetch_all(pool)
        .await?;
    for row in rows {
        let (id, payload): (String, String) = (row.try_get(0)?, row.try_get(1)?);
        let error: Option<String> = row.try_get(2)?;
        let Ok(mut order) = serde_json::from_str::<Order>(&payload) else {
            continue;
        };
        order.asked = again(ring, order.asked)?;
        let fresh = serde_json::to_string(&order).map_err(|e| Error::Row(e.to_string()))?;
        let told = error.clone().map(|text| again(ring, text)).transpose()?;
        if fresh != payload || told != error {
            // A job that fails meanwhile is met the next time.
            sqlx::query("UPDATE jobs SET payload = $2, error = coalesce($3, error) WHERE id = $1")
                .bind(&id)
                .bind(fresh)
                .bind(told)
                .execute(pool)
                .await?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn new(json: &str) -> NewSample {
        serde_json::from_str(json).unwrap()
    }

    #[test]
    fn what_cannot_be_drawn_is_refused_at_once_with_its_field() {
        let field = |json: &str| {
            let code = new(json).check(1000).map_err(|p| p.body.code);
            let fault = new(json).fault(1000);
            let expected = fault.is_some().then(|| "server/bad-sample".to_owned());
            assert_eq!(code.err(), expected);
            fault.map(|fault| fault.field)
        };
        for fine in [
            r#"{"rows":1}"#,
            r#"{"rows":1000.0,"seed":9007199254740991}"#,
            r#"{"rows":5,"where":"age > 60"}"#,
            r#"{"rows":5,"balance":"outcome=yes:0.5/no:0.5"}"#,
            r#"{"given":{"dataset":"d"}}"#,
            r#"{"given":{"rows":[{"a":1}]},"rows":1,"format":"parquet"}"#,
        ] {
            assert_eq!(field(fine), None, "{fine}");
        }
        for (json, wrong) in [
            (r"{}", "rows"),
            (r#"{"rows":0}"#, "rows"),
            (r#"{"rows":1001}"#, "rows"),
            (r#"{"rows":1,"seed":9007199254740992}"#, "seed"),
            (r#"{"rows":1,"where":"a","balance":"b"}"#, "where"),
            (r#"{"where":"a","given":{"dataset":"d"}}"#, "where"),
            (r#"{"given":{"rows":[]}}"#, "given"),
        ] {
            assert_eq!(field(json), Some(wrong), "{json}");
        }
        let long = format!(r#"{{"rows":1,"where":"{}"}}"#, "x".repeat(4001));
        assert_eq!(field(&long), Some("where"));
        for unknown in [
            r#"{"rows":1,"given":{"dataset":"d","rows":[]}}"#,
            r#"{"rows":1,"given":{}}"#,
            r#"{"rows":1,"format":"xlsx"}"#,
            r#"{"rows":1.5}"#,
            r#"{"row":1}"#,
        ] {
            assert!(
                serde_json::from_str::<NewSample>(unknown).is_err(),
                "{unknown}"
            );
        }
    }

    #[test]
    fn a_seed_is_chosen_where_none_is_said_and_told() {
        let seeds: Vec<u64> = (0..4).map(|_| new(r#"{"rows":1}"#).asked().seed).collect();
        assert!(seeds.iter().any(|s| *s != seeds[0]), "{seeds:?}");
        assert!(seeds.iter().all(|s| *s <= SEED));
        assert_eq!(new(r#"{"rows":1,"seed":7}"#).asked().seed, 7);
    }

    #[test]
    fn every_wish_is_kept_as_it_was_said() {
        for (json, wanted) in [
            (r#"{"rows":1}"#, Wanted::Any),
            (
                r#"{"rows":1,"where":"a = 1"}"#,
                Wanted::Where("a = 1".into()),
            ),
            (r#"{"rows":1,"balance":"a"}"#, Wanted::Balance("a".into())),
            (r#"{"given":{"rows":[{"a":1}]}}"#, Wanted::Given),
            (r#"{"given":{"dataset":"d"}}"#, Wanted::Given),
        ] {
            let text = serde_json::to_string(&new(json).asked()).unwrap();
            let again: Asked = serde_json::from_str(&text).unwrap();
            assert_eq!(again.wanted(), wanted, "{text}");
        }
        let asked = new(r#"{"given":{"dataset":"d"},"format":"ndjson"}"#).asked();
        assert_eq!(
            (asked.given.as_deref(), &*asked.file()),
            (Some("d"), "sample.ndjson")
        );
        let rows = new(r#"{"given":{"rows":[{"b":1,"a":null},{"a":"x\ny"}]}}"#);
        let Some(Given::Rows(rows)) = rows.given else {
            panic!()
        };
        assert_eq!(lines(&rows), "{\"b\":1,\"a\":null}\n{\"a\":\"x\\ny\"}\n");
    }
}

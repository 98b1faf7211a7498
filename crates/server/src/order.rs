//! What a run is asked to do: checked when it is asked for, kept as the job's payload, and turned into the
//! engine's options.

use std::collections::BTreeMap;

use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::Value;
use utoipa::ToSchema;
use verdancy_engine::options::Asked;
use verdancy_engine::{Options, Relations};
use verdancy_synth::{Config, Method, Mode, TableSize};
use verdancy_table::infer::TextMode;
use verdancy_table::{Kind, Schema};

use crate::problem::Problem;
use crate::records::Dataset;

/// The kind of job that a run is.
pub(crate) const KIND: &str = "synth";
/// The largest seed: the largest whole number that JSON's readers agree on.
pub(crate) const SEED: u64 = 9_007_199_254_740_991;

/// A run to be queued.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewRun {
    /// The dataset's id.
    pub dataset: String,
    /// Synthesizer; without it, or with `auto`, evidence chooses.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub method: Option<MethodName>,
    /// Budget.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mode: Option<ModeName>,
    /// Limits to judge by.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub profile: Option<ProfileName>,
    /// People who have to share a value; 0 protects nothing.
    #[serde(
        default,
        deserialize_with = "whole",
        skip_serializing_if = "Option::is_none"
    )]
    #[schema(minimum = 0, maximum = 1000000)]
    pub protect: Option<u32>,
    /// Attempts at most.
    #[serde(
        default,
        deserialize_with = "whole",
        skip_serializing_if = "Option::is_none"
    )]
    #[schema(minimum = 1, maximum = 20)]
    pub attempts: Option<u32>,
    /// Rows to draw.
    #[serde(
        default,
        deserialize_with = "whole",
        skip_serializing_if = "Option::is_none"
    )]
    #[schema(minimum = 1, maximum = 100000000)]
    pub rows: Option<u64>,
    /// Seed of everything.
    #[serde(
        default,
        deserialize_with = "whole",
        skip_serializing_if = "Option::is_none"
    )]
    #[schema(minimum = 0, maximum = 9007199254740991_u64)]
    pub seed: Option<u64>,
    /// Seconds that the run may take.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(minimum = 1, maximum = 604800)]
    pub time_limit: Option<f64>,
    /// Column to be predicted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub target: Option<String>,
    /// Column that says whose row a row is, where people have several rows; `none` when each row is
    /// a person.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub subject: Option<String>,
    /// What becomes of names, other personal data and free text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub text: Option<TextName>,
    /// What is done with rules between columns that hold in every training row.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub relations: Option<RelationsName>,
    /// A name for people; without it, that of the dataset. Control characters are left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(max_length = 200)]
    pub name: Option<String>,
    /// What is to be remembered of it. Control characters are left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(max_length = 2000)]
    pub note: Option<String>,
    /// Parameters of the method by name, over the defaults.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub parameters: BTreeMap<String, Value>,
    /// The run that this one repeats; said by the service.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(read_only)]
    pub retry_of: Option<String>,
}

/// A whole number, also written as 5.0, which JSON does not tell from 5.
pub(crate) fn whole<'de, D: Deserializer<'de>, T: TryFrom<u64>>(
    from: D,
) -> Result<Option<T>, D::Error> {
    let number = match Option::<serde_json::Number>::deserialize(from)? {
        None => return Ok(None),
        Some(number) => number,
    };
    let exact = number
        .as_f64()
        .filter(|x| x.fract() == 0.0 && (0.0..9e15).contains(x));
    let value = number.as_u64().or(exact.map(|x| x as u64));
    (value.and_then(|n| T::try_from(n).ok()))
        .map(Some)
        .ok_or_else(|| D::Error::custom("no such number, expected a whole number in its range"))
}

/// A synthesizer, or none by name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs)]
pub enum MethodName {
    Auto,
    Tabddpm,
    GaussianCopula,
    Cart,
    Arf,
    Tvae,
    Ctgan,
    Autoregressive,
}

impl MethodName {
    /// The method that was asked for by name.
    pub(crate) fn method(self) -> Option<Method> {
        match self {
            MethodName::Auto => None,
            MethodName::Tabddpm => Some(Method::Tabddpm),
            MethodName::GaussianCopula => Some(Method::GaussianCopula),
            MethodName::Cart => Some(Method::Cart),
            MethodName::Arf => Some(Method::Arf),
            MethodName::Tvae => Some(Method::Tvae),
            MethodName::Ctgan => Some(Method::Ctgan),
            MethodName::Autoregressive => Some(Method::Autoregressive),
        }
    }
}

/// A budget.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs)]
pub enum ModeName {
    Speed,
    Balanced,
    Quality,
}

impl ModeName {
    /// The budget that was asked for by name.
    pub(crate) fn mode(self) -> Mode {
        match self {
            ModeName::Speed => Mode::Speed,
            ModeName::Balanced => Mode::Balanced,
            ModeName::Quality => Mode::Quality,
        }
    }
}

/// Limits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs)]
pub enum ProfileName {
    Standard,
    Strict,
    Research,
}

impl ProfileName {
    fn name(self) -> &'static str {
        match self {
            ProfileName::Standard => "standard",
            ProfileName::Strict => "strict",
            ProfileName::Research => "research",
        }
    }
}

/// What becomes of columns of names, other personal data and free text: replaced by invented values, left out, or a
/// reason to refuse the run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs)]
pub enum TextName {
    Replace,
    LeaveOut,
    Refuse,
}

impl TextName {
    fn mode(self) -> TextMode {
        match self {
            TextName::Replace => TextMode::Fake,
            TextName::LeaveOut => TextMode::Drop,
            TextName::Refuse => TextMode::Error,
        }
    }
}

/// What is done with rules between columns: kept in every row, only reported, or not looked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs)]
pub enum RelationsName {
    Keep,
    Report,
    Off,
}

impl RelationsName {
    fn relations(self) -> Relations {
        match self {
            RelationsName::Keep => Relations::Keep,
            RelationsName::Report => Relations::Report,
            RelationsName::Off => Relations::Off,
        }
    }
}

/// The payload of a job: the run, and the content it is made from.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Order {
    pub run: NewRun,
    /// The dataset's name.
    pub name: String,
    /// The dataset's content in the store.
    pub hash: String,
    /// What its columns meant when the run was asked for: a file of the store, so that lists of runs
    /// stay small.
    pub schema: String,
}

/// A parameter's value as `--set` takes it.
fn text(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

impl NewRun {
    /// Sets name and note without control characters; blank ones are none.
    ///
    /// # Errors
    /// `server/bad-name` when one is too long.
    pub(crate) fn call(&mut self, name: Option<&str>, note: Option<&str>) -> Result<(), Problem> {
        let told = |text: Option<&str>, most: usize, lines: bool| {
            let Some(text) = text else { return Ok(None) };
            if text.chars().count() > most {
                return Err(Problem::bad(
                    "server/bad-name",
                    format!("The name or the note of the run is longer than {most} characters."),
                    "Choose a shorter one.",
                ));
            }
            let fine = |c: &char| !c.is_control() || (lines && *c == '\n');
            let text: String = text.trim().chars().filter(fine).collect();
            Ok((!text.is_empty()).then_some(text))
        };
        (self.name, self.note) = (told(name, 200, false)?, told(note, 2000, true)?);
        Ok(())
    }

    /// An error when it cannot be carried out on `dataset`.
    pub(crate) fn check(&self, dataset: &Dataset, most_rows: u64) -> Result<(), Problem> {
        let bad = |what: &str, remedy: &str| Err(Problem::bad("server/bad-run", what, remedy));
        if self.attempts.is_some_and(|n| !(1..=20).contains(&n)) {
            return bad(
                "The number of attempts is out of range.",
                "Ask for 1 to 20.",
            );
        }
        if (self.protect).is_some_and(|k| k > 1_000_000 || i64::from(k) > dataset.rows) {
            return bad(
                "Values cannot be protected by more people than the dataset has rows.",
                "Ask for fewer people with protect; 0 protects nothing.",
            );
        }
        if self.rows.is_some_and(|n| n == 0 || n > most_rows) {
            return bad(
                "The number of rows is out of range.",
                "Ask for fewer rows, at least one.",
            );
        }
        if self.seed.is_some_and(|n| n > SEED) {
            return bad(
                "The seed is out of range.",
                "Use a whole number up to 2^53 - 1.",
            );
        }
        if self
            .time_limit
            .is_some_and(|s| !(1.0..=604_800.0).contains(&s))
        {
            return bad(
                "The time limit is out of range.",
                "Allow one second to seven days.",
            );
        }
        let columns = columns(dataset);
        if self.target.as_ref().is_some_and(|t| !columns.contains(t)) {
            return bad(
                "The target is no column of this dataset.",
                "Name one of its columns.",
            );
        }
        let no_column = |s: &String| !columns.contains(s) && s != verdancy_table::NO_SUBJECT;
        if self.subject.as_ref().is_some_and(no_column) {
            return bad(
                "The subject is no column of this dataset.",
                "Name one of its columns, or none.",
            );
        }
        if self.subject.is_some() && self.subject == self.target {
            return bad(
                "The subject is also the column to be predicted.",
                "Name two different columns.",
            );
        }
        if self.text == Some(TextName::Refuse) {
            refuse_personal(dataset)?;
        }
        let method = (self.method)
            .and_then(MethodName::method)
            .unwrap_or(Method::Tabddpm);
        let size = TableSize {
            rows: dataset.rows.max(1) as usize,
            columns: dataset.columns.max(1) as usize,
        };
        let mut config = Config::defaults(method, size, Mode::Balanced);
        for (name, value) in &self.parameters {
            (config.set(name, &text(value)))
                .map_err(|e| Problem::bad(e.code, e.message, &e.remedy))?;
        }
        (config.in_range()).map_err(|e| Problem::bad(e.code, e.message, &e.remedy))
    }

    /// What the engine is told, but for files.
    pub(crate) fn options(&self) -> Options {
        let defaults = Options::default();
        Options {
            method: (self.method.and_then(MethodName::method)).map(Asked::Only),
            mode: self.mode.map(ModeName::mode),
            profile: (self.profile.unwrap_or(ProfileName::Standard).name()).to_owned(),
            protect: self.protect,
            attempts: self.attempts.unwrap_or(defaults.attempts),
            rows: self.rows,
            seed: self.seed.unwrap_or(defaults.seed),
            time_limit: self.time_limit.map(|s| format!("{s}s")),
            target: self.target.clone(),
            subject: self.subject.clone(),
            text: (self.text).map_or(defaults.text, TextName::mode),
            relations: (self.relations).map_or(defaults.relations, RelationsName::relations),
            set: (self.parameters.iter())
                .map(|(name, value)| (name.clone(), text(value)))
                .collect(),
            ..defaults
        }
    }
}

/// An error when a table has what a run was to refuse, before the run begins.
fn refuse_personal(dataset: &Dataset) -> Result<(), Problem> {
    let schema: Schema = toml::from_str(&dataset.schema_toml).map_err(|_| Problem::internal())?;
    let found = (schema.columns.iter())
        .filter(|c| matches!(c.kind, Kind::Personal { .. } | Kind::Text { .. }))
        .map(|c| format!("“{}”", c.name))
        .collect::<Vec<_>>();
    if found.is_empty() {
        return Ok(());
    }
    Err(Problem::bad(
        "table/text-refused",
        format!(
            "The table holds personal data or free text: {}.",
            listed(&found)
        ),
        "Choose “replace” or “leave out” for names and free text, or give these columns another kind.",
    ))
}

/// The first few of a list, and how many more there are.
fn listed(all: &[String]) -> String {
    let shown = &all[..all.len().min(8)];
    match all.len() - shown.len() {
        0 => shown.join(", "),
        more => format!("{} and {more} more", shown.join(", ")),
    }
}

impl Order {
    /// The words that the run is found by.
    pub(crate) fn words(&self) -> String {
        let all = [&self.run.name, &self.run.note].map(|text| text.as_deref().unwrap_or_default());
        [&self.name, all[0], all[1]].join("\n")
    }
}

/// The names of a dataset's columns.
pub(crate) fn columns(dataset: &Dataset) -> Vec<String> {
    let schema: Option<Schema> = toml::from_str(&dataset.schema_toml).ok();
    (schema.into_iter().flat_map(|s| s.columns))
        .map(|column| column.name)
        .collect()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn dataset() -> Dataset {
        Dataset {
            id: "d".into(),
            project: "p".into(),
            name: "t.csv".into(),
            bytes: 1,
            rows: 300,
            columns: 2,
            schema_toml: "[[column]]\nname = 'a'\nkind = 'integer'\n\
                [[column]]\nname = '--quiet'\nkind = 'integer'\n"
                .into(),
            inspection: String::new(),
            hash: String::new(),
            actor: String::new(),
            created_at: 0.0,
        }
    }

    fn run(json: &str) -> NewRun {
        serde_json::from_str(json).unwrap()
    }

    #[test]
    fn what_cannot_be_carried_out_is_refused_at_once() {
        let code = |json: &str| run(json).check(&dataset(), 100).map_err(|p| p.body.code);
        assert_eq!(code(r#"{"dataset":"d"}"#), Ok(()));
        assert_eq!(
            code(r#"{"dataset":"d","parameters":{"hidden":64,"process":"masked"}}"#),
            Ok(())
        );
        let refused = |json: &str| code(json).unwrap_err();
        assert_eq!(refused(r#"{"dataset":"d","rows":0}"#), "server/bad-run");
        assert_eq!(refused(r#"{"dataset":"d","rows":101}"#), "server/bad-run");
        assert_eq!(code(r#"{"dataset":"d","protect":0}"#), Ok(()));
        assert_eq!(
            refused(r#"{"dataset":"d","protect":301}"#),
            "server/bad-run"
        );
        assert_eq!(refused(r#"{"dataset":"d","target":"z"}"#), "server/bad-run");
        assert_eq!(code(r#"{"dataset":"d","subject":"none"}"#), Ok(()));
        assert_eq!(code(r#"{"dataset":"d","subject":"a"}"#), Ok(()));
        assert_eq!(
            refused(r#"{"dataset":"d","subject":"z"}"#),
            "server/bad-run"
        );
        let both = r#"{"dataset":"d","subject":"a","target":"a"}"#;
        assert_eq!(refused(both), "server/bad-run");
        assert_eq!(
            refused(r#"{"dataset":"d","parameters":{"hiden":1}}"#),
            "config/unknown-parameter"
        );
        assert_eq!(
            refused(r#"{"dataset":"d","parameters":{"hidden":1}}"#),
            "config/out-of-range"
        );
    }

    #[test]
    fn whole_numbers_are_whole_however_they_are_written() {
        assert_eq!(run(r#"{"dataset":"d","rows":5.0}"#).rows, Some(5));
        assert_eq!(run(r#"{"dataset":"d","seed":1e3}"#).seed, Some(1000));
        assert_eq!(
            run(r#"{"dataset":"d","seed":18446744073709551615}"#).seed,
            Some(u64::MAX)
        );
        assert_eq!(run(r#"{"dataset":"d","rows":null}"#).rows, None);
        for bad in ["5.5", "-1", "1e300", "\"5\"", "[]"] {
            let text = format!(r#"{{"dataset":"d","rows":{bad}}}"#);
            assert!(serde_json::from_str::<NewRun>(&text).is_err(), "{bad}");
        }
    }

    #[test]
    fn every_wish_reaches_the_engine_as_it_was_said() {
        let run = run(
            r#"{"dataset":"d","target":"--quiet","subject":"-o","method":"gaussian_copula","mode":"quality",
                "protect":20,"text":"leave_out","relations":"report","attempts":2,"rows":7,"seed":3,"time_limit":2.5,"profile":"strict",
                "parameters":{"shrinkage":0.25}}"#,
        );
        let options = run.options();
        assert_eq!(options.target.as_deref(), Some("--quiet"));
        assert_eq!(options.subject.as_deref(), Some("-o"));
        assert_eq!(options.time_limit.as_deref(), Some("2.5s"));
        assert_eq!(options.profile, "strict");
        assert_eq!(options.relations, Relations::Report);
        assert_eq!(options.text, TextMode::Drop);
        let plan = options.plan().unwrap();
        assert_eq!(plan.method, Some(Method::GaussianCopula));
        assert_eq!(plan.set, [("shrinkage".to_owned(), "0.25".to_owned())]);
        assert_eq!((plan.mode, plan.attempts, plan.seed), (Mode::Quality, 2, 3));
        assert_eq!((plan.protect.numbers(), options.rows), (20, Some(7)));
    }

    #[test]
    fn names_and_notes_are_cleaned() {
        let mut run = run(r#"{"dataset":"d"}"#);
        (run.call(Some(" a\u{7}b\n "), Some("one\ntwo\u{0}"))).unwrap();
        assert_eq!(run.name.as_deref(), Some("ab"));
        assert_eq!(run.note.as_deref(), Some("one\ntwo"));
        run.call(Some("  "), Some(&"é".repeat(2000))).unwrap();
        assert_eq!(run.name, None);
        assert_eq!(run.note.as_ref().map(|n| n.chars().count()), Some(2000));
        assert!(run.call(None, Some(&"x".repeat(2001))).is_err());
        assert!(run.call(Some(&"x".repeat(201)), None).is_err());
    }

    #[test]
    fn who_wishes_nothing_gets_the_defaults() {
        assert_eq!(run(r#"{"dataset":"d"}"#).options(), Options::default());
    }

    #[test]
    fn names_and_free_text_are_refused_before_a_run_begins() {
        let dataset = |kind: &str| Dataset {
            id: "d".to_owned(),
            project: String::new(),
            name: "t.csv".to_owned(),
            bytes: 1,
            rows: 100,
            columns: 2,
            schema_toml: format!(
                "[[column]]\nname = \"x\"\nkind = \"integer\"\n[[column]]\nname = \"who\"\n{kind}\n"
            ),
            inspection: String::new(),
            hash: String::new(),
            actor: String::new(),
            created_at: 0.0,
        };
        let asked = |text: &str| run(&format!(r#"{{"dataset":"d","text":"{text}"}}"#));
        for kind in ["kind = \"text\"", "kind = \"personal\"\nwhat = \"email\""] {
            let problem = asked("refuse").check(&dataset(kind), 1000).unwrap_err();
            assert_eq!(problem.body.code, "table/text-refused", "{kind}");
            assert!(problem.body.message.contains("“who”"));
            assert!(
                !problem.body.remedy.contains("--"),
                "{}",
                problem.body.remedy
            );
            for fine in ["replace", "leave_out"] {
                assert!(asked(fine).check(&dataset(kind), 1000).is_ok(), "{fine}");
            }
        }
        let plain = dataset("kind = \"categorical\"");
        assert!(asked("refuse").check(&plain, 1000).is_ok());
        assert!(serde_json::from_str::<NewRun>(r#"{"dataset":"d","text":"fake"}"#).is_err());
    }
}

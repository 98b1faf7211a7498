//! What a user may say of a run, whichever door they come through: the command line, Python, or JSON.
//! Defaults and precedence are decided here, once: what the options say goes before what a
//! configuration file says, and that before what the profile asks for.

use std::path::PathBuf;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use verdancy_metrics::Profile;
use verdancy_synth::{Method, Mode};
use verdancy_table::infer::{MissingCodes, TextMode};
use verdancy_table::read::Limits;
use verdancy_table::{Compression, Encoding, Format, Protection};

use crate::{
    ConfigFile, Division, Document, Error, Input, Plan, Relations, Request, Result, Rows, Source,
};

/// A method by name, or the choice by evidence.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum Asked {
    /// Evidence chooses.
    Auto,
    /// This one.
    Only(Method),
}

impl TryFrom<String> for Asked {
    type Error = String;

    fn try_from(name: String) -> std::result::Result<Asked, String> {
        let known = name.replace('-', "_");
        match known.as_str() {
            "auto" => Ok(Asked::Auto),
            "copula" => Ok(Asked::Only(Method::GaussianCopula)),
            known => Method::named(known).map(Asked::Only).ok_or_else(|| {
                let names: Vec<&str> = Method::ALL.iter().map(|m| m.name()).collect();
                format!("there is no method {name}; use auto, {}", names.join(", "))
            }),
        }
    }
}

impl From<Asked> for String {
    fn from(asked: Asked) -> String {
        match asked {
            Asked::Auto => "auto".to_owned(),
            Asked::Only(method) => method.name().to_owned(),
        }
    }
}

/// Options of a run, a fit or a judgement; what is not given is left to evidence or to defaults.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Options {
    /// The column to be predicted.
    pub target: Option<String>,
    /// The column that says whose row a row is, or `none`.
    pub subject: Option<String>,
    /// Survival: the column of follow-up times.
    pub time: Option<String>,
    /// Survival: the column that tells events from censored rows.
    pub event: Option<String>,
    /// What columns mean, as in `schema.toml`.
    pub schema: Option<Document>,
    /// SDV metadata (JSON, version 1 or 2).
    pub metadata: Option<Document>,
    /// Columns to leave out.
    pub drop: Vec<String>,
    /// Cells that mean "missing", besides empty ones.
    pub na: Vec<String>,
    /// What becomes of numbers that stand for "missing".
    pub missing_codes: MissingCodes,
    /// The character between cells of a text file, or `tab`.
    pub delimiter: Option<String>,
    /// The encoding of text, or `auto`.
    pub encoding: Option<String>,
    /// Records before the header: a number, or `auto`.
    pub skip_rows: Option<String>,
    /// The sheet of a workbook, by name or number.
    pub sheet: Option<String>,
    /// What becomes of names and free text.
    pub text: TextMode,
    /// Bounds on what is read.
    pub limits: Limits,
    /// The method.
    pub method: Option<Asked>,
    /// The budget.
    pub mode: Option<Mode>,
    /// A configuration as `verdancy tune` writes it.
    pub config: Option<PathBuf>,
    /// Passes over the training rows.
    pub n_iter: Option<u64>,
    /// Rows of one optimiser step.
    pub batch_size: Option<u64>,
    /// Parameters by name.
    pub set: Vec<(String, String)>,
    /// People who have to share a value.
    pub protect: Option<u32>,
    /// What becomes of rules between columns.
    pub relations: Relations,
    /// Seed of everything.
    pub seed: u64,
    /// Bound on the whole run: seconds, or with a unit (`90s`, `10m`, `2h`).
    pub time_limit: Option<String>,
    /// Bound on the memory of training: bytes, or with a unit (`500M`, `2G`).
    pub memory_limit: Option<String>,
    /// What time it is, for the record.
    #[serde(skip)]
    pub started: Option<std::time::SystemTime>,
    /// Attempts at most, 1 to 20.
    pub attempts: u32,
    /// Shadow runs, 0 to 20.
    pub shadow_runs: Option<u32>,
    /// Limits to judge by: the name of a profile, or a TOML file.
    pub profile: String,
    /// Share of rows kept for the verdict when there is no hold-out.
    pub test: f64,
    /// Share of rows kept for choices.
    pub validation: f64,
    /// Rows to draw.
    pub rows: Option<u64>,
    /// Format of the synthetic file: `csv`, `parquet`, `arrow` or `ndjson`.
    pub format: Option<String>,
    /// Threads; all cores when not given.
    pub threads: Option<usize>,
    /// A folder for the state of the training.
    pub checkpoints: Option<PathBuf>,
    /// True when what an earlier run wrote may be replaced.
    pub force: bool,
}

impl Default for Options {
    fn default() -> Options {
        let Division {
            validation, test, ..
        } = Division::default();
        Options {
            target: None,
            subject: None,
            time: None,
            event: None,
            schema: None,
            metadata: None,
            na: Vec::new(),
            delimiter: None,
            encoding: None,
            skip_rows: None,
            sheet: None,
            drop: Vec::new(),
            missing_codes: MissingCodes::default(),
            text: TextMode::default(),
            limits: Limits::default(),
            method: None,
            mode: None,
            config: None,
            n_iter: None,
            batch_size: None,
            set: Vec::new(),
            protect: None,
            relations: Relations::default(),
            seed: 0,
            time_limit: None,
            memory_limit: None,
            started: None,
            attempts: ATTEMPTS,
            shadow_runs: None,
            profile: "standard".to_owned(),
            test,
            validation,
            rows: None,
            format: None,
            threads: None,
            checkpoints: None,
            force: false,
        }
    }
}

/// Attempts at most when nothing else is said.
pub const ATTEMPTS: u32 = 3;

fn bad(option: &str, text: &str) -> Error {
    Error::input(
        "engine/bad-option",
        format!("The option {option} is out of range or not understood."),
        format!("{}{}.", text[..1].to_uppercase(), &text[1..]),
    )
}

/// A value of an option, or the error that names it.
fn of<T>(option: &str, value: std::result::Result<T, String>) -> Result<T> {
    value.map_err(|why| bad(option, &why))
}

impl Options {
    /// The table `data` and how it is to be read.
    ///
    /// # Errors
    /// Those of reading a configuration; `engine/bad-option`.
    pub fn source(&self, data: impl Into<Input>) -> Result<Source> {
        let file = self.file()?;
        let survival = match (&self.time, &self.event) {
            (Some(time), Some(event)) => Some((time.clone(), event.clone())),
            (None, None) => None,
            _ => {
                return Err(Error::input(
                    "engine/bad-option",
                    "A survival table needs a column of times and one of events.",
                    "Give both --time and --event, or neither.",
                ));
            }
        };
        if self.schema.is_some() && self.metadata.is_some() {
            return Err(Error::input(
                "engine/bad-option",
                "Both a schema and SDV metadata say what columns mean.",
                "Give one of --schema and --metadata.",
            ));
        }
        Ok(Source {
            data: data.into(),
            schema: self.schema.clone(),
            metadata: self.metadata.clone(),
            missing: self.na.clone(),
            delimiter: (self.delimiter.as_deref())
                .map(|text| of("--delimiter", delimiter(text)))
                .transpose()?,
            encoding: (self.encoding.as_deref().filter(|text| *text != "auto"))
                .map(|text| of("--encoding", encoding(text)))
                .transpose()?,
            sheet: self.sheet.clone(),
            drop: self.drop.clone(),
            missing_codes: self.missing_codes,
            skip_rows: (self.skip_rows.as_deref().filter(|text| *text != "auto"))
                .map(|text| of("--skip-rows", skip_rows(text)))
                .transpose()?,
            text: self.text,
            target: self.target.clone(),
            survival,
            subject: self.subject.clone().or(file.subject),
            limits: self.limits.clone(),
        })
    }

    fn file(&self) -> Result<ConfigFile> {
        (self.config.as_deref()).map_or_else(|| Ok(ConfigFile::default()), ConfigFile::load)
    }

    /// The model and its budget.
    ///
    /// # Errors
    /// Those of reading a configuration and a profile; `engine/bad-option`.
    pub fn plan(&self) -> Result<Plan> {
        let file = self.file()?;
        let mut set = file.settings();
        let mut over = |name: &str, value: String| {
            set.retain(|(known, _)| known != name);
            set.push((name.to_owned(), value));
        };
        if let Some(n) = self.n_iter {
            over("n_iter", n.to_string());
        }
        if let Some(n) = self.batch_size {
            over("batch_size", n.to_string());
        }
        for (name, value) in &self.set {
            over(name, value.clone());
        }
        if !(1..=20).contains(&self.attempts) {
            return Err(bad("--attempts", "ask for 1 to 20"));
        }
        if self.shadow_runs.is_some_and(|n| n > 20) {
            return Err(bad("--shadow-runs", "ask for 0 to 20"));
        }
        if self.threads.is_some_and(|n| !(1..=1024).contains(&n)) {
            return Err(bad("--threads", "give a whole number from 1 to 1024"));
        }
        if (self.protect.or(file.protect)).is_some_and(|k| k > 1_000_000) {
            return Err(bad("--protect", "ask for 0 to 1,000,000"));
        }
        let profile = self.profile()?;
        Ok(Plan {
            method: match self.method {
                None => file.method,
                Some(Asked::Auto) => None,
                Some(Asked::Only(method)) => Some(method),
            },
            shadow_runs: self.shadow_runs,
            attempts: self.attempts,
            mode: self.mode.or(file.mode).unwrap_or_default(),
            set,
            protect: Protection::under(&profile.name, self.protect.or(file.protect)),
            relations: self.relations,
            seed: self.seed,
            time_limit: (self.time_limit.as_deref())
                .map(|text| of("--time-limit", duration(text)))
                .transpose()?,
            memory_limit: (self.memory_limit.as_deref())
                .map(|text| of("--memory-limit", bytes(text)))
                .transpose()?,
            threads: self.threads(),
            history: history(),
            checkpoints: self.checkpoints.clone(),
            checkpoint_every: checkpoint_every(),
            force: self.force,
        })
    }

    /// Threads to work on.
    pub fn threads(&self) -> usize {
        threads(self.threads)
    }

    /// Limits to judge by.
    ///
    /// # Errors
    /// Those of [`Profile::load`].
    pub fn profile(&self) -> Result<Profile> {
        Profile::load(&self.profile)
    }

    /// How rows are divided, with `holdout` for the verdict if it is given.
    pub fn division(&self, holdout: Option<Input>) -> Division {
        Division {
            holdout,
            validation: self.validation,
            test: self.test,
        }
    }

    /// A run of the whole way.
    ///
    /// # Errors
    /// Those of the parts.
    pub fn request(&self, data: impl Into<Input>, holdout: Option<Input>) -> Result<Request> {
        Ok(Request {
            source: self.source(data)?,
            division: self.division(holdout),
            plan: self.plan()?,
            profile: self.profile()?,
            rows: self.rows.map_or(Rows::LikeLearned, Rows::Exactly),
            format: self.format()?,
            started: self.started,
        })
    }

    /// The format of the synthetic file, where one is asked for.
    ///
    /// # Errors
    /// `engine/bad-option`.
    pub fn format(&self) -> Result<Option<Format>> {
        (self.format.as_deref())
            .map(|text| of("--format", format(text)))
            .transpose()
    }
}

/// As many threads as are `asked` for, or all cores.
pub fn threads(asked: Option<usize>) -> usize {
    asked
        .or_else(|| std::thread::available_parallelism().ok().map(Into::into))
        .unwrap_or(1)
}

/// Time between two checkpoints: `VERDANCY_CHECKPOINT_SECONDS`, or the engine's own.
fn checkpoint_every() -> Duration {
    std::env::var("VERDANCY_CHECKPOINT_SECONDS")
        .ok()
        .and_then(|text| text.parse().ok())
        .and_then(|seconds| Duration::try_from_secs_f64(seconds).ok())
        .unwrap_or(crate::CHECKPOINT_EVERY)
}

/// The file of finished trainings: `VERDANCY_HISTORY` (`off` for none), or in the user's folder for
/// the state of programs.
fn history() -> Option<PathBuf> {
    let of = |name: &str| std::env::var_os(name).filter(|v| !v.is_empty());
    match of("VERDANCY_HISTORY") {
        Some(value) if value == "off" => None,
        Some(path) => Some(path.into()),
        None => of("XDG_STATE_HOME")
            .map(PathBuf::from)
            .or_else(|| of("HOME").map(|home| PathBuf::from(home).join(".local/state")))
            .map(|folder| folder.join("verdancy/runs.jsonl")),
    }
}

/// A file format by name: `csv`, `parquet`, `arrow` or `ndjson`.
///
/// # Errors
/// What to write instead.
pub fn format(text: &str) -> std::result::Result<Format, String> {
    match text {
        "csv" => Ok(Format::CSV),
        "parquet" => Ok(Format::Parquet),
        "arrow" => Ok(Format::ArrowIpc),
        "ndjson" => Ok(Format::Ndjson {
            compression: Compression::None,
        }),
        _ => Err("use csv, parquet, arrow or ndjson".to_owned()),
    }
}

/// An encoding by its name.
///
/// # Errors
/// What to give instead.
pub fn encoding(text: &str) -> std::result::Result<Encoding, String> {
    Encoding::named(text).ok_or_else(|| {
        "name an encoding such as utf-8, windows-1252, macintosh or utf-16, or auto".to_owned()
    })
}

/// Records before the header.
///
/// # Errors
/// What to give instead.
pub fn skip_rows(text: &str) -> std::result::Result<usize, String> {
    (text.parse().ok().filter(|n| *n <= 1_000_000))
        .ok_or_else(|| "give the number of lines before the header, or auto".to_owned())
}

/// A character between cells.
///
/// # Errors
/// What to write instead.
pub fn delimiter(text: &str) -> std::result::Result<u8, String> {
    match text {
        "tab" | "\\t" => Ok(b'\t'),
        _ => match text.as_bytes() {
            [byte] if byte.is_ascii() && !matches!(byte, b'"' | b'\n' | b'\r') => Ok(*byte),
            _ => Err("give one ASCII character, or `tab`".to_owned()),
        },
    }
}

/// A length of time: seconds, or with a unit.
///
/// # Errors
/// What to write instead.
///
/// ```
/// assert_eq!(verdancy_engine::options::duration("1.5h")?.as_secs(), 5400);
/// assert_eq!(verdancy_engine::options::duration("90")?.as_secs(), 90);
/// # Ok::<(), String>(())
/// ```
pub fn duration(text: &str) -> std::result::Result<Duration, String> {
    let (number, unit) = match text.find(|c: char| c.is_ascii_alphabetic()) {
        Some(at) => text.split_at(at),
        None => (text, "s"),
    };
    let factor = match unit {
        "s" => 1.0,
        "m" | "min" => 60.0,
        "h" => 3600.0,
        _ => f64::NAN,
    };
    match number.parse::<f64>().map(|n| n * factor) {
        Ok(s) if s > 0.0 && s < 1e9 => Ok(Duration::from_secs_f64(s)),
        _ => Err("write it as 90s, 10m or 2h".to_owned()),
    }
}

/// A number of bytes, or with a unit.
///
/// # Errors
/// What to write instead.
///
/// ```
/// assert_eq!(verdancy_engine::options::bytes("1.5G")?, 1_500_000_000);
/// # Ok::<(), String>(())
/// ```
pub fn bytes(text: &str) -> std::result::Result<u64, String> {
    let (number, unit) = match text.find(|c: char| c.is_ascii_alphabetic()) {
        Some(at) => text.split_at(at),
        None => (text, "B"),
    };
    let factor = match unit {
        "B" => 1.0,
        "k" | "K" | "kB" => 1e3,
        "M" | "MB" => 1e6,
        "G" | "GB" => 1e9,
        _ => f64::NAN,
    };
    match number.parse::<f64>().map(|n| n * factor) {
        Ok(bytes) if (1.0..1e15).contains(&bytes) => Ok(bytes as u64),
        _ => Err("write it as 500M or 2G".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn values_with_units_are_read() {
        assert_eq!(duration("90").unwrap(), Duration::from_secs(90));
        assert_eq!(duration("10m").unwrap(), Duration::from_secs(600));
        assert!(duration("-1s").is_err() && duration("5 days").is_err() && duration("").is_err());
        assert_eq!(bytes("640kB").unwrap(), 640_000);
        assert!(bytes("0").is_err() && bytes("2 cups").is_err());
        assert_eq!(delimiter("tab").unwrap(), b'\t');
        assert_eq!(delimiter(";").unwrap(), b';');
        assert!(delimiter("ab").is_err() && delimiter("é").is_err() && delimiter("\"").is_err());
    }

    #[test]
    fn options_go_before_the_configuration_and_that_before_the_profile() {
        let folder = tempfile::tempdir().unwrap();
        let config = folder.path().join("c.toml");
        let text = "method = \"tabddpm\"\nmode = \"speed\"\nsubject = \"who\"\nprotect = 7\n\
            [parameters]\nn_iter = 40\nhidden = 128\n";
        std::fs::write(&config, text).unwrap();
        let said = Options {
            config: Some(config),
            profile: "strict".to_owned(),
            n_iter: Some(60),
            ..Options::default()
        };
        let plan = said.plan().unwrap();
        assert_eq!(plan.method, Some(Method::Tabddpm));
        assert_eq!((plan.mode, plan.protect.k()), (Mode::Speed, 7));
        let set = |plan: &Plan, name: &str| {
            let found = plan.set.iter().filter(|(n, _)| n == name);
            found.map(|(_, v)| v.clone()).collect::<Vec<_>>()
        };
        assert_eq!(set(&plan, "n_iter"), ["60"]);
        assert_eq!(set(&plan, "hidden"), ["128"]);
        let source = said.source(PathBuf::from("t.csv")).unwrap();
        assert_eq!(source.subject.as_deref(), Some("who"));
        let over = Options {
            method: Some(Asked::Auto),
            mode: Some(Mode::Quality),
            protect: Some(3),
            ..said
        };
        let plan = over.plan().unwrap();
        assert_eq!(
            (plan.method, plan.mode, plan.protect.k()),
            (None, Mode::Quality, 3)
        );
        let strict = Options {
            profile: "strict".to_owned(),
            ..Options::default()
        };
        assert_eq!(strict.plan().unwrap().protect.k(), 20);
    }

    #[test]
    fn options_are_json_both_ways() {
        let text =
            r#"{"target":"y","method":"gaussian-copula","time_limit":"2m","set":[["rank","3"]]}"#;
        let said: Options = serde_json::from_str(text).unwrap();
        assert_eq!(said.method, Some(Asked::Only(Method::GaussianCopula)));
        let again: Options = serde_json::from_str(&serde_json::to_string(&said).unwrap()).unwrap();
        assert_eq!(again, said);
        assert!(serde_json::from_str::<Options>(r#"{"tarjet":"y"}"#).is_err());
        assert!(serde_json::from_str::<Options>(r#"{"method":"magic"}"#).is_err());
    }

    #[test]
    fn values_out_of_range_name_their_option() {
        let code = |options: Options| {
            let source = options.source(PathBuf::from("t.csv")).err();
            source.or_else(|| options.request(PathBuf::from("t.csv"), None).err())
        };
        let base = Options::default;
        for (options, name) in [
            (
                Options {
                    attempts: 0,
                    ..base()
                },
                "--attempts",
            ),
            (
                Options {
                    shadow_runs: Some(21),
                    ..base()
                },
                "--shadow-runs",
            ),
            (
                Options {
                    threads: Some(0),
                    ..base()
                },
                "--threads",
            ),
            (
                Options {
                    time_limit: Some("soon".into()),
                    ..base()
                },
                "--time-limit",
            ),
            (
                Options {
                    memory_limit: Some("much".into()),
                    ..base()
                },
                "--memory-limit",
            ),
            (
                Options {
                    format: Some("xls".into()),
                    ..base()
                },
                "--format",
            ),
            (
                Options {
                    delimiter: Some("ab".into()),
                    ..base()
                },
                "--delimiter",
            ),
        ] {
            let error = code(options).unwrap();
            assert_eq!(error.code, "engine/bad-option");
            assert!(error.message.contains(name), "{}", error.message);
        }
        let half = Options {
            time: Some("t".into()),
            ..base()
        };
        assert_eq!(code(half).unwrap().code, "engine/bad-option");
    }
}

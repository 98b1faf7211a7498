//! The command line, as clap sees it: names, help texts and value syntax. Nothing is decided here.

mod rows;

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};
use verdancy_engine::options;

pub use rows::{Impute, Sample};

/// Standard input, or standard output, in the place of a file.
pub const STANDARD: &str = "-";

/// Turns a real table into a judged synthetic one.
#[derive(Debug, Parser)]
#[command(name = "verdancy", version, max_term_width = 100)]
#[command(after_help = "\
Exit codes: 0 green; 3 done, but not green (red, or too few rows to tell); 2 bad input;
1 internal error; 130 stopped before there was anything to keep.")]
pub struct Cli {
    #[command(subcommand)]
    pub command: Command,
    #[command(flatten)]
    pub shown: Shown,
}

/// How a run shows itself.
#[derive(Debug, Clone, Args)]
pub struct Shown {
    /// Print only the result
    #[arg(long, short, global = true, help_heading = "Display")]
    pub quiet: bool,
    /// How progress is shown: a bar on the terminal, JSON lines on stdout, or not at all
    #[arg(
        long,
        global = true,
        value_enum,
        default_value = "auto",
        value_name = "HOW",
        help_heading = "Display"
    )]
    pub progress: Progress,
    /// Threads to use; results do not depend on it [default: all cores]
    #[arg(long, global = true, value_name = "N", value_parser = threads, help_heading = "Display")]
    pub threads: Option<usize>,
    /// Local stand-ins of addresses, each with the address.
    #[arg(skip)]
    pub names: Vec<(PathBuf, String)>,
}

impl Shown {
    /// A path as its user gave it.
    pub fn name(&self, path: &std::path::Path) -> String {
        let known = self.names.iter().find(|(local, _)| local == path);
        known.map_or_else(
            || path.display().to_string(),
            |(_, address)| address.clone(),
        )
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Progress {
    Auto,
    Json,
    None,
}

#[derive(Debug, Subcommand)]
pub enum Command {
    /// Learn a table, draw a synthetic one, judge it and write everything to a folder
    Synth(Synth),
    /// Show how a table is read, and what would be done with it
    Inspect(Inspect),
    /// Learn a table and write the model
    Fit(Fit),
    /// Draw rows from a model
    Sample(Sample),
    /// Fill the missing cells of a table, and measure how well
    Impute(Impute),
    /// Judge any synthetic table against real ones
    Evaluate(Evaluate),
    /// Explain a finished run: what was tried, why, and what changed
    Explain(Explain),
    /// Search for parameters that suit a table, on rows that no verdict sees
    Tune(Tune),
    /// Do the work that standard input brings, and end when it does; the service starts this
    #[command(hide = true)]
    Child,
    /// Serve runs over HTTP: pages, an API, and a worker
    #[cfg(feature = "server")]
    Serve(Serve),
    /// Carry out runs that a service has queued, on this machine or another
    #[cfg(feature = "server")]
    Worker(Worker),
    /// Show the parameters of the methods, their defaults by table size, and the profiles
    Params(Params),
}

/// The real table and how to read it.
#[derive(Debug, Clone, Args)]
pub struct Source {
    /// Column to be predicted; rows are divided and judged by it
    #[arg(long, value_name = "COLUMN", help_heading = "Table")]
    pub target: Option<String>,
    /// Column that says whose row a row is, or `none`; people are kept whole [default: found]
    #[arg(long, value_name = "COLUMN", help_heading = "Table")]
    pub subject: Option<String>,
    /// Survival tables: column of follow-up times
    #[arg(
        long,
        value_name = "COLUMN",
        requires = "event",
        help_heading = "Table"
    )]
    pub time: Option<String>,
    /// Survival tables: column that tells events from censored rows
    #[arg(long, value_name = "COLUMN", requires = "time", help_heading = "Table")]
    pub event: Option<String>,
    /// What columns mean, over what is inferred
    #[arg(
        long,
        value_name = "TOML",
        conflicts_with = "metadata",
        help_heading = "Table"
    )]
    pub schema: Option<PathBuf>,
    /// SDV metadata (version 1 or 2), likewise
    #[arg(long, value_name = "JSON", help_heading = "Table")]
    pub metadata: Option<PathBuf>,
    /// Column to leave out; a struct is left out with its fields; may be repeated
    #[arg(long, value_name = "COLUMN", help_heading = "Table")]
    pub drop: Vec<String>,
    /// A cell that means "missing", besides the empty one; may be repeated
    #[arg(long, value_name = "TOKEN", help_heading = "Table")]
    pub na: Vec<String>,
    /// Numbers that stand for "missing", such as -99 or 999 far from all others: keep them as numbers and
    /// name them, or mark them as missing; they are written back either way
    #[arg(
        long,
        value_enum,
        default_value = "keep",
        value_name = "HOW",
        help_heading = "Table"
    )]
    pub missing_codes: Codes,
    /// Character between cells, or `tab` [default: found by looking]
    #[arg(long, value_name = "CHAR", value_parser = checked(options::delimiter), help_heading = "Table")]
    pub delimiter: Option<String>,
    /// Encoding of text, for example windows-1252 or utf-16 [default: auto]
    #[arg(long, value_name = "NAME", value_parser = known(options::encoding), help_heading = "Table")]
    pub encoding: Option<String>,
    /// Lines before the header, blank ones not counted, or auto [default: auto]
    #[arg(long, value_name = "N", value_parser = known(options::skip_rows), help_heading = "Table")]
    pub skip_rows: Option<String>,
    /// Sheet of an Excel or LibreOffice workbook, by name or number [default: the first with cells]
    #[arg(long, value_name = "SHEET", help_heading = "Table")]
    pub sheet: Option<String>,
    /// What becomes of names, e-mails, notes: replaced, left out, or refused
    #[arg(
        long,
        value_enum,
        default_value = "fake",
        value_name = "HOW",
        help_heading = "Table"
    )]
    pub text: Text,
    #[command(flatten)]
    pub bounds: Bounds,
}

/// Bounds on what is read of a table. Text formats are held to all of them while they stream.
#[derive(Debug, Clone, Args)]
pub struct Bounds {
    /// Bytes of a table when unpacked
    #[arg(long, value_name = "BYTES", value_parser = options::bytes, default_value = "8G", help_heading = "Bounds on reading", hide_short_help = true)]
    pub max_bytes: u64,
    /// Rows of a table
    #[arg(long, value_name = "N", default_value_t = 100_000_000, help_heading = "Bounds on reading", hide_short_help = true,
        value_parser = clap::value_parser!(u64).range(1..=4_000_000_000))]
    pub max_rows: u64,
    /// Columns of a table
    #[arg(long, value_name = "N", default_value_t = 4096, help_heading = "Bounds on reading", hide_short_help = true,
        allow_negative_numbers = true, value_parser = whole::<u32>(1, 65_536))]
    pub max_columns: u32,
    /// Bytes of a cell
    #[arg(long, value_name = "BYTES", value_parser = options::bytes, default_value = "1M", help_heading = "Bounds on reading", hide_short_help = true)]
    pub max_cell: u64,
    /// How many times its size a compressed table may grow to
    #[arg(long, value_name = "N", default_value_t = 200, help_heading = "Bounds on reading", hide_short_help = true,
        value_parser = clap::value_parser!(u64).range(1..=1_000_000))]
    pub max_ratio: u64,
}

impl Bounds {
    /// As the readers take them.
    pub fn limits(&self) -> verdancy_table::read::Limits {
        verdancy_table::read::Limits {
            bytes: self.max_bytes,
            rows: self.max_rows,
            columns: self.max_columns as usize,
            cell: usize::try_from(self.max_cell).unwrap_or(usize::MAX),
            ratio: self.max_ratio,
            ..verdancy_table::read::Limits::default()
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Codes {
    Keep,
    Mark,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Text {
    Fake,
    Drop,
    Error,
}

/// The model and its budget.
#[derive(Debug, Clone, Args)]
pub struct Model {
    /// Synthesizer; with auto, synth keeps the better one on validation rows, and fit takes tabddpm [default: auto]
    #[arg(long, value_enum, value_name = "METHOD", help_heading = "Model")]
    pub method: Option<Asked>,
    /// Budget: seconds, minutes, or as long as it helps [default: balanced]
    #[arg(long, value_enum, value_name = "MODE", help_heading = "Model")]
    pub mode: Option<Mode>,
    /// Method, mode and parameters as `verdancy tune` wrote them; options given beside it go first
    #[arg(long, value_name = "TOML", help_heading = "Model")]
    pub config: Option<PathBuf>,
    /// Passes over the training rows [default: by table size]
    #[arg(long, value_name = "N", help_heading = "Model", allow_negative_numbers = true, value_parser = whole::<u64>(1, 1_000_000))]
    pub n_iter: Option<u64>,
    /// Rows of one optimiser step [default: by table size]
    #[arg(long, value_name = "N", help_heading = "Model", allow_negative_numbers = true, value_parser = whole::<u64>(1, 65_536))]
    pub batch_size: Option<u64>,
    /// Any parameter by name, see `verdancy params`; may be repeated
    #[arg(long, value_name = "NAME=VALUE", value_parser = pair, help_heading = "Model")]
    pub set: Vec<(String, String)>,
    /// People who have to share a value: knots and ends of numbers and dates are aggregates of at
    /// least K, levels have at least K/2; 0 protects nothing [default: 10, with profile strict 20]
    #[arg(long, value_name = "K", help_heading = "Model",
        allow_negative_numbers = true, value_parser = whole::<u32>(0, 1_000_000))]
    pub protect: Option<u32>,
    /// Rules between columns that hold in every row, such as a total or a town's region: keep them in every
    /// synthetic row, only report them, or do not look for them
    #[arg(long, value_enum, value_name = "WHAT", default_value_t = Relations::Keep, help_heading = "Model")]
    pub relations: Relations,
    /// Seed of everything: the same seed gives the same bytes
    #[arg(long, value_name = "N", default_value_t = 0, help_heading = "Model")]
    pub seed: u64,
    /// Bound on the whole run, for example 90s, 10m or 2h: the time that the verdict takes is set aside, training
    /// gets what is left, and the best answer so far is kept; only reading, one quick answer and the verdict itself may
    /// go beyond it
    #[arg(long, value_name = "TIME", value_parser = checked(options::duration), help_heading = "Model")]
    pub time_limit: Option<String>,
    /// Bound on the memory of training, for example 500M or 2G, held against its estimate
    #[arg(long, value_name = "BYTES", value_parser = checked(options::bytes), help_heading = "Model")]
    pub memory_limit: Option<String>,
}

/// A synthesizer, or none by name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Asked {
    Auto,
    Tabddpm,
    #[value(alias = "gaussian_copula", alias = "copula")]
    GaussianCopula,
    Cart,
    Arf,
    Tvae,
    Ctgan,
    Autoregressive,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Method {
    Tabddpm,
    #[value(alias = "gaussian_copula", alias = "copula")]
    GaussianCopula,
    Cart,
    Arf,
    Tvae,
    Ctgan,
    Autoregressive,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Mode {
    Speed,
    Balanced,
    Quality,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Relations {
    Off,
    Report,
    Keep,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum FileFormat {
    Csv,
    Parquet,
    Arrow,
    Ndjson,
}

/// Limits.
#[derive(Debug, Clone, Args)]
pub struct Limits {
    /// Limits to judge by: standard, strict, research, or a TOML file
    #[arg(
        long,
        default_value = "standard",
        value_name = "NAME|TOML",
        help_heading = "Judging"
    )]
    pub profile: String,
}

#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  verdancy synth patients.csv
  verdancy synth patients.csv --target outcome -o shared --mode speed
  verdancy synth trial.parquet --time months --event died --holdout later.parquet")]
pub struct Synth {
    /// Real table: CSV, Parquet, Arrow, NDJSON or a workbook; .gz and .zst are unpacked; - for standard input
    pub data: PathBuf,
    /// Folder for the results [default: ./NAME-synthetic]
    #[arg(long, short, value_name = "FOLDER")]
    pub output: Option<PathBuf>,
    /// Replace the results of an earlier run
    #[arg(long)]
    pub force: bool,
    /// Keep training state here, and go on from it when it is there
    #[arg(long, value_name = "FOLDER")]
    pub checkpoints: Option<PathBuf>,
    /// Rows to draw [default: all rows given but those kept for the verdict]
    #[arg(long, value_name = "N")]
    pub rows: Option<u64>,
    /// Format of the synthetic table [default: that of the input]
    #[arg(long, value_enum, value_name = "FORMAT")]
    pub format: Option<FileFormat>,
    #[command(flatten)]
    pub source: Source,
    #[command(flatten)]
    pub model: Model,
    /// Attempts at most: what went wrong in one is changed in the next
    #[arg(long, value_name = "N", default_value_t = 3, allow_negative_numbers = true, value_parser = whole::<u32>(1, 20), help_heading = "Model")]
    pub attempts: u32,
    /// Fits of the kept method to halves of the training rows, from which the verdict's shadow attack learns
    /// what rows that were learned from look like [default: 2 in quality mode, otherwise 0]
    #[arg(long, value_name = "N", allow_negative_numbers = true, value_parser = whole::<u32>(0, 20), help_heading = "Judging")]
    pub shadow_runs: Option<u32>,
    #[command(flatten)]
    pub limits: Limits,
    /// Real rows that only the verdict sees, instead of a share of the table
    #[arg(
        long,
        value_name = "FILE",
        conflicts_with = "test",
        help_heading = "Judging"
    )]
    pub holdout: Option<PathBuf>,
    /// Share of rows that only the verdict sees
    #[arg(
        long,
        value_name = "SHARE",
        default_value_t = 0.2,
        help_heading = "Judging"
    )]
    pub test: f64,
    /// Share of rows that choices are made on, such as when to stop; never more than 2,000 rows
    #[arg(
        long,
        value_name = "SHARE",
        default_value_t = 0.1,
        help_heading = "Judging"
    )]
    pub validation: f64,
}

#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  verdancy inspect patients.csv
  verdancy inspect patients.csv --format schema > schema.toml")]
pub struct Inspect {
    /// Table: CSV, Parquet, Arrow or NDJSON; .gz and .zst are unpacked
    pub data: PathBuf,
    /// How to print
    #[arg(long, value_enum, default_value = "text", value_name = "FORMAT")]
    pub format: InspectFormat,
    /// How many rows `--format rows` prints
    #[arg(long, value_name = "N", default_value_t = 20)]
    pub first: usize,
    #[command(flatten)]
    pub source: Source,
    #[command(flatten)]
    pub model: Model,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum InspectFormat {
    /// Tables for people
    Text,
    /// JSON
    Json,
    /// A schema.toml to edit and give back with --schema
    Schema,
    /// The first rows, as they stand in the file (JSON)
    Rows,
}

#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  verdancy fit patients.csv -o model
  verdancy sample model --rows 1000 -o rows.csv")]
pub struct Fit {
    /// Real table: CSV, Parquet, Arrow, NDJSON or a workbook; .gz and .zst are unpacked; - for standard input
    pub data: PathBuf,
    /// Folder for the model [default: ./NAME-model]
    #[arg(long, short, value_name = "FOLDER")]
    pub output: Option<PathBuf>,
    /// Replace an earlier model
    #[arg(long)]
    pub force: bool,
    #[command(flatten)]
    pub source: Source,
    #[command(flatten)]
    pub model: Model,
    /// Share of rows that choices are made on, such as when to stop; never more than 2,000 rows
    #[arg(
        long,
        value_name = "SHARE",
        default_value_t = 0.1,
        help_heading = "Model"
    )]
    pub validation: f64,
}

#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  verdancy evaluate synthetic.csv --train real.csv --holdout unseen.csv
  verdancy evaluate synthetic.csv --train real.csv --holdout unseen.csv --target outcome -o judged")]
pub struct Evaluate {
    /// Synthetic table, whoever made it
    pub synthetic: PathBuf,
    /// Real rows that it was made from
    #[arg(long, value_name = "FILE")]
    pub train: PathBuf,
    /// Real rows that its maker has not seen; without them privacy cannot be judged
    #[arg(long, value_name = "FILE")]
    pub holdout: Option<PathBuf>,
    /// Folder for report.html, report.json and figures.json [default: none is written]
    #[arg(long, short, value_name = "FOLDER")]
    pub output: Option<PathBuf>,
    #[command(flatten)]
    pub source: Source,
    #[command(flatten)]
    pub limits: Limits,
    /// Seed of sub-samples and folds
    #[arg(long, value_name = "N", default_value_t = 0)]
    pub seed: u64,
}

#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  verdancy explain patients-synthetic
  verdancy explain comparison")]
pub struct Explain {
    /// Folder that `synth` or `evaluate` wrote, or its run.json or report.json
    pub run: PathBuf,
}

#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  verdancy tune patients.csv --trials 30 -o tuned.toml
  verdancy synth patients.csv --config tuned.toml")]
pub struct Tune {
    /// Real table: CSV, Parquet, Arrow, NDJSON or a workbook; .gz and .zst are unpacked; - for standard input
    pub data: PathBuf,
    /// File for the winner, to be given to `synth --config` [default: ./NAME-tuned.toml]
    #[arg(long, short, value_name = "TOML")]
    pub output: Option<PathBuf>,
    /// Configurations to try at most; the best two and the defaults then meet twice more
    #[arg(long, value_name = "N", default_value_t = 20, allow_negative_numbers = true, value_parser = whole::<u32>(1, 10_000))]
    pub trials: u32,
    #[command(flatten)]
    pub source: Source,
    #[command(flatten)]
    pub model: Model,
    #[command(flatten)]
    pub limits: Limits,
    /// Share of rows that only a later verdict sees: `synth` with the same seed keeps the same
    #[arg(
        long,
        value_name = "SHARE",
        default_value_t = 0.2,
        help_heading = "Judging"
    )]
    pub test: f64,
    /// Share of rows that choices are made on; never more than 2,000 rows
    #[arg(
        long,
        value_name = "SHARE",
        default_value_t = 0.1,
        help_heading = "Judging"
    )]
    pub validation: f64,
}

/// Where the service keeps things.
#[cfg(feature = "server")]
#[derive(Debug, Clone, Args)]
pub struct Service {
    /// Folder of uploaded tables and results; all workers have to see the same
    #[arg(long, value_name = "FOLDER", default_value = "verdancy-data")]
    pub data: PathBuf,
    /// sqlite://FILE or postgres://USER@HOST/NAME [default: $VERDANCY_DATABASE, or a SQLite file in the data folder]
    #[arg(long, value_name = "URL")]
    pub database: Option<String>,
    /// File with the password of the database's user
    #[arg(long, value_name = "FILE")]
    pub database_password_file: Option<PathBuf>,
    /// File with the keys that stored files are encrypted with, one a line, readable by its owner only
    #[arg(long, value_name = "FILE")]
    pub store_key_file: Option<PathBuf>,
    /// Folder of tables and runs at work [default: that of the data; with keys, one in /dev/shm]
    #[arg(long, value_name = "FOLDER")]
    pub scratch: Option<PathBuf>,
    /// Bound on the memory of reading and training, for example 4G
    #[arg(long, value_name = "BYTES", value_parser = options::bytes, default_value = "8G")]
    pub memory: u64,
    /// Longest time of a run, for example 12h; it then ends with the best it has
    #[arg(long, value_name = "TIME", value_parser = run_time, default_value = "24h")]
    pub max_run: u64,
    /// Seconds after which a silent worker is taken for dead
    #[arg(long, value_name = "SECONDS", default_value_t = 30.0)]
    pub lease: f64,
    #[command(flatten)]
    pub bounds: Bounds,
}

#[cfg(feature = "server")]
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  verdancy serve
  verdancy serve --listen 0.0.0.0:8080 --database postgres://verdancy@db/verdancy --no-worker")]
pub struct Serve {
    #[command(flatten)]
    pub service: Service,
    /// Address to listen on
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:8080")]
    pub listen: std::net::SocketAddr,
    /// No keys: whoever is on this machine may do everything
    #[arg(long)]
    pub open: bool,
    /// Make a further key for everything and print it
    #[arg(long, conflicts_with = "open")]
    pub new_key: bool,
    /// File with the settings of sign-in by OpenID Connect (docs/server.md)
    #[arg(long, value_name = "FILE", conflicts_with = "open")]
    pub oidc: Option<PathBuf>,
    /// No worker beside the pages; start some with `verdancy worker`
    #[arg(long)]
    pub no_worker: bool,
    /// Tables read at a time, each under the bound on memory [default: half of the cores, at least 2]
    #[arg(long, value_name = "N", allow_negative_numbers = true, value_parser = whole::<u32>(1, 256))]
    pub readers: Option<u32>,
    /// Show /metrics only to keys for all projects
    #[arg(long)]
    pub private_metrics: bool,
    /// Largest upload, for example 500M
    #[arg(long, value_name = "BYTES", value_parser = options::bytes, default_value = "2G")]
    pub upload: u64,
    /// Print the OpenAPI document of the API and end
    #[arg(long)]
    pub openapi: bool,
}

#[cfg(feature = "server")]
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  verdancy worker --database postgres://verdancy@db/verdancy --data /shared/verdancy")]
pub struct Worker {
    #[command(flatten)]
    pub service: Service,
}

#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  verdancy params --method tabddpm
  verdancy params --format json")]
pub struct Params {
    /// Only this method
    #[arg(long, value_enum, value_name = "METHOD")]
    pub method: Option<Method>,
    /// How to print
    #[arg(long, value_enum, default_value = "text", value_name = "FORMAT")]
    pub format: ParamsFormat,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum ParamsFormat {
    Text,
    Json,
    Markdown,
}

#[cfg(feature = "server")]
fn run_time(text: &str) -> Result<u64, String> {
    match options::duration(text) {
        Ok(time) if time.as_secs() >= 1 => Ok(time.as_secs()),
        _ => Err("write it as 90s, 30m or 12h, at least a second".to_owned()),
    }
}

fn threads(text: &str) -> Result<usize, String> {
    match text.parse() {
        Ok(n) if (1..=1024).contains(&n) => Ok(n),
        _ => Err("give a whole number from 1 to 1024".to_owned()),
    }
}

/// A whole number in a range, which the message names also where the text is no number at all.
fn whole<T: TryFrom<i128>>(low: i128, high: i128) -> impl Fn(&str) -> Result<T, String> + Clone {
    move |text| {
        let given = text.replace('_', "").parse::<i128>().ok();
        given
            .filter(|n| (low..=high).contains(n))
            .and_then(|n| T::try_from(n).ok())
            .ok_or_else(|| format!("give a whole number from {low} to {high}"))
    }
}

fn pair(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((name, value)) if !name.trim().is_empty() => {
            Ok((name.trim().to_owned(), value.trim().to_owned()))
        }
        _ => Err("write it as name=value, for example hidden=512".to_owned()),
    }
}

/// A text that the engine understands; the text itself is passed on.
/// [`checked`], `auto` besides.
fn known<T>(
    read: fn(&str) -> Result<T, String>,
) -> impl Fn(&str) -> Result<String, String> + Clone {
    move |text| match text {
        "auto" => Ok(text.to_owned()),
        text => read(text).map(|_| text.to_owned()),
    }
}

fn checked<T>(
    read: fn(&str) -> Result<T, String>,
) -> impl Fn(&str) -> Result<String, String> + Clone {
    move |text| read(text).map(|_| text.to_owned())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used)]
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn the_command_is_well_formed() {
        Cli::command().debug_assert();
    }
}

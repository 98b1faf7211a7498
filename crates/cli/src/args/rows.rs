//! Arguments of what draws rows from a model, and of what fills the missing cells of a table.

use std::path::PathBuf;

use clap::Args;

use super::{FileFormat, Source};

#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  verdancy sample patients-synthetic --rows 1000 -o rows.csv
  verdancy sample model --rows 1000000 -o rows.parquet --seed 7
  verdancy sample model --rows 500 --where \"age > 60 and sex = 'F'\"
  verdancy sample model --given seeds.csv -o completed.csv
  verdancy sample model --rows 1000 --balance outcome=yes:0.5/no:0.5")]
pub struct Sample {
    /// Folder of a model, or of a run of `synth`
    pub model: PathBuf,
    /// Rows to draw; with --given, one is drawn for each given row
    #[arg(long, value_name = "N", required_unless_present = "given")]
    pub rows: Option<u64>,
    /// Only rows that meet a condition, written as in SQL, for example "age > 60 and sex = 'F'"
    #[arg(long = "where", value_name = "CONDITION", conflicts_with_all = ["given", "balance"], help_heading = "Conditions")]
    pub condition: Option<String>,
    /// Table of some of the columns: each of its rows is completed; empty cells are drawn
    #[arg(
        long,
        value_name = "FILE",
        conflicts_with = "balance",
        help_heading = "Conditions"
    )]
    pub given: Option<PathBuf>,
    /// Shares of a category's levels, for example outcome=yes:0.5/no:0.5; outcome alone for equal shares
    #[arg(long, value_name = "COLUMN=SHARES", help_heading = "Conditions")]
    pub balance: Option<String>,
    /// File to write, or - for standard output; its ending tells the format
    #[arg(long, short, value_name = "FILE", default_value = "synthetic.csv")]
    pub output: PathBuf,
    /// Format, when the file's ending does not tell it
    #[arg(long, value_enum, value_name = "FORMAT")]
    pub format: Option<FileFormat>,
    /// Seed: the same seed gives the same rows
    #[arg(long, value_name = "N", default_value_t = 0)]
    pub seed: u64,
}

#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  verdancy impute patients.csv -o filled.csv --mean
  verdancy impute patients.csv -o filled.csv --draws 5    (filled-1.csv to filled-5.csv)")]
pub struct Impute {
    /// Table with missing cells
    pub data: PathBuf,
    /// File to write; with several draws, a number is added to the name of each
    #[arg(long, short, value_name = "FILE")]
    pub output: PathBuf,
    /// Tables to write, each with one possible value in each missing cell
    #[arg(long, value_name = "N", default_value_t = 5, conflicts_with = "mean")]
    pub draws: usize,
    /// One table with the most likely value in each missing cell: a mean, or the most frequent level
    #[arg(long)]
    pub mean: bool,
    /// Seed: the same seed gives the same values
    #[arg(long, value_name = "N", default_value_t = 0)]
    pub seed: u64,
    #[command(flatten)]
    pub source: Source,
}

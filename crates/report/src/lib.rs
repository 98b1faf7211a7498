//! Figures as SVG and the report page as HTML.
//!
//! [`html`] makes one self-contained file of a [`Page`]: no script, no network, no font from
//! elsewhere. It follows the reader's choice of light or dark, fits a phone and a wall, prints,
//! and reads aloud. [`figures`] are the drawings by themselves.
//!
//! # What of the real table is shown
//! The report is made to be passed on, so it must not give rows away. Of the real table it shows
//! counts and shares only: histograms with round edges, whose ends are moved inward until
//! enough training rows lie in each end bin and whose sparse bins are drawn at the mean of enough
//! rows; and the shares of categories that enough training rows have, rarer ones being pooled as
//! "other". What is enough follows from the run's protection of values: by default 10 rows for
//! numbers and 5 for categories, and never fewer than 5; more where people have several rows. No value of a key, name, note or constant appears.

mod distributions;
pub mod figures;
pub mod number;
mod page;
mod parts;
mod sections;
mod subject;
mod summary;

pub use distributions::{ColumnFigure, Distribution, Drawn};
pub use page::{html, write, write_comparison};
pub use parts::{Parts, parts};
pub use subject::{Page, Subject};

/// The style rules of the report page, for pages that are to look like it.
pub const PAGE_STYLE: &str = include_str!("../templates/page.css");

/// Macros of the report page in Jinja's language (badges, tables of gates, keys of figures), for
/// pages that show the same.
pub const PIECES: &str = include_str!("../templates/pieces.html");

/// An error with its code, place and remedy.
pub type Error = verdancy_table::Error;
/// This crate's result.
pub type Result<T> = std::result::Result<T, Error>;

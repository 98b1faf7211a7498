//! Columns of a file that hold several values in each cell: `124/83`, `5' 10"`, a moment with its UTC
//! offset; and columns of dates in the place of some of which a word stands (`ongoing`), and of keys a part of which repeats (`SITE-03/0007`). Reading cuts
//! such a column (`crate::cut`) into one column for each value; writing joins them again.

use serde::{Deserialize, Serialize};

/// The part of a file's column that a column is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct Part {
    /// The column in the file.
    pub of: String,
    /// Which part.
    #[serde(flatten)]
    pub piece: Piece,
}

/// Which part of a cell.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(tag = "piece", rename_all = "snake_case")]
pub enum Piece {
    /// A number of a measurement that is written as several numbers.
    Number {
        /// The text before it.
        before: String,
        /// The text after the last number; empty for all others.
        #[serde(default, skip_serializing_if = "String::is_empty")]
        after: String,
    },
    /// Date and time where it happened, without the UTC offset.
    Local,
    /// The time zone: an IANA name where offsets change as that zone's do, else the offset.
    Zone {
        /// The text before the offset.
        #[serde(default, skip_serializing_if = "String::is_empty")]
        before: String,
        /// True for `+02:00`, false for `+0200`.
        colon: bool,
        /// True when an offset of zero is written `Z`.
        zulu: bool,
        /// The column whose level decides about the zone.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        by: Option<String>,
        /// Zones by level of that column; without such a column, all that occur.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        zones: Vec<ZoneOf>,
    },
    /// The part of a key that repeats, with what stands between it and the number.
    Level,
    /// The number of such a key.
    Key,
    /// A date or time, where there is one.
    Moment,
    /// The word that stands in the place of a date or time, such as `ongoing`.
    Instead,
    /// A word after a date and time, such as `CEST`.
    Word {
        /// The text before it.
        before: String,
    },
}

/// Which zone a level of another column is in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct ZoneOf {
    /// The level.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub level: Option<String>,
    /// An IANA name, or an offset.
    pub zone: String,
}

//! What each column means. A [`Schema`] is inferred from data, may be overridden by the user
//! (`schema.toml`, SDV metadata), and travels with the model so that synthetic rows come back in
//! the same columns, order and format.

use serde::{Deserialize, Serialize};

/// The columns of a table in order, and which one is to be predicted.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct Schema {
    /// The column that models are usually trained to predict.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub target: Option<String>,
    /// What kind of prediction the table is for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub task: Option<Task>,
    /// The column that says whose row a row is, where people have several rows; `none` when the
    /// user said that each row is a person.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub subject: Option<String>,
    /// Columns, in the order of the file.
    #[serde(rename = "column")]
    #[schemars(default)]
    pub columns: Vec<ColumnSpec>,
    /// How the file arranges them, where it says more than names and types.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub layout: Option<crate::Layout>,
    /// What the user says of rules between columns.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rules: Option<crate::Rules>,
}

/// What a table is used to predict.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum Task {
    /// The target is one of a few classes.
    Classification,
    /// The target is a number.
    Regression,
    /// Time to an event, with censoring.
    Survival {
        /// Column of follow-up times.
        time: String,
        /// Column that tells events (its larger or true level) from censored rows.
        event: String,
    },
}

/// One column.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct ColumnSpec {
    /// Name as in the header.
    pub name: String,
    /// Meaning, with what is needed to write values back as they came.
    #[serde(flatten)]
    pub kind: Kind,
    /// The type in the source file (an Arrow type name, or `text` for CSV), so that the output
    /// file has it again.
    #[serde(default = "text", skip_serializing_if = "is_text")]
    pub source: String,
    /// True when the training rows had missing values here.
    #[serde(default)]
    pub nullable: bool,
    /// How its numbers are written, where that is not how programs write them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub notation: Option<crate::Notation>,
    /// Which part of a column of the file it is, where that holds several values in each cell.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub part: Option<crate::Part>,
}

/// What ends the type of a column that a Parquet or Arrow file says has no missing values.
pub(crate) const NOT_NULL: &str = " not null";

impl ColumnSpec {
    /// The type in the source file, and whether the file says that no value is missing.
    pub fn arrow_type(&self) -> (&str, bool) {
        (self.source.strip_suffix(NOT_NULL)).map_or((&self.source, false), |name| (name, true))
    }
}

fn text() -> String {
    "text".to_owned()
}

fn yes() -> bool {
    true
}

fn is_text(s: &str) -> bool {
    s == "text"
}

/// The meaning of a column.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Kind {
    /// Real numbers.
    Numerical {
        /// Digits after the decimal point in the source; `None` when they vary without bound.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        decimals: Option<u8>,
    },
    /// Whole numbers.
    Integer,
    /// One of a set of values without order.
    Categorical,
    /// Two values.
    Boolean,
    /// Dates or times.
    Datetime {
        /// How it is written; empty in an override: as inferred.
        #[serde(default)]
        format: DateFormat,
    },
    /// Keys: regenerated in the same pattern, never copied.
    Id {
        /// How a key looks; left out of an override: as inferred.
        #[serde(default)]
        pattern: IdPattern,
        /// False for foreign keys and repeating ids.
        #[serde(default = "yes")]
        unique: bool,
    },
    /// Names, e-mails, phones, addresses: replaced by stand-ins that repeat and are written alike.
    Personal {
        /// What it is.
        what: Personal,
    },
    /// Notes and other free text: replaced by text of the same shape.
    Text {
        /// Mean number of words; 0 in an override: as inferred.
        #[serde(default)]
        words: f64,
    },
    /// The same value in each row (missing cells may stand beside it).
    Constant {
        /// That value.
        value: String,
    },
    /// No value at all.
    Missing,
}

/// Personal data, found by what the cells are; a column's name strengthens or weakens the
/// evidence.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs)]
pub enum Personal {
    Name,
    FirstName,
    LastName,
    Email,
    Phone,
    Address,
    City,
    Postcode,
    Company,
    Ssn,
    Iban,
    CreditCard,
    Ip,
    Url,
    Username,
    Mac,
    Vin,
    Plate,
    Imei,
    NationalId,
}

impl Personal {
    /// What it is, in the plural, as messages say it.
    pub fn plural(self) -> &'static str {
        match self {
            Personal::Name => "names",
            Personal::FirstName => "first names",
            Personal::LastName => "last names",
            Personal::Email => "e-mail addresses",
            Personal::Phone => "telephone numbers",
            Personal::Address => "addresses",
            Personal::City => "cities",
            Personal::Postcode => "postcodes",
            Personal::Company => "companies",
            Personal::Ssn => "social security numbers",
            Personal::Iban => "bank account numbers",
            Personal::CreditCard => "card numbers",
            Personal::Ip => "IP addresses",
            Personal::Url => "web addresses",
            Personal::Username => "user names",
            Personal::Mac => "MAC addresses",
            Personal::Vin => "vehicle identification numbers",
            Personal::Plate => "number plates",
            Personal::Imei => "device numbers (IMEI)",
            Personal::NationalId => "national identity numbers",
        }
    }
}

/// How a date is written, as a `strftime` pattern (crate `jiff`), for example `%Y-%m-%d`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(transparent)]
pub struct DateFormat(pub String);

impl DateFormat {
    /// True for times of day: the format has an hour and nothing of a date.
    pub fn is_time_of_day(&self) -> bool {
        let mut parts = self.0.split('%').skip(1).map(|part| {
            let part = part.trim_start_matches(['-', '_', '0', '.', ':']);
            part.chars().find(|c| !c.is_ascii_digit()).unwrap_or('%')
        });
        let all: Vec<char> = parts.by_ref().collect();
        let hour = |c: &char| matches!(c, 'H' | 'I' | 'k' | 'l' | 'T' | 'R' | 'r');
        let minute = |c: &char| matches!(c, 'M' | 'S' | 'p' | 'P' | 'f' | 'N');
        all.iter().any(hour) && all.iter().all(|c| hour(c) || minute(c))
    }
}

/// How a key looks.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum IdPattern {
    /// 1, 2, 3, ...: from `start` in steps of one.
    Sequence {
        /// First key.
        start: i64,
    },
    /// Whole numbers in a range.
    Number {
        /// Least key.
        low: i64,
        /// Greatest key.
        high: i64,
    },
    /// Random UUIDs.
    Uuid,
    /// A mask: `9` is a digit, `A` an upper-case letter, `a` a lower-case letter, `h` a
    /// hexadecimal digit; a backslash makes the next character stand for itself, as all others do.
    Mask {
        /// The mask.
        mask: String,
    },
}

impl Default for IdPattern {
    fn default() -> IdPattern {
        IdPattern::Mask {
            mask: String::new(),
        }
    }
}

/// Which [`Column`](crate::Column) variant holds the values of a kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Storage {
    /// [`Column::Numbers`](crate::Column::Numbers)
    Numbers,
    /// [`Column::Integers`](crate::Column::Integers)
    Integers,
    /// [`Column::Levels`](crate::Column::Levels)
    Levels,
    /// [`Column::Instants`](crate::Column::Instants)
    Instants,
    /// [`Column::Strings`](crate::Column::Strings)
    Strings,
}

impl Kind {
    /// The storage of this kind.
    pub fn storage(&self) -> Storage {
        match self {
            Kind::Numerical { .. } => Storage::Numbers,
            Kind::Integer => Storage::Integers,
            Kind::Categorical | Kind::Boolean => Storage::Levels,
            Kind::Datetime { .. } => Storage::Instants,
            Kind::Id { .. }
            | Kind::Personal { .. }
            | Kind::Text { .. }
            | Kind::Constant { .. }
            | Kind::Missing => Storage::Strings,
        }
    }

    /// True for the kinds that models learn; the others are regenerated by [`crate::fill`].
    pub fn is_modelled(&self) -> bool {
        self.storage() != Storage::Strings
    }

    /// True for kinds with an order and a distance (numbers, whole numbers, dates).
    pub fn is_numeric(&self) -> bool {
        matches!(
            self.storage(),
            Storage::Numbers | Storage::Integers | Storage::Instants
        )
    }

    /// The kind's name as users write it in `schema.toml`.
    pub fn name(&self) -> &'static str {
        match self {
            Kind::Numerical { .. } => "numerical",
            Kind::Integer => "integer",
            Kind::Categorical => "categorical",
            Kind::Boolean => "boolean",
            Kind::Datetime { .. } => "datetime",
            Kind::Id { .. } => "id",
            Kind::Personal { .. } => "personal",
            Kind::Text { .. } => "text",
            Kind::Constant { .. } => "constant",
            Kind::Missing => "missing",
        }
    }
}

impl Schema {
    /// `columns` in order, without a target or a subject.
    pub fn of(columns: Vec<ColumnSpec>) -> Schema {
        Schema {
            target: None,
            task: None,
            subject: None,
            columns,
            layout: None,
            rules: None,
        }
    }

    /// The position of the column called `name`.
    pub fn position(&self, name: &str) -> Option<usize> {
        self.columns.iter().position(|c| c.name == name)
    }

    /// The error, with this code, of a name that no column has: it names the column most like it, or the columns where none
    /// is like it.
    #[must_use]
    pub fn no_such_column(&self, code: &'static str, name: &str) -> crate::Error {
        let names = self.columns.iter().map(|c| c.name.as_str());
        crate::names::no_such_column(code, name, names)
    }

    /// The position of the target column, if one is named and exists.
    pub fn target_position(&self) -> Option<usize> {
        self.target.as_deref().and_then(|t| self.position(t))
    }

    /// How many columns models learn, and how many there are. Constants and columns without a
    /// value have nothing to be learned and count as learned.
    ///
    /// ```
    /// use verdancy_table::{ColumnSpec, Kind, Personal, Schema};
    /// let column = |name: &str, kind| ColumnSpec {
    ///     name: name.into(),
    ///     kind,
    ///     source: "text".into(),
    ///     nullable: false,
    ///     notation: None,
    ///     part: None,
    /// };
    /// let what = Personal::Email;
    /// let columns = vec![column("age", Kind::Integer), column("mail", Kind::Personal { what })];
    /// let schema = Schema::of(columns);
    /// assert_eq!(schema.learned(), (1, 2));
    /// ```
    pub fn learned(&self) -> (usize, usize) {
        let learned = |c: &&ColumnSpec| {
            c.kind.is_modelled() || matches!(c.kind, Kind::Constant { .. } | Kind::Missing)
        };
        (
            self.columns.iter().filter(learned).count(),
            self.columns.len(),
        )
    }

    /// The position of the subject column, if one is named and exists.
    pub fn subject_position(&self) -> Option<usize> {
        self.subject.as_deref().and_then(|s| self.position(s))
    }
}

/// The greatest key that fits the type of a column.
pub(crate) fn greatest(source: &str) -> i64 {
    match source {
        "Int8" => i8::MAX.into(),
        "UInt8" => u8::MAX.into(),
        "Int16" => i16::MAX.into(),
        "UInt16" => u16::MAX.into(),
        "Int32" => i32::MAX.into(),
        "UInt32" => u32::MAX.into(),
        "Float32" => 1 << 24,
        "Float64" => 1 << 53,
        _ => i64::MAX,
    }
}

//! What a metric is, in words: shown in the report and the docs, read by the loop.

/// Least and greatest value of a share.
pub(crate) const SHARE: (f64, f64) = (0.0, 1.0);
/// From zero without an upper end.
pub(crate) const FROM_ZERO: (f64, f64) = (0.0, f64::INFINITY);

/// Whether a metric is better low or high.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Direction {
    /// Lower is better; limits are upper bounds.
    Low,
    /// Higher is better; limits are lower bounds.
    High,
    /// Nearest to the floor (or a stated ideal) is better.
    Ideal,
}

/// What a metric speaks of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Group {
    /// How near the synthetic distribution is to the real one.
    Fidelity,
    /// Whether synthetic rows can be used in place of real ones.
    Utility,
    /// Whether they give training rows away.
    Privacy,
    /// The table itself.
    Data,
}

impl Group {
    /// Its name, as in `report.json`.
    pub fn name(self) -> &'static str {
        match self {
            Group::Fidelity => "fidelity",
            Group::Utility => "utility",
            Group::Privacy => "privacy",
            Group::Data => "data",
        }
    }
}

/// What a figure over its limit is a sign of: the loop's diagnosis asks this, never an identifier.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Symptom {
    /// Columns are not distributed as the real ones.
    Columns,
    /// Levels are missing or at wrong shares.
    Categories,
    /// Columns do not go together as the real ones do.
    Pairs,
    /// Rows break rules between columns.
    Rules,
    /// What predicts the target is lost.
    Utility,
    /// Training rows are copied or given away.
    Copies,
    /// The table is too small.
    TooFewRows,
}

/// How a limit is held against the figure.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Rule {
    /// Always.
    Plain,
    /// Only where training on real rows surely reaches the limit.
    WhereRealReaches,
}

/// A metric's page.
#[derive(Debug, Clone, Copy, PartialEq, serde::Serialize)]
pub struct Card {
    /// Stable identifier, as in profiles and `report.json`: `ks_mean`, `membership_auc`, ...
    pub id: &'static str,
    /// Name as in the field.
    pub name: &'static str,
    /// What it speaks of.
    pub group: Group,
    /// Which way is better.
    pub direction: Direction,
    /// True when the figure itself needs real rows that the model has not seen; where false, held-out
    /// rows only give its floor.
    pub held_out: bool,
    /// What it is a sign of when it is over its limit.
    pub symptom: Symptom,
    /// How a limit is held against it.
    pub rule: Rule,
    /// Least and greatest value.
    pub range: (f64, f64),
    /// Formula in one line.
    pub formula: &'static str,
    /// What it needs (numeric columns, a target, hold-out rows).
    pub needs: &'static str,
    /// What it does not show.
    pub blind: &'static str,
    /// Where it is from.
    pub source: &'static str,
}

impl Card {
    /// A figure of this metric as people read it: three decimals, none for counts.
    pub fn show(&self, value: f64) -> String {
        self.show_beside(value, f64::NAN)
    }

    /// [`Card::show`] with further decimals where rounding would hide the difference from `other`.
    pub fn show_beside(&self, value: f64, other: f64) -> String {
        if self.id == "rows" {
            format!("{value:.0}")
        } else {
            format!("{value:.*}", decimals(value, other))
        }
    }
}

/// Decimals of a figure beside another, such as its limit: three, and as many more, up to eight, as it takes
/// to tell them apart.
pub fn decimals(value: f64, other: f64) -> usize {
    let same = |digits: &usize| format!("{value:.digits$}") == format!("{other:.digits$}");
    if value == other || !value.is_finite() || !other.is_finite() {
        return 3;
    }
    (3..8).find(|digits| !same(digits)).unwrap_or(8)
}

impl Card {
    /// Its section of the page of all cards.
    pub(crate) fn section(&self) -> String {
        let better = match self.direction {
            Direction::Low => "lower",
            Direction::High => "higher",
            Direction::Ideal => "near the ideal",
        };
        let end = |x: f64| {
            if x.is_finite() {
                x.to_string()
            } else if x > 0.0 {
                "∞".to_owned()
            } else {
                "-∞".to_owned()
            }
        };
        format!(
            "\n### {} (`{}`)\n\n- Formula: {}.\n- Range: {} to {}; better: {better}.\n- Needs: {}.\n\
             - Does not show: {}.\n- Source: {}.\n",
            self.name,
            self.id,
            self.formula,
            end(self.range.0),
            end(self.range.1),
            self.needs,
            self.blind,
            self.source
        )
    }
}

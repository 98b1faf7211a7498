//! What a metric is, in words: shown in the report and the docs.

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

/// A metric's page.
#[derive(Debug, Clone, Copy, PartialEq, serde::Serialize)]
pub struct Card {
    /// Stable identifier, as in profiles and `report.json`: `ks_mean`, `membership_auc`, ...
    pub id: &'static str,
    /// Name as in the field.
    pub name: &'static str,
    /// One of `fidelity`, `utility`, `privacy`; `data` for facts of the table.
    pub group: &'static str,
    /// Which way is better.
    pub direction: Direction,
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

/// The cards of all metrics, in the order of display.
pub fn cards() -> &'static [Card] {
    crate::cards::CARDS
}

/// The card of one metric.
pub fn find(id: &str) -> Option<&'static Card> {
    cards().iter().find(|c| c.id == id)
}

impl Card {
    /// A figure of this metric as people read it: three decimals, none for counts.
    pub fn show(&self, value: f64) -> String {
        if self.id == "rows" {
            format!("{value:.0}")
        } else {
            format!("{value:.3}")
        }
    }
}

/// The cards as a Markdown page.
pub fn markdown() -> String {
    let mut out = String::from(
        "# Metrics\n\nGenerated from the cards in `crates/metrics/src/cards.rs`; do not edit.\n\n\
         Each figure compares the synthetic rows with the training rows. Its *floor* is the same figure\n\
         for real test rows, and its interval is what a fresh real sample as large as the synthetic\n\
         rows would score. A gate that is over its limit is red, unless that interval reaches over the\n\
         limit too: then it is \"inconclusive\".\n",
    );
    for (group, title) in [
        ("fidelity", "Fidelity"),
        ("utility", "Utility"),
        ("privacy", "Privacy"),
        ("data", "The table"),
    ] {
        out += &format!("\n## {title}\n");
        for card in cards().iter().filter(|c| c.group == group) {
            out += &card.section();
        }
    }
    out
}

impl Card {
    fn section(&self) -> String {
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

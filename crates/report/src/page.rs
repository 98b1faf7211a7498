//! The page: gathers the sections and renders the template.

use minijinja::{Environment, UndefinedBehavior, syntax::SyntaxConfig, value::Serde};
use serde::Serialize;
use verdancy_engine::RunRecord;
use verdancy_metrics::Card;
use verdancy_table::Table;

use crate::parts::{Parts, parts};
use crate::sections::{Fact, columns, definitions, gates, pairs, regenerated, run};
use crate::summary::Least;
use crate::{Error, Result, figures};

/// What a report is made of.
#[derive(Clone, Copy)]
pub struct Page<'a> {
    /// The run.
    pub record: &'a RunRecord,
    /// Rows that the model learned from.
    pub train: &'a Table,
    /// Real rows that nothing has seen.
    pub test: &'a Table,
    /// The synthetic rows that were judged.
    pub synthetic: &'a Table,
    /// The pages of the metrics.
    pub cards: &'a [Card],
}

impl<'a> Page<'a> {
    /// The page of a run.
    pub fn of(outcome: &'a verdancy_engine::Outcome) -> Page<'a> {
        Page {
            record: &outcome.record,
            train: &outcome.train,
            test: &outcome.test,
            synthetic: &outcome.synthetic,
            cards: verdancy_metrics::cards(),
        }
    }
}

/// A rule, and the synthetic rows that break it.
#[derive(Serialize)]
struct Rule<'a> {
    rule: &'a str,
    rows: String,
}

#[derive(Serialize)]
struct View<'a> {
    data: &'a str,
    style: String,
    #[serde(flatten)]
    parts: Parts,
    figures: Vec<gates::Figures>,
    columns: columns::Columns,
    rare: usize,
    sparse: usize,
    rules: Vec<Rule<'a>>,
    pairs: pairs::Pairs,
    regenerated: Vec<regenerated::Regenerated>,
    reproduce: Vec<Fact>,
    definitions: Vec<definitions::Group>,
    version: &'a str,
    test_rows: String,
}

/// The report as one HTML file.
///
/// # Errors
/// An internal error when the record has no kept attempt.
pub fn html(page: &Page<'_>) -> Result<String> {
    let record = page.record;
    let judgement = &record.judgement;
    let least = Least::of(record.protect, page.train);
    let view = View {
        data: &record.data,
        style: [
            figures::COLOURS,
            include_str!("../templates/page.css"),
            figures::STYLE,
        ]
        .concat(),
        parts: parts(record, page.cards)?,
        figures: gates::figures(judgement, page.cards),
        columns: columns::columns(judgement, page.train, &page.distributions()),
        rare: least.levels,
        sparse: least.numbers,
        rules: (record.relations.iter())
            .map(|broken| Rule {
                rule: &broken.rule,
                rows: crate::number::count(broken.rows as f64),
            })
            .collect(),
        pairs: pairs::pairs(judgement, page.train),
        regenerated: regenerated::regenerated(page.train, page.synthetic),
        reproduce: run::reproduce(record),
        definitions: definitions::definitions(page.cards),
        version: &record.version,
        test_rows: crate::number::count(page.test.rows() as f64),
    };
    render(&view).map_err(|e| Error::internal("the report's template failed").caused_by(e))
}

fn render(view: &View<'_>) -> std::result::Result<String, minijinja::Error> {
    let mut env = Environment::new();
    env.set_undefined_behavior(UndefinedBehavior::Strict);
    env.set_syntax(
        SyntaxConfig::builder()
            .trim_blocks(true)
            .lstrip_blocks(true)
            .build()?,
    );
    env.add_template("pieces.html", crate::PIECES)?;
    env.add_template("page.html", include_str!("../templates/page.html"))?;
    env.get_template("page.html")?.render(Serde(view))
}

/// Writes `report.html` and `figures.json` of a run into `folder`.
///
/// # Errors
/// Those of [`html`] and of writing.
pub fn write(outcome: &verdancy_engine::Outcome, folder: &std::path::Path) -> Result<()> {
    let page = Page::of(outcome);
    verdancy_engine::write_text(folder, "report.html", &html(&page)?)?;
    let figures = verdancy_engine::pretty(&page.distributions())?;
    verdancy_engine::write_text(folder, "figures.json", &figures)
}

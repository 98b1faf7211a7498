//! The page: gathers the sections and renders the template.

use minijinja::{Environment, UndefinedBehavior, syntax::SyntaxConfig, value::Serde};
use serde::Serialize;
use verdancy_engine::Evaluation;

use crate::parts::{Parts, of_comparison, parts};
use crate::sections::{Fact, columns, definitions, gates, pairs, privacy, regenerated, rows, run};
use crate::summary::Least;
use crate::{Error, Page, Result, Subject, figures};

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
    nearest: String,
    rows: rows::Rows,
    regenerated: Vec<regenerated::Regenerated>,
    reproduce: Vec<Fact>,
    definitions: Vec<definitions::Group>,
    version: &'a str,
    date: String,
    test_rows: String,
}

/// The report as one HTML file.
///
/// # Errors
/// An internal error when the record has no kept attempt.
pub fn html(page: &Page<'_>) -> Result<String> {
    let (of, run) = (page.of, page.of.run());
    let judgement = of.judgement();
    let least = Least::of(of.protect(), page.train);
    let view = View {
        data: of.data(),
        style: [
            figures::COLOURS,
            include_str!("../templates/page.css"),
            figures::STYLE,
        ]
        .concat(),
        parts: match of {
            Subject::Run(record) => parts(record, page.cards)?,
            Subject::Comparison(found) => of_comparison(found, page.cards),
        },
        figures: gates::figures(judgement, page.cards),
        columns: columns::columns(judgement, page.train, &page.distributions()),
        rare: least.levels,
        sparse: least.numbers,
        rules: (run.iter().flat_map(|record| &record.relations))
            .map(|broken| Rule {
                rule: &broken.rule,
                rows: crate::number::count(broken.rows as f64),
            })
            .collect(),
        pairs: pairs::pairs(judgement, (page.train, page.synthetic), least),
        nearest: privacy::nearest(judgement),
        rows: rows::rows(page.synthetic, page.train, least)?,
        regenerated: regenerated::regenerated(page.train, page.synthetic),
        reproduce: run.map(run::reproduce).unwrap_or_default(),
        definitions: definitions::definitions(page.cards),
        version: of.version(),
        date: of.date(),
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
    write_page(&Page::of(outcome), folder)
}

/// Writes `report.html` and `figures.json` of a comparison into `folder`.
///
/// # Errors
/// Those of [`html`] and of writing.
pub fn write_comparison(found: &Evaluation, folder: &std::path::Path) -> Result<()> {
    write_page(&Page::of_comparison(found), folder)
}

fn write_page(page: &Page<'_>, folder: &std::path::Path) -> Result<()> {
    verdancy_engine::write_text(folder, "report.html", &html(page)?)?;
    let figures = verdancy_engine::pretty(&page.distributions())?;
    verdancy_engine::write_text(folder, "figures.json", &figures)
}

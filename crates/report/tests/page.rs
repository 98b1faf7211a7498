//! The page as a whole: what it says, what it must not say, and that it is one safe file.

#![allow(clippy::unwrap_used, clippy::expect_used)]

mod fixture;

use fixture::{Fixture, HOSTILE, PERSON, RARE, fixture};
use verdancy_metrics::Status;
use verdancy_report::{ColumnFigure, html, parts};
use verdancy_table::Warning;

/// The page, also left in the target folder to be looked at.
fn page(name: &str, f: &Fixture) -> String {
    let text = html(&f.page()).unwrap();
    let folder = std::path::Path::new(env!("CARGO_TARGET_TMPDIR"));
    std::fs::write(folder.join(format!("report-{name}.html")), &text).unwrap();
    text
}

#[test]
fn says_the_verdict_and_shows_every_part() {
    let f = fixture(0);
    let text = page("trial", &f);
    assert!(text.contains("Not green"));
    assert!(text.contains("1 of 8 gates"));
    for part in [
        "gates",
        "columns",
        "pairs",
        "privacy",
        "training",
        "warnings",
        "figures",
        "reproduce",
    ] {
        assert!(text.contains(&format!("<section id=\"{part}\"")), "{part}");
    }
    assert_eq!(text.matches("class=\"fig bullet\"").count(), 8);
    assert_eq!(text.matches("class=\"fig histogram\"").count(), 6);
    assert_eq!(text.matches("class=\"fig bars\"").count(), 3);
    assert_eq!(text.matches("class=\"fig heatmap\"").count(), 4);
    assert_eq!(text.matches("class=\"fig lines\"").count(), 2);
    assert!(text.contains("in 53 of 100 such pairs"));
    assert!(text.contains("not a guarantee"));
    assert!(text.contains("kept: epoch 195"));
}

#[test]
fn each_verdict_has_its_words() {
    let mut f = fixture(0);
    let says = |f: &Fixture, words: &str| html(&f.page()).unwrap().contains(words);
    f.record.judgement.gates.retain(|g| g.status != Status::Red);
    assert!(says(&f, "<strong>Inconclusive</strong>"));
    f.record
        .judgement
        .gates
        .retain(|g| g.status == Status::Green);
    assert!(says(&f, "<strong>Green</strong>"));
    f.record.attempts[0].completion.loss_fell = false;
    assert!(says(&f, "<strong>Not green</strong>"));
    assert!(says(&f, "the loss did not fall"));
}

#[test]
fn names_are_text_and_never_markup() {
    let mut f = fixture(0);
    f.record.data = "\"><img src=x onerror=alert(1)>.csv".into();
    f.record.warnings.push(Warning::new("<b>", HOSTILE));
    f.record.judgement.gates[0].reason = HOSTILE.into();
    f.record.judgement.scores[0].note = Some(HOSTILE.into());
    let text = page("hostile", &f);
    assert!(!text.contains("<script"));
    assert!(!text.contains("<img"));
    assert!(text.contains("&lt;script&gt;alert(1)"));
}

#[test]
fn stands_alone() {
    let text = page("alone", &fixture(0));
    for word in ["src=", "@import", "url(", "<link", "<script", "javascript:"] {
        assert!(!text.contains(word), "{word}");
    }
    let links = text.matches("href=\"").count();
    assert_eq!(
        links,
        text.matches("href=\"#").count(),
        "only links into the page"
    );
    assert!(
        !text
            .replace("http://www.w3.org/2000/svg", "")
            .contains("http://")
    );
    assert!(!text.contains("https://"));
}

#[test]
fn keeps_rare_categories_and_persons_to_itself() {
    let text = page("private", &fixture(0));
    assert!(!text.contains(RARE));
    assert!(!text.contains(PERSON));
    assert!(text.contains("other ("));
}

#[test]
fn every_figure_is_well_formed_and_titled() {
    let text = page("figures", &fixture(0));
    let mut figures = 0;
    for part in text.split("<svg class=\"fig ").skip(1) {
        let body = part.split("</svg>").next().unwrap();
        let svg = format!("<svg class=\"fig {body}</svg>");
        assert!(svg.contains("role=\"img\"><title>"), "{}", &svg[..80]);
        assert!(!svg.contains("NaN") && !svg.contains("inf\""));
        let mut reader = quick_xml::Reader::from_str(&svg);
        while reader.read_event().unwrap() != quick_xml::events::Event::Eof {}
        figures += 1;
    }
    assert_eq!(figures, 27);
}

#[test]
fn headings_do_not_skip_a_level_and_ids_are_unique() {
    let text = page("outline", &fixture(0));
    let mut last = 0;
    for part in text.split("<h").skip(1) {
        let Some(level) = part.chars().next().and_then(|c| c.to_digit(10)) else {
            continue;
        };
        assert!(level <= last + 1, "h{level} after h{last}");
        last = level;
    }
    let mut ids: Vec<&str> = text
        .split(" id=\"")
        .skip(1)
        .map(|p| p.split('"').next().unwrap())
        .collect();
    let all = ids.len();
    ids.sort_unstable();
    ids.dedup();
    assert_eq!(ids.len(), all);
    for link in text
        .split("href=\"#")
        .skip(1)
        .map(|p| p.split('"').next().unwrap())
    {
        assert!(ids.contains(&link), "#{link}");
    }
}

#[test]
fn a_wide_table_stays_small() {
    let text = page("wide", &fixture(41));
    assert!(text.contains("The 30 columns of the worst pairs, of 4"));
    assert!(text.len() < 1_500_000, "{} bytes", text.len());
}

#[test]
fn parts_are_what_the_page_shows() {
    let f = fixture(0);
    let text = page("parts", &f);
    let all = serde_json::to_value(parts(&f.record, &f.cards).unwrap()).unwrap();
    assert!(text.contains(all["gates"][0]["figure"].as_str().unwrap()));
    assert!(text.contains(all["training"]["losses"].as_str().unwrap()));
    assert_eq!(all["head"]["title"], "Not green");
    assert!(!all["privacy"].as_array().unwrap().is_empty());
    // Nothing in them needs a style of its own, which a strict policy would refuse.
    assert!(!all.to_string().contains("style="));
}

#[test]
fn distributions_are_the_worst_columns_of_the_page_and_are_read_back() {
    let f = fixture(0);
    let text = page("worst", &f);
    let all = f.page().distributions();
    assert_eq!(all.len(), 9);
    let kept: Vec<ColumnFigure> =
        serde_json::from_str(&serde_json::to_string(&all).unwrap()).unwrap();
    assert_eq!(kept, all);
    for column in &kept {
        let figure = column.svg();
        assert!(text.contains(&figure));
        assert!(!figure.contains("style="));
        let mut reader = quick_xml::Reader::from_str(&figure);
        while reader.read_event().unwrap() != quick_xml::events::Event::Eof {}
    }
    let beyond = |c: &ColumnFigure| c.error - c.floor.unwrap_or(0.0);
    assert!(all.windows(2).all(|w| beyond(&w[0]) >= beyond(&w[1])));
}

#[test]
fn bare_records_are_drawn_too() {
    let mut f = fixture(0);
    f.cards.clear();
    f.record.attempts[0].history.clear();
    let a = &mut f.record;
    a.judgement.gates.clear();
    a.judgement.scores.clear();
    a.judgement.columns.clear();
    a.judgement.pairs.clear();
    f.record.seconds.clear();
    let text = page("bare", &f);
    assert!(text.contains("<strong>Inconclusive</strong>"));
    assert!(text.contains("no training curve"));
}

#[test]
fn numbers_that_are_none_come_out_as_dashes() {
    let mut f = fixture(0);
    let j = &mut f.record.judgement;
    for g in &mut j.gates {
        (g.value, g.floor, g.floor_interval) =
            (Some(f64::NAN), Some(f64::INFINITY), Some((f64::NAN, 1e308)));
    }
    for p in &mut j.pairs {
        p.correlation = p.correlation.map(|_| (f64::NAN, 1e308));
    }
    for c in &mut j.columns {
        c.shape_error = f64::NAN;
    }
    let text = page("nonsense", &f);
    assert!(!text.contains("NaN"));
}

#[test]
fn without_an_attempt_there_is_no_report() {
    let mut f = fixture(0);
    f.record.attempts.clear();
    assert!(html(&f.page()).is_err());
}

#[test]
fn a_judgement_without_any_gate_says_so() {
    let mut f = fixture(0);
    f.record.judgement.gates.clear();
    let text = page("no-gate", &f);
    assert!(text.contains("No gate of the profile “standard” applies"));
}

#[test]
fn without_privacy_gates_no_report_is_green() {
    let mut f = fixture(0);
    let j = &mut f.record.judgement;
    j.gates
        .retain(|g| g.status == Status::Green && g.id.ends_with("mean"));
    j.scores.retain(|s| s.id.ends_with("mean"));
    let text = page("no-privacy", &f);
    assert!(text.contains("<strong>Inconclusive</strong>"));
    assert!(text.contains("no gate of privacy was judged"));
    assert!(text.contains("No privacy figure was measured"));
    assert!(!text.contains("attacks that we ran"));
}

#[test]
fn the_command_repeats_the_run() {
    let text = page("command", &fixture(0));
    let start = text.find("<pre>").unwrap() + 5;
    let end = text.find("</pre>").unwrap();
    assert_eq!(
        text[start..end]
            .replace("&#x27;", "'")
            .replace("&amp;", "&"),
        "verdancy synth 'patients & visits.csv' --target grade --na '?' --seed 7"
    );
}

#[test]
fn every_parameter_is_listed() {
    let f = fixture(0);
    let text = page("parameters", &f);
    let config = serde_json::to_value(&f.record.attempts[0].config).unwrap();
    for name in config
        .as_object()
        .unwrap()
        .keys()
        .filter(|k| *k != "method")
    {
        assert!(text.contains(&format!("<code>{name}</code>")), "{name}");
    }
}

#[test]
fn a_table_of_very_many_columns_draws_the_worst() {
    let text = page("many", &fixture(80));
    assert_eq!(
        text.matches("class=\"fig histogram\"").count()
            + text.matches("class=\"fig bars\"").count(),
        60
    );
    assert!(text.contains("29 more columns"));
    assert!(text.len() < 1_500_000, "{} bytes", text.len());
}

#[test]
fn several_attempts_are_listed_and_the_kept_one_is_shown() {
    let mut f = fixture(0);
    let mut second = f.record.attempts[0].clone();
    let choice = second.choice.as_mut().unwrap();
    choice.verdict = Status::Green;
    choice.gates.retain(|g| g.status == Status::Green);
    f.record
        .judgement
        .gates
        .retain(|g| g.status == Status::Green);
    f.record.attempts.push(second);
    f.record.kept = 1;
    let text = page("attempts", &f);
    assert!(text.contains("<strong>Green</strong>"));
    assert!(text.contains("6 of 8") && text.contains("6 of 6"));
    // In the story and in the table.
    assert_eq!(text.matches("kept: its rows were written").count(), 2);
    assert!(text.contains("Attempt 2: TabDDPM") && text.contains("n_iter: 300 → 400"));
}

#[test]
fn a_comparison_has_a_page_without_training() {
    let f = fixture(0);
    let found = verdancy_engine::Evaluation {
        version: "0.1.0".into(),
        data: "made.csv".into(),
        real: "real.csv".into(),
        holdout: Some("unseen.csv".into()),
        started: Some("2026-11-25T20:48:01Z".into()),
        input_sha256: Some("cd".repeat(32)),
        seed: 3,
        seconds: 1.5,
        judgement: f.record.judgement.clone(),
        train: f.train.clone(),
        test: f.test.clone(),
        synthetic: f.synthetic.clone(),
        warnings: Vec::new(),
    };
    let text = html(&verdancy_report::Page::of_comparison(&found)).unwrap();
    for part in ["gates", "columns", "pairs", "privacy", "rows", "figures"] {
        assert!(text.contains(&format!("<section id=\"{part}\"")), "{part}");
    }
    for part in ["training", "reproduce", "warnings"] {
        assert!(!text.contains(&format!("id=\"{part}\"")), "{part}");
        assert!(!text.contains(&format!("href=\"#{part}\"")), "{part}");
    }
    for words in ["137, unseen.csv", "2026-11-25 20:48 UTC", &"cd".repeat(32)] {
        assert!(text.contains(words), "{words}");
    }
    assert!(!text.contains("to learn from"));
    let folder = tempfile::tempdir().unwrap();
    verdancy_report::write_comparison(&found, folder.path()).unwrap();
    assert!(folder.path().join("report.html").is_file());
    assert!(folder.path().join("figures.json").is_file());
}

#[test]
fn every_region_has_a_label_of_its_own() {
    let text = page("regions", &fixture(0));
    let after = |mark: &str| -> Vec<String> {
        let parts = text.split(mark).skip(1);
        parts
            .map(|p| p.split('"').next().unwrap().to_owned())
            .collect()
    };
    let mut labels = after("role=\"region\" aria-label=\"");
    assert!(labels.len() > 5, "{labels:?}");
    for id in after("<section id=\"") {
        let head = format!("id=\"h-{id}\">");
        let title = text.split(&head).nth(1).unwrap().split('<').next().unwrap();
        labels.push(title.to_owned());
    }
    let all = labels.len();
    labels.sort();
    labels.dedup();
    assert_eq!(labels.len(), all, "{labels:?}");
}

#[test]
fn tiles_count_every_gate_once() {
    let f = fixture(0);
    let all = serde_json::to_value(parts(&f.record, &f.cards).unwrap()).unwrap();
    let counted: u64 = (all["head"]["groups"].as_array().unwrap().iter())
        .map(|g| g["words"].as_str().unwrap())
        .filter_map(|words| {
            words
                .split(" of ")
                .nth(1)?
                .split(' ')
                .next()?
                .parse::<u64>()
                .ok()
        })
        .sum();
    let gates = &f.record.judgement.gates;
    let applied = gates.iter().filter(|g| g.status != Status::NotApplicable);
    assert_eq!(counted, applied.count() as u64);
}

#[test]
fn pairs_no_worse_than_chance_are_said_to_be() {
    let mut f = fixture(0);
    for pair in &mut f.record.judgement.pairs {
        pair.floor = Some(pair.trend_error + 0.01);
    }
    let many = f.record.judgement.pairs.len();
    let text = page("chance", &f);
    let said = format!("None of {many} pairs is worse than a fresh real sample would be.");
    assert!(text.contains(&said), "{said}");
    assert_eq!(text.matches("class=\"fig grid\"").count(), 4);
}

#[test]
fn the_first_synthetic_rows_are_shown_without_invented_people() {
    let f = fixture(0);
    let text = page("rows", &f);
    let section = text.split("<section id=\"rows\"").nth(1).unwrap();
    let section = section.split("</section>").next().unwrap();
    assert_eq!(section.matches("<tr>").count(), 1 + 10);
    for (i, spec) in f.synthetic.schema().columns.iter().enumerate() {
        let shown = section.contains(&format!("<th scope=\"col\">{}</th>", spec.name));
        assert!(shown <= spec.kind.is_modelled(), "column {i}");
    }
}

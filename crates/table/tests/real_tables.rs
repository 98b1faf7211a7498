//! Inference against the descriptions of real tables: each difference is one we stand by.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use std::path::PathBuf;

use verdancy_table::{Kind, infer, read};

fn folder() -> Option<PathBuf> {
    let folder = std::env::var_os("VERDANCY_DATA").map_or_else(
        || PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data"),
        PathBuf::from,
    );
    if folder.is_dir() {
        return Some(folder);
    }
    eprintln!(
        "skipped: no real tables at {} (VERDANCY_DATA)",
        folder.display()
    );
    None
}

/// The described kind, and kinds that say the same of such a column to a model.
fn agrees(described: &str, kind: &Kind, distinct_few: bool) -> bool {
    match (described, kind) {
        (_, Kind::Constant { .. } | Kind::Missing) => true,
        ("categorical", Kind::Boolean) | ("boolean", Kind::Categorical) => true,
        // Whole-number codes stay integers unless two-valued or named like a key.
        ("categorical", Kind::Integer) => true,
        ("integer", Kind::Boolean | Kind::Categorical) => distinct_few,
        ("numerical", Kind::Integer) => true,
        ("text", Kind::Personal { .. }) => true,
        (described, kind) => described == kind.name(),
    }
}

#[test]
fn inference_agrees_with_the_descriptions() {
    let Some(folder) = folder() else { return };
    let mut cards: Vec<PathBuf> = std::fs::read_dir(&folder)
        .unwrap()
        .map(|e| e.unwrap().path())
        .filter(|p| p.extension().is_some_and(|e| e == "json"))
        .collect();
    cards.sort();
    let (mut all, mut differences) = (0, Vec::new());
    for path in cards {
        let card: serde_json::Value =
            serde_json::from_slice(&std::fs::read(&path).unwrap()).unwrap();
        let file = folder.join(card["file"].as_str().unwrap());
        let loaded = read::load(&file, &read::Options::default(), &infer::Options::default())
            .unwrap_or_else(|e| panic!("{}: {e:?}", file.display()));
        let table = &loaded.table;
        assert_eq!(
            table.rows() as u64,
            card["rows"].as_u64().unwrap(),
            "{}",
            file.display()
        );
        let kinds = card["kinds"].as_object().unwrap();
        let names: Vec<&str> = table
            .schema()
            .columns
            .iter()
            .map(|c| c.name.as_str())
            .collect();
        assert_eq!(names, kinds.keys().map(String::as_str).collect::<Vec<_>>());
        let missing: usize = table.columns().iter().map(|c| c.missing()).sum();
        assert_eq!(
            missing as u64,
            card["missing_cells"].as_u64().unwrap(),
            "{}",
            file.display()
        );
        for (spec, column) in table.schema().columns.iter().zip(table.columns()) {
            let described = kinds[&spec.name].as_str().unwrap();
            all += 1;
            let few = column.levels().is_some_and(|l| l.levels.len() <= 2);
            if described != spec.kind.name() {
                println!(
                    "{} {} {described} -> {:?}",
                    card["name"], spec.name, spec.kind
                );
            }
            if !agrees(described, &spec.kind, few) {
                differences.push(format!(
                    "{} {}: {described} -> {:?}",
                    card["name"], spec.name, spec.kind
                ));
            }
        }
        for w in &loaded.warnings {
            println!("{} {w}", card["name"]);
        }
    }
    println!(
        "{} of {all} columns differ:\n{}",
        differences.len(),
        differences.join("\n")
    );
    assert!(all > 300);
    assert!(differences.len() <= 4, "{differences:#?}");
}

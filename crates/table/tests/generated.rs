//! Number forms x date forms x missing forms x exceptions, drawn at random: each column is read as what it is, its
//! cells are written as they came, and what was written reads back as the same schema and the same table.
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used)]

#[path = "generated/mod.rs"]
mod made;

use std::path::Path;

use made::times::Times;
use made::{Form, Gaps, Made};
use proptest::prelude::*;
use verdancy_table::read::{self, Loaded};
use verdancy_table::{ColumnSpec, Kind, Schema, infer, write};

/// Rows of a text in the place of a value, from which on it comes back; one that fewer have is missing.
const SHARED: usize = 5;

fn load(path: &Path) -> Loaded {
    read::load(path, &read::Options::default(), &infer::Options::default()).unwrap()
}

/// True when the column called `name` was read as what it was made as.
fn is_understood(made: &Made, name: &str, schema: &Schema) -> bool {
    let part = |c: &&ColumnSpec| c.part.as_ref().is_some_and(|p| p.of == name);
    let Some(at) = schema.position(name) else {
        return matches!(made.form, Form::Pair(..))
            && schema.columns.iter().filter(part).count() == 2;
    };
    let spec = &schema.columns[at];
    let number = matches!(spec.kind, Kind::Integer | Kind::Numerical { .. });
    let date = matches!(spec.kind, Kind::Datetime { .. });
    match &made.form {
        Form::Pair(..) => false,
        Form::Numbers(_) | Form::Scaled(..) => number,
        // Where none is over a day, they may also be times of day.
        Form::Times(Times::Clock | Times::ShortClock | Times::Minutes) if date => true,
        Form::Times(form) if form.is_duration() => {
            let written = spec.notation.as_ref();
            number && written.is_some_and(|n| n.clock.is_some() || n.spoken.is_some())
        }
        Form::Times(_) => date,
        Form::Answers(..) if matches!(made.gaps, Gaps::Both(_)) => {
            matches!(spec.kind, Kind::Boolean | Kind::Categorical)
        }
        Form::Answers(..) => spec.kind == Kind::Boolean,
    }
}

/// The cells of a file that was written.
fn cells(path: &Path, delimiter: char) -> Vec<Vec<String>> {
    let mut reader = csv::ReaderBuilder::new()
        .delimiter(delimiter as u8)
        .from_path(path)
        .unwrap();
    (reader.records())
        .map(|record| record.unwrap().iter().map(str::to_owned).collect())
        .collect()
}

/// The cells of column `at` that came back otherwise than they were.
fn changed(
    made: &Made,
    at: usize,
    before: &[Vec<String>],
    after: &[Vec<String>],
) -> Vec<(String, String)> {
    let rows_of = |text: &str| before.iter().filter(|row| row[at] == text).count();
    let lost = |text: &str| made.is_word(text) && rows_of(text) < SHARED;
    (before.iter().zip(after))
        .map(|(a, b)| (a[at].clone(), b[at].clone()))
        .filter(|(a, b)| a != b && !lost(a))
        .collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn any_form_is_understood_and_comes_back(file in made::files()) {
        let folder = tempfile::tempdir().unwrap();
        let (path, back) = (folder.path().join("made.csv"), folder.path().join("back.csv"));
        std::fs::write(&path, file.text()).unwrap();
        let first = load(&path);
        let schema = first.table.schema();
        let names = file.names();
        for (made, name) in file.columns.iter().zip(&names[2..]) {
            let found = &schema.columns;
            prop_assert!(is_understood(made, name, schema), "{made:?} is read as {found:?}");
        }
        write::write(&back, &first.table, first.format).unwrap();
        let (before, after) = (file.cells(), cells(&back, file.delimiter));
        prop_assert_eq!(before.len(), after.len());
        for (at, made) in file.columns.iter().enumerate() {
            let changed = changed(made, at + 2, &before, &after);
            prop_assert!(changed.is_empty(), "{made:?}: {changed:?}");
        }
        let second = load(&back);
        prop_assert_eq!(&second.table.schema().columns, &schema.columns);
        // As text: NaN is not equal to itself.
        prop_assert_eq!(format!("{:?}", second.table.columns()), format!("{:?}", first.table.columns()));
    }
}

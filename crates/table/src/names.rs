//! Names of columns in messages.

use crate::Error;

/// Names, the first twelve, with their total when there are more.
pub(crate) fn listed<S: AsRef<str>>(names: &[S]) -> String {
    let shown: Vec<&str> = names.iter().take(12).map(AsRef::as_ref).collect();
    let more = names.len() - shown.len();
    let shown = shown.join(", ");
    if more > 0 {
        format!("{shown} and {more} more")
    } else {
        shown
    }
}

/// Likeness (Jaro-Winkler) from which a name counts as a misspelling.
const LIKE: f64 = 0.8;

/// An error that names the column most like the one that is not there, or the columns where none is like it.
pub(crate) fn no_such_column<'a>(
    code: &'static str,
    name: &str,
    names: impl Iterator<Item = &'a str>,
) -> Error {
    let wanted = name.to_lowercase();
    let mut near: Vec<(f64, &str)> = names
        .map(|n| (strsim::jaro_winkler(&wanted, &n.to_lowercase()), n))
        .collect();
    near.sort_by(|a, b| b.0.total_cmp(&a.0));
    let remedy = match near.first() {
        Some((likeness, nearest)) if *likeness >= LIKE => {
            format!("The nearest name is `{nearest}`.")
        }
        _ => {
            let names: Vec<&str> = near.iter().map(|(_, n)| *n).collect();
            format!("The columns are: {}.", listed(&names))
        }
    };
    Error::input(code, format!("There is no column called `{name}`."), remedy).in_column(name)
}

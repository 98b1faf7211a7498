//! Figures of the long forms: one file each in the folder that `VERDANCY_FIGURES` names, for
//! `cargo xtask chaos` to write into docs/reliability.md.

use serde_json::{Value, json};

/// One line of the page: what was done, what came out, and what it is held against.
pub fn note(part: &str, database: &str, what: &str, found: &str, bar: &str, kept: bool) {
    let line = json!({
        "part": part, "database": database, "what": what, "found": found, "bar": bar, "kept": kept,
    });
    println!("{line}");
    let Some(folder) = std::env::var_os("VERDANCY_FIGURES") else {
        return;
    };
    let folder = std::path::PathBuf::from(folder);
    std::fs::create_dir_all(&folder).unwrap();
    let name = format!("{part} {database} {what}");
    let name: String = name
        .chars()
        .map(|c| if c.is_alphanumeric() { c } else { '-' })
        .take(120)
        .collect();
    let mut text = serde_json::to_string_pretty::<Value>(&line).unwrap();
    text.push('\n');
    std::fs::write(folder.join(name + ".json"), text).unwrap();
}

/// The value at a share of the sorted `values`.
pub fn quantile(values: &mut [f64], share: f64) -> f64 {
    values.sort_by(f64::total_cmp);
    let last = values.len().saturating_sub(1);
    values[((last as f64) * share).round() as usize]
}

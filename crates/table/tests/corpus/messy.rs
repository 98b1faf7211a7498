//! What happens to any table on its way: a line that names the delimiter, empty rows at the end, delimiters
//! behind the last cell, blanks after delimiters, formats that change when somebody else goes on.

use super::dice::date;
use super::forms::{comma, maybe, or_word, plain};
use super::sheet::{Case, EUROPE, PLAIN, Quotes, Sheet, Style};
use super::want::{Is, Want, cat, code, flag, int, key, num, parts, when};

pub fn all() -> Vec<Case> {
    vec![
        separator_line(),
        empty_rows(),
        trailing_delimiters(),
        blanks_after_delimiters(),
        broken_header(),
        mixed_dates(),
        mixed_words(),
    ]
}

fn stations(sheet: Sheet) -> Sheet {
    sheet
        .col("Nr", key(), |d| (d.row * 7 + 1).to_string())
        .col("Region", cat(), |d| {
            d.pick(&["Nord", "Ost", "West"]).to_owned()
        })
        .col("Wert", num(2).comma(), |d| comma(d.normal(50.0, 10.0), 2))
        .col("Datum", when("%d.%m.%Y"), |d| date("%d.%m.%Y", d.moment()))
}

/// Excel opens the file right when its first line says what stands between cells.
fn separator_line() -> Case {
    stations(Sheet::new("excel_sep_line", 200, EUROPE).before(&["sep=;"])).case()
}

/// Rows that once held something.
fn empty_rows() -> Case {
    stations(Sheet::new("excel_empty_rows", 200, EUROPE).after(&[";;;"; 30])).case()
}

/// Each row ends with a delimiter, the header does not.
fn trailing_delimiters() -> Case {
    stations(Sheet::new("trailing_delimiters", 200, EUROPE).trailing()).case()
}

/// Written by hand or by a script: a blank after each comma, quotes after the blank.
fn blanks_after_delimiters() -> Case {
    let style = Style {
        quotes: Quotes::Spaced,
        ..PLAIN
    };
    Sheet::new("blanks_after_commas", 220, style)
        .col("id", key(), |d| (d.row + 1).to_string())
        .col("age", int(), |d| d.int(18, 90).to_string())
        .col("workclass", cat().padded(), |d| {
            d.pick(&["Private", "State-gov", "Self-emp, not inc"])
                .to_owned()
        })
        .col("income", flag().padded(), |d| {
            d.pick(&["<=50K", ">50K"]).to_owned()
        })
        .col("since", when("%Y-%m-%d").padded(), |d| {
            date("%Y-%m-%d", d.moment())
        })
        .col("score", num(2).padded(), |d| plain(d.normal(5.0, 1.0), 2))
        .case()
}

/// Names of two lines, as cells of a spreadsheet may have them.
fn broken_header() -> Case {
    Sheet::new("names_with_line_ends", 200, PLAIN)
        .col("Site\nname", cat(), |d| d.pick(&["A", "B", "C"]).to_owned())
        .col("Flow\n(m³/s)", num(3), |d| plain(d.skewed(2.0), 3))
        .col("Note, if any", cat(), |d| {
            maybe(d, 60, |d| d.pick(&["ice", "flood, high", "dry"]).to_owned())
        })
        .case()
}

/// Somebody else went on in another format; open ends are far away.
fn mixed_dates() -> Case {
    let two = |d: &mut super::dice::Dice| {
        let at = d.moment();
        if d.row.is_multiple_of(3) {
            date("%-d.%-m.%y", at)
        } else {
            date("%Y-%m-%d", at)
        }
    };
    Sheet::new("mixed_dates", 240, PLAIN)
        .col("seen", when(""), two)
        .col("valid_to", when("%Y-%m-%d"), |d| {
            or_word(d, 40, "9999-12-31", |d| date("%Y-%m-%d", d.moment()))
        })
        .col("start", parts(&["datetime", "boolean"]), |d| {
            let word = d.pick(&["n/a", "tbd"]).to_owned();
            or_word(d, 12, &word, |d| date("%Y-%m-%d", d.moment()))
        })
        .case()
}

fn answers() -> Want {
    cat().or(Is::YesNo)
}

/// Words and numbers as many hands type them.
fn mixed_words() -> Case {
    Sheet::new("typed_by_hand", 240, PLAIN)
        .col("ok", answers(), |d| {
            d.pick(&["Yes", "yes", "No", "NO", "no"]).to_owned()
        })
        .col("pieces", int().words(&["approx"]).padded(), |d| {
            let cell = d.int(1, 60).to_string();
            or_word(d, 6, "approx", |d| match d.below(6) {
                0 => format!("{cell} "),
                1 => format!(" {cell}"),
                _ => cell,
            })
        })
        .col("level", code().padded(), |d| {
            d.pick(&["1", "2", "3 ", "3"]).to_owned()
        })
        .col("length", num(1).gaps(&["?", "-"]), |d| {
            let word = d.pick(&["?", "-"]).to_owned();
            or_word(d, 6, &word, |d| plain(d.normal(30.0, 4.0), 1))
        })
        .case()
}

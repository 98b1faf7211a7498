//! Errors as good compilers print them: code, sentence, place, remedy, cause.

use std::error::Error as _;

use verdancy_table::{Error, Fault};

use crate::paint::Paint;

/// Exit code of an error.
pub fn exit_code(error: &Error) -> u8 {
    match (error.code, error.fault) {
        ("engine/cancelled", _) => 130,
        (_, Fault::Input | Fault::Environment) => 2,
        (_, Fault::Internal) => 1,
    }
}

/// The error as lines for a terminal.
pub fn render(error: &Error, paint: Paint) -> String {
    let head = if error.code == "engine/cancelled" {
        paint.yellow("stopped")
    } else {
        format!(
            "{}{}",
            paint.red("error"),
            paint.bold(&format!("[{}]", error.code))
        )
    };
    let mut out = format!("{head}: {}\n", error.message);
    let place = error.place.to_string();
    if !place.is_empty() {
        out += &format!("  {} {place}\n", paint.blue("-->"));
    }
    // What a library says of bad input may quote it; what the system says of a file may not.
    if let Some(cause) = error.source()
        && (error.fault != Fault::Input || cause.is::<std::io::Error>())
    {
        out += &format!("  {} {cause}\n", paint.dim("cause:"));
    }
    if !error.remedy.is_empty() {
        out += &format!("  {} {}\n", paint.cyan("help:"), error.remedy);
    }
    out
}

/// What is said where a file stands in the place of a command.
pub fn no_command(file: &str, paint: Paint) -> String {
    let plain = |c: char| c.is_alphanumeric() || "._-/\\:".contains(c);
    let word = match file.chars().all(plain) {
        true => file.to_owned(),
        false => format!("'{}'", file.replace('\'', "'\\''")),
    };
    format!(
        "{}: There is no command called `{file}`.\n  {} `verdancy synth {word}` makes a synthetic table of it, `verdancy inspect {word}` shows how it is read.\n",
        paint.red("error"),
        paint.cyan("help:")
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_has_code_place_cause_and_help() {
        let error = Error::input(
            "table/ragged-row",
            "A row has 3 cells, the header 4.",
            "Fix it.",
        )
        .in_file("a.csv")
        .at_line(17)
        .in_column("age")
        .caused_by(std::io::Error::other("short"));
        assert_eq!(
            render(&error, Paint::plain(80)),
            "error[table/ragged-row]: A row has 3 cells, the header 4.\n  --> a.csv, line 17, column age\n  cause: short\n  help: Fix it.\n"
        );
        let quoting = Error::input("a/b", "c", "").caused_by("the cell was SECRET");
        assert!(!render(&quoting, Paint::plain(80)).contains("SECRET"));
        assert_eq!(exit_code(&error), 2);
        assert_eq!(exit_code(&Error::internal("x")), 1);
    }
}

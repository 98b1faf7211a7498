//! What to do about an error, in the words of the pages: steps for whoever has the file open in a
//! spreadsheet, and who can change what a page cannot.

use serde_json::{Value, json};

use crate::problem::Problem;

const CSV: &str = "In Excel: File, Save As, “CSV UTF-8 (Comma delimited)”. In LibreOffice: File, Save As, “Text CSV”, \
    character set “Unicode (UTF-8)”. Then upload the new file.";
const ASK: &str = "Whoever runs this service can raise the limit.";

/// The steps for errors of this code.
fn steps(code: &str) -> &'static [&'static str] {
    match code {
        "table/format-unknown" | "table/not-utf8" | "table/nul-byte" | "table/json-array" => &[CSV],
        "table/bad-workbook" => &[
            "If it asks for a password, remove that in Excel: File, Info, Protect Workbook.",
            CSV,
        ],
        "table/ragged-row" | "table/unclosed-quote" => &[
            "Open the file in a spreadsheet and look at the line named: it has more or fewer cells than the first.",
            CSV,
        ],
        "table/cell-too-long" => &[
            "Often a quotation mark opens and never closes. Look at the line named.",
            CSV,
        ],
        "table/empty-column-name" | "table/duplicate-column-name" | "table/name-too-long" => &[
            "Give each column a short name of its own in the first row, save, and upload the file again.",
        ],
        "table/nested-column" => {
            &["Keep one value in each cell: leave out columns that hold lists."]
        }
        "table/too-many-rows" | "table/too-large" | "server/too-large" | "server/too-slow" => {
            &["Upload a part of the rows.", ASK]
        }
        "table/too-many-columns" | "server/answer-too-large" => {
            &["Leave out columns that you do not need.", ASK]
        }
        "table/decompression-bomb" => &["Unpack the file and upload it as it is."],
        "table/packed-twice" => &["Unpack the file once and upload what was inside."],
        "server/upload-too-large" => &[
            "Compress the file (.gz or .zst), or upload a part of its rows.",
            ASK,
        ],
        "server/rows-not-shown" => &[
            "Sign in with a key that may see real rows, or ask an administrator of this service for one.",
        ],
        "server/no-result" => &[
            "Open the run to see its state. If it failed or was cancelled, choose “Run again” there.",
        ],
        "server/bad-comparison" => {
            &["Select two to eight runs in the list of runs, then choose “Compare selected”."]
        }
        _ => &[],
    }
}

/// A problem with its steps.
pub(super) fn of(problem: &Problem) -> Value {
    let mut body = serde_json::to_value(&problem.body).unwrap_or_default();
    body["steps"] = json!(steps(&problem.body.code));
    body
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_spreadsheet_can_mend_has_steps_for_it() {
        for code in ["table/not-utf8", "table/format-unknown", "table/ragged-row"] {
            let problem = Problem::bad(code, "m", "r");
            assert!(of(&problem).to_string().contains("CSV UTF-8"), "{code}");
        }
        assert_eq!(of(&Problem::not_found())["steps"], json!([]));
        for code in [
            "table/too-large",
            "table/decompression-bomb",
            "server/upload-too-large",
            "server/rows-not-shown",
            "server/no-result",
            "server/bad-comparison",
        ] {
            let words = steps(code).concat();
            assert!(!words.is_empty(), "{code}");
            assert!(!words.contains("--") && !words.contains('`'), "{code}");
        }
    }
}

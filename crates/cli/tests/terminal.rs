//! Nothing that a table, a file's name or somebody else's run brings makes a terminal do anything: no title, no
//! clipboard, no cursor, no hidden words, whichever command shows it.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod common;

use common::{Place, Ran};

/// Sets the title, fills the clipboard, goes back in the line, clears the screen, hides, turns the direction.
const EVIL: &str = "a\x1b]0;PWN\x07\x1b]52;c;aGk=\x1b\\\r\x1b[2J\x1b[8m\u{9b}1A\u{202e}";

/// A table with it as a column's name and as a level.
fn hostile() -> String {
    let mut out = format!("\"{EVIL}\",size,outcome\n");
    for i in 0..120 {
        let level = if i % 3 == 0 { EVIL } else { "plain" };
        let outcome = if i % 2 == 0 { EVIL } else { "no" };
        out += &format!("\"{level}\",{},\"{outcome}\"\n", (i * 37) % 50);
    }
    out
}

/// Runs the binary with colours; what it wrote has nothing but them, and says something of what is asked for.
#[track_caller]
fn shown(place: &Place, arguments: &[&str], words: &str) -> Ran {
    let mut command = place.command(arguments);
    command.env_remove("NO_COLOR").env("CLICOLOR_FORCE", "1");
    let out = command.output().unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    let ran = Ran {
        code: out.status.code(),
        stdout: text(out.stdout),
        stderr: text(out.stderr),
    };
    let all = ran.stdout.clone() + &ran.stderr;
    let mut rest = all.as_str();
    while let Some(at) = rest.find(|c: char| c.is_control() && c != '\n') {
        let (number, after) = (rest[at..].strip_prefix("\x1b["))
            .and_then(|colour| colour.split_once('m'))
            .unwrap_or_else(|| panic!("{arguments:?}: {all:?}"));
        let number: u8 = number.parse().unwrap_or(u8::MAX);
        assert!(
            number < 5 || (30..40).contains(&number),
            "{arguments:?}: {all:?}"
        );
        rest = after;
    }
    assert!(!all.contains('\u{202e}'), "{arguments:?}: {all:?}");
    assert!(all.contains(words), "{arguments:?}: {all}");
    ran
}

#[test]
fn what_others_named_does_nothing_to_a_terminal() {
    let place = Place::new();
    place.write("t.csv", hostile());
    let title = "\\u{1b}]0;PWN\\u{7}";
    shown(&place, &["inspect", "t.csv"], title);
    let mut synth = vec![
        "synth",
        "t.csv",
        "--method",
        "gaussian-copula",
        "--attempts",
        "1",
    ];
    synth.extend(["-o", "out"]);
    let ran = shown(&place, &synth, title);
    assert!(matches!(ran.code, Some(0 | 3)), "{}", ran.stderr);
    shown(&place, &["explain", "out"], "PWN");
    shown(
        &place,
        &["evaluate", "out/synthetic.csv", "--train", "t.csv"],
        "PWN",
    );
    // The nearest names, in the help of an error.
    shown(&place, &["synth", "t.csv", "--target", "a]0;PWN"], title);
    // A command, an option and a file that are none.
    shown(&place, &[&format!("{EVIL}.csv")], "PWN");
    shown(&place, &[&format!("--{EVIL}")], "PWN");
    shown(&place, &["inspect", &format!("{EVIL}.csv")], "PWN");
    // A file of that name, and a run of a stranger.
    let file = "b\x1b]0;PWN\x07.csv";
    place.write(file, common::table(120));
    shown(&place, &["inspect", file], title);
    let record = std::fs::read_to_string(place.path("out/run.json")).unwrap();
    let mut record: serde_json::Value = serde_json::from_str(&record).unwrap();
    record["data"] = format!("{EVIL}.csv").into();
    place.write("out/run.json", record.to_string());
    shown(&place, &["explain", "out"], "PWN");
}

#[test]
fn what_programs_read_is_exact() {
    let place = Place::new();
    place.write("t.csv", hostile());
    let ran = place.run(&["inspect", "t.csv", "--format", "json"]);
    let found: serde_json::Value = serde_json::from_str(&ran.stdout).unwrap();
    let name = found["columns"][0]["name"].as_str().unwrap();
    assert_eq!(name, EVIL, "{found:#}");
}

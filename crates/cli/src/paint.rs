//! Colour, where the stream is a terminal and `NO_COLOR` is not set; the width of a terminal; and what may reach one.

use std::borrow::Cow;

use console::{Style, Term};
use verdancy_metrics::Status;

/// Paints text for one stream.
#[derive(Debug, Clone, Copy)]
pub struct Paint {
    on: bool,
    width: usize,
}

/// Widest line we set, also on wider terminals.
const WIDEST: usize = 110;
/// Width when the stream is not a terminal.
const FILE: usize = 100;

impl Paint {
    pub fn stdout() -> Paint {
        Paint {
            on: console::colors_enabled(),
            width: width(&Term::stdout()),
        }
    }

    pub fn stderr() -> Paint {
        Paint {
            on: console::colors_enabled_stderr(),
            width: width(&Term::stderr()),
        }
    }

    /// No colours.
    pub fn plain(width: usize) -> Paint {
        Paint { on: false, width }
    }

    /// Columns to fill.
    pub fn width(self) -> usize {
        self.width
    }

    fn with(self, style: Style, text: &str) -> String {
        style.force_styling(self.on).apply_to(text).to_string()
    }

    pub fn bold(self, text: &str) -> String {
        self.with(Style::new().bold(), text)
    }

    pub fn dim(self, text: &str) -> String {
        self.with(Style::new().dim(), text)
    }

    pub fn red(self, text: &str) -> String {
        self.with(Style::new().red().bold(), text)
    }

    pub fn yellow(self, text: &str) -> String {
        self.with(Style::new().yellow(), text)
    }

    pub fn blue(self, text: &str) -> String {
        self.with(Style::new().blue().bold(), text)
    }

    pub fn cyan(self, text: &str) -> String {
        self.with(Style::new().cyan(), text)
    }

    /// Text in the colour of a status.
    pub fn status(self, status: Status, text: &str) -> String {
        let style = match status {
            Status::Green => Style::new().green(),
            Status::Red => Style::new().red().bold(),
            Status::Inconclusive | Status::NotJudged => Style::new().yellow(),
            Status::NotApplicable => Style::new().dim(),
        };
        self.with(style, text)
    }
}

fn width(term: &Term) -> usize {
    match term.size_checked() {
        Some((_, columns)) if term.is_term() => usize::from(columns).clamp(40, WIDEST),
        _ => FILE,
    }
}

/// Symbol and word of a status.
pub fn word(status: Status) -> &'static str {
    match status {
        Status::Green => "✓ green",
        Status::Red => "✗ red",
        Status::Inconclusive => "? inconclusive",
        Status::NotJudged => "? not judged",
        Status::NotApplicable => "– not applicable",
    }
}

/// `text` cut to `width` columns, with an ellipsis when something was cut.
pub fn fit(text: &str, width: usize) -> String {
    // Names in spreadsheets have line breaks.
    let text = &text.replace(['\n', '\r', '\t'], " ");
    console::truncate_str(text, width, "…").into_owned()
}

/// `text` cut or filled to `width` columns, flush left.
pub fn left(text: &str, width: usize) -> String {
    console::pad_str(&fit(text, width), width, console::Alignment::Left, None).into_owned()
}

/// `text` filled to `width` columns, flush right.
pub fn right(text: &str, width: usize) -> String {
    console::pad_str(text, width, console::Alignment::Right, None).into_owned()
}

/// `text` broken into lines of at most `width` columns.
pub fn wrap(text: &str, width: usize) -> Vec<String> {
    let mut lines = vec![String::new()];
    for word in text.split_whitespace() {
        let needed = console::measure_text_width(word);
        if let Some(line) = lines.last_mut() {
            let used = console::measure_text_width(line);
            if used == 0 {
                line.push_str(word);
            } else if used + 1 + needed <= width {
                line.push(' ');
                line.push_str(word);
            } else {
                lines.push(word.to_owned());
            }
        }
    }
    lines
}

/// `text` without anything that makes a terminal do more than show it: names of columns, values, files and runs are
/// other people's. Control characters and marks of direction become `\u{…}`; colours stay.
pub fn harmless(text: &str) -> Cow<'_, str> {
    if !text.contains(acts) {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find(acts) {
        out.push_str(&rest[..at]);
        rest = &rest[at..];
        let colour = colour(rest);
        out.push_str(&rest[..colour]);
        rest = &rest[colour..];
        if let (0, Some(c)) = (colour, rest.chars().next()) {
            out.extend(c.escape_unicode());
            rest = &rest[c.len_utf8()..];
        }
    }
    out.push_str(rest);
    Cow::Owned(out)
}

/// True for a character that a terminal carries out, or that changes the order in which others are read.
fn acts(c: char) -> bool {
    let turns = matches!(c, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    turns || (c.is_control() && c != '\n' && c != '\t')
}

/// The length of the colour, weight or underline that `text` begins with; 0 where it begins with none.
fn colour(text: &str) -> usize {
    let Some((number, _)) = (text.strip_prefix("\u{1b}[")).and_then(|rest| rest.split_once('m'))
    else {
        return 0;
    };
    let known = matches!(
        number.parse(),
        Ok(0..=4_u8 | 22 | 24 | 31..=37 | 39 | 91..=97)
    );
    // As we write it: no sign, no zeros before it.
    let plain = number == "0" || number.starts_with(|c: char| ('1'..='9').contains(&c));
    if known && plain { number.len() + 3 } else { 0 }
}

/// A labelled line: the label dim, in a column of its own; the text may be many words.
pub fn line(label: &str, text: &str, paint: Paint) -> String {
    let mut out = String::new();
    for (i, part) in wrap(text, paint.width().saturating_sub(13))
        .iter()
        .enumerate()
    {
        let label = if i == 0 { label } else { "" };
        out += &format!("  {}  {part}\n", paint.dim(&format!("{label:<9}")));
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn colours_reach_a_terminal_and_nothing_else_does() {
        for fine in [
            "",
            "a\n\tb é 日本 👩\u{200d}🔬",
            "\u{1b}[31m\u{1b}[1mred\u{1b}[0m, done",
        ] {
            assert_eq!(harmless(fine), fine);
        }
        for (text, shown) in [
            ("a\u{1b}]0;PWN\u{7}b", "a\\u{1b}]0;PWN\\u{7}b"),
            ("\u{1b}]52;c;aGk=\u{1b}\\", "\\u{1b}]52;c;aGk=\\u{1b}\\"),
            ("\u{1b}[2J\u{1b}[1mx", "\\u{1b}[2J\u{1b}[1mx"),
            ("\u{1b}[8mhidden", "\\u{1b}[8mhidden"),
            ("\u{1b}[31;8mhidden", "\\u{1b}[31;8mhidden"),
            ("\u{1b}[+1m\u{1b}[m\u{1b}", "\\u{1b}[+1m\\u{1b}[m\\u{1b}"),
            ("over\rwritten\u{8}", "over\\u{d}written\\u{8}"),
            ("\u{9b}2J\u{7f}", "\\u{9b}2J\\u{7f}"),
            ("a\u{202e}b", "a\\u{202e}b"),
        ] {
            assert_eq!(harmless(text), shown);
        }
    }

    #[test]
    fn wrapped_lines_keep_every_word_and_the_width() {
        let text = "one two three four five six seven";
        let lines = wrap(text, 11);
        assert!(lines.iter().all(|l| l.len() <= 11), "{lines:?}");
        assert_eq!(lines.join(" "), text);
        assert_eq!(wrap("", 10), vec![String::new()]);
    }

    #[test]
    fn long_names_are_cut_with_an_ellipsis() {
        assert_eq!(left("abcdef", 4), "abc…");
        assert_eq!(left("ab", 4), "ab  ");
        assert_eq!(right("ab", 4), "  ab");
        assert_eq!(left("Age\n(years)", 12), "Age (years) ");
    }
}

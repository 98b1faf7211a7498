//! Colour, where the stream is a terminal and `NO_COLOR` is not set; and the width of a terminal.

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

#[cfg(test)]
mod tests {
    use super::*;

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
    }
}

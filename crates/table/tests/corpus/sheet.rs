//! An invented file: its columns with what they are expected to be, and how the system writes it.

use super::dice::Dice;
use super::want::Want;

/// Which cells stand between quotes.
#[derive(Clone, Copy, PartialEq)]
pub enum Quotes {
    /// None: cells never hold what would need them.
    Never,
    /// Where a cell holds a delimiter, a quote or a line end.
    Minimal,
    /// All, also in the header.
    All,
    /// Cells with letters, but not the header.
    Words,
    /// Where they are needed, after a blank behind each delimiter.
    Spaced,
    /// All but numbers, `NA`, `TRUE` and `FALSE`, as R writes them.
    Strings,
}

/// The bytes of a character.
#[derive(Clone, Copy, PartialEq)]
pub enum Code {
    Utf8,
    Utf8Bom,
    Windows1252,
    /// With a byte order mark.
    Utf16,
    MacRoman,
}

/// How the system writes a file.
#[derive(Clone, Copy)]
pub struct Style {
    pub delimiter: char,
    pub end: &'static str,
    pub quotes: Quotes,
    pub code: Code,
}

/// Commas, `\n`, UTF-8, quotes where needed.
pub const PLAIN: Style = Style {
    delimiter: ',',
    end: "\n",
    quotes: Quotes::Minimal,
    code: Code::Utf8,
};

/// Semicolons and Windows-1252, as Excel saves in most of Europe.
pub const EUROPE: Style = Style {
    delimiter: ';',
    end: "\r\n",
    quotes: Quotes::Minimal,
    code: Code::Windows1252,
};

/// Tabs without any quotes.
pub const TABS: Style = Style {
    delimiter: '\t',
    end: "\n",
    quotes: Quotes::Never,
    code: Code::Utf8,
};

type Cell = Box<dyn Fn(&mut Dice) -> String>;

/// A file that is being built.
pub struct Sheet {
    pub name: &'static str,
    pub rows: usize,
    pub style: Style,
    columns: Vec<(String, Want, Cell)>,
    /// Lines before the header, right behind it, and after the last row.
    before: Vec<String>,
    between: Vec<String>,
    after: Vec<String>,
    json: bool,
    named: bool,
    outer: bool,
    trailing: bool,
    short_header: bool,
}

/// A file with all that is known of it.
pub struct Case {
    pub name: &'static str,
    /// The file's ending.
    pub ending: &'static str,
    pub bytes: Vec<u8>,
    pub style: Style,
    pub json: bool,
    /// False where the header has empty names, names that two columns share, or several lines.
    pub named: bool,
    /// True where a delimiter stands before the first and after the last cell too.
    pub outer: bool,
    pub columns: Vec<(String, Want)>,
    /// Cells by row, as they stand in the file.
    pub cells: Vec<Vec<String>>,
}

impl Sheet {
    pub fn new(name: &'static str, rows: usize, style: Style) -> Sheet {
        Sheet {
            name,
            rows,
            style,
            columns: Vec::new(),
            before: Vec::new(),
            between: Vec::new(),
            after: Vec::new(),
            json: false,
            named: true,
            outer: false,
            trailing: false,
            short_header: false,
        }
    }

    /// A further column: its name, what it is, and how its cells are made.
    pub fn col(
        mut self,
        name: &str,
        want: Want,
        cell: impl Fn(&mut Dice) -> String + 'static,
    ) -> Sheet {
        self.columns.push((name.to_owned(), want, Box::new(cell)));
        self
    }

    /// Lines before the header.
    pub fn before(mut self, lines: &[&str]) -> Sheet {
        self.before = lines.iter().map(|l| (*l).to_owned()).collect();
        self
    }

    /// Lines between the header and the rows.
    pub fn between(mut self, lines: &[String]) -> Sheet {
        self.between = lines.to_vec();
        self
    }

    /// Lines after the last row.
    pub fn after(mut self, lines: &[&str]) -> Sheet {
        self.after = lines.iter().map(|l| (*l).to_owned()).collect();
        self
    }

    /// Columns are compared by their place, not by their name.
    pub fn by_place(mut self) -> Sheet {
        self.named = false;
        self
    }

    /// A delimiter before the first and after the last cell too.
    pub fn outer(mut self) -> Sheet {
        self.outer = true;
        self
    }

    /// A delimiter after the last cell of each row.
    pub fn trailing(mut self) -> Sheet {
        self.trailing = true;
        self
    }

    /// The header lacks the name of the first column.
    pub fn short_header(mut self) -> Sheet {
        self.short_header = true;
        self
    }

    /// One JSON object on each line.
    pub fn json(mut self) -> Sheet {
        self.json = true;
        self
    }

    /// The file.
    pub fn case(self) -> Case {
        let cells: Vec<Vec<String>> = (0..self.rows)
            .map(|row| {
                let cell = |c: &(String, Want, Cell)| c.2(&mut Dice::new(self.name, &c.0, row));
                self.columns.iter().map(cell).collect()
            })
            .collect();
        let text = if self.json {
            self.objects(&cells)
        } else {
            self.lines(&cells)
        };
        let tabs = self.style.delimiter == '\t';
        Case {
            name: self.name,
            ending: if self.json {
                "ndjson"
            } else if tabs {
                "tsv"
            } else {
                "csv"
            },
            bytes: encoded(&text, self.style.code),
            style: self.style,
            json: self.json,
            named: self.named,
            outer: self.outer,
            columns: self.columns.into_iter().map(|c| (c.0, c.1)).collect(),
            cells,
        }
    }

    fn lines(&self, cells: &[Vec<String>]) -> String {
        let names: Vec<String> = self.columns.iter().map(|c| c.0.clone()).collect();
        let mut all = self.before.clone();
        let quotes = match self.style.quotes {
            Quotes::Words => Quotes::Minimal,
            other => other,
        };
        all.push(self.line(&names[usize::from(self.short_header)..], quotes));
        all.extend(self.between.iter().cloned());
        let last = if self.trailing {
            self.style.delimiter.to_string()
        } else {
            String::new()
        };
        all.extend(
            cells
                .iter()
                .map(|row| self.line(row, self.style.quotes) + &last),
        );
        all.extend(self.after.iter().cloned());
        let mut text = all.join(self.style.end);
        text.push_str(self.style.end);
        text
    }

    fn line(&self, cells: &[String], quotes: Quotes) -> String {
        let style = Style {
            quotes,
            ..self.style
        };
        let cells: Vec<String> = cells.iter().map(|c| quoted(c, style)).collect();
        let mut delimiter = self.style.delimiter.to_string();
        if quotes == Quotes::Spaced {
            delimiter.push(' ');
        }
        let line = cells.join(&delimiter);
        if self.outer {
            format!("{delimiter}{line}{delimiter}")
        } else {
            line
        }
    }

    fn objects(&self, cells: &[Vec<String>]) -> String {
        let mut text = String::new();
        for row in cells {
            let fields: Vec<String> = (self.columns.iter().zip(row))
                .map(|(c, cell)| format!("\"{}\":{}", c.0, value(cell)))
                .collect();
            text.push_str(&format!("{{{}}}{}", fields.join(","), self.style.end));
        }
        text
    }
}

/// A cell as JSON: numbers, `true`, `false` and `null` bare.
fn value(cell: &str) -> String {
    let bare = matches!(cell, "true" | "false" | "null") || cell.parse::<f64>().is_ok();
    if bare {
        cell.to_owned()
    } else {
        format!("\"{cell}\"")
    }
}

fn quoted(cell: &str, style: Style) -> String {
    let bare = matches!(cell, "NA" | "TRUE" | "FALSE") || cell.parse::<f64>().is_ok();
    let needs = cell.contains([style.delimiter, '"', '\n', '\r']);
    let quote = match style.quotes {
        Quotes::Never => false,
        Quotes::Minimal | Quotes::Spaced => needs,
        Quotes::All => true,
        Quotes::Words => cell.contains(char::is_alphabetic),
        Quotes::Strings => !bare,
    };
    if quote {
        format!("\"{}\"", cell.replace('"', "\"\""))
    } else {
        cell.to_owned()
    }
}

/// Characters beyond ASCII in MacRoman, as far as the files have them.
const MAC: [(char, u8); 20] = [
    ('ä', 0x8a),
    ('ö', 0x9a),
    ('ü', 0x9f),
    ('Ä', 0x80),
    ('Ö', 0x85),
    ('Ü', 0x86),
    ('ß', 0xa7),
    ('é', 0x8e),
    ('è', 0x8f),
    ('à', 0x88),
    ('ç', 0x8d),
    ('ê', 0x90),
    ('ô', 0x99),
    ('î', 0x94),
    ('€', 0xdb),
    ('°', 0xa1),
    ('µ', 0xb5),
    ('–', 0xd0),
    ('’', 0xd5),
    ('\u{a0}', 0xca),
];

fn encoded(text: &str, code: Code) -> Vec<u8> {
    let single = |of: &dyn Fn(char) -> u8| {
        text.chars()
            .map(|c| if c.is_ascii() { c as u8 } else { of(c) })
            .collect()
    };
    match code {
        Code::Utf8 => text.as_bytes().to_vec(),
        Code::Utf8Bom => [b"\xef\xbb\xbf", text.as_bytes()].concat(),
        Code::Utf16 => [0xfeff]
            .into_iter()
            .chain(text.encode_utf16())
            .flat_map(u16::to_le_bytes)
            .collect(),
        Code::MacRoman => single(&|c| {
            let found = MAC.iter().find(|m| m.0 == c);
            found.map_or(b'?', |m| m.1)
        }),
        Code::Windows1252 => single(&|c| match c {
            '€' => 0x80,
            '–' => 0x96,
            '’' => 0x92,
            c if (c as u32) < 256 => c as u32 as u8,
            _ => b'?',
        }),
    }
}

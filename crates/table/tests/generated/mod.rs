//! Files of which every column has a form of its own, drawn at random.

#[allow(dead_code)]
#[path = "../corpus/dice.rs"]
pub mod dice;
pub mod numbers;
pub mod times;

use proptest::prelude::*;

use dice::Dice;
use numbers::Numbers;
use times::Times;

/// What the cells of a column are.
#[derive(Debug, Clone)]
pub enum Form {
    Numbers(Numbers),
    Times(Times),
    /// Numbers with a letter for a power of ten where they are large, and so many digits behind the point.
    Scaled(&'static str, usize),
    /// Two numbers in each cell, and what stands between and after them.
    Pair(&'static str, &'static str),
    /// A yes and a no.
    Answers(&'static str, &'static str),
}

/// How a column says that a value is missing.
#[derive(Debug, Clone, Copy)]
pub enum Gaps {
    None,
    Empty,
    /// A word.
    Sign(&'static str),
    /// Nothing in some rows, a word in others.
    Both(&'static str),
}

const SIGNS: [&str; 12] = [
    "NA", "N/A", "NaN", "null", "NULL", "None", "?", "-", ".", "n/a", "missing", "#N/A",
];

#[derive(Debug, Clone)]
pub struct Made {
    pub form: Form,
    pub gaps: Gaps,
    /// Which texts stand in the place of numbers.
    pub exceptions: Option<usize>,
}

/// A file: its columns, how many rows it has, and what stands between its cells.
#[derive(Debug, Clone)]
pub struct File {
    pub seed: u32,
    pub rows: usize,
    pub comma: bool,
    pub delimiter: char,
    pub columns: Vec<Made>,
}

fn column(comma: bool) -> impl Strategy<Value = Made> {
    let answers = prop::sample::select(vec![
        ("yes", "no"),
        ("1", "0"),
        ("True", "False"),
        ("J", "N"),
    ]);
    let form = prop_oneof![
        6 => numbers::forms(comma).prop_map(Form::Numbers),
        5 => times::forms().prop_map(Form::Times),
        1 => (prop::sample::select(vec!["", "$", "€"]), 1usize..3).prop_map(|(before, n)| Form::Scaled(before, n)),
        1 => prop::sample::select(vec![("/", ""), ("/", " mmHg"), (" x ", " cm"), ("-", ""), (" - ", ""), ("; ", "")]).prop_map(|(a, b)| Form::Pair(a, b)),
        1 => answers.prop_map(|(yes, no)| Form::Answers(yes, no)),
    ];
    let signs = || prop::sample::select(SIGNS.to_vec());
    let gaps = prop_oneof![
        2 => Just(Gaps::None),
        2 => Just(Gaps::Empty),
        2 => signs().prop_map(Gaps::Sign),
        1 => signs().prop_map(Gaps::Both),
    ];
    (form, gaps, prop::option::of(0usize..8)).prop_map(|(form, gaps, exceptions)| Made {
        exceptions: exceptions.filter(|_| matches!(form, Form::Numbers(_))),
        form,
        gaps,
    })
}

pub fn files() -> impl Strategy<Value = File> {
    any::<bool>().prop_flat_map(|comma| {
        let delimiters = if comma {
            vec![';', '\t']
        } else {
            vec![',', ';', '\t', '|']
        };
        (
            any::<u32>(),
            150usize..260,
            prop::sample::select(delimiters),
            prop::collection::vec(column(comma), 1..6),
        )
            .prop_map(move |(seed, rows, delimiter, columns)| File {
                seed,
                rows,
                comma,
                delimiter,
                columns,
            })
    })
}

impl Made {
    /// True for a text in the place of a value; one that few rows have does not come back.
    pub fn is_word(&self, text: &str) -> bool {
        let sign = match self.gaps {
            Gaps::Sign(sign) | Gaps::Both(sign) => sign == text,
            Gaps::None | Gaps::Empty => false,
        };
        let excepted = match (&self.form, self.exceptions) {
            (Form::Numbers(form), Some(which)) => form.exceptions(which).iter().any(|e| e == text),
            _ => false,
        };
        sign || excepted
    }

    /// The cell of a row.
    fn cell(&self, d: &mut Dice) -> String {
        if d.chance(12) {
            match self.gaps {
                Gaps::None => {}
                Gaps::Empty => return String::new(),
                Gaps::Sign(sign) => return sign.to_owned(),
                Gaps::Both(sign) => return if d.chance(50) { sign } else { "" }.to_owned(),
            }
        }
        match &self.form {
            Form::Numbers(form) => {
                let texts = self.exceptions.map(|which| form.exceptions(which));
                match texts.filter(|_| d.chance(15)) {
                    Some(texts) => texts[d.below(texts.len() as u64) as usize].clone(),
                    None => form.cell(d),
                }
            }
            Form::Times(form) => form.cell(d),
            Form::Scaled(before, digits) => {
                let x = d.skewed(80_000.0);
                let scale = [(1e6, "M"), (1e3, "k")]
                    .into_iter()
                    .find(|(at, _)| x >= *at);
                let (size, letter) = scale.unwrap_or((1.0, ""));
                match letter {
                    "" => format!("{before}{}", d.int(1, 999)),
                    _ => format!("{before}{:.digits$}{letter}", (x / size).min(999.0)),
                }
            }
            Form::Pair(between, after) => {
                let first = d.normal(130.0, 20.0).round();
                format!(
                    "{first}{between}{}{after}",
                    (first * 0.6 + d.normal(0.0, 8.0)).round()
                )
            }
            Form::Answers(yes, no) => (if d.chance(40) { yes } else { no }).to_string(),
        }
    }
}

impl File {
    /// The names of the columns; the first two say how the file writes numbers, and are never empty.
    pub fn names(&self) -> Vec<String> {
        let own = (0..self.columns.len()).map(|at| format!("col_{}", (b'a' + at as u8) as char));
        ["site".to_owned(), "level".to_owned()]
            .into_iter()
            .chain(own)
            .collect()
    }

    pub fn cells(&self) -> Vec<Vec<String>> {
        let seed = self.seed.to_string();
        let row = |row: usize| {
            let point = if self.comma { "," } else { "." };
            let mut d = Dice::new(&seed, "level", row);
            let site = d.pick(&["north", "east", "south"]).to_owned();
            let level = format!("{}{point}{}", d.int(2, 9), d.int(1, 9));
            let own = self
                .columns
                .iter()
                .enumerate()
                .map(|(at, made)| made.cell(&mut Dice::new(&seed, &at.to_string(), row)));
            [site, level].into_iter().chain(own).collect()
        };
        (0..self.rows).map(row).collect()
    }

    /// The file's text.
    pub fn text(&self) -> String {
        let line = |cells: &[String]| {
            let quoted = |cell: &String| match cell.contains([self.delimiter, '"']) {
                true => format!("\"{}\"", cell.replace('"', "\"\"")),
                false => cell.clone(),
            };
            let cells: Vec<String> = cells.iter().map(quoted).collect();
            cells.join(&self.delimiter.to_string()) + "\n"
        };
        let rows: String = self.cells().iter().map(|row| line(row)).collect();
        line(&self.names()) + &rows
    }
}

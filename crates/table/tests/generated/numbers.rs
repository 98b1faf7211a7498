//! Numbers in the forms in which people write them: a currency or a unit, groups of three digits, a point or a
//! comma, digits of the fraction, a minus or a plus in any of their places, letters for powers of ten.

use proptest::prelude::*;

use super::dice::Dice;

/// How many digits a fraction has.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Digits {
    Whole,
    Fixed(usize),
    /// At most so many, without zeros at the end.
    Shortest(usize),
}

#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Sign {
    /// No number is negative.
    None,
    First,
    Typographic,
    /// Between a currency and the digits.
    Inside,
    Behind,
    Parentheses,
    InnerParentheses,
    DebitCredit,
    /// A plus before numbers over zero, a minus before those under it.
    Plus,
}

#[derive(Debug, Clone)]
pub struct Numbers {
    pub before: &'static str,
    pub after: &'static str,
    pub group: Option<char>,
    pub comma: bool,
    pub digits: Digits,
    pub sign: Sign,
    /// No zero before the point of numbers under one.
    pub bare_point: bool,
    /// Width of the distribution.
    pub size: f64,
}

/// What stands before and after numbers.
const AROUND: [(&str, &str); 16] = [
    ("", ""),
    ("", ""),
    ("", ""),
    ("$", ""),
    ("€ ", ""),
    ("CHF ", ""),
    ("USD ", ""),
    ("", "%"),
    ("", " %"),
    ("", " €"),
    ("", " EUR"),
    ("", " km"),
    ("", "kg"),
    ("", " mg/dL"),
    ("", "°C"),
    ("", " m²"),
];

/// Forms of files whose numbers have a decimal comma, if `comma` says so.
pub fn forms(comma: bool) -> impl Strategy<Value = Numbers> {
    let digits = prop_oneof![
        Just(Digits::Whole),
        (1usize..5).prop_map(Digits::Fixed),
        (1usize..5).prop_map(Digits::Shortest),
    ];
    let groups = if comma {
        [None, None, Some('.'), Some(' '), Some('\u{a0}'), Some('\'')]
    } else {
        [
            None,
            None,
            Some(','),
            Some(' '),
            Some('\u{202f}'),
            Some('\''),
        ]
    };
    let signs = [
        Sign::None,
        Sign::None,
        Sign::First,
        Sign::Typographic,
        Sign::Inside,
        Sign::Behind,
        Sign::Parentheses,
        Sign::InnerParentheses,
        Sign::DebitCredit,
        Sign::Plus,
    ];
    (
        prop::sample::select(AROUND.to_vec()),
        prop::sample::select(groups.to_vec()),
        digits,
        prop::sample::select(signs.to_vec()),
        any::<bool>(),
        prop::sample::select(vec![300.0, 40_000.0, 3e6]),
    )
        .prop_map(move |((before, after), group, digits, sign, bare, size)| {
            let fits = match sign {
                Sign::Inside | Sign::InnerParentheses => !before.is_empty(),
                Sign::Behind | Sign::DebitCredit | Sign::Plus => after.is_empty(),
                _ => true,
            };
            Numbers {
                before,
                after,
                group,
                comma,
                digits,
                sign: if fits { sign } else { Sign::First },
                bare_point: bare && group.is_none() && before.is_empty() && digits != Digits::Whole,
                size: if bare && digits != Digits::Whole {
                    2.0
                } else {
                    size
                },
            }
        })
}

impl Numbers {
    /// A number of the column as it is written.
    pub fn cell(&self, d: &mut Dice) -> String {
        let x = match self.sign {
            Sign::None => d.skewed(self.size),
            _ => d.normal(self.size / 4.0, self.size),
        };
        self.written(x)
    }

    pub fn written(&self, x: f64) -> String {
        let (decimals, shortest) = match self.digits {
            Digits::Whole => (0, false),
            Digits::Fixed(n) => (n, false),
            Digits::Shortest(n) => (n, true),
        };
        let plain = format!("{:.decimals$}", x.abs());
        let (whole, fraction) = plain.split_once('.').unwrap_or((&plain, ""));
        let fraction = if shortest {
            fraction.trim_end_matches('0')
        } else {
            fraction
        };
        let mut core = String::new();
        for (i, c) in whole.chars().enumerate() {
            if i > 0 && (whole.len() - i) % 3 == 0 {
                core.extend(self.group);
            }
            core.push(c);
        }
        if self.bare_point && whole == "0" && !fraction.is_empty() {
            core.clear();
        }
        if !fraction.is_empty() {
            core.push(if self.comma { ',' } else { '.' });
            core.push_str(fraction);
        }
        let zero = plain.bytes().all(|b| matches!(b, b'0' | b'.'));
        self.signed(&core, x < 0.0 && !zero, zero)
    }

    fn signed(&self, core: &str, negative: bool, zero: bool) -> String {
        let (before, after) = (self.before, self.after);
        match (self.sign, negative) {
            (Sign::DebitCredit, true) => format!("{before}{core}{after} DR"),
            (Sign::DebitCredit, false) => format!("{before}{core}{after} CR"),
            (Sign::Plus, false) if !zero => format!("+{before}{core}{after}"),
            (_, false) => format!("{before}{core}{after}"),
            (Sign::None | Sign::First | Sign::Plus, true) => format!("-{before}{core}{after}"),
            (Sign::Typographic, true) => format!("\u{2212}{before}{core}{after}"),
            (Sign::Inside, true) => format!("{before}-{core}{after}"),
            (Sign::Behind, true) => format!("{before}{core}{after}-"),
            (Sign::Parentheses, true) => format!("({before}{core}{after})"),
            (Sign::InnerParentheses, true) => format!("{before}({core}){after}"),
        }
    }

    /// Texts that stand in the place of numbers, bounds in the form of the numbers.
    pub fn exceptions(&self, which: usize) -> Vec<String> {
        let plain = Numbers {
            sign: Sign::None,
            ..self.clone()
        };
        let bound = |x: f64| plain.written(x);
        match which {
            0 => vec![format!("<{}", bound(self.size / 50.0))],
            1 => vec![format!("> {}", bound(self.size * 9.0))],
            2 => vec!["refused".into()],
            3 => vec!["not done".into(), "pending".into()],
            4 => vec![format!("<{}", bound(self.size / 50.0)), "k. A.".into()],
            5 => vec!["*****".into()],
            6 => vec![format!("~{}", bound(self.size))],
            _ => vec![format!("{}+", bound(self.size * 4.0))],
        }
    }
}

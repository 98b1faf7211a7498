//! How people write numbers: currency, units, thousands, decimal commas, minus in any place, durations. Read
//! into a plain number, and written back as it came.

use serde::{Deserialize, Serialize};

use crate::text::{Number, number, says_missing};

mod affix;
mod clock;
mod spoken;

pub use clock::Clock;
pub(crate) use clock::exceeds_day;
pub use spoken::{Spoken, Unit};

/// How the numbers of a column are written, where that is not how programs write them.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Notation {
    /// Before each number, such as a currency.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub before: String,
    /// After each number, such as a unit.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub after: String,
    /// Between groups of three digits.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub group: Option<char>,
    /// True when a comma stands before the fraction.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub comma: bool,
    /// How negative numbers are marked.
    #[serde(skip_serializing_if = "Minus::is_plain")]
    pub minus: Minus,
    /// True when a plus stands before numbers that are not negative.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub plus: bool,
    /// True when no zero stands before the point: `.22`.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub bare_point: bool,
    /// Fewest digits of the fraction: `2.0` has one.
    #[serde(skip_serializing_if = "is_zero")]
    pub digits: u8,
    /// Letters for powers of ten, as in `32.1M`, the smallest first.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub scales: Vec<Scale>,
    /// Durations in seconds, written as on a clock.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub clock: Option<Clock>,
    /// Durations in seconds, written with a unit behind each number.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub spoken: Option<Spoken>,
    /// What is written where a value is missing, instead of nothing.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub missing: Option<String>,
    /// What stands in the place of a number in several rows: `<0.5`, `refused`. Such a cell holds a
    /// [mark](Notation::mark).
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub exceptions: Vec<Exception>,
}

/// A text that stands in the place of numbers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Exception {
    /// The text.
    pub text: String,
    /// Its rows among the rows without a number, in parts of ten thousand.
    pub share: u32,
}

/// The bits of a quiet NaN that carries no mark.
const UNMARKED: u64 = 0x7ff8_0000_0000_0000;

/// A letter after a number and the power of ten that it stands for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Scale {
    /// The letter, with blanks before it.
    pub after: String,
    /// The power of ten.
    pub power: u8,
    /// Most digits of the fraction before it.
    pub digits: u8,
}

/// Where a minus stands.
#[derive(
    Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Minus {
    /// Before everything: `-5`, `-$5`.
    #[default]
    First,
    /// Before everything, as U+2212.
    Typographic,
    /// Between what stands before the number and the number: `$-5`.
    Inside,
    /// Behind the number: `5-`.
    Behind,
    /// Parentheses around everything: `($5)`.
    Parentheses,
    /// Parentheses around the number: `$(5)`.
    InnerParentheses,
    /// `DR` behind what is owed and `CR` behind what is not, as banks have it.
    DebitCredit,
}

impl Minus {
    fn is_plain(&self) -> bool {
        *self == Minus::First
    }
}

fn is_zero(n: &u8) -> bool {
    *n == 0
}

/// A text taken apart.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Cut<'a> {
    minus: Option<Minus>,
    plus: bool,
    before: &'a str,
    core: &'a str,
    after: &'a str,
}

/// Characters that set groups of three digits apart, besides point and comma.
const GROUPS: [char; 5] = [' ', '\u{a0}', '\u{202f}', '\'', '\u{2019}'];

/// Share of the numbers that have to be written alike.
const ALIKE: f64 = 0.95;

impl Notation {
    /// A number that is not there because of exception `at`: a NaN whose payload says which, as statistics
    /// packages tell kinds of missing values apart. Everything that asks whether a number is there sees a NaN.
    pub fn mark(at: usize) -> f64 {
        f64::from_bits(UNMARKED | (at as u64 + 1))
    }

    /// The text that stands in the place of the number `x`, if one does.
    pub fn exception(&self, x: f64) -> Option<&str> {
        let at = (x.to_bits() & !UNMARKED & !(1 << 63)).checked_sub(1)?;
        let marked = x.is_nan().then(|| self.exceptions.get(at as usize))??;
        Some(&marked.text)
    }

    /// The exception that `text` is, as a [mark](Notation::mark).
    pub(crate) fn marked(&self, text: &str) -> Option<f64> {
        let at = self.exceptions.iter().position(|e| e.text == text.trim())?;
        Some(Notation::mark(at))
    }

    /// The number that `text` is; `None` for one that stands for something else.
    pub(crate) fn value(&self, text: &str) -> Option<f64> {
        if self.marked(text).is_some() {
            return None;
        }
        match self.number(text) {
            Number::Integer(x) => Some(x as f64),
            Number::Real { value, .. } => Some(value),
            _ => None,
        }
    }

    /// True when numbers are written as programs write them.
    pub fn is_plain(&self) -> bool {
        *self == Notation::default()
    }

    /// True for durations, whose numbers are seconds.
    pub fn is_duration(&self) -> bool {
        self.clock.is_some() || self.spoken.is_some()
    }

    /// The number `x` as the column writes it, with at most `decimals` digits behind the point.
    pub fn written(&self, x: f64, decimals: Option<u8>) -> String {
        let (mut plain, mut out) = (Vec::new(), Vec::new());
        crate::text::push_number(&mut plain, x.abs(), decimals, false);
        self.push(&mut out, x < 0.0, &String::from_utf8_lossy(&plain));
        String::from_utf8_lossy(&out).into_owned()
    }

    /// How the numbers among `values`, distinct texts with their rows, are written.
    pub(crate) fn of(values: &[(&str, u32)]) -> Notation {
        Notation::of_file(values, false)
    }

    /// [`Notation::of`] in a file whose numbers have a decimal comma, if `comma` says so: points between groups
    /// of three digits are no decimal points there.
    pub(crate) fn of_file(values: &[(&str, u32)], comma: bool) -> Notation {
        if !comma && let Some(plain) = Notation::plain(values) {
            return plain;
        }
        let counted = |text: &str| !says_missing(text) && number(text) != Number::NotFinite;
        let all: Vec<(&str, u32)> = values.iter().copied().filter(|(t, _)| counted(t)).collect();
        let cuts: Vec<(Cut<'_>, u32)> = all
            .iter()
            .filter_map(|(t, n)| cut(t).map(|cut| (cut, *n)))
            .collect();
        let mut found = Notation::default();
        // Bounds and words say nothing of how numbers are written.
        let numeric = |t: &str| t.bytes().any(|b| b.is_ascii_digit()) && !is_bounded(t);
        let rows = all.iter().filter(|v| numeric(v.0)).map(|v| v.1).sum();
        let usual = usual(&cuts, rows);
        // A letter for a power of ten is no unit where other numbers have another, or none.
        let lettered = usual.is_none_or(|(_, after)| affix::power(after).is_some());
        if let Some(scales) = lettered.then(|| affix::scales(&cuts)).flatten() {
            found.before = cuts[0].0.before.to_owned();
            found.scales = scales;
        } else if let Some((before, after)) = usual {
            (found.before, found.after) = (before.to_owned(), after.to_owned());
        }
        let mine: Vec<Cut<'_>> = cuts.iter().map(|c| c.0).filter(|c| found.fits(c)).collect();
        if !found.scales.is_empty() {
            found.note_digits_of_scales(&mine);
        }
        found.note_separators(&mine, comma);
        let mut signs = mine.iter().filter_map(|c| c.minus);
        if let Some(first) = signs.next()
            && signs.all(|other| other == first)
        {
            found.minus = first;
        }
        let zero = |c: &Cut<'_>| c.core.bytes().all(|b| !matches!(b, b'1'..=b'9'));
        found.plus = mine.iter().any(|c| c.plus)
            && mine.iter().all(|c| c.plus || c.minus.is_some() || zero(c));
        let point = if found.comma { ',' } else { '.' };
        let zero_before = |core: &str| core.strip_prefix('0').is_some_and(|c| c.starts_with(point));
        found.bare_point = mine.iter().any(|c| c.core.starts_with(point))
            && !mine.iter().any(|c| zero_before(c.core));
        if found.scales.is_empty() {
            let digits = mine.iter().map(|c| found.fraction(c.core));
            found.digits = digits.min().unwrap_or(0).min(15) as u8;
        }
        found
    }

    /// The notation of numbers that are all written as programs write them: digits, and behind a point more digits.
    /// Most columns are, and need no closer look.
    fn plain(values: &[(&str, u32)]) -> Option<Notation> {
        let mut digits = usize::MAX;
        for (text, _) in values {
            let core = text.strip_prefix('-').unwrap_or(text);
            let (whole, fraction) = core.split_once('.').unwrap_or((core, "0"));
            let all_digits = |part: &str| part.bytes().all(|b| b.is_ascii_digit());
            if whole.is_empty()
                || fraction.is_empty()
                || !all_digits(whole)
                || !all_digits(fraction)
            {
                if says_missing(text) {
                    continue;
                }
                return None;
            }
            digits = digits.min(core.len().saturating_sub(whole.len() + 1));
        }
        (digits != usize::MAX).then(|| Notation {
            digits: digits.min(15) as u8,
            ..Notation::default()
        })
    }

    /// The word that stands for missing cells in a column of numbers, none of whose cells is `empty`.
    pub(crate) fn sign_of_missing(values: &[(&str, u32)], empty: bool) -> Option<String> {
        let is_sign = |t: &str| says_missing(t) || number(t) == Number::NotFinite;
        Notation::sign_among(values, empty, is_sign)
    }

    /// The most frequent of the texts that are a sign; none where cells are `empty`, as missing ones are then.
    pub(crate) fn sign_among(
        values: &[(&str, u32)],
        empty: bool,
        is_sign: impl Fn(&str) -> bool,
    ) -> Option<String> {
        let signs = values.iter().filter(|(t, _)| !empty && is_sign(t));
        signs
            .max_by_key(|(_, n)| *n)
            .map(|(sign, _)| (*sign).to_owned())
    }

    fn fits(&self, cut: &Cut<'_>) -> bool {
        cut.before == self.before
            && if self.scales.is_empty() {
                cut.after.trim_end() == self.after.trim_end()
            } else {
                self.scales.iter().any(|s| s.after == cut.after)
            }
    }

    /// Decides what points, commas and blanks between digits mean.
    fn note_separators(&mut self, cuts: &[Cut<'_>], comma: bool) {
        let any = |c: char| cuts.iter().any(|cut| cut.core.contains(c));
        let all = |test: &dyn Fn(&str) -> bool, c: char| {
            cuts.iter()
                .filter(|cut| cut.core.contains(c))
                .all(|cut| test(cut.core))
        };
        // A column that groups digits groups most of those that are long enough.
        let usual = |group: char| {
            let long = |core: &str| {
                let whole = core.split(['.', ',']).next().unwrap_or_default();
                core.contains(group) || whole.len() > 3
            };
            let long: Vec<&str> = cuts.iter().map(|c| c.core).filter(|c| long(c)).collect();
            long.iter().filter(|c| c.contains(group)).count() * 2 > long.len()
        };
        for group in GROUPS {
            if any(group) && usual(group) {
                let comma = any(',') && !any('.');
                let point = if comma { ',' } else { '.' };
                if all(&|core| grouped(core, group, point), group) {
                    (self.group, self.comma) = (Some(group), comma);
                }
                return;
            }
        }
        if any(',') {
            let fraction = comma && all(&decimal, ',');
            if !fraction && all(&|core| grouped(core, ',', '.'), ',') {
                self.group = Some(',');
            } else if all(&decimal, ',') {
                self.comma = true;
                if any('.') {
                    self.group = Some('.');
                }
            }
        } else if (comma || cuts.iter().any(|cut| cut.core.matches('.').count() > 1))
            && any('.')
            && all(&|core| grouped(core, '.', ','), '.')
        {
            (self.group, self.comma) = (Some('.'), true);
        }
    }

    fn note_digits_of_scales(&mut self, cuts: &[Cut<'_>]) {
        for scale in &mut self.scales {
            let mine = cuts.iter().filter(|c| c.after == scale.after);
            let digits = mine.map(|c| c.core.split_once('.').map_or(0, |(_, f)| f.len()));
            scale.digits = digits.max().unwrap_or(0).min(9) as u8;
        }
    }

    /// Digits of the fraction of `core`; 0 for exponents.
    fn fraction(&self, core: &str) -> usize {
        let point = if self.comma { ',' } else { '.' };
        match core.split_once(point) {
            Some((_, fraction)) if fraction.bytes().all(|b| b.is_ascii_digit()) => fraction.len(),
            _ => 0,
        }
    }

    /// What `text` is as a number.
    pub(crate) fn number(&self, text: &str) -> Number {
        if let Some(clock) = self.clock {
            return clock.number(text);
        }
        if let Some(spoken) = &self.spoken {
            return spoken.number(text);
        }
        let plain = number(text);
        if self.group.is_none() && !self.comma && plain != Number::Other {
            return plain;
        }
        let Some(cut) = cut(text) else {
            return plain;
        };
        let unit = cut.before == self.before && cut.after.trim_end() == self.after.trim_end();
        let bare = cut.before.is_empty() && cut.after.is_empty();
        // A single letter behind a whole number of a column without such letters may be part of a code.
        let known = self.scales.iter().any(|s| s.after == cut.after) || cut.core.contains('.');
        let scale = affix::power(cut.after).filter(|_| cut.before == self.before && known);
        if !(unit || bare || scale.is_some()) {
            return plain;
        }
        let value = self.core(cut.core, cut.minus.is_some());
        match scale.filter(|_| !unit) {
            Some(power) => scaled(value, power),
            None => value,
        }
    }

    /// The digits alone, as a number.
    fn core(&self, core: &str, negative: bool) -> Number {
        let mut text = String::with_capacity(core.len() + 1);
        if negative {
            text.push('-');
        }
        // A column's own separators, or those of a number that stands alone with them.
        let point = if self.comma { ',' } else { '.' };
        let other = if self.comma { '.' } else { ',' };
        let alone = |group: char| core.contains(group) && grouped(core, group, point);
        let groups = || GROUPS.into_iter().chain([other]);
        let group = self.group.or_else(|| groups().find(|g| alone(*g)));
        if let Some(group) = group
            && core.contains(group)
        {
            let fits = grouped(core, group, point) || self.comma && decimal(core);
            if !fits {
                return Number::Other;
            }
        }
        for c in core.chars() {
            match c {
                c if Some(c) == group => {}
                ',' if self.comma => text.push('.'),
                c => text.push(c),
            }
        }
        number(&text)
    }

    /// Appends a number; `plain` is its absolute value as programs write it, rounded already.
    pub(crate) fn push(&self, out: &mut Vec<u8>, negative: bool, plain: &str) {
        let text = |out: &mut Vec<u8>, text: &str| out.extend_from_slice(text.as_bytes());
        if let Some(clock) = self.clock {
            return clock.push(out, negative, plain);
        }
        if let Some(spoken) = &self.spoken {
            return spoken.push(out, negative, plain);
        }
        match self.minus {
            _ if !negative => {}
            Minus::First => out.push(b'-'),
            Minus::Typographic => text(out, "\u{2212}"),
            Minus::Parentheses => out.push(b'('),
            Minus::Inside | Minus::Behind | Minus::InnerParentheses | Minus::DebitCredit => {}
        }
        let zero = plain.bytes().all(|b| !matches!(b, b'1'..=b'9'));
        if self.plus && !negative && !zero {
            out.push(b'+');
        }
        text(out, &self.before);
        match self.minus {
            Minus::Inside if negative => out.push(b'-'),
            Minus::InnerParentheses if negative => out.push(b'('),
            _ => {}
        }
        let (digits, after) = self.digits_of(plain);
        let (whole, fraction) = digits.split_once('.').unwrap_or((&digits, ""));
        let lacks = usize::from(self.digits).saturating_sub(fraction.len());
        let fractional = !fraction.is_empty() || lacks > 0;
        match self.group {
            _ if self.bare_point && whole == "0" && fractional => {}
            Some(group) => {
                for (i, c) in whole.chars().enumerate() {
                    if i > 0 && (whole.len() - i) % 3 == 0 {
                        text(out, group.encode_utf8(&mut [0; 4]));
                    }
                    text(out, c.encode_utf8(&mut [0; 4]));
                }
            }
            None => text(out, whole),
        }
        if fractional {
            out.push(if self.comma { b',' } else { b'.' });
            text(out, fraction);
            out.extend(std::iter::repeat_n(b'0', lacks));
        }
        if negative && self.minus == Minus::InnerParentheses {
            out.push(b')');
        }
        text(out, after);
        match self.minus {
            Minus::Behind if negative => out.push(b'-'),
            Minus::Parentheses if negative => out.push(b')'),
            Minus::DebitCredit => text(out, if negative { " DR" } else { " CR" }),
            _ => {}
        }
    }

    /// The digits to be written, and what stands after them.
    fn digits_of<'a>(&'a self, plain: &'a str) -> (std::borrow::Cow<'a, str>, &'a str) {
        let value = plain.parse::<f64>().unwrap_or(0.0);
        let scale = self
            .scales
            .iter()
            .rev()
            .find(|s| value >= 10_f64.powi(s.power.into()));
        match scale.or(self.scales.first()) {
            None => (plain.into(), &self.after),
            Some(scale) => {
                let value = value / 10_f64.powi(scale.power.into());
                let text = format!("{value:.*}", usize::from(scale.digits));
                (text.into(), &scale.after)
            }
        }
    }
}

fn scaled(value: Number, power: u8) -> Number {
    let factor = 10_f64.powi(power.into());
    let of = |x: f64, decimals: u16, significant: u16| {
        let value = x * factor;
        if value.fract() == 0.0 && value.abs() < 9e15 {
            Number::Integer(value as i64)
        } else {
            Number::Real {
                value,
                decimals: decimals.saturating_sub(power.into()),
                significant,
            }
        }
    };
    match value {
        Number::Integer(x) => of(x as f64, 0, 1),
        Number::Real {
            value,
            decimals,
            significant,
        } => of(value, decimals, significant),
        other => other,
    }
}

/// True for a text that says on which side of a number a value is: `<0.5`, `85+`.
pub(crate) fn is_bounded(text: &str) -> bool {
    let text = text.trim();
    text.starts_with(['<', '>', '=', '~', '≤', '≥']) || text.ends_with('+')
}

/// Takes `text` apart around its digits; `None` when it has none or other signs between them.
fn cut(text: &str) -> Option<Cut<'_>> {
    let digit = |c: char| c.is_ascii_digit();
    let mut first = text.find(digit)?;
    let last = text.rfind(digit)? + 1;
    // A point right before the digits belongs to them.
    if text[..first].ends_with(['.', ',']) && !text[..first - 1].ends_with(char::is_alphabetic) {
        first -= 1;
    }
    let core = &text[first..last];
    let between = |c: char| c.is_ascii_digit() || ".,".contains(c) || GROUPS.contains(&c);
    let (mut before, mut after) = (text[..first].trim_start(), &text[last..]);
    let (mut minus, mut plus) = (None, false);
    if let (Some(outside), Some(rest)) = (
        before.strip_suffix('(').filter(|b| !b.is_empty()),
        after.strip_prefix(')'),
    ) {
        (before, after) = (outside, rest);
        minus = Some(Minus::InnerParentheses);
    } else if let Some(rest) = after.trim_end().strip_suffix(" DR") {
        (after, minus) = (rest, Some(Minus::DebitCredit));
    } else if let Some(rest) = after.trim_end().strip_suffix(" CR") {
        after = rest;
    } else if let (Some(inside), Some(at)) = (before.strip_prefix('('), after.find(')')) {
        if !after[at + 1..].trim().is_empty() {
            return None;
        }
        (before, after) = (inside, &after[..at]);
        minus = Some(Minus::Parentheses);
    } else if let Some(rest) = before.strip_prefix('-') {
        (before, minus) = (rest, Some(Minus::First));
    } else if let Some(rest) = before.strip_prefix('\u{2212}') {
        (before, minus) = (rest, Some(Minus::Typographic));
    } else if let Some(rest) = before.strip_suffix('-') {
        (before, minus) = (rest, Some(Minus::Inside));
    } else if let Some(rest) = after.trim_end().strip_suffix('-') {
        (after, minus) = (rest, Some(Minus::Behind));
    } else if let Some(rest) = before.strip_prefix('+') {
        (before, plus) = (rest, true);
    }
    if !core.chars().all(between) {
        // An exponent is no affair of people.
        return None;
    }
    (affix::may_stand_before(before) && affix::may_stand_after(after)).then_some(Cut {
        minus,
        plus,
        before,
        core,
        after,
    })
}

/// What stands before and after nearly all numbers, when it is something.
fn usual<'a>(cuts: &[(Cut<'a>, u32)], rows: u32) -> Option<(&'a str, &'a str)> {
    let mut counts = std::collections::BTreeMap::<(&str, &str), u64>::new();
    for (cut, n) in cuts {
        *counts.entry((cut.before, cut.after)).or_default() += u64::from(*n);
    }
    let (pair, _) = counts.iter().max_by_key(|(_, n)| **n)?;
    // Blanks at the end need not be alike.
    let alike = |p: &(&str, &str)| p.0 == pair.0 && p.1.trim_end() == pair.1.trim_end();
    let n: u64 = counts
        .iter()
        .filter(|(p, _)| alike(p))
        .map(|(_, n)| *n)
        .sum();
    (n as f64 >= ALIKE * f64::from(rows)).then_some(*pair)
}

/// Digits in groups of three, then perhaps a fraction: `1,234,567.8`; not `0,123`.
fn grouped(text: &str, group: char, point: char) -> bool {
    let (whole, fraction) = match text.split_once(point) {
        Some((whole, fraction)) => (whole, Some(fraction)),
        None => (text, None),
    };
    let mut parts = whole.split(group);
    let first = parts.next().unwrap_or_default();
    let rest: Vec<&str> = parts.collect();
    (1..=3).contains(&first.len())
        && (!first.starts_with('0') || rest.is_empty())
        && is_digits(first)
        && rest.iter().all(|p| p.len() == 3 && is_digits(p))
        && fraction.is_none_or(is_digits)
}

/// A number with a decimal comma: `1.234,5`, `1234,5` or `,5`.
fn decimal(text: &str) -> bool {
    let Some((whole, fraction)) = text.split_once(',') else {
        return false;
    };
    !fraction.is_empty() && is_digits(fraction) && (is_digits(whole) || grouped(whole, '.', ','))
}

fn is_digits(text: &str) -> bool {
    text.bytes().all(|b| b.is_ascii_digit())
}

#[cfg(test)]
mod tests;

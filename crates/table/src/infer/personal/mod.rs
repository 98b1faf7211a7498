//! Personal data, found by what the cells are, however many of them differ; the column's name
//! strengthens or weakens the evidence.

pub(crate) mod checks;
pub(crate) mod forms;
mod hints;
pub(crate) mod lexicon;
pub(crate) mod names;
pub(crate) mod within;

use crate::Personal;
use crate::text::says_missing;

use hints::Hints;
use within::carried;
pub(crate) use within::free_answers;

/// Distinct texts that are looked at; more are looked at evenly.
const SAMPLE: usize = 1000;

/// The distinct texts of a column that say something, with some figures on them.
struct Cells<'a> {
    texts: Vec<&'a str>,
    /// Number of distinct texts, looked at or not.
    distinct: usize,
    /// Distinct texts over filled cells.
    share: f64,
    /// Some text has such a character.
    digit: bool,
    letter: bool,
    at: bool,
    blank: bool,
}

impl<'a> Cells<'a> {
    fn of(values: &[(&'a str, u32)]) -> Cells<'a> {
        let present: u64 = values.iter().map(|(_, n)| u64::from(*n)).sum();
        let step = values.len().div_ceil(SAMPLE).max(1);
        let texts: Vec<&str> = values
            .iter()
            .step_by(step)
            .map(|(t, _)| t.trim())
            .filter(|t| !says_nothing(t))
            .collect();
        let any = |is: fn(char) -> bool| texts.iter().any(|t| t.contains(is));
        Cells {
            distinct: values.len(),
            share: values.len() as f64 / present.max(1) as f64,
            digit: any(|c| c.is_ascii_digit()),
            letter: any(char::is_alphabetic),
            at: any(|c| c == '@'),
            blank: any(|c| c == ' ' || c == '^'),
            texts,
        }
    }

    fn part(&self, is: impl Fn(&str) -> bool) -> f64 {
        let yes = self.texts.iter().filter(|t| is(t)).count();
        yes as f64 / self.texts.len().max(1) as f64
    }

    fn mean(&self, of: impl Fn(&str) -> f64) -> f64 {
        self.texts.iter().map(|t| of(t)).sum::<f64>() / self.texts.len().max(1) as f64
    }

    fn most(&self, is: impl Fn(&str) -> bool) -> bool {
        // A look at the first few spares the rest in columns of another kind.
        let front = &self.texts[..self.texts.len().min(20)];
        let wrong = front.iter().filter(|t| !is(t)).count();
        wrong * 2 <= front.len() && self.part(is) >= 0.9
    }
}

/// Words that stand beside values and are none.
fn says_nothing(text: &str) -> bool {
    const WORDS: [&str; 9] = [
        "anonymous",
        "no",
        "other",
        "yes",
        "keine",
        "k.a.",
        "unbekannt",
        "unassigned",
        "inconnu",
    ];
    says_missing(text) || WORDS.iter().any(|w| text.eq_ignore_ascii_case(w))
}

/// What a column of texts holds, when it is personal data.
pub(crate) fn find(values: &[(&str, u32)], words: &[String]) -> Option<Personal> {
    let cells = Cells::of(values);
    if cells.texts.is_empty() {
        return None;
    }
    let hints = Hints::of(words);
    by_form(&cells, hints)
        .or_else(|| by_digits(&cells, hints))
        .or_else(|| by_name(&cells, words, hints))
        .or_else(|| people(&cells, hints))
}

/// What at least nine in ten of the distinct texts are by their form.
fn by_form(cells: &Cells<'_>, hints: Hints) -> Option<Personal> {
    let most = |is: fn(&str) -> bool| cells.most(is);
    let many = cells.texts.len() >= 3;
    if cells.at && most(forms::is_email) {
        return Some(Personal::Email);
    }
    if cells.letter && most(forms::is_url) {
        let telling = cells.share > 0.5 || cells.part(forms::is_telling_url) >= 0.3;
        return telling.then_some(Personal::Url);
    }
    if !cells.digit {
        return None;
    }
    if most(|t| forms::ip(t).is_some()) {
        let sure = cells.part(forms::is_sure_ip) >= 0.5;
        return ((sure || hints.machine) && !hints.version).then_some(Personal::Ip);
    }
    if cells.letter {
        if most(forms::is_mac) {
            return Some(Personal::Mac);
        }
        if most(forms::is_iban) {
            return Some(Personal::Iban);
        }
        if most(forms::is_vin) && (hints.vehicle || many || cells.part(checks::vin) >= 0.9) {
            return Some(Personal::Vin);
        }
        let plates = most(forms::is_plate) && many && !hints.things;
        if plates || (hints.plate && most(forms::may_be_plate)) {
            return Some(Personal::Plate);
        }
        let bare = |t: &str| t.replace([' ', '.'], "");
        if cells.most(|t| checks::lettered(&bare(t))) && (many || hints.national) {
            return Some(Personal::NationalId);
        }
        if cells.most(forms::is_address)
            && (many || hints.address || cells.part(|t| t.contains(',')) > 0.9)
        {
            return Some(Personal::Address);
        }
    }
    None
}

/// Numbers: of telephones, cards, devices, and those that states give.
fn by_digits(cells: &Cells<'_>, hints: Hints) -> Option<Personal> {
    if !cells.digit {
        return None;
    }
    let n = cells.texts.len();
    if cells.most(forms::is_ssn) {
        return Some(Personal::Ssn);
    }
    let imei = cells.most(forms::is_imei);
    if hints.device && cells.most(|t| t.len() == 15 && forms::count_digits(t) == 15)
        || (imei && n >= 5 && !hints.card && !cells.most(forms::is_card))
    {
        return Some(Personal::Imei);
    }
    if cells.most(forms::is_card) && (hints.card || n >= 3 || cells.most(forms::is_spaced_card)) {
        return Some(Personal::CreditCard);
    }
    let marked = |t: &str| t.bytes().any(|b| !b.is_ascii_digit());
    let national = |t: &str| {
        t.bytes()
            .all(|b| b.is_ascii_digit() || matches!(b, b' ' | b'-' | b'.' | b'/' | b'+'))
            && checks::national(&checks::digits(t))
    };
    let length = cells.texts.first().map_or(0, |t| forms::count_digits(t));
    if (9..=15).contains(&length)
        && (hints.national || n >= 12 || (n >= 5 && cells.part(marked) > 0.9))
        && cells.most(national)
    {
        return Some(Personal::NationalId);
    }
    if cells.most(forms::is_phone) {
        return Some(Personal::Phone);
    }
    None
}

/// What a column's name and its texts together say.
fn by_name(cells: &Cells<'_>, words: &[String], hints: Hints) -> Option<Personal> {
    let has = |of: &[&str]| words.iter().any(|w| of.contains(&w.as_str()));
    let varied = cells.share > 0.2 || cells.distinct > 1000;
    let most = |is: fn(&str) -> bool| cells.part(is) >= 0.8;
    if hints.national && most(|t| forms::count_digits(t) >= 6 && t.len() <= 24 && !t.contains('.'))
    {
        let american = has(&[
            "ssn",
            "nin",
            "social",
            "socialsecurity",
            "socialsecuritynumber",
        ]);
        return Some(if american {
            Personal::Ssn
        } else {
            Personal::NationalId
        });
    }
    if hints.phone && most(forms::may_be_phone) {
        return Some(Personal::Phone);
    }
    if has(&["email", "mail", "emails"]) && cells.part(|t| t.contains('@')) >= 0.5 {
        return Some(Personal::Email);
    }
    if is_postcode(words) && cells.distinct > 100 {
        return most(|t| t.len() <= 10).then_some(Personal::Postcode);
    }
    if hints.address && !cells.at {
        let street = cells.part(|t| t.bytes().any(|b| b.is_ascii_digit()) && t.contains(' '));
        let fits = most(|t| forms::count_letters(t) >= 3);
        return (fits && (varied || street >= 0.5)).then_some(Personal::Address);
    }
    if hints.user {
        let single = most(|t| !t.contains(' '));
        let made =
            cells.part(|t| t.contains(|c: char| c.is_ascii_digit() || matches!(c, '.' | '_')));
        let named = cells.part(|t| within::user(t) > 0.0);
        let fits = single && cells.letter && (varied || made >= 0.5 || named >= 0.4);
        return fits.then_some(Personal::Username);
    }
    if cells.share > 0.5 && has(&["company", "employer", "organisation", "organization"]) {
        return most(|t| forms::count_letters(t) >= 2).then_some(Personal::Company);
    }
    if cells.share > 0.5 && has(&["city", "town", "village", "municipality"]) {
        return most(|t| forms::count_letters(t) >= 2).then_some(Personal::City);
    }
    None
}

/// Names of people, and user names that are made of them.
fn people(cells: &Cells<'_>, hints: Hints) -> Option<Personal> {
    if !cells.letter {
        return None;
    }
    let companies = cells.part(names::is_company);
    if companies >= 0.5 {
        return (cells.share > 0.5).then_some(Personal::Company);
    }
    let n = cells.texts.len();
    let sure = cells.distinct <= 2;
    let person = (hints.people || hints.given || hints.family) && !hints.things;
    // Half of a family's columns would be `things` and `people` at once: `clinic_manager`.
    let (shaped, needed) = match (person, hints.things) {
        (true, _) => (0.8, 0.3),
        (false, true) => (0.9, if hints.people { 0.6 } else { 0.9 }),
        (false, false) => (0.8, if sure { 0.75 } else { 0.6 }),
    };
    if cells.blank || !cells.texts.iter().any(|t| t.is_ascii()) {
        let full = |t: &str| names::full(t) > 0.0 || (person && names::parts(t).is_some());
        if cells.part(full) >= shaped
            && cells.mean(names::full) >= needed
            && (!hints.things || n >= 5)
        {
            return Some(if hints.family && !hints.given && !cells.blank {
                Personal::LastName
            } else {
                Personal::Name
            });
        }
    }
    if hints.given || hints.family || (person && cells.share > 0.5) {
        let fits = cells.part(is_wordy) >= 0.8;
        let what = match (hints.given, hints.family) {
            (true, _) => Personal::FirstName,
            (_, true) => Personal::LastName,
            _ => Personal::Name,
        };
        let named = hints.given
            || hints.family
            || cells.blank
            || cells.part(|t| single(t).0 + single(t).1 > 0.0) >= 0.3;
        if fits && named {
            return Some(what);
        }
    }
    if let Some(what) = single_words(cells, hints, person) {
        return Some(what);
    }
    let carriers = cells.part(|t| carried(t).is_some());
    if carriers >= 0.6 && (!hints.things || carriers >= 0.9) {
        return most_carried(cells);
    }
    None
}

/// Columns of single words: given names, family names, or user names.
fn single_words(cells: &Cells<'_>, hints: Hints, person: bool) -> Option<Personal> {
    if hints.things && !hints.people {
        return None;
    }
    if cells.blank && cells.part(|t| !t.contains([' ', '^'])) < 0.9 {
        return None;
    }
    let scores: Vec<(f64, f64)> = cells.texts.iter().map(|t| single(t)).collect();
    let n = scores.len().max(1) as f64;
    let given = scores.iter().map(|s| s.0).sum::<f64>() / n;
    let family = scores.iter().map(|s| s.1).sum::<f64>() / n;
    let (given_needed, family_needed) = if person { (0.4, 0.4) } else { (0.8, 0.85) };
    let family_enough = person || scores.len() >= 5;
    // Words that are also something else prove nothing among themselves.
    let clear = scores.iter().filter(|s| s.0 >= 1.0 || s.1 >= 1.0).count() as f64 / n;
    let clear_enough = clear >= if person { 0.2 } else { 0.6 };
    if given >= given_needed && given >= family && clear_enough {
        return Some(Personal::FirstName);
    }
    if family >= family_needed && family_enough && clear_enough {
        return Some(Personal::LastName);
    }
    let users = cells.mean(within::user);
    (users >= 0.6 && cells.letter).then_some(Personal::Username)
}

/// How surely a text of one word is a given name, and a family name.
fn single(text: &str) -> (f64, f64) {
    let written = text.chars().next().is_some_and(|c| !c.is_lowercase())
        && text
            .chars()
            .all(|c| c.is_alphabetic() || matches!(c, '-' | '\''));
    if !written || text.chars().count() < 2 {
        return (0.0, 0.0);
    }
    let lower = text.to_lowercase();
    let known = lexicon::known(&lower);
    if known.never {
        return (0.0, 0.0);
    }
    let family = if known.given && !known.family {
        0.0
    } else {
        names::family(&lower)
    };
    let sure = if known.shared { 0.5 } else { 1.0 };
    (names::given(&lower).min(sure), family.min(sure))
}

/// What most texts carry among other words.
fn most_carried(cells: &Cells<'_>) -> Option<Personal> {
    let mut counts: Vec<(Personal, usize)> = Vec::new();
    for what in cells.texts.iter().filter_map(|t| carried(t)) {
        match counts.iter_mut().find(|(w, _)| *w == what) {
            Some((_, n)) => *n += 1,
            None => counts.push((what, 1)),
        }
    }
    counts.into_iter().max_by_key(|(_, n)| *n).map(|(w, _)| w)
}

/// Named for people.
pub(crate) fn is_of_people(words: &[String]) -> bool {
    let hints = Hints::of(words);
    hints.people && !hints.things
}

/// Named like a number that tells who someone is or where they live.
pub(crate) fn is_named(words: &[String]) -> bool {
    let hints = Hints::of(words);
    hints.phone || hints.card || hints.national || hints.device || is_postcode(words)
}

/// Whether whole numbers with such digits, or so named, may tell who someone is.
pub(crate) fn may_be_numbers(words: &[String], low: i64, high: i64) -> bool {
    is_named(words) || (low >= 100_000_000 && high < 10_000_000_000_000_000)
}

/// Named like a postcode: digits of such columns are codes.
pub(crate) fn is_postcode(words: &[String]) -> bool {
    words.last().is_some_and(|last| {
        ["zip", "zipcode", "postcode", "postalcode", "plz"].contains(&last.as_str())
    }) || words.ends_with(&["postal".to_owned(), "code".to_owned()])
        || words.ends_with(&["zip".to_owned(), "code".to_owned()])
        || words.ends_with(&["post".to_owned(), "code".to_owned()])
}

fn is_wordy(text: &str) -> bool {
    let count = text.split_whitespace().count();
    (1..=10).contains(&count)
        && text.len() <= 120
        && forms::count_letters(text) * 10
            >= text.chars().filter(|c| !c.is_whitespace()).count() * 7
        && forms::count_digits(text) == 0
}

#[cfg(test)]
mod tests;

//! Numbers, people and places as the systems write them.

use super::dice::Dice;

/// A number with `decimals` digits, groups of three set apart by `group`, and `point` before the fraction.
pub fn grouped(x: f64, decimals: usize, group: &str, point: &str) -> String {
    let plain = format!("{:.decimals$}", x.abs());
    let (whole, fraction) = plain.split_once('.').unwrap_or((&plain, ""));
    let mut out = String::new();
    if x < 0.0 && plain.bytes().any(|b| b.is_ascii_digit() && b != b'0') {
        out.push('-');
    }
    for (i, c) in whole.chars().enumerate() {
        if i > 0 && (whole.len() - i) % 3 == 0 {
            out.push_str(group);
        }
        out.push(c);
    }
    if decimals > 0 {
        out.push_str(point);
        out.push_str(fraction);
    }
    out
}

/// `1.234,50`
pub fn de(x: f64, decimals: usize) -> String {
    grouped(x, decimals, ".", ",")
}

/// `1234,50`
pub fn comma(x: f64, decimals: usize) -> String {
    grouped(x, decimals, "", ",")
}

/// `1,234.50`
pub fn en(x: f64, decimals: usize) -> String {
    grouped(x, decimals, ",", ".")
}

/// `1234.50`
pub fn plain(x: f64, decimals: usize) -> String {
    grouped(x, decimals, "", ".")
}

/// The minus, if there is one, behind the number.
pub fn behind(text: &str) -> String {
    match text.strip_prefix('-') {
        Some(rest) => format!("{rest}-"),
        None => text.to_owned(),
    }
}

const GIVEN: [&str; 24] = [
    "Anna", "Ben", "Clara", "David", "Elena", "Felix", "Greta", "Henry", "Ida", "Jonas", "Klara",
    "Leon", "Maria", "Noah", "Olivia", "Paul", "Rosa", "Simon", "Tina", "Victor", "Wanda", "Julia",
    "Lukas", "Emma",
];

const FAMILY: [&str; 24] = [
    "Müller",
    "Schmidt",
    "Weber",
    "Fischer",
    "Wagner",
    "Becker",
    "Schäfer",
    "Koch",
    "Richter",
    "Klein",
    "Wolf",
    "Neumann",
    "Schwarz",
    "Braun",
    "Hofmann",
    "Zimmermann",
    "Krüger",
    "Hartmann",
    "Lange",
    "Werner",
    "Krause",
    "Meier",
    "Lehmann",
    "Köhler",
];

const ENGLISH: [&str; 24] = [
    "Smith", "Johnson", "Brown", "Taylor", "Wilson", "Davies", "Evans", "Thomas", "Roberts",
    "Walker", "Wright", "Thompson", "White", "Hughes", "Edwards", "Green", "Hall", "Wood",
    "Harris", "Clarke", "Jackson", "Turner", "Hill", "Cooper",
];

/// A given name.
pub fn given(d: &mut Dice) -> &'static str {
    GIVEN[d.below(24) as usize]
}

/// A German family name.
pub fn family(d: &mut Dice) -> &'static str {
    FAMILY[d.below(24) as usize]
}

/// An English family name.
pub fn surname(d: &mut Dice) -> &'static str {
    ENGLISH[d.below(24) as usize]
}

/// A German name.
pub fn person_de(d: &mut Dice) -> String {
    format!("{} {}", given(d), family(d))
}

/// An English name.
pub fn person_en(d: &mut Dice) -> String {
    format!("{} {}", given(d), surname(d))
}

/// An address that leads nowhere.
pub fn email(d: &mut Dice) -> String {
    let (first, last) = (given(d).to_lowercase(), surname(d).to_lowercase());
    let hosts = ["example.com", "example.org", "mail.example"];
    format!("{first}.{last}{}@{}", d.below(90), d.pick(&hosts))
}

/// An address of a machine.
pub fn ip(d: &mut Dice) -> String {
    let part = |d: &mut Dice| d.int(1, 254);
    format!("{}.{}.{}.{}", 80 + d.below(120), part(d), part(d), part(d))
}

/// A German account number with right check digits.
pub fn iban(d: &mut Dice) -> String {
    let body = format!("37040044{}", d.digits(10));
    let rest = format!("{body}131400")
        .bytes()
        .fold(0u32, |r, b| (r * 10 + u32::from(b - b'0')) % 97);
    format!("DE{:02}{body}", 98 - rest)
}

/// A sentence of `low` to `high` words out of everyday life.
pub fn sentence(d: &mut Dice, low: i64, high: i64) -> String {
    const WORDS: [&str; 32] = [
        "the", "delivery", "was", "late", "but", "support", "answered", "quickly", "and", "we",
        "like", "new", "version", "please", "call", "back", "on", "Monday", "box", "arrived",
        "damaged", "again", "screen", "shows", "wrong", "price", "after", "update", "customer",
        "asked", "for", "invoice",
    ];
    let n = d.int(low, high);
    let words: Vec<&str> = (0..n).map(|_| WORDS[d.below(32) as usize]).collect();
    words.join(" ")
}

/// A cell that is empty in so many of a hundred rows.
pub fn maybe(d: &mut Dice, percent: u64, cell: impl FnOnce(&mut Dice) -> String) -> String {
    if d.chance(percent) {
        String::new()
    } else {
        cell(d)
    }
}

/// A cell that says `word` in so many of a hundred rows.
pub fn or_word(
    d: &mut Dice,
    percent: u64,
    word: &str,
    cell: impl FnOnce(&mut Dice) -> String,
) -> String {
    if d.chance(percent) {
        word.to_owned()
    } else {
        cell(d)
    }
}

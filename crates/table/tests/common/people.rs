//! Tables of invented people, for the tests of personal data.
#![allow(dead_code)]

use verdancy_table::Personal;

pub fn mixed(i: u64) -> u64 {
    let x = (i + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    (x ^ (x >> 29)).wrapping_mul(0xbf58_476d_1ce4_e5b9) >> 11
}

/// Row `i` of a column of `people` people, some of them far more often than others.
pub fn who(i: u64, people: u64, salt: u64) -> u64 {
    let (a, b) = (
        mixed(i * 2 + salt) % people,
        mixed(i * 2 + 1 + salt * 7) % people,
    );
    if i < people { i } else { a.min(b) }
}

pub fn csv(header: &str, rows: u64, cells: impl Fn(u64) -> Vec<String>) -> String {
    let mut out = format!("{header}\n");
    for i in 0..rows {
        let cells: Vec<String> = (cells(i).iter())
            .map(|c| format!("\"{}\"", c.replace('"', "\"\"")))
            .collect();
        out.push_str(&cells.join(","));
        out.push('\n');
    }
    out
}

pub fn iban_is_right(text: &str) -> bool {
    let turned = format!("{}{}", &text[4..], &text[..4]);
    let rest = turned.chars().fold(0u32, |rest, c| {
        let v = c.to_digit(36).unwrap();
        (rest * if v > 9 { 100 } else { 10 } + v) % 97
    });
    rest == 1
}

/// Cell number `person` of each kind, in the forms of several countries.
pub type Cell = fn(u64) -> String;

pub fn names_of(given: &[&str], family: &[&str], i: u64) -> (String, String) {
    let n = given.len() as u64;
    (
        given[(i % n) as usize].to_owned(),
        family[(i / n % family.len() as u64) as usize].to_owned(),
    )
}

pub fn english(i: u64) -> (String, String) {
    let given = [
        "Nancy", "David", "Robert", "Susan", "Karen", "Michael", "Linda",
    ];
    let family = [
        "Smith", "Wilson", "Brown", "Jones", "Davis", "Miller", "Clark", "Lewis",
    ];
    names_of(&given, &family, i)
}

pub fn german(i: u64) -> (String, String) {
    let given = ["Jürgen", "Bärbel", "Uwe", "Heike", "Günther", "Sabine"];
    let family = [
        "Müller",
        "Schäfer",
        "Weiß",
        "Huber",
        "Sauer",
        "Dorn",
        "Größlmeyer",
    ];
    names_of(&given, &family, i)
}

pub fn luhn_end(body: &str) -> String {
    let sum: u32 = body
        .bytes()
        .rev()
        .enumerate()
        .map(|(i, b)| {
            let d = u32::from(b - b'0') * if i % 2 == 0 { 2 } else { 1 };
            d / 10 + d % 10
        })
        .sum();
    format!("{body}{}", (10 - sum % 10) % 10)
}

pub fn german_iban(i: u64) -> String {
    let body = format!("37040044{:010}", mixed(i) % 9_999_999_999);
    let rest = format!("{body}131400")
        .bytes()
        .fold(0u32, |r, b| (r * 10 + u32::from(b - b'0')) % 97);
    format!("DE{:02}{body}", 98 - rest)
}

/// Each kind in the forms of several countries.
pub const KINDS: &[(&str, Personal, Cell)] = &[
    ("English names", Personal::Name, |i| {
        let (g, f) = english(i);
        format!("{g} {f}")
    }),
    ("with titles", Personal::Name, |i| {
        let (g, f) = english(i);
        format!("Dr. {g} {f}")
    }),
    ("family name first", Personal::Name, |i| {
        let (g, f) = english(i);
        format!("{f}, {g}")
    }),
    ("in capitals", Personal::Name, |i| {
        let (g, f) = english(i);
        format!("{g} {f}").to_uppercase()
    }),
    ("with years", Personal::Name, |i| {
        let (g, f) = german(i);
        format!("{f}, {g} ({})", 1950 + i % 50)
    }),
    ("with addresses", Personal::Name, |i| {
        let (g, f) = english(i);
        format!(
            "{g} {f} <{}.{}@clinic.org>",
            g.to_lowercase(),
            f.to_lowercase()
        )
    }),
    ("German names", Personal::Name, |i| {
        let (g, f) = german(i);
        format!("{g} {f}")
    }),
    ("Russian names", Personal::Name, |i| {
        let given = ["Иван", "Сергей", "Дмитрий", "Андрей"];
        let family = [
            "Петров",
            "Смирнов",
            "Козлов",
            "Новиков",
            "Морозов",
            "Волков",
            "Павлов",
        ];
        let (g, f) = names_of(&given, &family, i);
        format!("{g} {f}")
    }),
    ("Chinese names", Personal::Name, |i| {
        let family = ["王", "李", "张", "刘", "陈", "杨", "赵"];
        let given = ["文辉", "明轩", "俊伟", "志国", "光耀"];
        let (g, f) = names_of(&given, &family, i);
        format!("{f}{g}")
    }),
    ("e-mails", Personal::Email, |i| {
        let (g, f) = english(i);
        format!(
            "{}.{}@firma.de",
            &g.to_lowercase()[..1],
            f.to_lowercase() + &(i / 56).to_string()
        )
    }),
    ("German phones", Personal::Phone, |i| {
        format!("+49 171 {:07}", mixed(i) % 10_000_000)
    }),
    ("area codes", Personal::Phone, |i| {
        format!("030/{:07}", 1_000_000 + mixed(i) % 9_000_000)
    }),
    ("American phones", Personal::Phone, |i| {
        format!("(415) 555-{:04}", i % 10_000)
    }),
    ("French phones", Personal::Phone, |i| {
        let n = mixed(i) % 1_000_000;
        format!(
            "01 23 {:02} {:02} {:02}",
            n % 100,
            n / 100 % 100,
            n / 10_000
        )
    }),
    ("IBANs", Personal::Iban, german_iban),
    ("cards", Personal::CreditCard, |i| {
        let n = luhn_end(&format!("4111{:011}", mixed(i) % 99_999_999_999));
        format!("{} {} {} {}", &n[..4], &n[4..8], &n[8..12], &n[12..])
    }),
    ("MACs with dots", Personal::Mac, |i| {
        let n = mixed(i) & 0xffff_ffff_ffff;
        format!(
            "{:04x}.{:04x}.{:04x}",
            n >> 32,
            n >> 16 & 0xffff,
            n & 0xffff
        )
    }),
    ("British plates", Personal::Plate, |i| {
        let letter = |n: u64| char::from(b'A' + (mixed(n) % 26) as u8);
        format!(
            "{}{}{:02} {}{}{}",
            letter(i),
            letter(i + 9),
            i % 70,
            letter(i + 3),
            letter(i + 5),
            letter(i + 7)
        )
    }),
    ("devices", Personal::Imei, |i| {
        luhn_end(&format!("35693803{:06}", mixed(i) % 1_000_000))
    }),
    ("public networks", Personal::Ip, |i| {
        format!("93.184.{}.{}", mixed(i) % 256, 1 + i % 250)
    }),
    ("new networks", Personal::Ip, |i| {
        format!("2a02:810d:{:x}::{:x}", i + 17, mixed(i) & 0xffff)
    }),
    ("web pages", Personal::Url, |i| {
        format!("https://social.org/user/{}", 10_000 + i * 37)
    }),
    ("addresses", Personal::Address, |i| {
        format!(
            "{} {} Street, {}ville",
            1 + i * 3,
            english(i).1,
            english(i * 5).1
        )
    }),
    ("German addresses", Personal::Address, |i| {
        format!(
            "{}straße {}, {:05} Neustadt",
            english(i / 3).1,
            1 + i,
            10_115 + i * 7
        )
    }),
    ("user names", Personal::Username, |i| {
        format!("{}{:02}", english(i).0.to_lowercase(), 10 + i)
    }),
    ("social security", Personal::Ssn, |i| {
        format!(
            "{:03}-{:02}-{:04}",
            100 + i,
            50 + i % 40,
            1000 + mixed(i) % 9000
        )
    }),
    ("British national insurance", Personal::NationalId, |i| {
        let letter = |n: u64| char::from(b"ABCEGHJKLM"[(n % 10) as usize]);
        format!(
            "{}{}{:06}{}",
            letter(i),
            letter(i / 10),
            mixed(i) % 1_000_000,
            char::from(b'A' + (i % 4) as u8)
        )
    }),
];

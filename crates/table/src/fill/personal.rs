//! Fakes for personal data and notes. Whatever could reach or name somebody comes from ranges
//! that are kept for examples or are given to nobody.

use fake::Fake;
use fake::faker::{address::en as address, company::en as company, lorem::en as lorem};
use fake::faker::{internet::en as internet, name::en as name};
use rand::RngExt;
use rand_chacha::ChaCha8Rng;

use crate::Personal;

/// Top-level parts of `example.*`, which RFC 2606 keeps for examples.
const EXAMPLES: [&str; 3] = ["com", "org", "net"];

/// A stand-in for personal data.
pub(super) fn fake(what: Personal, rng: &mut ChaCha8Rng) -> String {
    match what {
        Personal::Name => {
            let first: String = name::FirstName().fake_with_rng(rng);
            let last: String = name::LastName().fake_with_rng(rng);
            format!("{first} {last}")
        }
        Personal::FirstName => name::FirstName().fake_with_rng(rng),
        Personal::LastName => name::LastName().fake_with_rng(rng),
        Personal::Email => {
            let first: String = name::FirstName().fake_with_rng(rng);
            let last: String = name::LastName().fake_with_rng(rng);
            format!(
                "{}.{}{}@example.{}",
                plain(&first),
                plain(&last),
                rng.random_range(1..1000),
                EXAMPLES[rng.random_range(0..EXAMPLES.len())]
            )
        }
        // 555-0100 to 555-0199 are kept for fiction in each area of North America.
        Personal::Phone => format!(
            "+1-{}{:02}-555-01{:02}",
            rng.random_range(2..10),
            rng.random_range(0..100),
            rng.random_range(0..100)
        ),
        Personal::Address => {
            let street: String = address::StreetName().fake_with_rng(rng);
            format!("{} {street}", rng.random_range(1..1000))
        }
        Personal::City => address::CityName().fake_with_rng(rng),
        Personal::Postcode => format!("{:05}", rng.random_range(1000..100_000)),
        Personal::Company => company::CompanyName().fake_with_rng(rng),
        // Areas from 900 on are no social security numbers; groups below 50 no taxpayer numbers.
        Personal::Ssn => format!(
            "{}-{:02}-{:04}",
            rng.random_range(900..1000),
            rng.random_range(1..50),
            rng.random_range(1..10_000)
        ),
        Personal::Iban => iban(rng),
        Personal::CreditCard => card(rng),
        // RFC 5737 keeps three networks for documentation.
        Personal::Ip => {
            let network = ["192.0.2", "198.51.100", "203.0.113"][rng.random_range(0..3)];
            format!("{network}.{}", rng.random_range(1..255))
        }
        Personal::Url => {
            let path: String = lorem::Word().fake_with_rng(rng);
            format!(
                "https://www.example.{}/{path}/{}",
                EXAMPLES[rng.random_range(0..EXAMPLES.len())],
                rng.random_range(1..100_000)
            )
        }
        Personal::Username => internet::Username().fake_with_rng(rng),
    }
}

/// Words around the mean `words`: between half and one and a half times as many. From four words
/// on they stand in sentences.
pub(super) fn text(words: f64, rng: &mut ChaCha8Rng) -> String {
    let mean = if words.is_finite() {
        words.clamp(1.0, 2000.0)
    } else {
        1.0
    };
    let drawn = mean * rng.random_range(0.5..1.5) + rng.random::<f64>();
    let count = drawn.floor().max(1.0) as usize;
    let mut out = String::new();
    let mut left = 0usize;
    for i in 0..count {
        let word: &str = lorem::Word().fake_with_rng(rng);
        if mean < 4.0 {
            if i > 0 {
                out.push(' ');
            }
            out.push_str(word);
            continue;
        }
        if left == 0 {
            if i > 0 {
                out.push_str(". ");
            }
            left = rng.random_range(6..15);
            let mut letters = word.chars();
            out.extend(letters.next().map(|c| c.to_ascii_uppercase()));
            out.push_str(letters.as_str());
        } else {
            out.push(' ');
            out.push_str(word);
        }
        left -= 1;
    }
    if mean >= 4.0 {
        out.push('.');
    }
    out
}

/// Lower-case ASCII letters of a name.
fn plain(name: &str) -> String {
    name.chars()
        .filter(char::is_ascii_alphabetic)
        .map(|c| c.to_ascii_lowercase())
        .collect()
}

/// A German account number with right check digits and a bank code from 0, where none begins.
fn iban(rng: &mut ChaCha8Rng) -> String {
    let account = format!("0{:017}", rng.random_range(0..100_000_000_000_000_000u64));
    // D and E count as 13 and 14 and stand behind with two zeros.
    let rest = format!("{account}131400")
        .bytes()
        .fold(0u32, |rest, b| (rest * 10 + u32::from(b - b'0')) % 97);
    format!("DE{:02}{account}", 98 - rest)
}

/// A card number with a right check digit in a range (9999) that no issuer has.
fn card(rng: &mut ChaCha8Rng) -> String {
    let body = format!("9999{:011}", rng.random_range(0..100_000_000_000u64));
    let sum: u32 = body
        .bytes()
        .rev()
        .enumerate()
        .map(|(i, b)| {
            let digit = u32::from(b - b'0');
            match i % 2 {
                0 if digit > 4 => 2 * digit - 9,
                0 => 2 * digit,
                _ => digit,
            }
        })
        .sum();
    format!("{body}{}", (10 - sum % 10) % 10)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use rand::SeedableRng;

    use super::*;

    #[test]
    fn texts_have_about_as_many_words() {
        let mut rng = ChaCha8Rng::seed_from_u64(1);
        for mean in [1.5, 3.0, 12.0, 60.0] {
            let n = 4000;
            let words: usize = (0..n)
                .map(|_| text(mean, &mut rng).split_whitespace().count())
                .sum();
            let got = words as f64 / f64::from(n);
            assert!((got - mean).abs() < 0.1 * mean, "{mean}: {got}");
        }
        assert!(!text(f64::NAN, &mut rng).is_empty());
    }

    #[test]
    fn check_digits_are_right() {
        let mut rng = ChaCha8Rng::seed_from_u64(2);
        for _ in 0..100 {
            let card = fake(Personal::CreditCard, &mut rng);
            let sum: u32 = card
                .bytes()
                .rev()
                .enumerate()
                .map(|(i, b)| {
                    let d = u32::from(b - b'0') * if i % 2 == 1 { 2 } else { 1 };
                    d / 10 + d % 10
                })
                .sum();
            assert_eq!((card.len(), sum % 10), (16, 0));
            let iban = fake(Personal::Iban, &mut rng);
            assert_eq!((iban.len(), &iban[4..5]), (22, "0"));
            let turned = format!("{}1314{}", &iban[4..], &iban[2..4]);
            let rest = turned
                .bytes()
                .fold(0u32, |r, b| (r * 10 + u32::from(b - b'0')) % 97);
            assert_eq!(rest, 1);
        }
    }
}

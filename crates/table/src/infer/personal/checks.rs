//! Check digits: of account and card numbers, devices, vehicles, and the numbers that states give
//! their people.

/// The sum of Luhn over decimal digits is right (cards, IMEI, Canadian SIN).
pub(crate) fn luhn(digits: &[u8]) -> bool {
    let sum: u32 = digits
        .iter()
        .rev()
        .enumerate()
        .map(|(i, &d)| match (i % 2, u32::from(d)) {
            (1, d) if d > 4 => 2 * d - 9,
            (1, d) => 2 * d,
            (_, d) => d,
        })
        .sum();
    digits.len() > 1 && sum.is_multiple_of(10)
}

/// ISO 7064 mod 97-10 over an IBAN without blanks.
pub(crate) fn iban(text: &str) -> bool {
    if !(15..=34).contains(&text.len()) || !text.is_ascii() {
        return false;
    }
    let (head, body) = text.as_bytes().split_at(4);
    let form =
        head[..2].iter().all(u8::is_ascii_uppercase) && head[2..].iter().all(u8::is_ascii_digit);
    let mut rest = 0u32;
    for b in body.iter().chain(head) {
        let Some(value) = char::from(*b)
            .to_digit(36)
            .filter(|_| !b.is_ascii_lowercase())
        else {
            return false;
        };
        rest = (rest * if value > 9 { 100 } else { 10 } + value) % 97;
    }
    form && rest == 1
}

/// The ninth character of a vehicle identification number (ISO 3779, North America).
pub(crate) fn vin(text: &str) -> bool {
    const WEIGHTS: [u32; 17] = [8, 7, 6, 5, 4, 3, 2, 10, 0, 9, 8, 7, 6, 5, 4, 3, 2];
    let value = |b: u8| match b {
        b'0'..=b'9' => Some(u32::from(b - b'0')),
        b'A'..=b'H' => Some(u32::from(b - b'A') + 1),
        b'J'..=b'N' => Some(u32::from(b - b'J') + 1),
        b'P' => Some(7),
        b'R' => Some(9),
        b'S'..=b'Z' => Some(u32::from(b - b'S') + 2),
        _ => None,
    };
    let bytes = text.as_bytes();
    if bytes.len() != 17 {
        return false;
    }
    let mut sum = 0;
    for (b, weight) in bytes.iter().zip(WEIGHTS) {
        let Some(v) = value(b.to_ascii_uppercase()) else {
            return false;
        };
        sum += v * weight;
    }
    let want = if sum % 11 == 10 {
        b'X'
    } else {
        b'0' + (sum % 11) as u8
    };
    bytes[8].to_ascii_uppercase() == want
}

/// The decimal digits of `text`.
pub(crate) fn digits(text: &str) -> Vec<u8> {
    text.bytes()
        .filter(u8::is_ascii_digit)
        .map(|b| b - b'0')
        .collect()
}

fn weighted(digits: &[u8], weights: &[u32]) -> u32 {
    digits
        .iter()
        .zip(weights)
        .map(|(&d, w)| u32::from(d) * w)
        .sum()
}

fn number(digits: &[u8]) -> u64 {
    digits.iter().fold(0, |n, &d| n * 10 + u64::from(d))
}

fn date(month: u64, day: u64) -> bool {
    (1..=12).contains(&month) && (1..=31).contains(&day)
}

/// A national number that is made of digits alone, without its separators: German tax number,
/// Polish PESEL, Turkish, Norwegian, Danish, Dutch, French, Indian, Brazilian, Chinese, British
/// health, Swiss, Belgian, Czech, Italian, South African, Swedish numbers.
pub(crate) fn national(d: &[u8]) -> bool {
    match d.len() {
        9 => bsn(d),
        10 => nhs(d) || personnummer(d) || rodne(d),
        11 => steuer_id(d) || pesel(d) || tckn(d) || fodselsnummer(d) || cpf(d) || rijksregister(d),
        12 => aadhaar(d) || (personnummer(&d[2..]) && matches!(number(&d[..2]), 19 | 20)),
        13 => ahv(d) || (luhn(d) && date(number(&d[2..4]), number(&d[4..6]))),
        15 => nir(d),
        _ => false,
    }
}

fn bsn(d: &[u8]) -> bool {
    let front = weighted(&d[..8], &[9, 8, 7, 6, 5, 4, 3, 2]);
    let last = u32::from(d[8]);
    number(d) > 0 && front >= last && (front - last).is_multiple_of(11)
}

fn nhs(d: &[u8]) -> bool {
    let rest = 11 - weighted(&d[..9], &[10, 9, 8, 7, 6, 5, 4, 3, 2]) % 11;
    rest != 10 && u32::from(d[9]) == rest % 11
}

fn personnummer(d: &[u8]) -> bool {
    let day = number(&d[4..6]);
    luhn(d) && date(number(&d[2..4]), if day > 60 { day - 60 } else { day })
}

fn rodne(d: &[u8]) -> bool {
    let month = number(&d[2..4]) % 50;
    number(d).is_multiple_of(11)
        && date(
            if month > 20 { month - 20 } else { month },
            number(&d[4..6]),
        )
}

fn steuer_id(d: &[u8]) -> bool {
    let mut product = 10u32;
    for &digit in &d[..10] {
        let sum = match (u32::from(digit) + product) % 10 {
            0 => 10,
            s => s,
        };
        product = sum * 2 % 11;
    }
    let most = (0..10u8)
        .map(|x| d[..10].iter().filter(|&&y| y == x).count())
        .max();
    d[0] != 0 && matches!(most, Some(2 | 3)) && u32::from(d[10]) == (11 - product) % 10
}

fn pesel(d: &[u8]) -> bool {
    let sum = weighted(&d[..10], &[1, 3, 7, 9, 1, 3, 7, 9, 1, 3]);
    u32::from(d[10]) == (10 - sum % 10) % 10 && date(number(&d[2..4]) % 20, number(&d[4..6]))
}

fn tckn(d: &[u8]) -> bool {
    let odd: u32 = d.iter().take(9).step_by(2).map(|&x| u32::from(x)).sum();
    let even: u32 = d
        .iter()
        .take(8)
        .skip(1)
        .step_by(2)
        .map(|&x| u32::from(x))
        .sum();
    let sum: u32 = d[..10].iter().map(|&x| u32::from(x)).sum();
    d[0] != 0 && (odd * 7 + 100 - even) % 10 == u32::from(d[9]) && sum % 10 == u32::from(d[10])
}

fn fodselsnummer(d: &[u8]) -> bool {
    let first = (11 - weighted(&d[..9], &[3, 7, 6, 1, 8, 9, 4, 5, 2]) % 11) % 11;
    let second = (11 - weighted(&d[..10], &[5, 4, 3, 2, 7, 6, 5, 4, 3, 2]) % 11) % 11;
    first == u32::from(d[9])
        && second == u32::from(d[10])
        && date(number(&d[2..4]), number(&d[..2]))
}

fn cpf(d: &[u8]) -> bool {
    let digit = |n: usize| {
        let sum: u32 = (0..n)
            .map(|i| u32::from(d[i]) * (n as u32 + 1 - i as u32))
            .sum();
        sum * 10 % 11 % 10
    };
    digit(9) == u32::from(d[9]) && digit(10) == u32::from(d[10]) && d.iter().any(|x| *x != d[0])
}

fn rijksregister(d: &[u8]) -> bool {
    let (front, check) = (number(&d[..9]), number(&d[9..]));
    let dated = number(&d[2..4]) <= 12 && number(&d[4..6]) <= 31;
    dated && (97 - front % 97 == check || 97 - (2_000_000_000 + front) % 97 == check)
}

fn aadhaar(d: &[u8]) -> bool {
    const TURN: [u8; 10] = [1, 5, 7, 6, 2, 8, 3, 0, 9, 4];
    // The dihedral group of order ten.
    let product = |a: u8, b: u8| match (a < 5, b < 5) {
        (true, true) => (a + b) % 5,
        (true, false) => 5 + (a + b - 5) % 5,
        (false, true) => 5 + (a - 5 + 5 - b) % 5,
        (false, false) => (a - 5 + 5 - (b - 5)) % 5,
    };
    let mut sum = 0u8;
    for (i, &digit) in d.iter().rev().enumerate() {
        let turned = (0..i % 8).fold(digit, |x, _| TURN[usize::from(x)]);
        sum = product(sum, turned);
    }
    d[0] > 1 && sum == 0
}

fn ahv(d: &[u8]) -> bool {
    let sum = weighted(d, &[1, 3, 1, 3, 1, 3, 1, 3, 1, 3, 1, 3, 1]);
    number(&d[..3]) == 756 && sum.is_multiple_of(10)
}

fn nir(d: &[u8]) -> bool {
    matches!(d[0], 1 | 2) && 97 - number(&d[..13]) % 97 == number(&d[13..])
}

/// A national number with letters at fixed places: British NINO, Italian Codice fiscale, Spanish
/// DNI and NIE, Finnish and Chinese numbers.
pub(crate) fn lettered(text: &str) -> bool {
    let t = text.as_bytes();
    if !text.is_ascii() {
        return false;
    }
    match t.len() {
        9 => nino(t) || dni(t),
        11 => hetu(t),
        16 => codice(t),
        18 => china(t),
        _ => false,
    }
}

fn nino(t: &[u8]) -> bool {
    t[2..8].iter().all(u8::is_ascii_digit)
        && t[..2]
            .iter()
            .all(|b| b.is_ascii_uppercase() && !b"DFIQUV".contains(b))
        && t[1] != b'O'
        && (b'A'..=b'D').contains(&t[8])
}

fn dni(t: &[u8]) -> bool {
    const LETTERS: &[u8; 23] = b"TRWAGMYFPDXBNJZSQVHLCKE";
    let first = match t[0] {
        b'X' => b'0',
        b'Y' => b'1',
        b'Z' => b'2',
        b => b,
    };
    let body: Vec<u8> = std::iter::once(first)
        .chain(t[1..8].iter().copied())
        .collect();
    body.iter().all(u8::is_ascii_digit)
        && t[8]
            == LETTERS[(body.iter().fold(0u64, |n, b| n * 10 + u64::from(b - b'0')) % 23) as usize]
}

fn hetu(t: &[u8]) -> bool {
    const LETTERS: &[u8; 31] = b"0123456789ABCDEFHJKLMNPRSTUVWXY";
    let body: Vec<u8> = t[..6].iter().chain(&t[7..10]).copied().collect();
    body.iter().all(u8::is_ascii_digit)
        && b"-+ABCDEFYXWVU".contains(&t[6])
        && t[10]
            == LETTERS[(body.iter().fold(0u64, |n, b| n * 10 + u64::from(b - b'0')) % 31) as usize]
}

fn codice(t: &[u8]) -> bool {
    const ODD: [u32; 26] = [
        1, 0, 5, 7, 9, 13, 15, 17, 19, 21, 2, 4, 18, 20, 11, 3, 6, 8, 12, 14, 16, 10, 22, 25, 24,
        23,
    ];
    let letters = [0, 1, 2, 3, 4, 5, 8, 11, 15]
        .iter()
        .all(|&i: &usize| t[i].is_ascii_uppercase());
    let others = t
        .iter()
        .all(|b| b.is_ascii_uppercase() || b.is_ascii_digit());
    if !letters || !others || !t[9].is_ascii_digit() {
        return false;
    }
    let place = |b: u8| {
        usize::from(if b.is_ascii_digit() {
            b - b'0'
        } else {
            b - b'A'
        })
    };
    let sum: u32 = t[..15]
        .iter()
        .enumerate()
        .map(|(i, &b)| {
            if i % 2 == 0 {
                ODD[place(b)]
            } else {
                place(b) as u32
            }
        })
        .sum();
    u32::from(t[15] - b'A') == sum % 26
}

fn china(t: &[u8]) -> bool {
    const WEIGHTS: [u32; 17] = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2];
    if !t[..17].iter().all(u8::is_ascii_digit) {
        return false;
    }
    let sum: u32 = t
        .iter()
        .zip(WEIGHTS)
        .map(|(b, w)| u32::from(b - b'0') * w)
        .sum();
    let d: Vec<u8> = t[..17].iter().map(|b| b - b'0').collect();
    t[17] == b"10X98765432"[(sum % 11) as usize] && date(number(&d[10..12]), number(&d[12..14]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn published_examples_have_right_check_digits() {
        assert!(luhn(&digits("4111 1111 1111 1111")) && luhn(&digits("490154203237518")));
        assert!(!luhn(&digits("4111 1111 1111 1112")));
        assert!(iban("GB82WEST12345698765432") && iban("DE89370400440532013000"));
        assert!(!iban("DE89370400440532013001") && !iban("DE8"));
        assert!(vin("1M8GDM9AXKP042788") && !vin("1M8GDM9A1KP042788"));
        for text in [
            "111222333",
            "9434765919",
            "8112189876",
            "86095742719",
            "44051401359",
            "10000000146",
            "01010750160",
            "11144477735",
            "85073003328",
            "7569217076985",
            "234123412346",
            "8001015009087",
            "180126955222380",
        ] {
            assert!(national(&digits(text)), "{text}");
        }
        for text in ["QQ123456C", "12345678A", "RSSMRA85T10A562T"] {
            assert!(!lettered(text), "{text}");
        }
        for text in [
            "AB123456C",
            "12345678Z",
            "RSSMRA85T10A562S",
            "131052-308T",
            "11010519491231002X",
        ] {
            assert!(lettered(text), "{text}");
        }
    }

    #[test]
    fn chance_hits_few_numbers() {
        for len in [9u32, 10, 11, 12, 13, 15] {
            let hits = (0..2000u64)
                .filter(|i| {
                    let n = (i + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15) % 10u64.pow(len);
                    national(&digits(&format!("{n:0width$}", width = len as usize)))
                })
                .count();
            assert!(hits < 500, "{len}: {hits}");
        }
    }
}

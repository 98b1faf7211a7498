//! Personal data, found by pattern and by name.

use super::name;
use crate::Personal;

/// What at least nine in ten of the distinct texts are by their form alone.
pub(crate) fn by_form(texts: &[(&str, u32)], words: &[String]) -> Option<Personal> {
    let has = |of: &[&str]| words.iter().any(|w| of.contains(&w.as_str()));
    let most = |is: fn(&str) -> bool| share(texts, is) >= 0.9;
    if most(is_email) {
        Some(Personal::Email)
    } else if most(is_url) {
        Some(Personal::Url)
    } else if most(is_ip) {
        Some(Personal::Ip)
    } else if most(is_iban) {
        Some(Personal::Iban)
    } else if most(is_ssn) {
        Some(Personal::Ssn)
    } else if most(is_spaced_card)
        || (most(is_card) && (has(&["card", "credit", "cc", "pan"]) || texts.len() >= 50))
    {
        Some(Personal::CreditCard)
    } else if most(is_phone) {
        Some(Personal::Phone)
    } else {
        None
    }
}

/// What a column's name and its texts together say. `share` is distinct texts over filled cells.
pub(crate) fn by_name(texts: &[(&str, u32)], words: &[String], distinct: f64) -> Option<Personal> {
    let has = |of: &[&str]| words.iter().any(|w| of.contains(&w.as_str()));
    let joined = words.concat();
    let named = |of: &[&str]| of.iter().any(|w| joined == *w);
    let ends = |of: &[&str]| of.iter().any(|w| joined.ends_with(w));
    let varied = distinct > 0.2 || texts.len() > 1000;
    let most = |is: fn(&str) -> bool| share(texts, is) >= 0.8;

    if has(&["ssn", "nin"]) || ends(&["socialsecuritynumber", "socialsecurity"]) {
        return most(|t| digits(t) >= 6).then_some(Personal::Ssn);
    }
    if has(&[
        "phone",
        "telephone",
        "tel",
        "mobile",
        "cellphone",
        "fax",
        "phonenumber",
    ]) {
        return most(|t| digits(t) >= 6 && letters(t) <= 3).then_some(Personal::Phone);
    }
    if has(&["email", "mail"]) && share(texts, |t| t.contains('@')) >= 0.5 {
        return Some(Personal::Email);
    }
    if is_postcode(words) && texts.len() > 100 {
        return most(|t| t.len() <= 10).then_some(Personal::Postcode);
    }
    if has(&["address", "street", "addr"]) && varied {
        return most(|t| letters(t) >= 3).then_some(Personal::Address);
    }
    if (named(&["user", "login", "handle"]) || ends(&["username", "nickname", "screenname"]))
        && varied
    {
        return most(|t| !t.trim().contains(' ')).then_some(Personal::Username);
    }
    if ends(&["firstname", "givenname", "forename", "middlename", "fname"]) {
        return most(is_name).then_some(Personal::FirstName);
    }
    if ends(&["lastname", "surname", "familyname", "maidenname", "lname"]) {
        return most(is_name).then_some(Personal::LastName);
    }
    let person = named(&["name", "names", "fullname"])
        || (words.last().is_some_and(|w| w == "name") && name::is_of_someone(words));
    if (person && distinct > 0.5) || (words.len() > 1 && person && varied) {
        return most(is_name).then_some(Personal::Name);
    }
    if distinct > 0.5 && has(&["company", "employer", "organisation", "organization"]) {
        return most(|t| letters(t) >= 2).then_some(Personal::Company);
    }
    if distinct > 0.5 && has(&["city", "town", "village", "municipality"]) {
        return most(|t| letters(t) >= 2).then_some(Personal::City);
    }
    None
}

/// Named like a number that tells who someone is or where they live.
pub(crate) fn is_named(words: &[String]) -> bool {
    const NUMBERS: [&str; 10] = [
        "ssn",
        "nin",
        "phone",
        "telephone",
        "tel",
        "mobile",
        "fax",
        "card",
        "credit",
        "iban",
    ];
    is_postcode(words) || words.iter().any(|w| NUMBERS.contains(&w.as_str()))
}

/// Named like a postcode: digits of such columns are codes.
pub(crate) fn is_postcode(words: &[String]) -> bool {
    words.last().is_some_and(|last| {
        ["zip", "zipcode", "postcode", "postalcode", "plz"].contains(&last.as_str())
    }) || words.ends_with(&["postal".to_owned(), "code".to_owned()])
        || words.ends_with(&["zip".to_owned(), "code".to_owned()])
        || words.ends_with(&["post".to_owned(), "code".to_owned()])
}

fn share(texts: &[(&str, u32)], is: fn(&str) -> bool) -> f64 {
    let step = texts.len().div_ceil(2000).max(1);
    let (mut yes, mut all) = (0u32, 0u32);
    for (text, _) in texts.iter().step_by(step) {
        yes += u32::from(is(text.trim()));
        all += 1;
    }
    f64::from(yes) / f64::from(all.max(1))
}

fn digits(text: &str) -> usize {
    text.bytes().filter(u8::is_ascii_digit).count()
}

fn letters(text: &str) -> usize {
    text.chars().filter(|c| c.is_alphabetic()).count()
}

fn is_email(text: &str) -> bool {
    let Some((user, host)) = text.rsplit_once('@') else {
        return false;
    };
    !user.is_empty()
        && !text.contains(char::is_whitespace)
        && host.split('.').count() >= 2
        && host
            .split('.')
            .all(|part| !part.is_empty() && part.chars().all(|c| c.is_alphanumeric() || c == '-'))
}

fn is_url(text: &str) -> bool {
    let rest = ["http://", "https://", "ftp://", "www."]
        .iter()
        .find_map(|start| text.strip_prefix(start));
    rest.is_some_and(|rest| rest.contains('.') && !text.contains(char::is_whitespace))
}

fn is_ip(text: &str) -> bool {
    text.parse::<std::net::IpAddr>().is_ok()
}

fn is_iban(text: &str) -> bool {
    let text: String = text.chars().filter(|c| *c != ' ').collect();
    if !(15..=34).contains(&text.len())
        || !text.is_ascii()
        || !text[..2].bytes().all(|b| b.is_ascii_uppercase())
        || !text[2..4].bytes().all(|b| b.is_ascii_digit())
    {
        return false;
    }
    let moved = text[4..].bytes().chain(text[..4].bytes());
    let mut rest = 0u32;
    for b in moved {
        let Some(value) = char::from(b).to_digit(36) else {
            return false;
        };
        rest = (rest * if value > 9 { 100 } else { 10 } + value) % 97;
    }
    rest == 1
}

fn is_ssn(text: &str) -> bool {
    let parts: Vec<&str> = text.split('-').collect();
    matches!(parts.as_slice(), [a, b, c] if a.len() == 3 && b.len() == 2 && c.len() == 4)
        && digits(text) == 9
}

fn is_card(text: &str) -> bool {
    let bare: Vec<u32> = text
        .chars()
        .filter(|c| !matches!(c, ' ' | '-'))
        .map_while(|c| c.to_digit(10))
        .collect();
    let separators = text.chars().filter(|c| matches!(c, ' ' | '-')).count();
    if !(13..=19).contains(&bare.len()) || bare.len() + separators != text.chars().count() {
        return false;
    }
    let sum: u32 = bare
        .iter()
        .rev()
        .enumerate()
        .map(|(i, d)| match i % 2 {
            1 if d * 2 > 9 => d * 2 - 9,
            1 => d * 2,
            _ => *d,
        })
        .sum();
    sum.is_multiple_of(10)
}

fn is_spaced_card(text: &str) -> bool {
    text.contains([' ', '-']) && is_card(text)
}

/// Seven to fifteen digits set apart as phone numbers are; bare digits and dates are none.
fn is_phone(text: &str) -> bool {
    let count = digits(text);
    let marks = text
        .chars()
        .all(|c| c.is_ascii_digit() || matches!(c, '+' | '-' | '(' | ')' | ' ' | '.' | '/'));
    let groups = text
        .split(|c: char| !c.is_ascii_digit())
        .filter(|g| !g.is_empty())
        .count();
    let plus = text.starts_with('+');
    let brackets = text.contains('(') && text.contains(')');
    let dashes = text.bytes().filter(|b| matches!(b, b'-' | b' ')).count() >= 2;
    let dated = super::date::find(&[(text, 1)], 1.0).is_some();
    (8..=15).contains(&count)
        && marks
        && (plus && !text.contains('.') || ((brackets || dashes) && (2..=6).contains(&groups)))
        && !dated
}

fn is_name(text: &str) -> bool {
    let count = text.split_whitespace().count();
    (1..=10).contains(&count)
        && text.len() <= 120
        && letters(text) * 10 >= text.chars().filter(|c| !c.is_whitespace()).count() * 7
        && digits(text) == 0
}

#[cfg(test)]
mod tests {
    use super::*;

    fn form(texts: &[&str]) -> Option<Personal> {
        let texts: Vec<(&str, u32)> = texts.iter().map(|t| (*t, 1)).collect();
        by_form(&texts, &[])
    }

    #[test]
    fn forms_are_known() {
        assert_eq!(
            form(&["a.b@example.org", "c@d.example"]),
            Some(Personal::Email)
        );
        assert_eq!(form(&["https://example.org/x?y=1"]), Some(Personal::Url));
        assert_eq!(form(&["192.0.2.1", "2001:db8::1"]), Some(Personal::Ip));
        assert_eq!(form(&["GB82 WEST 1234 5698 7654 32"]), Some(Personal::Iban));
        assert_eq!(form(&["078-05-1120"]), Some(Personal::Ssn));
        assert_eq!(form(&["4111 1111 1111 1111"]), Some(Personal::CreditCard));
        assert_eq!(
            form(&["+49 30 901820", "(555) 010-9999"]),
            Some(Personal::Phone)
        );
    }

    #[test]
    fn numbers_dates_and_codes_are_not_personal() {
        assert_eq!(form(&["2013-01-31", "2014-12-01"]), None);
        assert_eq!(form(&["2013-01-31 10:00:00", "2014-12-01 11:00:00"]), None);
        assert_eq!(form(&["12345678", "87654321"]), None);
        assert_eq!(form(&["1.25", "-3.5"]), None);
        assert_eq!(form(&["A-12", "B-77"]), None);
        assert_eq!(form(&["10.10.2020", "31.12.2021"]), None);
    }
}

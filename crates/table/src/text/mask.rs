//! How keys look: the one mask that most of them share.

use crate::Protection;

/// Fewest distinct keys behind a letter that stands for itself.
const FEWEST: u64 = Protection::DEFAULT.div_ceil(2) as u64;

/// The character class of `c` in a mask.
fn class(c: char) -> char {
    match c {
        '0'..='9' => '9',
        c if c.is_uppercase() => 'A',
        c if c.is_lowercase() => 'a',
        c => c,
    }
}

fn shape(text: &str) -> String {
    text.chars().map(class).collect()
}

/// The mask of the commonest shape, and the share of `texts` that have it. A letter or digit that
/// is the same in all texts of that shape stands for itself.
pub(crate) fn mask<'a>(texts: impl Iterator<Item = &'a str> + Clone) -> (String, f64) {
    let mut counts: hashbrown::HashMap<String, u64> = hashbrown::HashMap::new();
    let mut total = 0u64;
    for text in texts.clone() {
        *counts.entry(shape(text.trim())).or_default() += 1;
        total += 1;
    }
    let common = counts
        .into_iter()
        .max_by(|a, b| a.1.cmp(&b.1).then_with(|| b.0.cmp(&a.0)));
    let Some((common, count)) = common else {
        return (String::new(), 0.0);
    };
    let mut fixed: Vec<Option<char>> = Vec::new();
    let mut hexadecimal = common.len() >= 8 && common.contains('9') && common.contains('a');
    for (i, text) in texts
        .map(str::trim)
        .filter(|t| shape(t) == common)
        .enumerate()
    {
        hexadecimal &= text
            .chars()
            .all(|c| !c.is_alphabetic() || c.is_ascii_hexdigit());
        if i == 0 {
            fixed = text.chars().map(Some).collect();
        } else {
            for (slot, c) in fixed.iter_mut().zip(text.chars()) {
                if *slot != Some(c) {
                    *slot = None;
                }
            }
        }
    }
    // What few keys share may be one person's own.
    let alone = count < FEWEST;
    let mut out = String::new();
    for (c, fixed) in common.chars().zip(fixed) {
        let literal = !matches!(c, '9' | 'A' | 'a');
        match fixed {
            _ if literal => escape(&mut out, c),
            Some(own) if !alone && !own.is_ascii_digit() && !hexadecimal => escape(&mut out, own),
            _ => out.push(if hexadecimal && c != 'A' { 'h' } else { c }),
        }
    }
    (out, count as f64 / total.max(1) as f64)
}

/// A mask of one hexadecimal length, when all texts are such (digests, object ids).
pub(crate) fn hexadecimal<'a>(mut texts: impl Iterator<Item = &'a str>) -> Option<String> {
    let first = texts.next()?.trim().to_owned();
    let fits = |t: &str| {
        t.len() == first.len()
            && t.bytes()
                .all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b))
    };
    let mut letters = first.bytes().any(|b| b.is_ascii_lowercase());
    let all = fits(&first)
        && texts.all(|t| {
            let t = t.trim();
            letters |= t.bytes().any(|b| b.is_ascii_lowercase());
            fits(t)
        });
    (all && letters && first.len() >= 8).then(|| "h".repeat(first.len()))
}

/// True for `8-4-4-4-12` hexadecimal digits.
pub(crate) fn is_uuid(text: &str) -> bool {
    let text = text.trim();
    text.len() == 36
        && text.bytes().enumerate().all(|(i, b)| match i {
            8 | 13 | 18 | 23 => b == b'-',
            _ => b.is_ascii_hexdigit(),
        })
}

fn escape(out: &mut String, c: char) {
    if matches!(c, '9' | 'A' | 'a' | 'h' | '\\') {
        out.push('\\');
    }
    out.push(c);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn masks_keep_what_all_keys_share() {
        let of = |texts: &[&str]| mask(texts.iter().copied()).0;
        let patients = ["PAT-0001", "PAT-0420", "PAT-0007", "PAT-0099", "PAT-0311"];
        assert_eq!(of(&patients), "P\\AT-9999");
        assert_eq!(of(&patients[..4]), "AAA-9999", "four people's letters");
        let planes = ["N24211", "N35511", "N24212", "N24213", "N24214", "N3ALAA"];
        assert_eq!(of(&planes), "N99999");
        assert_eq!(of(&["x\\1", "y\\2"]), "a\\\\9");
        assert_eq!(of(&["00123", "00456"]), "99999");
        assert_eq!(
            hexadecimal(["0a1b2c3d", "deadbeef"].into_iter()).as_deref(),
            Some("hhhhhhhh")
        );
        assert_eq!(hexadecimal(["01234567", "12345678"].into_iter()), None);
        assert!(is_uuid("123e4567-e89b-12d3-a456-426614174000"));
    }
}

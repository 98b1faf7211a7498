//! Keys that are made of a part that repeats and a number: `cerebellum_12`, `SITE-03/0007`. The first part is a
//! category like any other, so that a model learns it with the other columns; the number is made anew.

/// Fewest keys, and fewest keys of a part that repeats.
const KEYS: usize = 50;
const FEWEST: u64 = 10;
/// Most such parts, and the share of the keys that have one of enough keys.
const PARTS: usize = 50;
const LEAST: f64 = 0.95;
/// Most digits of a number.
const DIGITS: usize = 9;

/// The part of a key that may repeat, and its number. Several words are an address or a name, and no key.
pub(super) fn split(key: &str) -> Option<(&str, &str)> {
    let key = key.trim();
    let digits = key.bytes().rev().take_while(u8::is_ascii_digit).count();
    let (part, number) = key.split_at(key.len() - digits);
    let worded =
        part.chars().any(char::is_alphabetic) && !part.trim().contains(char::is_whitespace);
    (worded && (1..=DIGITS).contains(&digits)).then_some((part, number))
}

/// True when each of `values`, with their rows, is a key of its own with one of a few parts that repeat.
pub(super) fn is_composed(values: &[(&str, u32)]) -> bool {
    if values.len() < KEYS || values.iter().any(|(_, rows)| *rows > 1) {
        return false;
    }
    let mut parts = std::collections::BTreeMap::<&str, u64>::new();
    for (key, _) in values {
        let Some((part, _)) = split(key) else {
            return false;
        };
        *parts.entry(part).or_default() += 1;
        if parts.len() > PARTS {
            return false;
        }
    }
    let shared: u64 = parts.values().filter(|n| **n >= FEWEST).sum();
    parts.len() > 1 && shared as f64 >= LEAST * values.len() as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    fn keys(of: impl Fn(usize) -> String) -> bool {
        let keys: Vec<String> = (0..200).map(of).collect();
        let values: Vec<(&str, u32)> = keys.iter().map(|k| (k.as_str(), 1)).collect();
        is_composed(&values)
    }

    #[test]
    fn a_key_falls_into_what_repeats_and_its_number() {
        assert_eq!(split("cerebellum_12"), Some(("cerebellum_", "12")));
        assert_eq!(split("SITE-03/0007"), Some(("SITE-03/", "0007")));
        for other in [
            "12-7",
            "abc",
            "x1y",
            "",
            "AB12345678901",
            "Baker Street 12",
            "Ann Smith4",
        ] {
            assert_eq!(split(other), None, "{other}");
        }
    }

    #[test]
    fn few_parts_with_many_keys_each_are_composed() {
        let areas = ["cerebellum", "cortex", "pons"];
        assert!(keys(|i| format!("{}_{}", areas[i % 3], i / 3)));
        assert!(keys(|i| format!("S{:02}-{:04}", i % 8, i)));
        assert!(!keys(|i| format!("ID-{i:04}")), "nothing differs");
        assert!(!keys(|i| format!("a{i}b{}", i % 7)), "each has its own");
        assert!(!keys(|i| format!("{i:06}")), "a number alone");
        let twice = [("a-1", 2), ("b-1", 2)].repeat(40);
        assert!(!is_composed(&twice), "whose row a row is");
    }
}

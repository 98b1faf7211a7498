//! The colours can be read: contrast as WCAG 2 defines it, light, dark and printed.

#![allow(clippy::unwrap_used, clippy::expect_used)]

use std::collections::HashMap;

use verdancy_report::figures::COLOURS;

fn themes() -> Vec<HashMap<String, String>> {
    COLOURS
        .split(":root{")
        .skip(1)
        .map(|block| {
            block
                .split('}')
                .next()
                .unwrap()
                .split(';')
                .filter_map(|line| line.trim().strip_prefix("--")?.split_once(':'))
                .map(|(name, value)| (name.to_owned(), value.to_owned()))
                .collect()
        })
        .collect()
}

fn luminance(hex: &str) -> f64 {
    let digits = hex.trim_start_matches('#');
    let long: String = match digits.len() {
        3 => digits.chars().flat_map(|c| [c, c]).collect(),
        _ => digits.to_owned(),
    };
    let part = |i: usize| {
        let c = f64::from(u8::from_str_radix(&long[i..i + 2], 16).unwrap()) / 255.0;
        if c <= 0.040_45 {
            c / 12.92
        } else {
            ((c + 0.055) / 1.055).powf(2.4)
        }
    };
    0.2126 * part(0) + 0.7152 * part(2) + 0.0722 * part(4)
}

fn contrast(a: &str, b: &str) -> f64 {
    let (a, b) = (luminance(a), luminance(b));
    (a.max(b) + 0.05) / (a.min(b) + 0.05)
}

#[test]
fn text_and_marks_stand_out() {
    let themes = themes();
    assert_eq!(themes.len(), 3);
    for theme in themes {
        let colour = |name: &str| theme[name].as_str();
        for (front, back, least) in [
            ("ink", "paper", 7.0),
            ("ink", "soft", 7.0),
            ("muted", "paper", 4.5),
            ("accent", "paper", 4.5),
            ("good", "good-soft", 4.5),
            ("bad", "bad-soft", 4.5),
            ("open", "open-soft", 4.5),
            ("muted", "soft", 4.5),
            ("real", "paper", 3.0),
            ("synthetic", "paper", 3.0),
            ("synthetic", "real-fill", 2.5),
        ] {
            let c = contrast(colour(front), colour(back));
            assert!(c >= least, "{front} on {back}: {c:.2}");
        }
    }
}

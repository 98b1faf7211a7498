//! Is a text the name of a person?

use super::lexicon::known;

/// Titles and forms of address, in lower case and without points.
const TITLES: [&str; 49] = [
    "mr",
    "mrs",
    "ms",
    "miss",
    "mx",
    "dr",
    "prof",
    "professor",
    "doctor",
    "sir",
    "dame",
    "rev",
    "herr",
    "frau",
    "hr",
    "fr",
    "dipl",
    "ing",
    "dipl-ing",
    "mag",
    "med",
    "pd",
    "priv-doz",
    "phil",
    "mme",
    "mlle",
    "monsieur",
    "madame",
    "sig",
    "sigra",
    "signor",
    "dott",
    "dottssa",
    "avv",
    "sr",
    "sra",
    "srta",
    "don",
    "doña",
    "dra",
    "dhr",
    "mevr",
    "mevrouw",
    "meneer",
    "pan",
    "pani",
    "lic",
    "capt",
    "sgt",
];

/// What may follow a name.
const SUFFIXES: [&str; 16] = [
    "jr", "sr", "ii", "iii", "iv", "md", "phd", "dds", "rn", "esq", "mba", "msc", "bsc", "dvm",
    "ma", "np",
];

/// Words between given and family name.
const PARTICLES: [&str; 32] = [
    "de", "del", "della", "di", "da", "dos", "das", "do", "du", "la", "le", "von", "vom", "van",
    "der", "den", "ter", "ten", "zu", "zur", "af", "av", "al", "el", "bin", "ibn", "bint", "abu",
    "mac", "e", "y", "ben",
];

/// One part of a name as written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Part<'a> {
    /// A title or a suffix.
    Title(&'a str),
    /// `de`, `van`.
    Particle(&'a str),
    /// A single letter, with or without a point.
    Initial(&'a str),
    /// A word that may be a name.
    Word(&'a str),
    /// The comma after a family name.
    Comma,
    /// The caret between the parts of a name, as hospitals send it: `MEIER^ANNA`.
    Caret,
}

/// What stands behind the name of a company.
const COMPANIES: [&str; 16] = [
    "llc",
    "inc",
    "ltd",
    "limited",
    "corp",
    "corporation",
    "gmbh",
    "ag",
    "kg",
    "ohg",
    "plc",
    "llp",
    "sa",
    "sarl",
    "bv",
    "nv",
];

/// True for a text that ends as the names of companies do.
pub(crate) fn is_company(text: &str) -> bool {
    let last = text.split_whitespace().next_back().unwrap_or_default();
    let words = text.contains(' ') && !text.bytes().any(|b| b.is_ascii_digit());
    let last = last.trim_end_matches('.');
    words
        && last.starts_with(|c: char| c.is_uppercase())
        && COMPANIES.contains(&last.to_lowercase().as_str())
}

/// The parts of a text that is written like a name; `None` when it is not.
pub(crate) fn parts(text: &str) -> Option<Vec<Part<'_>>> {
    let text = text.trim();
    if text.len() > 80 || text.bytes().any(|b| b.is_ascii_digit()) {
        return None;
    }
    let mut out = Vec::new();
    let blank = |c: char| c.is_whitespace() || c == '^';
    let pieces = text
        .split_inclusive(blank)
        .map(|p| p.trim_end_matches(char::is_whitespace));
    for piece in pieces.filter(|p| !p.is_empty()) {
        let mark = match piece.chars().next_back() {
            Some(',') => Some(Part::Comma),
            Some('^') => Some(Part::Caret),
            _ => None,
        };
        let piece = &piece[..piece.len() - usize::from(mark.is_some())];
        for word in piece.split_inclusive('.') {
            out.push(part(word, out.iter().any(|p| matches!(p, Part::Word(_))))?);
        }
        out.extend(mark);
    }
    let words = out.iter().filter(|p| matches!(p, Part::Word(_))).count();
    let commas = out.iter().filter(|p| matches!(p, Part::Comma)).count();
    let carets = out.iter().filter(|p| matches!(p, Part::Caret)).count();
    ((1..=5).contains(&words) && commas <= 2 && carets <= 5 && out.len() <= 10).then_some(out)
}

fn part(word: &str, after_word: bool) -> Option<Part<'_>> {
    let bare = word.trim_end_matches('.');
    let lower = bare.to_lowercase();
    if bare.chars().count() == 1 && bare.chars().all(char::is_alphabetic) && bare.is_ascii() {
        return Some(Part::Initial(word));
    }
    let title = TITLES.contains(&lower.as_str()) && (!after_word || word.ends_with('.'));
    if title || (after_word && SUFFIXES.contains(&lower.as_str())) {
        return Some(Part::Title(word));
    }
    if PARTICLES.contains(&lower.as_str()) {
        return Some(Part::Particle(word));
    }
    let written = !bare.is_empty()
        && bare.len() == word.len()
        && bare
            .chars()
            .all(|c| c.is_alphabetic() || matches!(c, '-' | '\'' | '’'))
        && bare.chars().next().is_some_and(char::is_alphabetic);
    written.then_some(Part::Word(word))
}

/// How surely a text of several words is a person's name, from 0 to 1.
pub(crate) fn full(text: &str) -> f64 {
    let Some(parts) = parts(text) else {
        return cjk(text);
    };
    let words: Vec<&str> = parts
        .iter()
        .filter_map(|p| match p {
            Part::Word(w) => Some(*w),
            _ => None,
        })
        .collect();
    let lower: Vec<String> = words.iter().map(|w| w.to_lowercase()).collect();
    if is_company(text) {
        return 0.0;
    }
    if lower.iter().any(|w| known(w).never) || !evenly(&words) {
        return 0.0;
    }
    let titled = matches!(parts.first(), Some(Part::Title(_))) && words.len() <= 4;
    let small = words.iter().all(|w| w.chars().all(char::is_lowercase));
    if titled && !small {
        return 1.0;
    }
    let initials = parts.iter().any(|p| matches!(p, Part::Initial(_)));
    if words.len() < 2 && !initials {
        return cjk(text);
    }
    let eastern = |w: &String| w.chars().all(|c| c >= '\u{3040}') && w.chars().count() <= 4;
    if lower.len() == 2 && lower.iter().all(eastern) && lower.iter().any(|w| known(w).family) {
        return 0.8;
    }
    let comma = parts
        .iter()
        .position(|p| matches!(p, Part::Comma | Part::Caret));
    let score = match comma {
        Some(at) => {
            let before = parts[..at]
                .iter()
                .filter(|p| matches!(p, Part::Word(_)))
                .count();
            if before == 0 || (before == words.len() && !initials) {
                return 0.0;
            }
            let own = lower.get(before).map_or(0.45, |w| given(w));
            let places =
                known(&lower[0]).shared && lower.get(before).is_some_and(|w| known(w).shared);
            // `Paris, France` has two words that are names, too.
            weigh(own, family(&lower[0])).min(if places { 0.5 } else { 1.0 })
        }
        None if words.len() == 1 => weigh(0.45, family(&lower[0])),
        None => {
            let last = lower.len() - 1;
            let usual = weigh(given(&lower[0]), family(&lower[last]));
            let turned = weigh(given(&lower[last]), family(&lower[0]));
            f64::max(usual, 0.9 * turned)
        }
    };
    if small && score < 0.9 { 0.0 } else { score }
}

/// What given and family name say together.
fn weigh(given: f64, family: f64) -> f64 {
    (0.75 * given + 0.45 * family).min(1.0)
}

/// How surely a word in lower case is a given name.
pub(crate) fn given(word: &str) -> f64 {
    let whole = |w: &str| match known(w) {
        k if k.never || !k.given => 0.0,
        k if k.shared => 0.6,
        _ => 1.0,
    };
    match word.split_once('-') {
        Some((first, _)) => f64::max(whole(word), whole(first)),
        None => whole(word),
    }
}

/// How surely a word in lower case is a family name.
pub(crate) fn family(word: &str) -> f64 {
    let whole = |w: &str| match known(w) {
        k if k.never => 0.0,
        k if k.family && k.shared => 0.7,
        k if k.family => 1.0,
        k if k.given => 0.4,
        _ => 0.0,
    };
    let bare = word.strip_prefix("o'").or_else(|| word.strip_prefix("mc"));
    let parts = word.split('-').chain(bare);
    parts.map(whole).fold(whole(word), f64::max)
}

/// All words capitalised, all in capitals, or all small, as the words of a name are.
fn evenly(words: &[&str]) -> bool {
    let small = |w: &&str| w.chars().next().is_some_and(char::is_lowercase);
    words.iter().all(small) || !words.iter().any(small)
}

/// Chinese, Japanese and Korean names, which are written without blanks: a family name and one or
/// two characters.
fn cjk(text: &str) -> f64 {
    let text = text.trim();
    let chars: Vec<char> = text.chars().collect();
    let ideographs = chars.iter().all(|c| matches!(*c, '\u{4e00}'..='\u{9fff}'));
    let hangul = chars.iter().all(|c| matches!(*c, '\u{ac00}'..='\u{d7a3}'));
    if hangul && chars.len() == 3 {
        const FAMILIES: &str = "김이박최정강조윤장임한오서신권황안송전홍유고문양손배백허남심노하";
        return if FAMILIES.contains(chars[0]) {
            0.8
        } else {
            0.0
        };
    }
    if !ideographs || !(2..=5).contains(&chars.len()) {
        return 0.0;
    }
    (1..=2usize)
        .filter(|&n| n < chars.len())
        .map(|n| {
            let at = text.char_indices().nth(n).map_or(text.len(), |(i, _)| i);
            let (front, back) = text.split_at(at);
            match (known(front).family, known(back).given) {
                (true, true) => 1.0,
                (true, false) if chars.len() - n <= 2 => 0.6,
                _ => 0.0,
            }
        })
        .fold(0.0, f64::max)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn people_are_known_however_they_are_written() {
        for name in [
            "Nancy Smith",
            "Dr. Nancy Smith",
            "Wilson, David",
            "Müller, Jürgen",
            "JAMES CLARK",
            "james clark",
            "Prof. Dr. Xyz Abcdefg",
            "Ludwig van Beethoven",
            "J. Smith",
            "Smith, J.",
            "Anna-Lena Meier-Huber",
            "Kelly, Mr. James",
            "Nguyễn Văn Hùng",
            "Иван Петров",
            "佐藤 花子",
            "王明轩",
            "김민수",
            "María García López",
            "O'Brien, Siobhan",
        ] {
            assert!(full(name) >= 0.6, "{name}: {}", full(name));
        }
    }

    #[test]
    fn places_products_and_species_are_not() {
        for other in [
            "New York",
            "San Jose",
            "Virginia Beach",
            "Madison Avenue",
            "Iris setosa",
            "Earl Grey Tea",
            "Diabetes mellitus",
            "Software Engineer",
            "Human Resources",
            "Light Blue",
            "United States",
            "Saudi Arabia",
            "Chocolate Cake",
            "married once",
            "Paris, France",
            "Austin, TX",
            "E. coli",
            "Northern Ireland",
            "Palm Springs",
            "High School",
            "Internal Medicine",
        ] {
            assert!(full(other) < 0.6, "{other}: {}", full(other));
        }
    }
}

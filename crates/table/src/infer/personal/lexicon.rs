//! Given and family names of many countries: the lists of the crate `fake`, and the commonest
//! names of countries that it lacks. Public lists only: nothing in here comes from a table.

use std::sync::LazyLock;

use fake::locales::{
    AR_SA, CY_GB, DE_DE, Data, EN, FA_IR, FR_FR, IT_IT, JA_JP, NL_NL, PT_BR, PT_PT, TR_TR, ZH_CN,
    ZH_TW,
};
use hashbrown::HashMap;

/// The names of one language.
pub(crate) struct Locale {
    /// Its name in the lists.
    pub code: &'static str,
    /// Given names of one word.
    pub given: Vec<&'static str>,
    /// Family names of one word.
    pub family: Vec<&'static str>,
}

/// What a word is known as.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Known {
    /// A given name.
    pub given: bool,
    /// A family name.
    pub family: bool,
    /// Also a word, a place or a thing, so that it proves nothing on its own.
    pub shared: bool,
    /// No part of a person's name.
    pub never: bool,
    /// Bits of the [`LOCALES`] that have it.
    pub locales: u64,
}

/// The languages; the first is what is taken when nothing speaks for another.
pub(crate) static LOCALES: LazyLock<Vec<Locale>> = LazyLock::new(locales);

static WORDS: LazyLock<HashMap<String, Known>> = LazyLock::new(index);

/// Places in the lists by word in lower case, with and without accents: given, then family names.
static PLACES: LazyLock<Vec<[HashMap<String, u32>; 2]>> = LazyLock::new(|| {
    let places = |list: &[&str]| {
        let mut places = HashMap::new();
        for (at, name) in list.iter().enumerate() {
            let name = name.to_lowercase();
            if !name.is_ascii() {
                places.entry(folded(&name, false)).or_insert(at as u32);
                places.entry(folded(&name, true)).or_insert(at as u32);
            }
            places.entry(name).or_insert(at as u32);
        }
        places
    };
    LOCALES
        .iter()
        .map(|l| [places(&l.given), places(&l.family)])
        .collect()
});

/// The place of a word, in any case, among the given names of a language.
pub(crate) fn given_place(locale: usize, word: &str) -> Option<u32> {
    PLACES.get(locale)?[0].get(&word.to_lowercase()).copied()
}

/// The place of a word, in any case, among the family names of a language.
pub(crate) fn family_place(locale: usize, word: &str) -> Option<u32> {
    PLACES.get(locale)?[1].get(&word.to_lowercase()).copied()
}

/// What `word`, in lower case, is known as.
pub(crate) fn known(word: &str) -> Known {
    WORDS.get(word).copied().unwrap_or_default()
}

/// The position of a language in [`LOCALES`].
pub(crate) fn position(code: &str) -> usize {
    LOCALES.iter().position(|l| l.code == code).unwrap_or(0)
}

fn lists<D: Data>(code: &'static str) -> Locale {
    Locale {
        code,
        given: D::NAME_FIRST_NAME.to_vec(),
        family: D::NAME_LAST_NAME.to_vec(),
    }
}

fn locales() -> Vec<Locale> {
    let mut all = vec![
        lists::<EN>("en"),
        lists::<DE_DE>("de"),
        lists::<FR_FR>("fr"),
        lists::<IT_IT>("it"),
        lists::<NL_NL>("nl"),
        lists::<PT_BR>("pt"),
        lists::<TR_TR>("tr"),
        lists::<AR_SA>("ar"),
        lists::<FA_IR>("fa"),
        lists::<JA_JP>("ja"),
        lists::<ZH_CN>("zh"),
        lists::<ZH_TW>("zh-tw"),
        lists::<CY_GB>("cy"),
    ];
    if let Some(pt) = all.iter_mut().find(|l| l.code == "pt") {
        pt.given.extend(PT_PT::NAME_FIRST_NAME);
        pt.family.extend(PT_PT::NAME_LAST_NAME);
    }
    for line in include_str!("names.txt").lines() {
        let mut words = line.split_ascii_whitespace();
        let (Some(code), Some(part)) = (words.next(), words.next()) else {
            continue;
        };
        let at = all.iter().position(|l| l.code == code).unwrap_or_else(|| {
            all.push(Locale {
                code,
                given: Vec::new(),
                family: Vec::new(),
            });
            all.len() - 1
        });
        match part {
            "given" => all[at].given.extend(words),
            "family" => all[at].family.extend(words),
            _ => {}
        }
    }
    for locale in &mut all {
        for list in [&mut locale.given, &mut locale.family] {
            for name in list.iter_mut() {
                // Particles and first parts go: a stand-in is made of single words.
                *name = name.rsplit([' ', '-', '\'']).next().unwrap_or(name);
            }
            list.retain(|n| n.chars().all(char::is_alphabetic));
            list.sort_unstable();
            list.dedup();
        }
    }
    all
}

fn index() -> HashMap<String, Known> {
    let mut words: HashMap<String, Known> = HashMap::with_capacity(20_000);
    for (at, locale) in LOCALES.iter().enumerate() {
        for (list, family) in [(&locale.given, false), (&locale.family, true)] {
            for name in list {
                let mut add = |form: &str| {
                    let known = words.entry_ref(form).or_default();
                    known.given |= !family;
                    known.family |= family;
                    known.locales |= 1u64 << at;
                };
                let name = name.to_lowercase();
                add(&name);
                if !name.is_ascii() {
                    add(&folded(&name, true));
                    add(&folded(&name, false));
                }
            }
        }
    }
    for line in include_str!("words.txt").lines() {
        let Some((mark, list)) = line.split_once(' ') else {
            continue;
        };
        for word in list.split_ascii_whitespace() {
            match mark {
                "shared" => words.entry(word.to_owned()).or_default().shared = true,
                "never" => words.entry(word.to_owned()).or_default().never = true,
                _ => {}
            }
        }
    }
    words
}

/// `text`, in lower case, without accents; umlauts become two letters when `long`.
pub(crate) fn folded(text: &str, long: bool) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        let plain = match c {
            'ä' | 'ö' | 'ü' | 'å' | 'ø' | 'æ' if long => match c {
                'ä' | 'æ' => "ae",
                'ö' | 'ø' => "oe",
                'å' => "aa",
                _ => "ue",
            },
            'à' | 'á' | 'â' | 'ã' | 'ä' | 'å' | 'ą' | 'ă' => "a",
            'ç' | 'ć' | 'č' => "c",
            'ď' | 'đ' => "d",
            'è' | 'é' | 'ê' | 'ë' | 'ę' | 'ě' => "e",
            'ğ' => "g",
            'ì' | 'í' | 'î' | 'ï' | 'ı' => "i",
            'ł' => "l",
            'ñ' | 'ń' | 'ň' => "n",
            'ò' | 'ó' | 'ô' | 'õ' | 'ö' | 'ø' | 'ő' => "o",
            'ř' => "r",
            'ś' | 'š' | 'ş' | 'ș' => "s",
            'ť' | 'ț' => "t",
            'ù' | 'ú' | 'û' | 'ü' | 'ů' | 'ű' => "u",
            'ý' | 'ÿ' => "y",
            'ź' | 'ż' | 'ž' => "z",
            'ß' => "ss",
            'œ' => "oe",
            'æ' => "ae",
            c => {
                out.push(c);
                continue;
            }
        };
        out.push_str(plain);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_many_countries_are_known() {
        for given in [
            "nancy",
            "jürgen",
            "juergen",
            "siobhan",
            "łukasz",
            "екатерина",
            "明轩",
        ] {
            assert!(known(given).given, "{given}");
        }
        for family in [
            "wilson",
            "müller",
            "mueller",
            "nguyễn",
            "kowalska",
            "иванов",
            "佐藤",
        ] {
            assert!(known(family).family, "{family}");
        }
        assert!(known("april").shared && known("paris").shared);
        assert!(known("street").never && !known("brown").never);
        assert_eq!(known("zzyzx"), Known::default());
        assert!(LOCALES.len() <= 64, "one bit each");
    }
}

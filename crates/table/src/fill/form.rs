//! How a stand-in is written: a row of slots, learned from many people's cells, that holds nothing
//! of any one of them.

use super::key::Free;
use super::permutation::{GREATEST, Permutation, mix};
use crate::Personal;
use crate::infer::personal::{checks, lexicon};

/// The fixed permutation that spaces are cut in; public, the same for all models.
const FIXED: u64 = 0x666f_726d;

/// How a word is written.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, serde::Serialize, serde::Deserialize,
)]
#[serde(rename_all = "snake_case")]
pub(super) enum Case {
    /// As in the list.
    Title,
    /// In capitals.
    Upper,
    /// In small letters without accents.
    Lower,
}

impl Case {
    /// The case of `word`.
    pub(super) fn of(word: &str) -> Case {
        let mut chars = word.chars();
        match (chars.next(), chars.next()) {
            (Some(a), Some(b)) if a.is_uppercase() && b.is_uppercase() => Case::Upper,
            (Some(a), _) if a.is_lowercase() => Case::Lower,
            _ => Case::Title,
        }
    }

    fn write(self, word: &str) -> String {
        match self {
            Case::Title => word.to_owned(),
            Case::Upper => word.to_uppercase(),
            Case::Lower => lexicon::folded(&word.to_lowercase(), true),
        }
    }
}

/// One place of a form.
#[derive(
    Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, serde::Serialize, serde::Deserialize,
)]
#[serde(rename_all = "snake_case")]
pub(super) enum Slot {
    /// These characters.
    Text(String),
    /// One of these characters.
    Of(String),
    /// A whole number from the first to the second.
    Number(u32, u32),
    /// A given name, free of the person.
    Given(Case),
    /// A family name, free of the person.
    Family(Case),
    /// The person's given name.
    PersonGiven(Case),
    /// The person's family name.
    PersonFamily(Case),
    /// The first letter of the person's given name.
    PersonInitial(Case),
    /// A character that the others determine.
    Check,
}

/// A form with its weight and the part of its space that no training cell stands in.
#[derive(Debug, Clone, PartialEq, serde::Serialize, serde::Deserialize)]
pub(super) struct Form {
    /// Share of the rows that are written so.
    pub share: f64,
    pub slots: Vec<Slot>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub free: Option<Free>,
}

/// Somebody who does not exist.
#[derive(Debug, Clone, Copy)]
pub(super) struct Person {
    pub given: &'static str,
    pub family: &'static str,
    /// How many others with this family name came before.
    pub round: u64,
}

impl Slot {
    /// How many values it can take on its own.
    fn size(&self, locale: &lexicon::Locale) -> u128 {
        match self {
            Slot::Of(class) => class.len().max(1) as u128,
            Slot::Number(low, high) => u128::from(high.saturating_sub(*low)) + 1,
            Slot::Given(_) => locale.given.len().max(1) as u128,
            Slot::Family(_) => locale.family.len().max(1) as u128,
            _ => 1,
        }
    }
}

impl Form {
    /// A form that is to be written in `share` of the rows, kept away from the training cells
    /// `real`.
    pub(super) fn learn(share: f64, slots: Vec<Slot>, locale: usize, real: &[&str]) -> Form {
        let mut form = Form {
            share,
            slots,
            free: None,
        };
        let size = form.size(locale);
        if (2..=GREATEST).contains(&size) {
            let fixed = Permutation::new(size, FIXED);
            let taken: Vec<u128> = real
                .iter()
                .filter_map(|text| form.index(text, locale))
                .map(|at| fixed.apply(at))
                .collect();
            form.free = Free::of(size, &taken);
        }
        form
    }

    /// How many stand-ins there are, people aside.
    fn size(&self, locale: usize) -> u128 {
        let locale = language(locale);
        (self.slots.iter()).fold(1u128, |size, s| size.saturating_mul(s.size(locale)))
    }

    /// How many stand-ins are surely no training cell, people aside.
    pub(super) fn width(&self, locale: usize) -> u128 {
        let size = self.size(locale);
        self.free.as_ref().map_or(size, |free| free.width(size))
    }

    /// True when a person is named.
    pub(super) fn is_of_people(&self) -> bool {
        self.slots.iter().any(|s| {
            matches!(
                s,
                Slot::PersonGiven(_) | Slot::PersonFamily(_) | Slot::PersonInitial(_)
            )
        })
    }

    /// Guards against a damaged file.
    pub(super) fn is_sane(&self) -> bool {
        let fine = |s: &Slot| match s {
            Slot::Of(class) => !class.is_empty() && class.is_ascii(),
            Slot::Number(low, high) => low <= high,
            _ => true,
        };
        self.share >= 0.0
            && self.share.is_finite()
            && self.slots.len() <= 512
            && self.slots.iter().all(fine)
            && self.free.as_ref().is_none_or(Free::is_sane)
    }

    /// The number of `text` among the stand-ins; `None` when it is written otherwise.
    fn index(&self, text: &str, locale: usize) -> Option<u128> {
        let mut rest = text;
        let mut index = 0u128;
        for slot in &self.slots {
            let (at, used) = match slot {
                Slot::Text(t) => (0, rest.starts_with(t.as_str()).then_some(t.len())?),
                Slot::Of(class) => {
                    let c = rest.chars().next()?;
                    (class.find(c)? as u128, c.len_utf8())
                }
                Slot::Number(low, high) => {
                    let end = rest
                        .find(|c: char| !c.is_ascii_digit())
                        .unwrap_or(rest.len());
                    let n: u32 = rest[..end].parse().ok()?;
                    (
                        (*low..=*high).contains(&n).then(|| u128::from(n - low))?,
                        end,
                    )
                }
                Slot::Check | Slot::PersonInitial(_) => (0, rest.chars().next()?.len_utf8()),
                Slot::PersonGiven(_) | Slot::PersonFamily(_) => (0, word(rest)),
                Slot::Given(_) => (
                    u128::from(lexicon::given_place(locale, &rest[..word(rest)])?),
                    word(rest),
                ),
                Slot::Family(_) => (
                    u128::from(lexicon::family_place(locale, &rest[..word(rest)])?),
                    word(rest),
                ),
            };
            rest = rest.get(used..)?;
            index = index
                .checked_mul(slot.size(language(locale)))?
                .checked_add(at)?;
        }
        rest.is_empty().then_some(index)
    }

    /// Stand-in number `index` under `key`; `person` is whom it names.
    pub(super) fn write(
        &self,
        what: Option<Personal>,
        index: u64,
        key: u64,
        locale: usize,
        person: Option<Person>,
    ) -> String {
        let locale_list = language(locale);
        let size = self.size(locale).min(GREATEST);
        let mut place = self.place(u128::from(index), key, size);
        let mut pieces: Vec<String> = Vec::with_capacity(self.slots.len());
        for slot in self.slots.iter().rev() {
            let n = slot.size(locale_list);
            let at = (place % n) as usize;
            place /= n;
            pieces.push(match slot {
                Slot::Text(text) => text.clone(),
                Slot::Of(class) => class.get(at..at + 1).unwrap_or("0").to_owned(),
                Slot::Number(low, _) => (*low as usize + at).to_string(),
                Slot::Given(case) => case.write(locale_list.given[at]),
                Slot::Family(case) => case.write(locale_list.family[at]),
                Slot::PersonGiven(case) => person.map_or(String::new(), |p| case.write(p.given)),
                Slot::PersonFamily(case) => person.map_or(String::new(), |p| case.write(p.family)),
                Slot::PersonInitial(case) => person.map_or(String::new(), |p| {
                    case.write(p.given).chars().take(1).collect()
                }),
                Slot::Check => "\u{0}".to_owned(),
            });
        }
        let text: String = pieces.iter().rev().map(String::as_str).collect();
        settle(what, text)
    }

    /// The place in the space of number `index`: within the free part as long as it lasts.
    fn place(&self, index: u128, key: u64, size: u128) -> u128 {
        let (start, width) = self.free.as_ref().map_or((0, size), |f| f.range(size));
        let fixed = Permutation::new(size, FIXED);
        let at = if index < width || width == size {
            start + Permutation::new(width, key).apply(index % width)
        } else {
            let rest = size - width;
            let at = Permutation::new(rest, key ^ 1).apply((index - width) % rest);
            if at < start { at } else { at + width }
        };
        fixed.invert(at)
    }
}

/// The language at a position, the first when there is none.
pub(super) fn language(at: usize) -> &'static lexicon::Locale {
    let all = &lexicon::LOCALES;
    all.get(at).unwrap_or(&all[0])
}

/// The length of the word that `text` begins with.
fn word(text: &str) -> usize {
    text.find(|c: char| !c.is_alphabetic())
        .unwrap_or(text.len())
}

/// Puts the right check characters in.
fn settle(what: Option<Personal>, text: String) -> String {
    let open: Vec<usize> = text.match_indices('\0').map(|(i, _)| i).collect();
    if open.is_empty() {
        return text;
    }
    let plain = |t: &str| -> String { t.chars().filter(|c| c.is_alphanumeric()).collect() };
    let right = |t: &str| match what {
        Some(Personal::Iban) => checks::iban(&plain(t)),
        Some(Personal::Vin) => checks::vin(t),
        Some(Personal::NationalId) => {
            checks::lettered(&plain(t)) || checks::national(&checks::digits(t))
        }
        _ => checks::luhn(&checks::digits(t)),
    };
    let alphabet: &[u8] = match what {
        Some(Personal::Vin) => b"0123456789X",
        Some(Personal::NationalId)
            if text.ends_with('\0') && text.bytes().any(|b| b.is_ascii_alphabetic()) =>
        {
            b"0123456789ABCDEFGHJKLMNPQRSTUVWXYZI"
        }
        _ => b"0123456789",
    };
    let count = alphabet.len().pow(open.len().min(2) as u32);
    let mut bytes = text.clone().into_bytes();
    for n in 0..count {
        let mut left = n;
        for &at in open.iter().rev() {
            bytes[at] = alphabet[left % alphabet.len()];
            left /= alphabet.len();
        }
        if let Ok(t) = std::str::from_utf8(&bytes)
            && right(t)
        {
            return t.to_owned();
        }
    }
    text.replace('\0', "0")
}

/// A form that `weights` choose for number `index`.
pub(super) fn choose(forms: &[Form], index: u64, key: u64) -> Option<&Form> {
    let total: f64 = forms.iter().map(|f| f.share).sum();
    let mut at = (mix(key ^ mix(index)) >> 11) as f64 / (1u64 << 53) as f64 * total;
    forms
        .iter()
        .find(|f| {
            at -= f.share;
            at < 0.0
        })
        .or(forms.last())
}

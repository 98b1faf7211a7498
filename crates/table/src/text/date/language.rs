//! Names of months and weekdays in languages other than English.

/// The names of a language, as they are written in one place.
struct Names {
    /// What a format begins with, in brackets.
    code: &'static str,
    months: [&'static str; 12],
    short: [&'static str; 12],
    days: [&'static str; 7],
    /// Weekdays in short, Monday first.
    shorter: [&'static str; 7],
}

const ENGLISH: Names = Names {
    code: "en",
    months: [
        "January",
        "February",
        "March",
        "April",
        "May",
        "June",
        "July",
        "August",
        "September",
        "October",
        "November",
        "December",
    ],
    short: [
        "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
    ],
    days: [
        "Monday",
        "Tuesday",
        "Wednesday",
        "Thursday",
        "Friday",
        "Saturday",
        "Sunday",
    ],
    shorter: ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"],
};

const GERMAN: [&str; 12] = [
    "Januar",
    "Februar",
    "März",
    "April",
    "Mai",
    "Juni",
    "Juli",
    "August",
    "September",
    "Oktober",
    "November",
    "Dezember",
];
const GERMAN_DAYS: [&str; 7] = [
    "Montag",
    "Dienstag",
    "Mittwoch",
    "Donnerstag",
    "Freitag",
    "Samstag",
    "Sonntag",
];
const GERMAN_SHORT: [&str; 7] = ["Mo", "Di", "Mi", "Do", "Fr", "Sa", "So"];
const FRENCH: [&str; 12] = [
    "janvier",
    "février",
    "mars",
    "avril",
    "mai",
    "juin",
    "juillet",
    "août",
    "septembre",
    "octobre",
    "novembre",
    "décembre",
];
const FRENCH_DAYS: [&str; 7] = [
    "lundi", "mardi", "mercredi", "jeudi", "vendredi", "samedi", "dimanche",
];

const LANGUAGES: [Names; 11] = [
    Names {
        code: "de",
        months: GERMAN,
        short: [
            "Jan", "Feb", "Mär", "Apr", "Mai", "Jun", "Jul", "Aug", "Sep", "Okt", "Nov", "Dez",
        ],
        days: GERMAN_DAYS,
        shorter: GERMAN_SHORT,
    },
    Names {
        code: "de-2",
        months: GERMAN,
        short: [
            "Jan", "Feb", "Mrz", "Apr", "Mai", "Jun", "Jul", "Aug", "Sep", "Okt", "Nov", "Dez",
        ],
        days: GERMAN_DAYS,
        shorter: GERMAN_SHORT,
    },
    Names {
        code: "de-3",
        months: GERMAN,
        short: [
            "Jan.", "Feb.", "März", "Apr.", "Mai", "Juni", "Juli", "Aug.", "Sept.", "Okt.", "Nov.",
            "Dez.",
        ],
        days: GERMAN_DAYS,
        shorter: ["Mo.", "Di.", "Mi.", "Do.", "Fr.", "Sa.", "So."],
    },
    Names {
        code: "de-4",
        months: GERMAN,
        short: [
            "Jan.", "Feb.", "Mär.", "Apr.", "Mai.", "Jun.", "Jul.", "Aug.", "Sep.", "Okt.", "Nov.",
            "Dez.",
        ],
        days: GERMAN_DAYS,
        shorter: ["Mo.", "Di.", "Mi.", "Do.", "Fr.", "Sa.", "So."],
    },
    Names {
        code: "fr",
        months: FRENCH,
        short: [
            "janv.", "févr.", "mars", "avr.", "mai", "juin", "juil.", "août", "sept.", "oct.",
            "nov.", "déc.",
        ],
        days: FRENCH_DAYS,
        shorter: ["lun.", "mar.", "mer.", "jeu.", "ven.", "sam.", "dim."],
    },
    Names {
        code: "fr-2",
        months: FRENCH,
        short: [
            "janv", "févr", "mars", "avr", "mai", "juin", "juil", "août", "sept", "oct", "nov",
            "déc",
        ],
        days: FRENCH_DAYS,
        shorter: ["lun", "mar", "mer", "jeu", "ven", "sam", "dim"],
    },
    Names {
        code: "es",
        months: [
            "enero",
            "febrero",
            "marzo",
            "abril",
            "mayo",
            "junio",
            "julio",
            "agosto",
            "septiembre",
            "octubre",
            "noviembre",
            "diciembre",
        ],
        short: [
            "ene", "feb", "mar", "abr", "may", "jun", "jul", "ago", "sep", "oct", "nov", "dic",
        ],
        days: [
            "lunes",
            "martes",
            "miércoles",
            "jueves",
            "viernes",
            "sábado",
            "domingo",
        ],
        shorter: ["lun", "mar", "mié", "jue", "vie", "sáb", "dom"],
    },
    Names {
        code: "it",
        months: [
            "gennaio",
            "febbraio",
            "marzo",
            "aprile",
            "maggio",
            "giugno",
            "luglio",
            "agosto",
            "settembre",
            "ottobre",
            "novembre",
            "dicembre",
        ],
        short: [
            "gen", "feb", "mar", "apr", "mag", "giu", "lug", "ago", "set", "ott", "nov", "dic",
        ],
        days: [
            "lunedì",
            "martedì",
            "mercoledì",
            "giovedì",
            "venerdì",
            "sabato",
            "domenica",
        ],
        shorter: ["lun", "mar", "mer", "gio", "ven", "sab", "dom"],
    },
    Names {
        code: "pt",
        months: [
            "janeiro",
            "fevereiro",
            "março",
            "abril",
            "maio",
            "junho",
            "julho",
            "agosto",
            "setembro",
            "outubro",
            "novembro",
            "dezembro",
        ],
        short: [
            "jan", "fev", "mar", "abr", "mai", "jun", "jul", "ago", "set", "out", "nov", "dez",
        ],
        days: [
            "segunda-feira",
            "terça-feira",
            "quarta-feira",
            "quinta-feira",
            "sexta-feira",
            "sábado",
            "domingo",
        ],
        shorter: ["seg", "ter", "qua", "qui", "sex", "sáb", "dom"],
    },
    Names {
        code: "nl",
        months: [
            "januari",
            "februari",
            "maart",
            "april",
            "mei",
            "juni",
            "juli",
            "augustus",
            "september",
            "oktober",
            "november",
            "december",
        ],
        short: [
            "jan", "feb", "mrt", "apr", "mei", "jun", "jul", "aug", "sep", "okt", "nov", "dec",
        ],
        days: [
            "maandag",
            "dinsdag",
            "woensdag",
            "donderdag",
            "vrijdag",
            "zaterdag",
            "zondag",
        ],
        shorter: ["ma", "di", "wo", "do", "vr", "za", "zo"],
    },
    Names {
        code: "sv",
        months: [
            "januari",
            "februari",
            "mars",
            "april",
            "maj",
            "juni",
            "juli",
            "augusti",
            "september",
            "oktober",
            "november",
            "december",
        ],
        short: [
            "jan", "feb", "mar", "apr", "maj", "jun", "jul", "aug", "sep", "okt", "nov", "dec",
        ],
        days: [
            "måndag", "tisdag", "onsdag", "torsdag", "fredag", "lördag", "söndag",
        ],
        shorter: ["mån", "tis", "ons", "tors", "fre", "lör", "sön"],
    },
];

/// A language other than English.
#[derive(Clone, Copy)]
pub(crate) struct Language(&'static Names);

impl std::fmt::Debug for Language {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.0.code)
    }
}

impl Language {
    /// All of them.
    pub(super) fn all() -> impl Iterator<Item = Language> {
        LANGUAGES.iter().map(Language)
    }

    /// The language that a format names in brackets before it, and the format.
    pub(crate) fn of(format: &str) -> (Option<Language>, &str) {
        let named = format
            .strip_prefix('[')
            .and_then(|rest| rest.split_once(']'));
        let Some((code, rest)) = named else {
            return (None, format);
        };
        match LANGUAGES.iter().find(|names| names.code == code) {
            Some(names) => (Some(Language(names)), rest),
            None => (None, format),
        }
    }

    /// How many of `texts` have names, all of them English.
    pub(super) fn english(texts: &[&str]) -> usize {
        Language(&ENGLISH).knows(texts)
    }

    pub(super) fn code(self) -> &'static str {
        self.0.code
    }

    /// How many of `texts` have a name of this language that is none in English, and no other word.
    pub(super) fn knows(self, texts: &[&str]) -> usize {
        let fits = |text: &&&str| {
            let mut words = words(text).peekable();
            words.peek().is_some() && words.all(|word| self.name(word).is_some())
        };
        texts.iter().filter(fits).count()
    }

    /// The English name of a month or weekday.
    fn name(self, word: &str) -> Option<&'static str> {
        let lower = word.to_lowercase();
        let at = |names: &[&str]| names.iter().position(|n| n.to_lowercase() == lower);
        // Months first: `mar` is a month and a day.
        (at(&self.0.months).map(|i| ENGLISH.months[i]))
            .or_else(|| at(&self.0.short).map(|i| ENGLISH.short[i]))
            .or_else(|| at(&self.0.days).map(|i| ENGLISH.days[i]))
            .or_else(|| at(&self.0.shorter).map(|i| ENGLISH.shorter[i]))
    }

    /// `text` with its names in English.
    pub(crate) fn to_english(self, text: &str) -> String {
        replaced(text, |word| self.name(word))
    }

    /// `text` with its English names in this language. `short` says that its months are in short.
    pub(crate) fn localized(self, text: &str, short: bool) -> String {
        let at = |names: &[&str], word: &str| names.iter().position(|n| *n == word);
        replaced(text, |word| {
            let months = || at(&ENGLISH.months, word).map(|i| self.0.months[i]);
            let shorts = || at(&ENGLISH.short, word).map(|i| self.0.short[i]);
            // May is short and long.
            let month = if short {
                shorts().or_else(months)
            } else {
                months().or_else(shorts)
            };
            month
                .or_else(|| at(&ENGLISH.days, word).map(|i| self.0.days[i]))
                .or_else(|| at(&ENGLISH.shorter, word).map(|i| self.0.shorter[i]))
        })
    }
}

fn is_letter(c: char) -> bool {
    c.is_alphabetic()
}

/// The words of a text, each with a point that follows it where that is not a number's.
fn words(text: &str) -> impl Iterator<Item = &str> {
    spans(text).map(|(start, end)| &text[start..end])
}

fn spans(text: &str) -> impl Iterator<Item = (usize, usize)> {
    let mut at = 0;
    std::iter::from_fn(move || {
        let start = at + text[at..].find(is_letter)?;
        let rest = &text[start..];
        let mut end = start
            + rest
                .find(|c: char| !is_letter(c) && c != '-')
                .unwrap_or(rest.len());
        while text[start..end].ends_with('-') {
            end -= 1;
        }
        if text[end..].starts_with('.') {
            end += 1;
        }
        at = end;
        Some((start, end))
    })
}

/// `text` with each word that `to` knows in its place; a point behind a word is tried with it, then without.
fn replaced(text: &str, to: impl Fn(&str) -> Option<&'static str>) -> String {
    let mut out = String::with_capacity(text.len());
    let mut from = 0;
    for (start, end) in spans(text) {
        out.push_str(&text[from..start]);
        let word = &text[start..end];
        match (to(word), word.strip_suffix('.')) {
            (Some(name), _) => out.push_str(name),
            (None, Some(bare)) => {
                out.push_str(to(bare).unwrap_or(bare));
                out.push('.');
            }
            (None, None) => out.push_str(word),
        }
        from = end;
    }
    out.push_str(&text[from..]);
    out
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn names_are_translated_there_and_back() {
        for (code, text, english, short) in [
            ("de", "Di 01.08.2023", "Tue 01.08.2023", true),
            ("de", "3. März 2021", "3. March 2021", false),
            ("de-2", "Mrz 21", "Mar 21", true),
            ("fr", "5 févr. 2020", "5 Feb 2020", true),
            ("es", "16 de mayo 2019", "16 de May 2019", false),
        ] {
            let (language, _) = Language::of(&format!("[{code}]%Y"));
            let language = language.unwrap();
            assert_eq!(language.to_english(text), english);
            assert_eq!(language.localized(english, short), text);
        }
    }
}

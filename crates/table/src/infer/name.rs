//! What a column's name hints at.

/// The words of a column name in lower case: split at case changes, digits kept with their word.
pub(crate) fn words(name: &str) -> Vec<String> {
    let mut words: Vec<String> = Vec::new();
    let mut word = String::new();
    let mut before_lower = false;
    for c in name.chars() {
        if !c.is_alphanumeric() || (c.is_uppercase() && before_lower) {
            if !word.is_empty() {
                words.push(std::mem::take(&mut word));
            }
            before_lower = false;
            if !c.is_alphanumeric() {
                continue;
            }
        }
        before_lower = c.is_lowercase();
        word.extend(c.to_lowercase());
    }
    if !word.is_empty() {
        words.push(word);
    }
    // `MLS #` is a number.
    if name.trim_end().ends_with('#') && !words.is_empty() {
        words.push("no".to_owned());
    }
    words
}

fn last_is(words: &[String], of: &[&str]) -> bool {
    words.last().is_some_and(|w| of.contains(&w.as_str()))
}

fn any_is(words: &[String], of: &[&str]) -> bool {
    words.iter().any(|w| of.contains(&w.as_str()))
}

/// Named like a key: `id`, `patient_nbr`, `OrderNo`, `case-number`.
pub(crate) fn is_key(words: &[String]) -> bool {
    const KEYS: [&str; 24] = [
        "id",
        "ids",
        "key",
        "nr",
        "no",
        "nbr",
        "uuid",
        "guid",
        "uid",
        "pid",
        "mrn",
        "rowid",
        "userid",
        "customerid",
        "patientid",
        "identifier",
        "ean",
        "gtin",
        "upc",
        "isbn",
        "barcode",
        "siret",
        "siren",
        "nummer",
    ];
    const AFTER: [&str; 15] = [
        "account", "case", "customer", "invoice", "member", "order", "passport", "patient",
        "policy", "record", "serial", "subject", "ticket", "licence", "license",
    ];
    // German puts words together: `Kundennummer`, `Policennr.`
    let compound = |w: &String| w.len() > 5 && (w.ends_with("nummer") || w.ends_with("nr"));
    if last_is(words, &KEYS)
        || words.last().is_some_and(compound)
        || (words.len() == 1 && words[0] == "index")
    {
        return true;
    }
    let n = words.len();
    n >= 2
        && matches!(words[n - 1].as_str(), "number" | "num" | "code")
        && AFTER.contains(&words[n - 2].as_str())
}

/// Named for a person or a single event, so that even often repeated keys tell who is who.
pub(crate) fn is_of_someone(words: &[String]) -> bool {
    const WHO: [&str; 25] = [
        "account",
        "case",
        "client",
        "customer",
        "donor",
        "employee",
        "encounter",
        "invoice",
        "member",
        "mrn",
        "order",
        "participant",
        "passenger",
        "patient",
        "person",
        "policy",
        "session",
        "student",
        "subject",
        "transaction",
        "user",
        "userid",
        "customerid",
        "patientid",
        "visit",
    ];
    any_is(words, &WHO)
}

/// Named like a time or an age: whole numbers of such columns are measurements, even if each
/// occurs once.
pub(crate) fn is_time(words: &[String]) -> bool {
    const TIMES: [&str; 22] = [
        "age",
        "date",
        "day",
        "days",
        "epoch",
        "hour",
        "hours",
        "minute",
        "minutes",
        "month",
        "months",
        "period",
        "quarter",
        "second",
        "seconds",
        "time",
        "timestamp",
        "ts",
        "week",
        "weeks",
        "year",
        "years",
    ];
    any_is(words, &TIMES)
}

/// Named like a calendar date.
pub(crate) fn is_date(words: &[String]) -> bool {
    any_is(
        words,
        &[
            "date",
            "dob",
            "day",
            "dt",
            "datum",
            "ymd",
            "yyyymmdd",
            "birthday",
            "birthdate",
        ],
    )
}

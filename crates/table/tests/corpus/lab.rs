//! Results of laboratories and clinics: bounds, titres, units, words in the place of numbers, stamps of
//! fourteen digits.

use super::dice::{DAY, date};
use super::forms::{comma, given, maybe, or_word, plain, surname};
use super::sheet::{Case, EUROPE, PLAIN, Quotes, Sheet, Style, TABS};
use super::want::{Is, cat, code, flag, int, key, num, parts, person, real, same, text, when};

pub fn all() -> Vec<Case> {
    vec![
        results(),
        wide(),
        urine(),
        plate_reader(),
        messages(),
        vitals(),
        trial(),
        qpcr(),
    ]
}

/// One result a row: numbers, bounds, words and titres under one another, units beside them.
fn results() -> Case {
    Sheet::new("lab_results_long", 380, PLAIN)
        .col("sample_id", key(), |d| {
            format!("L23-{:05}", 40_112 + d.row / 4)
        })
        .col("collected", when("%Y-%m-%dT%H:%M"), |d| {
            date("%Y-%m-%dT%H:%M", d.moment())
        })
        .col("test", cat(), |d| {
            ["CRP", "PSA", "TSH", "ANA"][d.row % 4].to_owned()
        })
        .col(
            "result",
            real().words(&["<0.5", ">9000", "negative"]),
            |d| match d.row % 4 {
                3 => "negative".to_owned(),
                _ if d.chance(12) => "<0.5".to_owned(),
                _ if d.chance(6) => ">9000".to_owned(),
                _ => plain(d.skewed(9.0) + 0.5, 1),
            },
        )
        .col("unit", cat(), |d| {
            ["mg/L", "ng/mL", "mIU/L", ""][d.row % 4].to_owned()
        })
        .col("flag", cat(), |d| d.pick(&["", "H", "L", "HH"]).to_owned())
        .col("reference", cat(), |d| {
            ["<5.0", "0.0-4.0", "0.4-4.2", ""][d.row % 4].to_owned()
        })
        .case()
}

/// One patient a row, German: decimal commas, bounds, words.
fn wide() -> Case {
    Sheet::new("lab_wide_de", 320, EUROPE)
        .col("Fallnummer", key(), |d| {
            (7_002_310 + d.row * 13).to_string()
        })
        .col("Abnahme", when("%d.%m.%Y %H:%M"), |d| {
            date("%d.%m.%Y %H:%M", d.moment())
        })
        .col("CRP mg/l", num(1).comma().words(&["<0,5"]), |d| {
            or_word(d, 30, "<0,5", |d| comma(d.skewed(12.0) + 0.5, 1))
        })
        .col("Ferritin", int().words(&[">9000"]), |d| {
            or_word(d, 6, ">9000", |d| plain(d.skewed(220.0), 0))
        })
        .col("Kalium", num(2).comma().words(&["hämolytisch"]), |d| {
            or_word(d, 7, "hämolytisch", |d| comma(d.normal(4.2, 0.4), 2))
        })
        .col("Quick", int().after("%"), |d| {
            format!("{}%", d.int(40, 110))
        })
        .col("ANA-Titer", cat(), |d| {
            d.pick(&["<1:80", "1:80", "1:160", "1:320", "1:640", ">1:1280"])
                .to_owned()
        })
        .col("HBs-Ag", cat().or(Is::YesNo), |d| {
            d.pick(&["negativ", "positiv"]).to_owned()
        })
        .col("Leukozyten", num(1).comma().after(" G/l"), |d| {
            format!("{} G/l", comma(d.normal(7.0, 2.0).max(1.0), 1))
        })
        .case()
}

/// Strips: pluses, words, ranges per field of view.
fn urine() -> Case {
    Sheet::new("lab_urine", 260, PLAIN)
        .col("accession", key(), |d| format!("U{}", 880_123 + d.row * 3))
        .col("colour", cat(), |d| {
            d.pick(&["yellow", "straw", "amber"]).to_owned()
        })
        .col("protein", cat(), |d| {
            d.pick(&["neg", "trace", "+", "++", "+++"]).to_owned()
        })
        .col("specific gravity", num(3), |d| {
            plain(d.real(1.005, 1.03), 3)
        })
        .col("pH", num(1), |d| plain(d.normal(6.0, 0.6), 1))
        .col("WBC/hpf", cat(), |d| {
            d.pick(&["0-2", "2-5", "5-10", "10-20", ">50"]).to_owned()
        })
        .col("glucose", int().after(" mg/dL").words(&["negative"]), |d| {
            or_word(d, 40, "negative", |d| format!("{} mg/dL", d.int(30, 900)))
        })
        .col("culture", text().or(Is::Category), |d| {
            d.pick(&["no growth", "E. coli >100,000 CFU/mL", "mixed flora"])
                .to_owned()
        })
        .case()
}

/// An instrument's export: what was measured, then a table, `OVRFLW` where the light was too bright.
fn plate_reader() -> Case {
    let before = [
        "Software Version\t3.11.19",
        "Experiment File Path:\tassay_17.xpt",
        "Date\t14/02/2023",
        "Time\t13:05:22",
        "",
        "Procedure Details",
        "Plate Type\t96 WELL PLATE",
        "",
    ];
    Sheet::new("lab_plate_reader", 192, TABS)
        .before(&before)
        .col("Well", cat(), |d| {
            let row = ["A", "B", "C", "D", "E", "F", "G", "H"][d.row / 12 % 8];
            format!("{row}{}", d.row % 12 + 1)
        })
        .col("Well ID", cat(), |d| {
            d.pick(&["SPL1", "SPL2", "BLK", "STD1"]).to_owned()
        })
        .col("Time", int().clock().or(Is::Date("")), |d| {
            format!("{}:{:02}:{:02}", d.row / 96, d.row % 60, 13)
        })
        .col("T° 485,528", num(1), |d| plain(d.normal(37.0, 0.2), 1))
        .col("485,528", int().words(&["OVRFLW"]), |d| {
            or_word(d, 7, "OVRFLW", |d| plain(d.skewed(9000.0), 0))
        })
        .col("OD600", num(3).words(&["*****"]), |d| {
            or_word(d, 5, "*****", |d| plain(d.real(0.04, 1.9), 3))
        })
        .case()
}

/// Fields of messages in columns: stamps of fourteen digits, parts of names behind `^`.
fn messages() -> Case {
    let style = Style {
        delimiter: '|',
        quotes: Quotes::Never,
        end: "\r\n",
        ..PLAIN
    };
    Sheet::new("hl7_flat", 300, style)
        .col("MSH-7", when("%Y%m%d%H%M%S"), |d| {
            date("%Y%m%d%H%M%S", d.moment())
        })
        .col("PID-3", key(), |d| (300_121 + d.row / 3 * 17).to_string())
        .col("PID-5", person("name"), |d| {
            let mut who = super::dice::Dice::new("hl7", "name", d.row / 3);
            format!(
                "{}^{}",
                surname(&mut who).to_uppercase(),
                given(&mut who).to_uppercase()
            )
        })
        .col("PID-7", when("%Y%m%d"), |d| {
            date(
                "%Y%m%d",
                super::dice::Dice::new("hl7", "born", d.row / 3).moment() - 1_500_000_000,
            )
        })
        .col("PID-8", flag(), |d| d.pick(&["F", "M"]).to_owned())
        .col("OBX-3", cat(), |d| {
            d.pick(&[
                "718-7^Hemoglobin^LN",
                "6690-2^Leukocytes^LN",
                "2951-2^Sodium^LN",
            ])
            .to_owned()
        })
        .col("OBX-5", num(1), |d| plain(d.normal(14.0, 2.0), 1))
        .col("OBX-6", cat(), |d| {
            d.pick(&["g/dL", "10*3/uL", "mmol/L"]).to_owned()
        })
        .col("OBX-8", cat(), |d| d.pick(&["N", "H", "L"]).to_owned())
        .col("OBX-11", same(), |_| "F".to_owned())
        .col("OBX-14", when("%Y%m%d%H%M"), |d| {
            date("%Y%m%d%H%M", d.moment())
        })
        .case()
}

/// Signs of life on a ward: two numbers in a cell, scores with a plus.
fn vitals() -> Case {
    Sheet::new("ward_vitals", 300, PLAIN)
        .col("mrn", key(), |d| (5_501_200 + d.below(60) * 31).to_string())
        .col("taken_at", when("%m/%d/%Y %H:%M"), |d| {
            date("%m/%d/%Y %H:%M", d.moment())
        })
        .col("bp", parts(&["integer", "integer"]), |d| {
            maybe(d, 4, |d| format!("{}/{}", d.int(95, 180), d.int(50, 105)))
        })
        .col("pulse", int(), |d| d.int(48, 130).to_string())
        .col("temp", num(1).after(" °C"), |d| {
            format!("{} °C", plain(d.normal(37.0, 0.6), 1))
        })
        .col("spo2", int().after("%"), |d| format!("{}%", d.int(86, 100)))
        .col("pain", cat(), |d| {
            d.pick(&["0/10", "2/10", "4/10", "7/10"]).to_owned()
        })
        .col("height", parts(&["integer", "integer"]), |d| {
            format!("{}' {}\"", d.int(5, 6), d.int(0, 11))
        })
        .col("weight", num(1).after(" kg"), |d| {
            format!("{} kg", plain(d.normal(79.0, 14.0), 1))
        })
        .case()
}

/// A dataset of a clinical trial: SAS days, points for missing, days of which only the month is known.
fn trial() -> Case {
    Sheet::new("trial_sdtm", 320, PLAIN)
        .col("STUDYID", same(), |_| "VRD-101".to_owned())
        .col("USUBJID", key(), |d| {
            format!("VRD-101-{:03}-{:04}", 1 + d.row / 40, 1 + d.row / 4)
        })
        .col("VISIT", cat(), |d| {
            ["SCREENING", "WEEK 2", "WEEK 4", "WEEK 8"][d.row % 4].to_owned()
        })
        .col("RFSTDTC", when("%Y-%m-%d"), |d| {
            date("%Y-%m-%d", d.moment())
        })
        .col("BRTHDT", when("%d%b%Y"), |d| {
            date("%d%^b%Y", d.moment() - 1_400_000_000)
        })
        .col("AESTDTC", when("").or(Is::Parts(&[])), |d| {
            let format = d.pick(&["%Y-%m-%d", "%Y-%m-%d", "%Y-%m", "%Y"]).to_owned();
            date(&format, d.moment())
        })
        .col("AVAL", num(2).gaps(&["."]), |d| {
            or_word(d, 9, ".", |d| plain(d.normal(5.0, 1.2), 2))
        })
        .col("ADY", int(), |d| d.int(-28, 70).to_string())
        .col("ANL01FL", flag(), |d| d.pick(&["Y", ""]).to_owned())
        .col("TRTP", cat(), |d| {
            d.pick(&["PLACEBO", "VRD 5 MG", "VRD 10 MG"]).to_owned()
        })
        .col("AETOXGR", code(), |d| d.int(1, 5).to_string())
        .case()
}

/// Cycles of a thermocycler: `Undetermined` where nothing rose.
fn qpcr() -> Case {
    let before = [
        "Block Type,96-Well",
        "Experiment Run End Time,2023-02-14 13:05:22 PM CET",
        "",
    ];
    Sheet::new("lab_qpcr", 240, PLAIN)
        .before(&before)
        .col("Well", int().or(Is::Key).or(Is::Category), |d| {
            (d.row % 96 + 1).to_string()
        })
        .col("Sample Name", cat(), |d| format!("S{}", 1 + d.row / 6 % 16))
        .col("Target", cat(), |d| {
            d.pick(&["GAPDH", "ACTB", "IL6"]).to_owned()
        })
        .col("CT", num(3).words(&["Undetermined"]), |d| {
            or_word(d, 14, "Undetermined", |d| plain(d.normal(26.0, 4.0), 3))
        })
        .col("Run Day", when("%d-%b-%Y"), |d| {
            date("%d-%b-%Y", d.moment() / DAY * DAY)
        })
        .col("Pass", flag(), |d| d.pick(&["Y", "N"]).to_owned())
        .case()
}

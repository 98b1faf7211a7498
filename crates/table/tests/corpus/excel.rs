//! Tables saved from Excel under German, French and English settings, and from Apple Numbers.

use super::dice::{DAY, NEW_YEAR, date};
use super::forms::{comma, de, en, grouped, maybe, or_word, person_de, sentence};
use super::sheet::{Case, Code, EUROPE, PLAIN, Quotes, Sheet, Style};
use super::want::{Is, cat, code, flag, int, key, num, person, text, when};

pub fn all() -> Vec<Case> {
    vec![
        german_orders(),
        german_hours(),
        german_plan(),
        french_sales(),
        english_budget(),
        english_amounts(),
        unicode_text(),
        mac_roman(),
        pivot(),
        numbers(),
    ]
}

fn german_orders() -> Case {
    Sheet::new("excel_de_orders", 300, EUROPE)
        .col("Auftragsnr.", key(), |d| {
            format!("A-{:05}", 20_417 + d.row * 3)
        })
        .col("Kunde", person("name"), person_de)
        .col("PLZ", cat().or(Is::Person("postcode")), |d| {
            d.pick(&["01067", "04109", "10115", "20095", "50667", "80331"])
                .to_owned()
        })
        .col("Ort", cat().or(Is::Person("city")), |d| {
            d.pick(&["Dresden", "Leipzig", "Berlin", "Köln", "München"])
                .to_owned()
        })
        .col("Bestelldatum", when("%d.%m.%Y"), |d| {
            date("%d.%m.%Y", d.moment())
        })
        .col("Menge", int(), |d| d.int(1, 48).to_string())
        .col(
            "Nettobetrag",
            num(2).comma().group('.').after(" €"),
            |d| format!("{} €", de(d.skewed(900.0), 2)),
        )
        .col("Rabatt", num(1).comma().after(" %"), |d| {
            format!("{} %", comma(d.real(0.0, 15.0), 1))
        })
        .col("Bezahlt", flag(), |d| d.pick(&["Ja", "Nein"]).to_owned())
        .col("Größe", cat(), |d| {
            d.pick(&["M", "L", "XL", "S"]).to_owned()
        })
        .col("Bemerkung", text(), |d| {
            maybe(d, 40, |d| sentence(d, 5, 14))
        })
        .case()
}

fn german_hours() -> Case {
    let style = Style {
        code: Code::Utf8Bom,
        ..EUROPE
    };
    Sheet::new("excel_de_hours", 260, style)
        .col("Mitarbeiter", person("name"), |d| {
            let mut who = super::dice::Dice::new("staff", "name", d.below(18) as usize);
            person_de(&mut who)
        })
        .col("Tag", when(""), |d| {
            let days = ["Do", "Fr", "Sa", "So", "Mo", "Di", "Mi"];
            let at = NEW_YEAR + d.int(0, 360) * DAY;
            let day = days[(at / DAY % 7) as usize];
            format!("{day} {}", date("%d.%m.%Y", at))
        })
        .col("Beginn", when("%H:%M"), |d| {
            date("%H:%M", d.int(24, 40) * 900)
        })
        .col("Ende", when("%H:%M"), |d| {
            date("%H:%M", d.int(60, 80) * 900)
        })
        .col("Pause (min)", int(), |d| {
            d.pick(&["30", "45", "60", "15"]).to_owned()
        })
        .col("Stunden", num(2).comma(), |d| comma(d.real(4.0, 9.5), 2))
        .col("Saldo", int().clock(), |d| {
            format!("{}{}:{:02}", d.pick(&["", "-"]), d.int(0, 60), d.below(60))
        })
        .col("Auslastung", int().after("%"), |d| {
            format!("{}%", d.int(40, 120))
        })
        .case()
}

fn german_plan() -> Case {
    let months = [
        "Jan", "Feb", "Mrz", "Apr", "Mai", "Jun", "Jul", "Aug", "Sep", "Okt", "Nov", "Dez",
    ];
    let long = [
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
    Sheet::new("excel_de_plan", 240, EUROPE)
        .col("Kostenstelle", cat(), |d| {
            format!("{:04}", 410 + 10 * d.below(12))
        })
        .col("Monat", when(""), move |d| {
            format!("{} {:02}", months[d.below(12) as usize], d.int(19, 24))
        })
        .col("Erstellt am", when(""), move |d| {
            format!(
                "{}. {} {}",
                d.int(1, 28),
                long[d.below(12) as usize],
                d.int(2019, 2024)
            )
        })
        .col("Plan in T€", num(1).comma().group('.'), |d| {
            de(d.skewed(700.0), 1)
        })
        .col(
            "Ist in T€",
            num(1).comma().group('.').words(&["k.A."]),
            |d| or_word(d, 6, "k.A.", |d| de(d.skewed(700.0), 1)),
        )
        .col("Abweichung", num(1).comma().group('.'), |d| {
            de(d.normal(0.0, 900.0), 1)
        })
        .col("Status", cat(), |d| {
            d.pick(&["geprüft", "offen", "zurückgestellt"]).to_owned()
        })
        .case()
}

fn french_sales() -> Case {
    Sheet::new("excel_fr_sales", 280, EUROPE)
        .col("N° commande", key(), |d| {
            format!("CMD{:06}", 104_200 + d.row)
        })
        .col("Date", when("%d/%m/%Y"), |d| date("%d/%m/%Y", d.moment()))
        .col("Région", cat(), |d| {
            d.pick(&["Île-de-France", "Bretagne", "Provence-Alpes-Côte d'Azur"])
                .to_owned()
        })
        .col("Quantité", int(), |d| d.int(1, 60).to_string())
        .col("Prix unitaire", num(2).comma().after(" €"), |d| {
            format!("{} €", comma(d.real(2.0, 99.0), 2))
        })
        .col("Montant HT", num(2).comma().group('\u{a0}'), |d| {
            grouped(d.skewed(1500.0), 2, "\u{a0}", ",")
        })
        .col("Remise", num(1).comma().after("%"), |d| {
            format!("{}%", comma(d.real(0.0, 9.0), 1))
        })
        .col("Livré", flag(), |d| d.pick(&["Oui", "Non"]).to_owned())
        .col("Heure", when(""), |d| date("%Hh%M", d.moment()))
        .col("Commentaire", text(), |d| {
            let words = [
                "livré", "colis", "très", "bien", "retard", "déjà", "reçu", "abîmé", "été",
            ];
            let some: Vec<&str> = (0..d.int(5, 12))
                .map(|_| words[d.below(9) as usize])
                .collect();
            some.join(" ")
        })
        .case()
}

fn english_budget() -> Case {
    let style = Style {
        end: "\r\n",
        ..PLAIN
    };
    Sheet::new("excel_en_budget", 320, style)
        .col("Cost Center", cat().or(Is::Integer), |d| {
            (4100 + 50 * d.below(9)).to_string()
        })
        .col("Posted", when("%m/%d/%Y"), |d| {
            date("%-m/%-d/%Y", d.moment())
        })
        .col("Budget", num(2).before("$").group(','), |d| {
            format!("${}", en(d.skewed(5000.0), 2))
        })
        .col(
            "Variance",
            num(2).before("$").group(',').minus("parentheses"),
            |d| {
                let x = d.normal(100.0, 900.0);
                let text = format!("${}", en(x.abs(), 2));
                if x < 0.0 { format!("({text})") } else { text }
            },
        )
        .col("Growth", num(1).after("%").gaps(&["#DIV/0!"]), |d| {
            or_word(d, 4, "#DIV/0!", |d| format!("{:.1}%", d.normal(3.0, 8.0)))
        })
        .col("Owner Lookup", cat(), |d| {
            d.pick(&["Sales", "IT", "Finance", "#N/A"]).to_owned()
        })
        .col("Approved", flag(), |d| {
            d.pick(&["TRUE", "FALSE"]).to_owned()
        })
        .col("Quarter", when(""), |d| {
            format!("Q{} {}", d.int(1, 4), d.int(2019, 2024))
        })
        .case()
}

/// The "Accounting" format: blanks around the dollar, a dash for nothing.
fn english_amounts() -> Case {
    let style = Style {
        end: "\r\n",
        code: Code::Utf8Bom,
        ..PLAIN
    };
    Sheet::new("excel_en_accounting", 240, style)
        .col("Account", cat(), |d| {
            d.pick(&["Rent", "Travel", "Wages", "Supplies"]).to_owned()
        })
        .col("Period", when("%b-%y"), |d| date("%b-%y", d.moment()))
        .col(
            "Debit",
            num(2).before("$").group(',').words(&["$-"]).padded(),
            |d| {
                if d.chance(12) {
                    " $-   ".to_owned()
                } else {
                    format!(" ${} ", en(d.skewed(1800.0), 2))
                }
            },
        )
        .col(
            "Balance",
            num(2)
                .before("$")
                .group(',')
                .minus("inner_parentheses")
                .padded(),
            |d| {
                let x = d.normal(300.0, 2000.0);
                if x < 0.0 {
                    format!(" $({})", en(-x, 2))
                } else {
                    format!(" ${} ", en(x, 2))
                }
            },
        )
        .col("Units", int().group(','), |d| {
            en(d.skewed(2500.0).ceil(), 0)
        })
        .col("Checked", flag(), |d| d.pick(&["x", ""]).to_owned())
        .case()
}

/// "Unicode Text": UTF-16 with tabs.
fn unicode_text() -> Case {
    let style = Style {
        delimiter: '\t',
        end: "\r\n",
        quotes: Quotes::Minimal,
        code: Code::Utf16,
    };
    Sheet::new("excel_unicode_text", 220, style)
        .col("Artikel", cat(), |d| {
            d.pick(&["Schraube M6", "Mutter M6", "Dübel 8 mm", "Winkel, groß"])
                .to_owned()
        })
        .col("Datum", when("%d.%m.%Y %H:%M"), |d| {
            date("%d.%m.%Y %H:%M", d.moment())
        })
        .col("Länge", num(1).comma().after(" mm"), |d| {
            format!("{} mm", comma(d.normal(60.0, 9.0), 1))
        })
        .col("Preis", num(2).comma(), |d| comma(d.real(0.1, 9.9), 2))
        .col("Lager", code(), |d| d.int(1, 5).to_string())
        .col("Hinweis", text(), |d| {
            maybe(d, 30, |d| format!("{} \"{}\"", sentence(d, 6, 10), d.row))
        })
        .case()
}

/// Excel on an old Mac: MacRoman, and lines that end in CR alone.
fn mac_roman() -> Case {
    let style = Style {
        end: "\r",
        code: Code::MacRoman,
        ..EUROPE
    };
    Sheet::new("excel_mac_roman", 220, style)
        .col("Schüler", person("name"), person_de)
        .col("Straße", person("address"), |d| {
            let streets = [
                "Mühlstraße",
                "Gärtnerweg",
                "Schloßplatz",
                "Föhrenweg",
                "Königstraße",
            ];
            format!("{} {}", d.pick(&streets), d.int(1, 90))
        })
        .col("Geburtsjahr", int(), |d| d.int(2005, 2014).to_string())
        .col("Größe", num(2).comma(), |d| comma(d.normal(1.6, 0.1), 2))
        .col("Gewählt", flag(), |d| d.pick(&["ja", "nein"]).to_owned())
        .col("Prüfung", cat(), |d| {
            d.pick(&["bestanden", "größtenteils", "ungenügend"])
                .to_owned()
        })
        .case()
}

/// A report with a title, empty lines, merged cells and a total.
fn pivot() -> Case {
    let title = ["Umsatz nach Region;;;;", "Stand: 03.01.2024;;;;", ";;;;"];
    Sheet::new("excel_de_pivot", 180, EUROPE)
        .before(&title)
        .col("Region", cat(), |d| {
            if d.row % 12 == 0 {
                ["Nord", "Süd", "Ost", "West", "Mitte"][d.row / 12 % 5].to_owned()
            } else {
                String::new()
            }
        })
        .col("Monat", code(), |d| (d.row % 12 + 1).to_string())
        .col("Umsatz", int().comma().group('.'), |d| {
            de(d.skewed(90_000.0), 0)
        })
        .col("Vorjahr", int().comma().group('.'), |d| {
            de(d.skewed(80_000.0), 0)
        })
        .col("Diff. %", num(1).comma(), |d| comma(d.normal(2.0, 7.0), 1))
        .case()
}

/// Apple Numbers: the table's name above it, durations in words.
fn numbers() -> Case {
    let style = Style {
        delimiter: ';',
        ..PLAIN
    };
    Sheet::new("apple_numbers_de", 210, style)
        .before(&["Tabelle 1"])
        .col("Projekt", cat(), |d| {
            d.pick(&["Website", "App", "Messe", "Intern"]).to_owned()
        })
        .col("Datum", when("%d.%m.%Y"), |d| date("%d.%m.%Y", d.moment()))
        .col("Dauer", int().or(Is::Parts(&["integer", "integer"])), |d| {
            format!("{} Std. {} Min.", d.int(0, 9), d.int(0, 59))
        })
        .col(
            "Duration",
            int().or(Is::Parts(&["integer", "integer"])),
            |d| format!("{}h {:02}m", d.int(0, 9), d.int(0, 59)),
        )
        .col("Satz", num(2).comma().after(" €"), |d| {
            format!("{} €", comma(d.real(40.0, 99.0), 2))
        })
        .col("Fakturiert", flag(), |d| {
            d.pick(&["WAHR", "FALSCH"]).to_owned()
        })
        .col("Bewertung", code(), |d| d.int(1, 5).to_string())
        .case()
}

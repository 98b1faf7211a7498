//! Statements of accounts and journals of bookkeeping: lines before the header, minus in any place.

use super::dice::{Dice, date};
use super::forms::{behind, comma, de, en, grouped, iban, maybe, person_de, plain};
use super::sheet::{Case, Code, EUROPE, PLAIN, Quotes, Sheet, Style};
use super::want::{Is, Want, cat, flag, key, num, person, same, text, when};

pub fn all() -> Vec<Case> {
    vec![
        datev(),
        savings_bank(),
        direct_bank(),
        trailing_minus(),
        american(),
        british(),
        mt940(),
        french(),
        swiss(),
    ]
}

fn purpose(d: &mut Dice) -> String {
    let what = d.pick(&[
        "Rechnung",
        "Miete",
        "Gehalt",
        "Strom Abschlag",
        "Versicherung",
    ]);
    format!("{what} {} Kd {}", d.digits(6), d.digits(5))
}

/// Notes of payments hold numbers: text or keys, never levels of their own.
fn note() -> Want {
    text().or(Is::Key)
}

/// A batch of bookings: a line about the batch, then the header.
fn datev() -> Case {
    let style = Style {
        quotes: Quotes::Words,
        ..EUROPE
    };
    let meta = concat!(
        "\"EXTF\";700;21;\"Buchungsstapel\";12;20240103101500000;;\"RE\";\"\";\"\";",
        "29098;55003;20230101;4;20230101;20231231;\"Journal 2023\";\"\";1;0;0;\"EUR\";;;;;;;;;"
    );
    Sheet::new("datev_bookings", 320, style)
        .before(&[meta])
        .col("Umsatz (ohne Soll/Haben-Kz)", num(2).comma(), |d| {
            comma(d.skewed(300.0), 2)
        })
        .col("Soll/Haben-Kennzeichen", flag(), |d| {
            d.pick(&["S", "H"]).to_owned()
        })
        .col("WKZ Umsatz", same(), |_| "EUR".to_owned())
        .col("Kurs", super::want::none(), |_| String::new())
        .col("Konto", cat().or(Is::Integer), |d| {
            d.pick(&["1200", "1800", "4400", "6815", "1400", "10001", "70012"])
                .to_owned()
        })
        .col(
            "Gegenkonto (ohne BU-Schlüssel)",
            cat().or(Is::Integer),
            |d| d.pick(&["8400", "4940", "1576", "1776", "8300"]).to_owned(),
        )
        .col("BU-Schlüssel", cat().or(Is::Integer), |d| {
            maybe(d, 60, |d| d.pick(&["9", "8", "94", "3"]).to_owned())
        })
        .col("Belegdatum", cat().or(Is::Date("")).or(Is::Key), |d| {
            date("%d%m", d.moment())
        })
        .col("Belegfeld 1", key(), |d| {
            format!("RE-2023-{:04}", d.row + 17)
        })
        .col("Buchungstext", cat(), |d| {
            d.pick(&["Wareneinkauf", "Büromaterial", "Erlöse 19 %", "Porto"])
                .to_owned()
        })
        .col("Festschreibung", flag(), |d| d.pick(&["0", "1"]).to_owned())
        .case()
}

/// All cells in quotes, years of two digits.
fn savings_bank() -> Case {
    let style = Style {
        quotes: Quotes::All,
        ..EUROPE
    };
    Sheet::new("bank_de_savings", 260, style)
        .col("Auftragskonto", same().or(Is::Person("iban")), |_| {
            "DE89370400440532013000".to_owned()
        })
        .col("Buchungstag", when("%d.%m.%y"), |d| {
            date("%d.%m.%y", d.moment())
        })
        .col("Valutadatum", when("%d.%m.%y"), |d| {
            date("%d.%m.%y", d.moment())
        })
        .col("Buchungstext", cat(), |d| {
            d.pick(&["LASTSCHRIFT", "GUTSCHRIFT", "KARTENZAHLUNG", "DAUERAUFTRAG"])
                .to_owned()
        })
        .col("Verwendungszweck", note(), purpose)
        .col(
            "Begünstigter/Zahlungspflichtiger",
            person("name"),
            person_de,
        )
        .col("Kontonummer/IBAN", person("iban"), iban)
        .col("BIC", cat(), |d| {
            d.pick(&["COBADEFFXXX", "DEUTDEFF", "GENODEF1S04"])
                .to_owned()
        })
        .col("Betrag", num(2).comma(), |d| {
            comma(d.normal(-20.0, 300.0), 2)
        })
        .col("Währung", same(), |_| "EUR".to_owned())
        .col("Info", flag(), |d| {
            d.pick(&["Umsatz gebucht", "Umsatz vorgemerkt"]).to_owned()
        })
        .case()
}

/// Lines about the account before the header, some of them empty.
fn direct_bank() -> Case {
    let style = Style {
        quotes: Quotes::All,
        code: Code::Utf8Bom,
        end: "\n",
        ..EUROPE
    };
    let before = [
        "\"Girokonto\";\"DE89370400440532013000\"",
        "\"Zeitraum:\";\"01.01.2023 - 31.12.2023\"",
        "\"Kontostand vom 03.01.2024:\";\"3.412,07 €\"",
        "\"\"",
    ];
    Sheet::new("bank_de_direct", 240, style)
        .before(&before)
        .col("Buchungsdatum", when("%d.%m.%Y"), |d| {
            date("%d.%m.%Y", d.moment())
        })
        .col("Status", cat().or(Is::YesNo), |d| {
            d.pick(&["Gebucht", "Vorgemerkt"]).to_owned()
        })
        .col("Zahlungspflichtige*r", person("name"), person_de)
        .col("Verwendungszweck", note(), purpose)
        .col("Umsatztyp", flag(), |d| {
            d.pick(&["Ausgang", "Eingang"]).to_owned()
        })
        .col("IBAN", person("iban"), iban)
        .col("Betrag (€)", num(2).comma().group('.'), |d| {
            de(d.normal(-40.0, 900.0), 2)
        })
        .col("Saldo", num(2).comma().group('.').after(" €"), |d| {
            format!("{} €", de(d.normal(2500.0, 900.0), 2))
        })
        .case()
}

fn trailing_minus() -> Case {
    Sheet::new("bank_de_trailing_minus", 240, EUROPE)
        .before(&["Umsatzliste", "Erstellt am 03.01.2024 10:15", ""])
        .col("Valuta", when("%d.%m.%Y"), |d| date("%d.%m.%Y", d.moment()))
        .col("Text", note(), purpose)
        .col("Betrag", num(2).comma().group('.').minus("behind"), |d| {
            behind(&de(d.normal(-40.0, 1200.0), 2))
        })
        .col("S/H", flag(), |d| d.pick(&["S", "H"]).to_owned())
        .col("Saldo", num(2).comma().group('.').minus("behind"), |d| {
            behind(&de(d.normal(400.0, 1500.0), 2))
        })
        .case()
}

/// Debit and credit in two columns, one of them empty.
fn american() -> Case {
    Sheet::new("bank_us_two_columns", 280, PLAIN)
        .col("Date", when("%m/%d/%Y"), |d| date("%m/%d/%Y", d.moment()))
        .col("Description", text().or(Is::Key).or(Is::Category), |d| {
            let shop = d.pick(&[
                "COFFEE HOUSE",
                "GROCERY MART",
                "GAS STATION",
                "ONLINE STORE",
            ]);
            format!(
                "POS {shop} #{} {}",
                d.int(1, 900),
                d.pick(&["NY", "CA", "TX"])
            )
        })
        .col("Debit", num(2).group(','), |d| {
            if d.of("side").chance(70) {
                en(d.skewed(80.0), 2)
            } else {
                String::new()
            }
        })
        .col("Credit", num(2).group(','), |d| {
            if d.of("side").chance(70) {
                String::new()
            } else {
                en(d.skewed(900.0), 2)
            }
        })
        .col("Running Bal.", num(2).group(','), |d| {
            en(d.normal(5200.0, 900.0), 2)
        })
        .col("Check Number", key().or(Is::Integer), |d| {
            maybe(d, 85, |d| (1001 + d.row).to_string())
        })
        .case()
}

/// Amounts with `CR` and `DR` behind them.
fn british() -> Case {
    Sheet::new("bank_uk_cr_dr", 240, PLAIN)
        .col("Transaction Date", when("%d %b %Y"), |d| {
            date("%d %b %Y", d.moment())
        })
        .col("Type", cat(), |d| {
            d.pick(&["DD", "POS", "BAC", "ATM", "SO"]).to_owned()
        })
        .col("Amount", num(2).group(','), |d| {
            format!("{} {}", en(d.skewed(150.0), 2), d.pick(&["DR", "CR"]))
        })
        .col("Balance", num(2).before("£").group(','), |d| {
            format!("£{}", en(d.normal(2500.0, 400.0), 2))
        })
        .col("Sort Code", cat().or(Is::Key), |d| {
            d.pick(&["20-00-12", "40-11-60", "60-83-71"]).to_owned()
        })
        .case()
}

/// The fields of MT940 in columns: days of eight and four digits, marks, amounts with a comma.
fn mt940() -> Case {
    let style = Style {
        delimiter: ';',
        ..PLAIN
    };
    Sheet::new("mt940_fields", 240, style)
        .col("ValueDate", when("%Y%m%d"), |d| date("%Y%m%d", d.moment()))
        .col("EntryDate", cat().or(Is::Date("")).or(Is::Key), |d| {
            date("%m%d", d.moment())
        })
        .col("DCMark", cat(), |d| {
            d.pick(&["D", "C", "RD", "RC"]).to_owned()
        })
        .col("Amount", num(2).comma(), |d| comma(d.skewed(200.0), 2))
        .col("TransactionCode", cat(), |d| {
            d.pick(&["NTRF", "NMSC", "NDDT", "NCHK"]).to_owned()
        })
        .col("CustomerRef", key().or(Is::Category), |d| {
            if d.chance(30) {
                "NONREF".to_owned()
            } else {
                format!("KREF{}", d.digits(9))
            }
        })
        .col("GVC", cat().or(Is::Integer), |d| {
            d.pick(&["005", "020", "051", "166"]).to_owned()
        })
        .case()
}

fn french() -> Case {
    let before = [
        "Compte;FR7630006000011234567890189",
        "Période;01/01/2023 au 31/12/2023",
        "",
    ];
    Sheet::new("bank_fr", 240, EUROPE)
        .before(&before)
        .col("Date", when("%d/%m/%Y"), |d| date("%d/%m/%Y", d.moment()))
        .col("Libellé", cat(), |d| {
            d.pick(&["VIREMENT REÇU", "PRÉLÈVEMENT", "CARTE BANCAIRE", "CHÈQUE"])
                .to_owned()
        })
        .col("Débit", num(2).comma().group(' '), |d| {
            if d.of("side").chance(70) {
                grouped(-d.skewed(250.0), 2, " ", ",")
            } else {
                String::new()
            }
        })
        .col("Crédit", num(2).comma().group(' '), |d| {
            if d.of("side").chance(70) {
                String::new()
            } else {
                grouped(d.skewed(1500.0), 2, " ", ",")
            }
        })
        .col("Solde", num(2).comma().group(' '), |d| {
            format!("+{}", grouped(d.normal(3500.0, 500.0), 2, " ", ","))
        })
        .case()
}

fn swiss() -> Case {
    let style = Style {
        delimiter: ';',
        ..PLAIN
    };
    Sheet::new("bank_ch", 220, style)
        .before(&["Buchungsart:;Alle Buchungen", "Währung:;CHF"])
        .col("Datum", when("%d.%m.%Y"), |d| date("%d.%m.%Y", d.moment()))
        .col("Avisierungstext", note(), purpose)
        .col("Gutschrift in CHF", num(2).group('\''), |d| {
            if d.of("side").chance(60) {
                String::new()
            } else {
                grouped(d.skewed(2500.0), 2, "'", ".")
            }
        })
        .col("Lastschrift in CHF", num(2).group('\''), |d| {
            if d.of("side").chance(60) {
                grouped(-d.skewed(900.0), 2, "'", ".")
            } else {
                String::new()
            }
        })
        .col("Kurs", num(4), |d| plain(d.normal(0.97, 0.02), 4))
        .case()
}

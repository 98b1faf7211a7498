//! Lists from SAP and other systems that print for paper: rules, padded cells, minus behind.

use super::dice::{Dice, date};
use super::forms::{behind, de, en, plain};
use super::sheet::{Case, Code, EUROPE, PLAIN, Quotes, Sheet, Style};
use super::want::{Is, cat, code, flag, int, key, num, same, when};

pub fn all() -> Vec<Case> {
    vec![sap_list(), sap_spreadsheet(), sap_table(), as400(), psql()]
}

fn right(text: &str, width: usize) -> String {
    format!("{text:>width$}")
}

fn left(text: &str, width: usize) -> String {
    format!("{text:<width$}")
}

/// A list saved as text: bars outside too, rules of dashes above and below the header, a title.
fn sap_list() -> Case {
    let rule = "-".repeat(86);
    let style = Style {
        delimiter: '|',
        end: "\r\n",
        quotes: Quotes::Never,
        code: Code::Windows1252,
    };
    let title = "03.01.2024                 Materialbelegliste                      1";
    Sheet::new("sap_list", 240, style)
        .before(&[title, "", &rule])
        .between(std::slice::from_ref(&rule))
        .after(&[&rule])
        .outer()
        .col("Material          ", key().or(Is::Category).padded(), |d| {
            left(&format!("{:018}", 100_000 + d.below(900)), 18)
        })
        .col("Werk", cat().or(Is::Integer), |d| {
            d.pick(&["1000", "1100", "2000"]).to_owned()
        })
        .col("BWA", cat().or(Is::Integer), |d| {
            d.pick(&["101", "261", "601", "102"]).to_owned()
        })
        .col(
            "    Menge",
            num(3).comma().group('.').minus("behind").padded(),
            |d| right(&behind(&de(d.normal(20.0, 400.0), 3)), 12),
        )
        .col("ME ", cat().padded(), |d| {
            left(d.pick(&["ST", "KG", "M"]), 3)
        })
        .col(
            "   Betrag HW",
            num(2).comma().group('.').minus("behind").padded(),
            |d| right(&behind(&de(d.normal(50.0, 3000.0), 2)), 14),
        )
        .col("Buch.dat. ", when("%d.%m.%Y"), |d| {
            date("%d.%m.%Y", d.moment())
        })
        .case()
}

/// "Spreadsheet, unconverted": a title, an empty first column, tabs.
fn sap_spreadsheet() -> Case {
    let style = Style {
        delimiter: '\t',
        end: "\r\n",
        quotes: Quotes::Never,
        code: Code::Windows1252,
    };
    Sheet::new("sap_spreadsheet", 220, style)
        .before(&["03.01.2024\t\t\tDynamische Listenausgabe\t\t\t\t1", "", ""])
        .between(&[String::new()])
        .by_place()
        .col("", super::want::none(), |_| String::new())
        .col("BuKr", same(), |_| "1000".to_owned())
        .col("Konto", cat().or(Is::Integer), |d| {
            d.pick(&["400000", "476000", "113100"]).to_owned()
        })
        .col("Belegnr", key(), |d| {
            (4_900_000_017 + d.row as i64 * 3).to_string()
        })
        .col(
            "Betrag",
            num(2).comma().group('.').minus("behind").padded(),
            |d| right(&behind(&de(d.normal(50.0, 3000.0), 2)), 16),
        )
        .col("Währg", cat(), |d| {
            d.pick(&["EUR", "USD", "CHF"]).to_owned()
        })
        .col("Fällig", when("%d.%m.%Y").gaps(&["00.00.0000"]), |d| {
            super::forms::or_word(d, 12, "00.00.0000", |d| date("%d.%m.%Y", d.moment()))
        })
        .col("Ausgeziffert", flag(), |d| d.pick(&["X", ""]).to_owned())
        .case()
}

/// A table of the database itself: days of eight digits, amounts with a point, codes with zeros before.
fn sap_table() -> Case {
    let style = Style {
        delimiter: ';',
        quotes: Quotes::All,
        ..PLAIN
    };
    Sheet::new("sap_se16", 260, style)
        .col("MANDT", same(), |_| "100".to_owned())
        .col("VBELN", key(), |d| format!("{:010}", 60_001_200 + d.row))
        .col("POSNR", cat(), |d| format!("{:06}", 10 * d.int(1, 6)))
        .col("ERDAT", when("%Y%m%d"), |d| date("%Y%m%d", d.moment()))
        .col("ERZET", when("%H%M%S"), |d| date("%H%M%S", d.moment()))
        .col("KUNNR", key(), |d| format!("{:010}", 20_000 + d.below(180)))
        .col("NETWR", num(2), |d| plain(d.skewed(800.0), 2))
        .col("WAERK", cat(), |d| {
            d.pick(&["EUR", "USD", "GBP"]).to_owned()
        })
        .col("LFSTK", cat(), |d| d.pick(&["C", "A", "B", ""]).to_owned())
        .case()
}

/// Numbers in full width, zeros before and after.
fn as400() -> Case {
    let style = Style {
        quotes: Quotes::All,
        ..EUROPE
    };
    let padded = |d: &mut Dice, mean: f64| right(&behind(&en(d.normal(mean, 500.0), 2)), 15);
    Sheet::new("as400_report", 200, style)
        .col("CUST#", key(), |d| {
            right(&(10_021 + d.row * 7).to_string(), 9)
        })
        .col("ORDDTE", code().or(Is::Date("")).or(Is::Key), |d| {
            format!("1{}", date("%y%m%d", d.moment()))
        })
        .col(
            "BALDUE",
            num(2).group(',').minus("behind").padded(),
            move |d| padded(d, 300.0),
        )
        .col("CRLIM", int().group(',').padded(), |d| {
            right(&en(500.0 * d.int(1, 60) as f64, 0), 12)
        })
        .col("STAT", cat().padded(), |d| {
            left(d.pick(&["A", "H", "C"]), 3)
        })
        .case()
}

/// What psql prints: bars between padded cells, a rule, the number of rows.
fn psql() -> Case {
    let style = Style {
        delimiter: '|',
        quotes: Quotes::Never,
        ..PLAIN
    };
    let rule = "-----+-----------+----------+---------------------+-------";
    Sheet::new("psql_output", 220, style)
        .between(&[rule.to_owned()])
        .after(&["(220 rows)"])
        .col(" id  ", key().padded(), |d| {
            right(&(d.row + 1).to_string(), 4) + " "
        })
        .col("   name    ", cat().padded(), |d| {
            format!(" {} ", left(d.pick(&["pump", "valve", "hose"]), 9))
        })
        .col("  price   ", num(2).padded(), |d| {
            right(&plain(d.skewed(90.0), 2), 9) + " "
        })
        .col(
            "       made_at       ",
            when("%Y-%m-%d %H:%M:%S").padded(),
            |d| format!(" {} ", date("%Y-%m-%d %H:%M:%S", d.moment())),
        )
        .col(" sold  ", flag().padded(), |d| {
            format!(" {}", d.pick(&["t", "f"]))
        })
        .case()
}

//! Tables written by R and pandas with their own words for missing, true and rows.

use super::dice::date;
use super::forms::{comma, maybe, or_word, plain};
use super::sheet::{Case, PLAIN, Quotes, Sheet, Style, TABS};
use super::want::{Is, cat, code, flag, int, key, num, parts, real, when};

pub fn all() -> Vec<Case> {
    vec![
        write_csv(),
        write_csv2(),
        write_table(),
        expression(),
        to_csv(),
        to_csv_times(),
        to_json(),
        describe_long(),
    ]
}

fn write_csv() -> Case {
    let style = Style {
        quotes: Quotes::Strings,
        ..PLAIN
    };
    Sheet::new("r_write_csv", 300, style)
        .by_place()
        .col("", key(), |d| (d.row + 1).to_string())
        .col("group", cat(), |d| {
            d.pick(&["control", "low dose", "high dose"]).to_owned()
        })
        .col("age", int().gaps(&["NA"]), |d| {
            or_word(d, 8, "NA", |d| d.int(18, 85).to_string())
        })
        .col("bmi", num(1).gaps(&["NA"]), |d| {
            or_word(d, 12, "NA", |d| plain(d.normal(26.0, 4.0), 1))
        })
        .col("smoker", flag().gaps(&["NA"]), |d| {
            or_word(d, 9, "NA", |d| d.pick(&["TRUE", "FALSE"]).to_owned())
        })
        .col("visit", when("%Y-%m-%d").gaps(&["NA"]), |d| {
            or_word(d, 15, "NA", |d| date("%Y-%m-%d", d.moment()))
        })
        .col("died", when("%Y-%m-%d").gaps(&["NA"]), |d| {
            or_word(d, 70, "NA", |d| date("%Y-%m-%d", d.moment()))
        })
        .col("stage", code().gaps(&["NA"]), |d| {
            or_word(d, 9, "NA", |d| d.int(1, 4).to_string())
        })
        .case()
}

fn write_csv2() -> Case {
    let style = Style {
        delimiter: ';',
        quotes: Quotes::Strings,
        ..PLAIN
    };
    Sheet::new("r_write_csv2", 240, style)
        .col("plot", cat(), |d| format!("P{:02}", d.below(12)))
        .col("species", cat(), |d| {
            d.pick(&["Quercus robur", "Fagus sylvatica", "Pinus"])
                .to_owned()
        })
        .col("height", num(2).comma().gaps(&["NA"]), |d| {
            or_word(d, 7, "NA", |d| comma(d.normal(18.0, 4.0), 2))
        })
        .col("dbh", num(1).comma(), |d| comma(d.skewed(30.0), 1))
        .col("alive", flag(), |d| d.pick(&["TRUE", "FALSE"]).to_owned())
        .col("log_area", real().comma(), |d| {
            comma(d.normal(2.0, 1.0), 13)
        })
        .case()
}

/// The default of `write.table`: blanks between cells, texts in quotes, no name for the row names.
fn write_table() -> Case {
    let style = Style {
        delimiter: ' ',
        quotes: Quotes::Strings,
        ..PLAIN
    };
    Sheet::new("r_write_table", 200, style)
        .by_place()
        .short_header()
        .col("", key(), |d| format!("s{}", d.row + 1))
        .col("treatment", cat(), |d| {
            d.pick(&["placebo", "drug A", "drug B"]).to_owned()
        })
        .col("weight", num(1), |d| plain(d.normal(72.0, 11.0), 1))
        .col("count", int().gaps(&["NA"]), |d| {
            or_word(d, 10, "NA", |d| d.int(0, 30).to_string())
        })
        .col("cured", flag(), |d| d.pick(&["TRUE", "FALSE"]).to_owned())
        .case()
}

/// A number as R writes it: an exponent of two digits for small ones.
fn exponent(x: f64) -> String {
    let text = format!("{x:e}");
    let (digits, power) = text.split_once('e').unwrap_or((&text, "0"));
    match power.parse::<i32>().unwrap_or(0) {
        -4.. => format!("{x}"),
        power => format!("{digits}e-{:02}", -power),
    }
}

/// A table of genes: exponents, infinities, `NaN` beside `NA`.
fn expression() -> Case {
    Sheet::new("r_gene_expression", 300, TABS)
        .col("gene", key(), |d| {
            format!("ENSG{:011}", 1_000_003 + d.row * 7919)
        })
        .col("baseMean", real(), |d| format!("{}", d.skewed(400.0)))
        .col("log2FoldChange", real().gaps(&["NA"]), |d| {
            or_word(d, 5, "NA", |d| format!("{}", d.normal(0.0, 1.5)))
        })
        .col("pvalue", real().gaps(&["NA", "NaN"]), |d| {
            let word = d.pick(&["NA", "NaN"]).to_owned();
            or_word(d, 8, &word, |d| exponent(d.real(0.0, 1.0).powi(9)))
        })
        .col("score", num(2).gaps(&["Inf", "-Inf"]), |d| {
            let word = d.pick(&["Inf", "-Inf"]).to_owned();
            or_word(d, 3, &word, |d| plain(d.normal(0.0, 20.0), 2))
        })
        .col("biotype", cat(), |d| {
            d.pick(&["protein_coding", "lncRNA", "snoRNA"]).to_owned()
        })
        .case()
}

fn to_csv() -> Case {
    Sheet::new("pandas_to_csv", 300, PLAIN)
        .by_place()
        .col("", key(), |d| d.row.to_string())
        .col("user_id", key(), |d| {
            d.int(1_000_000, 9_999_999).to_string()
        })
        .col("age", int(), |d| {
            maybe(d, 10, |d| format!("{}.0", d.int(18, 80)))
        })
        .col("active", flag(), |d| d.pick(&["True", "False"]).to_owned())
        .col("vip", flag(), |d| {
            maybe(d, 20, |d| d.pick(&["True", "False"]).to_owned())
        })
        .col("ratio", real(), |d| format!("{}", d.real(0.0, 1.0)))
        .col("created", when("%Y-%m-%d %H:%M:%S"), |d| {
            date("%Y-%m-%d %H:%M:%S", d.moment())
        })
        .col("seen", when("%Y-%m-%d %H:%M:%S%.f"), |d| {
            maybe(d, 25, |d| {
                format!(
                    "{}.{:06}",
                    date("%Y-%m-%d %H:%M:%S", d.moment()),
                    d.below(1_000_000)
                )
            })
        })
        .col(
            "lasted",
            int().clock().or(Is::Parts(&["integer", "datetime"])),
            |d| format!("{} days {}", d.below(12), date("%H:%M:%S", d.moment())),
        )
        .col("bin", cat(), |d| {
            let low = 10 * d.below(8);
            format!("({low}, {}]", low + 10)
        })
        .case()
}

/// Other words for missing, and moments in local time with their offset.
fn to_csv_times() -> Case {
    Sheet::new("pandas_na_rep", 300, PLAIN)
        .col("sensor", cat(), |d| d.pick(&["a1", "a2", "b7"]).to_owned())
        .col("at", parts(&["datetime", "boolean"]), |d| {
            let at = d.moment();
            let month = super::dice::civil(at).1;
            let offset = if (4..=9).contains(&month) {
                "+02:00"
            } else {
                "+01:00"
            };
            format!("{}{offset}", date("%Y-%m-%d %H:%M:%S", at))
        })
        .col("day", when("%Y-%m-%d").gaps(&["NaT"]), |d| {
            or_word(d, 20, "NaT", |d| date("%Y-%m-%d", d.moment()))
        })
        .col("value", num(3).gaps(&["NaN"]), |d| {
            or_word(d, 9, "NaN", |d| plain(d.normal(5.0, 2.0), 3))
        })
        .col("count", int().gaps(&["<NA>"]), |d| {
            or_word(d, 9, "<NA>", |d| d.int(0, 90).to_string())
        })
        .col("ok", flag().gaps(&["None"]), |d| {
            or_word(d, 9, "None", |d| d.pick(&["True", "False"]).to_owned())
        })
        .case()
}

/// `to_json(orient="records", lines=True)`: moments as milliseconds.
fn to_json() -> Case {
    Sheet::new("pandas_to_json", 260, PLAIN)
        .json()
        .col("order", key(), |d| (70_001 + d.row).to_string())
        .col("created", int(), |d| {
            (d.moment() * 1000 + d.int(0, 999)).to_string()
        })
        .col("price", num(2), |d| {
            or_word(d, 6, "null", |d| plain(d.skewed(30.0), 2))
        })
        .col("items", int(), |d| d.int(1, 9).to_string())
        .col("paid", flag(), |d| d.pick(&["true", "false"]).to_owned())
        .col("channel", cat(), |d| {
            or_word(d, 6, "null", |d| d.pick(&["web", "app"]).to_owned())
                .replace("web", "web shop")
                .replace("app", d.pick(&["app", "phone"]))
        })
        .case()
}

/// A long table: several variables under one name column, their values in one.
fn describe_long() -> Case {
    Sheet::new("pandas_melted", 320, PLAIN)
        .col("country", cat(), |d| {
            ["AT", "CH", "DE", "NA", "NL"][d.row / 8 % 5].to_owned()
        })
        .col("year", int(), |d| (2016 + d.row % 8).to_string())
        .col("variable", cat(), |d| {
            ["gdp", "population", "co2"][d.row % 3].to_owned()
        })
        .col("value", real(), |d| {
            maybe(d, 4, |d| plain(d.skewed(1000.0), 4))
        })
        .col("estimated", flag(), |d| d.pick(&["0", "1"]).to_owned())
        .case()
}

//! Payments, orders, advertisements: services that send money and goods.

use super::dice::{Dice, date};
use super::forms::{comma, de, email, en, iban, maybe, or_word, person_de, person_en, plain};
use super::sheet::{Case, Code, EUROPE, PLAIN, Quotes, Sheet, Style};
use super::want::{Is, cat, code, flag, int, key, num, parts, person, text, when};

pub fn all() -> Vec<Case> {
    vec![
        payments(),
        wallet(),
        orders(),
        inventory(),
        stock_list(),
        estate(),
        google_sheet(),
        parcels(),
    ]
}

fn payments() -> Case {
    Sheet::new("card_payments", 300, PLAIN)
        .col("id", key(), |d| {
            format!("ch_3{}", d.chars("ABCDEFGHKLabcdefghk0123456789", 23))
        })
        .col("Created (UTC)", when("%Y-%m-%d %H:%M"), |d| {
            date("%Y-%m-%d %H:%M", d.moment())
        })
        .col("Amount", num(2), |d| plain(d.skewed(40.0), 2))
        .col("Amount Refunded", num(2), |d| {
            or_word(d, 90, "0.00", |d| plain(d.skewed(20.0), 2))
        })
        .col("Currency", cat(), |d| {
            d.pick(&["usd", "eur", "gbp"]).to_owned()
        })
        .col("Fee", num(2), |d| plain(d.real(0.3, 3.0), 2))
        .col("Status", cat(), |d| {
            d.pick(&["Paid", "Failed", "Refunded"]).to_owned()
        })
        .col("Customer ID", key(), |d| {
            let n = d.below(90) as usize;
            format!(
                "cus_{}",
                Dice::new("payments", "who", n).chars("ABCDEFGHabcdefgh0123456789", 14)
            )
        })
        .col("Customer Email", person("email"), email)
        .col("Card Brand", cat(), |d| {
            d.pick(&["Visa", "MasterCard", "American Express"])
                .to_owned()
        })
        .col("Card Last4", cat().or(Is::Key), |d| {
            format!("{:04}", d.below(10_000))
        })
        .col("Captured", flag(), |d| {
            d.pick(&["true", "false"]).to_owned()
        })
        .case()
}

/// A wallet under German settings: commas between cells and in amounts.
fn wallet() -> Case {
    let style = Style {
        quotes: Quotes::All,
        code: Code::Utf8Bom,
        end: "\r\n",
        ..PLAIN
    };
    Sheet::new("wallet_de", 280, style)
        .col("Datum", when("%d.%m.%Y"), |d| date("%d.%m.%Y", d.moment()))
        .col("Uhrzeit", when("%H:%M:%S"), |d| {
            date("%H:%M:%S", d.moment())
        })
        .col("Zeitzone", flag(), |d| d.pick(&["CET", "CEST"]).to_owned())
        .col("Name", person("name"), person_de)
        .col("Typ", cat(), |d| {
            d.pick(&["Website-Zahlung", "Rückzahlung", "Abbuchung"])
                .to_owned()
        })
        .col("Währung", cat(), |d| {
            d.pick(&["EUR", "USD", "CHF"]).to_owned()
        })
        .col("Brutto", num(2).comma().group('.'), |d| {
            de(d.normal(300.0, 900.0), 2)
        })
        .col("Gebühr", num(2).comma(), |d| comma(-d.real(0.0, 9.0), 2))
        .col("Netto", num(2).comma().group('.'), |d| {
            de(d.normal(290.0, 900.0), 2)
        })
        .col("Transaktionscode", key(), |d| {
            format!(
                "{}{}",
                d.digits(2),
                d.chars("ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789", 15)
            )
        })
        .col("Bankkonto", person("iban"), |d| maybe(d, 60, iban))
        .case()
}

/// Orders of a shop: one line an item, what belongs to the order only in its first line.
fn orders() -> Case {
    let first = |d: &Dice| d.row.is_multiple_of(2);
    Sheet::new("shop_orders", 300, PLAIN)
        .col("Name", key(), |d| format!("#{}", 1001 + d.row / 2))
        .col("Email", person("email"), email)
        .col("Financial Status", cat(), move |d| {
            if first(d) {
                d.pick(&["paid", "pending", "refunded"]).to_owned()
            } else {
                String::new()
            }
        })
        .col(
            "Paid at",
            when("").or(Is::Parts(&["datetime", "boolean"])),
            move |d| {
                let at = d.moment();
                let zone = if (4..=10).contains(&super::dice::civil(at).1) {
                    "+0200"
                } else {
                    "+0100"
                };
                if first(d) {
                    format!("{} {zone}", date("%Y-%m-%d %H:%M:%S", at))
                } else {
                    String::new()
                }
            },
        )
        .col("Accepts Marketing", flag(), move |d| {
            if first(d) {
                d.pick(&["no", "yes"]).to_owned()
            } else {
                String::new()
            }
        })
        .col("Subtotal", num(2), move |d| {
            if first(d) {
                plain(d.skewed(50.0), 2)
            } else {
                String::new()
            }
        })
        .col("Lineitem quantity", code(), |d| d.int(1, 5).to_string())
        .col("Lineitem price", num(2), |d| plain(d.skewed(20.0), 2))
        .col("Billing Name", person("name"), move |d| {
            if first(d) {
                person_en(d)
            } else {
                String::new()
            }
        })
        .col(
            "Billing Zip",
            cat().or(Is::Person("postcode")).or(Is::Key),
            move |d| {
                if first(d) {
                    format!("'{:05}", d.int(1067, 99_998))
                } else {
                    String::new()
                }
            },
        )
        .col("Billing Phone", person("phone"), move |d| {
            if first(d) && d.chance(60) {
                format!("+49 171 {}", d.digits(7))
            } else {
                String::new()
            }
        })
        .col("Discount Code", cat(), |d| {
            maybe(d, 70, |d| {
                d.pick(&["WELCOME10", "SUMMER", "VIP"]).to_owned()
            })
        })
        .case()
}

fn inventory() -> Case {
    Sheet::new("inventory", 280, PLAIN)
        .col("SKU", key(), |d| {
            format!(
                "{}-{:05}-{}",
                d.pick(&["TS", "HD", "CP"]),
                10_000 + d.row * 7,
                d.pick(&["S", "M", "L"])
            )
        })
        .col("EAN", key(), |d| format!("40{}", d.digits(11)))
        .col("On Hand", int(), |d| d.int(-4, 300).to_string())
        .col("Pack", int().after(" pcs"), |d| {
            format!("{} pcs", d.int(2, 48))
        })
        .col(
            "Dimensions",
            parts(&["integer", "integer", "integer"]),
            |d| format!("{} x {} x {} cm", d.int(5, 60), d.int(5, 50), d.int(2, 40)),
        )
        .col("Weight", num(2).after(" kg"), |d| {
            format!("{} kg", plain(d.skewed(1.4), 2))
        })
        .col("Bin", cat(), |d| {
            format!("{}-{:02}", d.pick(&["A", "B", "C"]), d.int(1, 12))
        })
        .col("Cost", num(2).before("USD"), |d| {
            format!("USD {}", plain(d.skewed(12.0), 2))
        })
        .col("Last Count", when("%d-%b-%y"), |d| {
            date("%d-%b-%y", d.moment())
        })
        .col("Discontinued", flag(), |d| d.pick(&["N", "Y"]).to_owned())
        .case()
}

/// A price list of a Swiss dealer.
fn stock_list() -> Case {
    let style = Style {
        code: Code::Utf8Bom,
        ..EUROPE
    };
    Sheet::new("price_list_ch", 240, style)
        .col("Artikelnummer", key(), |d| {
            format!("{:03}.{:03}.{:02}", 100 + d.row / 50, d.row * 3 % 1000, 10)
        })
        .col("Preis CHF", num(2).before("CHF").group('\''), |d| {
            format!(
                "CHF {}",
                super::forms::grouped(d.skewed(900.0), 2, "'", ".")
            )
        })
        .col("MwSt", num(1).after("%"), |d| {
            format!("{}%", d.pick(&["8.1", "2.6", "3.8"]))
        })
        .col("Leistung", num(1).comma().after(" kW"), |d| {
            format!("{} kW", comma(d.real(0.5, 22.0), 1))
        })
        .col("Mindestmenge", code(), |d| {
            d.pick(&["1", "5", "10", "25"]).to_owned()
        })
        .col("Lieferzeit", int().after(" Tage"), |d| {
            format!("{} Tage", d.int(2, 40))
        })
        .col("Verfügbar", flag(), |d| d.pick(&["ja", "nein"]).to_owned())
        .case()
}

fn estate() -> Case {
    Sheet::new("real_estate", 300, PLAIN)
        .col("MLS #", key(), |d| (40_911_000 + d.row * 37).to_string())
        .col("Address", person("address"), |d| {
            let street = d.pick(&["Oak Street", "Maple Avenue", "Hill Road", "Lake Drive"]);
            format!("{} {street}", d.int(1, 999))
        })
        .col("Zip", cat().or(Is::Person("postcode")), |d| {
            d.pick(&["02139", "10001", "94110", "60614"]).to_owned()
        })
        .col("List Price", int().before("$").group(','), |d| {
            format!("${}", en((d.skewed(450.0) * 1000.0).round(), 0))
        })
        .col("Living Area", int().group(',').after(" sqft"), |d| {
            format!("{} sqft", en(d.normal(1900.0, 400.0), 0))
        })
        .col("Lot", num(2).after(" ac"), |d| {
            format!("{} ac", plain(d.skewed(0.3), 2))
        })
        .col("Beds", code(), |d| d.int(1, 6).to_string())
        .col("Baths", num(1), |d| {
            d.pick(&["2.0", "1.0", "2.5", "1.5", "3.0"]).to_owned()
        })
        .col("Year Built", int().gaps(&["N/A"]), |d| {
            or_word(d, 5, "N/A", |d| d.int(1890, 2023).to_string())
        })
        .col("HOA", int().before("$").after("/mo"), |d| {
            maybe(d, 60, |d| format!("${}/mo", d.int(80, 900)))
        })
        .col("Price/SqFt", int().before("$"), |d| {
            format!("${}", d.int(120, 800))
        })
        .col("Listed", when("%b %d, %Y"), |d| {
            date("%b %-d, %Y", d.moment())
        })
        .case()
}

fn google_sheet() -> Case {
    Sheet::new("google_sheet", 220, PLAIN)
        .col("Done", flag(), |d| d.pick(&["TRUE", "FALSE"]).to_owned())
        .col(
            "Task",
            text()
                .or(Is::Key)
                .or(Is::Category)
                .or(Is::Parts(&["categorical", "id"])),
            |d| format!("{} item {}", d.pick(&["Order", "Check", "Pack"]), d.row + 1),
        )
        .col("Owner", person("first_name"), |d| {
            super::forms::given(d).to_owned()
        })
        .col("Due", when("%m/%d/%Y"), |d| {
            maybe(d, 10, |d| date("%-m/%-d/%Y", d.moment()))
        })
        .col("Budget", num(2).before("$").group(','), |d| {
            format!("${}", en(d.skewed(700.0), 2))
        })
        .col("Spent", int().after("%").words(&["#REF!"]), |d| {
            or_word(d, 4, "#REF!", |d| format!("{}%", d.int(0, 130)))
        })
        .col("Hours", int().clock().or(Is::Date("%H:%M")), |d| {
            date("%-H:%M", d.int(1, 90) * 900)
        })
        .case()
}

fn parcels() -> Case {
    Sheet::new("parcels", 260, PLAIN)
        .col("Tracking", key(), |d| {
            format!("1Z{}", d.chars("ABCDEFGHJKLMNPRSTUVWXYZ0123456789", 16))
        })
        .col("Service", cat(), |d| {
            d.pick(&["Standard", "Express", "Economy"]).to_owned()
        })
        .col("Weight", num(1).after(" lbs"), |d| {
            format!("{} lbs", plain(d.skewed(6.0) + 0.1, 1))
        })
        .col("Zone", code(), |d| d.int(2, 8).to_string())
        .col("Picked up", when("%a, %b %d, %Y"), |d| {
            date("%a, %b %d, %Y", d.moment())
        })
        .col("Delivered", when("%m/%d/%Y %I:%M %p"), |d| {
            maybe(d, 8, |d| date("%m/%d/%Y %I:%M %p", d.moment()))
        })
        .col("Charge", num(2).before("$"), |d| {
            format!("${}", plain(d.skewed(12.0), 2))
        })
        .col(
            "Signed by",
            person("name").or(Is::Person("last_name")),
            |d| maybe(d, 30, |d| super::forms::surname(d).to_uppercase()),
        )
        .case()
}

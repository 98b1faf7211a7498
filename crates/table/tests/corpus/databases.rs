//! Rows out of databases: each has its own words for null, true and moments.

use super::dice::date;
use super::forms::{email, maybe, or_word, plain, sentence};
use super::sheet::{Case, Code, PLAIN, Quotes, Sheet, Style, TABS};
use super::want::{Is, cat, flag, int, key, none, num, parts, person, real, text, when};

pub fn all() -> Vec<Case> {
    vec![
        postgres(),
        mysql(),
        sql_server(),
        oracle(),
        warehouse(),
        documents(),
        access(),
        sqlite(),
    ]
}

const STAMP: &str = "%Y-%m-%d %H:%M:%S";

/// `COPY ... TO` with a header: `\N` for null, `t` and `f`.
fn postgres() -> Case {
    Sheet::new("postgres_copy", 320, TABS)
        .col("id", key(), |d| (18_210 + d.row).to_string())
        .col("account", key(), super::dice::Dice::uuid)
        .col("active", flag().gaps(&["\\N"]), |d| {
            or_word(d, 6, "\\N", |d| d.pick(&["t", "f"]).to_owned())
        })
        .col("plan", cat(), |d| {
            or_word(d, 6, "\\N", |d| d.pick(&["free", "team", "pro"]).to_owned())
        })
        .col("seats", int().gaps(&["\\N"]), |d| {
            or_word(d, 20, "\\N", |d| d.int(1, 60).to_string())
        })
        .col("created_at", when("%Y-%m-%d %H:%M:%S%.f+00"), |d| {
            format!("{}.{:06}+00", date(STAMP, d.moment()), d.below(1_000_000))
        })
        .col(
            "closed_at",
            when("%Y-%m-%d %H:%M:%S+00").gaps(&["\\N"]),
            |d| or_word(d, 65, "\\N", |d| format!("{}+00", date(STAMP, d.moment()))),
        )
        .col("tags", cat(), |d| {
            d.pick(&["{}", "{eu}", "{eu,beta}", "{us}"]).to_owned()
        })
        .col("settings", cat(), |d| {
            d.pick(&["{\"theme\": \"dark\"}", "{\"theme\": \"light\"}", "{}"])
                .to_owned()
        })
        .col("email", person("email"), email)
        .case()
}

/// `mysql --batch`: `NULL`, small numbers for true, days of zeros.
fn mysql() -> Case {
    Sheet::new("mysql_batch", 300, TABS)
        .col("order_id", key(), |d| (990_101 + d.row * 2).to_string())
        .col("customer_id", key(), |d| (1000 + d.below(140)).to_string())
        .col("is_gift", flag(), |d| d.pick(&["0", "1"]).to_owned())
        .col("status", cat(), |d| {
            d.pick(&["paid", "sent", "open"]).to_owned()
        })
        .col("total", num(2), |d| plain(d.skewed(60.0), 2))
        .col("coupon", cat(), |d| {
            or_word(d, 70, "NULL", |d| d.pick(&["SPRING", "VIP"]).to_owned())
        })
        .col("discount", num(2).gaps(&["NULL"]), |d| {
            or_word(d, 70, "NULL", |d| plain(d.real(1.0, 9.0), 2))
        })
        .col("ordered", when(STAMP), |d| date(STAMP, d.moment()))
        .col("shipped", when(STAMP).gaps(&["NULL"]), |d| {
            or_word(d, 30, "NULL", |d| date(STAMP, d.moment()))
        })
        .col("invoiced", when("%Y-%m-%d").gaps(&["0000-00-00"]), |d| {
            or_word(d, 12, "0000-00-00", |d| date("%Y-%m-%d", d.moment()))
        })
        .case()
}

/// "Save results as": a byte order mark, `NULL`, seven decimals of a second, money with four.
fn sql_server() -> Case {
    let style = Style {
        end: "\r\n",
        code: Code::Utf8Bom,
        ..PLAIN
    };
    Sheet::new("sql_server_results", 280, style)
        .col("RowGuid", key(), |d| d.uuid().to_uppercase())
        .col("PersonType", cat(), |d| {
            d.pick(&["IN", "EM", "SC", "VC"]).to_owned()
        })
        .col("ModifiedDate", when("%Y-%m-%d %H:%M:%S%.f").fine(), |d| {
            format!("{}.{:07}", date(STAMP, d.moment()), d.below(10_000_000))
        })
        .col(
            "DueDate",
            when("%Y-%m-%d %H:%M:%S%.f").gaps(&["NULL"]),
            |d| or_word(d, 25, "NULL", |d| date("%Y-%m-%d 00:00:00.000", d.moment())),
        )
        .col("SubTotal", num(4), |d| plain(d.skewed(400.0), 4))
        .col("OnlineFlag", flag(), |d| d.pick(&["0", "1"]).to_owned())
        .col("Approved", flag().gaps(&["NULL"]), |d| {
            or_word(d, 20, "NULL", |d| d.pick(&["0", "1"]).to_owned())
        })
        .col("RowVersion", key(), |d| {
            format!("0x{:016X}", 2001 + d.row * 3)
        })
        .col("MiddleName", cat().or(Is::Person("first_name")), |d| {
            or_word(d, 60, "NULL", |d| d.pick(&["J", "A", "M", "L"]).to_owned())
        })
        .col("Offset", parts(&["datetime", "boolean"]), |d| {
            let zone = d.pick(&["+01:00", "+02:00"]).to_owned();
            format!("{}.0000000 {zone}", date(STAMP, d.moment()))
        })
        .case()
}

/// SQL Developer: months in capitals, fractions of a second behind points, no zero before the point.
fn oracle() -> Case {
    let style = Style {
        quotes: Quotes::Strings,
        end: "\r\n",
        ..PLAIN
    };
    Sheet::new("oracle_export", 260, style)
        .col("EMPNO", key().or(Is::Integer), |d| {
            (7_369 + d.row * 3).to_string()
        })
        .col("HIREDATE", when("%d-%b-%y"), |d| {
            date("%d-%^b-%y", d.moment())
        })
        .col("CHANGED", when(""), |d| {
            format!(
                "{}.123000000 {}",
                date("%d-%^b-%y %I.%M.%S", d.moment()),
                d.pick(&["AM", "PM"])
            )
        })
        .col("COMM_PCT", num(2), |d| {
            maybe(d, 60, |d| {
                plain(d.real(0.05, 0.4), 2)
                    .trim_start_matches('0')
                    .to_owned()
            })
        })
        .col("SAL", int(), |d| (50 * d.int(40, 300)).to_string())
        .col("JOB", cat(), |d| {
            d.pick(&["CLERK", "ANALYST", "MANAGER"]).to_owned()
        })
        .col("NOTE", none(), |_| String::new())
        .case()
}

/// A warehouse in the cloud: `UTC` behind moments, `true` and `false`, `null`.
fn warehouse() -> Case {
    Sheet::new("warehouse_export", 300, PLAIN)
        .col("event_id", key(), |d| format!("evt_{}", d.hex(16)))
        .col("event_ts", when("%Y-%m-%d %H:%M:%S%.f UTC"), |d| {
            format!("{}.{:06} UTC", date(STAMP, d.moment()), d.below(1_000_000))
        })
        .col("epoch", int(), |d| (d.moment() * 1_000_000).to_string())
        .col("is_new", flag().gaps(&["null"]), |d| {
            or_word(d, 8, "null", |d| d.pick(&["true", "false"]).to_owned())
        })
        .col("revenue", real().gaps(&["null"]), |d| {
            or_word(d, 30, "null", |d| format!("{}", d.skewed(20.0)))
        })
        .col("country", cat(), |d| {
            d.pick(&["DE", "US", "NA", "FR"]).to_owned()
        })
        .col("sessions", int(), |d| d.int(0, 40).to_string())
        .case()
}

/// Documents of a document store, one a line.
fn documents() -> Case {
    Sheet::new("documents", 260, PLAIN)
        .json()
        .col("_id", key(), |d| format!("63e{}", d.hex(21)))
        .col("created", when("%Y-%m-%dT%H:%M:%S%.fZ"), |d| {
            format!(
                "{}.{:03}Z",
                date("%Y-%m-%dT%H:%M:%S", d.moment()),
                d.below(1000)
            )
        })
        .col("rating", num(1), |d| {
            or_word(d, 10, "null", |d| {
                format!("{}.{}", d.int(1, 4), d.int(1, 9))
            })
        })
        .col("likes", int(), |d| d.int(0, 400).to_string())
        .col("public", flag(), |d| d.pick(&["true", "false"]).to_owned())
        .col("lang", cat(), |d| d.pick(&["de", "en", "fr"]).to_owned())
        .col("body", text(), |d| sentence(d, 6, 30))
        .case()
}

/// Access and other Windows programs under American settings.
fn access() -> Case {
    let style = Style {
        quotes: Quotes::Strings,
        end: "\r\n",
        ..PLAIN
    };
    Sheet::new("access_export", 260, style)
        .col("ID", key(), |d| (d.row + 11).to_string())
        .col("Received", when("%m/%d/%Y %I:%M:%S %p"), |d| {
            date("%-m/%-d/%Y %-I:%M:%S %p", d.moment())
        })
        .col("Due", when("%m/%d/%Y %H:%M:%S"), |d| {
            date("%-m/%-d/%Y 0:00:00", d.moment())
        })
        .col(
            "Amount",
            num(2).before("$").group(',').minus("parentheses"),
            |d| {
                let x = d.normal(300.0, 600.0);
                let text = format!("${}", super::forms::en(x.abs(), 2));
                if x < 0.0 { format!("({text})") } else { text }
            },
        )
        .col("Closed", flag(), |d| d.pick(&["0", "-1"]).to_owned())
        .col("Memo", text(), |d| maybe(d, 50, |d| sentence(d, 5, 20)))
        .case()
}

fn sqlite() -> Case {
    let style = Style {
        delimiter: '|',
        quotes: Quotes::Never,
        ..PLAIN
    };
    Sheet::new("sqlite_list", 240, style)
        .col("rowid", key(), |d| (d.row + 1).to_string())
        .col("epoch", int(), |d| d.moment().to_string())
        .col("julian", num(4), |d| {
            plain(2_460_000.0 + d.real(0.0, 700.0), 4)
        })
        .col("kind", cat(), |d| d.pick(&["in", "out", "move"]).to_owned())
        .col("qty", num(1), |d| plain(d.normal(10.0, 4.0), 1))
        .col("checksum", key(), |d| d.hex(8))
        .case()
}

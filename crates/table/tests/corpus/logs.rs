//! Logs of servers, networks and websites as tables.

use super::dice::{DAY, NEW_YEAR, date};
use super::forms::{en, ip, maybe, or_word, plain};
use super::sheet::{Case, PLAIN, Quotes, Sheet, Style, TABS};
use super::want::{Is, cat, code, flag, int, key, num, person, same, text, when};

pub fn all() -> Vec<Case> {
    vec![
        web_server(),
        application(),
        firewall(),
        analytics(),
        advertising(),
        w3c(),
        build(),
    ]
}

fn path() -> impl Fn(&mut super::dice::Dice) -> String {
    |d| {
        d.pick(&[
            "/",
            "/shop",
            "/shop/cart",
            "/about",
            "/img/logo.png",
            "/api/v1/items",
        ])
        .to_owned()
    }
}

fn web_server() -> Case {
    Sheet::new("log_web_server", 360, PLAIN)
        .col("host", person("ip"), ip)
        .col("ident", same(), |_| "-".to_owned())
        .col("time", when("%d/%b/%Y:%H:%M:%S +0100"), |d| {
            date("%d/%b/%Y:%H:%M:%S +0100", NEW_YEAR + d.row as i64 * 97)
        })
        .col("request", cat(), |d| {
            let path = path()(d);
            format!("{} {path} HTTP/1.1", d.pick(&["GET", "POST"]))
        })
        .col("status", cat().or(Is::Integer), |d| {
            d.pick(&["200", "304", "404", "500"]).to_owned()
        })
        .col("bytes", int().gaps(&["-"]), |d| {
            or_word(d, 15, "-", |d| plain(d.skewed(4000.0), 0))
        })
        .col("referer", cat(), |d| {
            or_word(d, 40, "-", |d| {
                d.pick(&["https://www.example.com/", "https://search.example/"])
                    .to_owned()
            })
        })
        .col("agent", cat(), |d| {
            d.pick(&[
                "Mozilla/5.0 (X11; Linux x86_64)",
                "Mozilla/5.0 (Windows NT 10.0)",
                "curl/7.88.1",
            ])
            .to_owned()
        })
        .case()
}

fn application() -> Case {
    Sheet::new("log_application", 320, PLAIN)
        .col("@timestamp", when("%Y-%m-%dT%H:%M:%S%.fZ"), |d| {
            format!(
                "{}.{:03}Z",
                date("%Y-%m-%dT%H:%M:%S", d.moment()),
                d.below(1000)
            )
        })
        .col("level", cat(), |d| {
            d.pick(&["INFO", "DEBUG", "WARN", "ERROR"]).to_owned()
        })
        .col("logger", cat(), |d| {
            d.pick(&["app.http", "app.db", "app.jobs"]).to_owned()
        })
        .col("trace_id", key(), |d| d.hex(32))
        .col("duration_ms", num(3), |d| {
            maybe(d, 30, |d| plain(d.skewed(40.0), 3))
        })
        .col("latency", int().after("ms"), |d| {
            format!("{}ms", plain(d.skewed(90.0).ceil(), 0))
        })
        .col("size", num(1).after(" KB"), |d| {
            format!("{} KB", plain(d.skewed(90.0), 1))
        })
        .col("pid", cat().or(Is::Integer), |d| {
            d.pick(&["1", "17", "2204"]).to_owned()
        })
        .col("message", text().or(Is::Category), |d| {
            let what = d.pick(&["request done in", "job finished after", "retry of step"]);
            format!(
                "{what} {} of {} tries for queue {}",
                d.int(1, 400),
                d.int(1, 9),
                d.int(1, 60)
            )
        })
        .case()
}

fn firewall() -> Case {
    Sheet::new("log_firewall", 300, TABS)
        .col("when", when(""), |d| date("%b %d %H:%M:%S", d.moment()))
        .col("action", flag(), |d| d.pick(&["DENY", "ALLOW"]).to_owned())
        .col("proto", cat(), |d| {
            d.pick(&["TCP", "UDP", "ICMP"]).to_owned()
        })
        .col("src", person("ip"), |d| {
            format!("10.0.{}.{}", d.below(4), d.int(2, 250))
        })
        .col("spt", int(), |d| d.int(1024, 65_535).to_string())
        .col("dst", person("ip"), ip)
        .col("dpt", cat().or(Is::Integer), |d| {
            d.pick(&["443", "80", "53", "22", "3389"]).to_owned()
        })
        .col("bytes", int(), |d| plain(d.skewed(900.0), 0))
        .col("mac", person("mac"), |d| {
            let n = d.hex(12);
            let pairs: Vec<&str> = (0..6).map(|i| &n[2 * i..2 * i + 2]).collect();
            pairs.join(":")
        })
        .case()
}

/// Figures of a website: remarks above, days of eight digits, shares, durations.
fn analytics() -> Case {
    let before = [
        "# ----------------------------------------",
        "# All Web Site Data",
        "# Audience Overview",
        "# 20230101-20231231",
        "# ----------------------------------------",
        "",
    ];
    Sheet::new("web_analytics", 365, PLAIN)
        .before(&before)
        .col("Date", when("%Y%m%d"), |d| {
            date("%Y%m%d", NEW_YEAR + d.row as i64 * DAY)
        })
        .col("Users", int().group(','), |d| {
            en(d.skewed(2100.0).ceil(), 0)
        })
        .col("Bounce Rate", num(2).after("%"), |d| {
            format!("{}%", plain(d.normal(45.0, 6.0), 2))
        })
        .col(
            "Avg. Session Duration",
            int().clock().or(Is::Date("%H:%M:%S")),
            |d| date("%H:%M:%S", d.int(20, 400)),
        )
        .col("Pages / Session", num(2), |d| plain(d.normal(3.0, 0.4), 2))
        .col("Revenue", num(2).before("$").group(','), |d| {
            format!("${}", en(d.skewed(800.0), 2))
        })
        .case()
}

/// A report of an advertising service: title, totals below, `--` for nothing, `< 10%` for little.
fn advertising() -> Case {
    let style = Style {
        quotes: Quotes::Minimal,
        ..TABS
    };
    Sheet::new("ad_report", 240, style)
        .before(&["Campaign report", "January 1, 2023 - December 31, 2023"])
        .col("Campaign", cat(), |d| {
            d.pick(&["Brand", "Generic DE", "Retargeting"]).to_owned()
        })
        .col("Day", when("%Y-%m-%d"), |d| date("%Y-%m-%d", d.moment()))
        .col("Currency code", same(), |_| "EUR".to_owned())
        .col("Impr.", int().group(','), |d| {
            en(d.skewed(1500.0).ceil(), 0)
        })
        .col("CTR", num(2).after("%"), |d| {
            format!("{}%", plain(d.real(0.1, 9.0), 2))
        })
        .col("Cost", num(2).group(','), |d| en(d.skewed(100.0), 2))
        .col(
            "Search impr. share",
            num(2).after("%").words(&["< 10%"]).gaps(&["--"]),
            |d| {
                if d.chance(8) {
                    "--".to_owned()
                } else {
                    or_word(d, 9, "< 10%", |d| {
                        format!("{}%", plain(d.real(10.0, 90.0), 2))
                    })
                }
            },
        )
        .case()
}

/// A W3C log: remarks that begin with `#`, the header among them was made a plain one.
fn w3c() -> Case {
    let before = [
        "#Software: Internet Information Services 10.0",
        "#Version: 1.0",
        "#Date: 2023-02-14 00:00:05",
    ];
    let style = Style {
        quotes: Quotes::Never,
        end: "\r\n",
        ..TABS
    };
    Sheet::new("log_w3c", 300, style)
        .before(&before)
        .col("date", when("%Y-%m-%d"), |d| date("%Y-%m-%d", d.moment()))
        .col("time", when("%H:%M:%S"), |d| date("%H:%M:%S", d.moment()))
        .col("cs-method", flag(), |d| d.pick(&["GET", "POST"]).to_owned())
        .col("cs-uri-stem", cat(), path())
        .col("cs-username", person("username"), |d| {
            d.pick(&["-", "CORP\\web01", "CORP\\web02", "CORP\\api"])
                .to_owned()
        })
        .col("c-ip", person("ip"), ip)
        .col("sc-status", cat().or(Is::Integer), |d| {
            d.pick(&["200", "302", "404", "500"]).to_owned()
        })
        .col("sc-win32-status", flag().or(Is::Integer), |d| {
            d.pick(&["0", "64"]).to_owned()
        })
        .col("time-taken", int(), |d| plain(d.skewed(120.0), 0))
        .case()
}

/// Runs of a build service: durations in words, hashes, versions.
fn build() -> Case {
    Sheet::new("log_builds", 260, PLAIN)
        .col("run", key(), |d| format!("#{}", 1402 + d.row))
        .col("commit", key(), |d| d.hex(40))
        .col("short", key(), |d| d.hex(7))
        .col("branch", cat(), |d| {
            d.pick(&["main", "dev", "release/1.2"]).to_owned()
        })
        .col(
            "duration",
            int().or(Is::Parts(&["integer", "integer"])),
            |d| format!("{}m {}s", d.int(1, 40), d.int(0, 59)),
        )
        .col("version", cat(), |d| {
            format!("1.{}.{}", d.below(4), d.below(9))
        })
        .col("memory", num(1).after("GiB"), |d| {
            format!("{}GiB", plain(d.real(0.5, 7.5), 1))
        })
        .col("exit", code(), |d| d.pick(&["0", "1", "137"]).to_owned())
        .col("finished", when("%Y-%m-%dT%H:%M:%SZ"), |d| {
            date("%Y-%m-%dT%H:%M:%SZ", d.moment())
        })
        .case()
}

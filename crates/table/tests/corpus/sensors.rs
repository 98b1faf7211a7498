//! Measurements of machines and of the sky.

use super::dice::{DAY, NEW_YEAR, date};
use super::forms::{comma, maybe, or_word, plain};
use super::sheet::{Case, EUROPE, PLAIN, Quotes, Sheet, Style};
use super::want::{Is, cat, code, flag, int, key, num, parts, same, when};

pub fn all() -> Vec<Case> {
    vec![
        devices(),
        track(),
        weather_de(),
        weather_us(),
        meter(),
        grid(),
        logger(),
        workouts(),
        flights(),
    ]
}

fn devices() -> Case {
    Sheet::new("iot_devices", 360, PLAIN)
        .json()
        .col("ts", when("%Y-%m-%dT%H:%M:%S%.fZ"), |d| {
            format!(
                "{}.{:03}Z",
                date("%Y-%m-%dT%H:%M:%S", NEW_YEAR + d.row as i64 * 30),
                d.below(1000)
            )
        })
        .col("device", cat(), |d| format!("th-{:02}", d.row % 8))
        .col("temp", num(2), |d| {
            or_word(d, 5, "null", |d| plain(d.normal(21.0, 2.0), 2))
        })
        .col("humidity", int(), |d| {
            or_word(d, 5, "null", |d| d.int(20, 80).to_string())
        })
        .col("rssi", int(), |d| d.int(-95, -40).to_string())
        .col("battery", num(3), |d| plain(d.real(2.9, 4.2), 3))
        .col("open", flag(), |d| d.pick(&["false", "true"]).to_owned())
        .col("fw", cat(), |d| format!("v1.{}", d.below(4)))
        .case()
}

fn track() -> Case {
    Sheet::new("gps_track", 380, PLAIN)
        .col("lat", num(6), |d| {
            plain(48.1 + d.row as f64 * 0.000_11 + d.real(0.0, 0.0001), 6)
        })
        .col("lon", num(6), |d| {
            plain(11.5 + d.row as f64 * 0.000_17 + d.real(0.0, 0.0001), 6)
        })
        .col("ele", num(1), |d| plain(d.normal(540.0, 20.0), 1))
        .col("time", when("%Y-%m-%dT%H:%M:%SZ"), |d| {
            date("%Y-%m-%dT%H:%M:%SZ", NEW_YEAR + d.row as i64 * 2)
        })
        .col("speed", num(2), |d| plain(d.normal(4.2, 0.8), 2))
        .col("course", num(1), |d| plain(d.real(0.0, 359.9), 1))
        .col("sat", int(), |d| d.int(5, 18).to_string())
        .col("hdop", num(1), |d| plain(d.real(0.6, 2.4), 1))
        .case()
}

/// A weather service: padded cells, -999 for missing, hours of ten digits, an end mark.
fn weather_de() -> Case {
    let style = Style {
        quotes: Quotes::Never,
        end: "\r\n",
        ..EUROPE
    };
    let padded = |text: String| format!("{text:>7}");
    Sheet::new("weather_de", 340, style)
        .col("STATIONS_ID", flag().padded(), move |d| {
            padded(["1048", "2667"][d.row % 2].to_owned())
        })
        .col("MESS_DATUM", when("%Y%m%d%H"), |d| {
            date("%Y%m%d%H", NEW_YEAR + d.row as i64 / 2 * 3600)
        })
        .col("QN_9", code().padded(), move |d| {
            padded(d.pick(&["3", "1", "7"]).to_owned())
        })
        .col("TT_TU", num(1).words(&["-999"]).padded(), move |d| {
            padded(or_word(d, 3, "-999", |d| plain(d.normal(8.0, 7.0), 1)))
        })
        .col("RF_TU", num(1).padded(), move |d| {
            padded(plain(d.real(40.0, 100.0), 1))
        })
        .col("eor", same(), |_| "eor".to_owned())
        .case()
}

/// Days of stations: `T` for a trace of rain, `M` for missing.
fn weather_us() -> Case {
    Sheet::new("weather_us", 365, PLAIN)
        .col("STATION", cat(), |d| {
            ["USW00094728", "USW00014732"][d.row % 2].to_owned() + ["", "A"][d.row / 2 % 2]
        })
        .col("DATE", when("%Y-%m-%d"), |d| {
            date("%Y-%m-%d", NEW_YEAR + d.row as i64 / 2 * DAY)
        })
        .col("PRCP", num(2).words(&["T"]), |d| {
            or_word(d, 10, "T", |d| plain(d.skewed(0.2), 2))
        })
        .col("TMAX", int().words(&["M"]), |d| {
            or_word(d, 4, "M", |d| plain(d.normal(60.0, 18.0), 0))
        })
        .col("WDIR", cat(), |d| {
            d.pick(&["N", "NW", "SE", "VRB"]).to_owned()
        })
        .col("GUST", int().after(" mph"), |d| {
            maybe(d, 40, |d| format!("{} mph", d.int(12, 60)))
        })
        .col("SUNRISE", when("%H:%M"), |d| {
            date("%H:%M", 18_000 + d.int(0, 150) * 60)
        })
        .case()
}

/// A meter: a quarter of an hour a row, numbers of the standard in the names, marks of how it was measured.
fn meter() -> Case {
    let before = [
        "Zählpunkt;DE0001234567890000000000000054321",
        "Einheit;kWh",
        "",
    ];
    Sheet::new("energy_meter", 384, EUROPE)
        .before(&before)
        .col("Zeitstempel", when("%d.%m.%Y %H:%M"), |d| {
            date("%d.%m.%Y %H:%M", NEW_YEAR + d.row as i64 * 900)
        })
        .col("1-0:1.8.0 Bezug", num(3).comma(), |d| {
            comma(1520.0 + d.row as f64 * 0.07, 3)
        })
        .col("Verbrauch (kWh)", num(3).comma(), |d| {
            comma(d.skewed(0.07), 3)
        })
        .col("Einspeisung (kWh)", num(3).comma(), |d| {
            or_word(d, 60, "0,000", |d| comma(d.skewed(0.2), 3))
        })
        .col("Status", cat(), |d| d.pick(&["W", "E", "V"]).to_owned())
        .case()
}

/// A market of power: an hour is written from and to.
fn grid() -> Case {
    Sheet::new("energy_prices", 336, PLAIN)
        .col(
            "MTU (CET/CEST)",
            when("").or(Is::Key).or(Is::Text).or(Is::Category),
            |d| {
                let from = NEW_YEAR + d.row as i64 * 3600;
                format!(
                    "{} - {}",
                    date("%d.%m.%Y %H:%M", from),
                    date("%d.%m.%Y %H:%M", from + 3600)
                )
            },
        )
        .col("Day-ahead Price [EUR/MWh]", num(2), |d| {
            plain(d.normal(80.0, 45.0), 2)
        })
        .col("Currency", same(), |_| "EUR".to_owned())
        .col("Load [MW]", int().words(&["n/e"]), |d| {
            or_word(d, 3, "n/e", |d| plain(d.normal(52_000.0, 7000.0), 0))
        })
        .col("Solar [MW]", int(), |d| {
            or_word(d, 45, "0", |d| plain(d.skewed(9000.0), 0))
        })
        .case()
}

/// A data logger: units in a second header line, `NAN` where the probe was off.
fn logger() -> Case {
    let style = Style {
        end: "\r\n",
        ..PLAIN
    };
    let before = [
        "\"TOA5\",\"Field1\",\"CR1000\",\"12345\",\"CR1000.Std.32\",\"CPU:field.CR1\",\"4711\",\"Ten\"",
    ];
    let units = [
        "\"TS\",\"RN\",\"Volts\",\"Deg C\",\"W/m^2\"".to_owned(),
        "\"\",\"\",\"Min\",\"Avg\",\"Avg\"".to_owned(),
    ];
    Sheet::new("data_logger", 300, style)
        .before(&before)
        .between(&units)
        .col("TIMESTAMP", when("%Y-%m-%d %H:%M:%S"), |d| {
            date("%Y-%m-%d %H:%M:%S", NEW_YEAR + d.row as i64 * 600)
        })
        .col("RECORD", key(), |d| (88_012 + d.row).to_string())
        .col("BattV_Min", num(2), |d| plain(d.normal(12.6, 0.2), 2))
        .col("AirTC_Avg", num(3).gaps(&["NAN"]), |d| {
            or_word(d, 5, "NAN", |d| plain(d.normal(9.0, 6.0), 3))
        })
        .col("SlrW_Avg", num(1), |d| plain(d.skewed(90.0), 1))
        .case()
}

/// Workouts of a watch: dates with commas, paces, durations of two lengths.
fn workouts() -> Case {
    Sheet::new("workouts", 240, PLAIN)
        .col("Activity Date", when("%b %d, %Y, %I:%M:%S %p"), |d| {
            date("%b %-d, %Y, %-I:%M:%S %p", d.moment())
        })
        .col("Activity Type", cat(), |d| {
            d.pick(&["Run", "Ride", "Hike", "Swim"]).to_owned()
        })
        .col("Elapsed", int().clock(), |d| {
            let s = d.int(600, 9000);
            if s < 3600 {
                format!("{}:{:02}", s / 60, s % 60)
            } else {
                format!("{}:{:02}:{:02}", s / 3600, s / 60 % 60, s % 60)
            }
        })
        .col("Distance", num(2), |d| plain(d.skewed(9.0), 2))
        .col(
            "Pace",
            int()
                .after("/km")
                .clock()
                .or(Is::Parts(&["integer", "integer"])),
            |d| format!("{}:{:02} /km", d.int(4, 8), d.int(0, 59)),
        )
        .col("Calories", int().group(','), |d| {
            super::forms::en(d.skewed(700.0).ceil(), 0)
        })
        .col("Avg HR", int().gaps(&["--"]), |d| {
            or_word(d, 9, "--", |d| d.int(95, 175).to_string())
        })
        .col("Feels like", int().after("°C"), |d| {
            format!("{}°C", d.int(-5, 32))
        })
        .case()
}

/// Departures: times of four digits, delays, marks of cancellation.
fn flights() -> Case {
    Sheet::new("flights", 380, PLAIN)
        .col("FL_DATE", when("%m/%d/%Y %I:%M:%S %p"), |d| {
            date("%-m/%-d/%Y 12:00:00 AM", d.moment())
        })
        .col("CARRIER", cat(), |d| {
            d.pick(&["AA", "DL", "UA", "NA"]).to_owned()
        })
        .col("TAIL_NUM", key().or(Is::Person("plate")), |d| {
            format!("N{}{}", d.digits(3), d.chars("ABCDEFGH", 2))
        })
        .col("FLIGHT_NUM", key().or(Is::Integer), |d| {
            d.int(1, 2999).to_string()
        })
        .col("ORIGIN", cat(), |d| {
            d.pick(&["JFK", "LAX", "ORD", "ATL"]).to_owned()
        })
        .col("CRS_DEP_TIME", when("%H%M"), |d| {
            date("%H%M", d.int(60, 280) * 300)
        })
        .col("DEP_DELAY", int(), |d| {
            maybe(d, 3, |d| plain(d.normal(4.0, 20.0).round(), 2))
        })
        .col("CANCELLED", flag(), |d| {
            or_word(d, 96, "0.00", |_| "1.00".to_owned())
        })
        .col("POSITION", parts(&["numerical", "numerical"]), |d| {
            format!(
                "{}, {}",
                plain(d.real(30.0, 45.0), 4),
                plain(d.real(-120.0, -71.0), 4)
            )
        })
        .case()
}

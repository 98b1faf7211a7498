//! Answers from survey services and REDCap: second header lines, boxes that are ticked or empty, codes.

use super::dice::{Dice, date};
use super::forms::{email, ip, maybe, or_word, plain, sentence};
use super::sheet::{Case, Code, PLAIN, Quotes, Sheet, Style};
use super::want::{Is, Want, cat, code, flag, int, key, none, num, person, same, text, when};

pub fn all() -> Vec<Case> {
    vec![
        survey_monkey(),
        qualtrics(),
        lime_survey(),
        google_form(),
        microsoft_form(),
        redcap_raw(),
        redcap_labels(),
    ]
}

const AGREE: [&str; 5] = [
    "Agree",
    "Neither agree nor disagree",
    "Strongly agree",
    "Disagree",
    "Strongly disagree",
];

/// A box: its own label, or nothing.
fn ticked(label: &'static str, percent: u64) -> impl Fn(&mut Dice) -> String {
    move |d| {
        if d.chance(percent) {
            label.to_owned()
        } else {
            String::new()
        }
    }
}

/// Columns of one question share its name in the first header line; the second one holds the answers.
fn survey_monkey() -> Case {
    let second =
        ",,,,,Film,Music,Sport,Other (please specify),Response,Response,Open-Ended Response";
    Sheet::new("survey_monkey", 240, PLAIN)
        .by_place()
        .between(&[second.to_owned()])
        .col("Respondent ID", key(), |d| {
            format!("114{:08}", 90_000_001 - d.row * 4_711)
        })
        .col("Collector ID", same(), |_| "433016571".to_owned())
        .col("Start Date", when("%m/%d/%Y %I:%M:%S %p"), |d| {
            date("%m/%d/%Y %I:%M:%S %p", d.moment())
        })
        .col("IP Address", person("ip"), ip)
        .col("Email Address", person("email"), |d| maybe(d, 60, email))
        .col("What do you like?", flag(), ticked("Film", 40))
        .col("", flag(), ticked("Music", 55))
        .col("", flag(), ticked("Sport", 30))
        .col("", text(), |d| maybe(d, 70, |d| sentence(d, 3, 8)))
        .col("How satisfied are you?", cat(), |d| {
            d.pick(&["Satisfied", "Very satisfied", "Dissatisfied"])
                .to_owned()
        })
        .col("Would you come again?", flag(), |d| {
            d.pick(&["Yes", "No"]).to_owned()
        })
        .col("Anything else?", text(), |d| {
            maybe(d, 60, |d| sentence(d, 5, 20))
        })
        .case()
}

/// Three header lines: names, questions, and where each column came from.
fn qualtrics() -> Case {
    let names = [
        "StartDate",
        "IPAddress",
        "Progress",
        "Duration",
        "Finished",
        "ResponseId",
        "Q1",
        "Q2_1",
        "Q2_2",
        "Q3",
        "Q3_4_TEXT",
    ];
    let asked: Vec<String> = names
        .iter()
        .map(|n| format!("\"{n}, as it was asked\""))
        .collect();
    let imported: Vec<String> = names
        .iter()
        .map(|n| format!("\"{{\"\"ImportId\"\":\"\"{n}\"\"}}\""))
        .collect();
    Sheet::new("qualtrics", 220, PLAIN)
        .between(&[asked.join(","), imported.join(",")])
        .col("StartDate", when("%Y-%m-%d %H:%M:%S"), |d| {
            date("%Y-%m-%d %H:%M:%S", d.moment())
        })
        .col("IPAddress", person("ip"), ip)
        .col("Progress", int(), |d| {
            or_word(d, 80, "100", |d| d.int(2, 99).to_string())
        })
        .col("Duration", int(), |d| plain(d.skewed(400.0) + 20.0, 0))
        .col("Finished", flag(), |d| {
            d.pick(&["True", "False"]).to_owned()
        })
        .col("ResponseId", key(), |d| {
            format!("R_{}", d.chars("ABCDEFGHabcdefgh0123456789", 15))
        })
        .col("Q1", cat(), |d| maybe(d, 5, |d| d.pick(&AGREE).to_owned()))
        .col("Q2_1", code(), |d| d.int(1, 7).to_string())
        .col("Q2_2", code(), |d| maybe(d, 8, |d| d.int(1, 7).to_string()))
        .col("Q3", cat(), |d| {
            d.pick(&["Bus", "Car", "Bike", "Other:"]).to_owned()
        })
        .col("Q3_4_TEXT", text(), |d| maybe(d, 85, |d| sentence(d, 2, 5)))
        .case()
}

/// Codes of answers, `Y` and `N`, and days that stand for "anonymous".
fn lime_survey() -> Case {
    let style = Style {
        quotes: Quotes::All,
        code: Code::Utf8Bom,
        ..PLAIN
    };
    Sheet::new("lime_survey", 230, style)
        .col("id", key(), |d| (d.row + 4).to_string())
        .col("submitdate", when("%Y-%m-%d %H:%M:%S"), |d| {
            maybe(d, 20, |d| date("%Y-%m-%d %H:%M:%S", d.moment()))
        })
        .col("lastpage", code(), |d| {
            or_word(d, 75, "6", |d| d.int(1, 5).to_string())
        })
        .col("startlanguage", flag(), |d| {
            d.pick(&["de", "en"]).to_owned()
        })
        .col("seed", key().or(Is::Integer), |d| {
            d.int(10_000_000, 2_000_000_000).to_string()
        })
        .col("G01Q01", cat(), |d| {
            d.pick(&["AO01", "AO02", "AO03", "-oth-"]).to_owned()
        })
        .col("G01Q02[SQ001]", flag(), |d| {
            maybe(d, 20, |d| d.pick(&["Y", "N"]).to_owned())
        })
        .col("G01Q02[SQ002]", flag(), |d| {
            maybe(d, 20, |d| d.pick(&["Y", "N"]).to_owned())
        })
        .col("G02Q03", num(10), |d| {
            maybe(d, 10, |d| format!("{}.0000000000", d.int(18, 80))).replace(
                ".0000000000",
                if d.chance(5) {
                    ".5000000000"
                } else {
                    ".0000000000"
                },
            )
        })
        .col("G02Q04", none(), |_| String::new())
        .case()
}

/// Forms of Google: stamps without zeros, several answers in one cell.
fn google_form() -> Case {
    Sheet::new("google_form", 260, PLAIN)
        .col("Timestamp", when("%m/%d/%Y %H:%M:%S"), |d| {
            date("%-m/%-d/%Y %-H:%M:%S", d.moment())
        })
        .col("Email Address", person("email"), email)
        .col("How old are you?", int(), |d| d.int(16, 70).to_string())
        .col("Which days suit you?", cat(), |d| {
            let days = ["Monday", "Tuesday", "Wednesday", "Friday"];
            let some: Vec<&str> = days.into_iter().filter(|_| d.chance(50)).collect();
            some.join(", ")
        })
        .col("Rate the venue [1 = bad, 5 = good]", code(), |d| {
            d.int(1, 5).to_string()
        })
        .col("Will you come?", cat(), |d| {
            d.pick(&["Yes", "Maybe", "No"]).to_owned()
        })
        .col("What should we change?", text(), |d| {
            maybe(d, 50, |d| sentence(d, 4, 25))
        })
        .case()
}

/// Forms of Microsoft: the same e-mail for all, a name for none.
fn microsoft_form() -> Case {
    let style = Style {
        end: "\r\n",
        code: Code::Utf8Bom,
        ..PLAIN
    };
    Sheet::new("microsoft_form", 200, style)
        .col("ID", key(), |d| (d.row + 1).to_string())
        .col("Start time", when("%m/%d/%y %H:%M:%S"), |d| {
            date("%-m/%-d/%y %-H:%M:%S", d.moment())
        })
        .col("Completion time", when("%m/%d/%y %H:%M:%S"), |d| {
            date("%-m/%-d/%y %-H:%M:%S", d.moment())
        })
        .col("Email", same(), |_| "anonymous".to_owned())
        .col("Name", none(), |_| String::new())
        .col("Department", cat(), |d| {
            d.pick(&["Sales", "IT", "HR", "Production"]).to_owned()
        })
        .col("Topics", cat(), |d| {
            let topics = ["Pay;", "Hours;", "Office;", "Training;"];
            topics.into_iter().filter(|_| d.chance(45)).collect()
        })
        .col("Would you recommend us?", code(), |d| {
            d.int(0, 10).to_string()
        })
        .case()
}

fn checkbox() -> Want {
    flag()
}

/// Codes: sex 1 and 2, boxes 0 and 1, -99 for "not known".
fn redcap_raw() -> Case {
    Sheet::new("redcap_raw", 300, PLAIN)
        .col("record_id", key(), |d| (d.row / 3 + 1).to_string())
        .col("redcap_event_name", cat(), |d| {
            ["baseline_arm_1", "month_3_arm_1", "month_6_arm_1"][d.row % 3].to_owned()
        })
        .col("redcap_repeat_instance", none(), |_| String::new())
        .col("dob", when("%Y-%m-%d"), |d| {
            if d.row % 3 == 0 {
                date("%Y-%m-%d", d.moment() - 1_400_000_000)
            } else {
                String::new()
            }
        })
        .col("sex", flag(), |d| {
            if d.row % 3 == 0 {
                d.int(1, 2).to_string()
            } else {
                String::new()
            }
        })
        .col("symptoms___1", checkbox(), |d| {
            d.pick(&["0", "1"]).to_owned()
        })
        .col("symptoms___2", checkbox(), |d| {
            d.pick(&["0", "1"]).to_owned()
        })
        .col("symptoms____99", checkbox(), |d| {
            or_word(d, 90, "0", |_| "1".to_owned())
        })
        .col("education", code(), |d| {
            or_word(d, 8, "-99", |d| d.int(0, 5).to_string())
        })
        .col("hba1c", num(1), |d| {
            maybe(d, 10, |d| plain(d.normal(6.4, 1.1), 1))
        })
        .col("bmi_calc", num(1), |d| plain(d.normal(27.0, 4.0), 1))
        .col("visit_time", when("%Y-%m-%d %H:%M"), |d| {
            date("%Y-%m-%d %H:%M", d.moment())
        })
        .col("demographics_complete", code(), |d| {
            d.pick(&["2", "0", "1"]).to_owned()
        })
        .case()
}

fn redcap_labels() -> Case {
    Sheet::new("redcap_labels", 240, PLAIN)
        .col("Record ID", key(), |d| {
            format!("S{:03}-{:02}", 1 + d.row / 8, 1 + d.row % 8)
        })
        .col("Sex", flag(), |d| d.pick(&["Female", "Male"]).to_owned())
        .col("Symptoms (choice=Cough)", checkbox(), |d| {
            d.pick(&["Unchecked", "Checked"]).to_owned()
        })
        .col("Symptoms (choice=Fever)", checkbox(), |d| {
            d.pick(&["Unchecked", "Checked"]).to_owned()
        })
        .col("Pain, 0 to 10", code(), |d| d.int(0, 10).to_string())
        .col("Smoking", cat(), |d| {
            d.pick(&["Never", "Former", "Current", "Not known"])
                .to_owned()
        })
        .col("Complete?", cat(), |d| {
            d.pick(&["Complete", "Incomplete", "Unverified"]).to_owned()
        })
        .case()
}

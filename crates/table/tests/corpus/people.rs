//! Registers of people and of what they do: staff, pupils, customers, tickets, claims, households.

use super::dice::{DAY, Dice, date};
use super::forms::{
    comma, de, email, en, family, given, maybe, or_word, person_de, person_en, plain, sentence,
};
use super::sheet::{Case, EUROPE, PLAIN, Quotes, Sheet, Style};
use super::want::{Is, cat, code, flag, int, key, num, parts, person, real, text, when};

pub fn all() -> Vec<Case> {
    vec![
        staff(),
        payroll(),
        marks_de(),
        grades_us(),
        tickets(),
        incidents(),
        customers(),
        claims(),
        households(),
        members(),
    ]
}

fn staff() -> Case {
    Sheet::new("hr_staff", 280, PLAIN)
        .col("Employee ID", key(), |d| format!("E{:05}", 10_021 + d.row))
        .col("Full Name", person("name"), person_en)
        .col("Work Email", person("email"), email)
        .col("Gender", cat(), |d| {
            d.pick(&["Female", "Male", "Non-binary"]).to_owned()
        })
        .col("Hire Date", when("%m/%d/%Y"), |d| {
            date("%m/%d/%Y", d.moment() - d.int(0, 3000) * DAY)
        })
        .col("Termination Date", when("%m/%d/%Y"), |d| {
            maybe(d, 80, |d| date("%m/%d/%Y", d.moment()))
        })
        .col("FTE", int().after("%"), |d| {
            format!("{}%", d.pick(&["100", "80", "50", "60"]))
        })
        .col("Annual Salary", int().before("$").group(','), |d| {
            format!("${}", en((d.normal(72.0, 18.0) * 1000.0).round(), 0))
        })
        .col("Tenure", real().after(" years"), |d| {
            format!("{} years", plain(d.real(0.1, 20.0), 1))
        })
        .col("Pay Grade", cat(), |d| format!("G{}", d.int(3, 12)))
        .col("Manager", person("name"), |d| {
            let n = d.below(14) as usize;
            person_en(&mut Dice::new("staff", "manager", n))
        })
        .case()
}

fn payroll() -> Case {
    Sheet::new("payroll", 260, PLAIN)
        .col("SSN", person("ssn"), |d| {
            format!(
                "{:03}-{:02}-{:04}",
                d.int(100, 665),
                d.int(10, 99),
                d.int(1000, 9999)
            )
        })
        .col("Pay Date", when("%A, %B %d, %Y"), |d| {
            date("%A, %B %-d, %Y", d.moment())
        })
        .col("Regular Hours", num(2), |d| plain(d.real(30.0, 80.0), 2))
        .col("Overtime", int().clock().or(Is::Date("%H:%M")), |d| {
            format!("{}:{:02}", d.int(0, 12), 15 * d.below(4))
        })
        .col("Rate", num(2).before("$"), |d| {
            format!("${}", plain(d.real(15.0, 60.0), 2))
        })
        .col("Gross", num(2).before("$").group(','), |d| {
            format!("${}", en(d.normal(3100.0, 600.0), 2))
        })
        .col("401(k)", num(2).before("$").minus("first"), |d| {
            format!("-${}", plain(d.real(20.0, 300.0), 2))
        })
        .col("Filing Status", cat(), |d| {
            d.pick(&["Single", "Married", "Head of Household"])
                .to_owned()
        })
        .col("Exempt", flag(), |d| d.pick(&["N", "Y"]).to_owned())
        .case()
}

/// Marks with plus and minus.
fn marks_de() -> Case {
    Sheet::new("school_de", 220, EUROPE)
        .col("Name", person("last_name"), |d| family(d).to_owned())
        .col("Vorname", person("first_name"), |d| given(d).to_owned())
        .col("Klasse", cat(), |d| {
            d.pick(&["7a", "7b", "8a", "8c"]).to_owned()
        })
        .col("Geb.", when("%d.%m.%Y"), |d| {
            date("%d.%m.%Y", d.moment() - 4500 * DAY)
        })
        .col("Deutsch", cat(), |d| {
            d.pick(&["2", "2+", "3-", "3", "1-", "4", "5+"]).to_owned()
        })
        .col("Mathe", num(1).comma(), |d| {
            comma(d.normal(2.8, 0.8).clamp(1.0, 6.0), 1)
        })
        .col("Fehltage", int(), |d| {
            or_word(d, 40, "0", |d| d.int(1, 25).to_string())
        })
        .col("Versetzt", flag(), |d| d.pick(&["ja", "nein"]).to_owned())
        .case()
}

fn grades_us() -> Case {
    Sheet::new("school_us", 260, PLAIN)
        .col("Student ID", key(), |d| {
            (900_112_233 + d.row * 19).to_string()
        })
        .col("Term", cat().or(Is::Date("")), |d| {
            d.pick(&["Fall 2022", "Spring 2023", "Fall 2023"])
                .to_owned()
        })
        .col("Course", cat(), |d| {
            d.pick(&["MATH 101", "BIO 110", "ENG 202"]).to_owned()
        })
        .col("Midterm", num(1).words(&["absent"]), |d| {
            or_word(d, 6, "absent", |d| plain(d.normal(76.0, 11.0), 1))
        })
        .col("Final", int().after("%"), |d| {
            format!("{}%", d.int(35, 100))
        })
        .col("Grade", cat(), |d| {
            d.pick(&["B", "B+", "A-", "A", "C", "D", "F"]).to_owned()
        })
        .col("GPA", num(2), |d| {
            plain(d.normal(3.1, 0.4).clamp(0.0, 4.0), 2)
        })
        .col("Credits", num(1), |d| {
            d.pick(&["3.0", "4.0", "1.5"]).to_owned()
        })
        .case()
}

/// Issues of a tracker: a name that two columns share, labels, stamps without zeros.
fn tickets() -> Case {
    Sheet::new("tracker_issues", 260, PLAIN)
        .by_place()
        .col("Summary", text(), |d| sentence(d, 5, 12))
        .col("Issue key", key(), |d| format!("SHOP-{}", 1200 + d.row))
        .col("Issue id", key(), |d| (10_433 + d.row * 3).to_string())
        .col("Priority", cat(), |d| {
            d.pick(&["Medium", "High", "Low"]).to_owned()
        })
        .col("Assignee", person("username").or(Is::Person("name")), |d| {
            format!(
                "{}.{}",
                given(d).to_lowercase(),
                super::forms::surname(d).to_lowercase()
            )
        })
        .col("Created", when("%d/%b/%y %I:%M %p"), |d| {
            date("%d/%b/%y %-I:%M %p", d.moment())
        })
        .col("Labels", cat(), |d| {
            d.pick(&["backend", "frontend", "bug"]).to_owned()
        })
        .col("Labels", cat(), |d| {
            maybe(d, 70, |d| {
                d.pick(&["urgent", "customer", "later"]).to_owned()
            })
        })
        .col("Story Points", num(1).or(Is::Integer), |d| {
            maybe(d, 30, |d| d.pick(&["3.0", "5.0", "1.0", "8.0"]).to_owned())
        })
        .col("Time Spent", int(), |d| {
            maybe(d, 50, |d| (900 * d.int(1, 60)).to_string())
        })
        .case()
}

fn incidents() -> Case {
    let style = Style {
        quotes: Quotes::All,
        end: "\r\n",
        ..PLAIN
    };
    Sheet::new("service_incidents", 260, style)
        .col("number", key(), |d| format!("INC{:07}", 10_233 + d.row * 2))
        .col("opened_at", when("%d-%m-%Y %H:%M:%S"), |d| {
            date("%d-%m-%Y %H:%M:%S", d.moment())
        })
        .col("priority", cat(), |d| {
            d.pick(&["4 - Low", "3 - Moderate", "2 - High", "1 - Critical"])
                .to_owned()
        })
        .col("reassignment_count", int(), |d| {
            or_word(d, 60, "0", |d| d.int(1, 9).to_string())
        })
        .col("made_sla", flag(), |d| {
            d.pick(&["true", "false"]).to_owned()
        })
        .col("calendar_duration", int().group(','), |d| {
            en(d.skewed(50_000.0).ceil(), 0)
        })
        .col("resolved_at", when("%d-%m-%Y %H:%M:%S"), |d| {
            maybe(d, 20, |d| date("%d-%m-%Y %H:%M:%S", d.moment()))
        })
        .col("short_description", text(), |d| sentence(d, 5, 11))
        .case()
}

fn customers() -> Case {
    Sheet::new("crm_accounts", 260, PLAIN)
        .col("Account ID", key(), |d| {
            format!("0015g00000{}", d.chars("ABCDEFGHabcdefgh0123456789", 8))
        })
        .col("Account Name", person("company").or(Is::Text), |d| {
            let kind = d.pick(&["Ltd", "Inc.", "GmbH", "LLC"]);
            format!(
                "{} {} {kind}",
                super::forms::surname(d),
                d.pick(&["Trading", "Systems", "Foods", "Metal"])
            )
        })
        .col("Phone", person("phone"), |d| {
            format!("({}) 555-{:04}", d.int(201, 989), d.int(100, 9999))
        })
        .col("Annual Revenue", num(2).before("USD").group(','), |d| {
            maybe(d, 25, |d| format!("USD {}", en(d.skewed(900_000.0), 2)))
        })
        .col("Employees", int().group(','), |d| {
            maybe(d, 20, |d| en(d.skewed(400.0).ceil(), 0))
        })
        .col("Deal Size", int().or(Is::Number(0)).before("$"), |d| {
            let x = d.int(10, 990);
            if d.chance(40) {
                format!("${}K", x)
            } else {
                format!("${}.{}M", x % 9 + 1, x % 10)
            }
        })
        .col("Lead Source", cat(), |d| {
            or_word(d, 20, "[not provided]", |d| {
                d.pick(&["Web", "Partner", "Trade Show"]).to_owned()
            })
        })
        .col("Last Activity", when("%m/%d/%Y"), |d| {
            maybe(d, 30, |d| date("%-m/%-d/%Y", d.moment()))
        })
        .col("Is Partner", flag(), |d| d.pick(&["0", "1"]).to_owned())
        .case()
}

fn claims() -> Case {
    Sheet::new("insurance_claims", 280, EUROPE)
        .col("Schadennummer", parts(&["categorical", "id"]), |d| {
            format!("KH-{}-{:06}", 2022 + d.row % 2, 100_200 + d.row * 3)
        })
        .col("Policennr.", key(), |d| d.digits(10))
        .col("Versicherungsnehmer", person("name"), |d| {
            format!("{}, {}", family(d), given(d))
        })
        .col("Kennzeichen", person("plate"), |d| {
            format!(
                "{}-{} {}",
                d.pick(&["M", "HH", "B", "K"]),
                d.chars("ABCDEFGHKLMN", 2),
                d.int(1, 9999)
            )
        })
        .col("FIN", person("vin"), |d| {
            format!(
                "WVW{}{}",
                d.chars("ABCDEFGHJKLMNPRSTUVWXYZ0123456789", 8),
                d.digits(6)
            )
        })
        .col("Schadendatum", when("%d.%m.%Y"), |d| {
            date("%d.%m.%Y", d.moment())
        })
        .col(
            "Schadenhöhe",
            num(2).comma().group('.').after(" EUR"),
            |d| format!("{} EUR", de(d.skewed(1800.0), 2)),
        )
        .col(
            "Selbstbeteiligung",
            code().comma().group('.').after(" €"),
            |d| format!("{} €", d.pick(&["150", "300", "500", "1.000"])),
        )
        .col("Diagnose", cat(), |d| {
            maybe(d, 70, |d| d.pick(&["S13.4", "S06.0", "S52.5"]).to_owned())
        })
        .col("Reguliert", flag(), |d| d.pick(&["J", "N"]).to_owned())
        .col("SF-Klasse", cat(), |d| {
            d.pick(&["SF 1", "SF 1/2", "SF 10", "M"]).to_owned()
        })
        .case()
}

/// Answers of households to a census: classes of income, open ends, codes for "not in universe".
fn households() -> Case {
    Sheet::new("census_households", 400, PLAIN)
        .col("SERIALNO", key(), |d| {
            format!("2022HU{:07}", 12_345 + d.row * 31)
        })
        .col("ST", cat(), |d| format!("{:02}", d.int(1, 12)))
        .col("PWGTP", int(), |d| d.int(1, 300).to_string())
        .col("AGEP", int().words(&["85+"]), |d| {
            or_word(d, 4, "85+", |d| d.int(0, 84).to_string())
        })
        .col("SEX", flag(), |d| d.int(1, 2).to_string())
        .col("HINCP", int(), |d| {
            or_word(d, 3, "9999999", |d| plain(d.skewed(60_000.0), 0))
        })
        .col("INCOME_CLASS", cat(), |d| {
            d.pick(&["<10k", "10k-20k", "20k-50k", "50k+"]).to_owned()
        })
        .col("JWMNP", int(), |d| {
            maybe(d, 45, |d| d.int(1, 120).to_string())
        })
        .col("SCHL", cat().or(Is::Integer), |d| {
            maybe(d, 5, |d| format!("{:02}", d.int(1, 24)))
        })
        .col("TEN", code(), |d| d.int(1, 4).to_string())
        .case()
}

/// A club: salutations, days of birth in short form, mandates.
fn members() -> Case {
    Sheet::new("club_members", 220, EUROPE)
        .col("Mitgliedsnr", key(), |d| (1001 + d.row).to_string())
        .col("Anrede", cat().or(Is::YesNo), |d| {
            d.pick(&["Herr", "Frau"]).to_owned()
        })
        .col("Name", person("name"), person_de)
        .col("Telefon", person("phone"), |d| {
            format!("0{}/{}", d.pick(&["89", "30", "221"]), d.digits(7))
        })
        .col("geb.", when("%d.%m.%y"), |d| {
            date("%d.%m.%y", d.moment() - 9000 * DAY)
        })
        .col("Eintritt", when("%m/%Y"), |d| {
            date("%m/%Y", d.moment() - 2000 * DAY)
        })
        .col("Beitrag", num(2).comma().before("€"), |d| {
            format!(
                "€ {}",
                comma(
                    d.pick(&["60", "90", "120"]).parse().unwrap_or(60.0) + 0.5,
                    2
                )
            )
        })
        .col("Mandatsreferenz", key(), |d| {
            format!("M{:05}-{}", 1001 + d.row, d.digits(4))
        })
        .col("Ehrenamt", flag(), |d| d.pick(&["", "ja"]).to_owned())
        .case()
}

//! Content decides, at any cardinality; what only resembles personal data stays what it is.

use super::*;
use crate::infer::name;

fn found(column: &str, texts: &[&str], rows: u32) -> Option<Personal> {
    let values: Vec<(&str, u32)> = texts.iter().map(|t| (*t, rows)).collect();
    find(&values, &name::words(column))
}

/// Samples of each kind, written in several ways.
const SAMPLES: &[(Personal, &[&str])] = &[
    (
        Personal::Name,
        &["Dr. Nancy Smith", "Dr. David Brown", "Dr. Robert Jones"],
    ),
    (
        Personal::Name,
        &[
            "Wilson, David",
            "Smith, Mary",
            "Jones, James",
            "Clark, Susan",
        ],
    ),
    (
        Personal::Name,
        &["Jürgen Müller", "Käthe Weiß", "Uwe Schäfer", "Bärbel König"],
    ),
    (
        Personal::Name,
        &["Иван Петров", "Ольга Смирнова", "Сергей Козлов"],
    ),
    (
        Personal::Name,
        &["María García", "José Fernández", "Lucía Martínez López"],
    ),
    (
        Personal::Name,
        &["Kowalska, Agnieszka", "Nowak, Piotr", "Zieliński, Tomasz"],
    ),
    (Personal::Name, &["佐藤 陽菜", "鈴木 太郎", "高橋 さくら"]),
    (
        Personal::Name,
        &[
            "Meier, Anna (1974)",
            "Huber, Paul (1980)",
            "Koch, Lena (1991)",
        ],
    ),
    (
        Personal::Name,
        &["Anna Meier <a.meier@x.de>", "Paul Huber <p.huber@x.de>"],
    ),
    (Personal::FirstName, &["Nancy", "Jürgen", "Sandra", "Piotr"]),
    (
        Personal::Email,
        &["c.dorn@firma.example", "a.brandt@firma.example"],
    ),
    (Personal::Phone, &["+49 171 0000002", "+49 170 0000001"]),
    (Personal::Phone, &["(415) 555-2671", "(212) 555-0100"]),
    (
        Personal::Iban,
        &["DE02500105170137075030", "DE02120300000000202051"],
    ),
    (Personal::Mac, &["42-60-25-55-40-B6", "60-E6-FC-A5-6C-FB"]),
    (Personal::Ip, &["10.0.1.208", "10.0.2.71"]),
    (
        Personal::Vin,
        &[
            "1SDRWSCF7MD90G587",
            "HHDX0TCUCPNDPX0KY",
            "FK2YCWJFV6N2HWYNB",
        ],
    ),
    (Personal::Plate, &["B-CC 486", "B-DB 919", "M-BC 835"]),
    (
        Personal::Imei,
        &[
            "490154203237518",
            "356938035643809",
            "353918052107063",
            "352099001761481",
            "867400022047199",
        ],
    ),
    (
        Personal::CreditCard,
        &["4111 1111 1111 1111", "5500 0000 0000 0004"],
    ),
    (Personal::Ssn, &["078-05-1120", "219-09-9999"]),
    (
        Personal::Address,
        &["12 Main Street, Springfield", "77 Elm Road, Ogdenville"],
    ),
    (
        Personal::Url,
        &["https://x.org/user/ann", "https://x.org/user/bob"],
    ),
    (Personal::Username, &["james64", "susan85", "karen85"]),
    (
        Personal::NationalId,
        &["AB123456C", "CE654321D", "JH112233A"],
    ),
    (
        Personal::NationalId,
        &["RSSMRA85T10A562S", "RSSMRA85T10A562S", "RSSMRA85T10A562S"],
    ),
];

#[test]
fn content_decides_at_any_cardinality() {
    for (what, texts) in SAMPLES {
        for rows in [1, 40, 5000] {
            assert_eq!(
                found("x", texts, rows),
                Some(*what),
                "{texts:?} in {rows} rows each"
            );
        }
    }
}

#[test]
fn a_constant_of_a_plain_form_is_found_without_a_name() {
    for (what, text) in [
        (Personal::Name, "Dr. Anna Meier"),
        (Personal::Name, "Anna Meier"),
        (Personal::Name, "Meier, Anna"),
        (Personal::Email, "anna@clinic.de"),
        (Personal::Phone, "+49 30 901820"),
        (Personal::Iban, "DE89370400440532013000"),
        (Personal::Mac, "42:60:25:55:40:b6"),
        (Personal::Ip, "10.0.1.208"),
        (Personal::Address, "12 Main Street, Springfield"),
        (Personal::Username, "susan85"),
    ] {
        assert_eq!(found("x", &[text], 400), Some(what), "{what:?}");
    }
}

#[test]
fn named_numbers_are_found_without_check_digits() {
    assert_eq!(
        found("imei", &["238789769713902", "423304655037841"], 20),
        Some(Personal::Imei)
    );
    assert_eq!(
        found("plate", &["ABC 123", "XYZ 987"], 20),
        Some(Personal::Plate)
    );
    assert_eq!(
        found("mobile", &["01711234567", "01707654321"], 20),
        Some(Personal::Phone)
    );
    assert_eq!(
        found("passport_no", &["C01X0", "C01X1"], 20),
        None,
        "few digits"
    );
    assert_eq!(
        found("steuer_id", &["86095742719", "47036892816"], 20),
        Some(Personal::NationalId)
    );
}

/// What only resembles personal data, under the name of its column.
const ALIKE: &[(&str, &[&str])] = &[
    (
        "town",
        &["Arden", "Brook", "Cole", "Elm", "Madison", "Austin"],
    ),
    (
        "city",
        &[
            "San Jose",
            "Santa Ana",
            "Fort Wayne",
            "New York",
            "St. Paul",
            "Los Angeles",
        ],
    ),
    (
        "x",
        &[
            "San Jose",
            "Santa Ana",
            "Fort Wayne",
            "New York",
            "Saint Paul",
            "Los Angeles",
        ],
    ),
    ("x", &["Paris", "London", "Berlin", "Madrid", "Rome"]),
    ("month", &["April", "May", "June", "August"]),
    ("x", &["Apr", "May", "Jun", "Aug", "Jan"]),
    ("x", &["January", "April", "May", "June", "August"]),
    ("x", &["Monday", "Tuesday", "Friday"]),
    ("x", &["Amber", "Ruby", "Violet", "Olive", "Hazel"]),
    ("x", &["red", "green", "blue"]),
    ("x", &["White", "Black", "Brown"]),
    ("x", &["Iris setosa", "Iris virginica", "Iris versicolor"]),
    ("x", &["Rose", "Lily", "Daisy", "Iris"]),
    (
        "x",
        &["Diabetes mellitus", "Crohn's disease", "Hodgkin lymphoma"],
    ),
    (
        "job",
        &[
            "Software Engineer",
            "Baker",
            "Cook",
            "Carpenter",
            "Art Director",
        ],
    ),
    (
        "x",
        &[
            "Human Resources",
            "Sales",
            "Legal",
            "Research and Development",
        ],
    ),
    ("x", &["Germany", "France", "Chad", "Jordan", "Georgia"]),
    ("x", &["E11.9", "I10", "J45.909"]),
    ("x", &["SKU-1001", "SKU-1002"]),
    ("x", &["1.2.3", "1.2.4", "2.0.0"]),
    ("x", &["1.2.3.4", "1.2.3.5", "2.0.0.1"]),
    ("x", &["1", "2", "3"]),
    ("x", &["100000000", "200000000", "300000000"]),
    ("x", &["0.5", "1.25", "-3.5"]),
    ("x", &["yes", "no"]),
    ("sex", &["male", "female"]),
    ("x", &["Husband", "Wife", "Own-child"]),
    (
        "x",
        &["Green Tea", "Earl Grey Tea", "Apple Juice", "Orange Juice"],
    ),
    (
        "x",
        &[
            "Emergency",
            "Cardiology",
            "Internal Medicine",
            "Surgery-General",
        ],
    ),
    (
        "x",
        &["https://example.org/shop", "https://example.org/news"],
    ),
    ("x", &["0002-8215-01", "0002-8214-01", "0003-0293-05"]),
    ("x", &["978-3-16-148410-0", "978-0-306-40615-7"]),
    ("x", &["12:30", "13:45"]),
    ("patient_type", &["new", "returning"]),
    ("user", &["casual", "member"]),
    ("customer", &["Retail", "Wholesale", "Online"]),
    ("x", &["2013-01-31", "2014-12-01"]),
    ("x", &["A12 B34", "C56 D78"]),
    ("x", &["1st Floor", "2nd Floor", "Basement"]),
    ("x", &["Grant", "Will", "Mark", "Art"]),
    ("school", &["Lincoln High School", "Washington High School"]),
    ("hospital", &["St. Mary Hospital", "Johns Hopkins Hospital"]),
];

#[test]
fn what_resembles_personal_data_stays_what_it_is() {
    for (column, texts) in ALIKE {
        assert_eq!(found(column, texts, 30), None, "{column}: {texts:?}");
    }
}

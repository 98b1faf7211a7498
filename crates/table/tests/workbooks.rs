//! Workbooks: sheets, numbers, dates and what lies around the table.
#![allow(clippy::unwrap_used)]

use std::io::Write;
use std::path::Path;

use verdancy_table::infer::Options as Wishes;
use verdancy_table::read::{Options, load};

/// A workbook of sheets, each with rows of cells in the format's XML.
fn workbook(path: &Path, sheets: &[(&str, &[&[&str]])]) {
    let mut zip = zip::ZipWriter::new(std::fs::File::create(path).unwrap());
    let mut put = |name: &str, text: &str| {
        zip.start_file(name, zip::write::SimpleFileOptions::default())
            .unwrap();
        zip.write_all(b"<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"yes\"?>")
            .unwrap();
        zip.write_all(text.as_bytes()).unwrap();
    };
    const TYPES: &str = "http://schemas.openxmlformats.org/package/2006/content-types";
    const LINKS: &str = "http://schemas.openxmlformats.org/package/2006/relationships";
    const OFFICE: &str = "http://schemas.openxmlformats.org/officeDocument/2006/relationships";
    const MAIN: &str = "http://schemas.openxmlformats.org/spreadsheetml/2006/main";
    put(
        "[Content_Types].xml",
        &format!(
            "<Types xmlns=\"{TYPES}\"><Default Extension=\"xml\" ContentType=\"application/xml\"/></Types>"
        ),
    );
    put(
        "_rels/.rels",
        &format!(
            "<Relationships xmlns=\"{LINKS}\"><Relationship Id=\"rId1\" Type=\"{OFFICE}/officeDocument\" Target=\"xl/workbook.xml\"/></Relationships>"
        ),
    );
    let (mut list, mut links) = (String::new(), String::new());
    for (at, (name, _)) in sheets.iter().enumerate() {
        let id = at + 1;
        list += &format!("<sheet name=\"{name}\" sheetId=\"{id}\" r:id=\"rId{id}\"/>");
        links += &format!(
            "<Relationship Id=\"rId{id}\" Type=\"{OFFICE}/worksheet\" Target=\"worksheets/sheet{id}.xml\"/>"
        );
    }
    links +=
        &format!("<Relationship Id=\"rId99\" Type=\"{OFFICE}/styles\" Target=\"styles.xml\"/>");
    put(
        "xl/workbook.xml",
        &format!(
            "<workbook xmlns=\"{MAIN}\" xmlns:r=\"{OFFICE}\"><sheets>{list}</sheets></workbook>"
        ),
    );
    put(
        "xl/_rels/workbook.xml.rels",
        &format!("<Relationships xmlns=\"{LINKS}\">{links}</Relationships>"),
    );
    // Style 1 is a date, style 2 a date with a time.
    put(
        "xl/styles.xml",
        &format!(
            "<styleSheet xmlns=\"{MAIN}\"><cellXfs count=\"3\"><xf numFmtId=\"0\"/><xf numFmtId=\"14\"/><xf numFmtId=\"22\"/></cellXfs></styleSheet>"
        ),
    );
    for (at, (_, rows)) in sheets.iter().enumerate() {
        let mut data = String::new();
        for (r, row) in rows.iter().enumerate() {
            data += &format!("<row r=\"{}\">", r + 1);
            for (c, cell) in row.iter().enumerate() {
                let place = format!("{}{}", char::from(b'A' + c as u8), r + 1);
                data += &match cell.split_once(':') {
                    Some(("n", x)) => format!("<c r=\"{place}\"><v>{x}</v></c>"),
                    Some(("d", x)) => format!("<c r=\"{place}\" s=\"1\"><v>{x}</v></c>"),
                    Some(("t", x)) => format!("<c r=\"{place}\" s=\"2\"><v>{x}</v></c>"),
                    Some(("b", x)) => format!("<c r=\"{place}\" t=\"b\"><v>{x}</v></c>"),
                    Some(("e", x)) => format!("<c r=\"{place}\" t=\"e\"><v>{x}</v></c>"),
                    _ if cell.is_empty() => String::new(),
                    _ => format!("<c r=\"{place}\" t=\"inlineStr\"><is><t>{cell}</t></is></c>"),
                };
            }
            data += "</row>";
        }
        put(
            &format!("xl/worksheets/sheet{}.xml", at + 1),
            &format!("<worksheet xmlns=\"{MAIN}\"><sheetData>{data}</sheetData></worksheet>"),
        );
    }
    zip.finish().unwrap();
}

const PEOPLE: &[&[&str]] = &[
    &["ward", "age", "weight", "seen", "at", "well"],
    &["north", "n:41", "n:70.5", "d:45292", "t:45292.5", "b:1"],
    &[
        "south",
        "n:7",
        "n:0.30000000000000004",
        "d:45300",
        "t:45301.25",
        "b:0",
    ],
    &["south", "n:53", "", "d:45311", "t:45302.75", "b:1"],
    &["north", "n:41", "e:#N/A", "d:45292", "t:45292.5", "b:1"],
];

#[test]
fn a_sheet_is_read_as_it_would_be_exported() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("people.xlsx");
    workbook(&path, &[("Notes", &[]), ("People", PEOPLE)]);
    let loaded = load(&path, &Options::default(), &Wishes::default()).unwrap();
    let out = folder.path().join("out.csv");
    verdancy_table::write::write(&out, &loaded.table, loaded.format).unwrap();
    assert_eq!(
        std::fs::read_to_string(out).unwrap(),
        "ward,age,weight,seen,at,well\n\
         north,41,70.5,2024-01-01,2024-01-01 12:00:00,true\n\
         south,7,0.3,2024-01-09,2024-01-10 06:00:00,false\n\
         south,53,,2024-01-20,2024-01-11 18:00:00,true\n\
         north,41,,2024-01-01,2024-01-01 12:00:00,true\n"
    );
    let codes: Vec<String> = loaded.warnings.iter().map(|w| w.code.clone()).collect();
    assert!(codes.contains(&"table/first-sheet".to_owned()), "{codes:?}");
}

#[test]
fn sheets_are_named_and_lines_before_the_header_left_out() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("book.xlsx");
    let mut titled: Vec<&[&str]> = vec![&["Ward report of the year"], &[]];
    titled.extend(PEOPLE);
    workbook(&path, &[("First", PEOPLE), ("Second", &titled)]);
    for sheet in ["Second", "2"] {
        let said = Options {
            sheet: Some(sheet.to_owned()),
            ..Options::default()
        };
        let loaded = load(&path, &said, &Wishes::default()).unwrap();
        assert_eq!(loaded.table.schema().columns[0].name, "ward");
        assert_eq!(loaded.table.rows(), 4);
    }
    let said = Options {
        sheet: Some("Third".to_owned()),
        ..Options::default()
    };
    let error = load(&path, &said, &Wishes::default()).unwrap_err();
    assert_eq!(error.code, "table/sheet-missing");
    assert!(error.remedy.contains("First, Second"));
}

#[test]
fn what_is_no_workbook_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("book.xlsx");
    let code = |bytes: &[u8]| {
        std::fs::write(&path, bytes).unwrap();
        load(&path, &Options::default(), &Wishes::default())
            .unwrap_err()
            .code
    };
    assert_eq!(
        code(b"PK\x03\x04xl/ and nothing more"),
        "table/bad-workbook"
    );
    assert_eq!(code(b"PK\x03\x04 another archive"), "table/format-unknown");
    assert_eq!(
        code(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1 cut off"),
        "table/bad-workbook"
    );
    // A sheet that unpacks to far more than it is.
    let mut zip = zip::ZipWriter::new(std::fs::File::create(&path).unwrap());
    zip.start_file(
        "xl/worksheets/sheet1.xml",
        zip::write::SimpleFileOptions::default(),
    )
    .unwrap();
    zip.write_all(&vec![b' '; 100 << 20]).unwrap();
    zip.finish().unwrap();
    let error = load(&path, &Options::default(), &Wishes::default()).unwrap_err();
    assert_eq!(error.code, "table/too-large");
}

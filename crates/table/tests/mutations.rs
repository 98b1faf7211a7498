//! Good files with some bytes changed, many times over with a fixed seed: a table or an error that
//! says what to do, never a panic. The bounded sibling of the fuzz targets in `fuzz/`, which go on
//! for as long as they are let.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod common;

use verdancy_table::read::{self, Options};
use verdancy_table::{Format, Overrides, Schema, infer, sdv, write};

/// Files tried of each seed.
const TIMES: u64 = 600;

/// Random numbers: splitmix64.
struct Dice(u64);

impl Dice {
    fn below(&mut self, n: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((z ^ (z >> 31)) % n.max(1) as u64) as usize
    }
}

/// What tends to break parsers.
const TOKENS: [&[u8]; 16] = [
    b"\"",
    b"\0",
    b"\xff",
    b"\n",
    b"\r",
    b",",
    b"-",
    b"1e999",
    b"[[",
    b"]]",
    b"=",
    b"\xef\xbb\xbf",
    b"\xff\xff\xff\xff",
    b"\x80\x80\x80\x80\x80",
    b"PAR1",
    b"99999999999999999999",
];

fn mutated(good: &[u8], dice: &mut Dice) -> Vec<u8> {
    let mut bad = good.to_vec();
    for _ in 0..=dice.below(4) {
        let at = dice.below(bad.len());
        match dice.below(7) {
            0 if !bad.is_empty() => bad[at] ^= 1 << dice.below(8),
            1 if !bad.is_empty() => bad[at] = dice.below(256) as u8,
            2 => bad.truncate(at),
            3 => {
                let token = TOKENS[dice.below(TOKENS.len())];
                bad.splice(at..at, token.iter().copied());
            }
            4 => {
                let end = (at + dice.below(64)).min(bad.len());
                bad.drain(at..end);
            }
            5 => {
                let end = (at + dice.below(64)).min(bad.len());
                let piece = bad[at..end].to_vec();
                let to = dice.below(bad.len());
                bad.splice(to..to, piece);
            }
            _ => {
                let end = (at + 4).min(bad.len());
                bad[at..end].fill([0, 0xff, 0x7f, 0x80][dice.below(4)]);
            }
        }
    }
    bad
}

const TEXT: &str = "id;amount;count;date;when;group;flag;note\n\
    A-0001;1,5;3;01.02.2021;2021-03-01T00:15:00Z;north;yes;\"a; \"\"b\"\"\"\n\
    A-0002;2,25;;02.02.2021;2021-03-02T01:15:00Z;south;no;x\n\
    A-0003;;7;28.02.2021;;north;yes;\n";

#[test]
fn changed_files_are_read_or_refused() {
    let loaded = common::load(TEXT);
    let folder = tempfile::tempdir().unwrap();
    let mut seeds = vec![("t.csv", TEXT.as_bytes().to_vec())];
    for (name, format) in [
        ("t.parquet", Format::Parquet),
        ("t.arrow", Format::ArrowIpc),
        ("t.ndjson", Format::from_path("t.ndjson").unwrap()),
        ("t.csv.gz", Format::from_path("t.csv.gz").unwrap()),
    ] {
        let path = folder.path().join(name);
        write::write(&path, &loaded.table, format).unwrap();
        seeds.push((name, std::fs::read(path).unwrap()));
    }
    let (mut read, mut refused) = (0, 0);
    for (name, good) in seeds {
        let mut dice = Dice(7);
        let path = folder.path().join(format!("bad-{name}"));
        for _ in 0..TIMES {
            std::fs::write(&path, mutated(&good, &mut dice)).unwrap();
            match read::load(&path, &Options::default(), &infer::Options::default()) {
                Ok(_) => read += 1,
                Err(error) => {
                    assert!(!error.remedy.is_empty(), "{}", error.code);
                    refused += 1;
                }
            }
        }
    }
    assert!(read > 100 && refused > 100, "{read} {refused}");
}

#[test]
fn changed_schemas_are_read_or_refused() {
    let schema = common::load(TEXT).table.schema().to_toml().unwrap();
    let metadata = "{\"METADATA_SPEC_VERSION\":\"SINGLE_TABLE_V1\",\"columns\":{\"a\":{\"sdtype\":\"numerical\"},\
        \"b\":{\"sdtype\":\"datetime\",\"datetime_format\":\"%Y-%m-%d\"}},\"primary_key\":\"a\"}";
    let overrides =
        "[columns]\nx = \"numerical\"\n[[column]]\nname = \"c\"\nkind = \"categorical\"\n";
    let mut whole = 0;
    for good in [schema.as_str(), metadata, overrides] {
        let mut dice = Dice(11);
        for _ in 0..TIMES {
            let bad = mutated(good.as_bytes(), &mut dice);
            let bad = String::from_utf8_lossy(&bad);
            if let Ok(schema) = Schema::from_toml(&bad) {
                let again = Schema::from_toml(&schema.to_toml().unwrap()).unwrap();
                assert_eq!(again, schema);
                whole += 1;
            }
            let _ = Overrides::from_toml(&bad);
            let _ = sdv::from_sdv(&bad, None);
        }
    }
    assert!(whole > 0, "a change in a value is no damage");
}

/// Found by the fuzz target for CSV: twenty-one bytes that were taken for Arrow and given 1.7 GB.
#[test]
fn lengths_that_a_file_does_not_have_are_refused_before_they_are_allocated() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("t.csv");
    let load = |bytes: &[u8]| {
        std::fs::write(&path, bytes).unwrap();
        read::load(&path, &Options::default(), &infer::Options::default())
    };
    let code = |bytes: &[u8]| load(bytes).map(|l| l.table.rows()).map_err(|e| e.code);
    assert_eq!(
        code(b"\xff\xff\xff\xff\xffoid;amourt;coiun"),
        Err("table/bad-arrow")
    );
    assert_eq!(
        code(b"\xff\xff\xff\xff\xff\xff\xff\x7f"),
        Err("table/bad-arrow")
    );
    // A footer, and a block, that are longer than the file.
    let table = common::load(TEXT).table;
    write::write(&path, &table, Format::ArrowIpc).unwrap();
    let mut good = std::fs::read(&path).unwrap();
    assert_eq!(code(&good), Ok(3));
    let end = good.len() - 10;
    good[end..end + 4].copy_from_slice(&i32::MAX.to_le_bytes());
    assert_eq!(code(&good), Err("table/bad-arrow"));
}

/// Found by the fuzz target for Parquet: the footer may say that a batch's body begins where it does not,
/// and what stands there is taken for lengths.
#[test]
fn a_body_that_begins_elsewhere_is_refused_before_it_is_unpacked() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("t.arrow");
    let table = common::load(TEXT.repeat(20)).table;
    write::write(&path, &table, Format::ArrowIpc).unwrap();
    let good = std::fs::read(&path).unwrap();
    let end = good.len() - 10;
    let size = u32::from_le_bytes(good[end..end + 4].try_into().unwrap()) as usize;
    let footer = arrow_ipc::root_as_footer(&good[end - size..end]).unwrap();
    let block = *footer.recordBatches().unwrap().get(0);
    // In a file a block is its offset, two numbers of four bytes, and the length of its body.
    let mut stands = block.offset().to_le_bytes().to_vec();
    stands.extend(block.metaDataLength().to_le_bytes());
    let at = (end - size..end)
        .find(|&at| good[at..].starts_with(&stands))
        .unwrap()
        + 8;
    // The length that stands before the message is not looked at by the reader: none must not hide the rest.
    let size = block.offset() as usize + 4;
    let mut hidden = good.clone();
    hidden[size..size + 4].fill(0);
    let cases = (8..block.metaDataLength()).step_by(8);
    for (good, begins) in cases.flat_map(|begins| [(&good, begins), (&hidden, begins)]) {
        let mut bad = good.clone();
        bad[at..at + 4].copy_from_slice(&begins.to_le_bytes());
        std::fs::write(&path, &bad).unwrap();
        let read = read::load(&path, &Options::default(), &infer::Options::default());
        let code = read.map(|l| l.table.rows()).map_err(|e| e.code);
        assert!(
            matches!(
                code,
                Err("table/bad-arrow" | "table/too-large" | "table/decompression-bomb")
            ),
            "{begins}: {code:?}"
        );
    }
}

//! Writes the seeds of the fuzz targets (`fuzz/`): small good files of each kind to begin from.
#![allow(clippy::expect_used)]

use std::path::Path;
use std::time::Duration;

use verdancy_synth::file::{MANIFEST, WEIGHTS};
use verdancy_synth::protect::Guard;
use verdancy_synth::{Cancel, Config, Method, Mode, Run, TableSize, TrainingData};
use verdancy_table::read::{self, Options};
use verdancy_table::{Format, Table, infer, write};

const CSV: &str = "id;amount;count;date;when;group;flag;note\n\
    A-0001;1,5;3;01.02.2021;2021-03-01T00:15:00Z;north;yes;\"a; \"\"b\"\"\"\n\
    A-0002;2,25;;02.02.2021;2021-03-02T01:15:00Z;south;no;x\n\
    A-0003;;7;28.02.2021;;north;yes;\n";

type Outcome = Result<(), Box<dyn std::error::Error>>;

/// What a child of the service says in a run: an event a line.
const CHILD: &str = r#"{"event":"stage","stage":"read"}
{"event":"loaded","rows":99,"columns":10}
{"event":"divided","train":69,"validation":10,"test":20}
{"event":"warning","code":"table/text-replaced","message":"Drop them with `--text drop`."}
{"event":"relations","rules":["b = 2 a"]}
{"event":"parameters","attempt":1,"config":{"method":"gaussian_copula","shrinkage":0.0}}
{"event":"estimate","seconds":0.5,"bytes":23680}
{"event":"trained","attempt":1,"stop":"completed","completion":{"ran_as_asked":true,"loss_finite":true,"loss_fell":true,"sample_fits_schema":true},"seconds":0.5}
{"event":"sampling","rows":79,"of":79}
{"event":"judged","attempt":1,"verdict":"green","gates":[{"id":"ks_mean","name":"KS statistic, mean","limit":0.1,"at_least":false,"value":0.08,"floor":0.12,"floor_interval":[0.09,0.17],"status":"green","reason":"r"}]}
{"event":"decided","attempt":1,"diagnosis":{"kind":"bad_encoding","tier":"green","cause":"c","evidence":[["ks_mean",0.08]],"columns":["a"],"pairs":[]},"decision":{"action":"stop","changes":[],"warm":false,"why":"w"}}
{"event":"written","folder":"out","names":["run.json"]}
{"event":"first_rows","first":{"columns":["a"],"rows":[["1"]]}}
{"event":"error","code":"table/ragged-row","message":"m","file":"t.csv","line":7,"column":null,"remedy":"Use --rows."}
"#;

fn table() -> Result<Table, verdancy_table::Error> {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("t.csv");
    let mut text = String::from("x,n,c\n");
    for i in 0..60 {
        text += &format!(
            "{},{},{}\n",
            f64::from(i) * 0.37,
            i % 7,
            ["a", "b", "c"][i as usize % 3]
        );
    }
    std::fs::write(&file, text).expect("a file");
    Ok(read::load(&file, &Options::default(), &infer::Options::default())?.table)
}

/// The model in four bytes of length, manifest without its seal, and weights.
fn packed(folder: &Path) -> std::io::Result<Vec<u8>> {
    let manifest = std::fs::read_to_string(folder.join(MANIFEST))?;
    // The seal stands on the second line.
    let body: String = manifest.split_inclusive('\n').skip(2).collect();
    let mut out = (body.len() as u32).to_le_bytes().to_vec();
    out.extend_from_slice(body.as_bytes());
    out.extend(std::fs::read(folder.join(WEIGHTS))?);
    Ok(out)
}

fn main() -> Outcome {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fuzz/seeds");
    for kind in ["csv", "parquet", "schema", "model", "filters", "child"] {
        std::fs::create_dir_all(root.join(kind))?;
    }
    std::fs::write(root.join("csv/one"), CSV)?;
    std::fs::write(root.join("child/one"), CHILD)?;
    let query = "state=queued,cancelled&project=r%20s&actor=b%26c&limit=7&before=";
    std::fs::write(
        root.join("filters/one"),
        format!("{query}{}", "f".repeat(32)),
    )?;
    let table = table()?;
    for (kind, name, format) in [
        ("csv", "two", Format::CSV),
        (
            "csv",
            "three",
            Format::from_path("a.ndjson").ok_or("a format")?,
        ),
        ("parquet", "one", Format::Parquet),
        ("parquet", "two", Format::ArrowIpc),
    ] {
        write::write(root.join(kind).join(name), &table, format)?;
    }
    std::fs::write(root.join("schema/one"), table.schema().to_toml()?)?;
    std::fs::write(
        root.join("schema/two"),
        "[columns]\nx = \"numerical\"\n[[column]]\nname = \"c\"\nkind = \"categorical\"\n",
    )?;
    std::fs::write(
        root.join("schema/three"),
        "{\"METADATA_SPEC_VERSION\":\"SINGLE_TABLE_V1\",\"columns\":{\"x\":{\"sdtype\":\"numerical\"}}}",
    )?;
    for method in Method::ALL {
        let size = TableSize {
            rows: table.rows(),
            columns: 3,
        };
        let mut config = Config::defaults(method, size, Mode::Speed);
        if method == Method::Tabddpm {
            for (name, value) in [("hidden", "16"), ("n_iter", "1"), ("blocks", "1")] {
                // Names that this release does not have stay at their defaults.
                let _ = config.set(name, value);
            }
        }
        let clock = || Duration::ZERO;
        let mut run = Run {
            seed: 1,
            threads: 1,
            cancel: Cancel::default(),
            deadline: None,
            clock: &clock,
            start: None,
            peek: None,
            checkpoint: None,
            listen: &mut |_| {},
        };
        let fitted = config.check(table.schema())?.fit(
            &TrainingData::new(&table, &table.slice(0..12), Guard::default()),
            &mut run,
        )?;
        let folder = tempfile::tempdir()?;
        let model = folder.path().join("model");
        fitted.save(&model)?;
        std::fs::write(root.join("model").join(method.name()), packed(&model)?)?;
    }
    Ok(())
}

//! What the targets share: a file in memory to read from, and a panic hook that lets those panics
//! pass which the readers turn into errors.

use std::path::PathBuf;
use std::sync::OnceLock;

/// A folder that lives as long as the process, in memory where there is such a place.
pub fn folder() -> &'static PathBuf {
    static FOLDER: OnceLock<PathBuf> = OnceLock::new();
    FOLDER.get_or_init(|| {
        let memory = PathBuf::from("/dev/shm");
        let root = if memory.is_dir() {
            memory
        } else {
            std::env::temp_dir()
        };
        let folder = root.join(format!("verdancy-fuzz-{}", std::process::id()));
        std::fs::create_dir_all(&folder).expect("a folder for the input");
        folder
    })
}

/// libFuzzer's hook ends the process at any panic; decoders of damaged files panic, and are caught.
pub fn hook() {
    folder();
    std::panic::set_hook(Box::new(|info| {
        if !verdancy_table::read::panic_is_caught() {
            eprintln!("{info}");
            std::process::abort();
        }
    }));
}

/// Reads `data` as a file of this name, infers a schema, and lays the cells out.
#[allow(dead_code)]
pub fn load(name: &str, data: &[u8]) {
    use verdancy_table::{infer, read};
    let file = folder().join(name);
    std::fs::write(&file, data).expect("the input is written");
    // Bounds as an upload has them, so that slow is not taken for stuck.
    let options = read::Options::default();
    let _ = read::load(&file, &options, &infer::Options::default());
}

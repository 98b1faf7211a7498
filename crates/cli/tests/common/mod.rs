//! Runs the binary in a folder of its own.

use std::path::{Path, PathBuf};
use std::process::Command;

mod table;
#[allow(unused_imports)]
pub use table::table;

/// What a run of the binary left.
#[allow(dead_code)]
pub struct Ran {
    pub code: Option<i32>,
    pub stdout: String,
    pub stderr: String,
}

/// A working folder.
pub struct Place {
    pub folder: tempfile::TempDir,
}

impl Place {
    pub fn new() -> Place {
        Place {
            folder: tempfile::tempdir().unwrap(),
        }
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub fn write(&self, name: &str, bytes: impl AsRef<[u8]>) -> PathBuf {
        let path = self.path(name);
        std::fs::write(&path, bytes).unwrap();
        path
    }

    /// Names in the folder, sorted.
    #[allow(dead_code)]
    pub fn names(&self) -> Vec<String> {
        names(self.folder.path())
    }

    pub fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_verdancy"));
        command
            .args(args)
            .current_dir(self.folder.path())
            .env("NO_COLOR", "1")
            .env("VERDANCY_HISTORY", "off")
            .env_remove("CLICOLOR_FORCE");
        command
    }

    #[allow(dead_code)]
    pub fn run(&self, args: &[&str]) -> Ran {
        let out = self.command(args).output().unwrap();
        Ran {
            code: out.status.code(),
            stdout: String::from_utf8(out.stdout).unwrap(),
            stderr: String::from_utf8(out.stderr).unwrap(),
        }
    }
}

#[allow(dead_code)]
pub fn names(folder: &Path) -> Vec<String> {
    let mut names: Vec<String> = std::fs::read_dir(folder)
        .unwrap()
        .map(|e| e.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}

/// The text with every figure replaced by `#`, blanks and colours of gates evened out.
#[allow(dead_code)]
pub fn redact(text: &str) -> String {
    let mut out = String::new();
    for line in text.lines() {
        let mut last = ' ';
        let mut clean = String::new();
        for c in line.chars() {
            let c = if c.is_ascii_digit() { '#' } else { c };
            let joins = c == '#' && last == '#' || c == ' ' && last == ' ';
            if !joins {
                clean.push(c);
            }
            last = c;
        }
        out += clean.trim();
        out.push('\n');
    }
    out
}

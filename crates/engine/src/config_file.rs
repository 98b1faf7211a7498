//! A method and its parameters as a TOML file: what `tune` writes and `--config` reads.

use std::io::Write;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use verdancy_synth::{Config, Method, Mode};

use crate::{Error, Result};

/// The file: a method, a mode, and parameters over the defaults.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ConfigFile {
    /// Synthesizer; none lets evidence choose.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub method: Option<Method>,
    /// Budget.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mode: Option<Mode>,
    /// The column that says whose row a row is; people are divided by it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub subject: Option<String>,
    /// Parameters by name.
    #[serde(default)]
    pub parameters: toml::Table,
    /// What the parameters were chosen by; kept for the reader, not used.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tuning: Option<toml::Table>,
}

impl ConfigFile {
    /// Every parameter of `config`.
    ///
    /// # Errors
    /// An internal error when it has no TOML form.
    pub fn of(config: &Config, mode: Mode) -> Result<ConfigFile> {
        let mut parameters = toml::Table::try_from(config)
            .map_err(|e| Error::internal("parameters have no TOML form").caused_by(e))?;
        parameters.remove("method");
        Ok(ConfigFile {
            method: Some(config.method()),
            mode: Some(mode),
            subject: None,
            parameters,
            tuning: None,
        })
    }

    /// Reads a file.
    ///
    /// # Errors
    /// `config/unreadable`, `config/format`; names and values of parameters are checked when they
    /// are used.
    pub fn load(path: &Path) -> Result<ConfigFile> {
        let text = std::fs::read_to_string(path).map_err(|e| {
            Error::input(
                "config/unreadable",
                "The configuration cannot be read as text.",
                "Give the path of a readable TOML file.",
            )
            .in_file(path)
            .caused_by(e)
        })?;
        toml::from_str(&text).map_err(|e| {
            Error::input(
                "config/format",
                format!("The configuration is not understood: {}.", e.message()),
                "Write `method`, `mode` and a table [parameters]; `verdancy tune` writes an example.",
            )
            .in_file(path)
            .caused_by(e)
        })
    }

    /// Its parameters as `--set` takes them.
    pub fn settings(&self) -> Vec<(String, String)> {
        let text = |value: &toml::Value| match value {
            toml::Value::String(s) => s.clone(),
            other => other.to_string(),
        };
        (self.parameters.iter())
            .map(|(name, value)| (name.clone(), text(value)))
            .collect()
    }

    /// As text, with a comment above.
    ///
    /// # Errors
    /// An internal error when it has no TOML form.
    pub fn to_text(&self, comment: &str) -> Result<String> {
        let body = toml::to_string(self)
            .map_err(|e| Error::internal("a configuration has no TOML form").caused_by(e))?;
        let head: String = comment.lines().map(|l| format!("# {l}\n")).collect();
        Ok(format!("{head}\n{body}"))
    }
}

/// A file in the making: written beside its place and moved there at the end.
#[derive(Debug)]
pub struct ConfigPlace {
    file: PathBuf,
    staging: tempfile::NamedTempFile,
}

impl ConfigPlace {
    /// Prepares to write `file`, before the work that its content takes.
    ///
    /// # Errors
    /// `engine/output-not-ours` when another file is there, `engine/output-not-writable`.
    pub fn prepare(file: &Path) -> Result<ConfigPlace> {
        if file.exists() && ConfigFile::load(file).is_err() {
            return Err(Error::input(
                "engine/output-not-ours",
                "The output is there already and is not a configuration.",
                "Choose another file with --output.",
            )
            .in_file(file));
        }
        let folder = match file.parent() {
            Some(p) if !p.as_os_str().is_empty() => p,
            _ => Path::new("."),
        };
        let staging = tempfile::NamedTempFile::new_in(folder);
        Ok(ConfigPlace {
            file: file.to_path_buf(),
            staging: staging.map_err(|e| not_writable(file, e))?,
        })
    }

    /// Writes the text and moves it into place.
    ///
    /// # Errors
    /// `engine/output-not-writable`.
    pub fn commit(mut self, text: &str) -> Result<()> {
        self.staging
            .write_all(text.as_bytes())
            .map_err(|e| not_writable(&self.file, e))?;
        let moved = self.staging.persist(&self.file);
        moved.map_err(|e| not_writable(&self.file, e.error))?;
        Ok(())
    }
}

fn not_writable(file: &Path, cause: std::io::Error) -> Error {
    Error::environment(
        "engine/output-not-writable",
        "The output file cannot be written.",
        "Choose another file with --output, or change the permissions of its folder.",
    )
    .in_file(file)
    .caused_by(cause)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use verdancy_synth::TableSize;

    use super::*;

    #[test]
    fn what_is_written_is_read_back_into_the_same_parameters() {
        let size = TableSize {
            rows: 500,
            columns: 9,
        };
        for method in Method::ALL {
            let mut config = Config::defaults(method, size, Mode::Speed);
            if method == Method::Tabddpm {
                config.set("learning_rate", "0.00213").unwrap();
                config.set("process", "multinomial").unwrap();
            }
            let folder = tempfile::tempdir().unwrap();
            let path = folder.path().join("c.toml");
            let text = ConfigFile::of(&config, Mode::Speed)
                .unwrap()
                .to_text("Two\nlines")
                .unwrap();
            std::fs::write(&path, text).unwrap();
            let back = ConfigFile::load(&path).unwrap();
            let mut again = Config::defaults(back.method.unwrap(), size, Mode::Quality);
            for (name, value) in back.settings() {
                again.set(&name, &value).unwrap();
            }
            assert_eq!(again, config);
        }
    }

    #[test]
    fn only_a_configuration_is_replaced() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("c.toml");
        let place = ConfigPlace::prepare(&path).unwrap();
        assert!(!path.exists(), "nothing before the end");
        place.commit("method = \"tabddpm\"").unwrap();
        ConfigPlace::prepare(&path).unwrap().commit("").unwrap();
        std::fs::write(&path, "age,sex\n1,2\n").unwrap();
        let refused = ConfigPlace::prepare(&path).unwrap_err().code;
        assert_eq!(refused, "engine/output-not-ours");
        let left = std::fs::read_dir(folder.path()).unwrap().count();
        assert_eq!(left, 1, "no temporary file is left");
    }

    #[test]
    fn what_is_not_a_configuration_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("c.toml");
        assert_eq!(
            ConfigFile::load(&path).unwrap_err().code,
            "config/unreadable"
        );
        std::fs::write(&path, "methd = \"tabddpm\"").unwrap();
        assert_eq!(ConfigFile::load(&path).unwrap_err().code, "config/format");
    }
}

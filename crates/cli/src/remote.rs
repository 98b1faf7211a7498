//! Addresses of object stores in the place of paths: what a command reads is brought here before it begins,
//! and what it wrote is taken there when it is done.

use std::path::{Path, PathBuf};

use verdancy_engine::{Result, owned};
use verdancy_stores::Places;

use crate::args::{Cli, Command, STANDARD, Source};

/// Bytes of a schema, of metadata or of a run's record.
const TEXT: u64 = 64 << 20;

/// Carries out `work` on local stand-ins of the addresses that `cli` names.
///
/// # Errors
/// Those of `work`, and `stores/*`.
pub fn carry(mut cli: Cli, work: impl FnOnce(&Cli) -> Result<u8>) -> Result<u8> {
    let mut places = Places::default();
    bring(&mut cli, &mut places).map_err(|e| places.said(e))?;
    cli.shown.names = places.names().to_vec();
    let code = work(&cli).map_err(|e| places.said(e))?;
    places.publish()?;
    Ok(code)
}

/// Puts local paths in the place of addresses.
fn bring(cli: &mut Cli, places: &mut Places) -> Result<()> {
    match &mut cli.command {
        Command::Synth(args) => {
            let most = source(&mut args.source, places)?;
            named(&mut args.output, &args.data, "stdin-synthetic");
            file(&mut args.data, places, most)?;
            maybe(&mut args.holdout, places, most)?;
            maybe(&mut args.model.config, places, TEXT)?;
            folder(&mut args.output, places)
        }
        Command::Inspect(args) => {
            let most = source(&mut args.source, places)?;
            file(&mut args.data, places, most)?;
            maybe(&mut args.model.config, places, TEXT)
        }
        Command::Fit(args) => {
            let most = source(&mut args.source, places)?;
            named(&mut args.output, &args.data, "stdin-model");
            file(&mut args.data, places, most)?;
            maybe(&mut args.model.config, places, TEXT)?;
            folder(&mut args.output, places)
        }
        Command::Sample(args) => {
            args.model = places.model(&args.model)?;
            maybe(
                &mut args.given,
                places,
                verdancy_table::read::Limits::default().bytes,
            )?;
            if args.output.as_os_str() != STANDARD {
                args.output = places.output(&args.output)?;
            }
            Ok(())
        }
        Command::Impute(args) => {
            let most = source(&mut args.source, places)?;
            file(&mut args.data, places, most)?;
            args.output = places.output(&args.output)?;
            Ok(())
        }
        Command::Evaluate(args) => {
            let most = source(&mut args.source, places)?;
            file(&mut args.synthetic, places, most)?;
            file(&mut args.train, places, most)?;
            maybe(&mut args.holdout, places, most)?;
            folder(&mut args.output, places)
        }
        Command::Explain(args) => {
            if args.run.to_string_lossy().contains("://") && !args.run.ends_with("run.json") {
                args.run.push("run.json");
            }
            file(&mut args.run, places, TEXT)
        }
        Command::Tune(args) => {
            let most = source(&mut args.source, places)?;
            named(&mut args.output, &args.data, "stdin-tuned.toml");
            file(&mut args.data, places, most)?;
            if let Some(output) = &mut args.output {
                *output = places.output(output)?;
            }
            Ok(())
        }
        Command::Child | Command::Params(_) => Ok(()),
        #[cfg(feature = "server")]
        Command::Serve(_) | Command::Worker(_) => Ok(()),
    }
}

/// What is said of a table, and how many bytes it may have.
fn source(source: &mut Source, places: &mut Places) -> Result<u64> {
    maybe(&mut source.schema, places, TEXT)?;
    maybe(&mut source.metadata, places, TEXT)?;
    Ok(source.bounds.limits().bytes)
}

/// A name for what is made of standard input, which has none.
fn named(output: &mut Option<PathBuf>, data: &Path, name: &str) {
    if data.as_os_str() == STANDARD && output.is_none() {
        *output = Some(PathBuf::from(name));
    }
}

fn file(path: &mut PathBuf, places: &mut Places, most: u64) -> Result<()> {
    *path = match path.as_os_str() == STANDARD {
        true => places.stream(&mut std::io::stdin().lock(), most)?,
        false => places.file(path, most)?,
    };
    Ok(())
}

fn maybe(path: &mut Option<PathBuf>, places: &mut Places, most: u64) -> Result<()> {
    path.as_mut()
        .map_or(Ok(()), |path| file(path, places, most))
}

fn folder(path: &mut Option<PathBuf>, places: &mut Places) -> Result<()> {
    if let Some(path) = path {
        *path = places.folder(path, owned)?;
    }
    Ok(())
}

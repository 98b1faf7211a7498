//! Work on tables wherever they are: addresses of object stores are brought here before it begins.

use std::path::{Path, PathBuf};

use verdancy_engine::Input;
use verdancy_stores::Places;
use verdancy_table::Result;

/// Carries out `work` with the places that it reads and writes, publishes what it wrote, and says errors in
/// the words of who gave the addresses.
///
/// # Errors
/// Those of `work`, and `stores/*`.
pub fn with_places<T>(work: impl FnOnce(&mut Places) -> Result<T>) -> Result<T> {
    let mut places = Places::default();
    let done = work(&mut places).map_err(|e| places.said(e))?;
    places.publish()?;
    Ok(done)
}

/// The table, on this machine.
pub fn brought(input: Input, places: &mut Places, most: u64) -> Result<Input> {
    Ok(match input {
        Input::File(path) => Input::File(places.file(&path, most)?),
        cells @ Input::Cells(_) => cells,
    })
}

/// A folder or file to write, on this machine.
pub fn folder(path: &str, places: &mut Places) -> Result<PathBuf> {
    // What a run and what a model writes.
    let ours = |name: &str| {
        verdancy_engine::owned(name) || ["manifest.json", "weights.safetensors"].contains(&name)
    };
    places.folder(Path::new(path), ours)
}

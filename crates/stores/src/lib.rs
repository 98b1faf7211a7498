//! Tables, models and results in object stores: `s3://`, `gs://`, `az://` and their kin, `https://` to read, and
//! `file://`. Everything else in Verdancy works on local files; [`Places`] brings what an address names to a
//! private temporary folder and, at the end, takes what was written there to where it belongs.
//!
//! Credentials come from the environment only, under the names that each store's own tools use
//! (`AWS_ACCESS_KEY_ID`, `AZURE_STORAGE_ACCOUNT_NAME`, `GOOGLE_APPLICATION_CREDENTIALS`, ...).
//!
//! A folder that is being written is recognised as finished by its last file (`run.json`, or a model's
//! `manifest.json`), which is uploaded last; when an upload fails, what it left is taken away again.

mod address;
mod places;
mod publish;
mod remote;

pub use address::Address;
pub use places::Places;

pub(crate) use verdancy_table::Result;

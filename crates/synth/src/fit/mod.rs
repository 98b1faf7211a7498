//! From what a user may set to what can sample: [`Config`] is checked and becomes [`Checked`], which is fitted in a [`Run`]
//! and becomes [`Fitted`]. These know each other: a run may go on from a fitted model, and a fitted model says with which
//! configuration it was fitted. Methods know none of them; a [`Config`] reaches its method through
//! [`Recipe`](crate::recipe::Recipe).

mod checked;
mod config;
mod fitted;
mod manifest;
mod run;

pub use checked::Checked;
pub use config::{Config, Method};
pub use fitted::Fitted;
pub(crate) use manifest::Manifest;
pub use run::Run;

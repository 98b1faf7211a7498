//! What stands in a provider's place in a build without the feature `oidc`: nobody signs in with it, and a service
//! that is given rules does not start.

use super::{Leaving, Person, Refusal, Rules};
use crate::{Error, Result};

/// None.
#[derive(Debug)]
pub(crate) enum Provider {}

impl Provider {
    pub fn new(_: Rules) -> Result<Provider> {
        Err(Error::input(
            "server/no-oidc",
            "This build has no sign-in with OpenID Connect.",
            "Build it with the feature `oidc`, or leave out --oidc.",
        ))
    }

    pub fn rules(&self) -> &Rules {
        match *self {}
    }

    pub async fn leaving(&self) -> std::result::Result<Leaving, Refusal> {
        match *self {}
    }

    pub async fn way_out(&self) -> Option<String> {
        match *self {}
    }

    pub async fn person(
        &self,
        _: String,
        _: String,
        _: String,
    ) -> std::result::Result<Person, Refusal> {
        match *self {}
    }
}

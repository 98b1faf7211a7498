//! Sign-in with OpenID Connect: the authorization code flow with PKCE, `state` and `nonce`. A provider says who
//! someone is and which groups they belong to; a file says what each group may do here. Passwords, second
//! factors and leavers are the provider's. What follows is a session like those of keys ([`crate::sessions`]).

mod flow;
#[cfg(feature = "oidc")]
mod provider;
mod rules;
#[cfg(all(test, feature = "oidc"))]
mod tests;
#[cfg(not(feature = "oidc"))]
mod without;

pub(crate) use flow::{back, choose, projects, start, sweep};
#[cfg(feature = "oidc")]
pub(crate) use provider::Provider;
pub use rules::Rules;
#[cfg(not(feature = "oidc"))]
pub(crate) use without::Provider;

/// What a browser takes along to the provider, and what is remembered of it.
pub(crate) struct Leaving {
    /// The address at the provider.
    pub address: String,
    /// Comes back with the browser.
    pub state: String,
    /// Comes back in the ID token.
    pub nonce: String,
    /// Proves to the provider that the code comes from whoever asked for it.
    pub verifier: String,
}

/// Someone the provider knows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Person {
    /// What they are called in the audit log and on pages.
    pub name: String,
    /// What tells them from all others.
    pub subject: String,
    /// Their groups.
    pub groups: Vec<String>,
}

/// Why a sign-in did not come about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Refusal {
    /// The provider does not answer, or not as OpenID Connect says.
    #[cfg_attr(not(feature = "oidc"), allow(dead_code))]
    Unreachable,
    /// What it said does not hold; the word is for the log.
    Untrue(&'static str),
}

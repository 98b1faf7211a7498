//! Sign-in with OpenID Connect: the authorization code flow with PKCE, `state` and `nonce`. A provider says who
//! someone is and which groups they belong to; a file says what each group may do here. Passwords, second
//! factors and leavers are the provider's. What follows is a session like those of keys ([`crate::sessions`]).

#[cfg(feature = "oidc")]
mod provider;
mod rules;
#[cfg(all(test, feature = "oidc"))]
mod tests;
#[cfg(not(feature = "oidc"))]
mod without;

#[cfg(feature = "oidc")]
pub(crate) use provider::Provider;
pub use rules::Rules;
#[cfg(not(feature = "oidc"))]
pub(crate) use without::Provider;

use axum::http::StatusCode;

use crate::problem::Problem;

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

fn unreachable() -> Problem {
    Problem {
        retry_after: Some(10),
        ..Problem::new(
            StatusCode::SERVICE_UNAVAILABLE,
            "server/no-provider",
            "The identity provider does not answer as OpenID Connect says.",
            "Try again, or sign in with an API key.",
        )
    }
}

impl From<Refusal> for Problem {
    fn from(refusal: Refusal) -> Problem {
        match refusal {
            Refusal::Unreachable => {
                eprintln!("error [server/no-provider] sign-in with OpenID Connect");
                unreachable()
            }
            Refusal::Untrue(what) => {
                eprintln!("error [server/sign-in-refused] sign-in with OpenID Connect: {what}");
                Problem::new(
                    StatusCode::UNAUTHORIZED,
                    "server/sign-in-refused",
                    "The identity provider did not sign you in, or what it says of you does not hold.",
                    "Sign in again; the service's log has the reason.",
                )
            }
        }
    }
}

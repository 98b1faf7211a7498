//! The provider: found by discovery, asked over HTTPS, believed only where its signature, issuer, audience, time and
//! nonce hold. What it answers is bounded; nothing of it is told in errors or logs.

use std::collections::HashMap;
use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use openidconnect::core::{
    CoreAuthDisplay, CoreAuthPrompt, CoreAuthenticationFlow, CoreErrorResponseType,
    CoreGenderClaim, CoreJsonWebKey, CoreJweContentEncryptionAlgorithm, CoreJwsSigningAlgorithm,
    CoreRevocableToken, CoreRevocationErrorResponse, CoreTokenIntrospectionResponse, CoreTokenType,
};
use openidconnect::{
    AdditionalClaims, AsyncHttpClient, AuthenticationContextClass, AuthorizationCode,
    ClaimsVerificationError, Client, ClientId, ClientSecret, CsrfToken, EmptyExtraTokenFields,
    EndpointMaybeSet, EndpointNotSet, EndpointSet, HttpRequest, HttpResponse, IdToken,
    IdTokenClaims, IdTokenFields, IssuerUrl, LogoutRequest, Nonce, OAuth2TokenResponse,
    PkceCodeChallenge, PkceCodeVerifier, PostLogoutRedirectUrl, ProviderMetadataWithLogout,
    RedirectUrl, Scope, SignatureVerificationError, StandardErrorResponse, StandardTokenResponse,
    TokenResponse, UserInfoClaims,
};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::rules::is_safe;
use super::{Leaving, Person, Refusal, Rules};
use crate::names::label;
use crate::{Error, Result};

/// Bytes of an answer.
const ANSWER: usize = 1 << 20;
/// Time for an answer.
const PATIENCE: Duration = Duration::from_secs(10);
/// Time for it when somebody leaves.
const LEAVING: Duration = Duration::from_secs(3);
/// Time for which what a provider says of itself and of its keys is kept.
const KNOWN: Duration = Duration::from_secs(3600);
/// Time between two questions for its keys.
const AGAIN: Duration = Duration::from_secs(10);
/// Groups that are looked at.
const GROUPS: usize = 1000;

/// The claims that OpenID Connect has no name for.
#[derive(Debug, Clone, Deserialize, Serialize)]
struct Further(HashMap<String, Value>);

impl AdditionalClaims for Further {}

type Token =
    IdToken<Further, CoreGenderClaim, CoreJweContentEncryptionAlgorithm, CoreJwsSigningAlgorithm>;
type Fields = IdTokenFields<
    Further,
    EmptyExtraTokenFields,
    CoreGenderClaim,
    CoreJweContentEncryptionAlgorithm,
    CoreJwsSigningAlgorithm,
>;
type Relying = Client<
    Further,
    CoreAuthDisplay,
    CoreGenderClaim,
    CoreJweContentEncryptionAlgorithm,
    CoreJsonWebKey,
    CoreAuthPrompt,
    StandardErrorResponse<CoreErrorResponseType>,
    StandardTokenResponse<Fields, CoreTokenType>,
    CoreTokenIntrospectionResponse,
    CoreRevocableToken,
    CoreRevocationErrorResponse,
    EndpointSet,
    EndpointNotSet,
    EndpointNotSet,
    EndpointNotSet,
    EndpointMaybeSet,
    EndpointMaybeSet,
>;

/// What signs an ID token: a key that the provider alone has. A secret that both know, or none, does not.
const SIGNED: [CoreJwsSigningAlgorithm; 9] = [
    CoreJwsSigningAlgorithm::RsaSsaPkcs1V15Sha256,
    CoreJwsSigningAlgorithm::RsaSsaPkcs1V15Sha384,
    CoreJwsSigningAlgorithm::RsaSsaPkcs1V15Sha512,
    CoreJwsSigningAlgorithm::RsaSsaPssSha256,
    CoreJwsSigningAlgorithm::RsaSsaPssSha384,
    CoreJwsSigningAlgorithm::RsaSsaPssSha512,
    CoreJwsSigningAlgorithm::EcdsaP256Sha256,
    CoreJwsSigningAlgorithm::EcdsaP384Sha384,
    CoreJwsSigningAlgorithm::EdDsa,
];

/// Requests to the provider.
#[derive(Debug)]
struct Http(reqwest::Client);

impl<'c> AsyncHttpClient<'c> for Http {
    type Error = std::io::Error;
    type Future =
        Pin<Box<dyn Future<Output = std::result::Result<HttpResponse, Self::Error>> + Send + 'c>>;

    fn call(&'c self, request: HttpRequest) -> Self::Future {
        Box::pin(async move {
            if !is_safe(&request.uri().to_string()) {
                return Err(std::io::Error::other("an address without TLS"));
            }
            let request = request.try_into().map_err(std::io::Error::other)?;
            let mut answer = (self.0.execute(request).await).map_err(std::io::Error::other)?;
            let (status, headers) = (answer.status(), answer.headers().clone());
            let mut body = Vec::new();
            while let Some(chunk) = answer.chunk().await.map_err(std::io::Error::other)? {
                body.extend_from_slice(&chunk);
                if body.len() > ANSWER {
                    return Err(std::io::Error::other("an answer that is too long"));
                }
            }
            let mut response = HttpResponse::new(body);
            (*response.status_mut(), *response.headers_mut()) = (status, headers);
            Ok(response)
        })
    }
}

/// A provider, and what it said of itself.
#[derive(Debug)]
pub(crate) struct Provider {
    rules: Rules,
    http: Http,
    known: Mutex<Option<(Instant, Arc<ProviderMetadataWithLogout>)>>,
}

impl Provider {
    /// A provider that is asked nothing yet.
    ///
    /// # Errors
    /// `server/bad-oidc`.
    pub fn new(rules: Rules) -> Result<Provider> {
        // Fails when it is named already, which is as well.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let redirect = RedirectUrl::new(back(&rules)).is_ok();
        let issuer = IssuerUrl::new(rules.issuer.clone()).is_ok();
        let http = reqwest::Client::builder()
            .redirect(reqwest::redirect::Policy::none())
            .timeout(PATIENCE)
            .build()
            .ok()
            .filter(|_| redirect && issuer);
        let http = http.ok_or_else(|| {
            Error::input(
                "server/bad-oidc",
                "The settings of OpenID Connect cannot be used: an address is none.",
                "See “OpenID Connect” in docs/server.md.",
            )
        })?;
        Ok(Provider {
            rules,
            http: Http(http),
            known: Mutex::default(),
        })
    }

    pub fn rules(&self) -> &Rules {
        &self.rules
    }

    /// What is known becomes so old that it may be asked for again.
    #[cfg(test)]
    pub fn grow_old(&self) {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((at, _)) = &mut *known {
            *at = at.checked_sub(2 * AGAIN).unwrap_or(*at);
        }
    }

    /// What the provider says of itself, no older than `age`.
    async fn metadata(
        &self,
        age: Duration,
    ) -> std::result::Result<Arc<ProviderMetadataWithLogout>, Refusal> {
        let known = || self.known.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((at, metadata)) = &*known()
            && at.elapsed() < age
        {
            return Ok(metadata.clone());
        }
        let issuer = IssuerUrl::new(self.rules.issuer.clone());
        let issuer = issuer.map_err(|_| Refusal::Unreachable)?;
        let found = ProviderMetadataWithLogout::discover_async(issuer, &self.http).await;
        let found = Arc::new(found.map_err(|_| Refusal::Unreachable)?);
        *known() = Some((Instant::now(), found.clone()));
        Ok(found)
    }

    fn relying(
        &self,
        metadata: &ProviderMetadataWithLogout,
    ) -> std::result::Result<Relying, Refusal> {
        let back = RedirectUrl::new(back(&self.rules)).map_err(|_| Refusal::Unreachable)?;
        let id = ClientId::new(self.rules.client_id.clone());
        let secret = self.rules.secret.clone().map(ClientSecret::new);
        Ok(Relying::from_provider_metadata(metadata.clone(), id, secret).set_redirect_uri(back))
    }

    /// The way to the provider.
    pub async fn leaving(&self) -> std::result::Result<Leaving, Refusal> {
        let metadata = self.metadata(KNOWN).await?;
        let relying = self.relying(&metadata)?;
        let (challenge, verifier) = PkceCodeChallenge::new_random_sha256();
        let mut request = relying
            .authorize_url(
                CoreAuthenticationFlow::AuthorizationCode,
                CsrfToken::new_random,
                Nonce::new_random,
            )
            .set_pkce_challenge(challenge)
            .add_scopes(self.rules.scopes.iter().cloned().map(Scope::new));
        for class in &self.rules.acr {
            request =
                request.add_auth_context_value(AuthenticationContextClass::new(class.clone()));
        }
        let (address, state, nonce) = request.url();
        if !is_safe(address.as_str()) {
            return Err(Refusal::Unreachable);
        }
        Ok(Leaving {
            address: address.into(),
            state: state.into_secret(),
            nonce: nonce.secret().clone(),
            verifier: verifier.into_secret(),
        })
    }

    /// The way to the provider's own sign-out, which leads back to the sign-in here; none where it names none, or does
    /// not answer soon. No ID token is kept to be shown there: the provider may ask the person.
    pub async fn way_out(&self) -> Option<String> {
        let metadata = tokio::time::timeout(LEAVING, self.metadata(KNOWN)).await;
        let end = (metadata.ok()?.ok()?.additional_metadata())
            .end_session_endpoint
            .clone()?;
        let back = PostLogoutRedirectUrl::new(format!("{}/login", self.rules.address)).ok()?;
        let address = LogoutRequest::from(end)
            .set_client_id(ClientId::new(self.rules.client_id.clone()))
            .set_post_logout_redirect_uri(back)
            .http_get_url();
        Some(String::from(address)).filter(|address| is_safe(address))
    }

    /// Whoever came back with `code`.
    pub async fn person(
        &self,
        code: String,
        verifier: String,
        nonce: String,
    ) -> std::result::Result<Person, Refusal> {
        let metadata = self.metadata(KNOWN).await?;
        let relying = self.relying(&metadata)?;
        let answer = relying
            .exchange_code(AuthorizationCode::new(code))
            .map_err(|_| Refusal::Unreachable)?
            .set_pkce_verifier(PkceCodeVerifier::new(verifier))
            .request_async(&self.http)
            .await
            .map_err(|e| match e {
                openidconnect::RequestTokenError::ServerResponse(_) => Refusal::Untrue("code"),
                openidconnect::RequestTokenError::Request(_) => Refusal::Unreachable,
                _ => Refusal::Untrue("answer"),
            })?;
        let token = answer.id_token().ok_or(Refusal::Untrue("no ID token"))?;
        let nonce = Nonce::new(nonce);
        let claims = match read(&relying, token, &nonce) {
            // It may have changed its keys since it was asked for them.
            Err(Refusal::Untrue(KEY)) => {
                let metadata = self.metadata(AGAIN).await?;
                read(&self.relying(&metadata)?, token, &nonce)?
            }
            read => read?,
        };
        let class = claims.auth_context_ref().map(|class| class.as_str());
        if !self.rules.acr.is_empty() && !self.rules.acr.iter().any(|c| class == Some(c)) {
            return Err(Refusal::Untrue("class of authentication"));
        }
        let mut groups = in_claims(&claims.additional_claims().0, &self.rules.claim);
        if groups.is_none() && relying.user_info_url().is_some() {
            let asked = relying.user_info(
                answer.access_token().clone(),
                Some(claims.subject().clone()),
            );
            let asked = asked.map_err(|_| Refusal::Unreachable)?;
            let more: UserInfoClaims<Further, CoreGenderClaim> = (asked.request_async(&self.http))
                .await
                .map_err(|_| Refusal::Untrue("user info"))?;
            groups = in_claims(&more.additional_claims().0, &self.rules.claim);
        }
        Ok(person(&self.rules, claims, groups.unwrap_or_default()))
    }
}

/// Where the provider sends browsers back to.
fn back(rules: &Rules) -> String {
    format!("{}/login/oidc/back", rules.address)
}

/// The word for an unknown key.
const KEY: &str = "key";

/// The claims of a token that holds.
fn read<'t>(
    relying: &Relying,
    token: &'t Token,
    nonce: &Nonce,
) -> std::result::Result<&'t IdTokenClaims<Further, CoreGenderClaim>, Refusal> {
    let verifier = relying.id_token_verifier().set_allowed_algs(SIGNED);
    token.claims(&verifier, nonce).map_err(|e| {
        Refusal::Untrue(match e {
            ClaimsVerificationError::Expired(_) => "time",
            ClaimsVerificationError::InvalidAudience(_) => "audience",
            ClaimsVerificationError::InvalidIssuer(_) => "issuer",
            ClaimsVerificationError::InvalidNonce(_) => "nonce",
            ClaimsVerificationError::SignatureVerification(
                SignatureVerificationError::NoMatchingKey,
            ) => KEY,
            ClaimsVerificationError::SignatureVerification(_) => "signature",
            _ => "token",
        })
    })
}

/// The texts of a claim, which may be inside others; none where there is no such claim.
fn in_claims(claims: &HashMap<String, Value>, path: &str) -> Option<Vec<String>> {
    let found = claims.get(path).or_else(|| {
        let mut parts = path.split('.');
        let first = claims.get(parts.next()?)?;
        parts.try_fold(first, |value, part| value.get(part))
    })?;
    let text = |value: &Value| value.as_str().map(str::to_owned);
    Some(match found {
        Value::Array(all) => all.iter().filter_map(text).take(GROUPS).collect(),
        one => text(one).into_iter().collect(),
    })
}

/// A person by name; what the provider lets people choose is followed by what they cannot.
fn person(
    rules: &Rules,
    claims: &IdTokenClaims<Further, CoreGenderClaim>,
    groups: Vec<String>,
) -> Person {
    let subject = format!("{}#{}", rules.issuer, claims.subject().as_str());
    let subject = blake3::derive_key("verdancy 2026 people", subject.as_bytes());
    let subject = blake3::Hash::from_bytes(subject).to_hex().to_string();
    let known = (claims.preferred_username().map(|n| n.as_str()))
        .or_else(|| claims.email().map(|e| e.as_str()))
        .unwrap_or("person");
    Person {
        name: format!("{} ({})", label(known), &subject[..8]),
        subject,
        groups,
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn groups_are_a_text_a_list_or_inside_another_claim() {
        let claims = serde_json::json!({ "one": "a", "list": ["a", 1, "b"], "a.b": "plain",
            "realm_access": { "roles": ["r"] }, "https://x.example/groups": ["n"], "none": 1 });
        let claims: HashMap<String, Value> = serde_json::from_value(claims).unwrap();
        let of = |path: &str| in_claims(&claims, path).map(|all| all.join(","));
        assert_eq!(of("one").as_deref(), Some("a"));
        assert_eq!(of("list").as_deref(), Some("a,b"));
        assert_eq!(of("a.b").as_deref(), Some("plain"));
        assert_eq!(of("realm_access.roles").as_deref(), Some("r"));
        assert_eq!(of("https://x.example/groups").as_deref(), Some("n"));
        assert_eq!(of("none").as_deref(), Some(""));
        assert_eq!(of("other"), None);
        assert_eq!(of("one.a"), None);
    }
}

//! A small OpenID Connect provider: discovery, keys, and the authorization code flow with PKCE, as the
//! specifications say. It signs whoever comes in as the person that a test names. What a test wants to be wrong with
//! its ID tokens is wrong in one point; all else about them is right.

use std::collections::HashMap;
use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{SystemTime, UNIX_EPOCH};

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use ring::rand::SystemRandom;
use ring::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair};
use rsa::pkcs1v15::SigningKey;
use rsa::signature::{SignatureEncoding, Signer};
use rsa::traits::PublicKeyParts;
use serde_json::{Value, json};

/// What is wrong with the ID tokens.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// Nothing.
    None,
    /// They are for another nonce.
    Nonce,
    /// They are for another client.
    Audience,
    /// They are another provider's.
    Issuer,
    /// They are over.
    Expired,
    /// They are signed with a key that the provider does not publish.
    UnknownKey,
    /// They are signed with another key than they say.
    Forged,
    /// They are signed with the client's secret.
    SharedSecret,
    /// They are not signed.
    Unsigned,
}

/// How the tokens are signed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Signing {
    /// RSA with SHA-256.
    Rs256,
    /// ECDSA on P-256.
    Es256,
}

/// Who comes in, and how the provider is.
#[derive(Debug, Clone)]
pub struct Manner {
    /// The subject.
    pub subject: String,
    /// Further claims of the ID token.
    pub claims: Value,
    /// Claims that are told by the user info endpoint only.
    pub user_info: Value,
    /// What is wrong.
    pub fault: Fault,
    /// How tokens are signed.
    pub signing: Signing,
    /// False for who is turned away at the provider.
    pub admits: bool,
    /// True when it names an address at which people sign out.
    pub ends: bool,
}

/// A code that was handed out.
struct Handed {
    redirect: String,
    challenge: String,
    nonce: String,
}

struct State {
    issuer: String,
    client: String,
    secret: String,
    manner: Manner,
    codes: HashMap<String, Handed>,
    /// Requests so far, by path.
    asked: HashMap<String, u32>,
    /// The name of the key that is in use.
    kid: u32,
    keys: Keys,
    others: Keys,
}

struct Keys {
    rsa: rsa::RsaPrivateKey,
    ec: EcdsaKeyPair,
}

fn broken<E: std::fmt::Debug>(error: E) -> io::Error {
    io::Error::other(format!("{error:?}"))
}

impl Keys {
    fn new() -> io::Result<Keys> {
        let random = SystemRandom::new();
        let ec = EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &random);
        let ec = ec.map_err(broken)?;
        let ec = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, ec.as_ref(), &random);
        Ok(Keys {
            rsa: rsa::RsaPrivateKey::new(&mut rsa::rand_core::OsRng, 2048).map_err(broken)?,
            ec: ec.map_err(broken)?,
        })
    }
}

/// A provider that ends with the test.
pub struct Provider {
    state: Arc<Mutex<State>>,
    address: SocketAddr,
}

impl Provider {
    /// A provider that knows one client.
    ///
    /// # Errors
    /// When there is no port or no key.
    pub fn start(client: &str, secret: &str) -> io::Result<Provider> {
        let listener = TcpListener::bind(("127.0.0.1", 0))?;
        let address = listener.local_addr()?;
        let state = Arc::new(Mutex::new(State {
            issuer: format!("http://{address}/realm"),
            client: client.to_owned(),
            secret: secret.to_owned(),
            manner: Manner {
                subject: "1234".to_owned(),
                claims: json!({}),
                user_info: json!({}),
                fault: Fault::None,
                signing: Signing::Es256,
                admits: true,
                ends: false,
            },
            codes: HashMap::new(),
            asked: HashMap::new(),
            kid: 1,
            keys: Keys::new()?,
            others: Keys::new()?,
        }));
        let shared = state.clone();
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let shared = shared.clone();
                // A client that goes away is nobody's fault.
                std::thread::spawn(move || drop(served(&stream, &shared)));
            }
        });
        Ok(Provider { state, address })
    }

    fn with<T>(&self, what: impl FnOnce(&mut State) -> T) -> T {
        what(&mut self.state.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// The address that it is known by.
    pub fn issuer(&self) -> String {
        self.with(|state| state.issuer.clone())
    }

    /// Changes who comes in, or how it is.
    pub fn set(&self, change: impl FnOnce(&mut Manner)) {
        self.with(|state| change(&mut state.manner));
    }

    /// Signs with new keys from now on, and publishes those only.
    ///
    /// # Errors
    /// When there is no key.
    pub fn rotate(&self) -> io::Result<()> {
        let keys = Keys::new()?;
        self.with(|state| (state.keys, state.kid) = (keys, state.kid + 1));
        Ok(())
    }

    /// How often a path was asked for.
    pub fn asked(&self, path: &str) -> u32 {
        self.with(|state| state.asked.get(path).copied().unwrap_or(0))
    }

    /// What a browser does that is sent there: it comes back with an address of the service.
    ///
    /// # Errors
    /// When the provider does not send it back.
    pub fn visit(&self, address: &str) -> io::Result<String> {
        let start = format!("http://{}", self.address);
        let path = address
            .strip_prefix(&start)
            .ok_or(io::ErrorKind::InvalidInput)?;
        let mut stream = TcpStream::connect(self.address)?;
        write!(
            stream,
            "GET {path} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n"
        )?;
        let mut answer = String::new();
        stream.read_to_string(&mut answer)?;
        let found = answer
            .lines()
            .find_map(|line| line.strip_prefix("location: "));
        found
            .map(str::to_owned)
            .ok_or_else(|| io::Error::other(answer))
    }
}

/// A text of a form without its escapes.
fn decoded(text: &str) -> String {
    let (mut out, bytes) = (Vec::new(), text.as_bytes());
    let mut at = 0;
    while at < bytes.len() {
        let hex = text.get(at + 1..at + 3);
        let hex = hex.and_then(|hex| u8::from_str_radix(hex, 16).ok());
        match (bytes[at], hex) {
            (b'%', Some(byte)) => {
                out.push(byte);
                at += 2;
            }
            (b'+', _) => out.push(b' '),
            (byte, _) => out.push(byte),
        }
        at += 1;
    }
    String::from_utf8_lossy(&out).into_owned()
}

/// The pairs of a query or a form.
fn pairs(text: &str) -> HashMap<String, String> {
    (text.split('&').filter_map(|pair| pair.split_once('=')))
        .map(|(name, value)| (decoded(name), decoded(value)))
        .collect()
}

/// Client and secret of a request, each escaped before both were encoded (RFC 6749, 2.3.1).
fn credentials(authorization: &str) -> Option<(String, String)> {
    let bytes = STANDARD
        .decode(authorization.strip_prefix("Basic ")?)
        .ok()?;
    let text = String::from_utf8(bytes).ok()?;
    let (client, secret) = text.split_once(':')?;
    Some((decoded(client), decoded(secret)))
}

fn served(stream: &TcpStream, shared: &Mutex<State>) -> io::Result<()> {
    let mut reader = BufReader::new(stream.try_clone()?);
    let mut first = String::new();
    reader.read_line(&mut first)?;
    let (mut length, mut authorization) = (0, String::new());
    loop {
        let mut line = String::new();
        reader.read_line(&mut line)?;
        let Some((name, value)) = line.trim_end().split_once(": ") else {
            break;
        };
        match name.to_ascii_lowercase().as_str() {
            "content-length" => length = value.parse().map_err(broken)?,
            "authorization" => authorization = value.to_owned(),
            _ => {}
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body)?;
    let target = first.split(' ').nth(1).unwrap_or_default();
    let (path, query) = target.split_once('?').unwrap_or((target, ""));
    let body = String::from_utf8_lossy(&body).into_owned();
    let mut state = shared.lock().unwrap_or_else(PoisonError::into_inner);
    *state.asked.entry(path.to_owned()).or_default() += 1;
    let issuer = state.issuer.clone();
    let answer = match path {
        "/realm/.well-known/openid-configuration" => Ok(described(&issuer, state.manner.ends)),
        "/realm/keys" => published(&state),
        "/realm/authorize" | "/realm/end" => match sent_on(&mut state, path, &pairs(query)) {
            Ok(location) => {
                let mut stream = stream;
                return write!(
                    stream,
                    "HTTP/1.1 303 See Other\r\nlocation: {location}\r\ncontent-length: 0\r\nconnection: close\r\n\r\n"
                );
            }
            Err(why) => Err(why),
        },
        "/realm/token" => tokens(&mut state, &authorization, &pairs(&body)),
        "/realm/me" if authorization == "Bearer an-access-token" => {
            let mut told = state.manner.user_info.clone();
            told["sub"] = state.manner.subject.clone().into();
            Ok(told)
        }
        _ => Err("invalid_request"),
    };
    drop(state);
    let (status, text) = match answer {
        Ok(value) => ("200 OK", value.to_string()),
        Err(why) => ("400 Bad Request", json!({ "error": why }).to_string()),
    };
    let mut stream = stream;
    write!(
        stream,
        "HTTP/1.1 {status}\r\ncontent-type: application/json\r\ncontent-length: {}\r\nconnection: close\r\n\r\n{text}",
        text.len()
    )
}

fn described(issuer: &str, ends: bool) -> Value {
    let mut told = json!({
        "issuer": issuer,
        "authorization_endpoint": format!("{issuer}/authorize"),
        "token_endpoint": format!("{issuer}/token"),
        "userinfo_endpoint": format!("{issuer}/me"),
        "jwks_uri": format!("{issuer}/keys"),
        "response_types_supported": ["code"],
        "subject_types_supported": ["public"],
        // More than a client may believe.
        "id_token_signing_alg_values_supported": ["RS256", "ES256", "HS256", "none"],
        "code_challenge_methods_supported": ["S256"],
    });
    if ends {
        told["end_session_endpoint"] = format!("{issuer}/end").into();
    }
    told
}

/// Where a browser is sent on to from one of the pages that it may be sent to.
fn sent_on(
    state: &mut State,
    path: &str,
    asked: &HashMap<String, String>,
) -> Result<String, &'static str> {
    if path != "/realm/end" {
        return authorized(state, asked);
    }
    // RP-Initiated Logout 1.0: without a hint, the client says who it is.
    let back = asked.get("post_logout_redirect_uri");
    (back.filter(|_| asked.get("client_id") == Some(&state.client)))
        .cloned()
        .ok_or("invalid_request")
}

fn published(state: &State) -> Result<Value, &'static str> {
    let text = |bytes: &[u8]| URL_SAFE_NO_PAD.encode(bytes);
    let rsa = state.keys.rsa.to_public_key();
    // A point without compression: a byte, then both coordinates.
    let point = state.keys.ec.public_key().as_ref();
    Ok(json!({ "keys": [
        { "kty": "RSA", "use": "sig", "alg": "RS256", "kid": format!("rsa-{}", state.kid),
            "n": text(&rsa.n().to_bytes_be()), "e": text(&rsa.e().to_bytes_be()) },
        { "kty": "EC", "use": "sig", "alg": "ES256", "crv": "P-256", "kid": format!("ec-{}", state.kid),
            "x": text(&point[1..33]), "y": text(&point[33..65]) },
    ]}))
}

/// The authorization endpoint: where a browser is sent on to.
fn authorized(state: &mut State, asked: &HashMap<String, String>) -> Result<String, &'static str> {
    let of = |name: &str| asked.get(name).map_or("", String::as_str);
    let right = of("response_type") == "code"
        && of("client_id") == state.client
        && of("scope").split(' ').any(|scope| scope == "openid")
        && of("code_challenge_method") == "S256"
        && !of("code_challenge").is_empty()
        && !of("nonce").is_empty();
    if !right {
        return Err("invalid_request");
    }
    let redirect = of("redirect_uri");
    let came = of("state");
    if !state.manner.admits {
        return Ok(format!("{redirect}?error=access_denied&state={came}"));
    }
    let code = format!("code-{}", state.codes.len() + 1);
    let handed = Handed {
        redirect: redirect.to_owned(),
        challenge: of("code_challenge").to_owned(),
        nonce: of("nonce").to_owned(),
    };
    state.codes.insert(code.clone(), handed);
    Ok(format!("{redirect}?code={code}&state={came}"))
}

/// The token endpoint.
fn tokens(
    state: &mut State,
    authorization: &str,
    asked: &HashMap<String, String>,
) -> Result<Value, &'static str> {
    let of = |name: &str| asked.get(name).map_or("", String::as_str);
    if credentials(authorization) != Some((state.client.clone(), state.secret.clone())) {
        return Err("invalid_client");
    }
    // A code is for one use, right or wrong; an entry stays, so that numbers are not given twice.
    let handed = (state.codes.get_mut(of("code"))).map(|handed| {
        let spent = Handed {
            redirect: String::new(),
            challenge: String::new(),
            nonce: String::new(),
        };
        std::mem::replace(handed, spent)
    });
    let handed = handed
        .filter(|h| !h.challenge.is_empty())
        .ok_or("invalid_grant")?;
    let verifier = ring::digest::digest(&ring::digest::SHA256, of("code_verifier").as_bytes());
    let proven = URL_SAFE_NO_PAD.encode(verifier) == handed.challenge;
    if !proven || of("redirect_uri") != handed.redirect || of("grant_type") != "authorization_code"
    {
        return Err("invalid_grant");
    }
    let token = token(state, &handed.nonce).map_err(|_| "server_error")?;
    Ok(
        json!({ "access_token": "an-access-token", "token_type": "Bearer", "expires_in": 60,
        "id_token": token }),
    )
}

/// An ID token for `nonce`.
fn token(state: &State, nonce: &str) -> io::Result<String> {
    let Manner {
        subject,
        claims,
        fault,
        signing,
        ..
    } = &state.manner;
    let now = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .map_err(broken)?
        .as_secs();
    let either =
        |is: Fault, wrong: &str, right: &str| (if *fault == is { wrong } else { right }).to_owned();
    let mut told = json!({
        "iss": either(Fault::Issuer, "http://127.0.0.1:1/realm", &state.issuer),
        "aud": either(Fault::Audience, "another", &state.client),
        "nonce": either(Fault::Nonce, "another", nonce),
        "sub": subject, "iat": now - 7200,
        "exp": if *fault == Fault::Expired { now - 3600 } else { now + 60 },
    });
    for (name, value) in claims.as_object().into_iter().flatten() {
        told[name] = value.clone();
    }
    let kid = if *fault == Fault::UnknownKey {
        999
    } else {
        state.kid
    };
    let (algorithm, kid) = match (fault, signing) {
        (Fault::SharedSecret, _) => ("HS256", None),
        (Fault::Unsigned, _) => ("none", None),
        (_, Signing::Rs256) => ("RS256", Some(format!("rsa-{kid}"))),
        (_, Signing::Es256) => ("ES256", Some(format!("ec-{kid}"))),
    };
    let head = json!({ "alg": algorithm, "typ": "JWT", "kid": kid });
    let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
    let text = format!("{}.{}", part(&head), part(&told));
    let other = matches!(fault, Fault::UnknownKey | Fault::Forged);
    let keys = if other { &state.others } else { &state.keys };
    let signature = match algorithm {
        "HS256" => {
            let key = ring::hmac::Key::new(ring::hmac::HMAC_SHA256, state.secret.as_bytes());
            ring::hmac::sign(&key, text.as_bytes()).as_ref().to_vec()
        }
        "none" => Vec::new(),
        "RS256" => SigningKey::<rsa::sha2::Sha256>::new(keys.rsa.clone())
            .try_sign(text.as_bytes())
            .map_err(broken)?
            .to_vec(),
        _ => {
            let signed = keys.ec.sign(&SystemRandom::new(), text.as_bytes());
            signed.map_err(broken)?.as_ref().to_vec()
        }
    };
    Ok(format!("{text}.{}", URL_SAFE_NO_PAD.encode(signature)))
}

//! One store, as far as it is needed: list, read to a file, write from a file, delete. Each call blocks; the
//! requests run on a small runtime of their own.

use std::path::Path;
use std::sync::OnceLock;
use std::time::Duration;

use futures_util::TryStreamExt;
use object_store::aws::{AmazonS3Builder, AmazonS3ConfigKey};
use object_store::azure::MicrosoftAzureBuilder;
use object_store::buffered::BufWriter;
use object_store::gcp::GoogleCloudStorageBuilder;
use object_store::path::Path as Key;
use object_store::{ClientOptions, ObjectStore, ObjectStoreExt, RetryConfig};
use std::sync::Arc;
use tokio::io::AsyncWriteExt;
use url::Url;
use verdancy_table::Error;

use crate::Result;
use crate::address::shown;

/// Bytes of one part of an upload.
const PART: usize = 8 << 20;
/// Time for a connection, and for a request that failed to be tried again.
const PATIENCE: Duration = Duration::from_secs(20);

/// A store and a place in it.
pub(crate) struct Remote {
    url: Url,
    runtime: tokio::runtime::Runtime,
    way: Way,
}

enum Way {
    Store {
        store: Arc<dyn ObjectStore>,
        root: Key,
    },
    /// Reads only, with the query that a signed address has.
    Web(reqwest::Client),
}

/// The cryptography of TLS, named once for the process.
fn cryptography() {
    static NAMED: OnceLock<()> = OnceLock::new();
    NAMED.get_or_init(|| {
        // Fails when the program has named one already, which is as well.
        let _ = rustls::crypto::ring::default_provider().install_default();
    });
}

fn failed(
    url: &Url,
    what: &str,
    cause: impl Into<Box<dyn std::error::Error + Send + Sync>>,
) -> Error {
    Error::environment(
        "stores/failed",
        format!("The store {what}."),
        "Check the address, the credentials in the environment, and the network.",
    )
    .in_file(shown(url.as_str()))
    .caused_by(cause)
}

fn of_store(url: &Url, error: object_store::Error) -> Error {
    match error {
        object_store::Error::NotFound { .. } => not_found(url),
        object_store::Error::PermissionDenied { .. }
        | object_store::Error::Unauthenticated { .. } => Error::environment(
            "stores/denied",
            "The store refuses the credentials of the environment.",
            "Set the credentials that the store's own tools use, with the right for this address.",
        )
        .in_file(shown(url.as_str())),
        error => failed(url, "does not do what it is asked", error),
    }
}

fn not_found(url: &Url) -> Error {
    Error::input(
        "stores/not-found",
        "There is nothing at this address.",
        "Check the bucket and the path.",
    )
    .in_file(shown(url.as_str()))
}

impl Remote {
    /// The place at `url`.
    ///
    /// # Errors
    /// `stores/failed` when the store's settings are not understood; an internal error when there can be no
    /// threads.
    pub fn open(url: &Url) -> Result<Remote> {
        cryptography();
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .map_err(|e| Error::internal("the requests to a store have no runtime").caused_by(e))?;
        let way = if matches!(url.scheme(), "http" | "https") {
            let client = reqwest::Client::builder()
                .connect_timeout(PATIENCE)
                .read_timeout(PATIENCE)
                .user_agent(concat!("verdancy/", env!("CARGO_PKG_VERSION")))
                .build();
            Way::Web(client.map_err(|e| failed(url, "cannot be spoken to", e))?)
        } else {
            let store = store(url).map_err(|e| failed(url, "cannot be addressed", e))?;
            Way::Store {
                store,
                root: root(url),
            }
        };
        Ok(Remote {
            url: url.clone(),
            runtime,
            way,
        })
    }

    fn key(&self, root: &Key, name: &str) -> Key {
        (name.split('/').filter(|part| !part.is_empty()))
            .fold(root.clone(), |key, part| key.join(part))
    }

    /// The names of all objects under this place, sorted; each relative to it. None where they cannot be
    /// listed.
    pub fn list(&self) -> Result<Option<Vec<String>>> {
        let Way::Store { store, root } = &self.way else {
            return Ok(None);
        };
        let work = async {
            let mut names = Vec::new();
            let mut found = store.list(Some(root));
            while let Some(object) = found.try_next().await? {
                let parts = object.location.prefix_match(root);
                let parts: Vec<String> = parts
                    .into_iter()
                    .flatten()
                    .map(|p| p.as_ref().to_owned())
                    .collect();
                names.push(parts.join("/"));
            }
            names.sort();
            Ok(names)
        };
        (self.runtime.block_on(work))
            .map(Some)
            .map_err(|e| of_store(&self.url, e))
    }

    /// Reads the object `name` of this place, or the place itself when `name` is empty, to the file `to`.
    ///
    /// # Errors
    /// `stores/not-found`, `stores/denied`, `stores/too-large`, `stores/failed`.
    pub fn fetch(&self, name: &str, to: &Path, most: u64) -> Result<()> {
        let unwritable = |e: std::io::Error| failed(&self.url, "cannot be copied to the disk", e);
        let too_large = || {
            Error::input(
                "stores/too-large",
                "The object has more bytes than may be read.",
                "Raise the bound on bytes, or give a smaller table.",
            )
            .in_file(shown(self.url.as_str()))
        };
        self.runtime.block_on(async {
            let mut file = tokio::fs::File::create(to).await.map_err(unwritable)?;
            let mut bytes = 0_u64;
            match &self.way {
                Way::Store { store, root } => {
                    let key = self.key(root, name);
                    let got = store.get(&key).await.map_err(|e| of_store(&self.url, e))?;
                    let mut stream = got.into_stream();
                    while let Some(part) = stream
                        .try_next()
                        .await
                        .map_err(|e| of_store(&self.url, e))?
                    {
                        bytes += part.len() as u64;
                        if bytes > most {
                            return Err(too_large());
                        }
                        file.write_all(&part).await.map_err(unwritable)?;
                    }
                }
                Way::Web(client) => {
                    let url = self.web(name);
                    let broken =
                        |e: reqwest::Error| failed(&url, "does not answer", e.without_url());
                    let mut got = client.get(url.clone()).send().await.map_err(broken)?;
                    match got.status().as_u16() {
                        404 | 410 => return Err(not_found(&url)),
                        401 | 403 => {
                            return Err(Error::environment(
                                "stores/denied",
                                "The server refuses the request.",
                                "Use an address that may be read, for example a signed one.",
                            )
                            .in_file(shown(url.as_str())));
                        }
                        code if !(200..300).contains(&code) => {
                            let said = std::io::Error::other(format!("status {code}"));
                            return Err(failed(&url, "does not give the table", said));
                        }
                        _ => {}
                    }
                    while let Some(part) = got.chunk().await.map_err(broken)? {
                        bytes += part.len() as u64;
                        if bytes > most {
                            return Err(too_large());
                        }
                        file.write_all(&part).await.map_err(unwritable)?;
                    }
                }
            }
            file.flush().await.map_err(unwritable)
        })
    }

    fn web(&self, name: &str) -> Url {
        let mut url = self.url.clone();
        if !name.is_empty()
            && let Ok(mut parts) = url.path_segments_mut()
        {
            parts.pop_if_empty().extend(name.split('/'));
        }
        url
    }

    /// Writes the file `from` as the object `name`; there is nothing of it until all of it is there.
    ///
    /// # Errors
    /// `stores/read-only`, `stores/denied`, `stores/failed`.
    pub fn put(&self, name: &str, from: &Path) -> Result<()> {
        let Way::Store { store, root } = &self.way else {
            return Err(Error::input(
                "stores/read-only",
                "Nothing can be written to a web address.",
                "Write to a folder, or to s3://, gs:// or az://.",
            )
            .in_file(shown(self.url.as_str())));
        };
        let key = self.key(root, name);
        self.runtime.block_on(async {
            let unreadable = |e| failed(&self.url, "cannot be given the file", e);
            let mut file = tokio::fs::File::open(from).await.map_err(unreadable)?;
            let mut object = BufWriter::with_capacity(store.clone(), key, PART);
            let copied = match tokio::io::copy(&mut file, &mut object).await {
                Ok(_) => object.shutdown().await,
                Err(e) => {
                    // Parts that arrived are given up; after a shutdown there is nothing to give up.
                    let _ = object.abort().await;
                    Err(e)
                }
            };
            if let Err(error) = copied {
                return Err(match error.downcast::<object_store::Error>() {
                    Ok(error) => of_store(&self.url, error),
                    Err(error) => failed(&self.url, "does not take the file", error),
                });
            }
            Ok(())
        })
    }

    /// Deletes the object `name`; none is as well.
    pub fn delete(&self, name: &str) -> Result<()> {
        let Way::Store { store, root } = &self.way else {
            return Ok(());
        };
        let key = self.key(root, name);
        match self.runtime.block_on(store.delete(&key)) {
            Ok(()) | Err(object_store::Error::NotFound { .. }) => Ok(()),
            Err(error) => Err(of_store(&self.url, error)),
        }
    }
}

/// The key that the path of `url` names: without the container where the path begins with it.
fn root(url: &Url) -> Key {
    Key::from_url_path(url.path()).unwrap_or_else(|_| Key::from(url.path()))
}

/// The store of `url`, with the environment's settings.
fn store(url: &Url) -> object_store::Result<Arc<dyn ObjectStore>> {
    let retry = RetryConfig {
        max_retries: 4,
        retry_timeout: PATIENCE,
        ..RetryConfig::default()
    };
    let client = ClientOptions::new()
        .with_connect_timeout(PATIENCE)
        .with_timeout_disabled();
    Ok(match url.scheme() {
        "s3" | "s3a" => {
            let builder = AmazonS3Builder::from_env()
                .with_url(url.as_str())
                .with_retry(retry);
            let endpoint = builder.get_config_value(&AmazonS3ConfigKey::Endpoint);
            // A store that the environment names by http is meant to be spoken to by http.
            let plain = endpoint.is_some_and(|e| e.starts_with("http://"));
            Arc::new(
                builder
                    .with_client_options(client.with_allow_http(plain))
                    .build()?,
            )
        }
        "gs" => Arc::new(
            GoogleCloudStorageBuilder::from_env()
                .with_url(url.as_str())
                .with_retry(retry)
                .with_client_options(client)
                .build()?,
        ),
        _ => Arc::new(
            MicrosoftAzureBuilder::from_env()
                .with_url(url.as_str())
                .with_retry(retry)
                .with_client_options(client)
                .build()?,
        ),
    })
}

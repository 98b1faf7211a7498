//! What every handler has at hand.

use std::path::PathBuf;
use std::sync::Arc;

use tokio::sync::Notify;
use verdancy_jobs::{Database, KeyFault, Queue, Store, private_folder};

use crate::audit::Audit;
use crate::counts::Counts;
use crate::desk::Desk;
use crate::oidc::Provider;
use crate::readings::Readings;
use crate::records::Records;
use crate::settings::Settings;
use crate::shares::Shares;
use crate::{Error, scratch};

/// The folder of what is being read.
const READING: &str = "reading";
/// The folder of runs at work.
const WORK: &str = "work";

/// The state of the service.
#[derive(Debug, Clone)]
pub(crate) struct App(Arc<Parts>);

/// Its parts.
#[derive(Debug)]
pub(crate) struct Parts {
    pub settings: Settings,
    pub records: Records,
    pub queue: Queue,
    pub store: Store,
    /// Places for uploads.
    pub uploads: Shares,
    /// Places for children that read tables.
    pub readers: Shares,
    /// Where tables lie while they are read.
    pub desk: Desk,
    /// What was found in tables lately.
    pub readings: Readings,
    /// Told when a run was queued here, so that the worker beside need not wait.
    pub queued: Arc<Notify>,
    /// Places for streams of events.
    pub watchers: Shares,
    /// Who did what.
    pub audit: Audit,
    /// Who says who people are.
    pub provider: Option<Provider>,
    /// What happened since the start.
    pub counts: Counts,
    /// True once the service is to end.
    pub ending: tokio::sync::watch::Sender<bool>,
}

impl std::ops::Deref for App {
    type Target = Parts;

    fn deref(&self) -> &Parts {
        &self.0
    }
}

impl App {
    /// Opens database and store.
    pub async fn open(mut settings: Settings) -> crate::Result<App> {
        scratch::open(&settings.scratch, settings.keys.is_some())?;
        let provider = settings.oidc.take().map(Provider::new).transpose()?;
        App::with(settings, provider).await.map_err(not_opened)
    }

    async fn with(settings: Settings, provider: Option<Provider>) -> verdancy_jobs::Result<App> {
        private_folder(&settings.data)?;
        private_folder(&settings.scratch.join(WORK))?;
        let limits = &settings.limits;
        let database = Database::connect(&settings.database, 16).await?;
        let records = Records::open(&database, settings.keys.clone()).await?;
        let store = Store::open(&settings.data.join("store"), settings.keys.clone())?;
        Ok(App(Arc::new(Parts {
            uploads: Shares::new(limits.uploads, limits.uploads_share),
            readers: Shares::new(limits.readers, limits.readers_share),
            desk: Desk::open(&settings.scratch.join(READING))?,
            readings: Readings::default(),
            queue: Queue::new(database, settings.rhythm),
            records,
            store,
            queued: Arc::default(),
            watchers: Shares::new(limits.watchers, limits.watchers_share),
            audit: Audit::in_folder(&settings.data),
            counts: Counts::default(),
            provider,
            ending: tokio::sync::watch::channel(false).0,
            settings,
        })))
    }

    /// Waits until the service is to end.
    pub async fn to_end(&self) {
        // An error would mean that nobody is left to tell it.
        let _ = self.ending.subscribe().wait_for(|ending| *ending).await;
    }

    /// Closes the connections; the last one brings SQLite's log into the file.
    pub async fn close(&self) {
        let limit = std::time::Duration::from_secs(3);
        // Whoever still asks something is not waited for.
        let _ = tokio::time::timeout(limit, self.queue.database().pool().close()).await;
    }

    /// Folder of the work on jobs.
    pub fn work_folder(&self) -> PathBuf {
        self.settings.scratch.join(WORK)
    }

    /// Folder of what is being read.
    pub fn reading_folder(&self) -> PathBuf {
        self.settings.scratch.join(READING)
    }

    /// Ends at the first SIGTERM or SIGINT from now on.
    pub fn end_on_signal(&self) {
        use tokio::signal::unix::{SignalKind, signal};
        let (Ok(mut term), Ok(mut int)) = (
            signal(SignalKind::terminate()),
            signal(SignalKind::interrupt()),
        ) else {
            return;
        };
        let ending = self.ending.clone();
        tokio::spawn(async move {
            tokio::select! {
                _ = term.recv() => {}
                _ = int.recv() => {}
            }
            ending.send_replace(true);
        });
    }

    /// Takes away files that no row names and that are older than `age`.
    pub async fn sweep(
        &self,
        age: std::time::Duration,
    ) -> verdancy_jobs::Result<verdancy_jobs::Swept> {
        let mut kept = self.queue.hashes().await?;
        kept.extend(self.records.hashes().await?);
        let store = self.store.clone();
        tokio::task::spawn_blocking(move || store.sweep(&kept, age))
            .await
            .unwrap_or_else(|_| Ok(verdancy_jobs::Swept::default()))
    }
}

/// Database or data folder cannot be used.
pub(crate) fn not_opened(error: verdancy_jobs::Error) -> Error {
    if let verdancy_jobs::Error::Key(fault) = error {
        return bad_key(fault);
    }
    Error::environment(
        "server/not-opened",
        "The database or the data folder cannot be opened.",
        "Check --database and --data.",
    )
    .caused_by(error)
}

fn bad_key(fault: KeyFault) -> Error {
    match fault {
        KeyFault::Unusable => Error::input(
            "server/bad-store-key",
            "The file with the keys of stored files cannot be read, is not its owner's alone, or is not one.",
            "Make it with `openssl rand -hex 32`, readable by its owner only (chmod 600).",
        ),
        KeyFault::Missing => Error::input(
            "server/no-store-key",
            "The stored files are encrypted, and there is no key.",
            "Name the file with the key with --store-key-file.",
        ),
        KeyFault::Wrong => Error::input(
            "server/wrong-store-key",
            "The stored files are encrypted with a key that is not in the file, or were changed.",
            "Put that key into the file; an old key can go when all has been encrypted with the new one.",
        ),
    }
}

//! What every handler has at hand.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::AtomicU64;

use tokio::sync::{Notify, Semaphore};
use verdancy_jobs::{Database, Queue, Store};

use crate::records::Records;
use crate::settings::Settings;

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
    pub uploads: Semaphore,
    /// Places for children that read tables.
    pub readers: Semaphore,
    /// Told when a run was queued here, so that the worker beside need not wait.
    pub queued: Arc<Notify>,
    /// Requests answered.
    pub requests: AtomicU64,
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
    pub async fn open(settings: Settings) -> verdancy_jobs::Result<App> {
        std::fs::create_dir_all(&settings.data)?;
        let database = Database::connect(&settings.database, 16).await?;
        let records = Records::open(&database).await?;
        let store = Store::open(&settings.data.join("store"))?;
        Ok(App(Arc::new(Parts {
            uploads: Semaphore::new(settings.limits.uploads),
            readers: Semaphore::new(settings.limits.readers),
            queue: Queue::new(database, settings.rhythm),
            records,
            store,
            queued: Arc::default(),
            requests: AtomicU64::new(0),
            ending: tokio::sync::watch::channel(false).0,
            settings,
        })))
    }

    /// Folder of the work on jobs.
    pub fn work_folder(&self) -> PathBuf {
        self.settings.data.join("work")
    }

    /// Takes away files that no row names and that are older than an hour.
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

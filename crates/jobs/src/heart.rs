//! The heartbeat: an operating-system thread with a connection of its own. It renews the lease,
//! writes what happened, and learns whether the job was cancelled or lost. While the database does
//! not answer it keeps trying; only the database can say that a lease is lost.

use std::sync::atomic::{AtomicU8, Ordering};
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use crate::{Beat, Error, Lease, Queue, Said};

/// What a worker has to know of its job, as cheap to ask as a flag.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pulse {
    /// Go on.
    Beating,
    /// Someone asked for the job's end.
    CancelAsked,
    /// The job is another's, or ended: stop at once and write nothing.
    Lost,
}

/// A running heartbeat.
#[derive(Debug)]
pub struct Heart {
    shared: Arc<Shared>,
    thread: Option<JoinHandle<()>>,
}

#[derive(Debug)]
struct Shared {
    pulse: AtomicU8,
    waiting: Mutex<Waiting>,
    woken: Condvar,
}

#[derive(Debug, Default)]
struct Waiting {
    beat: Beat,
    ending: bool,
}

impl Heart {
    /// Starts the heartbeat of `lease`.
    ///
    /// # Errors
    /// [`Error::File`] when there can be no further thread.
    pub fn start(lease: &Lease) -> Result<Heart, Error> {
        let shared = Arc::new(Shared {
            pulse: AtomicU8::new(0),
            waiting: Mutex::default(),
            woken: Condvar::new(),
        });
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()?;
        let (lease, told) = (lease.clone(), shared.clone());
        let thread = std::thread::Builder::new()
            .name("heartbeat".to_owned())
            .spawn(move || beats(&lease, &told, &runtime))?;
        Ok(Heart {
            shared,
            thread: Some(thread),
        })
    }

    /// How it stands.
    pub fn pulse(&self) -> Pulse {
        match self.shared.pulse.load(Ordering::Relaxed) {
            0 => Pulse::Beating,
            1 => Pulse::CancelAsked,
            _ => Pulse::Lost,
        }
    }

    /// Notes an event, to be written soon.
    pub fn say(&self, said: Said) {
        self.note(|beat| beat.said.push(said));
    }

    /// Notes how far it has come, JSON.
    pub fn progress(&self, json: String) {
        self.note(|beat| beat.progress = Some(json));
    }

    /// Notes a name for how far it has come that survives a death.
    pub fn mark(&self, mark: String) {
        self.note(|beat| beat.mark = Some(mark));
    }

    fn note(&self, write: impl FnOnce(&mut Beat)) {
        let mut waiting = (self.shared.waiting.lock()).unwrap_or_else(PoisonError::into_inner);
        write(&mut waiting.beat);
    }

    /// Ends the thread and gives what was not yet written.
    pub fn stop(mut self) -> Vec<Said> {
        self.end();
        let mut waiting = (self.shared.waiting.lock()).unwrap_or_else(PoisonError::into_inner);
        std::mem::take(&mut waiting.beat.said)
    }

    fn end(&mut self) {
        {
            let mut waiting = (self.shared.waiting.lock()).unwrap_or_else(PoisonError::into_inner);
            waiting.ending = true;
        }
        self.shared.woken.notify_all();
        if let Some(thread) = self.thread.take() {
            // A panic of the thread was told where it happened.
            let _ = thread.join();
        }
    }
}

impl Drop for Heart {
    fn drop(&mut self) {
        self.end();
    }
}

/// Until it is told to end, or the lease is lost.
fn beats(lease: &Lease, shared: &Shared, runtime: &tokio::runtime::Runtime) {
    let rhythm = lease.queue().rhythm();
    let mut own: Option<Lease> = None;
    let mut due = Instant::now();
    loop {
        let mut beat = {
            let waiting = shared
                .waiting
                .lock()
                .unwrap_or_else(PoisonError::into_inner);
            let (mut waiting, _) = (shared.woken)
                .wait_timeout_while(waiting, rhythm.flush.min(rhythm.beat), |w| !w.ending)
                .unwrap_or_else(PoisonError::into_inner);
            if waiting.ending {
                return;
            }
            std::mem::take(&mut waiting.beat)
        };
        let quiet = beat.said.is_empty() && beat.progress.is_none() && beat.mark.is_none();
        if quiet && Instant::now() < due {
            continue;
        }
        let done = runtime.block_on(async {
            let lease = match &own {
                Some(lease) => lease,
                None => {
                    let database = lease.queue().database().again(1).await?;
                    own.insert(lease.through(Queue::new(database, rhythm)))
                }
            };
            let limit = rhythm.lease.max(Duration::from_secs(1));
            match tokio::time::timeout(limit, lease.beat(&beat)).await {
                Ok(done) => done,
                Err(_) => Err(Error::Database(sqlx::Error::PoolTimedOut)),
            }
        });
        match done {
            Ok(cancel) => {
                due = Instant::now() + rhythm.beat;
                shared.pulse.store(u8::from(cancel), Ordering::Relaxed);
            }
            Err(Error::LostLease) => {
                shared.pulse.store(2, Ordering::Relaxed);
                return;
            }
            Err(_) => {
                // What was not written is written with the next beat, in its old order.
                own = None;
                let mut waiting = shared
                    .waiting
                    .lock()
                    .unwrap_or_else(PoisonError::into_inner);
                beat.said.append(&mut waiting.beat.said);
                waiting.beat.said = beat.said;
                waiting.beat.progress = waiting.beat.progress.take().or(beat.progress);
                waiting.beat.mark = waiting.beat.mark.take().or(beat.mark);
            }
        }
    }
}

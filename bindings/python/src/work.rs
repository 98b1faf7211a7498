//! Work on threads of its own, while Python's main thread stays free to tell what happens and to hear
//! Ctrl-C.

use std::sync::mpsc::{RecvTimeoutError, channel};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::{Duration, Instant};

use pyo3::exceptions::PyKeyboardInterrupt;
use pyo3::prelude::*;
use verdancy_engine::{Event, RunContext};
use verdancy_synth::Cancel;
use verdancy_table::{Error, Result};

use crate::error::raised;

/// Time between two looks for signals.
const LOOK: Duration = Duration::from_millis(50);

/// A pool of so many threads, made once.
///
/// # Errors
/// An internal error when threads cannot be started.
pub fn pool(threads: usize) -> Result<Arc<rayon::ThreadPool>> {
    type Pool = (usize, Arc<rayon::ThreadPool>);
    static POOLS: OnceLock<Mutex<Vec<Pool>>> = OnceLock::new();
    let mut pools =
        (POOLS.get_or_init(Mutex::default).lock()).unwrap_or_else(PoisonError::into_inner);
    if let Some((_, pool)) = pools.iter().find(|(n, _)| *n == threads) {
        return Ok(pool.clone());
    }
    let pool = rayon::ThreadPoolBuilder::new()
        .num_threads(threads.max(1))
        .build()
        .map_err(|e| Error::internal("the threads could not be started").caused_by(e))?;
    let pool = Arc::new(pool);
    pools.push((threads, pool.clone()));
    Ok(pool)
}

/// Carries out `work` on another thread. Each event goes to `listen` as JSON. The first Ctrl-C asks for
/// a clean stop, which keeps the best model so far; when nothing was there to keep, or at the second,
/// `KeyboardInterrupt` is raised.
pub fn carry_out<T: Send + 'static>(
    py: Python<'_>,
    listen: Option<&Bound<'_, PyAny>>,
    work: impl FnOnce(RunContext<'_>) -> Result<T> + Send + 'static,
) -> PyResult<T> {
    let (tell, told) = channel::<Event>();
    let cancel = Cancel::default();
    let theirs = cancel.clone();
    let thread = std::thread::spawn(move || {
        let began = Instant::now();
        work(RunContext {
            clock: &|| began.elapsed(),
            cancel: theirs,
            listen: &mut |event| {
                let _ = tell.send(event);
            },
        })
    });
    let mut interrupted = false;
    // The interpreter may only be left with what other threads may hold.
    let told = Mutex::new(told);
    loop {
        let next = py.detach(|| {
            let told = told.lock().unwrap_or_else(PoisonError::into_inner);
            told.recv_timeout(LOOK)
        });
        // The listener may raise: the work is then stopped, and its error passed on.
        let heard = match (&next, listen) {
            (Ok(event), Some(listen)) => match serde_json::to_string(event) {
                Ok(text) => listen.call1((text,)).map(|_| ()),
                Err(_) => Ok(()),
            },
            _ => Ok(()),
        };
        if let Err(error) = heard.and_then(|()| py.check_signals()) {
            cancel.cancel();
            if interrupted || !error.is_instance_of::<PyKeyboardInterrupt>(py) {
                return Err(error);
            }
            interrupted = true;
        }
        if matches!(next, Err(RecvTimeoutError::Disconnected)) {
            break;
        }
    }
    match py.detach(|| thread.join()) {
        Ok(Ok(done)) => Ok(done),
        Ok(Err(_)) if interrupted => Err(PyKeyboardInterrupt::new_err(
            "stopped before there was anything to keep",
        )),
        Ok(Err(error)) => Err(raised(error)),
        Err(_) => Err(raised(Error::internal("the work ended unexpectedly"))),
    }
}

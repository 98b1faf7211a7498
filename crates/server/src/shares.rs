//! Places that tenants share: so many in all, and so many for one. Whoever takes all that it may have takes
//! nothing away from others, and who finds no place is told when there will be one.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use axum::http::StatusCode;
use tokio::sync::Notify;

use crate::problem::Problem;

/// A number of places.
#[derive(Debug, Clone)]
pub(crate) struct Shares(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    places: usize,
    share: usize,
    state: Mutex<State>,
    freed: Notify,
}

#[derive(Debug, Default)]
struct State {
    /// Places by tenant, with the moments at which they were taken.
    held: HashMap<String, Vec<(u64, Instant)>>,
    taken: usize,
    next: u64,
}

/// A place, given back when it is dropped.
#[derive(Debug)]
pub(crate) struct Place {
    of: Arc<Inner>,
    tenant: String,
    number: u64,
}

/// Why there is no place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Full {
    /// The tenant has as many as it may have.
    Own,
    /// All are taken; the oldest for so long.
    All(Duration),
}

impl Shares {
    /// `places`, of which one tenant may have `share`.
    pub fn new(places: usize, share: usize) -> Shares {
        Shares(Arc::new(Inner {
            places,
            share: share.clamp(1, places.max(1)),
            state: Mutex::default(),
            freed: Notify::new(),
        }))
    }

    /// A place now, or the reason why not.
    pub fn try_take(&self, tenant: &str) -> Result<Place, Full> {
        let mut state = self.0.state();
        let own = state.held.get(tenant).map_or(0, Vec::len);
        if own >= self.0.share {
            return Err(Full::Own);
        }
        if state.taken >= self.0.places {
            let all = state.held.values().flatten();
            let oldest = all.map(|(_, since)| since.elapsed()).max();
            return Err(Full::All(oldest.unwrap_or_default()));
        }
        state.taken += 1;
        state.next += 1;
        let number = state.next;
        let held = state.held.entry(tenant.to_owned()).or_default();
        held.push((number, Instant::now()));
        Ok(Place {
            of: self.0.clone(),
            tenant: tenant.to_owned(),
            number,
        })
    }

    /// A place within `wait`, or the reason why there was none.
    pub async fn take(&self, tenant: &str, wait: Duration) -> Result<Place, Full> {
        let until = tokio::time::Instant::now() + wait;
        loop {
            let freed = self.0.freed.notified();
            tokio::pin!(freed);
            // From here on no place is given back unheard.
            freed.as_mut().enable();
            match self.try_take(tenant) {
                Ok(place) => return Ok(place),
                Err(full) => {
                    if tokio::time::timeout_at(until, freed).await.is_err() {
                        return Err(full);
                    }
                }
            }
        }
    }

    /// Places that are free.
    pub fn free(&self) -> usize {
        self.0.places - self.0.state().taken
    }

    /// Places that are taken.
    pub fn taken(&self) -> usize {
        self.0.state().taken
    }
}

impl Inner {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut state = self.of.state();
        state.taken -= 1;
        if let Some(held) = state.held.get_mut(&self.tenant) {
            held.retain(|(number, _)| *number != self.number);
            if held.is_empty() {
                state.held.remove(&self.tenant);
            }
        }
        drop(state);
        self.of.freed.notify_waiters();
    }
}

impl Full {
    /// As an answer, where a place is held for `longest` at most.
    pub fn problem(self, longest: Duration) -> Problem {
        match self {
            Full::Own => Problem {
                retry_after: Some(2),
                ..Problem::new(
                    StatusCode::TOO_MANY_REQUESTS,
                    "server/too-many-at-once",
                    "This key has as many requests of this kind open as one may have.",
                    "Wait for one of them to end, then try again.",
                )
            },
            // By then the oldest has been given back.
            Full::All(oldest) => {
                Problem::busy(longest.saturating_sub(oldest).as_secs().clamp(1, 3600) as u32)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn one_tenant_leaves_places_for_others() {
        let shares = Shares::new(3, 2);
        let first = shares.try_take("a").unwrap();
        let _second = shares.try_take("a").unwrap();
        assert_eq!(shares.try_take("a").unwrap_err(), Full::Own);
        let _other = shares.try_take("b").unwrap();
        assert!(matches!(shares.try_take("c"), Err(Full::All(_))));
        assert_eq!((shares.free(), shares.taken()), (0, 3));
        drop(first);
        assert_eq!(shares.free(), 1);
        let _first = shares.try_take("a").unwrap();
        assert_eq!(shares.try_take("a").unwrap_err(), Full::Own);
    }

    #[tokio::test]
    async fn who_waits_gets_what_is_given_back() {
        let shares = Shares::new(1, 1);
        let held = shares.try_take("a").unwrap();
        let soon = shares.take("b", Duration::from_millis(20)).await;
        assert!(matches!(soon, Err(Full::All(_))));
        let waiting = {
            let shares = shares.clone();
            tokio::spawn(async move { shares.take("b", Duration::from_secs(60)).await.is_ok() })
        };
        tokio::task::yield_now().await;
        drop(held);
        assert!(waiting.await.unwrap());
        assert_eq!(shares.free(), 1);
    }

    #[test]
    fn the_answer_says_when_the_oldest_place_is_free_at_last() {
        let longest = Duration::from_secs(300);
        let all = Full::All(Duration::from_secs(290)).problem(longest);
        assert_eq!((all.status.as_u16(), all.retry_after), (503, Some(10)));
        let own = Full::Own.problem(longest);
        assert_eq!((own.status.as_u16(), own.retry_after), (429, Some(2)));
    }
}

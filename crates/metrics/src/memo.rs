//! Results that depend on the real rows alone, computed once for all synthetic tables.

use std::any::{Any, TypeId};
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use crate::Result;

/// Values by key, each computed at its first use.
///
/// The lock is not held while a value is computed: a computation that runs on the thread pool may
/// ask for another value, or for the same one. Two threads that ask at once may both compute it;
/// computations are pure, so either result will do.
#[derive(Debug)]
pub(crate) struct Memo<K, V>(Mutex<Vec<(K, Arc<V>)>>);

impl<K, V> Default for Memo<K, V> {
    fn default() -> Memo<K, V> {
        Memo(Mutex::new(Vec::new()))
    }
}

impl<K: PartialEq, V> Memo<K, V> {
    /// The value of `key`, computed by `make` unless it is there.
    pub fn get(&self, key: K, make: impl FnOnce() -> Result<V>) -> Result<Arc<V>> {
        let known = || self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(found) = known().iter().find(|e| e.0 == key) {
            return Ok(found.1.clone());
        }
        let made = Arc::new(make()?);
        known().push((key, made.clone()));
        Ok(made)
    }
}

/// One memo of each type that is asked for. What a figure keeps has a type of its own, which only its module knows.
#[derive(Debug, Default)]
pub(crate) struct Memos(Mutex<HashMap<TypeId, Arc<dyn Any + Send + Sync>>>);

impl Memos {
    /// The memo of type `M`, empty at first.
    pub fn of<M: Default + Send + Sync + 'static>(&self) -> Arc<M> {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let memo = all
            .entry(TypeId::of::<M>())
            .or_insert_with(|| Arc::new(M::default()));
        // What is found by a type is of that type.
        memo.clone().downcast().unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn a_value_is_computed_once_per_key_and_errors_are_not_kept() {
        let memo = Memo::default();
        let mut made = 0;
        for _ in 0..3 {
            let value = memo.get(7, || {
                made += 1;
                Ok(made)
            });
            assert_eq!(*value.unwrap(), 1);
        }
        assert!(memo.get(8, || Err(crate::Error::internal("no"))).is_err());
        assert_eq!(*memo.get(8, || Ok(2)).unwrap(), 2);
    }

    #[test]
    fn each_type_has_a_memo_of_its_own() {
        let memos = Memos::default();
        memos.of::<Memo<u8, u8>>().get(1, || Ok(2)).unwrap();
        assert_eq!(*memos.of::<Memo<u8, u8>>().get(1, || Ok(3)).unwrap(), 2);
        assert_eq!(*memos.of::<Memo<u8, u16>>().get(1, || Ok(4)).unwrap(), 4);
    }
}

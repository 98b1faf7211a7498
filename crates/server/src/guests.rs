//! Connections: so many in all and of one address, and fewer of those that have shown no key. A connection is a
//! stranger's until a request on it brings a valid key.

use std::net::IpAddr;
use std::sync::{Arc, Mutex, PoisonError};

use crate::settings::Limits;
use crate::shares::{Place, Shares};

/// Where connections come in.
#[derive(Debug)]
pub(crate) struct Doors {
    all: Shares,
    strangers: Shares,
}

/// An open connection; its places are free when it is dropped.
#[derive(Debug, Clone)]
pub(crate) struct Guest(Arc<Places>);

#[derive(Debug)]
struct Places {
    address: IpAddr,
    _all: Place,
    stranger: Mutex<Option<Place>>,
}

impl Doors {
    /// Doors with the bounds of `limits`.
    pub fn new(limits: &Limits) -> Doors {
        Doors {
            all: Shares::new(limits.connections, limits.each),
            strangers: Shares::new(limits.strangers, limits.strangers_each),
        }
    }

    /// A place, unless there is none, or this address has as many as it may have.
    pub fn enter(&self, address: IpAddr) -> Option<Guest> {
        let whose = network(address);
        let all = self.all.try_take(&whose).ok()?;
        let stranger = self.strangers.try_take(&whose).ok()?;
        Some(Guest(Arc::new(Places {
            address,
            _all: all,
            stranger: Mutex::new(Some(stranger)),
        })))
    }
}

/// Whose addresses count as one: of IPv6, a customer has a whole network.
fn network(address: IpAddr) -> String {
    match address.to_canonical() {
        IpAddr::V4(four) => four.to_string(),
        IpAddr::V6(six) => {
            let [a, b, c, d, ..] = six.segments();
            format!("{a:x}:{b:x}:{c:x}:{d:x}")
        }
    }
}

impl Guest {
    /// Where it came from.
    pub fn address(&self) -> IpAddr {
        self.0.address
    }

    /// A request on it brought a valid key.
    pub fn is_known(&self) {
        let mut stranger = self
            .0
            .stranger
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        *stranger = None;
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn doors(limits: Limits) -> Doors {
        Doors::new(&limits)
    }

    #[test]
    fn an_address_has_so_many_places_and_gets_them_back() {
        let doors = doors(Limits {
            each: 2,
            ..Limits::default()
        });
        let [one, other]: [IpAddr; 2] = [[10, 0, 0, 1].into(), [10, 0, 0, 2].into()];
        let first = doors.enter(one).unwrap();
        let _second = doors.enter(one).unwrap();
        assert!(doors.enter(one).is_none());
        assert!(doors.enter(other).is_some());
        drop(first);
        assert!(doors.enter(one).is_some());
    }

    #[test]
    fn strangers_leave_places_for_those_who_are_known() {
        let doors = doors(Limits {
            connections: 10,
            each: 10,
            strangers: 4,
            strangers_each: 2,
            ..Limits::default()
        });
        let [one, two, three]: [IpAddr; 3] = [1, 2, 3].map(|n| [10, 0, 0, n].into());
        let held: Vec<Guest> = [one, one, two, two].map(|a| doors.enter(a).unwrap()).into();
        assert!(doors.enter(one).is_none() && doors.enter(three).is_none());
        held[0].is_known();
        held[0].is_known();
        assert!(doors.enter(three).is_some());
    }

    #[test]
    fn a_network_of_ipv6_counts_as_one_address() {
        let of = |text: &str| network(text.parse().unwrap());
        assert_eq!(of("2001:db8:1:2::1"), of("2001:db8:1:2:ffff::9"));
        assert_ne!(of("2001:db8:1:2::1"), of("2001:db8:1:3::1"));
        assert_eq!(of("::ffff:10.0.0.1"), "10.0.0.1");
    }
}

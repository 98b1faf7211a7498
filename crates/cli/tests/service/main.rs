//! The service from outside: the real binary on a free port, with SQLite, asked over HTTP.
#![allow(clippy::unwrap_used, clippy::expect_used)]
#![cfg(all(unix, feature = "server"))]

mod canary;
mod client;
mod files;
mod keys;
mod limits;
mod names;
mod samples;
mod sealed;
mod stop;
mod tenancy;
mod tenants;
mod way;

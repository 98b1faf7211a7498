//! What the service has to survive, tried on the real binary, with real databases and real signals.
//! Each scenario has a short form, which is a test like any other, and a long one, which
//! `cargo xtask chaos` runs and whose figures it writes to docs/reliability.md.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::print_stdout)]
#![cfg(all(unix, feature = "server"))]

mod cancels;
mod clocks;
mod databases;
mod disks;
mod drawing;
mod figures;
mod ground;
mod halts;
mod kills;
mod load;
mod queries;
mod soak;
mod stops;

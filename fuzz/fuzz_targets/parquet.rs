//! Any bytes as a file called `t.parquet`: a table or an error, never a panic, never without end.
#![no_main]

mod common;

use libfuzzer_sys::fuzz_target;

fuzz_target!(init: common::hook(), |data: &[u8]| {
    common::load("t.parquet", data);
});

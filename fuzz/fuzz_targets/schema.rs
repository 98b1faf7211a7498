//! Any text as `schema.toml`, whole and as overrides, and as metadata of SDV. What is read is written
//! and read again to the same.
#![no_main]

mod common;

use libfuzzer_sys::fuzz_target;
use verdancy_table::{Overrides, Schema};

fuzz_target!(init: common::hook(), |data: &[u8]| {
    let Ok(text) = std::str::from_utf8(data) else { return };
    if let Ok(schema) = Schema::from_toml(text) {
        let again = schema.to_toml().expect("a schema that was read can be written");
        let back = Schema::from_toml(&again).expect("what was written can be read");
        assert_eq!(back, schema);
    }
    let _ = Overrides::from_toml(text);
    let _ = verdancy_table::sdv::from_sdv(text, None);
});

//! Any text as what a child of the service says: lines of JSON, taken for events or for nothing; any as the record of
//! a run. What is understood is written and understood again to the same, and its sentences can be said in the
//! service's words.
#![no_main]

mod common;

use libfuzzer_sys::fuzz_target;
use verdancy_engine::{Event, RunRecord};
use verdancy_table::Door;

fn said(text: &str) {
    let words = Door::Service.spoken(text);
    // A setting's name may become a few words.
    assert!(words.len() <= 64 * text.len() + 64);
}

fuzz_target!(init: common::hook(), |data: &[u8]| {
    let text = String::from_utf8_lossy(data);
    for line in text.lines() {
        let Some(event) = Event::of_line(line) else { continue };
        let written = event.line();
        assert!(!written.contains('\n'), "an event is one line");
        let again = Event::of_line(&written).expect("an event that was understood can be written");
        assert_eq!(again.name(), event.name());
        assert_eq!(again.line(), written);
        match &event {
            Event::Error(told) => [&told.message, &told.remedy].into_iter().for_each(|text| said(text)),
            Event::Inspected { inspection } => inspection.warnings.iter().for_each(|(_, text)| said(text)),
            _ => {}
        }
    }
    if let Ok(record) = serde_json::from_str::<RunRecord>(&text) {
        let written = serde_json::to_string(&record).expect("a record can be written");
        let again: RunRecord = serde_json::from_str(&written).expect("and understood again");
        assert_eq!(serde_json::to_string(&again).expect("a record can be written"), written);
        record.warnings.iter().for_each(|w| said(&w.message));
    }
});

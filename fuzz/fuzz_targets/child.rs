//! What a child of the service says: any line is an event or nothing, and an event is read back as it was said.
#![no_main]

use libfuzzer_sys::fuzz_target;
use verdancy_engine::Event;

fuzz_target!(|data: &[u8]| {
    let text = String::from_utf8_lossy(data);
    for line in text.lines() {
        if let Some(event) = Event::of_line(line) {
            let said = event.line();
            let again = Event::of_line(&said).map(|event| event.line());
            assert_eq!(again.as_deref(), Some(said.as_str()));
        }
    }
});

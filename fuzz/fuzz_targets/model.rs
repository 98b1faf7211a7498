//! Any model: four bytes with the manifest's length, the manifest without its seal, the weights. Seal,
//! hash and size are put right, or no mutation would come past them. What loads can sample or say why
//! not.
#![no_main]

mod common;

use libfuzzer_sys::fuzz_target;
use verdancy_synth::Fitted;
use verdancy_synth::file::{MANIFEST, WEIGHTS};

/// Replaces what stands between `before` and the next `end`.
fn put(text: &mut String, before: &str, end: char, new: &str) {
    if let Some(at) = text.find(before).map(|at| at + before.len())
        && let Some(len) = text[at..].find(end)
    {
        text.replace_range(at..at + len, new);
    }
}

fuzz_target!(init: common::hook(), |data: &[u8]| {
    let Some((length, rest)) = data.split_first_chunk::<4>() else { return };
    let Some((body, weights)) = rest.split_at_checked(u32::from_le_bytes(*length) as usize) else {
        return;
    };
    let Ok(body) = std::str::from_utf8(body) else { return };
    let mut body = body.to_owned();
    put(&mut body, "\"blake3\": \"", '"', blake3::hash(weights).to_hex().as_str());
    put(&mut body, "\"bytes\": ", ',', &weights.len().to_string());
    let seal = blake3::hash(body.as_bytes()).to_hex();
    let folder = common::folder();
    let manifest = format!("{{\n  \"seal\": \"{seal}\",\n{body}");
    std::fs::write(folder.join(MANIFEST), manifest).expect("the input is written");
    std::fs::write(folder.join(WEIGHTS), weights).expect("the input is written");
    if let Ok(fitted) = Fitted::load(folder) {
        let _ = fitted.sample_all(0..3, 1);
    }
});

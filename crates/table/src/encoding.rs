//! Encodings of text: which one a file has, and text written in it again. UTF-8 unless something else is seen.

use std::borrow::Cow;

use encoding_rs as all;
use serde::{Deserialize, Serialize};

/// An encoding by its name in the Encoding Standard (WHATWG).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Encoding(&'static all::Encoding);

impl Default for Encoding {
    fn default() -> Encoding {
        Encoding::UTF_8
    }
}

impl TryFrom<String> for Encoding {
    type Error = String;

    fn try_from(label: String) -> Result<Encoding, String> {
        Encoding::named(&label).ok_or_else(|| format!("there is no encoding {label}"))
    }
}

impl From<Encoding> for String {
    fn from(encoding: Encoding) -> String {
        encoding.name().to_owned()
    }
}

impl Encoding {
    /// UTF-8.
    pub const UTF_8: Encoding = Encoding(all::UTF_8);

    /// The encoding with this label, in upper or lower case: `latin1`, `windows-1252`, `macintosh`, `utf-16`.
    pub fn named(label: &str) -> Option<Encoding> {
        let label = match label.trim().to_ascii_lowercase().as_str() {
            "mac" | "macroman" | "mac-roman" => "macintosh".to_owned(),
            "cp1252" | "ansi" => "windows-1252".to_owned(),
            other => other.to_owned(),
        };
        all::Encoding::for_label(label.as_bytes()).map(Encoding)
    }

    /// Its name.
    pub fn name(self) -> &'static str {
        self.0.name()
    }

    /// True for UTF-8.
    pub fn is_utf8(self) -> bool {
        self.0 == all::UTF_8
    }

    pub(crate) fn inner(self) -> &'static all::Encoding {
        self.0
    }

    /// The encoding that bytes which are no UTF-8 probably have.
    pub(crate) fn guess(bytes: &[u8]) -> Encoding {
        // Letters of Western languages are here in MacRoman and nearly unused in Windows-1252, but for its
        // punctuation; and the other way round.
        let punctuation = [0x80, 0x85, 0x91, 0x92, 0x93, 0x94, 0x95, 0x96, 0x97];
        let (mut low, mut high) = (0, 0);
        for &b in bytes {
            match b {
                b if punctuation.contains(&b) => {}
                0x80..=0x9f => low += 1,
                0xc0..=0xff => high += 1,
                _ => {}
            }
        }
        if low > 3 * high && low > 0 {
            return Encoding(all::MACINTOSH);
        }
        let mut detector = chardetng::EncodingDetector::new(chardetng::Iso2022JpDetection::Deny);
        detector.feed(bytes, true);
        match detector.guess(None, chardetng::Utf8Detection::Deny) {
            found if found == all::UTF_8 => Encoding(all::WINDOWS_1252),
            found => Encoding(found),
        }
    }

    /// UTF-8 `text` in this encoding; a question mark for each character that it does not have.
    pub(crate) fn encode(self, text: &[u8]) -> Cow<'_, [u8]> {
        if self.is_utf8() {
            return Cow::Borrowed(text);
        }
        let text = String::from_utf8_lossy(text);
        if self.0 == all::UTF_16LE {
            return text.encode_utf16().flat_map(u16::to_le_bytes).collect();
        }
        if self.0 == all::UTF_16BE {
            return text.encode_utf16().flat_map(u16::to_be_bytes).collect();
        }
        let mut encoder = self.0.new_encoder();
        let mut out = Vec::with_capacity(text.len());
        let mut rest: &str = &text;
        loop {
            out.reserve(rest.len() * 2 + 16);
            let (done, read) =
                encoder.encode_from_utf8_to_vec_without_replacement(rest, &mut out, true);
            rest = &rest[read..];
            match done {
                all::EncoderResult::InputEmpty => return Cow::Owned(out),
                all::EncoderResult::OutputFull => {}
                all::EncoderResult::Unmappable(_) => out.push(b'?'),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn text_comes_back_in_its_encoding() {
        for name in ["windows-1252", "macintosh", "utf-16le", "utf-16be", "utf-8"] {
            let encoding = Encoding::named(name).unwrap();
            let bytes = encoding.encode("Forêt;Été ü".as_bytes());
            let (text, _, broken) = encoding.inner().decode(&bytes);
            assert!(!broken && text == "Forêt;Été ü", "{name}");
        }
        let latin = Encoding::named("latin1").unwrap();
        assert_eq!(latin.encode("a名b".as_bytes()).as_ref(), b"a?b");
        assert_eq!(Encoding::named("klingon"), None);
    }

    #[test]
    fn western_bytes_are_told_apart() {
        let text =
            "Le garçon à la forêt préférée; Köln, Zürich, Málaga; élève, être, où, déjà vu; Größe"
                .repeat(4);
        for name in ["windows-1252", "macintosh"] {
            let encoding = Encoding::named(name).unwrap();
            assert_eq!(
                Encoding::guess(&encoding.encode(text.as_bytes())),
                encoding,
                "{name}"
            );
        }
    }
}

//! CSV that no spreadsheet takes for formulas: a quote before each cell that begins with `=`, `+`, `-`,
//! `@`, a tab, a line end or NUL, or with a full-width form of one of these.
//!
//! What may set cells apart in any country's spreadsheets (comma, semicolon, tab, bar) is taken for the
//! end of a cell, whichever of them the file uses: that quotes too much rather than too little.

use std::io::{self, Read};

use axum::body::Bytes;
use futures_util::{Stream, StreamExt};

/// What is read of a file, in pieces.
pub(super) fn pieces(content: Box<dyn Read + Send>) -> impl Stream<Item = io::Result<Bytes>> {
    futures_util::stream::unfold(Some(content), |content| async move {
        let mut content = content?;
        let read = tokio::task::spawn_blocking(move || {
            let mut piece = vec![0; 1 << 16];
            let read = content.read(&mut piece);
            piece.truncate(*read.as_ref().unwrap_or(&0));
            read.map(|_| (content, piece))
        });
        match read.await.unwrap_or_else(|e| Err(io::Error::other(e))) {
            Ok((_, piece)) if piece.is_empty() => None,
            Ok((content, piece)) => Some((Ok(piece.into()), Some(content))),
            Err(e) => Some((Err(e), None)),
        }
    })
}

/// The same, made safe.
pub(super) fn safe(content: Box<dyn Read + Send>) -> impl Stream<Item = io::Result<Bytes>> {
    let begin = Some((pieces(content).boxed(), Safe::default()));
    futures_util::stream::unfold(begin, |state| async move {
        let (mut content, mut safe) = state?;
        match content.next().await {
            None => Some((Ok(safe.finish().into()), None)),
            Some(Ok(piece)) => {
                let out = safe.pass(&piece);
                Some((Ok(out.into()), Some((content, safe))))
            }
            Some(Err(e)) => Some((Err(e), None)),
        }
    })
}

/// Where the next byte stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum At {
    /// At a cell's beginning.
    Start,
    /// After the quote that opens a cell.
    Open,
    /// In a cell; true in quotes.
    Inside(bool),
    /// After a quote that closes the cell, or is half of one inside; true when the cell is empty so far.
    Quote(bool),
}

/// Follows quotes and ends of cells through the bytes of a CSV file.
#[derive(Debug)]
struct Safe {
    at: At,
    /// Bytes from the file's beginning that may be its byte order mark.
    mark: usize,
    /// First bytes of a cell that may begin with a full-width sign.
    held: Vec<u8>,
}

impl Default for Safe {
    fn default() -> Safe {
        Safe {
            at: At::Start,
            mark: 0,
            held: Vec::new(),
        }
    }
}

const MARK: [u8; 3] = [0xef, 0xbb, 0xbf];
const WIDE: [[u8; 3]; 4] = [
    [0xef, 0xbc, 0x9d],
    [0xef, 0xbc, 0x8b],
    [0xef, 0xbc, 0x8d],
    [0xef, 0xbc, 0xa0],
];

impl Safe {
    fn pass(&mut self, bytes: &[u8]) -> Vec<u8> {
        let mut out = Vec::with_capacity(bytes.len() + bytes.len() / 16 + 8);
        for &byte in bytes {
            if MARK.get(self.mark) == Some(&byte) {
                self.mark += 1;
                out.push(byte);
                continue;
            }
            if !self.held.is_empty() || (byte == MARK[0] && self.begins()) {
                self.hold(byte, &mut out);
                continue;
            }
            self.mark = MARK.len();
            self.step(byte, &mut out);
        }
        out
    }

    /// What is still held when the file ends.
    fn finish(&mut self) -> Vec<u8> {
        std::mem::take(&mut self.held)
    }

    fn begins(&self) -> bool {
        matches!(self.at, At::Start | At::Open | At::Quote(true))
    }

    fn hold(&mut self, byte: u8, out: &mut Vec<u8>) {
        self.held.push(byte);
        if self.held.len() == MARK.len() {
            if WIDE.iter().any(|wide| *wide == self.held[..]) {
                out.push(b'\'');
            }
            out.append(&mut self.held);
            self.at = At::Inside(self.at == At::Open);
        }
    }

    fn step(&mut self, byte: u8, out: &mut Vec<u8>) {
        let ends = matches!(byte, b',' | b';' | b'\t' | b'|' | b'\n' | b'\r');
        let is_formula = matches!(byte, b'=' | b'+' | b'-' | b'@' | b'\t' | b'\r' | b'\n' | 0);
        self.at = match (self.at, byte) {
            (At::Start, b'"') => At::Open,
            (At::Inside(true), b'"') => At::Quote(false),
            (At::Open, b'"') => At::Quote(true),
            (At::Quote(_), b'"') => At::Inside(true),
            (At::Start | At::Inside(false) | At::Quote(_), _) if ends => At::Start,
            (at, _) => {
                if self.begins() && is_formula {
                    out.push(b'\'');
                }
                At::Inside(matches!(at, At::Open | At::Inside(true)))
            }
        };
        out.push(byte);
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    /// The same wherever chunks end.
    fn check(text: &str, safe: &str) {
        for size in 1..=text.len() {
            let mut all = Vec::new();
            let mut state = Safe::default();
            for chunk in text.as_bytes().chunks(size) {
                all.extend(state.pass(chunk));
            }
            all.extend(state.finish());
            assert_eq!(String::from_utf8(all).unwrap(), safe, "chunks of {size}");
        }
    }

    #[test]
    fn cells_that_look_like_formulas_get_a_quote() {
        check(
            "a,b\n=1+1,\"=cmd|x\"\n-3,x-y\n@s,\"a,\"\"=b\"\n+,\n",
            "a,b\n'=1+1,\"'=cmd|x\"\n'-3,x-y\n'@s,\"a,\"\"=b\"\n'+,\n",
        );
    }

    #[test]
    fn formulas_hide_in_many_ways() {
        // Each would be run by some spreadsheet: OWASP's list, and what hides a cell's beginning.
        for (cell, safe) in [
            ("=HYPERLINK(\"x\")", "'=HYPERLINK(\"x\")"),
            ("\"=1\"", "\"'=1\""),
            ("\"\"=1", "\"\"'=1"),
            ("\"\t=1\"", "\"'\t=1\""),
            ("\"\n=1\"", "\"'\n=1\""),
            ("\"\r=1\"", "\"'\r=1\""),
            ("\0=1", "'\0=1"),
            ("a;=1", "a;'=1"),
            ("a|@x", "a|'@x"),
            ("＝1", "'＝1"),
            ("\"＠x\"", "\"'＠x\""),
            ("－1", "'－1"),
            ("＋1", "'＋1"),
            ("Ａ", "Ａ"),
            ("\"\"\"=1\"", "\"\"\"=1\""),
            ("a=1", "a=1"),
            ("\"a\"", "\"a\""),
            ("", ""),
        ] {
            check(&format!("h\n{cell}\n{cell}"), &format!("h\n{safe}\n{safe}"));
        }
    }

    #[test]
    fn a_cell_begins_after_a_byte_order_mark_too() {
        check("\u{feff}=x,y\n1,2\n", "\u{feff}'=x,y\n1,2\n");
        check("\u{feff}", "\u{feff}");
        check("ｦ,\u{feff}=", "ｦ,\u{feff}=");
    }
}

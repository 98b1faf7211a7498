//! A reader that follows quotes and lines while bytes pass through it, so that errors can say where
//! a row begins and where a quote that never closes was opened.

use std::io::{self, Read};

use crate::Error;
use crate::raw::Lines;

#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    Record,
    Field,
    Bare,
    Quoted,
    Quote,
}

/// Follows delimited text by the rules of the `csv` crate's default dialect.
pub(super) struct Watch<R> {
    inner: R,
    delimiter: u8,
    /// Leave out blanks behind delimiters, so that a quote behind them is one.
    pub blanks: bool,
    limit: usize,
    state: State,
    line: u64,
    after_cr: bool,
    opened: (u64, usize),
    records: u64,
    pub lines: Lines,
    /// Whether the first line ended in CR LF; `None` before it ended.
    pub crlf: Option<bool>,
}

impl<R: Read> Watch<R> {
    pub(super) fn new(inner: R, delimiter: u8, cell_limit: usize) -> Watch<R> {
        Watch {
            inner,
            delimiter,
            blanks: false,
            limit: cell_limit,
            state: State::Record,
            line: 1,
            after_cr: false,
            opened: (0, 0),
            records: 0,
            lines: Lines::default(),
            crlf: None,
        }
    }

    /// The line that record `record` (the header is 0) begins on.
    pub(super) fn line(&self, record: u64) -> u64 {
        self.lines.line(record).unwrap_or(self.line)
    }

    fn step(&mut self, byte: u8) {
        let newline = byte == b'\n' || byte == b'\r';
        if self.state == State::Record && !newline {
            self.lines.push(self.records, self.line);
            self.records += 1;
            self.state = State::Field;
        }
        self.state = match self.state {
            State::Record => State::Record,
            State::Quoted if byte == b'"' => State::Quote,
            State::Quoted => State::Quoted,
            State::Quote if byte == b'"' => State::Quoted,
            State::Field if byte == b'"' => {
                self.opened = (self.line, 0);
                State::Quoted
            }
            _ if byte == self.delimiter => State::Field,
            _ if newline => State::Record,
            _ => State::Bare,
        };
        if byte == b'\n' {
            if self.crlf.is_none() {
                self.crlf = Some(self.after_cr);
            }
            if !self.after_cr {
                self.line += 1;
            }
        } else if byte == b'\r' {
            self.line += 1;
        }
        self.after_cr = byte == b'\r';
    }
}

impl<R: Read> Watch<R> {
    /// Follows bytes without quotes outside of one: only the ends of lines matter.
    fn plain(&mut self, mut bytes: &[u8]) {
        loop {
            let end = memchr::memchr2(b'\n', b'\r', bytes).unwrap_or(bytes.len());
            if let Some(&last) = bytes[..end].last() {
                if self.state == State::Record {
                    self.lines.push(self.records, self.line);
                    self.records += 1;
                }
                self.state = match last == self.delimiter {
                    true => State::Field,
                    false => State::Bare,
                };
                self.after_cr = false;
            }
            let Some(&newline) = bytes.get(end) else {
                return;
            };
            self.step(newline);
            bytes = &bytes[end + 1..];
        }
    }

    /// Follows one byte, and refuses a quoted cell that is too long.
    fn byte(&mut self, byte: u8) -> io::Result<()> {
        self.step(byte);
        if self.state == State::Quoted {
            self.opened.1 += 1;
            if self.opened.1 > self.limit.saturating_mul(2) {
                return Err(io::Error::other(
                    Error::input(
                        "table/cell-too-long",
                        "A quoted cell is longer than the limit.",
                        "Close the quote that opens on this line, or raise the limit.",
                    )
                    .at_line(self.opened.0),
                ));
            }
        }
        Ok(())
    }

    /// Follows bytes as they are.
    fn all(&mut self, bytes: &[u8]) -> io::Result<()> {
        let mut rest = bytes;
        while !rest.is_empty() {
            if !matches!(self.state, State::Quoted | State::Quote) {
                let quote = memchr::memchr(b'"', rest).unwrap_or(rest.len());
                self.plain(&rest[..quote]);
                rest = &rest[quote..];
            }
            if let Some((&byte, more)) = rest.split_first() {
                self.byte(byte)?;
                rest = more;
            }
        }
        Ok(())
    }

    /// Follows bytes and leaves out blanks behind delimiters; gives how many are left, at the front.
    fn without_blanks(&mut self, bytes: &mut [u8]) -> io::Result<usize> {
        let mut kept = 0;
        for at in 0..bytes.len() {
            let byte = bytes[at];
            if byte == b' ' && self.state == State::Field {
                continue;
            }
            bytes[kept] = byte;
            kept += 1;
            self.byte(byte)?;
        }
        Ok(kept)
    }
}

impl<R: Read> Read for Watch<R> {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        let n = self.inner.read(buf)?;
        let kept = match self.blanks {
            true => self.without_blanks(&mut buf[..n])?,
            false => {
                self.all(&buf[..n])?;
                n
            }
        };
        if n == 0 && !buf.is_empty() && self.state == State::Quoted {
            return Err(io::Error::other(
                Error::input(
                    "table/unclosed-quote",
                    "A quote is opened here and never closed.",
                    "Close the quote, or double it (\"\") where it is part of the text.",
                )
                .at_line(self.opened.0),
            ));
        }
        // Nothing but blanks is not the end.
        if kept == 0 && n > 0 {
            return self.read(buf);
        }
        Ok(kept)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use proptest::prelude::*;

    use super::*;

    /// What is known at the end: byte by byte, and in parts.
    fn followed(bytes: &[u8], parts: Option<usize>) -> (Lines, u64, u64, Option<bool>, bool) {
        let mut watch = Watch::new(io::empty(), b',', 1 << 20);
        match parts {
            None => bytes.iter().for_each(|b| watch.byte(*b).unwrap()),
            Some(size) => bytes.chunks(size).for_each(|part| watch.all(part).unwrap()),
        }
        let quoted = watch.state == State::Quoted;
        (watch.lines, watch.line, watch.records, watch.crlf, quoted)
    }

    proptest! {
        #[test]
        fn the_quick_way_sees_what_single_steps_see(
            text in "[ab,\"\n\r]{0,60}",
            size in 1usize..20,
        ) {
            let bytes = text.as_bytes();
            prop_assert_eq!(followed(bytes, Some(size)), followed(bytes, None));
        }
    }
}

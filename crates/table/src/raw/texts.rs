//! A column of cell texts, each distinct text stored once in one flat buffer.
//!
//! A row costs four bytes and a distinct text its length plus eight, so columns of few levels are
//! small and no cell ever becomes a `String` of its own.

use std::hash::BuildHasher;

use hashbrown::{DefaultHashBuilder, HashTable};

use crate::MISSING;

/// Cell texts of one column; `MISSING` codes stand for missing cells.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Texts {
    buffer: String,
    ends: Vec<usize>,
    codes: Vec<u32>,
}

impl Texts {
    /// Number of rows.
    pub fn rows(&self) -> usize {
        self.codes.len()
    }

    /// Number of distinct texts.
    pub fn distinct(&self) -> usize {
        self.ends.len()
    }

    /// One code per row.
    pub fn codes(&self) -> &[u32] {
        &self.codes
    }

    /// The text of `code`; empty when there is none.
    pub fn text(&self, code: u32) -> &str {
        let code = code as usize;
        let Some(&end) = self.ends.get(code) else {
            return "";
        };
        let start = if code == 0 { 0 } else { self.ends[code - 1] };
        &self.buffer[start..end]
    }

    /// The text in row `row`; `None` when it is missing.
    pub fn get(&self, row: usize) -> Option<&str> {
        match self.codes.get(row) {
            None | Some(&MISSING) => None,
            Some(&code) => Some(self.text(code)),
        }
    }

    /// The distinct texts in order of first appearance.
    pub fn iter(&self) -> impl Iterator<Item = &str> {
        (0..self.ends.len() as u32).map(|code| self.text(code))
    }

    /// The same rows with other texts; `None` makes a cell missing.
    pub(crate) fn map<'a>(&'a self, to: impl Fn(&'a str) -> Option<&'a str>) -> Texts {
        let mut builder = Builder::new(usize::MAX);
        for text in self.iter() {
            match to(text) {
                Some(text) if builder.push(text.as_bytes(), &[]).is_ok() => {}
                _ => builder.push_missing(),
            }
        }
        let mut texts = builder.finish();
        let code = |code: &u32| texts.codes.get(*code as usize).copied();
        texts.codes = (self.codes.iter())
            .map(|c| code(c).unwrap_or(MISSING))
            .collect();
        texts
    }

    /// The same rows, with the distinct texts in the order of `order`; others follow.
    pub(crate) fn in_order(&self, order: &[String]) -> Texts {
        let rank: hashbrown::HashMap<&str, usize> = (order.iter().enumerate())
            .map(|(i, t)| (t.as_str(), i))
            .collect();
        let mut codes: Vec<u32> = (0..self.ends.len() as u32).collect();
        codes.sort_by_key(|&c| rank.get(self.text(c)).copied().unwrap_or(order.len()));
        let mut sorted = Texts::default();
        let mut new = vec![MISSING; codes.len()];
        for (place, &code) in codes.iter().enumerate() {
            new[code as usize] = place as u32;
            sorted.buffer.push_str(self.text(code));
            sorted.ends.push(sorted.buffer.len());
        }
        let code = |c: &u32| new.get(*c as usize).copied().unwrap_or(MISSING);
        sorted.codes = self.codes.iter().map(code).collect();
        sorted
    }

    /// How many rows hold each distinct text.
    pub fn counts(&self) -> Vec<u32> {
        let mut counts = vec![0; self.ends.len()];
        for &code in &self.codes {
            if code != MISSING {
                counts[code as usize] += 1;
            }
        }
        counts
    }
}

/// Why a cell cannot be stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum BadCell {
    NotUtf8,
    Nul,
    TooLong,
}

/// Collects the cells of a column, coding them as they come.
pub(crate) struct Builder {
    texts: Texts,
    index: HashTable<u32>,
    hasher: DefaultHashBuilder,
    limit: usize,
}

impl Builder {
    /// `limit` bounds the length of a cell in bytes.
    pub(crate) fn new(limit: usize) -> Builder {
        Builder {
            texts: Texts::default(),
            index: HashTable::new(),
            hasher: DefaultHashBuilder::default(),
            limit,
        }
    }

    pub(crate) fn rows(&self) -> usize {
        self.texts.codes.len()
    }

    pub(crate) fn is_missing(&self, row: usize) -> bool {
        self.texts.codes.get(row).is_none_or(|c| *c == MISSING)
    }

    /// Forgets the rows from `rows` on, which are missing.
    pub(crate) fn truncate(&mut self, rows: usize) {
        self.texts.codes.truncate(rows);
    }

    pub(crate) fn push_missing(&mut self) {
        self.texts.codes.push(MISSING);
    }

    /// Appends a cell; blank ones and those in `na` are missing.
    pub(crate) fn push(&mut self, cell: &[u8], na: &[String]) -> Result<(), BadCell> {
        if cell.is_empty() {
            self.push_missing();
            return Ok(());
        }
        if let Some(&last) = self.texts.codes.last()
            && last != MISSING
            && self.texts.text(last).as_bytes() == cell
        {
            self.texts.codes.push(last);
            return Ok(());
        }
        let hash = self.hasher.hash_one(cell);
        let texts = &self.texts;
        if let Some(&code) = self
            .index
            .find(hash, |&code| texts.text(code).as_bytes() == cell)
        {
            self.texts.codes.push(code);
            return Ok(());
        }
        if cell.len() > self.limit {
            return Err(BadCell::TooLong);
        }
        let text = std::str::from_utf8(cell).map_err(|_| BadCell::NotUtf8)?;
        if text.contains('\0') {
            return Err(BadCell::Nul);
        }
        if text.trim().is_empty() || na.iter().any(|n| n == text.trim()) {
            self.push_missing();
            return Ok(());
        }
        let code = self.texts.ends.len() as u32;
        self.texts.buffer.push_str(text);
        self.texts.ends.push(self.texts.buffer.len());
        self.texts.codes.push(code);
        let (texts, hasher) = (&self.texts, &self.hasher);
        self.index.insert_unique(hash, code, |&code| {
            hasher.hash_one(texts.text(code).as_bytes())
        });
        Ok(())
    }

    pub(crate) fn finish(self) -> Texts {
        self.texts
    }
}

//! Keys from numbers: key `index` of a column is a pure function, no two indexes give one key.

use super::Rows;
use super::permutation::{GREATEST, Permutation, mix};
use crate::IdPattern;
use rand::RngExt;

/// The fixed permutation that cuts key spaces into slices; public, the same for all models.
const SLICES: u64 = 0x5eed_0f51_1ce5;

/// A slice of a key space in which no training key stands: number `slice` of `slices` equal ones,
/// after a fixed permutation of the space.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub(super) struct Free {
    slices: u64,
    slice: u64,
}

impl Free {
    /// Finds the largest such slice; `None` where keys stand too densely or are no numbers.
    pub(super) fn learn<'a>(
        pattern: &IdPattern,
        keys: impl Iterator<Item = &'a str>,
    ) -> Option<Free> {
        let space = Space::new(pattern)?;
        let fixed = space.fixed()?;
        let places: Vec<u128> = keys
            .filter_map(|k| space.index(k))
            .map(|i| fixed.apply(i))
            .collect();
        Free::of(space.size, &places)
    }

    /// The largest slice of a space of `size` places in which none of `places` stands.
    pub(super) fn of(size: u128, places: &[u128]) -> Option<Free> {
        let mut slices = 1u64;
        while u128::from(slices) <= size && slices <= 1 << 40 {
            let width = size / u128::from(slices);
            let mut taken = vec![false; (slices as usize).min(2 * places.len() + 1)];
            for place in places {
                if let Some(t) = taken.get_mut((place / width) as usize) {
                    *t = true;
                }
            }
            if let Some(slice) = taken.iter().position(|t| !t) {
                return Some(Free {
                    slices,
                    slice: slice as u64,
                });
            }
            slices += slices.div_ceil(4);
        }
        None
    }

    /// Places in the slice of a space of `size`.
    pub(super) fn width(&self, size: u128) -> u128 {
        self.range(size).1
    }

    /// First place and number of places of the slice; the whole space when it does not fit.
    pub(super) fn range(&self, size: u128) -> (u128, u128) {
        let width = size / u128::from(self.slices.max(1));
        let start = width.saturating_mul(u128::from(self.slice));
        if width > 0 && start.saturating_add(width) <= size {
            (start, width)
        } else {
            (0, size)
        }
    }

    /// Guards against a damaged file.
    pub(super) fn is_sane(&self) -> bool {
        self.slice < self.slices
    }
}

/// The keys that a pattern allows, numbered.
struct Space {
    size: u128,
    shape: Shape,
}

enum Shape {
    Range { low: i64 },
    Mask(Vec<Piece>),
}

/// A character of a mask.
#[derive(Debug, Clone, Copy)]
enum Piece {
    Fixed(char),
    /// One of the characters of a class.
    Of(&'static [u8]),
}

impl Space {
    fn new(pattern: &IdPattern) -> Option<Space> {
        match pattern {
            IdPattern::Number { low, high } => Some(Space {
                size: (i128::from(*high) - i128::from(*low) + 1).max(0) as u128,
                shape: Shape::Range { low: *low },
            }),
            IdPattern::Mask { mask } => {
                let pieces = pieces(mask);
                let size = pieces.iter().fold(1u128, |size, p| match p {
                    Piece::Fixed(_) => size,
                    Piece::Of(class) => size.saturating_mul(class.len() as u128),
                });
                Some(Space {
                    size,
                    shape: Shape::Mask(pieces),
                })
            }
            IdPattern::Sequence { .. } | IdPattern::Uuid => None,
        }
    }

    /// The permutation that slices are cut in; `None` for spaces so large that chance is enough.
    fn fixed(&self) -> Option<Permutation> {
        (1..=GREATEST)
            .contains(&self.size)
            .then(|| Permutation::new(self.size, SLICES))
    }

    fn index(&self, key: &str) -> Option<u128> {
        match &self.shape {
            Shape::Range { low } => {
                let key: i64 = key.parse().ok()?;
                let index = u128::try_from(i128::from(key) - i128::from(*low)).ok()?;
                (index < self.size).then_some(index)
            }
            Shape::Mask(pieces) => {
                let mut chars = key.chars();
                let mut index = 0u128;
                for piece in pieces {
                    let c = chars.next()?;
                    match piece {
                        Piece::Fixed(f) => (c == *f).then_some(())?,
                        Piece::Of(class) => {
                            let at = class.iter().position(|&b| char::from(b) == c)?;
                            index = index * class.len() as u128 + at as u128;
                        }
                    }
                }
                chars.next().is_none().then_some(index)
            }
        }
    }
}

fn pieces(mask: &str) -> Vec<Piece> {
    let mut chars = mask.chars();
    let mut pieces = Vec::new();
    while let Some(c) = chars.next() {
        pieces.push(match c {
            '9' => Piece::Of(b"0123456789"),
            'A' => Piece::Of(b"ABCDEFGHIJKLMNOPQRSTUVWXYZ"),
            'a' => Piece::Of(b"abcdefghijklmnopqrstuvwxyz"),
            'h' => Piece::Of(b"0123456789abcdef"),
            '\\' => Piece::Fixed(chars.next().unwrap_or('\\')),
            c => Piece::Fixed(c),
        });
    }
    pieces
}

/// The keys of one column under one seed.
pub(super) struct Keys {
    key: u64,
    greatest: i64,
    rows: Rows,
    pattern: IdPattern,
    space: Option<Space>,
    fixed: Option<Permutation>,
    /// Where the free slice begins, and the order in which it is used.
    slice: Option<(u128, Permutation, u128)>,
    /// The order of all other places.
    rest: Option<(Permutation, u128)>,
    /// The range above the last one that was used, and its order.
    above: Option<(i64, i64, u128, Permutation)>,
}

impl Keys {
    pub(super) fn new(
        pattern: &IdPattern,
        free: Option<&Free>,
        greatest: i64,
        seed: u64,
        stream: u64,
    ) -> Keys {
        let key = mix(seed ^ mix(stream.wrapping_add(0x6b_6579)));
        let space = Space::new(pattern);
        let fixed = space.as_ref().and_then(Space::fixed);
        let slice = match (&space, &fixed, free) {
            (Some(space), Some(_), Some(free)) => {
                let (start, width) = free.range(space.size);
                Some((start, Permutation::new(width, key), width))
            }
            _ => None,
        };
        let width = slice.as_ref().map_or(0, |s| s.2);
        let rest = space
            .as_ref()
            .map(|s| s.size.min(GREATEST) - width)
            .filter(|&n| n > 0)
            .map(|n| (Permutation::new(n, key ^ 1), n));
        Keys {
            key,
            greatest,
            rows: Rows::new(seed, 2 * stream + 1),
            pattern: pattern.clone(),
            space,
            fixed,
            slice,
            rest,
            above: None,
        }
    }

    /// Key number `index`.
    pub(super) fn key(&mut self, index: u64) -> String {
        match self.pattern {
            IdPattern::Sequence { start } => (i128::from(start) + i128::from(index)).to_string(),
            IdPattern::Uuid => self.uuid(index),
            IdPattern::Number { low, high } => self.number(index, low, high),
            IdPattern::Mask { .. } => self.mask(index),
        }
    }

    /// The place in the space that a number below the space's size stands for: the free slice
    /// first, then all others.
    fn place(&self, index: u128) -> u128 {
        let place = match (&self.slice, &self.rest) {
            (Some((start, order, width)), _) if index < *width => start + order.apply(index),
            (slice, Some((order, n))) => {
                let (start, width) = slice.as_ref().map_or((0, 0), |s| (s.0, s.2));
                let at = order.apply((index - width) % n);
                if at < start { at } else { at + width }
            }
            _ => 0,
        };
        self.fixed.as_ref().map_or(place, |f| f.invert(place))
    }

    fn number(&mut self, index: u64, low: i64, high: i64) -> String {
        let width = self.slice.as_ref().map_or(0, |s| s.2);
        let index = u128::from(index);
        if index >= width
            && let Some(key) = self.beyond(index - width, low, high)
        {
            return key.to_string();
        }
        let above = (i128::from(self.greatest) - i128::from(high)).max(0) as u128;
        let index = if index < width { index } else { index - above };
        (i128::from(low) + self.place(index) as i128).to_string()
    }

    /// Number `index` above `high`: up to the next power of ten, then decade by decade; `None`
    /// when the column's type has no such number.
    fn beyond(&mut self, index: u128, low: i64, high: i64) -> Option<i64> {
        if let Some((from, to, skipped, order)) = &self.above
            && let Some(at) = index.checked_sub(*skipped)
            && at <= (i128::from(*to) - i128::from(*from)) as u128
        {
            return Some(from + order.apply(at) as i64);
        }
        let magnitude = i128::from(high).max(-i128::from(low)).max(1);
        let mut to = 10i128.pow(magnitude.ilog10() + 1) - 1;
        let mut from = i128::from(high) + 1;
        let mut skipped = 0u128;
        loop {
            let end = to.min(i128::from(self.greatest));
            if from > end && end == i128::from(self.greatest) {
                return None;
            }
            let size = (end - from + 1).max(0) as u128;
            if index - skipped < size {
                let order = Permutation::new(size, self.key ^ 2);
                let key = from + order.apply(index - skipped) as i128;
                self.above = Some((from as i64, end as i64, skipped, order));
                return i64::try_from(key).ok();
            }
            skipped += size;
            from = from.max(end + 1);
            to = to * 10 + 9;
        }
    }

    fn mask(&mut self, index: u64) -> String {
        let size = self.space.as_ref().map_or(1, |s| s.size).min(GREATEST);
        let round = u128::from(index) / size.max(1);
        let mut place = self.place(u128::from(index) % size.max(1));
        let Some(Space {
            shape: Shape::Mask(pieces),
            ..
        }) = &self.space
        else {
            return String::new();
        };
        // Masks with more keys than can be numbered: the places in front are drawn at random.
        let mut left = size;
        let rng = self.rows.at(index);
        let mut reversed = Vec::with_capacity(pieces.len());
        for piece in pieces.iter().rev() {
            reversed.push(match piece {
                Piece::Fixed(c) => *c,
                Piece::Of(class) if left >= class.len() as u128 => {
                    let n = class.len() as u128;
                    let c = class[(place % n) as usize];
                    place /= n;
                    left = left.div_ceil(n);
                    char::from(c)
                }
                Piece::Of(class) => char::from(class[rng.random_range(0..class.len())]),
            });
        }
        let mut key: String = reversed.into_iter().rev().collect();
        if round > 0 {
            key.push_str(&round.to_string());
        }
        key
    }

    fn uuid(&mut self, index: u64) -> String {
        let bits: u128 = self.rows.at(index).random();
        let bits = (bits & !(0xf << 76) & !(0b11 << 62)) | (0x4 << 76) | (0b10 << 62);
        let hex = format!("{bits:032x}");
        format!(
            "{}-{}-{}-{}-{}",
            &hex[..8],
            &hex[8..12],
            &hex[12..16],
            &hex[16..20],
            &hex[20..]
        )
    }
}

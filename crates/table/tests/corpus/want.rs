//! What a column of an invented file is expected to be, as a careful data scientist would say it.

/// A kind that is right for a column.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Is {
    Integer,
    /// Reals with so many digits after the point.
    Number(u8),
    /// Reals of any precision.
    Real,
    Category,
    YesNo,
    /// Dates in this format; any format where it is empty.
    Date(&'static str),
    Key,
    /// Personal data of this sort.
    Person(&'static str),
    Text,
    Constant,
    Missing,
    /// Several columns, one for each value of a cell.
    Parts(&'static [&'static str]),
}

/// The kinds that are right for a column, and how its numbers are written.
#[derive(Clone, Debug, Default)]
pub struct Want {
    pub kinds: Vec<Is>,
    pub before: &'static str,
    pub after: &'static str,
    pub group: Option<char>,
    pub comma: bool,
    pub minus: Option<&'static str>,
    pub clock: bool,
    /// Texts in the place of numbers that have to come back in their share.
    pub words: Vec<&'static str>,
    /// Texts that say that a value is missing.
    pub gaps: Vec<&'static str>,
    /// Blanks around cells, which need not come back.
    pub padded: bool,
    /// Digits beyond microseconds, which are not kept.
    pub fine: bool,
}

fn of(kind: Is) -> Want {
    Want {
        kinds: vec![kind],
        ..Want::default()
    }
}

pub fn int() -> Want {
    of(Is::Integer)
}

pub fn num(decimals: u8) -> Want {
    of(Is::Number(decimals))
}

pub fn real() -> Want {
    of(Is::Real)
}

pub fn cat() -> Want {
    of(Is::Category)
}

pub fn flag() -> Want {
    of(Is::YesNo)
}

pub fn when(format: &'static str) -> Want {
    of(Is::Date(format))
}

pub fn key() -> Want {
    of(Is::Key)
}

pub fn person(what: &'static str) -> Want {
    of(Is::Person(what))
}

pub fn text() -> Want {
    of(Is::Text)
}

pub fn same() -> Want {
    of(Is::Constant)
}

pub fn none() -> Want {
    of(Is::Missing)
}

pub fn parts(kinds: &'static [&'static str]) -> Want {
    of(Is::Parts(kinds))
}

/// Whole numbers that name few things, such as answers from 1 to 5: numbers and categories are both right.
pub fn code() -> Want {
    int().or(Is::Category)
}

impl Want {
    /// Another kind that is as right.
    pub fn or(mut self, kind: Is) -> Want {
        self.kinds.push(kind);
        self
    }

    pub fn before(mut self, text: &'static str) -> Want {
        self.before = text;
        self
    }

    pub fn after(mut self, text: &'static str) -> Want {
        self.after = text;
        self
    }

    pub fn group(mut self, group: char) -> Want {
        self.group = Some(group);
        self
    }

    pub fn comma(mut self) -> Want {
        self.comma = true;
        self
    }

    pub fn minus(mut self, place: &'static str) -> Want {
        self.minus = Some(place);
        self
    }

    pub fn clock(mut self) -> Want {
        self.clock = true;
        self
    }

    pub fn words(mut self, words: &[&'static str]) -> Want {
        self.words = words.to_vec();
        self
    }

    pub fn gaps(mut self, gaps: &[&'static str]) -> Want {
        self.gaps = gaps.to_vec();
        self
    }

    pub fn fine(mut self) -> Want {
        self.fine = true;
        self
    }

    pub fn padded(mut self) -> Want {
        self.padded = true;
        self
    }
}

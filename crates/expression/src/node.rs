//! A bound expression: columns by position, each part of a known type.

use std::cmp::Ordering;
use std::collections::BTreeSet;

use verdancy_table::Storage;

/// A value in an expression.
#[derive(Debug, Clone, PartialEq)]
pub enum Literal {
    /// A number.
    Number(f64),
    /// A level, or another text.
    Text(String),
    /// Microseconds since 1970-01-01.
    Moment(i64),
}

/// The type of a part.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Type {
    Truth,
    Number,
    Text,
    Moment,
    /// Of a missing value, which goes with each other type.
    Any,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Comparison {
    Equal,
    NotEqual,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
}

impl Comparison {
    /// What it says of two values in that order.
    pub fn of(self, order: Ordering) -> bool {
        match self {
            Comparison::Equal => order.is_eq(),
            Comparison::NotEqual => order.is_ne(),
            Comparison::Less => order.is_lt(),
            Comparison::LessOrEqual => order.is_le(),
            Comparison::Greater => order.is_gt(),
            Comparison::GreaterOrEqual => order.is_ge(),
        }
    }

    /// True for comparisons that need no order.
    pub fn is_equality(self) -> bool {
        matches!(self, Comparison::Equal | Comparison::NotEqual)
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Operation {
    Add,
    Subtract,
    Multiply,
    Divide,
    Remainder,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Function {
    Abs,
    Round,
    Floor,
    Ceil,
    Least,
    Greatest,
    Coalesce,
    Year,
    Month,
    Day,
    Hour,
    Weekday,
}

/// A part of an expression.
#[derive(Debug, Clone, PartialEq)]
pub enum Node {
    Missing,
    Truth(bool),
    Number(f64),
    Text(String),
    Moment(i64),
    /// The column at a position of the schema.
    Column(usize),
    /// A column of levels that are numbers, as numbers.
    AsNumber(Box<Node>),
    Not(Box<Node>),
    Negative(Box<Node>),
    And(Box<Node>, Box<Node>),
    Or(Box<Node>, Box<Node>),
    Compare(Comparison, Box<Node>, Box<Node>),
    Arithmetic(Operation, Box<Node>, Box<Node>),
    In(Box<Node>, Vec<Node>),
    IsMissing(Box<Node>),
    /// Parts between wildcards, whether letters' case counts.
    Like(Box<Node>, Vec<Wild>, bool),
    Call(Function, Vec<Node>),
}

/// A piece of a pattern of LIKE.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Wild {
    /// Any text.
    Any,
    /// Any one character.
    One,
    /// This character.
    Just(char),
}

impl Node {
    fn parts(&self) -> Vec<&Node> {
        match self {
            Node::Missing
            | Node::Truth(_)
            | Node::Number(_)
            | Node::Text(_)
            | Node::Moment(_)
            | Node::Column(_) => Vec::new(),
            Node::AsNumber(a)
            | Node::Not(a)
            | Node::Negative(a)
            | Node::IsMissing(a)
            | Node::Like(a, ..) => {
                vec![a]
            }
            Node::And(a, b)
            | Node::Or(a, b)
            | Node::Compare(_, a, b)
            | Node::Arithmetic(_, a, b) => {
                vec![a, b]
            }
            Node::In(a, list) => std::iter::once(a.as_ref()).chain(list).collect(),
            Node::Call(_, list) => list.iter().collect(),
        }
    }

    /// Positions of the columns that it speaks of.
    pub fn columns(&self) -> BTreeSet<usize> {
        match self {
            Node::Column(at) => BTreeSet::from([*at]),
            other => other.parts().iter().flat_map(|n| n.columns()).collect(),
        }
    }

    /// Positions of the columns that it asks to be missing, or not to be.
    pub fn asked_missing(&self) -> BTreeSet<usize> {
        match self {
            Node::IsMissing(of) => of.columns(),
            other => (other.parts().iter())
                .flat_map(|n| n.asked_missing())
                .collect(),
        }
    }

    fn literal(&self) -> Option<Literal> {
        match self {
            Node::Number(x) => Some(Literal::Number(*x)),
            Node::Text(t) => Some(Literal::Text(t.clone())),
            Node::Moment(m) => Some(Literal::Moment(*m)),
            _ => None,
        }
    }

    /// Columns that have to equal a value for the whole to hold.
    pub fn equalities(&self, found: &mut Vec<(usize, Literal)>) {
        match self {
            Node::And(a, b) => {
                a.equalities(found);
                b.equalities(found);
            }
            Node::Compare(Comparison::Equal, a, b) => {
                let pair = match (a.as_ref(), b.as_ref()) {
                    (Node::Column(at), other) | (other, Node::Column(at)) => {
                        other.literal().map(|l| (*at, l))
                    }
                    _ => None,
                };
                found.extend(pair.filter(|(at, _)| found.iter().all(|(other, _)| other != at)));
            }
            _ => {}
        }
    }

    /// The column that an equation defines, and what it says of it.
    pub fn definition(&self, storage: impl Fn(usize) -> Storage) -> Option<(usize, &Node)> {
        let Node::Compare(Comparison::Equal, a, b) = self else {
            return None;
        };
        let computed = |at: usize, other: &Node| {
            let columns = other.columns();
            let of_numbers = matches!(
                storage(at),
                Storage::Numbers | Storage::Integers | Storage::Instants
            );
            of_numbers && !columns.is_empty() && !columns.contains(&at)
        };
        match (a.as_ref(), b.as_ref()) {
            (Node::Column(at), other) | (other, Node::Column(at)) if computed(*at, other) => {
                Some((*at, other))
            }
            _ => None,
        }
    }

    /// Levels that are named, with the position of their column.
    pub fn levels(&self, found: &mut Vec<(usize, String)>) {
        match self {
            Node::Compare(how, a, b) if how.is_equality() => {
                if let (Node::Column(at), Node::Text(t)) | (Node::Text(t), Node::Column(at)) =
                    (a.as_ref(), b.as_ref())
                {
                    found.push((*at, t.clone()));
                }
            }
            Node::In(a, list) => {
                if let Node::Column(at) = a.as_ref() {
                    let texts = list.iter().filter_map(|n| match n {
                        Node::Text(t) => Some((*at, t.clone())),
                        _ => None,
                    });
                    found.extend(texts);
                }
            }
            other => other.parts().iter().for_each(|n| n.levels(found)),
        }
    }
}

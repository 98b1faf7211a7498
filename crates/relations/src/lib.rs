//! Rules between the columns of a table: found in its rows, and kept by construction.
//!
//! A [`Form`] is a table's normal form: each column that others determine is left out, and each group of
//! columns that exclude one another is one column. A model learns the rows in that form
//! ([`Form::encode`]); what it draws is put back ([`Form::decode`]), so that a rule which holds in every
//! training row holds in every synthetic row, whatever the model does.
//!
//! Rules are found one after the other, each in the table that the ones before have left. A rule counts only
//! if no row breaks it and chance would hardly have made it (module `evidence`). What it stores besides names
//! (entries of a look-up, patterns) is shared by as many people as protection asks for.

mod bounds;
mod calendar;
mod clipped;
mod code;
mod coefficient;
mod compare;
mod compose;
mod count;
mod curve;
mod derived;
mod elapsed;
mod evidence;
mod extreme;
mod fit;
mod form;
mod frame;
mod function;
mod implied;
mod largest;
mod limits;
mod linear;
mod lookup;
mod marks;
mod missing;
mod moments;
mod order;
mod pattern;
mod product;
mod ranks;
mod rate;
mod rounding;
mod search;
mod shares;
mod shifted;
mod sibling;
mod step;
mod sum;
mod terms;
mod threshold;
mod within;
mod zeros;

pub use form::{Broken, Form};

#[cfg(test)]
mod planted;
#[cfg(test)]
mod tests;

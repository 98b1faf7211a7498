//! Encoded rows as networks of one-hot groups see and say them: a softmax group for each categorical
//! slot, and for each numeric slot either a group of equal bins of its ranks or one scalar.
//!
//! Rows are drawn from the groups' logits in strata, and [`calibrate`] shifts the logits so that
//! each group's mean shares are those of the training rows.

mod calibrate;
mod draw;

pub(crate) use calibrate::{calibrate, shares};
pub(crate) use draw::{Drawn, draw, draw_group, placed, rows_of};

use rand::{Rng, RngExt};

use crate::encode::{Encoded, Encoder, UNKNOWN};
use crate::neural::layers::NONE;
use crate::neural::softmax;

/// A softmax group in a row of outputs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Group {
    /// Its first output.
    pub(crate) start: usize,
    /// Its outputs.
    pub(crate) levels: usize,
    /// The group that has to be at its first level for this one to count.
    pub(crate) gate: Option<usize>,
}

/// The outputs of a row: scalars, then groups.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Heads {
    /// Numeric slots as scalars; 0 where they are bins.
    pub(crate) scalars: usize,
    /// Categorical slots, then the bins of numeric slots.
    pub(crate) groups: Vec<Group>,
    /// Outputs.
    pub(crate) width: usize,
    /// Bins of a numeric slot; 0 where they are scalars.
    pub(crate) bins: usize,
    slots: usize,
    numbers: usize,
}

impl Heads {
    /// The outputs for rows of `encoder`; `bins` 0 makes numbers scalars.
    pub(crate) fn new(encoder: &Encoder, bins: usize) -> Heads {
        let scalars = if bins == 0 { encoder.numbers } else { 0 };
        let mut width = scalars;
        let mut groups = Vec::with_capacity(encoder.levels.len() + encoder.numbers);
        let mut group = |levels: usize, gate: Option<usize>| {
            groups.push(Group {
                start: width,
                levels,
                gate,
            });
            width += levels;
        };
        encoder
            .levels
            .iter()
            .for_each(|&levels| group(levels, None));
        if bins > 0 {
            encoder.gate.iter().for_each(|&gate| group(bins, gate));
        }
        Heads {
            scalars,
            groups,
            width,
            bins,
            slots: encoder.levels.len(),
            numbers: encoder.numbers,
        }
    }

    /// Adds the codes of row `row` to `codes`, a code for each group: the output that should be
    /// chosen, or [`NONE`]. Numbers are a fresh point of their rank interval.
    pub(crate) fn load(
        &self,
        data: &Encoded,
        row: usize,
        rng: &mut impl Rng,
        codes: &mut Vec<u32>,
    ) {
        let own = &data.codes[row * self.slots..(row + 1) * self.slots];
        for (group, &code) in self.groups.iter().zip(own) {
            codes.push(if code == UNKNOWN {
                NONE
            } else {
                group.start as u32 + code
            });
        }
        let own = &data.intervals[row * self.numbers..(row + 1) * self.numbers];
        for (group, interval) in self.groups[self.slots..].iter().zip(own) {
            let u: f32 = rng.random();
            codes.push(if interval.low.is_nan() {
                NONE
            } else {
                let rank = interval.low + (interval.high - interval.low) * u;
                let bin = ((rank * self.bins as f32) as usize).min(self.bins - 1);
                (group.start + bin) as u32
            });
        }
    }

    /// Cross-entropy of the logits `out` against `codes`, summed over groups and rows; `out`
    /// becomes its gradient times `scale`. Scalars are left alone.
    pub(crate) fn cross_entropy(&self, codes: &[u32], out: &mut [f32], scale: f32) -> f64 {
        if self.width == 0 || self.groups.is_empty() {
            return 0.0;
        }
        let mut total = 0.0;
        let rows = out.chunks_exact_mut(self.width);
        for (row, codes) in rows.zip(codes.chunks_exact(self.groups.len())) {
            for (group, &code) in self.groups.iter().zip(codes) {
                let own = &mut row[group.start..group.start + group.levels];
                if code == NONE {
                    own.fill(0.0);
                    continue;
                }
                let at = code as usize - group.start;
                let logit = own[at];
                total += f64::from(softmax(own) - logit);
                own[at] -= 1.0;
                own.iter_mut().for_each(|v| *v *= scale);
            }
        }
        total
    }
}

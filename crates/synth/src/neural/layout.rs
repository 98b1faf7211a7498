//! Where each tensor of the network lies in the flat parameter vector.

use std::ops::Range;

use rand::Rng;

/// Number of sinusoid features of the time.
pub(super) const TIME_FEATURES: usize = 64;
/// Width of the time network.
pub(super) const TIME_HIDDEN: usize = 128;

/// Shape of the network: numbers and category codes in, numbers and logits out.
///
/// `h = num Wn + sum_j E_j[code_j] + T(time) + b`, then `blocks` times
/// `h += W2 silu(W1 norm(h))`, then `out = Wo norm(h)`.
#[derive(Debug, Clone, PartialEq)]
pub struct Layout {
    /// Numeric inputs and outputs.
    pub numbers: usize,
    /// Levels of each categorical slot, without the mask level.
    pub levels: Vec<usize>,
    /// Width.
    pub hidden: usize,
    /// Inner width of a block.
    pub inner: usize,
    /// Residual blocks.
    pub blocks: usize,
    pub(super) w_num: Range<usize>,
    pub(super) embed: Range<usize>,
    pub(super) w_t1: Range<usize>,
    pub(super) b_t1: Range<usize>,
    pub(super) w_t2: Range<usize>,
    pub(super) b_in: Range<usize>,
    pub(super) block: Vec<BlockAt>,
    pub(super) w_out: Range<usize>,
    pub(super) b_out: Range<usize>,
    pub(super) embed_start: Vec<usize>,
    pub(super) logit_start: Vec<usize>,
    size: usize,
}

/// Tensors of one residual block.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct BlockAt {
    pub(super) w1: Range<usize>,
    pub(super) b1: Range<usize>,
    pub(super) w2: Range<usize>,
    pub(super) b2: Range<usize>,
}

/// One of the large matrices: `inputs x outputs`, row-major, at `at` of the parameter vector.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Matrix {
    pub(super) at: Range<usize>,
    pub(super) inputs: usize,
    pub(super) outputs: usize,
}

impl Layout {
    /// Lays out a network for `numbers` numeric slots and categorical slots with these `levels`.
    pub fn new(numbers: usize, levels: Vec<usize>, hidden: usize, blocks: usize) -> Layout {
        let inner = 2 * hidden;
        let mut size = 0;
        let mut next = |n: usize| {
            // Each tensor starts on a cache line.
            let at = size;
            size += n.div_ceil(16) * 16;
            at..at + n
        };
        let rows: usize = levels.iter().map(|k| k + 1).sum();
        let out = numbers + levels.iter().sum::<usize>();
        let w_num = next(numbers * hidden);
        let embed = next(rows * hidden);
        let w_t1 = next(TIME_FEATURES * TIME_HIDDEN);
        let b_t1 = next(TIME_HIDDEN);
        let w_t2 = next(TIME_HIDDEN * hidden);
        let b_in = next(hidden);
        let block = (0..blocks)
            .map(|_| BlockAt {
                w1: next(hidden * inner),
                b1: next(inner),
                w2: next(inner * hidden),
                b2: next(hidden),
            })
            .collect();
        let w_out = next(hidden * out);
        let b_out = next(out);
        let mut embed_start = Vec::with_capacity(levels.len());
        let mut logit_start = Vec::with_capacity(levels.len());
        let (mut e, mut l) = (0, numbers);
        for k in &levels {
            embed_start.push(e);
            logit_start.push(l);
            e += k + 1;
            l += k;
        }
        Layout {
            numbers,
            levels,
            hidden,
            inner,
            blocks,
            w_num,
            embed,
            w_t1,
            b_t1,
            w_t2,
            b_in,
            block,
            w_out,
            b_out,
            embed_start,
            logit_start,
            size,
        }
    }

    /// Length of the parameter vector.
    pub fn size(&self) -> usize {
        self.size
    }

    /// Outputs per row: numbers, then the logits of each slot.
    pub fn outputs(&self) -> usize {
        self.numbers + self.levels.iter().sum::<usize>()
    }

    /// Large matrix `i`: two for each block, and the one of the output.
    pub(super) fn matrix(&self, i: usize) -> Matrix {
        let (at, inputs, outputs) = match self.block.get(i / 2) {
            Some(block) if i.is_multiple_of(2) => (&block.w1, self.hidden, self.inner),
            Some(block) => (&block.w2, self.inner, self.hidden),
            None => (&self.w_out, self.hidden, self.outputs()),
        };
        Matrix {
            at: at.clone(),
            inputs,
            outputs,
        }
    }

    /// All of them.
    pub(super) fn matrices(&self) -> impl Iterator<Item = Matrix> {
        (0..=2 * self.blocks).map(|i| self.matrix(i))
    }

    /// Where the logits of categorical slot `slot` lie in an output row.
    pub fn logits(&self, slot: usize) -> Range<usize> {
        self.logit_start[slot]..self.logit_start[slot] + self.levels[slot]
    }

    /// Floating-point operations of one forward pass of one row.
    pub fn flops(&self) -> u64 {
        let dense = self.numbers * self.hidden
            + self.levels.len() * self.hidden
            + TIME_FEATURES * TIME_HIDDEN
            + TIME_HIDDEN * self.hidden
            + self.blocks * 2 * self.hidden * self.inner
            + self.hidden * self.outputs();
        2 * dense as u64
    }

    /// Fresh parameters: uniform by fan-in, second layers of blocks and the output at zero, so
    /// that the untrained network is the identity around its skip connections.
    pub fn init(&self, rng: &mut impl Rng) -> Vec<f32> {
        use rand::RngExt;
        let mut p = vec![0.0; self.size];
        let mut fill = |at: &Range<usize>, bound: f32| {
            for v in &mut p[at.clone()] {
                *v = rng.random_range(-bound..bound);
            }
        };
        let fan = |n: usize| 1.0 / (n.max(1) as f32).sqrt();
        fill(&self.w_num, fan(self.numbers + self.levels.len()));
        fill(&self.embed, fan(self.numbers + self.levels.len()));
        fill(&self.w_t1, fan(TIME_FEATURES));
        fill(&self.w_t2, fan(TIME_HIDDEN));
        for b in &self.block {
            fill(&b.w1, fan(self.hidden));
            fill(&b.w2, 0.5 * fan(self.inner));
        }
        fill(&self.w_out, 0.1 * fan(self.hidden));
        p
    }
}

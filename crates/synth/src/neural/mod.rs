//! The training core: a residual MLP over mixed rows with exact gradients, in f32, without
//! allocation inside a step.
//!
//! Matrix products come from the `gemm` crate, which picks the widest vector instructions of the
//! machine at run time; everything element-wise is written so that `pulp` can do the same. A batch
//! is cut into a fixed number of shards, each worked on by one thread with its own gradient
//! buffer, and the buffers are added in a fixed order: results do not depend on how many threads
//! there are.
//!
//! - [`Layout`] says where each tensor lies in the one flat parameter vector;
//! - [`Scratch`] holds the activations of one shard, with `forward` and `backward`;
//! - [`AdamW`] adds gradients up, clips them, steps, and keeps the moving average.

mod backward;
mod forward;
mod gemm;
mod layout;
mod optim;
mod simd;
#[cfg(test)]
mod tests;

pub use forward::{Input, Scratch};
pub use layout::Layout;
pub use optim::{AdamW, Schedule};
pub(crate) use simd::softmax;

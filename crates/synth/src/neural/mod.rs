//! The training core: a residual MLP over mixed rows with exact gradients, without allocation
//! inside a step.
//!
//! Matrix products in f32 come from the `gemm` crate, which picks the widest vector instructions of
//! the machine at run time; everything element-wise is written so that `pulp` can do the same. The
//! products of the large matrices can take factors in bf16 ([`Precision`]), at twice the rate where
//! the processor has instructions for it and with the same result where it has not. A batch
//! is cut into a fixed number of shards, each worked on by one thread with its own gradient
//! buffer, and the buffers are added in a fixed order: results do not depend on how many threads
//! there are.
//!
//! - [`Layout`] says where each tensor lies in the one flat parameter vector;
//! - [`Net`] is what passes run on: a layout, weights, and their [`Panels`];
//! - [`Scratch`] holds the activations of one shard, with `forward` and `backward`;
//! - [`layers`] and [`Shape`] are what other networks are built from;
//! - [`AdamW`] adds gradients up, clips them, steps, and keeps the moving average.

mod backward;
mod bf16;
mod forward;
mod gemm;
mod kernel;
pub mod layers;
mod layout;
mod net;
mod operand;
mod optim;
mod shape;
mod simd;
#[cfg(test)]
mod tests;

pub use forward::{Input, Scratch};
pub use layout::Layout;
pub use net::{Net, Panels, Precision};
pub use optim::{AdamW, Schedule};
pub use shape::{Matrix, Shape, Vector};
pub(crate) use simd::softmax;

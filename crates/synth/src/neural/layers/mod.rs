//! Layers of feed-forward networks, without a tape: each has a forward and a backward pass as plain
//! functions over buffers that the caller owns, and a network is a struct of layers with a short
//! function for each pass.
//!
//! A layer is a small handle ([`Copy`]); parameters and gradients lie in one flat vector that a
//! [`Shape`](super::Shape) lays out. Gradients of parameters are added, so that a layer can be used
//! more than once in a step. Products are in f32. [`Dense::tangent`] carries a direction of the
//! inputs through a layer: together with the ordinary backward pass it gives the gradient of a
//! gradient penalty, since these networks are piecewise linear.

mod dense;
mod dropout;
mod embed;
mod norm;
#[cfg(test)]
pub(crate) mod slopes;
#[cfg(test)]
mod tests;

pub use dense::{Dense, Then};
pub use dropout::Dropout;
pub use embed::{Embed, NONE};
pub use norm::Norm;

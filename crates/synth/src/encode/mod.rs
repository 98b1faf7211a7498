//! The training core (to be written).

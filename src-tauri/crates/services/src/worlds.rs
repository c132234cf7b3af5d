//! Worlds: the list of them, importing, forking, undo, the bin of them, and looking into one.

mod change;
mod list;
mod look;
mod pool;
#[cfg(test)]
mod tests;

pub use change::*;
pub use list::*;
pub use look::*;

//! Simulated time.

/// Nanoseconds in a second.
pub const NANOS_PER_SECOND: u64 = 1_000_000_000;

/// Nanoseconds since the start of a run. Has nothing to do with the clock on the wall.
pub type SimTime = u64;

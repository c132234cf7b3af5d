//! Drydock, the app: which lab is open, and the doors through which it is asked.
//!
//! Everything here is thin. What can be asked is in the table of operations; no door lists operations by hand.

pub mod doors;
pub mod house;

//! The table of operations: everything that can be asked of a lab, written once, and the gate in front of it.
//!
//! Doors hold no list of their own: they walk [`table`], and every call of theirs goes through [`Gate`], where role, rate,
//! input, audit and errors are dealt with once.

mod coerce;
mod example;
mod gate;
mod input;
mod openapi;
mod operation;
mod reply;
mod rows;

pub use coerce::coerce;
pub use example::{Check, Example, Expect};
pub use gate::Gate;
pub use openapi::openapi;
pub use operation::{Kind, Method, Operation, operation, table};
pub use reply::Reply;

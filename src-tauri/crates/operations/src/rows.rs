//! The rows, by the part of the lab they are about.

mod access;
mod act;
mod lab;
mod observe;
mod schedule;
mod world;

use crate::operation::Operation;

/// Every row, in the order of the documentation.
pub(crate) fn all() -> Vec<Operation> {
    let mut rows = lab::rows();
    rows.extend(world::rows());
    rows.extend(observe::rows());
    rows.extend(schedule::rows());
    rows.extend(act::rows());
    rows.extend(access::rows());
    rows
}

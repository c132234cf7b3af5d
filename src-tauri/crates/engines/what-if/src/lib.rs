//! What becomes of a world's pods when something is changed: before, after, and everything in between.
//!
//! A [`Standing`] is a world as the scheduler finds it. [`what_if`] applies [`Change`]s to it one after the other, lets
//! the pods that lose their node be placed again, and answers an [`Outcome`] and the world that results. A [`Baseline`]
//! is read once and asked often; [`sweep`] asks it a grid of changes, [`compare`] puts two worlds side by side.
//!
//! Never does I/O, reads no clock and draws no random number.

#![cfg_attr(test, allow(clippy::unwrap_used, reason = "a failed test may panic"))]

mod budgets;
mod change;
mod claims;
mod compare;
mod configuration;
mod drain;
mod error;
mod fork;
mod moves;
mod names;
mod new_nodes;
mod node_object;
mod nodes;
mod outcome;
mod placement;
mod pod_traits;
mod pool;
mod pools;
mod rehearsal;
mod standing;
mod sweep;
mod what_if;
mod workloads;
mod write_back;

pub use change::{Capacity, Change, Preset, TaintEffect, TaintSpec};
pub use compare::{Comparison, compare};
pub use error::{Fault, WhatIfError};
pub use outcome::{
    Cause, Drain, DrainAction, DrainStep, FitResource, LargestFit, Move, NodeFill, Outcome,
    PendingPod, Placement, Preempted, ZoneFill,
};
pub use placement::placement;
pub use pool::{POOL_LABELS, pool_of};
pub use standing::{Standing, StandingPod};
pub use sweep::{Axis, AxisValue, Cell, MOST_CELLS, Sweep, sweep};
pub use what_if::{Baseline, what_if};

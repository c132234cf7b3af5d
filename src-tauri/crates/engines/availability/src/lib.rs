//! What is down when a node, a zone, a region or a service is down, from who calls whom and how many replicas there are.
//!
//! Needs no measurement and plays no time. A [`Structure`] is a world read once: services with their pods on nodes, calls,
//! the services where requests come in. [`Structure::lose`] answers one list of failures at two instants: at once, and
//! after controllers and the scheduler engine have placed again what they can on what is left.
//! [`Structure::matrix`] asks for each node, zone, region or service, [`Structure::summary`] ranks single points of failure
//! and asks whether everything still fits after losing the largest node or a zone, [`Structure::availability`] computes
//! how much of the time services work, given how much of the time zones, nodes and pods do.
//!
//! **What is down.** A service is up while all replicas wanted are ready, degraded with fewer, down with none or with fewer
//! than its quorum, and broken while it runs but something that it needs is down, directly or through others: the chain
//! is named. A call is needed unless it is named soft. That quorum software needs a majority and that databases have one
//! primary is inferred from image or name, listed, and may be said otherwise ([`Options`]).
//!
//! **What is made anew.** Pods of DaemonSets and static pods belong to their node. Pods of StatefulSets wait for theirs,
//! since their controller makes no other while it cannot know that the first has ended; where lost nodes are deleted
//! ([`LostNodes::Deleted`]) they are made anew where their volumes can be reached. Pods that tolerate an unreachable node
//! for good stay bound to it, pods without a controller are gone, and all others are made anew and scheduled with the
//! world's own profile, affinity, taints, volumes and priorities.
//!
//! **What it rests on.** Each answer carries a [`RestsOn`]: the weakest grade of the calls, the services of whose own needs
//! nothing is known, and every assumption.
//!
//! Never does I/O, reads no clock and draws from no generator that is not seeded by its arguments.

#![cfg_attr(test, allow(clippy::unwrap_used, reason = "a failed test may panic"))]

mod calls;
mod error;
mod exact;
mod failure;
mod figures;
pub mod formulas;
mod layout;
mod location;
mod loss;
mod matrix;
mod monte_carlo;
mod options;
mod overview;
mod probability;
mod replacement;
mod replica;
mod rests_on;
mod role;
mod service;
mod sites;
mod software;
mod structure;
mod summary;
mod verdict;
mod wiring;

pub use calls::Chain;
pub use error::AvailabilityError;
pub use exact::MOST_STATES;
pub use failure::{Each, Failure};
pub use figures::{Figure, Figures};
pub use layout::{Host, Layout, ZoneOfHosts};
pub use loss::{Loss, PodFate, ServiceLoss};
pub use matrix::{Matrix, MatrixRow, StateRow};
pub use monte_carlo::Sampled;
pub use options::{LostNodes, Options, SoftCall};
pub use overview::{CallView, EntryView, Overview, PodSite, ServiceView};
pub use probability::{
    EntryAvailability, Estimate, Method, Probability, Sampling, ServiceAvailability,
};
pub use replacement::Fate;
pub use rests_on::RestsOn;
pub use role::{Role, RoleTaken};
pub use structure::Structure;
pub use summary::{SinglePoint, Spare, Summary};
pub use verdict::{Condition, ServiceState};
pub use wiring::EntryBasis;

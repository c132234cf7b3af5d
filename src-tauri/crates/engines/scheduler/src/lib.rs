//! Placement as kube-scheduler 1.34 decides it, with the reason for every node.
//!
//! A [`Cluster`] holds nodes in dense columns and pods as interned [`Shape`]s. [`Cluster::decide`] answers where a pod of
//! a shape goes, [`Cluster::explain`] why there and why not elsewhere, [`Cluster::preempt`] whom it would evict,
//! [`Cluster::remedies`] what would make it fit, [`Cluster::schedule`] what becomes of a queue, [`Cluster::landings`]
//! where the original's random choices take it. Ties, random in the original, go to the bytewise smallest node name so
//! that answers repeat. A [`Profile`] says which plugins judge and what they weigh; every filter and score plugin of the
//! default profile is here. What is out of scope (dynamic resources, extenders, another scheduler's profile, capacity
//! that storage drivers publish) is named in [`Shape::not_considered`] and [`Explanation::not_considered`].
//!
//! # How it is laid out
//!
//! A node is a *slot*; whatever is known of nodes is a column indexed by slot: amounts by resource (`columns`), the
//! domain of a topology (`topology`), and per set of constraints the verdict of everything that only reads the node
//! object (`verdicts`). Strings are interned (`symbol`), so are namespaces with labels (`labels`), pod selectors
//! (`pod_selector`), affinity terms (`terms`), constraint sets and resource demands (`appetite`): pods share them, and
//! whether a selector means a label set is decided once.
//!
//! State that a bind changes is small: a row of each amount column, the number of pods of its label set on the node
//! (`residents`), and for each affinity term it carries a count by domain. Unbinding takes back exactly that. Counts
//! that a spread constraint or a term needs are added up from the residents of the label sets that its selector means,
//! into a table by domain; a node is then looked up by its domain.
//!
//! Columns that decisions read (`caches`) can always be computed anew and hold no state: verdicts of a constraint set,
//! fit and score of an appetite (brought up to date from a log of changed slots, one cell a bind), and the part of the
//! score that no pod changes (`statics`). A decision is then a few passes over flat columns (`columnar`): a mask of the
//! feasible nodes, their totals, the largest. Each reuse is exact: the same verdict is reached node by node in
//! `outlook` and `scores`, which explanations and preemption use, and the tests hold the two against each other and
//! against rules written down naively.
//!
//! This crate never does I/O, reads no clock and draws no random number.

#![cfg_attr(test, allow(clippy::unwrap_used, reason = "a failed test may panic"))]

mod admission;
mod alterations;
mod appetite;
mod bind;
mod budgets;
mod caches;
mod cluster;
mod columnar;
mod columns;
pub mod configuration;
mod constraints;
mod daemons;
mod decide;
pub mod disruption;
mod error;
mod examine;
mod explain;
mod images;
mod label_keys;
mod labels;
mod namespaces;
mod node;
mod not_considered;
mod objects;
mod outlook;
mod owners;
mod plugins;
mod pod_selector;
mod preempt;
mod profile;
mod quantity;
mod queue;
mod rejections;
mod relaxations;
mod remedies;
mod request;
mod residents;
mod resource;
mod sample;
mod schedule;
mod scores;
mod selector;
mod shape;
mod stage;
mod statics;
mod storage;
mod strategy;
mod symbol;
mod taint;
mod terms;
mod topology;
mod trial;
mod verdicts;
mod volumes;

pub use admission::Admission;
pub use bind::PodFacts;
pub use cluster::{Cluster, NodeId, PodKey, ShapeId};
pub use configuration::{InvalidConfiguration, NamedProfile};
pub use daemons::pinned_to;
pub use decide::Decision;
pub use error::InvalidObject;
pub use examine::Examined;
pub use explain::{Explanation, NodeVerdict, Verdict};
pub use plugins::{Code, Plugin};
pub use preempt::{Candidate, Preemption};
pub use profile::{DefaultSpread, PluginSettings, Profile, SpreadDefaults};
pub use queue::{QueuedPod, queue_order};
pub use rejections::{Reason, Rejections};
pub use remedies::{Remedy, Short};
pub use resource::Resources;
pub use sample::Landings;
pub use schedule::{Arrival, Evicted, Outcome, Recorded, Schedule};
pub use shape::Shape;
pub use stage::{NOT_READY, Staged, UNREACHABLE, live_pod, stage};
pub use strategy::{Curve, ShapePoint, Strategy};

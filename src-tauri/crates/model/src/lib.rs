//! What a lab holds, as plain values: worlds and their objects, parameters with provenance, money, quantities, scenarios.
//!
//! Nothing here does I/O, reads a clock or draws a random number.

mod behaviour;
mod catalogue;
mod cluster_objects;
mod fault;
mod impossible;
mod inventory;
mod money;
mod node;
mod object;
mod owners;
mod parameter;
mod policy;
mod provenance;
mod quantity;
mod report;
mod scenario;
mod template;
mod time;
mod traffic;
mod workload;
mod world;

pub use behaviour::{Balance, Behaviour, DemandLaw, Keeps};
pub use catalogue::{ParameterSpec, Subject, parameters, spec};
pub use cluster_objects::ClusterObjects;
pub use fault::{End, Fault};
pub use impossible::Impossible;
pub use inventory::{AutoscalerObject, Inventory, LivePod, Unread};
pub use money::{Money, ParseMoneyError};
pub use node::{is_ready, ready_status};
pub use object::{ClusterObject, ObjectKey};
pub use parameter::{Parameter, Setting};
pub use policy::{Breaker, CallPolicy, Jitter, Retry, RetryBudget};
pub use provenance::Provenance;
pub use quantity::{ParseQuantityError, Quantity};
pub use report::{Assumption, Dropped, ImportReport, Inference, Skipped, Taken, UnresolvedName};
pub use scenario::{Act, Scenario, TimedAct};
pub use time::{NANOS_PER_SECOND, SimTime};
pub use traffic::{Arrivals, Profile, Step, Traffic};
pub use workload::{ServiceId, Workload, WorkloadKind};
pub use world::{Call, Definition, Mode, RequestClass, World};

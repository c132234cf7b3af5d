//! One discrete-event simulation of a world: single requests over bound pods, with the scheduler, the autoscalers and
//! the prices in the same clock.
//!
//! A [`Plan`] is a world compiled into dense tables, shared by every run of it. A [`Simulation`] plays it:
//! [`Simulation::advance`], [`Simulation::act`], look, and clone it for a checkpoint. [`run`] plays a whole scenario, and
//! where most of what moves the answer is assumed, sampled worlds beside it.
//!
//! **What is played.** Requests of a class arrive as a Poisson process at the edge of the cluster, one hop within a zone
//! away from its entry service. A call goes to a random ready endpoint of the called service, as kube-proxy's iptables
//! rules do. A pod works on at most `concurrency` requests and lets `queue` more wait in order; others are refused. The
//! CPU time of a request is lognormal. The requests that compute in a pod share its CPU equally, one core each at most,
//! up to the pod's CPU limit; the pods of a node that want more than its allocatable cores share them by CPU request
//! (cgroup weights). This is a fluid model, solved exactly at each change; the periods of CFS quotas are not played.
//! After its own CPU time a request makes its calls one after another, in the order of the world: for a mean of k,
//! floor(k) calls and one more with the probability of the fraction. It keeps its place in the pod meanwhile. A failed
//! call fails its caller; nothing is retried. After `timeout_ms` a caller gives up, and the work goes on for nobody.
//!
//! **Faults.** A killed pod is deleted with grace period 0: its requests are lost, callers see their connections reset,
//! calls to it are refused for [`ENDPOINT_SYNC_NS`] until it is out of the endpoints, and its controller makes another. A
//! killed node answers nobody: packets to it vanish and callers wait until they time out. It counts as lost after
//! `node_grace_s` (endpoints removed, cordoned) and its pods are evicted after `eviction_s` more, or their own toleration
//! of `node.kubernetes.io/unreachable`; daemons and static pods stay, and a StatefulSet waits for the node, as the real
//! controllers do. A healed node restarts what is still bound to it. A scale-down takes a pod out of the endpoints after
//! [`ENDPOINT_SYNC_NS`] and lets it finish its requests within its termination grace.
//!
//! **Placement.** Pods are placed by the world's scheduler configuration, with everything that the scheduler looks at:
//! Services, controllers, volumes, budgets, namespaces. A pod that no node takes evicts less important ones where that
//! helps: they are deleted with their grace, their place is kept for it, and it is bound once they are gone. A dump's pods
//! that wait are tried so at time 0.
//!
//! **Warm start.** At time 0 pods of a dump stay where they are bound, all others are placed in queue order, and what is
//! placed is ready at once: the world is steady before the run starts. Nodes that a dump shows as not ready start so.
//!
//! **Not played in this form**: out-of-memory kills (memory is counted, never capped), container crashes and their
//! back-off, retries, parallel calls, control-plane latency other than the two above, pods of Jobs that a dump does not
//! show running, claims of StatefulSets' new replicas, and node autoscaling.
//!
//! Never does I/O, reads no clock and draws from no generator that is not seeded by (seed, entity, purpose).

#![cfg_attr(test, allow(clippy::unwrap_used, reason = "a failed test may panic"))]

mod autoscaling;
mod codec;
mod control;
mod cost;
mod cpu;
mod error;
mod event;
mod eventlist;
mod faults;
mod frame;
mod latency;
mod luck;
mod meter;
mod plan;
mod pod;
mod ranges;
mod request;
mod run;
mod scheduling;
mod serving;
mod simulation;
mod snapshot;
mod staging;
mod state;
mod summary;
mod telemetry;
mod template;
mod values;

pub use codec::TelemetryError;
pub use control::ENDPOINT_SYNC_NS;
pub use error::{ActError, PlanError, RunError};
pub use event::{Event, EventKind};
pub use latency::{Bucket, Latency, Percentiles};
pub use plan::Plan;
pub use ranges::{Range, Ranges};
pub use run::{DEFAULT_REPLICATIONS, RunRequest, RunResult, run};
pub use simulation::Simulation;
pub use state::{
    AutoscalerState, ConditionState, FaultState, NodeState, PendingPod, PodPhase, PodState,
    ServiceState, State,
};
pub use summary::{ClassSummary, CostSummary, ServiceSummary, Summary};
pub use telemetry::{
    Cause, ClassColumn, INTERVAL_NS, LatencyOf, NodeColumn, ServiceColumn, Telemetry,
};

/// Version of what is computed: the same world, scenario, seed and engine version give the same bytes.
pub const ENGINE_VERSION: &str = "3";

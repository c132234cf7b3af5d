//! One discrete-event simulation of a world: single requests over bound pods, with the scheduler, the autoscalers and
//! the prices in the same clock.
//!
//! A [`Plan`] is a world compiled into dense tables, shared by every run of it. A [`Simulation`] plays it:
//! [`Simulation::advance`], [`Simulation::act`], look, and clone it for a checkpoint. [`run`] plays a whole scenario, and
//! where most of what moves the answer is assumed, sampled worlds beside it.
//!
//! **Traffic.** Requests of a class arrive at the edge of the cluster, one hop within a zone away from its entry service: as
//! a Poisson process, at equal distances, in bursts (a Markov-modulated Poisson process of two states), at a rate that
//! follows a profile exactly (`profile`), or from users in a closed loop who think between an answer and the next request.
//!
//! **Calls.** After its own CPU time a request makes its calls in stages: those that go together start and are waited for
//! together, the others one by one in the order of the world; for a mean of k, floor(k) calls and one more with the
//! probability of the fraction. It keeps its place in the pod meanwhile. A failed call fails its caller unless the call is
//! optional. A caller gives up after its timeout, and the work goes on for nobody. Where a policy says so it tries again
//! after a back-off within a budget, through a circuit breaker and through few connections, each kept by every calling pod
//! for itself. A call goes to a ready endpoint: any (kube-proxy's iptables rules), the next, the least loaded, the less
//! loaded of two; to the pod that keeps the key, for a cache; to the primary if it writes, for a database.
//!
//! **Pods.** A pod works on at most `concurrency` requests and lets `queue` more wait in order; others are refused. A
//! request computes on one core. Pods that want more than their node's allocatable cores share them by CPU request (cgroup
//! weights), and a pod that has used the quota of its CPU limit stands still until its 100 ms are over (CFS bandwidth
//! control, at the periods themselves). Memory is a base and what requests and cached values take: above its limit the
//! kernel kills the process, above what a node has its kubelet evicts pods. A process that ended is started again after
//! the kubelet's back-off, which grows from 10 s to 5 min; a pod is ready at the first readiness probe after its start-up.
//!
//! **What keeps.** A cache holds keys in the order of their last use, exactly, as many as its memory takes; keys are asked
//! for by Zipf's law. A database has a primary that takes writes; replicas apply them one after another, so that they lag;
//! when the primary is lost the one that lags least is promoted after `failover_s`, and what it had not applied is lost.
//!
//! **Faults.** A killed pod is deleted with grace period 0: its requests are lost, callers see their connections reset,
//! calls to it are refused for [`ENDPOINT_SYNC_NS`] until it is out of the endpoints, and its controller makes another. A
//! killed node answers nobody: packets to it vanish and callers wait until they time out. It counts as lost after
//! `node_grace_s` (endpoints removed, cordoned) and its pods are evicted after `eviction_s` more, or their own toleration
//! of `node.kubernetes.io/unreachable`; daemons and static pods stay, and a StatefulSet waits for the node, as the real
//! controllers do. A healed node restarts what is still bound to it. A scale-down takes a pod out of the endpoints after
//! [`ENDPOINT_SYNC_NS`] and lets it finish its requests within its termination grace. Disturbances that last
//! (`drydock_model::Fault` names the mechanism of each) are injected and lifted; how long it takes until all is well again
//! follows from the mechanisms above and is nowhere set.
//!
//! **Placement.** Pods are placed by the world's scheduler configuration, with everything that the scheduler looks at:
//! Services, controllers, volumes, budgets, namespaces. A pod that no node takes evicts less important ones where that
//! helps: they are deleted with their grace, their place is kept for it, and it is bound once they are gone. A dump's pods
//! that wait are tried so at time 0.
//!
//! **Warm start.** At time 0 pods of a dump stay where they are bound, all others are placed in queue order, and what is
//! placed is ready at once: the world is steady before the run starts. Nodes that a dump shows as not ready start so.
//!
//! **Not played in this form**: control-plane latency other than the two above, liveness probes, images being pulled, pods
//! of Jobs that a dump does not show running, claims of StatefulSets' new replicas, and node autoscaling.
//!
//! Never does I/O, reads no clock and draws from no generator that is not seeded by (seed, entity, purpose).

#![cfg_attr(test, allow(clippy::unwrap_used, reason = "a failed test may panic"))]

mod arrivals;
mod autoscaling;
mod budget;
mod calls;
mod client;
mod codec;
mod confidence;
mod containers;
mod control;
mod cost;
mod cpu;
mod deadline;
mod error;
mod event;
mod eventlist;
mod faults;
mod frame;
mod injected;
mod keeping;
mod latency;
mod law;
mod lru;
mod luck;
mod measured;
mod meter;
mod network;
mod plan;
mod play;
mod pod;
mod profile;
mod ranges;
mod request;
mod run;
mod scheduling;
mod sensitivity;
mod serving;
mod simulation;
mod snapshot;
mod spans;
mod staging;
mod state;
mod summary;
mod telemetry;
mod template;
mod values;
mod wiring;
mod ziggurat;
mod zipf;

pub use codec::TelemetryError;
pub use confidence::{Confidence, Interval, MoneyInterval};
pub use control::ENDPOINT_SYNC_NS;
pub use error::{ActError, PlanError, RunError};
pub use event::{Event, EventKind};
pub use latency::{Bucket, Latency, Percentiles};
pub use plan::Plan;
pub use ranges::{Range, Ranges};
pub use run::{DEFAULT_REPLICATIONS, RunRequest, RunResult, run};
pub use sensitivity::{Figures, Moved, Sensitivity, sensitivity};
pub use simulation::Simulation;
pub use spans::{MOST_TRACES, Span, Trace};
pub use state::{
    AutoscalerState, ConditionState, FaultState, NodeState, PendingPod, PodPhase, PodState,
    ServiceState, State,
};
pub use summary::{ClassSummary, CostSummary, ServiceSummary, Summary};
pub use telemetry::{
    Cause, ClassColumn, INTERVAL_NS, LatencyOf, NodeColumn, ServiceColumn, Telemetry,
};

/// Version of what is computed: the same world, scenario, seed and engine version give the same bytes.
pub const ENGINE_VERSION: &str = "4";

//! The VerticalPodAutoscaler as pure functions: what its recommender makes of usage samples, what
//! its updater would replace, and what its admission controller would write into a new pod.
//!
//! A container's samples go through [`ContainerUsage`] into an [`Aggregate`], which the containers
//! of one name share. [`recommend`] turns aggregates into one [`Recommendation`] per container,
//! [`decide`] says whether a pod is replaced for it, [`ReplicaGroup`] whether its siblings allow
//! that, and [`admit`] what the pod gets when it comes back.
//!
//! # Source
//! kubernetes/autoscaler, folder `vertical-pod-autoscaler/pkg`, each file at the commit named.
//! Docstrings name the file alone.
//!
//! | file | commit |
//! | --- | --- |
//! | `recommender/util/histogram.go` | 2589b9ae |
//! | `recommender/util/histogram_options.go` | 55d74adc |
//! | `recommender/util/decaying_histogram.go` | 43e197d9 |
//! | `recommender/model/aggregations_config.go` | 44136258 |
//! | `recommender/model/aggregate_container_state.go` | 3427dc00 |
//! | `recommender/model/container.go` | 0307fef2 |
//! | `recommender/model/types.go` | 0328937a |
//! | `recommender/logic/estimator.go` | 1743dbec |
//! | `recommender/logic/recommender.go` | b1ac7453 |
//! | `recommender/routines/vpa.go` | 198a2068 |
//! | `recommender/config/config.go` | 09a6a1c0 |
//! | `updater/config/config.go` | 48f35987 |
//! | `updater/priority/update_priority_calculator.go` | 0163251e |
//! | `updater/priority/priority_processor.go` | 0a4bee48 |
//! | `updater/priority/scaling_direction_pod_eviction_admission.go` | 220d65eb |
//! | `updater/restriction/pods_restriction_factory.go` | 068565c8 |
//! | `utils/vpa/api.go` | 0039d1c4 |
//! | `utils/vpa/capping.go` | bc0a327c |
//! | `utils/vpa/limit_and_request_scaling.go` | 068565c8 |
//! | `apis/autoscaling.k8s.io/v1/types.go` | 019d633b |
//!
//! # Not here
//! Checkpoints, limit ranges, the global maximum of the recommender, rounding of recommendations
//! to multiples, and what is behind a gate that is off by default: startup boost and settings of
//! one object (`oomBumpUpRatio`, `oomMinBumpUp`, `evictAfterOOMSeconds`). Of the updater: its rate
//! limit, the annotation that lists observed containers, and the course of an in-place resize.

mod aggregate;
mod apply;
mod container;
mod document;
mod estimate;
mod eviction;
mod histogram;
mod object;
mod priority;
mod read;
mod recommend;
mod resources;
mod scheme;
mod settings;
mod update;

pub use aggregate::Aggregate;
pub use apply::{ContainerResources, admit, fit, proportional_limit};
pub use container::{ContainerUsage, CpuSample, Discarded, OomBump};
pub use eviction::ReplicaGroup;
pub use histogram::{Bucket, Histogram};
pub use object::{
    ChangeRequirement, ContainerPolicy, ControlledValues, EvictionRequirement, TargetRef,
    UpdateMode, Vpa,
};
pub use priority::Priority;
pub use read::VpaError;
pub use recommend::{Recommendation, recommend};
pub use resources::{Resource, Resources};
pub use scheme::Scheme;
pub use settings::{RecommenderSettings, UpdaterSettings};
pub use update::{Cause, Decision, PodSeen, Refusal, SeenContainer, Termination, decide};

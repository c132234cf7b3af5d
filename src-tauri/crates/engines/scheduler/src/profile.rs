//! The scheduler's configuration: which profile, and what each score plugin weighs.

/// Weights of the score plugins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Weights {
    /// Weight of TaintToleration.
    pub taint_toleration: i64,
    /// Weight of NodeAffinity.
    pub node_affinity: i64,
    /// Weight of NodeResourcesFit (LeastAllocated, cpu 1 : memory 1).
    pub node_resources_fit: i64,
    /// Weight of NodeResourcesBalancedAllocation.
    pub balanced_allocation: i64,
    /// Weight of ImageLocality.
    pub image_locality: i64,
}

/// A scheduler profile. `Profile::default()` is `default-scheduler` of Kubernetes 1.34.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Profile {
    /// Pods that name another scheduler are judged by this profile all the same, and the answer says so.
    pub scheduler_name: String,
    /// What each score plugin weighs.
    pub weights: Weights,
}

impl Default for Profile {
    /// Source: `pkg/scheduler/apis/config/v1/default_plugins.go` of v1.34.
    fn default() -> Self {
        Self {
            scheduler_name: "default-scheduler".to_owned(),
            weights: Weights {
                taint_toleration: 3,
                node_affinity: 2,
                node_resources_fit: 1,
                balanced_allocation: 1,
                image_locality: 1,
            },
        }
    }
}

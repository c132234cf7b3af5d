//! What the recommender and the updater are started with. The defaults are those of their flags.

use super::container::OomBump;

const SECOND_NS: u64 = 1_000_000_000;
const MINUTE_NS: u64 = 60 * SECOND_NS;
const HOUR_NS: u64 = 60 * MINUTE_NS;

/// Settings of the recommender. Source of the defaults: `recommender/config/config.go` and
/// `aggregations_config.go`.
#[derive(Debug, Clone, PartialEq)]
pub struct RecommenderSettings {
    /// How often usage is looked at and recommendations are made: 1 min.
    pub interval_ns: u64,
    /// Time in which a CPU sample loses half its weight: 24 h.
    pub cpu_half_life_ns: u64,
    /// Time in which a memory peak loses half its weight: 24 h.
    pub memory_half_life_ns: u64,
    /// Time of which the highest memory usage is one sample: 24 h.
    pub memory_interval_ns: u64,
    /// Memory intervals after which what gets no samples is forgotten: 8.
    pub memory_intervals: u32,
    /// Share of CPU samples at or below the target: 0.9.
    pub target_cpu: f64,
    /// Share of CPU samples at or below the lower bound: 0.5.
    pub lower_cpu: f64,
    /// Share of CPU samples at or below the upper bound: 0.95.
    pub upper_cpu: f64,
    /// Share of memory peaks at or below the target: 0.9.
    pub target_memory: f64,
    /// Share of memory peaks at or below the lower bound: 0.5.
    pub lower_memory: f64,
    /// Share of memory peaks at or below the upper bound: 0.95.
    pub upper_memory: f64,
    /// Share added to usage as a margin: 0.15.
    pub margin: f64,
    /// Least recommendation for a pod, millicores: 25.
    pub pod_least_milli_cpu: u64,
    /// Least recommendation for a pod, bytes: 250 MiB. The flag says "mb" and counts in MiB
    /// (`recommender.go`).
    pub pod_least_memory_bytes: u64,
    /// What an OOM kill makes of the memory that was in use.
    pub oom: OomBump,
}

impl Default for RecommenderSettings {
    fn default() -> Self {
        Self {
            interval_ns: MINUTE_NS,
            cpu_half_life_ns: 24 * HOUR_NS,
            memory_half_life_ns: 24 * HOUR_NS,
            memory_interval_ns: 24 * HOUR_NS,
            memory_intervals: 8,
            target_cpu: 0.9,
            lower_cpu: 0.5,
            upper_cpu: 0.95,
            target_memory: 0.9,
            lower_memory: 0.5,
            upper_memory: 0.95,
            margin: 0.15,
            pod_least_milli_cpu: 25,
            pod_least_memory_bytes: 250 << 20,
            oom: OomBump::default(),
        }
    }
}

/// Settings of the updater. Source of the defaults: `updater/config/config.go`.
#[derive(Debug, Clone, PartialEq)]
pub struct UpdaterSettings {
    /// How often pods are looked at: 1 min.
    pub interval_ns: u64,
    /// Relative change under which a pod within its bounds is left alone: 0.1.
    pub least_change: f64,
    /// Age under which a pod within its bounds is left alone: 12 h.
    pub settled_after_ns: u64,
    /// A container killed for memory sooner than this after its start is replaced: 10 min.
    pub quick_oom_ns: u64,
    /// Fewest live pods of a controller for any of them to be evicted: 2.
    pub least_replicas: u32,
    /// Share of a controller's replicas that may be missing through evictions: 0.5.
    pub tolerance: f64,
}

impl Default for UpdaterSettings {
    fn default() -> Self {
        Self {
            interval_ns: MINUTE_NS,
            least_change: 0.1,
            settled_after_ns: 12 * HOUR_NS,
            quick_oom_ns: 10 * MINUTE_NS,
            least_replicas: 2,
            tolerance: 0.5,
        }
    }
}

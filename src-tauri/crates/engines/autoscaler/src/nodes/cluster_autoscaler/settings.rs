//! The flags of Cluster Autoscaler that decide something, with its defaults.

use drydock_model::Money;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::nodes::InvalidNodes;

/// How to choose between groups that could all help, after `expander/`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Expander {
    /// Least share of CPU and of memory left over. The default since 1.33 (pull request 7631 of
    /// kubernetes/autoscaler, merged in 2025); `random` before.
    LeastWaste,
    /// Any; also what decides between equals.
    Random,
    /// Most pods helped.
    MostPods,
    /// Least money for what the pods are worth, on nodes of a size that suits the cluster.
    Price(UnitPrices),
    /// The highest priority that a group was given.
    Priority,
}

/// What a pod's requests are worth, US dollars per hour: `PodPrice` of the original's pricing models.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct UnitPrices {
    /// Of a core.
    pub core_per_hour: Money,
    /// Of a GiB of memory.
    pub gib_per_hour: Money,
}

/// Flags of cluster-autoscaler. Defaults are those of `config/flags/flags.go` and
/// `config/const.go` of 1.34.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
pub struct Settings {
    /// Seconds between passes (`scan-interval`).
    pub scan_interval_seconds: u32,
    /// Most nodes of the cluster (`max-nodes-total`); absent where there is no limit.
    pub max_nodes_total: Option<u32>,
    /// Most nodes added at once (`max-nodes-per-scaleup`).
    pub max_nodes_per_scale_up: u32,
    /// Seconds until a node that was asked for is given up (`max-node-provision-time`).
    pub max_node_provision_seconds: u32,
    /// Seconds that a pod has to be older than before it is helped (`new-pod-scale-up-delay`).
    pub new_pod_scale_up_delay_seconds: u32,
    /// Choosers, each among what the one before left (`expander`, a list since 1.23).
    pub expanders: Vec<Expander>,
    /// Seconds a group rests after its first failure (`initial-node-group-backoff-duration`).
    pub initial_backoff_seconds: u32,
    /// Most seconds it rests (`max-node-group-backoff-duration`).
    pub max_backoff_seconds: u32,
    /// Seconds after a failure that it is forgotten (`node-group-backoff-reset-timeout`).
    pub backoff_reset_seconds: u32,
    /// Whether nodes are removed at all (`scale-down-enabled`).
    pub scale_down_enabled: bool,
    /// Share of allocatable below which a node may go (`scale-down-utilization-threshold`).
    pub utilization_threshold: f64,
    /// Seconds a ready node has to have been unneeded (`scale-down-unneeded-time`).
    pub unneeded_seconds: u32,
    /// Seconds an unready node has to have been unneeded (`scale-down-unready-time`).
    pub unready_seconds: u32,
    /// Seconds without removals after a scale-up (`scale-down-delay-after-add`).
    pub delay_after_add_seconds: u32,
    /// Seconds without removals after a removal (`scale-down-delay-after-delete`). The flag's
    /// default is 0; the FAQ calls it the scan interval, which amounts to the same.
    pub delay_after_delete_seconds: u32,
    /// Seconds without removals after a failed one (`scale-down-delay-after-failure`).
    pub delay_after_failure_seconds: u32,
    /// Seconds until a node that could not be emptied is tried again
    /// (`unremovable-node-recheck-timeout`).
    pub unremovable_recheck_seconds: u32,
    /// Most nodes under removal (`max-scale-down-parallelism`, which took the place of
    /// `max-empty-bulk-delete`, 10 as well).
    pub max_scale_down_parallelism: u32,
    /// Most nodes being drained (`max-drain-parallelism`).
    pub max_drain_parallelism: u32,
    /// Whether daemons count neither as load nor as room (`ignore-daemonsets-utilization`).
    pub ignore_daemonsets_utilization: bool,
    /// The same for mirror pods (`ignore-mirror-pods-utilization`).
    pub ignore_mirror_pods_utilization: bool,
    /// Whether pods of kube-system without a budget keep a node (`skip-nodes-with-system-pods`).
    pub skip_nodes_with_system_pods: bool,
    /// Seconds after its creation that such a pod does so
    /// (`blocking-system-pod-distruption-timeout`, spelt so, since 1.33).
    pub blocking_system_pod_seconds: u32,
    /// Whether local storage keeps a node (`skip-nodes-with-local-storage`, true in 1.34).
    pub skip_nodes_with_local_storage: bool,
    /// Whether only pods of the built-in controllers count as replicated
    /// (`skip-nodes-with-custom-controller-pods`).
    pub skip_nodes_with_custom_controller_pods: bool,
    /// Pods of a lower priority neither cause a scale-up nor keep a node
    /// (`expendable-pods-priority-cutoff`).
    pub expendable_priority_cutoff: i32,
    /// Percent of nodes unready above which nothing is done (`max-total-unready-percentage`).
    pub max_total_unready_percentage: f64,
    /// Unready nodes that never count as too many (`ok-total-unready-count`).
    pub ok_total_unready_count: u32,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            scan_interval_seconds: 10,
            max_nodes_total: None,
            max_nodes_per_scale_up: 1000,
            max_node_provision_seconds: 15 * 60,
            new_pod_scale_up_delay_seconds: 0,
            expanders: vec![Expander::LeastWaste],
            initial_backoff_seconds: 5 * 60,
            max_backoff_seconds: 30 * 60,
            backoff_reset_seconds: 3 * 3600,
            scale_down_enabled: true,
            utilization_threshold: 0.5,
            unneeded_seconds: 10 * 60,
            unready_seconds: 20 * 60,
            delay_after_add_seconds: 10 * 60,
            delay_after_delete_seconds: 0,
            delay_after_failure_seconds: 3 * 60,
            unremovable_recheck_seconds: 5 * 60,
            max_scale_down_parallelism: 10,
            max_drain_parallelism: 1,
            ignore_daemonsets_utilization: false,
            ignore_mirror_pods_utilization: false,
            skip_nodes_with_system_pods: true,
            blocking_system_pod_seconds: 3600,
            skip_nodes_with_local_storage: true,
            skip_nodes_with_custom_controller_pods: true,
            expendable_priority_cutoff: -10,
            max_total_unready_percentage: 45.0,
            ok_total_unready_count: 3,
        }
    }
}

impl Settings {
    /// Whether these can be worked with.
    ///
    /// # Errors
    /// The first field that cannot, with what would be right.
    pub fn check(&self) -> Result<(), InvalidNodes> {
        InvalidNodes::unless(
            self.scan_interval_seconds > 0,
            "scanIntervalSeconds",
            self.scan_interval_seconds,
            "at least 1",
        )?;
        InvalidNodes::unless(
            (0.0..=1.0).contains(&self.utilization_threshold),
            "utilizationThreshold",
            self.utilization_threshold,
            "a share from 0 to 1",
        )?;
        InvalidNodes::unless(
            (0.0..=100.0).contains(&self.max_total_unready_percentage),
            "maxTotalUnreadyPercentage",
            self.max_total_unready_percentage,
            "a percentage from 0 to 100",
        )?;
        InvalidNodes::unless(
            self.max_drain_parallelism <= self.max_scale_down_parallelism,
            "maxDrainParallelism",
            self.max_drain_parallelism,
            format!(
                "at most maxScaleDownParallelism, {}",
                self.max_scale_down_parallelism
            ),
        )?;
        InvalidNodes::unless(
            self.initial_backoff_seconds <= self.max_backoff_seconds,
            "initialBackoffSeconds",
            self.initial_backoff_seconds,
            format!("at most maxBackoffSeconds, {}", self.max_backoff_seconds),
        )
    }
}

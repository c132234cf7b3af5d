//! Karpenter's settings and constants that decide something, with its defaults.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::nodes::InvalidNodes;

/// Settings of Karpenter. The first two are flags (`reference/settings` of the documentation of
/// 1.6), the others constants of its source.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
pub struct Settings {
    /// Seconds without a new pod that end a batching window (`BATCH_IDLE_DURATION`).
    pub batch_idle_seconds: u32,
    /// Seconds after which a batching window ends anyway (`BATCH_MAX_DURATION`).
    pub batch_max_seconds: u32,
    /// Seconds between looks for something to disrupt (`pollingPeriod`, `disruption/controller.go`).
    pub polling_seconds: u32,
    /// Seconds between finding a consolidation and doing it (`consolidationTTL`,
    /// `disruption/consolidation.go`).
    pub validation_seconds: u32,
    /// Most nodes of a multi-node consolidation (`disruption/multinodeconsolidation.go`; its search
    /// may by its bounds try one more).
    pub max_multi_node: u32,
    /// Seconds that a launched node has to come up (`registrationTimeout`,
    /// `nodeclaim/lifecycle/liveness.go`).
    pub registration_timeout_seconds: u32,
    /// Seconds that replacements have to come up before a command is undone (`minRetryDuration`,
    /// `disruption/queue.go`; the original gives more from 7,500 commands on).
    pub command_timeout_seconds: u32,
    /// Seconds after which a cluster that has not changed is looked through again
    /// (`ConsolidationState`, `state/cluster.go`).
    pub reconsider_seconds: u32,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            batch_idle_seconds: 1,
            batch_max_seconds: 10,
            polling_seconds: 10,
            validation_seconds: 15,
            max_multi_node: 100,
            registration_timeout_seconds: 15 * 60,
            command_timeout_seconds: 10 * 60,
            reconsider_seconds: 5 * 60,
        }
    }
}

impl Settings {
    /// Seconds that a node which a pending pod is meant for is not disrupted (`nominationWindow`,
    /// `state/statenode.go`: twice the longest batch, at least ten).
    pub fn nomination_seconds(&self) -> u32 {
        (2 * self.batch_max_seconds).max(10)
    }

    /// Whether these can be worked with.
    ///
    /// # Errors
    /// The first field that cannot, with what would be right.
    pub fn check(&self) -> Result<(), InvalidNodes> {
        InvalidNodes::unless(
            self.batch_idle_seconds <= self.batch_max_seconds,
            "batchIdleSeconds",
            self.batch_idle_seconds,
            format!("at most batchMaxSeconds, {}", self.batch_max_seconds),
        )?;
        InvalidNodes::unless(
            self.polling_seconds > 0,
            "pollingSeconds",
            self.polling_seconds,
            "at least 1",
        )
    }
}

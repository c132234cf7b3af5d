//! A NodePool: what may be launched for it and how freely its nodes may be disrupted. Definition
//! only.

use drydock_model::Money;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::nodes::{Amounts, InvalidNodes, TemplateId};

/// How capacity is paid for.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "kebab-case")]
pub enum CapacityType {
    /// Cheaper, and may be taken back. Launched in preference where a pool allows it.
    Spot,
    /// By list price.
    OnDemand,
}

/// A machine type in a zone that a pool may launch.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Offer {
    /// The provider's name of the machine type.
    pub instance_type: String,
    /// Where.
    pub zone: String,
    /// How it is paid for.
    pub capacity_type: CapacityType,
    /// US dollars per hour.
    pub price_per_hour: Money,
    /// What the machine has; limits of a pool count this.
    pub capacity: Amounts,
    /// What it leaves to pods once the pool's daemons run on it.
    pub allocatable: Amounts,
    /// Pods that it takes besides those daemons.
    pub pods: u32,
    /// What a node of it is made from, with the labels and taints of the pool.
    pub template: TemplateId,
    /// Whether the provider has any left.
    pub available: bool,
}

/// Bounds of a pool (`spec.limits`); an absent one does not bind.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Limits {
    /// Thousandths of a core.
    pub milli_cpu: Option<u64>,
    /// Bytes of memory.
    pub memory_bytes: Option<u64>,
    /// Nodes.
    pub nodes: Option<u64>,
}

/// Which nodes consolidation may touch (`spec.disruption.consolidationPolicy`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
pub enum ConsolidationPolicy {
    /// Those without pods.
    WhenEmpty,
    /// All.
    #[default]
    WhenEmptyOrUnderutilized,
}

/// Why a node is disrupted, as budgets tell it apart.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
pub enum Reason {
    /// It has no pods.
    Empty,
    /// It is not as its pool would make it now.
    Drifted,
    /// Its pods could be had for less.
    Underutilized,
}

/// A number of nodes, or a share of a pool's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum Share {
    /// So many.
    Nodes(u32),
    /// So many of a hundred, rounded up.
    Percent(u32),
}

/// Most nodes of a pool that may be disrupted at once (`spec.disruption.budgets`).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct DisruptionBudget {
    /// For which reasons; absent for all.
    pub reasons: Option<Vec<Reason>>,
    /// How many.
    pub nodes: Share,
}

/// How freely a pool's nodes may be disrupted (`spec.disruption`).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
pub struct Disruption {
    /// Which nodes consolidation may touch.
    pub consolidation_policy: ConsolidationPolicy,
    /// Seconds after a pod came or went before a node may be consolidated; absent for `Never`.
    pub consolidate_after_seconds: Option<u32>,
    /// The strictest one that applies counts; none binds where there are none.
    pub budgets: Vec<DisruptionBudget>,
}

impl Default for Disruption {
    /// The defaults of `apis/v1/nodepool.go`: everything, at once, a tenth of the nodes at a time.
    fn default() -> Self {
        Self {
            consolidation_policy: ConsolidationPolicy::default(),
            consolidate_after_seconds: Some(0),
            budgets: vec![DisruptionBudget {
                reasons: None,
                nodes: Share::Percent(10),
            }],
        }
    }
}

/// A NodePool with the offers that its requirements leave.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct NodePool {
    /// Its name; no two pools share one.
    pub name: String,
    /// Pools of a higher weight are tried first (`spec.weight`).
    pub weight: u32,
    /// What may be launched.
    pub offers: Vec<Offer>,
    /// How much.
    pub limits: Limits,
    /// How freely nodes may be disrupted.
    pub disruption: Disruption,
    /// Seconds after which a node is removed whatever it does (`expireAfter`, 720 h by default);
    /// absent for `Never`.
    pub expire_after_seconds: Option<u32>,
}

impl NodePool {
    /// The default of `expireAfter`, seconds.
    pub const EXPIRE_AFTER_SECONDS: u32 = 720 * 3600;

    /// Whether the pool can be worked with.
    ///
    /// # Errors
    /// No name, a weight above 100, a percentage above 100, an offer with a negative price.
    pub fn check(&self) -> Result<(), InvalidNodes> {
        let field = |field: &str| format!("nodePool {}.{field}", self.name);
        InvalidNodes::unless(!self.name.is_empty(), "nodePool.name", "\"\"", "a name")?;
        InvalidNodes::unless(
            self.weight <= 100,
            field("weight"),
            self.weight,
            "at most 100",
        )?;
        for budget in &self.disruption.budgets {
            if let Share::Percent(percent) = budget.nodes {
                InvalidNodes::unless(
                    percent <= 100,
                    field("disruption.budgets.nodes"),
                    format!("{percent}%"),
                    "at most 100%",
                )?;
            }
        }
        for offer in &self.offers {
            InvalidNodes::unless(
                offer.price_per_hour >= Money::ZERO,
                field(&format!("offers.{}.pricePerHour", offer.instance_type)),
                offer.price_per_hour,
                "not negative",
            )?;
        }
        Ok(())
    }
}

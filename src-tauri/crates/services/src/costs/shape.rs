//! What the operations on cost take and answer. Money is decimal text; a price nobody knows is null.

use drydock_model::Money;
use drydock_pricing::{MachineClass, Provider};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::shapes::{Basis, HourlyCost};

/// The share of one service.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ServiceCost {
    /// `namespace/name`.
    pub id: String,
    /// Its share by requests.
    pub per_hour: HourlyCost,
}

/// What one node costs.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct NodeCost {
    /// Its name.
    pub name: String,
    /// Machine type, where labelled.
    pub instance_type: Option<String>,
    /// List price; null where none is known.
    pub per_hour: Option<HourlyCost>,
    /// Where the price comes from.
    pub source: Option<String>,
    /// Date of the price.
    pub as_of: Option<String>,
    /// Whether it is a price of spot capacity.
    pub spot: bool,
    /// Why there is no price, or that it is computed.
    pub note: Option<String>,
}

/// What `cost_rate` answers.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct CostRate {
    /// Where the figures come from.
    pub basis: Basis,
    /// All priced nodes. A lower bound where `unpriced` names any.
    pub per_hour: HourlyCost,
    /// What nobody requested of them.
    pub idle: HourlyCost,
    /// Shares of services by id; with `idle` they add up to `perHour` exactly.
    pub services: Vec<ServiceCost>,
    /// Nodes by name.
    pub nodes: Vec<NodeCost>,
    /// Nodes without a price.
    pub unpriced: Vec<String>,
    /// The priced nodes since the start: simulated time at `perHour`.
    pub accrued: HourlyCost,
    /// How it is computed.
    pub method: String,
}

/// Input of `price_book`.
#[derive(Clone, Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct PriceBookInput {
    /// `aws`, `azure` or `gcp`.
    #[serde(default)]
    pub provider: Option<Provider>,
    /// A region, such as `us-east-1`.
    #[serde(default)]
    pub region: Option<String>,
    /// Part of a machine type.
    #[serde(default)]
    pub search: Option<String>,
    /// How many, at most 500; 100 where absent.
    #[serde(default)]
    pub limit: Option<u32>,
    /// Where the page before ended (`next`).
    #[serde(default)]
    pub cursor: Option<String>,
}

/// A machine type with its price.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct PricedOffer {
    /// The cloud.
    pub provider: Provider,
    /// The region.
    pub region: String,
    /// The machine type.
    pub instance_type: String,
    /// What it is made for.
    pub class: MachineClass,
    /// CPU, thousandths of a core.
    pub milli_vcpu: u64,
    /// Memory, bytes.
    pub memory_bytes: u64,
    /// `amd64` or `arm64`.
    pub arch: String,
    /// US dollars per hour.
    pub on_demand_per_hour: Money,
    /// US dollars per hour of spot capacity, where published.
    pub spot_per_hour: Option<Money>,
    /// Where the price comes from.
    pub source: String,
    /// Its date.
    pub as_of: String,
    /// Whether it is computed from other published figures.
    pub estimated: bool,
    /// Where the spot price comes from.
    pub spot_source: Option<String>,
    /// Its date.
    pub spot_as_of: Option<String>,
}

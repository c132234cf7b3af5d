//! What machines cost and whose cost it is: the built-in price book, the price of a node read from
//! its labels, a node pool proposed for manifests that come without nodes, and the split of a
//! node's price over the workloads on it.
//!
//! Prices are public list prices with a source and a date. A price that is not known is absent or
//! [`NodePrice::Unknown`], never zero. This crate does no I/O and reads no clock.

mod accrual;
mod book;
mod max_pods;
pub mod node_labels;
mod node_price;
mod offer;
mod pool;
mod reservation;
mod split;

pub use accrual::accrue;
pub use book::{BookError, PriceBook};
pub use max_pods::{MAX_PODS_PER_NODE, max_pods};
pub use node_price::NodePrice;
pub use offer::{MachineClass, Offer, Provider, UnknownProvider};
pub use pool::{HEADROOM_PERCENT, PoolNeed, PoolProposal};
pub use reservation::{Allocatable, allocatable, allocatable_with};
pub use split::{CostSplit, PodRequest, ResourceWeights, apportion};

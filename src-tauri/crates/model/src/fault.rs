//! Disturbances of a running world, each by its mechanism. What a fault breaks, the world's own mechanisms mend.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{Impossible, ServiceId};

/// One end of a connection: what a packet comes from or goes to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(
    tag = "of",
    rename_all = "snake_case",
    rename_all_fields = "camelCase",
    deny_unknown_fields
)]
pub enum End {
    /// Pods of a service.
    Service {
        /// The service.
        service: ServiceId,
    },
    /// Pods on a node.
    Node {
        /// The node.
        node: String,
    },
    /// Pods in a zone.
    Zone {
        /// The zone.
        zone: String,
    },
    /// Pods in a region.
    Region {
        /// The region.
        region: String,
    },
    /// Clients outside of the cluster.
    Outside,
}

/// A disturbance.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(
    tag = "type",
    rename_all = "snake_case",
    rename_all_fields = "camelCase",
    deny_unknown_fields
)]
pub enum Fault {
    /// The process of every pod of the service exits, and exits again as soon as it is started: open connections are reset,
    /// new ones refused, and the kubelet starts it again after its back-off. Mended by the first start after the fault.
    ServiceFailure {
        /// The service.
        service: ServiceId,
    },
    /// The process of the database's primary exits and its lease runs out: writes find no primary until a replica is
    /// promoted, and what it had not yet got is lost.
    DatabaseFailover {
        /// The database.
        service: ServiceId,
    },
    /// The cache's processes exit and refuse connections while the fault lasts; they come back empty, and every miss goes
    /// to what is behind the cache.
    CacheFailure {
        /// The cache.
        service: ServiceId,
    },
    /// Packets between two ends are dropped, both ways: callers wait until they time out. The control plane still hears
    /// every node, so that no pod is moved for it.
    NetworkPartition {
        /// One end.
        between: End,
        /// The other end.
        and: End,
    },
    /// Pods of the service are evicted as a drain does it: within its disruption budget, with their termination grace. The
    /// rest follows as the budget allows, while the fault lasts.
    PodEviction {
        /// The service.
        service: ServiceId,
        /// How many pods.
        pods: u32,
    },
    /// A node is powered off: nothing on it answers, its lease runs out, its pods are evicted.
    NodeFailure {
        /// The node.
        node: String,
    },
    /// All nodes of a zone are powered off.
    ZoneFailure {
        /// The zone.
        zone: String,
    },
    /// All nodes of a region are powered off.
    RegionFailure {
        /// The region.
        region: String,
    },
    /// More requests arrive: each class, or one, comes `factor` times as fast.
    LoadSpike {
        /// The class; all where it is left out.
        class: Option<String>,
        /// Rate over what it was.
        factor: f64,
    },
    /// Something in every pod of the service takes memory: above its limit the kernel kills the process, above what the
    /// node has the kubelet evicts pods.
    MemoryPressure {
        /// The service.
        service: ServiceId,
        /// Memory taken in each pod, MiB.
        mib: f64,
    },
    /// The CPU quota of every pod of the service is cut.
    CpuThrottle {
        /// The service.
        service: ServiceId,
        /// CPU that a pod may use, thousandths of a core.
        milli_cpu: u32,
    },
    /// Packets between two ends take longer, both ways.
    LinkDelay {
        /// One end.
        between: End,
        /// The other end.
        and: End,
        /// Time added one way, milliseconds.
        delay_ms: f64,
        /// Uniform spread around it, milliseconds.
        jitter_ms: f64,
    },
    /// Packets between two ends are lost with a chance each: a lost one is sent again after the retransmission timeout,
    /// which doubles.
    LinkLoss {
        /// One end.
        between: End,
        /// The other end.
        and: End,
        /// Share of packets lost, 0 to 1.
        share: f64,
    },
}

impl Fault {
    /// Its type, as it is written.
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::ServiceFailure { .. } => "service_failure",
            Self::DatabaseFailover { .. } => "database_failover",
            Self::CacheFailure { .. } => "cache_failure",
            Self::NetworkPartition { .. } => "network_partition",
            Self::PodEviction { .. } => "pod_eviction",
            Self::NodeFailure { .. } => "node_failure",
            Self::ZoneFailure { .. } => "zone_failure",
            Self::RegionFailure { .. } => "region_failure",
            Self::LoadSpike { .. } => "load_spike",
            Self::MemoryPressure { .. } => "memory_pressure",
            Self::CpuThrottle { .. } => "cpu_throttle",
            Self::LinkDelay { .. } => "link_delay",
            Self::LinkLoss { .. } => "link_loss",
        }
    }

    /// Looks for figures that cannot be. Whether the targets are there only a running world knows.
    ///
    /// # Errors
    /// The field at fault and what would be right.
    pub fn check(&self) -> Result<(), Impossible> {
        let within = |field: &str, value: f64, least: f64, most: f64| {
            if (least..=most).contains(&value) {
                return Ok(());
            }
            Err(Impossible::new(field, value, &format!("{least} to {most}")))
        };
        match self {
            Self::LoadSpike { factor, .. } => within("factor", *factor, 0.0, 1000.0),
            Self::MemoryPressure { mib, .. } => within("mib", *mib, 0.0, 4_194_304.0),
            Self::CpuThrottle { milli_cpu, .. } => {
                within("milliCpu", f64::from(*milli_cpu), 1.0, 1_000_000.0)
            }
            Self::LinkDelay {
                delay_ms,
                jitter_ms,
                ..
            } => {
                within("delayMs", *delay_ms, 0.0, 600_000.0)?;
                within("jitterMs", *jitter_ms, 0.0, *delay_ms)
            }
            Self::LinkLoss { share, .. } => within("share", *share, 0.0, 1.0),
            Self::PodEviction { pods: 0, .. } => Err(Impossible::new("pods", 0, "1 or more")),
            _ => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_cannot_be_is_named() {
        let outside = || {
            (
                End::Outside,
                End::Zone {
                    zone: "a".to_owned(),
                },
            )
        };
        let (between, and) = outside();
        let loss = Fault::LinkLoss {
            between,
            and,
            share: 1.5,
        };
        assert_eq!(loss.check().unwrap_err().field, "share");
        let (between, and) = outside();
        let delay = Fault::LinkDelay {
            between,
            and,
            delay_ms: 5.0,
            jitter_ms: 6.0,
        };
        assert_eq!(delay.check().unwrap_err().field, "jitterMs");
        let spike = Fault::LoadSpike {
            class: None,
            factor: -1.0,
        };
        assert_eq!(spike.check().unwrap_err().field, "factor");
        assert!(
            Fault::NodeFailure {
                node: "n".to_owned()
            }
            .check()
            .is_ok()
        );
    }

    #[test]
    fn written_with_its_type() {
        let text = r#"{"type":"cpu_throttle","service":"shop/web","milliCpu":100}"#;
        let fault: Fault = serde_json::from_str(text).unwrap();
        assert_eq!(fault.kind(), "cpu_throttle");
        assert_eq!(serde_json::to_string(&fault).unwrap(), text);
    }
}

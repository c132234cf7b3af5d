//! What a service needs of its replicas beyond one that is ready: a majority, a primary. What nobody says is inferred
//! from the software, and listed as such.

use drydock_model::Provenance;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What a service needs of its replicas.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(
    tag = "type",
    rename_all = "camelCase",
    rename_all_fields = "camelCase",
    deny_unknown_fields
)]
pub enum Role {
    /// Any one replica does all of the work.
    Independent,
    /// More than half of the replicas wanted have to be ready.
    Majority,
    /// So many replicas have to be ready.
    AtLeast {
        /// How many, at least 1.
        needed: u32,
    },
    /// Each piece of data is on so many replicas, and a majority of those has to be ready. Which piece is where is not
    /// known, so that as many replicas may be lost as none of the pieces minds.
    Replicated {
        /// Copies of each piece of data, at least 1.
        factor: u32,
    },
    /// One replica takes the writes. The service is up while any replica is ready, but takes no writes without it.
    SinglePrimary {
        /// Whether another replica takes over by itself.
        automatic_failover: bool,
    },
    /// The data is divided among the replicas. What a lost replica takes with it is not known; the service counts as up
    /// while any is ready.
    Sharded,
}

impl Role {
    /// Replicas that have to be ready, of so many wanted.
    ///
    /// A majority is floor(n/2) + 1 (etcd 3.5 FAQ, ZooKeeper 3.9 administrator's guide, Consul consensus protocol). Of
    /// `f` copies (f-1)/2 may be lost (CockroachDB 25.2, architecture of the replication layer).
    pub fn needed(self, wanted: u32) -> u32 {
        match self {
            Self::Majority => wanted / 2 + 1,
            Self::AtLeast { needed } => needed,
            Self::Replicated { factor } => {
                let spare = wanted.min(factor).saturating_sub(1) / 2;
                wanted.saturating_sub(spare).max(1)
            }
            Self::Independent | Self::SinglePrimary { .. } | Self::Sharded => 1,
        }
    }
}

/// A role as it is taken for a service.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct RoleTaken {
    /// What the service needs of its replicas.
    pub role: Role,
    /// Replicas that have to be ready for it.
    pub needed: u32,
    /// The software it was inferred from, such as `etcd`; absent where somebody said the role.
    pub software: Option<String>,
    /// The pod that takes the writes, as `namespace/name`; absent where there is none or it is not known.
    pub primary: Option<String>,
    /// `Inferred` from image or name, or `Entered`.
    pub provenance: Provenance,
    /// What it was read off, such as `image quay.io/coreos/etcd:v3.5`.
    pub source: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn needed_of_wanted() {
        let check = |role: Role, expect: [u32; 6]| {
            assert_eq!(
                [1, 2, 3, 4, 5, 7].map(|n| role.needed(n)),
                expect,
                "{role:?}"
            );
        };
        check(Role::Majority, [1, 2, 2, 3, 3, 4]);
        check(Role::Replicated { factor: 3 }, [1, 2, 2, 3, 4, 6]);
        check(Role::Replicated { factor: 5 }, [1, 2, 2, 3, 3, 5]);
        check(Role::AtLeast { needed: 4 }, [4; 6]);
        check(Role::Independent, [1; 6]);
        check(Role::Sharded, [1; 6]);
        check(
            Role::SinglePrimary {
                automatic_failover: true,
            },
            [1; 6],
        );
    }
}

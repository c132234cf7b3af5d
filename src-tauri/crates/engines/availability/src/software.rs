//! Roles of software that is known by image or name. Only StatefulSets are looked at: members of a quorum keep their names.

use std::collections::BTreeSet;

use drydock_model::{Workload, WorkloadKind};

use crate::role::Role;

/// A role read off a workload.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Known {
    pub software: &'static str,
    pub role: Role,
    pub source: String,
}

/// One of each group has to be among the words of image and name.
type Words = &'static [&'static [&'static str]];

const FAILS_OVER: Role = Role::SinglePrimary {
    automatic_failover: true,
};
const BY_HAND: Role = Role::SinglePrimary {
    automatic_failover: false,
};

/// The first that matches counts. Sources, besides those of [`Role::needed`]: Kafka 4.0 operations, KRaft (a majority of the
/// controllers has to be alive); Redis Sentinel documentation (no failover without a majority of the Sentinels); MongoDB
/// 8.0 manual, replica set elections (no primary, hence no writes, without a majority of the voting members); MariaDB Galera
/// documentation, quorum (the primary component is more than half); Elasticsearch 8 reference, quorum-based decision
/// making (more than half of the master-eligible nodes); Patroni 4.0 documentation (a replica takes the leader lock).
const SOFTWARE: &[(&str, Words, Role)] = &[
    ("etcd", &[&["etcd"]], Role::Majority),
    ("ZooKeeper", &[&["zookeeper", "zk"]], Role::Majority),
    ("Consul", &[&["consul"]], Role::Majority),
    (
        "Kafka controllers",
        &[&["kafka"], &["controller", "controllers"]],
        Role::Majority,
    ),
    ("Redis Sentinel", &[&["sentinel"]], Role::Majority),
    (
        "CockroachDB",
        &[&["cockroach", "cockroachdb"]],
        Role::Replicated { factor: 3 },
    ),
    (
        "MongoDB",
        &[&["mongo", "mongodb", "mongod"]],
        Role::Majority,
    ),
    ("Galera", &[&["galera", "pxc", "xtradb"]], Role::Majority),
    (
        "Elasticsearch masters",
        &[&["elasticsearch", "opensearch"], &["master", "masters"]],
        Role::Majority,
    ),
    ("Kafka", &[&["kafka"]], Role::Sharded),
    (
        "Cassandra",
        &[&["cassandra", "scylla", "scylladb"]],
        Role::Sharded,
    ),
    ("RabbitMQ", &[&["rabbitmq"]], Role::Sharded),
    (
        "Elasticsearch",
        &[&["elasticsearch", "opensearch"]],
        Role::Sharded,
    ),
    (
        "Redis Cluster",
        &[&["redis", "valkey"], &["cluster"]],
        Role::Sharded,
    ),
    ("ClickHouse", &[&["clickhouse"]], Role::Sharded),
    ("Patroni", &[&["patroni", "spilo"]], FAILS_OVER),
    (
        "PostgreSQL",
        &[&["postgres", "postgresql", "postgis", "timescaledb"]],
        BY_HAND,
    ),
    ("MySQL", &[&["mysql", "mariadb", "percona"]], BY_HAND),
    ("Redis", &[&["redis", "valkey", "keydb"]], BY_HAND),
];

/// Words of images that only carry the name of what they look after.
const BESIDE: [&str; 5] = ["exporter", "operator", "backup", "agent", "proxy"];

/// Words of the names of workloads whose replicas all follow a primary elsewhere.
const FOLLOWERS: [&str; 9] = [
    "secondary",
    "secondaries",
    "replica",
    "replicas",
    "slave",
    "slaves",
    "read",
    "readonly",
    "standby",
];

/// The role of a workload's software, where it is known.
pub(crate) fn known(workload: &Workload) -> Option<Known> {
    if workload.kind != WorkloadKind::StatefulSet {
        return None;
    }
    let name = words(workload.id.object_name());
    if is_beside(&name) {
        return None;
    }
    let images: Vec<(&str, BTreeSet<String>)> = workload
        .template
        .spec
        .iter()
        .flat_map(|spec| &spec.containers)
        .filter_map(|container| container.image.as_deref())
        .map(|image| (image, words(repository(image))))
        .filter(|(_, words)| !is_beside(words))
        .collect();
    // What an image is, its own words say; what it does here, the name may.
    let by_image = |groups: Words| {
        let (first, rest) = groups.split_first()?;
        let fits = |words: &BTreeSet<String>| {
            has(words, first)
                && rest
                    .iter()
                    .all(|group| has(words, group) || has(&name, group))
        };
        let (image, _) = images.iter().find(|(_, words)| fits(words))?;
        Some(format!("image {image}"))
    };
    let by_name = |groups: Words| {
        let named = groups.iter().all(|group| has(&name, group));
        named.then(|| format!("name {}", workload.id))
    };
    let find = |source: &dyn Fn(Words) -> Option<String>| {
        SOFTWARE.iter().find_map(|&(software, groups, role)| {
            source(groups).map(|source| (software, role, source))
        })
    };
    let (software, role, source) = find(&by_image).or_else(|| find(&by_name))?;
    let follows = FOLLOWERS.iter().any(|word| name.contains(*word));
    if follows && matches!(role, Role::SinglePrimary { .. }) {
        return None;
    }
    Some(Known {
        software,
        role,
        source,
    })
}

fn is_beside(words: &BTreeSet<String>) -> bool {
    BESIDE.iter().any(|word| words.contains(*word))
}

fn has(words: &BTreeSet<String>, any: &[&str]) -> bool {
    any.iter().any(|word| words.contains(*word))
}

/// The last part of an image's repository: `quay.io/coreos/etcd:v3.5` is `etcd`.
fn repository(image: &str) -> &str {
    let last = image.rsplit('/').next().unwrap_or(image);
    last.split([':', '@']).next().unwrap_or(last)
}

fn words(text: &str) -> BTreeSet<String> {
    text.split(|c: char| !c.is_ascii_alphanumeric())
        .filter(|word| !word.is_empty())
        .map(str::to_ascii_lowercase)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use drydock_model::{ClusterObject, Inventory, Provenance, World};
    use serde_json::json;

    fn check(kind: &str, name: &str, images: &[&str], expect: Option<(&str, Role, &str)>) {
        let containers: Vec<_> = images
            .iter()
            .map(|image| json!({"name": "c", "image": image}))
            .collect();
        let object = json!({"apiVersion": "apps/v1", "kind": kind, "metadata": {"name": name, "namespace": "shop"},
            "spec": {"replicas": 3, "template": {"spec": {"containers": containers}}}});
        let mut world = World::default();
        world
            .objects
            .push(ClusterObject::new(object, Provenance::Measured));
        let inventory = Inventory::of(&world);
        let got = known(&inventory.workloads[0]);
        let got = got
            .as_ref()
            .map(|known| (known.software, known.role, known.source.as_str()));
        assert_eq!(got, expect, "{kind} {name} {images:?}");
    }

    #[test]
    fn software_by_image_and_name() {
        let set = |name, images: &[&str], expect| check("StatefulSet", name, images, expect);
        let etcd = "quay.io:443/coreos/etcd:v3.5@sha256:00";
        set(
            "store",
            &[etcd],
            Some((
                "etcd",
                Role::Majority,
                "image quay.io:443/coreos/etcd:v3.5@sha256:00",
            )),
        );
        check("Deployment", "store", &[etcd], None);
        set(
            "my-zk",
            &["own/image"],
            Some(("ZooKeeper", Role::Majority, "name shop/my-zk")),
        );
        set(
            "queue-controller",
            &["confluentinc/cp-kafka:7.6"],
            Some((
                "Kafka controllers",
                Role::Majority,
                "image confluentinc/cp-kafka:7.6",
            )),
        );
        set(
            "queue",
            &["confluentinc/cp-kafka:7.6"],
            Some(("Kafka", Role::Sharded, "image confluentinc/cp-kafka:7.6")),
        );
        set(
            "cache-node",
            &["bitnami/redis:7", "bitnami/redis-sentinel:7"],
            Some((
                "Redis Sentinel",
                Role::Majority,
                "image bitnami/redis-sentinel:7",
            )),
        );
        set(
            "cache",
            &["oliver006/redis_exporter", "redis:7"],
            Some(("Redis", BY_HAND, "image redis:7")),
        );
        set(
            "etcd-cache",
            &["redis:7"],
            Some(("Redis", BY_HAND, "image redis:7")),
        );
        set("cache-replicas", &["redis:7"], None);
        set("redis-exporter", &["own/image"], None);
        set("controller", &["own/image"], None);
        set(
            "db",
            &["ghcr.io/zalando/spilo-15:3.0"],
            Some(("Patroni", FAILS_OVER, "image ghcr.io/zalando/spilo-15:3.0")),
        );
        set(
            "db",
            &["bitnami/mariadb-galera:11"],
            Some(("Galera", Role::Majority, "image bitnami/mariadb-galera:11")),
        );
        set("web", &["nginx"], None);
    }
}

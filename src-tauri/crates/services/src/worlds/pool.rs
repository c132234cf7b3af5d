//! A node pool for manifests that come without nodes, proposed from the price book and stated as an assumption.

use std::collections::BTreeMap;

use drydock_import::RequestSums;
use drydock_model::{Assumption, ClusterObject, Provenance, World};
use drydock_pricing::{PoolNeed, PriceBook, Provider};
use drydock_store::Reader;
use serde_json::json;

use crate::{Error, settings};

/// Adds assumed Node objects that the pods of the world's workloads fit on.
pub(super) fn propose_nodes(
    world: &mut World,
    sums: RequestSums,
    reader: &Reader,
) -> Result<(), Error> {
    let text = |key| {
        settings::value(reader, key).map(|value| value.as_str().unwrap_or_default().to_owned())
    };
    let region = text(settings::CLOUD_REGION)?;
    let provider: Provider = text(settings::CLOUD_PROVIDER)?
        .parse()
        .map_err(Error::internal)?;
    let need = PoolNeed {
        milli_cpu: sums.milli_cpu,
        memory_bytes: sums.memory_bytes,
        pods: sums.pods,
        largest_milli_cpu: sums.largest_milli_cpu,
        largest_memory_bytes: sums.largest_memory_bytes,
    };
    let Some(pool) = PriceBook::builtin().propose_pool(provider, &region, need) else {
        return Err(Error::refused(format!(
            "the largest pod asks for {} mCPU and {} bytes, and no machine of the price book in {provider} {region} holds it: \
             import nodes along with the manifests",
            need.largest_milli_cpu, need.largest_memory_bytes
        )));
    };
    let capacity = pool.offer;
    for at in 0..pool.count {
        let zone = &pool.zones[at as usize % pool.zones.len()];
        let name = format!("pool-{}", at + 1);
        let node = json!({
            "apiVersion": "v1", "kind": "Node",
            "metadata": {"name": name, "annotations": {"drydock.dev/assumed": "proposed from the price book"}, "labels": {
                "kubernetes.io/hostname": name, "kubernetes.io/os": "linux", "kubernetes.io/arch": "amd64",
                "node.kubernetes.io/instance-type": capacity.instance_type,
                "topology.kubernetes.io/region": region, "topology.kubernetes.io/zone": zone,
            }},
            "spec": {"providerID": provider_id(provider, zone, &name)},
            "status": {
                "capacity": {"cpu": format!("{}m", capacity.milli_vcpu), "memory": capacity.memory_bytes.to_string(), "pods": pool.allocatable.pods.to_string()},
                "allocatable": {"cpu": format!("{}m", pool.allocatable.milli_cpu), "memory": pool.allocatable.memory_bytes.to_string(), "pods": pool.allocatable.pods.to_string()},
                "conditions": [{"type": "Ready", "status": "True"}],
            },
        });
        world
            .objects
            .push(ClusterObject::new(node, Provenance::Assumed));
    }
    world.sort_objects();
    let assumption = Assumption {
        what: format!(
            "{} nodes of type {} in {region}, over {} zones",
            pool.count,
            capacity.instance_type,
            pool.zones.len()
        ),
        why: format!("the input holds no nodes; {}", pool.reason),
        figures: BTreeMap::from([
            ("instanceType".to_owned(), capacity.instance_type.to_owned()),
            (
                "pricePerHour".to_owned(),
                format!("{} USD each", capacity.on_demand_per_hour),
            ),
            (
                "source".to_owned(),
                format!("{}, {}", capacity.source, capacity.as_of),
            ),
        ]),
    };
    if let Some(report) = &mut world.definition.report {
        report.assumed.push(assumption);
    }
    Ok(())
}

/// The id a node would carry, whose scheme tells the price book the provider.
fn provider_id(provider: Provider, zone: &str, name: &str) -> String {
    match provider {
        Provider::Aws => format!("aws:///{zone}/{name}"),
        Provider::Gcp => format!("gce://drydock/{zone}/{name}"),
        Provider::Azure => format!("azure:///{zone}/{name}"),
    }
}

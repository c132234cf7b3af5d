//! Nodes that are not there yet: what is known of them from a node that is copied, from the price book, or from the
//! change itself. Adds nothing.

use std::collections::{BTreeMap, BTreeSet};

use drydock_model::Provenance;
use drydock_pricing::{
    MAX_PODS_PER_NODE, Offer, PriceBook, Provider, allocatable_with, max_pods, node_labels,
};
use drydock_scheduler::NodeId;
use serde_json::{Value, json};

use crate::change::Capacity;
use crate::error::{Fault, some_of};
use crate::names::as_node_name;
use crate::node_object::{map, renew};
use crate::rehearsal::Rehearsal;

/// The label that a pool gets that no provider's label names.
pub(crate) const POOL: &str = crate::pool::POOL_LABELS[0];
/// Where prices and capacities of machine types come from, besides what each offer says.
const RESERVATIONS: &str = "GKE: Plan GKE Standard node sizes; EKS: the optimised images' bootstrap; AKS: Node resource reservations";

/// A node to be made: an object without name or zone.
#[derive(Clone, Debug)]
pub(crate) struct Blueprint {
    pub node: Value,
    pub provenance: Provenance,
    /// Names count up from this.
    pub stem: String,
}

impl Blueprint {
    /// The node of a name, in a zone where one is given.
    pub fn node(&self, name: &str, zone: Option<&str>) -> Value {
        let mut node = self.node.clone();
        renew(&mut node, name);
        if let Some(zone) = zone {
            set_zone(&mut node, zone);
        }
        node
    }
}

fn set_zone(node: &mut Value, zone: &str) {
    let labels = map(&mut node["metadata"], "labels");
    let old = labels
        .get("topology.kubernetes.io/zone")
        .and_then(Value::as_str)
        .map(str::to_owned);
    labels.insert("topology.kubernetes.io/zone".to_owned(), json!(zone));
    if labels.contains_key("failure-domain.beta.kubernetes.io/zone") {
        labels.insert(
            "failure-domain.beta.kubernetes.io/zone".to_owned(),
            json!(zone),
        );
    }
    if let (Some(old), Some(Value::String(id))) = (old, map(node, "spec").get_mut("providerID")) {
        *id = id.replace(&format!("/{old}/"), &format!("/{zone}/"));
    }
}

/// A machine type, and what is not said of it.
pub(crate) struct Wanted<'a> {
    pub instance_type: &'a str,
    pub provider: Option<Provider>,
    pub region: Option<&'a str>,
}

impl Rehearsal {
    /// A node like one there is.
    pub fn like(&self, id: NodeId) -> Blueprint {
        let name = self.cluster.node_name(id);
        let pool = self.facts(id).and_then(|facts| facts.pool.clone());
        let object = self.fork.node(name);
        Blueprint {
            node: object.map_or(Value::Null, |object| object.json.as_ref().clone()),
            provenance: object.map_or(Provenance::Entered, |object| {
                object.provenance.weaker(Provenance::Entered)
            }),
            stem: as_node_name(pool.as_deref().unwrap_or(name)),
        }
    }

    /// A node of stated capacity, all of it for pods; what else it says is copied from a node of its pool.
    pub fn of_capacity(&mut self, capacity: &Capacity, member: Option<NodeId>) -> Blueprint {
        let mut amounts = json!({"cpu": capacity.cpu, "memory": capacity.memory,
            "pods": capacity.pods.unwrap_or(MAX_PODS_PER_NODE).to_string()});
        for (name, amount) in &capacity.extended {
            amounts[name] = json!(amount);
        }
        self.record.assumptions.insert(
            "a node of stated capacity offers all of it to pods, and runs Linux on amd64 where its pool says nothing else".to_owned(),
        );
        let mut blueprint = self.member_or_blank(member, "node");
        unlabel_machine(&mut blueprint.node);
        let labels = map(&mut blueprint.node["metadata"], "labels");
        // What the kubelet says of its machine, the older names too.
        for (label, value) in [
            ("kubernetes.io/os", "linux"),
            ("beta.kubernetes.io/os", "linux"),
            ("kubernetes.io/arch", "amd64"),
            ("beta.kubernetes.io/arch", "amd64"),
        ] {
            labels.entry(label).or_insert_with(|| json!(value));
        }
        blueprint.node["status"] = json!({"capacity": amounts, "allocatable": amounts});
        blueprint
    }

    /// A node of a machine type of the price book.
    ///
    /// # Errors
    /// A type that the book does not have, or a region that nothing names.
    pub fn of_machine(
        &mut self,
        wanted: &Wanted<'_>,
        member: Option<NodeId>,
    ) -> Result<(Blueprint, &'static Offer), Fault> {
        let offer = self.offer(wanted, member)?;
        let set = member.and_then(|id| self.pods_set(id));
        let offered = allocatable_with(offer, set.unwrap_or_else(|| max_pods(offer)));
        let mut blueprint = self.member_or_blank(member, offer.instance_type);
        let disk = member.and_then(|id| self.disk_of(id));
        let node = &mut blueprint.node;
        unlabel_machine(node);
        let labels = map(&mut node["metadata"], "labels");
        for (label, value) in [
            ("kubernetes.io/os", "linux"),
            ("beta.kubernetes.io/os", "linux"),
            ("kubernetes.io/arch", offer.arch),
            ("beta.kubernetes.io/arch", offer.arch),
            ("node.kubernetes.io/instance-type", offer.instance_type),
            ("topology.kubernetes.io/region", offer.region),
        ] {
            labels.insert(label.to_owned(), json!(value));
        }
        let zone = labels
            .get("topology.kubernetes.io/zone")
            .and_then(Value::as_str)
            .map_or_else(
                || offer.provider.zones(offer.region)[0].clone(),
                str::to_owned,
            );
        labels.insert("topology.kubernetes.io/zone".to_owned(), json!(zone));
        map(node, "spec").insert(
            "providerID".to_owned(),
            json!(match offer.provider {
                Provider::Gcp => format!("gce://drydock/{zone}/node"),
                other => format!("{other}:///{zone}/node"),
            }),
        );
        node["status"] = json!({
            "capacity": {"cpu": format!("{}m", offer.milli_vcpu), "memory": offer.memory_bytes.to_string(),
                "pods": offered.pods.to_string()},
            "allocatable": {"cpu": format!("{}m", offered.milli_cpu), "memory": offered.memory_bytes.to_string(),
                "pods": offered.pods.to_string()},
        });
        let machine = format!(
            "{} in {} {}",
            offer.instance_type, offer.provider, offer.region
        );
        let disk_words = if let Some((name, amount)) = disk {
            for amounts in ["capacity", "allocatable"] {
                node["status"][amounts]["ephemeral-storage"] = json!(amount);
            }
            format!("ephemeral storage as on {name}")
        } else {
            "no ephemeral storage, since the price book knows no disks".to_owned()
        };
        let pods_words = match (set, offer.provider) {
            (Some(_), _) => "the number its pool is set to",
            (None, Provider::Aws) => "what its network interfaces have addresses for",
            (None, _) => "the default",
        };
        self.record.assumptions.insert(format!(
            "a new {machine} offers {} milli-cores, {} MiB and {} pods ({pods_words}): its capacity ({}, {}) less what the provider reserves ({RESERVATIONS}), {disk_words}",
            offered.milli_cpu,
            offered.memory_bytes >> 20,
            offered.pods,
            offer.source,
            offer.as_of,
        ));
        blueprint.provenance = Provenance::Assumed;
        Ok((blueprint, offer))
    }

    /// Pods that the nodes of a pool were set to take: what one of them shows, where its machine type alone would have it
    /// take another number.
    fn pods_set(&self, id: NodeId) -> Option<u32> {
        let node = self.fork.node(self.cluster.node_name(id))?;
        let shown = node.json.pointer("/status/allocatable/pods")?;
        let shown = shown.as_str()?.parse().ok()?;
        let machine = self.facts(id)?.instance_type.as_deref()?;
        let sold = PriceBook::builtin().offers();
        let own = sold.iter().find(|offer| offer.instance_type == machine)?;
        (max_pods(own) != shown).then_some(shown)
    }

    fn disk_of(&self, id: NodeId) -> Option<(String, String)> {
        let name = self.cluster.node_name(id);
        let amount = self
            .fork
            .node(name)?
            .json
            .pointer("/status/allocatable/ephemeral-storage")?;
        Some((name.to_owned(), amount.as_str()?.to_owned()))
    }

    fn member_or_blank(&self, member: Option<NodeId>, stem: &str) -> Blueprint {
        member.map_or_else(
            || Blueprint {
                node: json!({"apiVersion": "v1", "kind": "Node", "metadata": {"labels": {}}, "spec": {}}),
                provenance: Provenance::Entered,
                stem: as_node_name(stem),
            },
            |id| self.like(id),
        )
    }

    /// The line of the price book: of the provider and region that are given, of the pool's, or of the world's nodes.
    fn offer(&self, wanted: &Wanted<'_>, member: Option<NodeId>) -> Result<&'static Offer, Fault> {
        let book = PriceBook::builtin();
        let machine = wanted.instance_type;
        let sold: BTreeSet<(Provider, &'static str)> = book
            .offers()
            .iter()
            .filter(|offer| offer.instance_type == machine)
            .map(|offer| (offer.provider, offer.region))
            .filter(|(provider, _)| wanted.provider.is_none_or(|wanted| wanted == *provider))
            .collect();
        if sold.is_empty() {
            return Err(Fault::field(
                "instanceType",
                format!("{machine:?}"),
                "a machine type of the price book, or a capacity in its place",
            ));
        }
        let near: Vec<String> = match (wanted.region, member) {
            (Some(region), _) => vec![region.to_owned()],
            (None, Some(id)) => self.regions([id]),
            (None, None) => self.regions(self.cluster.nodes()),
        };
        let found = near
            .iter()
            .find_map(|near| sold.iter().find(|(_, region)| region == near))
            .or_else(|| sold.first().filter(|_| sold.len() == 1));
        found
            .and_then(|&(provider, region)| book.find(provider, region, machine))
            .ok_or_else(|| {
                Fault::field(
                    "region",
                    wanted
                        .region
                        .map_or_else(|| "missing".to_owned(), |region| format!("{region:?}")),
                    format!(
                        "a region that has {machine}: {}",
                        some_of(sold.iter().map(|&(_, region)| region))
                    ),
                )
            })
    }

    /// Regions of nodes, the most frequent first.
    pub fn regions(&self, nodes: impl IntoIterator<Item = NodeId>) -> Vec<String> {
        let mut count: BTreeMap<String, usize> = BTreeMap::new();
        for id in nodes {
            let labels = self
                .fork
                .node(self.cluster.node_name(id))
                .and_then(|object| object.json.pointer("/metadata/labels"));
            let labels: BTreeMap<String, String> = labels
                .and_then(|labels| serde::Deserialize::deserialize(labels).ok())
                .unwrap_or_default();
            if let Some(region) = node_labels::region(&labels) {
                *count.entry(region.to_owned()).or_insert(0) += 1;
            }
        }
        let mut regions: Vec<(String, usize)> = count.into_iter().collect();
        regions.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
        regions.into_iter().map(|(region, _)| region).collect()
    }
}

/// Takes off what names another machine than the node will be.
fn unlabel_machine(node: &mut Value) {
    let labels = map(&mut node["metadata"], "labels");
    for label in [
        "node.kubernetes.io/instance-type",
        "beta.kubernetes.io/instance-type",
        "cloud.google.com/machine-family",
    ] {
        labels.shift_remove(label);
    }
    labels.retain(|label, _| !label.starts_with("karpenter.k8s.aws/instance-"));
    map(node, "spec").shift_remove("providerID");
}

//! Names of a cluster as its DNS would answer them: Services, and the workload behind each.

use std::collections::{BTreeMap, BTreeSet};

use drydock_model::{ClusterObject, Inventory, ServiceId, Workload};
use serde_json::Value;

/// A Service and what stands behind it.
pub(crate) struct ServiceEntry {
    /// `namespace/name` of the Service.
    pub id: ServiceId,
    /// `ClusterIP`, `NodePort`, `LoadBalancer` or `ExternalName`.
    pub kind: String,
    /// The workloads its selector finds, most replicas first.
    pub workloads: Vec<ServiceId>,
}

/// What a name leads to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Answer {
    /// A workload.
    Workload(ServiceId),
    /// A name of the cluster with nothing behind it, and why.
    Nothing(String),
    /// A name from outside.
    Outside,
}

/// The Services and workloads of a world by name.
pub(crate) struct Directory {
    services: BTreeMap<ServiceId, ServiceEntry>,
    workloads: BTreeSet<ServiceId>,
    namespaces: BTreeSet<String>,
}

impl Directory {
    pub fn of(objects: &[ClusterObject], inventory: &Inventory) -> Self {
        let mut services = BTreeMap::new();
        let mut namespaces = BTreeSet::new();
        for object in objects {
            if (object.group(), object.kind()) == ("", "Namespace") {
                namespaces.insert(object.name().to_owned());
            }
            if (object.group(), object.kind()) == ("", "Service") {
                let entry = service(object, inventory);
                services.insert(entry.id.clone(), entry);
            }
        }
        let workloads: BTreeSet<_> = inventory
            .serving()
            .map(|workload| workload.id.clone())
            .collect();
        namespaces.extend(
            workloads
                .iter()
                .chain(services.keys())
                .map(|id| id.namespace().to_owned()),
        );
        Self {
            services,
            workloads,
            namespaces,
        }
    }

    /// Every Service in order.
    pub fn services(&self) -> impl Iterator<Item = &ServiceEntry> {
        self.services.values()
    }

    /// What `host` leads to when asked for from `namespace`.
    pub fn resolve(&self, host: &str, namespace: &str) -> Answer {
        let labels: Vec<&str> = host.split('.').collect();
        let in_cluster = labels
            .iter()
            .skip(2)
            .position(|label| *label == "svc")
            .map(|at| at + 2);
        if let Some(at) = in_cluster {
            return self.answer(ServiceId::new(labels[at - 1], labels[at - 2]));
        }
        match labels.as_slice() {
            [name] => self.answer(ServiceId::new(namespace, name)),
            [name, second] => {
                let there = ServiceId::new(second, name);
                // `pod.service`, as the pods of a StatefulSet are called.
                let pod = ServiceId::new(namespace, second);
                if !self.knows(&there) && self.services.contains_key(&pod) {
                    self.answer(pod)
                } else if self.knows(&there) || self.namespaces.contains(*second) {
                    self.answer(there)
                } else {
                    Answer::Outside
                }
            }
            [_, service, namespace] if self.knows(&ServiceId::new(namespace, service)) => {
                self.answer(ServiceId::new(namespace, service))
            }
            _ => Answer::Outside,
        }
    }

    fn knows(&self, id: &ServiceId) -> bool {
        self.services.contains_key(id) || self.workloads.contains(id)
    }

    fn answer(&self, id: ServiceId) -> Answer {
        match self.services.get(&id) {
            Some(service) => match service.workloads.first() {
                Some(workload) => Answer::Workload(workload.clone()),
                None if service.kind == "ExternalName" => Answer::Outside,
                None => Answer::Nothing(format!("Service {id} selects no workload")),
            },
            None if self.workloads.contains(&id) => Answer::Workload(id),
            None => Answer::Nothing(format!("no Service or workload {id}")),
        }
    }
}

fn service(object: &ClusterObject, inventory: &Inventory) -> ServiceEntry {
    let id = ServiceId::new(object.namespace(), object.name());
    let selector: Vec<(&str, &str)> = object
        .json
        .pointer("/spec/selector")
        .and_then(Value::as_object)
        .into_iter()
        .flatten()
        .filter_map(|(key, value)| Some((key.as_str(), value.as_str()?)))
        .collect();
    let mut found: Vec<&Workload> = inventory
        .serving()
        .filter(|workload| {
            !selector.is_empty()
                && workload.id.namespace() == id.namespace()
                && matches(workload, &selector)
        })
        .collect();
    found.sort_by_key(|workload| (std::cmp::Reverse(workload.replicas), workload.id.clone()));
    ServiceEntry {
        id,
        kind: object
            .json
            .pointer("/spec/type")
            .and_then(Value::as_str)
            .unwrap_or("ClusterIP")
            .to_owned(),
        workloads: found
            .into_iter()
            .map(|workload| workload.id.clone())
            .collect(),
    }
}

fn matches(workload: &Workload, selector: &[(&str, &str)]) -> bool {
    let labels = workload.template.metadata.labels.as_ref();
    selector.iter().all(|(key, value)| {
        labels
            .and_then(|labels| labels.get(*key))
            .is_some_and(|label| label == value)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use drydock_model::{Provenance, World};
    use serde_json::json;

    #[test]
    fn names_as_the_cluster_answers_them() {
        let deployment = |name: &str, namespace: &str| {
            json!({"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": name, "namespace": namespace},
                "spec": {"template": {"metadata": {"labels": {"app": name}}, "spec": {"containers": []}}}})
        };
        let service = |name: &str, namespace: &str, app: &str| json!({"apiVersion": "v1", "kind": "Service", "metadata": {"name": name, "namespace": namespace}, "spec": {"selector": {"app": app}}});
        let objects = [
            deployment("cart-v1", "shop"),
            deployment("queue", "infra"),
            service("cart", "shop", "cart-v1"),
            service("dead", "shop", "nobody"),
            json!({"apiVersion": "v1", "kind": "Service", "metadata": {"name": "ext", "namespace": "shop"}, "spec": {"type": "ExternalName"}}),
        ];
        let objects: Vec<_> = objects
            .iter()
            .map(|json| ClusterObject::new(json.clone(), Provenance::Measured))
            .collect();
        let world = World {
            objects,
            ..World::default()
        };
        let directory = Directory::of(&world.objects, &Inventory::of(&world));
        let check = |host: &str, expect: &str| {
            let got = match directory.resolve(host, "shop") {
                Answer::Workload(id) => id.to_string(),
                Answer::Nothing(why) => why,
                Answer::Outside => "outside".to_owned(),
            };
            assert_eq!(got, expect, "{host}");
        };
        check("cart", "shop/cart-v1");
        check("cart.shop", "shop/cart-v1");
        check("cart.shop.svc", "shop/cart-v1");
        check("cart.shop.svc.cluster.local", "shop/cart-v1");
        check("cart-0.cart", "shop/cart-v1");
        check("cart-0.cart.shop.svc.cluster.local", "shop/cart-v1");
        check("cart-v1", "shop/cart-v1");
        check("queue", "no Service or workload shop/queue");
        check("queue.infra", "infra/queue");
        check("other.infra", "no Service or workload infra/other");
        check("dead", "Service shop/dead selects no workload");
        check("ext", "outside");
        check("example.com", "outside");
        check("api.example.com", "outside");
    }
}

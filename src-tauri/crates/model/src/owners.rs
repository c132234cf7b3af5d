//! Whose the pods of a dump are: a Deployment's through its ReplicaSets, of kinds that share a name each its own, and
//! workloads inferred where only pods are known.

use std::collections::{BTreeMap, BTreeSet};

use crate::template::{deployments, template_of};
use crate::{Inventory, Provenance, ServiceId, Workload, WorkloadKind};

impl Inventory {
    /// A ReplicaSet of the world says whose it is, where the labels of its pods do not.
    pub(crate) fn follow_replica_sets(&mut self) {
        let made: BTreeMap<ServiceId, ServiceId> = deployments(&self.cluster.replica_sets)
            .map(|(set, namespace, deployment)| {
                let name = set.metadata.name.as_deref().unwrap_or_default();
                (
                    ServiceId::new(namespace, name),
                    ServiceId::new(namespace, deployment),
                )
            })
            .collect();
        for live in &mut self.pods {
            if live.kind == WorkloadKind::ReplicaSet
                && let Some(deployment) = made.get(&live.owner)
            {
                live.owner.clone_from(deployment);
                live.kind = WorkloadKind::Deployment;
            }
        }
    }

    /// Objects of several kinds may share a name: one keeps it, a StatefulSet before others since its pods' names follow
    /// from it, and the others carry their kind.
    pub(crate) fn tell_apart(&mut self) {
        let objects: BTreeSet<(&ServiceId, WorkloadKind)> =
            self.workloads.iter().map(|w| (&w.id, w.kind)).collect();
        let has = |id, kind| objects.contains(&(id, kind));
        for live in &mut self.pods {
            // A ReplicaSet that is not part of the world is taken for that of the Deployment of its name.
            if live.kind == WorkloadKind::ReplicaSet
                && !has(&live.owner, WorkloadKind::ReplicaSet)
                && has(&live.owner, WorkloadKind::Deployment)
            {
                live.kind = WorkloadKind::Deployment;
            }
        }
        let rank = |kind: WorkloadKind| (kind != WorkloadKind::StatefulSet, kind);
        let mut first: BTreeMap<ServiceId, WorkloadKind> = BTreeMap::new();
        let named = self.workloads.iter().map(|w| (&w.id, w.kind));
        for (id, kind) in named.chain(self.pods.iter().map(|live| (&live.owner, live.kind))) {
            let keeps = first.entry(id.clone()).or_insert(kind);
            if rank(kind) < rank(*keeps) {
                *keeps = kind;
            }
        }
        let tell = |id: &mut ServiceId, kind: WorkloadKind| {
            if first.get(id).is_some_and(|&keeps| keeps != kind) {
                *id = id.of_kind(kind);
            }
        };
        for workload in &mut self.workloads {
            tell(&mut workload.id, workload.kind);
        }
        for live in &mut self.pods {
            tell(&mut live.owner, live.kind);
        }
        for autoscaler in &mut self.autoscalers {
            if let Some(kind) = autoscaler.kind {
                tell(&mut autoscaler.target, kind);
            }
        }
    }

    /// A dump of pods alone still says what ran: a workload is inferred for owners that are not in it.
    pub(crate) fn infer_workloads(&mut self) {
        let known: BTreeSet<ServiceId> = self
            .workloads
            .iter()
            .map(|workload| workload.id.clone())
            .collect();
        let mut inferred: BTreeMap<ServiceId, Workload> = BTreeMap::new();
        for live in self.pods.iter().filter(|live| !known.contains(&live.owner)) {
            let entry = inferred
                .entry(live.owner.clone())
                .or_insert_with(|| Workload {
                    id: live.owner.clone(),
                    kind: live.kind,
                    replicas: 0,
                    selector: None,
                    template: template_of(&live.pod),
                    provenance: if live.kind == WorkloadKind::Pod {
                        Provenance::Measured
                    } else {
                        Provenance::Inferred
                    },
                    created: live.created,
                });
            entry.replicas += u32::from(!live.ended);
        }
        self.workloads.extend(inferred.into_values());
    }
}

#[cfg(test)]
mod tests {
    use crate::inventory::tests::{check, owner, pod, world};
    use crate::{Inventory, WorkloadKind};
    use serde_json::json;

    #[test]
    fn pods_alone_say_what_ran() {
        check(
            &[
                pod("web-abc-1", &owner("ReplicaSet", "web-abc"), "Running"),
                pod("web-abc-2", &owner("ReplicaSet", "web-abc"), "Pending"),
                pod("web-abc-3", &owner("ReplicaSet", "web-abc"), "Failed"),
                pod("alone", &json!([]), "Running"),
                pod("etcd-n1", &owner("Node", "n1"), "Running"),
            ],
            &[
                ("shop/alone", WorkloadKind::Pod, 1),
                ("shop/etcd-n1", WorkloadKind::Pod, 1),
                ("shop/web", WorkloadKind::Deployment, 2),
            ],
        );
    }

    #[test]
    fn a_replica_set_says_whose_its_pods_are() {
        let mut unlabelled = pod("web-abc-1", &owner("ReplicaSet", "web-abc"), "Running");
        unlabelled["metadata"]["labels"] = json!({});
        let set = json!({"apiVersion": "apps/v1", "kind": "ReplicaSet", "metadata": {"name": "web-abc", "namespace": "shop",
            "ownerReferences": owner("Deployment", "web")}, "spec": {"selector": {}}});
        check(
            &[unlabelled.clone()],
            &[("shop/web-abc", WorkloadKind::ReplicaSet, 1)],
        );
        check(
            &[unlabelled, set],
            &[("shop/web", WorkloadKind::Deployment, 1)],
        );
    }

    #[test]
    fn kinds_that_share_a_name_are_told_apart() {
        let work = |group: &str, kind: &str| {
            json!({"apiVersion": format!("{group}/v1"), "kind": kind, "metadata": {"name": "web", "namespace": "shop"},
                "spec": {"replicas": 2, "parallelism": 4, "template": {"spec": {"containers": [{"name": "c"}]}}}})
        };
        let scaler = json!({"apiVersion": "autoscaling/v2", "kind": "HorizontalPodAutoscaler",
            "metadata": {"name": "web", "namespace": "shop"},
            "spec": {"scaleTargetRef": {"apiVersion": "apps/v1", "kind": "Deployment", "name": "web"}}});
        let objects = [
            work("apps", "Deployment"),
            work("apps", "StatefulSet"),
            work("batch", "Job"),
            pod("web-0", &owner("StatefulSet", "web"), "Running"),
            pod("web-x", &owner("Job", "web"), "Running"),
            scaler,
        ];
        check(
            &objects,
            &[
                ("shop/web", WorkloadKind::StatefulSet, 2),
                ("shop/web.Deployment", WorkloadKind::Deployment, 2),
                ("shop/web.Job", WorkloadKind::Job, 4),
            ],
        );
        let inventory = Inventory::of(&world(&objects));
        let owners: Vec<_> = inventory.pods.iter().map(|p| p.owner.as_str()).collect();
        assert_eq!(owners, ["shop/web", "shop/web.Job"]);
        assert_eq!(
            inventory.autoscalers[0].target.as_str(),
            "shop/web.Deployment"
        );
        let job = &inventory.workloads[2];
        assert_eq!((job.id.name(), job.id.object_name()), ("web.Job", "web"));
        assert_eq!(job.id.pod(3), "shop/web-job-3");
        let owner = &job.template.metadata.owner_references;
        assert_eq!(owner.as_ref().unwrap()[0].name, "web");
    }
}

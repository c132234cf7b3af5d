//! Changes of workloads: scaled, edited, removed, added from manifests. Pods follow their objects: the fork is written and
//! then read anew.

use std::collections::BTreeMap;
use std::sync::Arc;

use drydock_model::{ClusterObject, Provenance, ServiceId, WorkloadKind};
use drydock_scheduler::PodKey;
use serde_json::{Value, json};

use crate::error::{Fault, some_of};
use crate::fork::merge;
use crate::outcome::Cause;
use crate::pod_traits::is_unready;
use crate::rehearsal::Rehearsal;
use crate::standing::{Standing, StandingPod};

/// Most replicas of a workload.
const MOST_REPLICAS: u32 = 100_000;

/// What the API server and controllers give to one pod and no other.
const DELETION_COST: &str = "controller.kubernetes.io/pod-deletion-cost";

impl Rehearsal {
    /// The workload that a text names.
    fn workload(&self, text: &str) -> Result<(ServiceId, WorkloadKind), Fault> {
        let mut found = self.inventory.workloads.iter().filter(|workload| {
            workload.id.as_str() == text || (!text.contains('/') && workload.id.name() == text)
        });
        match (found.next(), found.next()) {
            (Some(workload), None) => Ok((workload.id.clone(), workload.kind)),
            (None, _) => {
                let all = self.inventory.workloads.iter().map(|w| w.id.as_str());
                Err(Fault::field(
                    "workload",
                    format!("{text:?}"),
                    format!("namespace/name of a workload: {}", some_of(all)),
                ))
            }
            (Some(a), Some(b)) => Err(Fault::field(
                "workload",
                format!("{text:?}"),
                format!("one of several by its namespace: {}, {}, ...", a.id, b.id),
            )),
        }
    }

    /// Sets the replicas of a workload.
    pub fn scale_workload(&mut self, text: &str, replicas: u32) -> Result<(), Fault> {
        if replicas > MOST_REPLICAS {
            let expected = format!("at most {MOST_REPLICAS}");
            return Err(Fault::field("replicas", replicas.to_string(), expected));
        }
        let (id, kind) = self.workload(text)?;
        if matches!(
            kind,
            WorkloadKind::DaemonSet | WorkloadKind::Job | WorkloadKind::Pod
        ) {
            return Err(Fault::field(
                "workload",
                format!("{kind:?} {id}"),
                "a workload with replicas: a Deployment, ReplicaSet, StatefulSet or ReplicationController",
            ));
        }
        if self
            .inventory
            .autoscalers
            .iter()
            .any(|hpa| hpa.target == id)
        {
            self.record.warnings.insert(format!(
                "an autoscaler sets the replicas of {id}; it is not asked here"
            ));
        }
        self.dismiss_surplus(&id, kind, replicas);
        if let Some(object) = self.fork.workload(kind, &id) {
            let provenance = object.provenance.weaker(Provenance::Entered);
            let mut json = object.json.as_ref().clone();
            merge(&mut json, &json!({"spec": {"replicas": replicas}}));
            self.fork.put(json, provenance);
        } else {
            self.copy_pods(&id, replicas);
        }
        self.record.scaled.insert(id);
        self.restand()
    }

    /// Takes pods out until there are no more than wanted, in the order in which controllers do.
    fn dismiss_surplus(&mut self, id: &ServiceId, kind: WorkloadKind, replicas: u32) {
        let mut pods: Vec<PodKey> = self
            .there()
            .filter(|(_, pod)| pod.owner == *id)
            .map(|(key, _)| key)
            .collect();
        let surplus = pods.len().saturating_sub(replicas as usize);
        if surplus == 0 {
            return;
        }
        if kind == WorkloadKind::StatefulSet {
            pods.sort_by_cached_key(|&key| std::cmp::Reverse(ordinal(self.pod(key))));
        } else {
            self.rank_for_deletion(&mut pods);
        }
        for key in pods.into_iter().take(surplus) {
            self.lose(key, Cause::Scaled);
        }
    }

    /// `ActivePodsWithRanks` of `pkg/controller`, as far as a dump says: without a node first, then not ready, then the
    /// cheaper to delete, then those whose node holds more of the same, then the youngest.
    fn rank_for_deletion(&self, pods: &mut [PodKey]) {
        let mut on_node: BTreeMap<&str, usize> = BTreeMap::new();
        for &key in pods.iter() {
            if let Some(node) = self.place(key) {
                *on_node.entry(node).or_insert(0) += 1;
            }
        }
        pods.sort_by_cached_key(|&key| {
            let pod = self.pod(key);
            let fresh = self.replaced.contains(&pod.name);
            let place = self.place(key);
            let cost = pod.pod.metadata.annotations.as_ref();
            let cost = cost
                .and_then(|annotations| annotations.get(DELETION_COST)?.parse::<i64>().ok())
                .unwrap_or(0);
            let shared = place.and_then(|node| on_node.get(node)).copied();
            let created = pod.created.filter(|_| !fresh && pod.from_dump);
            (
                place.is_some(),
                pod.from_dump && !fresh && !is_unready(pod),
                cost,
                std::cmp::Reverse(shared),
                std::cmp::Reverse((created.is_none(), created)),
                std::cmp::Reverse(pod.name.clone()),
            )
        });
    }

    /// A workload of which only pods are known grows by copies of one of them.
    fn copy_pods(&mut self, id: &ServiceId, replicas: u32) {
        let mine: Vec<(PodKey, ServiceId)> = self
            .there()
            .filter(|(_, pod)| pod.owner == *id)
            .filter_map(|(key, pod)| Some((key, pod.name.parse().ok()?)))
            .collect();
        let Some(model) = mine.first().and_then(|(_, name)| self.fork.pod(name)) else {
            return;
        };
        let mut json = model.json.as_ref().clone();
        let name = &mut json["metadata"];
        *name = json!({"namespace": name["namespace"], "labels": name["labels"],
            "annotations": name["annotations"], "ownerReferences": name["ownerReferences"]});
        if let Some(pod) = json.as_object_mut() {
            pod.shift_remove("status");
        }
        if let Some(spec) = json["spec"].as_object_mut() {
            spec.shift_remove("nodeName");
        }
        let mut number = 0;
        let mut missing = (replicas as usize).saturating_sub(mine.len());
        while missing > 0 {
            let name = ServiceId::new(id.namespace(), &format!("{}-{number}", id.object_name()));
            number += 1;
            if self.fork.pod(&name).is_none() {
                json["metadata"]["name"] = json!(name.name());
                self.fork.put(json.clone(), Provenance::Entered);
                missing -= 1;
            }
        }
    }

    /// Merges a patch into the object of a workload.
    pub fn edit_workload(&mut self, text: &str, patch: &Value) -> Result<(), Fault> {
        let (id, kind) = self.workload(text)?;
        if !patch.is_object() {
            return Err(Fault::field("patch", patch.to_string(), "a JSON object"));
        }
        let Some(object) = self.fork.workload(kind, &id) else {
            return Err(Fault::field(
                "workload",
                format!("{kind:?} {id}"),
                "a workload whose object is part of the world; of this one only pods are known",
            ));
        };
        let old = object.clone();
        let mut json = old.json.as_ref().clone();
        merge(&mut json, patch);
        for field in ["apiVersion", "kind", "metadata/name", "metadata/namespace"] {
            let pointer = format!("/{field}");
            if json.pointer(&pointer) != old.json.pointer(&pointer) {
                let value = json
                    .pointer(&pointer)
                    .map_or_else(|| "null".to_owned(), Value::to_string);
                return Err(Fault::field(
                    format!("patch.{}", field.replace('/', ".")),
                    value,
                    "no change: it is what names the object",
                ));
            }
        }
        self.replace_object(&old, json, &id, kind)?;
        self.restand()
    }

    /// Puts a workload's object in the place of another, with what that means for its pods.
    fn replace_object(
        &mut self,
        old: &ClusterObject,
        mut json: Value,
        id: &ServiceId,
        kind: WorkloadKind,
    ) -> Result<(), Fault> {
        let provenance = old.provenance.weaker(Provenance::Entered);
        if kind == WorkloadKind::Pod {
            if json.get("spec") != old.json.get("spec")
                && let Some(spec) = json.get_mut("spec").and_then(Value::as_object_mut)
            {
                // A pod's spec cannot be changed: it is made anew.
                spec.shift_remove("nodeName");
                for (key, _) in self.keys_of(id) {
                    self.cluster.unbind(key);
                }
            }
            self.fork.put(json, provenance);
            return Ok(());
        }
        let template = |json: &Value| json.pointer("/spec/template").cloned();
        if template(&json) != template(&old.json) {
            if kind == WorkloadKind::Job {
                return Err(Fault::field(
                    "patch.spec.template",
                    "changed",
                    "the template as it is: a Job's cannot be changed",
                ));
            }
            for (key, _) in self.keys_of(id) {
                self.lose(key, Cause::Removed);
            }
            self.record.assumptions.insert(format!(
                "all pods of {id} are replaced at once; the steps of its rollout are not played"
            ));
        } else if let Some(replicas) = json.pointer("/spec/replicas").and_then(Value::as_u64)
            && !matches!(kind, WorkloadKind::Job | WorkloadKind::DaemonSet)
        {
            let replicas = u32::try_from(replicas).unwrap_or(u32::MAX);
            self.dismiss_surplus(id, kind, replicas);
            self.record.scaled.insert(id.clone());
        }
        self.fork.put(json, provenance);
        Ok(())
    }

    fn keys_of(&self, id: &ServiceId) -> Vec<(PodKey, String)> {
        self.there()
            .filter(|(_, pod)| pod.owner == *id)
            .map(|(key, pod)| (key, pod.name.clone()))
            .collect()
    }

    /// Deletes a workload with its pods.
    pub fn remove_workload(&mut self, text: &str) -> Result<(), Fault> {
        let (id, kind) = self.workload(text)?;
        for (key, _) in self.keys_of(&id) {
            self.lose(key, Cause::Removed);
        }
        self.fork.drop_found(|fork| fork.workload(kind, &id));
        // Pods that had ended, and ReplicaSets of a Deployment.
        let inventory = Arc::clone(&self.inventory);
        for live in inventory.pods.iter().filter(|live| live.owner == id) {
            if let Ok(name) = live.name.parse() {
                self.fork.drop_found(|fork| fork.pod(&name));
            }
        }
        let word = format!("{kind:?}");
        let owned = |object: &ClusterObject| {
            let owners = object.json.pointer("/metadata/ownerReferences");
            owners
                .and_then(Value::as_array)
                .into_iter()
                .flatten()
                .any(|owner| owner["kind"] == word.as_str() && owner["name"] == id.object_name())
        };
        self.fork.remove_where(|object| {
            object.kind() == "ReplicaSet"
                && ServiceId::new(object.namespace(), object.name()).namespace() == id.namespace()
                && owned(object)
        });
        self.restand()
    }

    /// Applies manifests.
    pub fn add_workloads(&mut self, objects: &[Value]) -> Result<(), Fault> {
        let mut flat = Vec::new();
        for (at, object) in objects.iter().enumerate() {
            flatten(&format!("manifests[{at}]"), object, &mut flat)?;
        }
        if flat.is_empty() {
            return Err(Fault::field("manifests", "empty", "at least one object"));
        }
        let mut configured = false;
        for (_, json) in flat {
            let object = ClusterObject::new(json.clone(), Provenance::Entered);
            configured |= object.kind() == "KubeSchedulerConfiguration";
            let key = object.key();
            let there = self
                .fork
                .get([&key.group, &key.kind, &key.namespace, &key.name])
                .cloned();
            let named = ServiceId::new(&key.namespace, &key.name);
            let workload = self.inventory.workloads.iter().find(|workload| {
                WorkloadKind::of(&key.kind) == Some(workload.kind)
                    && workload.id.namespace() == named.namespace()
                    && workload.id.object_name() == key.name
            });
            match (there, workload) {
                (Some(old), Some(workload)) => {
                    let (id, kind) = (workload.id.clone(), workload.kind);
                    self.replace_object(&old, json, &id, kind)?;
                }
                _ => self.fork.put(json, Provenance::Entered),
            }
        }
        if configured {
            let inventory = drydock_model::Inventory::of(self.fork.world());
            self.profile = Standing::profile_of(&inventory)?;
        }
        self.restand()
    }
}

/// The number at the end of a StatefulSet's pod; none where there is none.
fn ordinal(pod: &StandingPod) -> Option<u64> {
    pod.name.rsplit_once('-')?.1.parse().ok()
}

/// The objects of a document, those of a list each on its own.
fn flatten(at: &str, json: &Value, to: &mut Vec<(String, Value)>) -> Result<(), Fault> {
    let kind = json.get("kind").and_then(Value::as_str).unwrap_or_default();
    if let (true, Some(items)) = (
        kind.ends_with("List"),
        json.get("items").and_then(Value::as_array),
    ) {
        for (number, item) in items.iter().enumerate() {
            flatten(&format!("{at}.items[{number}]"), item, to)?;
        }
        return Ok(());
    }
    let configuration = kind == "KubeSchedulerConfiguration";
    for field in ["apiVersion", "kind", "metadata/name"] {
        let value = json.pointer(&format!("/{field}"));
        let named = value
            .and_then(Value::as_str)
            .is_some_and(|text| !text.is_empty());
        let needless = configuration && field == "metadata/name";
        if !(named || needless) {
            return Err(Fault::field(
                format!("{at}.{}", field.replace('/', ".")),
                value.map_or_else(|| "missing".to_owned(), Value::to_string),
                "a text that names the object",
            ));
        }
    }
    let mut json = json.clone();
    if configuration {
        crate::configuration::name(&mut json);
    }
    to.push((at.to_owned(), json));
    Ok(())
}

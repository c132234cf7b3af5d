//! The world that changes are written to: objects by key, replaced whole and never edited in place, so that what did not
//! change stays shared with the world it was forked from.

use drydock_model::{ClusterObject, Provenance, ServiceId, WorkloadKind, World};
use serde_json::Value;

/// A world under change.
#[derive(Clone, Debug)]
pub(crate) struct Fork {
    world: World,
}

impl Fork {
    pub fn of(world: &World) -> Self {
        let mut world = world.clone();
        let in_order = |pair: &[ClusterObject]| pair[0].key_parts() <= pair[1].key_parts();
        if !world.objects.windows(2).all(in_order) {
            world.sort_objects();
        }
        Self { world }
    }

    pub fn world(&self) -> &World {
        &self.world
    }

    pub fn into_world(self) -> World {
        self.world
    }

    fn position(&self, key: [&str; 4]) -> Result<usize, usize> {
        self.world
            .objects
            .binary_search_by(|object| object.key_parts().cmp(&key))
    }

    pub fn get(&self, key: [&str; 4]) -> Option<&ClusterObject> {
        self.position(key).ok().map(|at| &self.world.objects[at])
    }

    /// Adds an object, or replaces the one of the same key.
    pub fn put(&mut self, json: Value, provenance: Provenance) {
        let object = ClusterObject::new(json, provenance);
        match self.position(object.key_parts()) {
            Ok(at) => self.world.objects[at] = object,
            Err(at) => self.world.objects.insert(at, object),
        }
    }

    /// The same for many objects, which are put in order once.
    pub fn put_all(&mut self, made: Vec<Value>, provenance: Provenance) {
        if !made.is_empty() {
            let made = made.into_iter();
            self.world
                .objects
                .extend(made.map(|json| ClusterObject::new(json, provenance)));
            self.world.sort_objects();
        }
    }

    pub fn remove(&mut self, key: [&str; 4]) {
        if let Ok(at) = self.position(key) {
            self.world.objects.remove(at);
        }
    }

    /// Removes the objects that a test names.
    pub fn remove_where(&mut self, gone: impl Fn(&ClusterObject) -> bool) {
        self.world.objects.retain(|object| !gone(object));
    }

    /// The Node of a name.
    pub fn node(&self, name: &str) -> Option<&ClusterObject> {
        self.get(["", "Node", "", name])
    }

    /// The Pod of a name, whether its namespace is written or left to be `default`.
    pub fn pod(&self, id: &ServiceId) -> Option<&ClusterObject> {
        self.in_namespace("", "Pod", id)
    }

    /// The object behind a workload; none where only its pods are known.
    pub fn workload(&self, kind: WorkloadKind, id: &ServiceId) -> Option<&ClusterObject> {
        let (groups, kind): (&[&str], &str) = match kind {
            WorkloadKind::Deployment => (&["apps", "extensions"], "Deployment"),
            WorkloadKind::StatefulSet => (&["apps"], "StatefulSet"),
            WorkloadKind::DaemonSet => (&["apps", "extensions"], "DaemonSet"),
            WorkloadKind::ReplicaSet => (&["apps", "extensions"], "ReplicaSet"),
            WorkloadKind::ReplicationController => (&[""], "ReplicationController"),
            WorkloadKind::Job => (&["batch"], "Job"),
            WorkloadKind::Pod => (&[""], "Pod"),
        };
        groups
            .iter()
            .find_map(|group| self.in_namespace(group, kind, id))
    }

    fn in_namespace(&self, group: &str, kind: &str, id: &ServiceId) -> Option<&ClusterObject> {
        let written = self.get([group, kind, id.namespace(), id.object_name()]);
        match written {
            None if id.namespace() == "default" => self.get([group, kind, "", id.object_name()]),
            found => found,
        }
    }

    /// Removes the object that `find` answers, if any.
    pub fn drop_found(&mut self, find: impl Fn(&Self) -> Option<&ClusterObject>) {
        if let Some(key) = find(self).map(ClusterObject::key) {
            self.remove([&key.group, &key.kind, &key.namespace, &key.name]);
        }
    }
}

/// A JSON merge patch (RFC 7386): objects are merged, null removes, anything else replaces.
pub(crate) fn merge(target: &mut Value, patch: &Value) {
    let Value::Object(patch) = patch else {
        *target = patch.clone();
        return;
    };
    if !target.is_object() {
        *target = Value::Object(serde_json::Map::new());
    }
    let Some(fields) = target.as_object_mut() else {
        return;
    };
    for (name, value) in patch {
        if value.is_null() {
            fields.shift_remove(name);
        } else {
            merge(fields.entry(name.clone()).or_insert(Value::Null), value);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn check(mut target: Value, patch: Value, expect: Value) {
        merge(&mut target, &patch);
        assert_eq!(target, expect, "{patch}");
    }

    /// Appendix A of RFC 7386.
    #[test]
    fn merge_patches() {
        check(json!({"a": "b"}), json!({"a": "c"}), json!({"a": "c"}));
        check(
            json!({"a": "b"}),
            json!({"b": "c"}),
            json!({"a": "b", "b": "c"}),
        );
        check(json!({"a": "b"}), json!({"a": null}), json!({}));
        check(
            json!({"a": "b", "b": "c"}),
            json!({"a": null}),
            json!({"b": "c"}),
        );
        check(json!({"a": ["b"]}), json!({"a": "c"}), json!({"a": "c"}));
        check(json!({"a": "c"}), json!({"a": ["b"]}), json!({"a": ["b"]}));
        check(
            json!({"a": {"b": "c"}}),
            json!({"a": {"b": "d", "c": null}}),
            json!({"a": {"b": "d"}}),
        );
        check(
            json!({"a": [{"b": "c"}]}),
            json!({"a": [1]}),
            json!({"a": [1]}),
        );
        check(json!(["a", "b"]), json!(["c", "d"]), json!(["c", "d"]));
        check(json!({"a": "b"}), json!(["c"]), json!(["c"]));
        check(
            json!({"e": null}),
            json!({"a": 1}),
            json!({"e": null, "a": 1}),
        );
        check(
            json!([1, 2]),
            json!({"a": "b", "c": null}),
            json!({"a": "b"}),
        );
        check(
            json!({}),
            json!({"a": {"bb": {"ccc": null}}}),
            json!({"a": {"bb": {}}}),
        );
    }

    #[test]
    fn objects_by_key() {
        let node =
            |name: &str| json!({"apiVersion": "v1", "kind": "Node", "metadata": {"name": name}});
        let mut fork = Fork::of(&World::default());
        for name in ["b", "a", "c", "a"] {
            fork.put(node(name), Provenance::Entered);
        }
        fork.remove(["", "Node", "", "b"]);
        let names: Vec<_> = fork
            .world()
            .objects
            .iter()
            .map(ClusterObject::name)
            .collect();
        assert_eq!(names, ["a", "c"]);
        assert!(fork.node("c").is_some() && fork.node("b").is_none());
    }
}

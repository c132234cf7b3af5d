//! What the mock API server holds: objects, what happened to them, and the lists that are under way.

use std::collections::BTreeMap;

use serde_json::{Value, json};

/// One line of the history that watches play.
pub struct Change {
    pub version: u64,
    pub collection: String,
    pub kind: &'static str,
    pub object: Value,
}

/// Objects of a cluster with their history. A collection is the path of all objects of a kind.
pub struct Store {
    version: u64,
    objects: BTreeMap<(String, String, String), Value>,
    history: Vec<Change>,
    /// Versions below it are forgotten.
    oldest: u64,
    /// Rests of lists by token, each with its version.
    lists: BTreeMap<String, (u64, Vec<Value>)>,
}

/// What a list request asks for.
#[derive(Default)]
pub struct ListQuery {
    pub namespace: Option<String>,
    pub name: Option<String>,
    pub limit: Option<usize>,
    pub token: Option<String>,
}

impl Store {
    pub fn new(objects: Vec<Value>) -> Self {
        let mut store = Self {
            version: 1000,
            objects: BTreeMap::new(),
            history: Vec::new(),
            oldest: 0,
            lists: BTreeMap::new(),
        };
        for object in objects {
            store.put(object);
        }
        store.history.clear();
        store
    }

    pub fn version(&self) -> u64 {
        self.version
    }

    /// Creates or replaces an object, as a writer of the cluster does.
    pub fn put(&mut self, mut object: Value) {
        self.version += 1;
        object["metadata"]["resourceVersion"] = json!(self.version.to_string());
        let key = key(&object);
        let before = self.objects.insert(key.clone(), object.clone());
        let kind = if before.is_some() {
            "MODIFIED"
        } else {
            "ADDED"
        };
        self.record(key.0, kind, object);
    }

    pub fn delete(&mut self, collection: &str, namespace: &str, name: &str) {
        let key = (collection.into(), namespace.into(), name.into());
        let mut object = self.objects.remove(&key).expect("an object to delete");
        self.version += 1;
        object["metadata"]["resourceVersion"] = json!(self.version.to_string());
        self.record(key.0, "DELETED", object);
    }

    /// Lets time pass elsewhere in the cluster, and tells the watches of a collection.
    pub fn bookmark(&mut self, collection: &str, api_version: &str, kind: &str) {
        self.version += 10;
        let mark = json!({"kind": kind, "apiVersion": api_version,
            "metadata": {"resourceVersion": self.version.to_string(), "creationTimestamp": null}});
        self.record(collection.into(), "BOOKMARK", mark);
    }

    /// Forgets all history, and with it the lists that are under way.
    pub fn compact(&mut self) {
        self.version += 1;
        self.oldest = self.version;
        self.history.clear();
        self.lists.clear();
    }

    pub fn object(&self, collection: &str, namespace: &str, name: &str) -> Value {
        self.objects[&(collection.into(), namespace.into(), name.into())].clone()
    }

    pub fn objects(&self) -> impl Iterator<Item = &Value> {
        self.objects.values()
    }

    /// A page of a list, or the `Status` of a refusal.
    pub fn list(&mut self, collection: &str, query: &ListQuery) -> (u16, Value) {
        let (version, mut items) = match &query.token {
            Some(token) => match self.lists.remove(token) {
                Some(rest) => rest,
                None => {
                    return expired(
                        "The provided continue parameter is too old to display a consistent list result.",
                    );
                }
            },
            None => (self.version, self.matching(collection, query)),
        };
        let kind = self.kind_of(collection);
        let mut metadata = json!({"resourceVersion": version.to_string()});
        if let Some(limit) = query.limit
            && items.len() > limit
        {
            let rest = items.split_off(limit);
            let token = format!("{collection}+{version}/{}==", rest.len());
            metadata["continue"] = json!(token);
            metadata["remainingItemCount"] = json!(rest.len());
            self.lists.insert(token, (version, rest));
        }
        let list = json!({"kind": format!("{}List", kind.1), "apiVersion": kind.0, "metadata": metadata, "items": items});
        (200, list)
    }

    /// Objects as lists hold them: without API version and kind.
    fn matching(&self, collection: &str, query: &ListQuery) -> Vec<Value> {
        let wanted = |key: &(String, String, String)| {
            key.0 == collection
                && query
                    .namespace
                    .as_ref()
                    .is_none_or(|namespace| *namespace == key.1)
                && query.name.as_ref().is_none_or(|name| *name == key.2)
        };
        let objects = self.objects.iter().filter(|(key, _)| wanted(key));
        objects
            .map(|(_, object)| {
                let mut item = object.clone();
                let map = item.as_object_mut().expect("an object");
                map.shift_remove("apiVersion");
                map.shift_remove("kind");
                item
            })
            .collect()
    }

    fn kind_of(&self, collection: &str) -> (String, String) {
        let object = self.objects.iter().find(|(key, _)| key.0 == collection);
        object.map_or_else(
            || ("v1".into(), String::new()),
            |(_, object)| (text(object, "apiVersion"), text(object, "kind")),
        )
    }

    /// What happened in a collection after a version, or nothing where that is forgotten.
    pub fn since(
        &self,
        collection: &str,
        namespace: Option<&str>,
        version: u64,
    ) -> Option<Vec<&Change>> {
        if version < self.oldest {
            return None;
        }
        let inside = |change: &Change| {
            change.kind == "BOOKMARK"
                || namespace
                    .is_none_or(|namespace| change.object["metadata"]["namespace"] == namespace)
        };
        let changes = self.history.iter();
        Some(
            changes
                .filter(|change| {
                    change.version > version && change.collection == collection && inside(change)
                })
                .collect(),
        )
    }

    fn record(&mut self, collection: String, kind: &'static str, object: Value) {
        self.history.push(Change {
            version: self.version,
            collection,
            kind,
            object,
        });
    }
}

/// 410, as etcd's compaction makes the API server answer.
pub fn expired(message: &str) -> (u16, Value) {
    (410, status(410, "Expired", message))
}

pub fn status(code: u16, reason: &str, message: &str) -> Value {
    json!({"kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Failure", "message": message, "reason": reason,
        "code": code})
}

fn key(object: &Value) -> (String, String, String) {
    let version = text(object, "apiVersion");
    let base = if version.contains('/') {
        format!("/apis/{version}")
    } else {
        format!("/api/{version}")
    };
    // The plurals of the fixtures are regular but for one.
    let kind = text(object, "kind").to_lowercase();
    let plural = match kind.as_str() {
        "priorityclass" => "priorityclasses".to_owned(),
        kind => format!("{kind}s"),
    };
    let metadata = &object["metadata"];
    (
        format!("{base}/{plural}"),
        text(metadata, "namespace"),
        text(metadata, "name"),
    )
}

fn text(value: &Value, field: &str) -> String {
    value[field].as_str().unwrap_or_default().to_owned()
}

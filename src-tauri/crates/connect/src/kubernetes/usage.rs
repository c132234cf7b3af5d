//! What nodes and pods use, by the resource metrics API (`metrics.k8s.io`).

use std::collections::BTreeMap;
use std::time::Duration;

use chrono::{DateTime, Utc};
use drydock_model::Quantity;
use k8s_openapi::jiff::SignedDuration;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::kinds::base;
use super::read_error::ReadError;
use super::reader::Reader;

/// One reading of all nodes and pods.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Usage {
    /// When it was read here; each measurement has its own time.
    pub as_of: DateTime<Utc>,
    /// Nodes by name.
    pub nodes: BTreeMap<String, NodeUsage>,
    /// Pods by `namespace/name`.
    pub pods: BTreeMap<String, PodUsage>,
    /// What could not be read, and why; empty where all could.
    pub problems: Vec<String>,
}

/// CPU and memory in use.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Used {
    /// Thousandths of a core, the mean over the window.
    pub milli_cpu: Option<f64>,
    /// Bytes of the working set at the end of the window.
    pub memory_bytes: Option<u64>,
}

/// When a measurement was made.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Measured {
    /// End of the window.
    pub at: Option<DateTime<Utc>>,
    /// Length of the window.
    pub window: Option<Duration>,
}

/// What a node uses.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct NodeUsage {
    /// When.
    pub measured: Measured,
    /// All of the node, system daemons included.
    pub used: Used,
}

/// What a pod uses.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct PodUsage {
    /// When.
    pub measured: Measured,
    /// Containers by name.
    pub containers: BTreeMap<String, Used>,
}

/// Reads usage of all nodes, and of the pods of a namespace or all. One of the two may fail.
///
/// # Errors
/// Why neither could be read.
pub(crate) async fn read(
    reader: &Reader,
    version: &str,
    namespace: Option<&str>,
) -> Result<Usage, String> {
    let base = base("metrics.k8s.io", version);
    let pods = match namespace {
        Some(namespace) => format!("{base}/namespaces/{namespace}/pods"),
        None => format!("{base}/pods"),
    };
    let mut usage = Usage {
        as_of: Utc::now(),
        ..Usage::default()
    };
    match items(reader, &format!("{base}/nodes")).await {
        Ok(items) => usage.nodes = items.iter().filter_map(node).collect(),
        Err(error) => usage.problems.push(format!("nodes: {error}")),
    }
    match items(reader, &pods).await {
        Ok(items) => usage.pods = items.iter().filter_map(pod).collect(),
        Err(error) => usage.problems.push(format!("pods: {error}")),
    }
    if usage.problems.len() == 2 {
        return Err(usage.problems.join("; "));
    }
    Ok(usage)
}

async fn items(reader: &Reader, path: &str) -> Result<Vec<Value>, ReadError> {
    match reader.get(path).await?.get_mut("items").map(Value::take) {
        Some(Value::Array(items)) => Ok(items),
        Some(Value::Null) => Ok(Vec::new()),
        _ => Err(ReadError::Garbage(format!("{path} has no items"))),
    }
}

fn node(item: &Value) -> Option<(String, NodeUsage)> {
    let name = item["metadata"]["name"].as_str()?.to_owned();
    let usage = NodeUsage {
        measured: measured(item),
        used: used(&item["usage"]),
    };
    Some((name, usage))
}

fn pod(item: &Value) -> Option<(String, PodUsage)> {
    let (namespace, name) = (
        item["metadata"]["namespace"].as_str()?,
        item["metadata"]["name"].as_str()?,
    );
    let containers = item["containers"].as_array().into_iter().flatten();
    let containers = containers
        .filter_map(|container| {
            let name = container["name"].as_str()?.to_owned();
            Some((name, used(&container["usage"])))
        })
        .collect();
    let usage = PodUsage {
        measured: measured(item),
        containers,
    };
    Some((format!("{namespace}/{name}"), usage))
}

fn measured(item: &Value) -> Measured {
    let at = item["timestamp"].as_str();
    let window = item["window"].as_str();
    Measured {
        at: at.and_then(|text| Some(DateTime::parse_from_rfc3339(text).ok()?.to_utc())),
        // As Go writes a duration: 20.039s, 1m0s.
        window: window.and_then(|text| {
            let window: SignedDuration = text.parse().ok()?;
            Duration::try_from(window).ok()
        }),
    }
}

fn used(usage: &Value) -> Used {
    let quantity = |name: &str| usage[name].as_str()?.parse::<Quantity>().ok();
    Used {
        milli_cpu: quantity("cpu").map(|cpu| cpu.nano() as f64 / 1e6),
        memory_bytes: quantity("memory").and_then(|memory| memory.value_ceil().try_into().ok()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn measurements() {
        let check = |window: &str, millis: Option<u64>| {
            let measured =
                measured(&json!({"timestamp": "2026-01-01T00:00:00Z", "window": window}));
            let got = measured.window.map(|window| window.as_millis() as u64);
            assert_eq!(got, millis, "{window}");
            assert!(measured.at.is_some());
        };
        check("20.039s", Some(20_039));
        check("1m0s", Some(60_000));
        check("1h2m3.5s", Some(3_723_500));
        check("500ms", Some(500));
        check("soon", None);
        check("-5s", None);
        assert_eq!(measured(&json!({})), Measured::default());
    }

    #[test]
    fn quantities_keep_what_is_below_a_thousandth() {
        let used = used(&json!({"cpu": "2137293n", "memory": "10Mi"}));
        assert_eq!(used.milli_cpu, Some(2.137_293));
        assert_eq!(used.memory_bytes, Some(10 << 20));
        let check = |usage: Value| assert_eq!(super::used(&usage), Used::default());
        check(json!({}));
        check(json!({"cpu": "much", "memory": 5}));
    }

    #[test]
    fn a_pod_without_a_name_is_nobody() {
        assert!(pod(&json!({"metadata": {"name": "a"}})).is_none());
        let (name, usage) = pod(&json!({"metadata": {"name": "a", "namespace": "n"}})).unwrap();
        assert_eq!((name.as_str(), usage.containers.len()), ("n/a", 0));
    }
}

//! Kubernetes Events that tell of scaling, killing and placing, as plain values.
//!
//! Messages are read only where their form is fixed in the source of the component that writes them; else the two sizes
//! stay unknown.

use chrono::{DateTime, Utc};
use drydock_model::ObjectKey;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// Reasons that are kept, in order. Sources: kube-controller-manager (`podautoscaler/horizontal.go`, `deployment/sync.go`,
/// `replicaset`, `statefulset`, `nodelifecycle`, `tainteviction`), kube-scheduler (`schedule_one.go`, `preemption`), kubelet
/// (`events/event.go`), cluster-autoscaler (`core/scaleup`, `core/scaledown`, `processors/status`), VPA updater, Karpenter
/// (`events/reason.go`).
const REASONS: [&str; 39] = [
    "BackOff",
    "DisruptionBlocked",
    "DisruptionLaunching",
    "DisruptionTerminating",
    "Evicted",
    "EvictedByVPA",
    "FailedComputeMetricsReplicas",
    "FailedGetContainerResourceMetric",
    "FailedGetExternalMetric",
    "FailedGetObjectMetric",
    "FailedGetPodsMetric",
    "FailedGetResourceMetric",
    "FailedGetScale",
    "FailedRescale",
    "FailedScheduling",
    "FailedToScaleUpGroup",
    "InPlaceResizedByVPA",
    "Killing",
    "NodeNotReady",
    "NodeNotSchedulable",
    "NodeReady",
    "NodeSchedulable",
    "Nominated",
    "NotTriggerScaleUp",
    "OOMKilling",
    "Preempted",
    "ScaleDown",
    "ScaleDownEmpty",
    "ScaleDownFailed",
    "ScaledUpGroup",
    "ScalingReplicaSet",
    "Scheduled",
    "SuccessfulCreate",
    "SuccessfulDelete",
    "SuccessfulRescale",
    "SystemOOM",
    "TaintManagerEviction",
    "TriggeredScaleUp",
    "Unhealthy",
];

/// Something that happened, once or again and again.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ScalingEvent {
    /// When it happened last.
    pub at: DateTime<Utc>,
    /// When it happened first, where known.
    pub first: Option<DateTime<Utc>>,
    /// How often it happened: the count of the series, or of the Event; 1 where neither is given.
    pub count: u32,
    /// What it happened to.
    pub object: ObjectKey,
    /// Such as `SuccessfulRescale`.
    pub reason: String,
    /// What the component says.
    pub message: String,
    /// Whether its type is `Warning`.
    pub warning: bool,
    /// The component that tells, where it says.
    pub component: Option<String>,
    /// Size before, replicas or nodes, where the message gives it.
    pub from: Option<u32>,
    /// Size after, where the message gives it.
    pub to: Option<u32>,
}

impl ScalingEvent {
    /// Reads a `v1` Event; nothing where it tells of something else or has no time.
    pub(crate) fn of(event: &Value) -> Option<Self> {
        let reason = event["reason"].as_str()?;
        REASONS.binary_search(&reason).ok()?;
        let time = |value: &Value| {
            let text = value.as_str()?;
            Some(DateTime::parse_from_rfc3339(text).ok()?.to_utc())
        };
        let created = time(&event["metadata"]["creationTimestamp"]);
        let first = time(&event["firstTimestamp"])
            .or_else(|| time(&event["eventTime"]))
            .or(created);
        let at = time(&event["series"]["lastObservedTime"])
            .or_else(|| time(&event["lastTimestamp"]))
            .or(first)?;
        let count = [&event["series"]["count"], &event["count"]];
        let count = count.into_iter().find_map(Value::as_u64);
        let about = &event["involvedObject"];
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let version = text(&about["apiVersion"]);
        let message = text(&event["message"]);
        let (from, to) = sizes(reason, &message);
        let component = [&event["reportingComponent"], &event["source"]["component"]];
        let component = component
            .into_iter()
            .map(text)
            .find(|name| !name.is_empty());
        Some(Self {
            at,
            first,
            count: count.map_or(1, |count| count.clamp(1, u32::MAX.into()) as u32),
            object: ObjectKey {
                group: version
                    .rsplit_once('/')
                    .map_or_else(String::new, |(group, _)| group.to_owned()),
                kind: text(&about["kind"]),
                namespace: text(&about["namespace"]),
                name: text(&about["name"]),
            },
            reason: reason.to_owned(),
            warning: event["type"] == "Warning",
            component,
            from,
            to,
            message,
        })
    }
}

/// Sizes before and after, off a message.
fn sizes(reason: &str, message: &str) -> (Option<u32>, Option<u32>) {
    match reason {
        // horizontal.go: "New size: %d; reason: %s"
        "SuccessfulRescale" => (None, after(message, "New size: ")),
        // deployment/sync.go: "Scaled %s replica set %s to %d from %d"; before 1.28 without the last part.
        "ScalingReplicaSet" => (after(message, " from "), after(message, " to ")),
        // cluster-autoscaler, eventing_scale_up_processor.go: "pod triggered scale-up: %v" over group infos written as
        // "{%s %d->%d (max: %d)}". Several groups have no one size.
        "TriggeredScaleUp" => match message.matches("->").count() {
            1 => (before(message, "->"), after(message, "->")),
            _ => (None, None),
        },
        // cluster-autoscaler, scaleup executor: "Scale-up: setting group %s size to %d instead of %d (max: %d)", and
        // "Scale-up: group %s size set to %d instead of %d (max: %d)" once it is done.
        "ScaledUpGroup" => (
            after(message, " instead of "),
            after(message, " size to ").or_else(|| after(message, " size set to ")),
        ),
        _ => (None, None),
    }
}

/// The number right after the last place of a text.
fn after(message: &str, text: &str) -> Option<u32> {
    let rest = &message[message.rfind(text)? + text.len()..];
    let end = rest
        .find(|c: char| !c.is_ascii_digit())
        .unwrap_or(rest.len());
    rest[..end].parse().ok()
}

/// The number right before a text.
fn before(message: &str, text: &str) -> Option<u32> {
    let rest = &message[..message.find(text)?];
    let start = rest.rfind(|c: char| !c.is_ascii_digit())? + 1;
    rest.get(start..)?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn reasons_are_in_order() {
        assert!(REASONS.is_sorted());
    }

    #[test]
    fn sizes_of_messages() {
        let check = |reason: &str, message: &str, from: Option<u32>, to: Option<u32>| {
            assert_eq!(sizes(reason, message), (from, to), "{message}");
        };
        check(
            "SuccessfulRescale",
            "New size: 5; reason: cpu resource utilization (percentage of request) above target",
            None,
            Some(5),
        );
        check(
            "ScalingReplicaSet",
            "Scaled up replica set web-7c5 to 3 from 1",
            Some(1),
            Some(3),
        );
        check(
            "ScalingReplicaSet",
            "Scaled down replica set web-7c5 to 0",
            None,
            Some(0),
        );
        check(
            "ScalingReplicaSet",
            "Scaled up replica set go to 7-abc to 3 from 1",
            Some(1),
            Some(3),
        );
        check(
            "TriggeredScaleUp",
            "pod triggered scale-up: [{pool-1 3->4 (max: 10)}]",
            Some(3),
            Some(4),
        );
        check(
            "TriggeredScaleUp",
            "pod triggered scale-up: [{a 3->4 (max: 10)} {b 0->1 (max: 5)}]",
            None,
            None,
        );
        check(
            "ScaledUpGroup",
            "Scale-up: setting group pool-1 size to 4 instead of 3 (max: 10)",
            Some(3),
            Some(4),
        );
        check(
            "ScaledUpGroup",
            "Scale-up: group pool-1 size set to 4 instead of 3 (max: 10)",
            Some(3),
            Some(4),
        );
        check("Killing", "Stopping container c to 3", None, None);
        check("SuccessfulRescale", "in other words", None, None);
        check("SuccessfulRescale", "New size: 99999999999", None, None);
    }

    #[test]
    fn times_and_counts_of_every_shape() {
        let event = |extra: Value| {
            let mut event = json!({"reason": "BackOff", "message": "m", "type": "Warning",
                "metadata": {"name": "e", "creationTimestamp": "2026-01-01T00:00:00Z"},
                "involvedObject": {"apiVersion": "apps/v1", "kind": "Deployment", "namespace": "n", "name": "web"}});
            for (field, value) in extra.as_object().unwrap() {
                event[field] = value.clone();
            }
            ScalingEvent::of(&event)
        };
        let check = |extra: Value, at: &str, count: u32| {
            let event = event(extra).unwrap();
            assert_eq!((event.at.to_rfc3339().as_str(), event.count), (at, count));
        };
        check(json!({}), "2026-01-01T00:00:00+00:00", 1);
        check(
            json!({"firstTimestamp": "2026-01-01T00:01:00Z", "lastTimestamp": "2026-01-01T00:09:00Z", "count": 7}),
            "2026-01-01T00:09:00+00:00",
            7,
        );
        check(
            json!({"lastTimestamp": null, "eventTime": "2026-01-01T00:02:00.123456Z", "count": null,
                "series": {"count": 12, "lastObservedTime": "2026-01-01T00:30:00.500000Z"}}),
            "2026-01-01T00:30:00.500+00:00",
            12,
        );
        let whole = event(json!({"reportingComponent": "", "source": {"component": "kubelet"}}));
        let whole = whole.unwrap();
        assert_eq!(whole.component.as_deref(), Some("kubelet"));
        assert_eq!(whole.object.to_string(), "Deployment n/web");
        assert_eq!(whole.object.group, "apps");
        assert!(whole.warning);
        assert!(event(json!({"reason": "Pulled"})).is_none());
        assert!(event(json!({"metadata": {"name": "e"}})).is_none());
    }
}

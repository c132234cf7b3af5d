//! The order in which pending pods are tried.

use crate::cluster::PodKey;

/// A pod that waits for a node.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct QueuedPod {
    /// The caller's key.
    pub key: PodKey,
    /// Resolved priority; higher goes first.
    pub priority: i32,
    /// Creation in Unix seconds; a pod without one is the youngest.
    pub created: Option<i64>,
    /// `namespace/name`.
    pub name: String,
}

/// Sorts by priority (highest first), then creation (oldest first), then name. This is PrioritySort; the name
/// stands in for the moment of arrival where creation times are equal.
pub fn queue_order(pods: &mut [QueuedPod]) {
    pods.sort_by(|a, b| {
        let age = |pod: &QueuedPod| (pod.created.is_none(), pod.created);
        b.priority
            .cmp(&a.priority)
            .then_with(|| age(a).cmp(&age(b)))
            .then_with(|| a.name.cmp(&b.name))
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn priority_then_age_then_name() {
        let pod = |name: &str, priority, created| QueuedPod {
            key: PodKey(0),
            priority,
            created,
            name: name.to_owned(),
        };
        let mut pods = [
            pod("d/new", 0, None),
            pod("d/b", 0, Some(5)),
            pod("d/a", 0, Some(5)),
            pod("d/old", 0, Some(1)),
            pod("d/low", -1, Some(0)),
            pod("d/high", 9, None),
        ];
        queue_order(&mut pods);
        let names: Vec<_> = pods.iter().map(|pod| pod.name.as_str()).collect();
        assert_eq!(names, ["d/high", "d/old", "d/a", "d/b", "d/new", "d/low"]);
    }
}

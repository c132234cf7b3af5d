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

/// Where a pod stands in the queue; the greatest goes first.
pub(crate) type QueueKey = (i32, std::cmp::Reverse<(bool, Option<i64>, String)>);

impl QueuedPod {
    pub(crate) fn key(&self) -> QueueKey {
        (
            self.priority,
            std::cmp::Reverse((self.created.is_none(), self.created, self.name.clone())),
        )
    }
}

/// Sorts by priority (highest first), then creation (oldest first), then name. This is PrioritySort; the name
/// stands in for the moment of arrival where creation times are equal.
pub fn queue_order(pods: &mut [QueuedPod]) {
    pods.sort_by_cached_key(|pod| std::cmp::Reverse(pod.key()));
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

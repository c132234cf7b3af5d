//! ImageLocality: prefers nodes that already hold the pod's images, less so where few nodes do.
//!
//! Source: `plugins/imagelocality/image_locality.go`.

use super::MAX_NODE_SCORE;

const MIB: i64 = 1 << 20;
const MIN_THRESHOLD: i64 = 23 * MIB;
const MAX_THRESHOLD_PER_CONTAINER: i64 = 1000 * MIB;

/// What one image of a pod is worth on a node that has it: its size scaled by the share of nodes that have it.
pub(crate) fn scaled_size(size: i64, holders: usize, nodes: usize) -> i64 {
    (size as f64 * (holders as f64 / nodes as f64)) as i64
}

/// Score of a node from the sum of its scaled sizes.
pub(crate) fn score(sum: i64, containers: i64) -> i64 {
    let max = MAX_THRESHOLD_PER_CONTAINER * containers;
    if max <= MIN_THRESHOLD {
        return 0;
    }
    MAX_NODE_SCORE * (sum.clamp(MIN_THRESHOLD, max) - MIN_THRESHOLD) / (max - MIN_THRESHOLD)
}

/// The name images are compared by: an untagged one gets `:latest`, and nothing else is normalised.
pub(crate) fn normalised_name(name: &str) -> String {
    if name.rfind(':') <= name.rfind('/') {
        format!("{name}:latest")
    } else {
        name.to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn table() {
        for (sum, containers, expect) in [
            (0, 1, 0),
            (23 * MIB, 1, 0),
            (1000 * MIB, 1, 100),
            (9000 * MIB, 1, 100),
            (500 * MIB, 1, 48),
            (500 * MIB, 2, 24),
            (1, 0, 0),
        ] {
            assert_eq!(score(sum, containers), expect, "{sum} {containers}");
        }
        assert_eq!(scaled_size(100, 1, 3), 33);
    }

    #[test]
    fn names() {
        for (name, expect) in [
            ("nginx", "nginx:latest"),
            ("nginx:1", "nginx:1"),
            ("host:5000/nginx", "host:5000/nginx:latest"),
            ("host:5000/nginx:1", "host:5000/nginx:1"),
            ("a@sha256:00", "a@sha256:00"),
        ] {
            assert_eq!(normalised_name(name), expect);
        }
    }
}

//! What NodeResourcesFit scores by: LeastAllocated, MostAllocated or RequestedToCapacityRatio over weighted resources.
//!
//! Source: `plugins/noderesources/{least_allocated,most_allocated,requested_to_capacity_ratio}.go`.

use crate::plugins::MAX_NODE_SCORE;

/// A point of a utilisation curve.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ShapePoint {
    /// Utilisation in percent, 0 to 100.
    pub utilization: i64,
    /// Score at that utilisation, 0 to 10.
    pub score: i64,
}

/// How a resource's use becomes a score.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Curve {
    /// The emptier the better.
    LeastAllocated,
    /// The fuller the better.
    MostAllocated,
    /// A broken line through these points, ascending in utilisation.
    RequestedToCapacityRatio(Vec<ShapePoint>),
}

/// A scoring strategy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Strategy {
    /// How use becomes a score.
    pub curve: Curve,
    /// Resources with their weights.
    pub resources: Vec<(String, i64)>,
}

impl Default for Strategy {
    /// LeastAllocated over cpu and memory, weight 1 each.
    fn default() -> Self {
        Self {
            curve: Curve::LeastAllocated,
            resources: vec![("cpu".to_owned(), 1), ("memory".to_owned(), 1)],
        }
    }
}

impl Strategy {
    /// MostAllocated over cpu and memory, weight 1 each.
    pub fn most_allocated() -> Self {
        Self {
            curve: Curve::MostAllocated,
            ..Self::default()
        }
    }
}

impl Curve {
    /// Score of one resource; `capacity` is not 0.
    pub(crate) fn score(&self, requested: i64, capacity: i64) -> i64 {
        match self {
            Self::LeastAllocated if requested > capacity => 0,
            Self::LeastAllocated => percent(capacity.wrapping_sub(requested), capacity),
            Self::MostAllocated => percent(requested.min(capacity), capacity),
            Self::RequestedToCapacityRatio(points) => {
                let utilization = if requested > capacity {
                    100
                } else {
                    percent(requested, capacity)
                };
                along(points, utilization)
            }
        }
    }

    /// Combines the scores of resources, each with its weight.
    pub(crate) fn combine(&self, scores: impl Iterator<Item = (i64, i64)>) -> i64 {
        let counts_zero = !matches!(self, Self::RequestedToCapacityRatio(_));
        let (sum, weights) = scores
            .filter(|&(score, _)| counts_zero || score > 0)
            .fold((0, 0), |(sum, weights), (score, weight)| {
                (sum + score * weight, weights + weight)
            });
        if weights == 0 {
            0
        } else if counts_zero {
            sum / weights
        } else {
            (sum as f64 / weights as f64).round() as i64
        }
    }
}

/// `part * 100 / whole`, truncated, for `0 <= part` and `0 < whole`, both at most 2^56. An estimate by floating point is
/// put right with integers: a 64-bit division takes several times as long.
#[inline]
pub(crate) fn percent(part: i64, whole: i64) -> i64 {
    let hundredfold = part.wrapping_mul(MAX_NODE_SCORE);
    let estimate = (hundredfold as f64 / whole as f64) as i64;
    let rest = hundredfold.wrapping_sub(estimate.wrapping_mul(whole));
    estimate - i64::from(rest < 0) + i64::from(rest >= whole)
}

fn along(points: &[ShapePoint], utilization: i64) -> i64 {
    // Scores of a configuration go to 10, those of nodes to 100.
    let scaled = |point: &ShapePoint| point.score * (MAX_NODE_SCORE / 10);
    let Some(at) = points
        .iter()
        .position(|point| utilization <= point.utilization)
    else {
        return points.last().map_or(0, scaled);
    };
    if at == 0 {
        return scaled(&points[0]);
    }
    let (left, right) = (&points[at - 1], &points[at]);
    scaled(left)
        + (scaled(right) - scaled(left)) * (utilization - left.utilization)
            / (right.utilization - left.utilization)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn curves() {
        let ratio = |points: &[(i64, i64)]| {
            Curve::RequestedToCapacityRatio(
                points
                    .iter()
                    .map(|&(utilization, score)| ShapePoint { utilization, score })
                    .collect(),
            )
        };
        for (curve, requested, expect) in [
            (Curve::LeastAllocated, 250, 75),
            (Curve::LeastAllocated, 1001, 0),
            (Curve::MostAllocated, 250, 25),
            (Curve::MostAllocated, 2000, 100),
            (ratio(&[(0, 0), (100, 10)]), 305, 30),
            (ratio(&[(0, 10), (100, 0)]), 300, 70),
            (ratio(&[(0, 0), (50, 10), (100, 2)]), 750, 60),
            (ratio(&[(40, 5), (60, 6)]), 100, 50),
            (ratio(&[(40, 5), (60, 6)]), 1500, 60),
        ] {
            assert_eq!(
                curve.score(requested, 1000),
                expect,
                "{curve:?} {requested}"
            );
        }
    }

    #[test]
    fn combining() {
        let ratio = Curve::RequestedToCapacityRatio(Vec::new());
        for (curve, scores, expect) in [
            (Curve::LeastAllocated, vec![(50, 1), (25, 1)], 37),
            (Curve::MostAllocated, vec![(50, 3), (10, 1)], 40),
            (ratio.clone(), vec![(50, 1), (25, 1)], 38),
            (ratio, vec![(50, 1), (0, 9)], 50),
            (Curve::LeastAllocated, vec![], 0),
        ] {
            assert_eq!(curve.combine(scores.into_iter()), expect, "{curve:?}");
        }
    }

    proptest! {
        #[test]
        fn the_estimate_is_put_right(whole in 1_i64..=1 << 56, share in 0.0_f64..=1.0) {
            let part = ((whole as f64 * share) as i64).clamp(0, whole);
            prop_assert_eq!(percent(part, whole), part * 100 / whole);
        }
    }
}

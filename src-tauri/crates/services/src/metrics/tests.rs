//! Figures over time of a small session.

use super::*;
use crate::Code;
use crate::session::tests::{kill, lab, step};

fn input(json: serde_json::Value) -> HeatmapInput {
    serde_json::from_value(json).unwrap()
}

#[test]
fn heatmaps() {
    let (_folder, lab) = lab();
    step(&lab, 60.0);
    kill(&lab, "a");
    step(&lab, 65.0);
    let map = heatmap(
        &lab,
        input(serde_json::json!({"type": "cpu", "by": "node", "step": 10})),
    )
    .unwrap();
    assert_eq!(
        (map.services.as_slice(), map.timestamps.len()),
        (["a".to_owned(), "b".to_owned()].as_slice(), 12)
    );
    assert!(
        map.values[0][5].is_some_and(|cores| cores > 0.0),
        "{:?}",
        map.values
    );
    assert_eq!(
        map.values[0][8], None,
        "a dead node has no figure, not a zero"
    );
    assert!(map.values[1][11].is_some());
    assert_eq!(map.unit, CellUnit::Cores);
    let coarse = heatmap(
        &lab,
        input(serde_json::json!({"type": "memory", "of": "request"})),
    )
    .unwrap();
    assert_eq!((coarse.timestamps.len(), coarse.unit), (2, CellUnit::Ratio));
    let blob = heatmap_cells(
        &lab,
        input(serde_json::json!({"type": "cpu", "by": "node", "step": 10})),
    )
    .unwrap();
    assert_eq!(
        (&blob.bytes[..8], blob.bytes.len()),
        ([2, 0, 0, 0, 12, 0, 0, 0].as_slice(), 8 + 2 * 12 * 4)
    );
    let cell = f32::from_le_bytes(blob.bytes[8 + 5 * 4..8 + 6 * 4].try_into().unwrap());
    assert_eq!(Some(f64::from(cell)), map.values[0][5]);
    for bad in [
        serde_json::json!({"type": "cpu", "step": 15}),
        serde_json::json!({"type": "cpu", "window": 0}),
    ] {
        assert_eq!(heatmap(&lab, input(bad)).unwrap_err().code, Code::BadInput);
    }
}

#[test]
fn latencies() {
    let (_folder, lab) = lab();
    step(&lab, 120.0);
    let all = latency(&lab, LatencyInput::default()).unwrap();
    assert!(all.count > 500 && all.failed == 0, "{all:?}");
    assert!(all.p50_ms < all.p95_ms && all.p95_ms <= all.p99_ms);
    assert_eq!(
        all.histogram.iter().map(|bucket| bucket.count).sum::<u64>(),
        all.count
    );
    let bars = latency_histogram(&lab, LatencyInput::default()).unwrap();
    assert_eq!(
        (
            bars.total_requests,
            bars.buckets.iter().map(|bar| bar.count).sum::<u64>()
        ),
        (all.count, all.count)
    );
    let of = |endpoint: &str| LatencyInput {
        endpoint: Some(endpoint.to_owned()),
        ..LatencyInput::default()
    };
    assert_eq!(
        latency(&lab, of("browse")).unwrap().p99_ms,
        all.p99_ms,
        "there is one class"
    );
    assert!(latency(&lab, of("cart")).unwrap().p50_ms < all.p50_ms);
    assert_eq!(
        latency(&lab, of("nobody")).unwrap_err().code,
        Code::NotFound
    );
    let series = latency_series(
        &lab,
        LatencySeriesInput {
            step: Some(60),
            ..Default::default()
        },
    )
    .unwrap();
    assert_eq!(series.timestamps.len(), 2);
    assert_eq!(series.requests.iter().flatten().sum::<u64>(), all.count);
    assert_eq!(series.endpoints.len(), 4);
}

#[test]
fn an_empty_session_has_no_figures() {
    let (_folder, lab) = lab();
    let none = latency(&lab, LatencyInput::default()).unwrap();
    assert_eq!((none.count, none.p50_ms, none.avg_ms), (0, None, None));
}

//! Looking at the playing session or at a run: status, metrics, cost, faults.

use drydock_services::{Role, chaos, cluster_status, costs, metrics, session};
use serde_json::json;

use crate::example::{
    Example,
    Expect::{Filled, Is, There},
};
use crate::operation::{Head, Method::Get, Operation, bytes, list, query};

pub(super) fn rows() -> Vec<Operation> {
    use Role::Viewer;
    let none = || json!({});
    let played = || json!({"seconds": 120});
    vec![
        query(
            Head(
                Get,
                "/session",
                "session",
                Viewer,
                "Say where the playing session is.",
            ),
            session::session,
        )
        .shown(Example::new(none()).gives("/data/world", Is(json!("researchflow")))),
        query(
            Head(
                Get,
                "/cluster/status",
                "cluster_status",
                Viewer,
                "Health of every service, node and autoscaler.",
            ),
            cluster_status::cluster_status,
        )
        .shown(Example::new(none()).gives("/data/overallStatus", Is(json!("healthy")))),
        query(
            Head(
                Get,
                "/cluster/services",
                "cluster_services",
                Viewer,
                "Health of every service.",
            ),
            cluster_status::cluster_services,
        )
        .shown(Example::new(none()).gives("/data/researchflow~1web/healthy", Is(json!(true)))),
        query(
            Head(
                Get,
                "/cluster/scaling-events",
                "scaling_events",
                Viewer,
                "List changes of replicas, newest last.",
            ),
            cluster_status::scaling_events,
        )
        .shown(
            Example::new(none())
                .after("session_scale", json!({"service": "redis", "replicas": 2}))
                .after("session_step", played())
                .gives("/data/0/service", Is(json!("researchflow/redis"))),
        ),
        query(
            Head(
                Get,
                "/metrics/heatmap/{type}",
                "heatmap",
                Viewer,
                "CPU or memory over time, by service or node.",
            ),
            metrics::heatmap,
        )
        .shown(
            Example::new(json!({"type": "cpu"}))
                .after("session_step", played())
                .gives("/data/values/0", Filled),
        ),
        bytes(
            Head(
                Get,
                "/metrics/heatmap/{type}/cells",
                "heatmap_cells",
                Viewer,
                "The cells of a heatmap as raw 32-bit floats.",
            ),
            metrics::heatmap_cells,
        )
        .shown(
            Example::new(json!({"type": "cpu", "step": 10}))
                .after("session_step", played())
                .gives("", Filled),
        ),
        query(
            Head(
                Get,
                "/metrics/latency",
                "latency",
                Viewer,
                "Percentiles of latency over a window.",
            ),
            metrics::latency,
        )
        .shown(
            Example::new(none())
                .after("session_step", played())
                .gives("/data/p99Ms", There),
        ),
        query(
            Head(
                Get,
                "/metrics/latency/histogram",
                "latency_histogram",
                Viewer,
                "Distribution of latency over a window.",
            ),
            metrics::latency_histogram,
        )
        .shown(
            Example::new(none())
                .after("session_step", played())
                .gives("/data/buckets", Filled),
        ),
        query(
            Head(
                Get,
                "/metrics/latency/series",
                "latency_series",
                Viewer,
                "Percentiles of latency over time.",
            ),
            metrics::latency_series,
        )
        .shown(
            Example::new(none())
                .after("session_step", played())
                .gives("/data/p50Ms", Filled),
        ),
        query(
            Head(
                Get,
                "/costs/rate",
                "cost_rate",
                Viewer,
                "Cost per hour by service and node, and what is idle.",
            ),
            costs::cost_rate,
        )
        .shown(Example::new(none()).gives("/data/perHour/currency", Is(json!("USD")))),
        list(
            Head(
                Get,
                "/costs/prices",
                "price_book",
                Viewer,
                "Search the price book.",
            ),
            costs::price_book,
        )
        .shown(
            Example::new(json!({"provider": "aws", "region": "us-west-2", "limit": 1}))
                .gives("/data/0/source", Filled),
        ),
        query(
            Head(
                Get,
                "/chaos/faults",
                "faults",
                Viewer,
                "List faults in force and past, with their measured effect.",
            ),
            chaos::faults,
        )
        .shown(
            Example::new(none())
                .after("scheduler_board", none())
                .after(
                    "session_kill",
                    json!({"node": "$0/data/groups/0/nodes/0/name"}),
                )
                .gives("/data/0/target", There),
        ),
    ]
}

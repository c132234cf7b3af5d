//! Placement: what is where and why, what would be if, and studies of both.

use drydock_services::{Role, scheduler};
use serde_json::{Value, json};

use crate::example::{
    Example,
    Expect::{Filled, Holds, Is, There},
};
use crate::operation::{
    Head,
    Method::{Get, Post},
    Operation, command, job, query,
};

const FIRST_NODE: &str = "$0/data/groups/0/nodes/0/name";

/// A world of two nodes with a pod on one of them.
fn bench() -> Value {
    let node = |name: &str| json!({"name": name, "zone": "z1", "resources": {"cpuAllocatable": 4000, "memoryAllocatable": 8589934592_i64}});
    json!({
        "name": "bench", "description": "two nodes", "nodes": [node("a"), node("b")],
        "existingPods": [{"name": "web", "nodeName": "a", "resources": {"cpu": 500, "memory": 1073741824}}],
    })
}

fn drain() -> Value {
    json!([{"type": "drainNodes", "nodes": [FIRST_NODE], "deleteEmptyDirData": true, "force": true}])
}

pub(super) fn rows() -> Vec<Operation> {
    use Role::{Operator, Viewer};
    let none = || json!({});
    vec![
        query(Head(Get, "/scheduler/cluster", "scheduler_cluster", Viewer, "How full the cluster is."), scheduler::scheduler_cluster)
            .shown(Example::new(none()).gives("/data/totalNodes", Is(json!(6)))),
        query(Head(Get, "/scheduler/board", "scheduler_board", Viewer, "Nodes by zone with the pods on them, and pods without a node."), scheduler::scheduler_board)
            .shown(Example::new(json!({"simulationId": "current"})).gives("/data/groups", Filled)),
        query(Head(Get, "/scheduler/explain", "scheduler_explain", Viewer, "Why a pod is where it is, why not elsewhere, and what would help."), scheduler::scheduler_explain)
            .shown(
                Example::new(json!({"pod": "$0/data/groups/0/nodes/0/pods/0/name", "limit": 3}))
                    .after("scheduler_board", none())
                    .gives("/data/explanation/nodes", Filled),
            ),
        query(Head(Post, "/scheduler/simulate", "scheduler_simulate", Viewer, "Say where a pod would go."), scheduler::scheduler_simulate)
            .shown(
                Example::new(json!({"podSpec": {"name": "probe", "resources": {"requests": {"cpu": "100m", "memory": "64Mi"}}}}))
                    .gives("/data/schedulable", Is(json!(true))),
            ),
        query(Head(Post, "/scheduler/what-if", "scheduler_what_if", Viewer, "Say what changes of a world would do to placement and cost."), scheduler::scheduler_what_if)
            .shown(
                Example::new(json!({"changes": drain()}))
                    .after("scheduler_board", none())
                    .gives("/data/drains/0/done", Is(json!(true)))
                    .gives("/data/moved", Filled)
                    .gives("/data/newState/unschedulable", Is(json!([]))),
            ),
        job(Head(Post, "/scheduler/what-if/keep", "scheduler_keep", Operator, "Keep a what-if as a fork of its world."), scheduler::scheduler_keep)
            .creates()
            .shown(
                Example::new(json!({"name": "drained", "changes": drain()}))
                    .after("scheduler_board", none())
                    .gives("/data/fork/origin/world", Is(json!("researchflow")))
                    .then("lab", none(), "/data/currentWorld", Is(json!("researchflow")))
                    .then("revisions", json!({"world": "drained"}), "/data/0/reason", Is(json!("what-if: drainNodes")))
                    .then("export_world", json!({"world": "drained"}), "", Holds("unschedulable: true")),
            ),
        query(Head(Get, "/scheduler/simulations", "scheduler_simulations", Viewer, "List the worlds as placement sees them."), scheduler::scheduler_simulations)
            .shown(Example::new(none()).gives("/data/0/id", Is(json!("default"))).gives("/data/0/nodes", Filled)),
        command(Head(Post, "/scheduler/simulations", "create_simulation", Operator, "Make a world of nodes and pods."), scheduler::create_simulation)
            .creates()
            .shown(
                Example::new(bench())
                    .gives("/data/description", Is(json!("two nodes")))
                    .then("scheduler_cluster", json!({"simulationId": "bench"}), "/data/usedCpu", Is(json!(500)))
                    .then("scheduler_simulations", json!({"simulationId": "bench"}), "/data/0/existingPods/0/nodeName", Is(json!("a"))),
            ),
        query(Head(Post, "/scheduler/headroom", "scheduler_headroom", Viewer, "How many more of some pods fit, and what runs out first."), scheduler::scheduler_headroom)
            .shown(
                Example::new(json!({"simulationId": "bench", "pods": [{"podSpec": {"name": "half", "resources": {"requests": {"cpu": "500m"}}}}]}))
                    .after("create_simulation", bench())
                    .gives("/data/alone/0/more", Is(json!(15)))
                    .gives("/data/alone/0/runsOut/0/reason", Is(json!("insufficientCpu"))),
            ),
        query(Head(Get, "/scheduler/bindings", "scheduler_bindings", Viewer, "Check the bindings of a dump against the model."), scheduler::scheduler_bindings)
            .shown(
                Example::new(json!({"simulationId": "bench"}))
                    .after("create_simulation", bench())
                    .gives("/data/pods", Is(json!(1)))
                    .gives("/data/feasible", Is(json!(1))),
            ),
        job(Head(Post, "/scheduler/landings", "scheduler_landings", Operator, "Play the scheduler's luck: how often each pod lands where."), scheduler::scheduler_landings)
            .shown(
                Example::new(json!({"seeds": 4, "anew": true}))
                    .gives("/data/plays", Is(json!(4)))
                    .gives("/data/rows", Filled),
            ),
        query(Head(Get, "/scheduler/compare", "scheduler_compare", Viewer, "Compare the placement of two worlds."), scheduler::scheduler_compare)
            .shown(
                Example::new(json!({"a": "current", "b": "drained"}))
                    .after("scheduler_board", none())
                    .after("scheduler_keep", json!({"name": "drained", "changes": drain()}))
                    .gives("/data/moved", Filled),
            ),
        query(Head(Post, "/scheduler/profiles", "scheduler_profiles", Viewer, "Place a world's pods anew under two scheduler configurations."), scheduler::scheduler_profiles)
            .shown(
                Example::new(json!({"a": {"preset": "default"}, "b": {"preset": "optimizeUtilization"}}))
                    .gives("/data/profileA", Is(json!("default-scheduler")))
                    .gives("/data/b/placed", There),
            ),
        job(Head(Post, "/scheduler/sweep", "scheduler_sweep", Operator, "Sweep a grid of changes over a world."), scheduler::scheduler_sweep)
            .shown(
                Example::new(json!({"axes": [{"name": "nodes", "values": [
                    {"label": "all"},
                    {"label": "one less", "changes": [{"type": "removeNodes", "nodes": [FIRST_NODE]}]},
                ]}]}))
                    .after("scheduler_board", none())
                    .gives("/data/axes/0/labels", Is(json!(["all", "one less"])))
                    .gives("/data/cells/1/nodes", Is(json!(5))),
            ),
    ]
}

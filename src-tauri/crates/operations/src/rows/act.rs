//! Acting: playing the session, faults in it, and runs.

use drydock_services::{Role, runs, session};
use serde_json::json;

use crate::example::{
    Example,
    Expect::{Filled, Holds, Is, There},
};
use crate::operation::{
    Head,
    Method::{Delete, Get, Post},
    Operation, bytes, command, job, list, query,
};

pub(super) fn rows() -> Vec<Operation> {
    use Role::{Operator, Viewer};
    let none = || json!({});
    let short = || json!({"for": "1m", "seed": 7});
    let node = || json!({"node": "$0/data/groups/0/nodes/0/name"});
    vec![
        command(
            Head(
                Post,
                "/session/play",
                "session_play",
                Operator,
                "Let the session play.",
            ),
            session::session_play,
        )
        .shown(Example::new(json!({"speed": 10})).gives("/data/state", Is(json!("playing")))),
        command(
            Head(
                Post,
                "/session/pause",
                "session_pause",
                Operator,
                "Hold the session.",
            ),
            session::session_pause,
        )
        .shown(Example::new(none()).gives("/data/state", Is(json!("paused")))),
        command(
            Head(
                Post,
                "/session/step",
                "session_step",
                Operator,
                "Play a few simulated seconds and hold.",
            ),
            session::session_step,
        )
        .shown(Example::new(json!({"seconds": 30})).gives("/data/endNs", Is(json!("30000000000")))),
        command(
            Head(
                Post,
                "/session/restart",
                "session_restart",
                Operator,
                "Begin the session anew.",
            ),
            session::session_restart,
        )
        .shown(Example::new(json!({"seed": 11})).gives("/data/seed", Is(json!(11)))),
        command(
            Head(
                Post,
                "/session/seek",
                "session_seek",
                Operator,
                "Move the view to another time.",
            ),
            session::session_seek,
        )
        .shown(
            Example::new(json!({"timeNs": "20000000000"}))
                .after("session_step", json!({"seconds": 60}))
                .gives("/data/timeNs", Is(json!("20000000000"))),
        ),
        command(
            Head(
                Post,
                "/session/kill",
                "session_kill",
                Operator,
                "Kill a node or a pod of the session.",
            ),
            session::session_kill,
        )
        .shown(
            Example::new(node())
                .after("scheduler_board", none())
                .gives("/data/fault", Filled)
                .then("session", none(), "/data/faults/0/kind", Is(json!("node"))),
        ),
        command(
            Head(
                Post,
                "/session/heal",
                "session_heal",
                Operator,
                "Heal one fault of the session, or all.",
            ),
            session::session_heal,
        )
        .shown(
            Example::new(none())
                .after("scheduler_board", none())
                .after("session_kill", node())
                .gives("/data/healed", Filled)
                .then("session", none(), "/data/faults", Is(json!([]))),
        ),
        command(
            Head(
                Post,
                "/session/scale",
                "session_scale",
                Operator,
                "Ask for other replicas in the session.",
            ),
            session::session_scale,
        )
        .shown(Example::new(json!({"service": "redis", "replicas": 2})).gives("/data/atNs", There)),
        job(
            Head(
                Post,
                "/runs",
                "run",
                Operator,
                "Simulate a world over a time, with kills, and keep the result.",
            ),
            runs::run,
        )
        .creates()
        .shown(Example::new(short()).gives("/data/digest", Filled).then(
            "runs",
            none(),
            "/data/0/seed",
            Is(json!(7)),
        )),
        list(
            Head(
                Get,
                "/runs",
                "runs",
                Viewer,
                "List the runs of the lab, newest first.",
            ),
            runs::runs,
        )
        .shown(
            Example::new(none())
                .after("run", short())
                .gives("/data/0/seed", Is(json!(7))),
        ),
        query(
            Head(
                Get,
                "/runs/compare",
                "compare_runs",
                Viewer,
                "Compare two runs figure by figure.",
            ),
            runs::compare_runs,
        )
        .shown(
            Example::new(json!({"a": "$0/data/id", "b": "$1/data/id"}))
                .after("run", short())
                .after("run", json!({"for": "1m", "seed": 8}))
                .gives("/data/differences", Filled),
        ),
        query(
            Head(
                Get,
                "/runs/{run}",
                "run_result",
                Viewer,
                "Show a run with its figures and events.",
            ),
            runs::run_result,
        )
        .shown(
            Example::new(json!({"run": "$0/data/id"}))
                .after("run", short())
                .gives("/data/summary/requests", There),
        ),
        command(
            Head(
                Delete,
                "/runs/{run}",
                "delete_run",
                Operator,
                "Put a run into the bin for 30 days.",
            ),
            runs::delete_run,
        )
        .shown(
            Example::new(json!({"run": "$0/data/id"}))
                .after("run", short())
                .gives("/data/binned", Filled)
                .then("runs", none(), "/data", Is(json!([]))),
        ),
        bytes(
            Head(
                Get,
                "/runs/{run}/report",
                "run_report",
                Viewer,
                "Give the report of a run as a page.",
            ),
            runs::run_report,
        )
        .shown(
            Example::new(json!({"run": "$0/data/id"}))
                .after("run", short())
                .gives("", Holds("<svg")),
        ),
    ]
}

//! Worlds and their definitions.

use drydock_services::{Role, definition, worlds};
use serde_json::json;

use crate::example::{
    Example,
    Expect::{Filled, Holds, Is, There},
};
use crate::operation::{
    Head,
    Method::{Delete, Get, Post, Put},
    Operation, bytes, command, job, list, query,
};

const MANIFEST: &str = "YXBpVmVyc2lvbjogYXBwcy92MQpraW5kOiBEZXBsb3ltZW50Cm1ldGFkYXRhOiB7bmFtZTogd2ViLCBuYW1lc3BhY2U6IHNob3B9CnNwZWM6CiAgcmVwbGljYXM6IDIKICBzZWxlY3Rvcjoge21hdGNoTGFiZWxzOiB7YXBwOiB3ZWJ9fQogIHRlbXBsYXRlOgogICAgbWV0YWRhdGE6IHtsYWJlbHM6IHthcHA6IHdlYn19CiAgICBzcGVjOgogICAgICBjb250YWluZXJzOgogICAgICAtIHtuYW1lOiB3ZWIsIGltYWdlOiAid2ViOjEiLCByZXNvdXJjZXM6IHtyZXF1ZXN0czoge2NwdTogMTAwbSwgbWVtb3J5OiA2NE1pfX19Cg==";

pub(super) fn rows() -> Vec<Operation> {
    use Role::{Admin, Operator, Viewer};
    let none = || json!({});
    let current = || json!({"world": "current"});
    let parameter = "service/researchflow/web/demand_ms";
    let set = || json!({"world": "current", "key": parameter, "value": 7.5});
    vec![
        query(Head(Get, "/worlds", "worlds", Viewer, "List the worlds of the lab."), worlds::worlds)
            .shown(Example::new(none()).gives("/data/0/name", Is(json!("researchflow")))),
        job(Head(Post, "/worlds/import", "import_world", Operator, "Read dumps and manifests into a new world."), worlds::import_world)
            .creates()
            .shown(
                Example::new(json!({"name": "shop", "files": [{"path": "web.yaml", "base64": MANIFEST}]}))
                    .gives("/data/world/name", Is(json!("shop")))
                    .then("world", json!({"world": "shop"}), "/data/services/0/id", Is(json!("shop/web"))),
            ),
        command(Head(Post, "/worlds/sample", "open_sample", Operator, "Open the sample world."), worlds::open_sample)
            .shown(Example::new(none()).gives("/data/current", Is(json!(true)))),
        query(Head(Get, "/worlds/{world}", "world", Viewer, "Show what a world holds and rests on."), worlds::world)
            .shown(Example::new(current()).gives("/data/nodes", Is(json!(6)))),
        query(Head(Get, "/worlds/{world}/revisions", "revisions", Viewer, "List the changes of a world, newest first."), worlds::revisions)
            .shown(Example::new(current()).gives("/data/0/number", Is(json!(1)))),
        command(Head(Post, "/worlds/{world}/select", "select_world", Operator, "Make a world the current one."), worlds::select_world)
            .shown(
                Example::new(json!({"world": "researchflow"}))
                    .after("fork_world", json!({"world": "current", "name": "other"}))
                    .gives("/data/current", Is(json!(true)))
                    .then("lab", none(), "/data/currentWorld", Is(json!("researchflow"))),
            ),
        command(Head(Post, "/worlds/{world}/fork", "fork_world", Operator, "Copy a world at a revision."), worlds::fork_world)
            .creates()
            .shown(
                Example::new(json!({"world": "current", "name": "what-if"}))
                    .gives("/data/origin/world", Is(json!("researchflow")))
                    .then("lab", none(), "/data/currentWorld", Is(json!("what-if"))),
            ),
        command(Head(Post, "/worlds/{world}/rename", "rename_world", Operator, "Give a world another name."), worlds::rename_world)
            .shown(
                Example::new(json!({"world": "current", "name": "renamed"}))
                    .gives("/data/name", Is(json!("renamed")))
                    .then("worlds", none(), "/data/0/name", Is(json!("renamed"))),
            ),
        command(Head(Delete, "/worlds/{world}", "delete_world", Operator, "Put a world into the bin for 30 days."), worlds::delete_world)
            .shown(Example::new(current()).gives("/data/binned", Filled).then("worlds", none(), "/data", Is(json!([])))),
        command(Head(Post, "/worlds/{world}/undo", "undo", Operator, "Take back the last change of a world."), worlds::undo)
            .shown(
                Example::new(current())
                    .after("set_parameter", set())
                    .gives("/data/restored", Holds("7.5"))
                    .then("world", current(), "/data/canRedo", Is(json!(true))),
            ),
        command(Head(Post, "/worlds/{world}/redo", "redo", Operator, "Make the change again that was taken back last."), worlds::redo)
            .shown(
                Example::new(current())
                    .after("set_parameter", set())
                    .after("undo", current())
                    .gives("/data/restored", Holds("7.5"))
                    .then("world", current(), "/data/canRedo", Is(json!(false))),
            ),
        bytes(Head(Get, "/worlds/{world}/export", "export_world", Viewer, "Give a world as YAML that imports again."), worlds::export_world)
            .shown(Example::new(current()).gives("", Holds("kind: Deployment"))),
        list(Head(Get, "/worlds/{world}/objects", "objects", Viewer, "List the cluster objects of a world."), worlds::objects)
            .shown(Example::new(json!({"world": "current", "kind": "Node", "limit": 2})).gives("/data/1/key/kind", Is(json!("Node")))),
        query(Head(Get, "/worlds/{world}/object", "object", Viewer, "Give the original of one cluster object."), worlds::object)
            .shown(
                Example::new(json!({"world": "current", "kind": "Deployment", "namespace": "researchflow", "name": "web"}))
                    .gives("/data/json/metadata/name", Is(json!("web"))),
            ),
        query(Head(Get, "/worlds/{world}/parameters", "parameters", Viewer, "List every figure a world rests on."), definition::parameters)
            .shown(Example::new(json!({"world": "current", "search": "demand_ms"})).gives("/data/0/unit", Is(json!("ms")))),
        command(Head(Put, "/worlds/{world}/parameters", "set_parameter", Operator, "Enter the value of a parameter."), definition::set_parameter)
            .shown(
                Example::new(set())
                    .gives("/data/parameter/provenance", Is(json!("entered")))
                    .then("parameters", json!({"world": "current", "search": parameter}), "/data/0/value", Is(json!(7.5))),
            ),
        command(Head(Delete, "/worlds/{world}/parameters", "reset_parameter", Operator, "Forget an entered value."), definition::reset_parameter)
            .shown(
                Example::new(json!({"world": "current", "key": parameter}))
                    .after("set_parameter", set())
                    .gives("/data/parameter/provenance", Is(json!("assumed"))),
            ),
        command(Head(Put, "/worlds/{world}/calls", "set_call", Operator, "Say that one service calls another, and how often."), definition::set_call)
            .shown(
                Example::new(json!({"world": "current", "from": "web", "to": "redis", "callsPerRequest": 2.0}))
                    .gives("/data/revision", Is(json!(2)))
                    .then("parameters", json!({"world": "current", "search": "call/researchflow/web->researchflow/redis"}), "/data/0/value", Is(json!(2.0))),
            ),
        command(Head(Delete, "/worlds/{world}/calls", "remove_call", Operator, "Say that one service does not call another."), definition::remove_call)
            .shown(
                Example::new(json!({"world": "current", "from": "web", "to": "redis"}))
                    .after("set_call", json!({"world": "current", "from": "web", "to": "redis"}))
                    .gives("/data/revision", Is(json!(3))),
            ),
        command(Head(Put, "/worlds/{world}/classes", "set_class", Operator, "Say what arrives from outside, where, and how often."), definition::set_class)
            .shown(
                Example::new(json!({"world": "current", "name": "batch", "entry": "worker", "ratePerS": 3.0}))
                    .gives("/data/revision", Is(json!(2)))
                    .then("parameters", json!({"world": "current", "search": "class/batch/"}), "/data/0/value", Is(json!(3.0))),
            ),
        command(Head(Delete, "/worlds/{world}/classes", "remove_class", Operator, "Let a class of requests arrive no more."), definition::remove_class)
            .shown(
                Example::new(json!({"world": "current", "name": "batch"}))
                    .after("set_class", json!({"world": "current", "name": "batch", "entry": "worker"}))
                    .gives("/data/revision", Is(json!(3))),
            ),
        command(Head(Post, "/worlds/{world}/scale", "scale_service", Operator, "Change the replicas a service is defined with."), definition::scale_service)
            .shown(
                Example::new(json!({"world": "current", "service": "web", "replicas": 4}))
                    .gives("/data/revision", Is(json!(2)))
                    .then("object", json!({"world": "current", "kind": "Deployment", "namespace": "researchflow", "name": "web"}), "/data/json/spec/replicas", Is(json!(4))),
            ),
        command(Head(Put, "/worlds/{world}/mode", "set_mode", Admin, "Mark a world as development or production."), definition::set_mode)
            .shown(
                Example::new(json!({"world": "current", "mode": "production"}))
                    .gives("/data/revision", There)
                    .then("world", current(), "/data/mode", Is(json!("production"))),
            ),
    ]
}

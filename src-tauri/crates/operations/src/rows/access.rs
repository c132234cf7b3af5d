//! The HTTP door: whether it is open, the switch, and the address that signs a browser in.

use drydock_services::{Role, http_door};
use serde_json::json;

use crate::example::{
    Example,
    Expect::{Holds, Is},
};
use crate::operation::{
    Head,
    Method::{Get, Post, Put},
    Operation, command, query,
};

pub(super) fn rows() -> Vec<Operation> {
    use Role::{Admin, Viewer};
    // Any free port, and where the door is open already the one it has.
    let opened = || ("set_http_door", json!({"open": true, "port": 0}));
    let after_opening = |example: Example| {
        let (name, input) = opened();
        example.after(name, input)
    };
    vec![
        query(
            Head(
                Get,
                "/http-door",
                "http_door",
                Viewer,
                "Say whether the HTTP door is open, where, since when and by whom.",
            ),
            http_door::http_door,
        )
        .shown(
            after_opening(Example::new(json!({})))
                .gives("/data/open", Is(json!(true)))
                .gives("/data/address", Holds("http://127.0.0.1:")),
        ),
        command(
            Head(
                Put,
                "/http-door",
                "set_http_door",
                Admin,
                "Open or close the HTTP door.",
            ),
            http_door::set_http_door,
        )
        .shown(
            Example::new(opened().1)
                .gives("/data/open", Is(json!(true)))
                .then("http_door", json!({}), "/data/open", Is(json!(true))),
        ),
        command(
            Head(
                Post,
                "/http-door/sign-in",
                "http_sign_in",
                Admin,
                "Give an address that signs one browser in as admin, once.",
            ),
            http_door::http_sign_in,
        )
        .shown(after_opening(Example::new(json!({}))).gives("/data/url", Holds("/?code="))),
    ]
}

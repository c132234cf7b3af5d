//! Every row of the table, through every door: its example has its effect, junk is refused by name, and so is too small
//! a role. The stream, which is no call, has its tests in `http.rs`.

mod common;

use common::Bench;
use common::asks::{Asks, Talk, ThroughCommandLine, ThroughHttp, ThroughMcp, ThroughSocket};
use drydock_operations::{Example, Kind, Operation, table};
use drydock_services::Role;
use serde_json::{Value, json};

fn check<D: Asks>(row: &Operation) -> Result<(), String> {
    let mut door = D::fresh();
    let mut replies = Vec::new();
    for (name, input) in &row.example.before {
        let reply = door.ask(Role::Admin, name, &Example::fill(input, &replies));
        if reply["success"] != json!(true) {
            return Err(format!("before it, {name}: {reply}"));
        }
        replies.push(reply);
    }
    let input = Example::fill(&row.example.input, &replies);

    let mut junk = input.clone();
    junk["unheardOf"] = json!(1);
    let refused = door.ask(Role::Admin, row.name, &junk);
    if refused["code"] != json!("bad_input")
        || !refused["details"]["field"]
            .as_str()
            .is_some_and(|field| field.contains("unheardOf"))
    {
        return Err(format!("junk is not refused by name: {refused}"));
    }
    let smaller = match row.role {
        Role::Viewer => None,
        Role::Operator => Some(Role::Viewer),
        Role::Admin => Some(Role::Operator),
    };
    if let Some(smaller) = smaller {
        let refused = door.ask(smaller, row.name, &input);
        if refused["code"] != json!("forbidden") {
            return Err(format!("{} is not refused: {refused}", smaller.name()));
        }
    }

    let reply = door.ask(row.role, row.name, &input);
    if reply["success"] != json!(true) {
        return Err(format!("{input}: {reply}"));
    }
    if row.example.checks.is_empty() {
        return Err("its example has no effect to look at".to_owned());
    }
    replies.push(reply.clone());
    for check in &row.example.checks {
        let seen = match &check.ask {
            Some((name, input)) => door.ask(Role::Admin, name, &Example::fill(input, &replies)),
            None => reply.clone(),
        };
        // Of bytes, the empty pointer is their text.
        let found = if check.at.is_empty() {
            seen.get("data")
        } else {
            seen.pointer(check.at)
        };
        if let Some(problem) = check.expect.problem(found) {
            let asked = check.ask.as_ref().map_or(row.name, |(name, _)| name);
            return Err(format!(
                "{asked} at {:?}: {problem}: {}",
                check.at,
                shortened(&seen)
            ));
        }
    }
    Ok(())
}

fn walk<D: Asks>(door: &str) {
    let only = std::env::var("DRYDOCK_ROW").ok();
    let rows: Vec<&Operation> = table()
        .iter()
        .filter(|row| {
            row.kind() != Kind::Stream && only.as_deref().is_none_or(|name| name == row.name)
        })
        .collect();
    let failures: Vec<String> = rows
        .iter()
        .filter_map(|row| {
            check::<D>(row)
                .err()
                .map(|problem| format!("{}: {problem}", row.name))
        })
        .collect();
    assert!(
        failures.is_empty(),
        "{} of {} rows through {door}:\n{}",
        failures.len(),
        rows.len(),
        failures.join("\n")
    );
}

fn shortened(value: &Value) -> String {
    value.to_string().chars().take(400).collect()
}

#[test]
fn every_row_through_http() {
    walk::<ThroughHttp>("HTTP");
}

#[test]
fn every_row_through_the_command_line() {
    walk::<ThroughCommandLine>("the command line");
}

#[test]
fn every_row_through_mcp() {
    walk::<ThroughMcp>("MCP");
}

#[test]
fn every_row_through_the_socket() {
    walk::<ThroughSocket>("the socket");
}

#[test]
fn mcp_offers_every_row_but_the_stream() {
    let bench = Bench::with_sample();
    let mut talk = Talk::start(&bench, Role::Viewer);
    let listed = talk.request("tools/list", &json!({}));
    let tools = listed["result"]["tools"].as_array().expect("tools").clone();
    let names: Vec<&str> = tools
        .iter()
        .filter_map(|tool| tool["name"].as_str())
        .collect();
    let rows: Vec<&Operation> = table()
        .iter()
        .filter(|row| row.kind() != Kind::Stream)
        .collect();
    assert_eq!(names, rows.iter().map(|row| row.name).collect::<Vec<_>>());
    for (tool, row) in tools.iter().zip(rows) {
        let reads = matches!(row.kind(), Kind::Query | Kind::Bytes);
        assert_eq!(
            tool["annotations"]["readOnlyHint"],
            json!(reads),
            "{}",
            row.name
        );
        assert_eq!(tool["inputSchema"]["type"], json!("object"), "{}", row.name);
    }
    let refused = talk.request("tools/call", &json!({ "name": "stream", "arguments": {} }));
    assert!(refused["error"].is_object(), "{refused}");
}

//! The invariants of the house, over cargo's own account of it, the source tree and the table.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::Command;

use drydock_operations::table;
use serde_json::Value;

/// Longest file, in lines.
const LONGEST: usize = 500;
/// Files that may be longer, since a program writes them.
const WRITTEN_BY_A_PROGRAM: [&str; 1] = ["ui/src/lib/api/schema.d.ts"];

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn cargo(arguments: &[&str]) -> String {
    let output = Command::new(env!("CARGO"))
        .args(arguments)
        .current_dir(root())
        .output()
        .expect("cargo runs");
    assert!(
        output.status.success(),
        "cargo {arguments:?}: {}",
        String::from_utf8_lossy(&output.stderr)
    );
    String::from_utf8(output.stdout).expect("text")
}

/// Packages of the workspace, each with what it depends on, for tests too.
fn packages() -> Vec<(String, BTreeSet<String>)> {
    let metadata: Value = serde_json::from_str(&cargo(&[
        "metadata",
        "--format-version",
        "1",
        "--no-deps",
        "--offline",
    ]))
    .expect("JSON");
    let text = |value: &Value| value.as_str().expect("a text").to_owned();
    let packages = metadata["packages"].as_array().expect("packages");
    assert!(packages.len() > 5, "the whole workspace");
    packages
        .iter()
        .map(|package| {
            let uses = package["dependencies"].as_array().expect("dependencies");
            (
                text(&package["name"]),
                uses.iter().map(|used| text(&used["name"])).collect(),
            )
        })
        .collect()
}

/// Sources below a folder, in the order of their paths.
fn sources(folder: &str, endings: &[&str]) -> Vec<PathBuf> {
    fn walk(folder: &Path, endings: &[&str], found: &mut Vec<PathBuf>) {
        let Ok(entries) = std::fs::read_dir(folder) else {
            return;
        };
        for path in entries.map(|entry| entry.expect("an entry").path()) {
            let name = path
                .file_name()
                .expect("a name")
                .to_string_lossy()
                .into_owned();
            if path.is_dir() {
                if !["node_modules", "dist", "target", "gen"].contains(&name.as_str())
                    && !name.starts_with('.')
                {
                    walk(&path, endings, found);
                }
            } else if endings.iter().any(|ending| name.ends_with(ending)) {
                found.push(path);
            }
        }
    }
    let mut found = Vec::new();
    walk(&root().join(folder), endings, &mut found);
    found.sort();
    assert!(!found.is_empty(), "{folder} holds sources");
    found
}

fn named(path: &Path) -> String {
    path.strip_prefix(root())
        .expect("below the root")
        .to_string_lossy()
        .replace('\\', "/")
}

#[test]
fn model_and_engines_do_no_io_and_read_no_clock() {
    let forbidden = [
        "std::fs",
        "std::net",
        "std::process",
        "std::env",
        "std::thread",
        "Instant::now",
        "SystemTime",
        "Utc::now",
        "Local::now",
        "thread_rng",
        "rand::rng(",
        "from_os_rng",
        "OsRng",
        "from_entropy",
        "now_v7",
        "now_v4",
        "new_v4",
    ];
    let mut problems = Vec::new();
    for folder in ["src-tauri/crates/model/src", "src-tauri/crates/engines"] {
        for path in sources(folder, &[".rs"]) {
            // What measures or plays files is no part of the engine.
            let outside = |part: std::path::Component<'_>| {
                part.as_os_str() == "tests" || part.as_os_str() == "benches"
            };
            if path.components().any(outside) {
                continue;
            }
            let text = std::fs::read_to_string(&path).expect("a source");
            for (number, line) in text
                .lines()
                .enumerate()
                .filter(|(_, line)| !line.trim_start().starts_with("//"))
            {
                for name in forbidden.iter().filter(|name| line.contains(**name)) {
                    problems.push(format!("{}:{}: {name}", named(&path), number + 1));
                }
            }
        }
    }
    assert!(problems.is_empty(), "{}", problems.join("\n"));
}

#[test]
fn each_outside_thing_is_known_to_one_part_only() {
    let check = |outside: &str, owner: &str| {
        for (name, uses) in packages() {
            assert!(
                name == owner || !uses.contains(outside),
                "{name} depends on {outside}, which is for {owner} alone"
            );
        }
    };
    for door in ["tauri", "axum", "clap", "rmcp", "tower-http"] {
        check(door, "drydock");
    }
    check("rusqlite", "drydock-store");
    check("rusqlite_migration", "drydock-store");
    check("plotters", "drydock-report");
}

#[test]
fn crates_depend_in_one_direction() {
    // Each part may depend on those before it on its line, and on nothing of ours else.
    let allowed: [(&str, &[&str]); 13] = [
        ("drydock-model", &[]),
        ("drydock-pricing", &["model"]),
        ("drydock-scheduler", &["model"]),
        ("drydock-what-if", &["model", "pricing", "scheduler"]),
        ("drydock-availability", &["model", "scheduler", "what-if"]),
        ("drydock-autoscaler", &["model", "pricing", "scheduler"]),
        (
            "drydock-simulation",
            &["model", "pricing", "scheduler", "autoscaler"],
        ),
        ("drydock-import", &["model", "pricing"]),
        ("drydock-connect", &["model", "import"]),
        ("drydock-report", &["model", "pricing", "simulation"]),
        ("drydock-store", &["model"]),
        (
            "drydock-services",
            &[
                "model",
                "import",
                "pricing",
                "scheduler",
                "what-if",
                "autoscaler",
                "simulation",
                "report",
                "store",
            ],
        ),
        ("drydock-operations", &["model", "services", "store"]),
    ];
    for (name, uses) in packages() {
        if name == "drydock" {
            continue;
        }
        let (_, allowed) = allowed
            .iter()
            .find(|(known, _)| *known == name)
            .unwrap_or_else(|| panic!("{name} is in the design"));
        for used in uses.iter().filter_map(|used| used.strip_prefix("drydock-")) {
            assert!(
                allowed.contains(&used),
                "{name} depends on drydock-{used}, against the grain"
            );
        }
    }
}

#[test]
fn only_the_window_needs_a_desktop() {
    let tree = cargo(&[
        "tree",
        "--offline",
        "--no-default-features",
        "-p",
        "drydock",
        "-e",
        "normal,build,dev",
        "--prefix",
        "none",
    ]);
    for line in tree.lines() {
        let name = line.split(' ').next().unwrap_or_default();
        assert!(
            !["tauri", "wry", "tao", "gtk", "webkit2gtk"].contains(&name),
            "{line} without the feature desktop"
        );
    }
    assert!(
        tree.lines().any(|line| line.starts_with("axum ")),
        "the tree is whole"
    );
}

#[test]
fn rows_of_the_table_are_named_once_and_well() {
    let (mut names, mut routes) = (BTreeSet::new(), BTreeSet::new());
    for row in table() {
        assert!(names.insert(row.name), "{} twice", row.name);
        assert!(
            routes.insert((row.method, row.path)),
            "{} {} twice",
            row.method.name(),
            row.path
        );
        assert!(
            row.name.chars().all(|c| c.is_ascii_lowercase() || c == '_'),
            "{} is snake case",
            row.name
        );
        assert!(
            row.path.starts_with('/') && !row.path.ends_with('/'),
            "{}",
            row.path
        );
        assert!(
            row.summary.ends_with('.') && !row.summary.contains('\n'),
            "{}: {:?}",
            row.name,
            row.summary
        );
        let schema = row.input_schema();
        for field in row
            .path
            .split('{')
            .skip(1)
            .filter_map(|rest| rest.split('}').next())
        {
            assert!(
                schema["properties"][field].is_object(),
                "{}: {field} is in the path and not in the input",
                row.name
            );
        }
    }
}

#[test]
fn no_door_lists_operations_by_hand() {
    for path in sources("src-tauri/src/doors/http", &[".rs"])
        .iter()
        .chain(&[root().join("src-tauri/src/doors/mcp.rs")])
    {
        let text = std::fs::read_to_string(path).expect("a source");
        for row in table().iter().filter(|row| row.name.contains('_')) {
            assert!(
                !text.contains(&format!("\"{}\"", row.name)),
                "{} names {}",
                named(path),
                row.name
            );
        }
    }
}

#[test]
fn files_are_short_and_say_what_they_are_for() {
    let mut problems = Vec::new();
    for folder in ["src-tauri", "tests", "ui/src", "ui/tests"] {
        for path in sources(folder, &[".rs", ".ts", ".svelte"]) {
            let name = named(&path);
            let text = std::fs::read_to_string(&path).expect("a source");
            let lines = text.lines().count();
            if lines > LONGEST && !WRITTEN_BY_A_PROGRAM.contains(&name.as_str()) {
                problems.push(format!("{name} has {lines} lines"));
            }
            if path.extension().is_some_and(|ending| ending == "rs") && !text.starts_with("//!") {
                problems.push(format!("{name} does not open with what it is for"));
            }
        }
    }
    assert!(problems.is_empty(), "{}", problems.join("\n"));
}

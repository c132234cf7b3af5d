//! The table checks itself: legal names, no duplicates, paths whose fields exist, examples that can fail.

use std::collections::BTreeSet;

use drydock_operations::{Kind, Method, openapi, table};

#[test]
fn names_and_paths_are_legal_and_unique() {
    let mut names = BTreeSet::new();
    let mut paths = BTreeSet::new();
    for operation in table() {
        let name = operation.name;
        assert!(
            name.chars().all(|c| c.is_ascii_lowercase() || c == '_'),
            "{name} is not snake case"
        );
        assert!(names.insert(name), "{name} stands twice");
        assert!(
            paths.insert((operation.method, operation.path)),
            "{} stands twice",
            operation.path
        );
        assert!(
            operation.path.starts_with('/') && !operation.path.ends_with('/'),
            "{name}: {}",
            operation.path
        );
        assert!(
            operation.summary.ends_with('.') && operation.summary.len() < 90,
            "{name}: {}",
            operation.summary
        );
    }
}

#[test]
fn every_field_of_a_path_is_a_field_of_the_input() {
    for operation in table() {
        let schema = operation.input_schema();
        for part in operation
            .path
            .split('/')
            .filter_map(|part| part.strip_prefix('{')?.strip_suffix('}'))
        {
            assert!(
                schema["properties"][part].is_object(),
                "{}: {part} is not in its input",
                operation.name
            );
        }
        assert_eq!(
            schema["additionalProperties"], false,
            "{} takes unknown fields",
            operation.name
        );
    }
}

#[test]
fn reading_is_get_and_writing_is_not() {
    for operation in table() {
        let reads = matches!(operation.kind(), Kind::Bytes | Kind::Stream);
        assert!(
            !reads || operation.method == Method::Get,
            "{}",
            operation.name
        );
        let writes = matches!(operation.kind(), Kind::Command | Kind::Job);
        assert!(
            !writes || operation.method != Method::Get,
            "{}",
            operation.name
        );
    }
}

#[test]
fn every_row_but_the_stream_shows_an_example_with_an_effect() {
    for operation in table()
        .iter()
        .filter(|operation| operation.kind() != Kind::Stream)
    {
        assert!(
            operation.example.input.is_object(),
            "{} shows no input",
            operation.name
        );
        let raw = operation.name == "heatmap_cells";
        assert!(
            raw || !operation.example.checks.is_empty(),
            "{} shows no effect",
            operation.name
        );
    }
}

#[test]
fn the_document_holds_every_row() {
    let document = openapi();
    for operation in table() {
        let described = &document["paths"][format!("/api/monitoring{}", operation.path)]
            [operation.method.name().to_lowercase()];
        assert_eq!(described["operationId"], operation.name);
    }
    assert_eq!(
        document,
        openapi(),
        "the same table gives the same document"
    );
}

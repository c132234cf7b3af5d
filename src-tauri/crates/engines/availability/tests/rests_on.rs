//! What answers rest on: what is not known, what is assumed, and what a dump shows as it is.
#![allow(clippy::unwrap_used, reason = "a test")]

mod common;

use common::*;
use drydock_availability::{EntryBasis, Options, RestsOn, Structure};
use drydock_model::{Call, ImportReport, Provenance, UnresolvedName};
use serde_json::json;

fn has(list: &[String], text: &str) -> bool {
    list.iter().any(|it| it == text)
}

#[test]
fn where_no_call_is_known_nothing_breaks_and_that_is_said() {
    let mut objects = vec![node("n1", "eu-1a"), node("n2", "eu-1a")];
    objects.extend(deployed("web", &["n1"]));
    objects.extend(deployed("redis", &["n2"]));
    let structure = structure(&world(&objects, &[], &[]));
    let loss = check(
        &structure,
        &[on_node("n2")],
        &["redis: down 0/1 > up 1/1", "web: up 1/1 > up 1/1"],
    );
    let RestsOn {
        grade,
        unknown_needs,
        unknown,
        assumptions,
        ..
    } = &loss.rests_on;
    assert_eq!(*grade, None);
    assert_eq!(*unknown_needs, [id("redis"), id("web")]);
    assert!(has(
        unknown,
        "no call between services is known: what takes what down with it is not known"
    ));
    assert!(has(
        assumptions,
        "no request class is known: every service that nothing calls is taken for an entry"
    ));
    let overview = structure.overview();
    assert_eq!(overview.entry_basis, EntryBasis::NotCalled);
    assert_eq!(overview.entries.len(), 2);
}

#[test]
fn entries_are_the_classes_or_what_nothing_calls() {
    let objects: Vec<_> = ["web", "cart", "batch"]
        .iter()
        .flat_map(|name| deployed(name, &[""]))
        .collect();
    let check = |classes: &[&str], expect: &[&str], basis: EntryBasis| {
        let overview = structure(&world(
            &objects,
            &[("web", "cart"), ("cart", "cart")],
            classes,
        ))
        .overview();
        let entries: Vec<&str> = overview
            .entries
            .iter()
            .map(|it| it.service.name())
            .collect();
        assert_eq!((entries.as_slice(), overview.entry_basis), (expect, basis));
    };
    check(&[], &["batch", "web"], EntryBasis::NotCalled);
    check(&["cart"], &["cart"], EntryBasis::Classes);
    check(&["none"], &["batch", "web"], EntryBasis::NotCalled);
}

#[test]
fn the_weakest_grade_is_carried() {
    let objects: Vec<_> = ["web", "cart", "ads"]
        .iter()
        .flat_map(|name| deployed(name, &[""]))
        .collect();
    let mut world = world(&objects, &[("web", "cart")], &["web"]);
    world.definition.calls.push(Call {
        from: id("web"),
        to: id("ads"),
        provenance: Provenance::Assumed,
        source: "nobody".to_owned(),
    });
    let grade = |options: &str| {
        let options: Options = serde_json::from_str(options).unwrap();
        let structure = Structure::of(&world, &options).unwrap();
        structure.overview().rests_on.grade
    };
    assert_eq!(grade("{}"), Some(Provenance::Assumed));
    let soft = r#"{"softCalls": [{"from": "shop/web", "to": "shop/ads"}]}"#;
    assert_eq!(grade(soft), Some(Provenance::Inferred));
    let said = r#"{"softCalls": [{"from": "shop/web", "to": "shop/ads"}], "roles": {"shop/cart": {"type": "majority"}}}"#;
    assert_eq!(grade(said), Some(Provenance::Entered));
}

#[test]
fn names_that_are_no_service_are_said() {
    let objects = deployed("web", &[""]);
    let mut world = world(&objects, &[("web", "gone"), ("lost", "web")], &["nowhere"]);
    world.definition.report = Some(ImportReport {
        unresolved: vec![UnresolvedName {
            name: "db.example.com".to_owned(),
            from: "shop/web env DB".to_owned(),
        }],
        ..ImportReport::default()
    });
    let unknown = structure(&world).overview().rests_on.unknown;
    for text in [
        "shop/web calls shop/gone, which is no service of this world: taken as up",
        "the call of shop/lost to shop/web is left out: the caller is no service of this world",
        "class \"nowhere\" arrives at shop/nowhere, which is no service of this world",
        "db.example.com (shop/web env DB) is called and is no service of this world: taken as up",
    ] {
        assert!(has(&unknown, text), "{text}: {unknown:?}");
    }
}

#[test]
fn a_dump_is_taken_as_it_stands() {
    let mut down = node("n2", "eu-1a");
    down["status"]["conditions"][0]["status"] = json!("Unknown");
    let mut bare = node("n3", "eu-1b");
    bare["metadata"]["labels"] = json!({});
    let mut objects = vec![node("n1", "eu-1a"), down, bare];
    let mut web = deployed("web", &["n1", "n1", "n2", "n3", "n1"]);
    web[2]["status"] = json!({"conditions": [{"type": "Ready", "status": "False"}]});
    web[5]["metadata"]["deletionTimestamp"] = json!("2026-01-01T00:00:00Z");
    web[0]["spec"]["replicas"] = json!(5);
    objects.extend(web);
    objects.push(
        json!({"apiVersion": "autoscaling/v2", "kind": "HorizontalPodAutoscaler",
        "metadata": {"name": "web", "namespace": "shop"},
        "spec": {"scaleTargetRef": {"kind": "Deployment", "name": "web"}, "maxReplicas": 9}}),
    );
    objects.push(json!({"apiVersion": "apps/v1", "kind": "Deployment",
        "metadata": {"name": "broken"}, "spec": {"replicas": "x", "template": {}}}));
    let structure = structure(&world(&objects, &[], &[]));
    // Of six pods one is unready, one on a lost node, one being deleted, for which another is made and placed.
    let loss = check(&structure, &[], &["web: degraded 3/5 > degraded 3/5"]);
    let rests_on = &loss.rests_on;
    for text in [
        "pods on no node in the world are where the scheduler places them, and ready (1 of 6)",
        "pods that the world shows not ready, or being deleted, stay so (2)",
        "nodes that the world shows not ready count as lost from the start, with what is on them (1): n2",
        "replicas are those asked for: autoscalers do not act",
    ] {
        assert!(
            has(&rests_on.assumptions, text),
            "{text}: {:?}",
            rests_on.assumptions
        );
    }
    assert!(has(
        &rests_on.unknown,
        "nodes that name no zone are lost with none (1): n3"
    ));
    assert_eq!(rests_on.warnings.len(), 1);
    // What is unready stays so on another node; what was lost with n2 stays lost.
    let loss = structure.lose(&[on_node("n1")]).unwrap();
    let web = &loss.services[0];
    assert!(web.after_replacement.ready < 5);
    let fate = |name: &str| loss.pods.iter().find(|pod| pod.pod == name).unwrap();
    assert_eq!(fate("shop/web-1").to.as_deref(), Some("n3"));
    assert!(loss.pods.iter().all(|pod| pod.pod != "shop/web-2"));
    let pod = &structure.overview().services[0].pods[2];
    assert_eq!(
        (pod.node.as_deref(), pod.ready, pod.shown),
        (Some("n2"), false, true)
    );
}

#[test]
fn a_failure_that_names_nothing_is_refused() {
    let mut objects = vec![node("n1", "eu-1a")];
    objects.extend(deployed("web", &["n1"]));
    let structure = structure(&world(&objects, &[], &[]));
    let check = |failures: &[_], expect: &str| {
        assert_eq!(structure.lose(failures).unwrap_err().to_string(), expect);
    };
    check(
        &[on_node("n1"), on_node("n9")],
        "failures[1].node is \"n9\", expected the name of a node of this world: n1",
    );
    check(
        &[on_zone("x")],
        "failures[0].zone is \"x\", expected the name of a zone of this world: eu-1a",
    );
    check(
        &[on_region("x")],
        "failures[0].region is \"x\", expected the name of a region of this world: eu-1",
    );
    check(
        &[on_service("db")],
        "failures[0].service is \"shop/db\", expected a workload of this world that serves: shop/web",
    );
    let soft = r#"{"softCalls": [{"from": "shop/web", "to": "shop/ads"}]}"#;
    let options: Options = serde_json::from_str(soft).unwrap();
    assert_eq!(
        Structure::of(&world(&objects, &[], &[]), &options)
            .unwrap_err()
            .to_string(),
        "softCalls is shop/web -> shop/ads, expected calls of this world"
    );
}

#[test]
fn a_cycle_of_calls_breaks_together() {
    let mut objects = vec![node("n1", "eu-1a"), node("n2", "eu-1a")];
    for name in ["a", "b", "c"] {
        objects.extend(deployed(name, &["n1"]));
    }
    objects.extend(deployed("db", &["n2"]));
    let calls = [("a", "b"), ("b", "c"), ("c", "a"), ("c", "db")];
    let structure = structure(&world(&objects, &calls, &[]));
    check(
        &structure,
        &[on_service("db")],
        &[
            "a: broken 1/1 > broken 1/1",
            "b: broken 1/1 > broken 1/1",
            "c: broken 1/1 > broken 1/1",
            "db: down 0/1 > down 0/1",
        ],
    );
    let needs = &structure.overview().entries;
    assert!(needs.is_empty(), "everything is called by something");
}

//! Imports of small inputs from end to end: what a person reads of them, secrets, world files, and junk.

use drydock_import::{ImportError, Imported, InputFile, import, sample, world_file};
use drydock_model::Provenance;
use proptest::prelude::*;

const SHOP: &str = include_str!("fixtures/shop.yaml");

fn file(path: &str, text: &str) -> InputFile {
    InputFile {
        path: path.to_owned(),
        bytes: text.as_bytes().to_vec(),
    }
}

fn shop_with(world: &str) -> Result<Imported, ImportError> {
    import(vec![file("shop.yaml", SHOP), file("world.yaml", world)])
}

#[test]
fn the_report_says_all() {
    let broken = file(
        "broken.yaml",
        "a: [1,\n---\napiVersion: v1\nkind: Namespace\nmetadata: {name: late}\n",
    );
    let imported = import(vec![
        file("shop.yaml", SHOP),
        broken,
        file("notes.txt", "x"),
    ])
    .unwrap();
    insta::assert_json_snapshot!(imported.report);
}

#[test]
fn no_secret_gets_through() {
    assert!(SHOP.matches("hunter2").count() > 12);
    let imported = import(vec![file("shop.yaml", SHOP)]).unwrap();
    let objects = serde_json::to_string(&imported.world.objects).unwrap();
    let definition = serde_json::to_string(&imported.world.definition).unwrap();
    let encoded = "aHVudGVyMg";
    for text in [
        &objects,
        &definition,
        &world_file(&imported.world),
        &format!("{imported:?}"),
    ] {
        assert!(
            !text.contains("hunter2") && !text.contains(encoded),
            "{text}"
        );
    }
    // What was dropped said who is called, all the same.
    assert!(
        imported
            .world
            .definition
            .calls
            .iter()
            .any(|call| call.to.as_str() == "shop/db")
    );
}

#[test]
fn a_world_file_round_trips() {
    let first = import(sample()).unwrap().world;
    let mut files: Vec<_> = sample()
        .into_iter()
        .filter(|file| !file.path.ends_with("world.yaml"))
        .collect();
    files.push(file("researchflow/exported.yaml", &world_file(&first)));
    let second = import(files).unwrap().world;
    assert_eq!(first.definition.calls, second.definition.calls);
    assert_eq!(first.definition.classes, second.definition.classes);
    assert_eq!(first.definition.settings, second.definition.settings);
    assert_eq!(first.definition.mode, second.definition.mode);
}

#[test]
fn a_world_file_speaks_over_what_is_inferred() {
    let world = "apiVersion: drydock.dev/v1\nkind: World\nmetadata: {name: mine, namespace: shop}\nspec:\n  mode: production\n  calls: [{from: web, to: cart, calls_per_request: 2}]\n  classes: [{name: buyers, entry: shop/web, rate_per_s: 7}]\n  parameters: {service/shop/cart/demand_ms: {value: 3, provenance: measured, source: a trace, asOf: 2026-01-31}}\n";
    let imported = shop_with(world).unwrap();
    let definition = imported.world.definition;
    assert_eq!(imported.suggested_name, "mine");
    let call = definition
        .calls
        .iter()
        .find(|call| call.to.as_str() == "shop/cart")
        .unwrap();
    assert_eq!(
        (call.provenance, call.source.as_str()),
        (Provenance::Entered, "world.yaml")
    );
    assert_eq!(
        definition
            .classes
            .iter()
            .map(|class| class.name.as_str())
            .collect::<Vec<_>>(),
        ["buyers"]
    );
    assert_eq!(definition.settings["class/buyers/rate_per_s"].value, 7.0);
    assert_eq!(
        definition.settings["call/shop/web->shop/cart/calls_per_request"].value,
        2.0
    );
    assert_eq!(
        definition.settings["service/shop/cart/demand_ms"].provenance,
        Provenance::Measured
    );
}

#[test]
fn a_world_file_is_refused_where_it_cannot_be() {
    let check = |spec: &str, expect: &str| {
        let world = format!(
            "apiVersion: drydock.dev/v1\nkind: World\nmetadata: {{namespace: shop}}\nspec: {spec}\n"
        );
        let error = shop_with(&world).unwrap_err().to_string();
        assert_eq!(error, format!("world.yaml: {expect}"), "{spec}");
    };
    check(
        "{mode: staging}",
        "spec.mode: is \"staging\": write development or production",
    );
    check(
        "{call: []}",
        "spec: has no field \"call\": it has mode, complete, calls, classes, traffic, policies, behaviours, parameters",
    );
    check(
        "{calls: [{from: web}]}",
        "spec.calls[0].to: is missing: write the workload as namespace/name",
    );
    check(
        "{calls: [{from: web, to: carts}]}",
        "spec.calls[0].to: shop/carts is no workload of this import: it has shop/cart, shop/db, shop/web",
    );
    check(
        "{calls: [{from: web, to: web}]}",
        "spec.calls[0].to: is shop/web itself: a service calls another",
    );
    check(
        "{calls: [{from: cart, to: web}]}",
        "spec.calls: shop/web calling shop/cart closes a circle, in which no request would end: leave one of its calls out",
    );
    check(
        "{classes: [{entry: web, rate_per_s: -1}]}",
        "spec.classes[0].rate_per_s: is -1: write a number between 0 and 1000000 (requests/s)",
    );
    check(
        "{parameters: {world/cross_zone_ms: fast}}",
        "spec.parameters[world/cross_zone_ms]: is \"fast\": write a number between 0 and 10000 (ms)",
    );
    check(
        "{parameters: {world/timeout_ms: {value: 5, asOf: soon}}}",
        "spec.parameters[world/timeout_ms].asOf: is \"soon\": write a date such as 2026-01-31 or an ISO 8601 time",
    );
    check(
        "{parameters: {world/timeout_ms: {value: 5, provenance: sure}}}",
        "spec.parameters[world/timeout_ms].provenance: is \"sure\": write measured, fitted, inferred, entered, estimated or assumed",
    );
    check(
        "{traffic: {nobody: {}}}",
        "spec.traffic[nobody]: is about no class of this world",
    );
    check(
        "{classes: [{entry: web}], traffic: {web: {profile: {shape: spike, atS: 1, factor: -2, riseS: 0, holdS: 0, fallS: 0}}}}",
        "spec.traffic[web].profile.factor: is -2: write a number not below 0",
    );
    check(
        "{policies: {call/shop/db->shop/web: {}}}",
        "spec.policies[call/shop/db->shop/web]: is about no call or class of this world: write call/<namespace>/<name>-><namespace>/<name> or class/<name>",
    );
    check(
        "{policies: {call/shop/web->shop/cart: {connections: 0}}}",
        "spec.policies[call/shop/web->shop/cart].connections: is 0: write 1 or more",
    );
    check(
        "{behaviours: {shop/nobody: {keeps: cache}}}",
        "spec.behaviours[shop/nobody]: is no workload of this world that serves: write <namespace>/<name>",
    );
    check(
        "{behaviours: {shop/db: {keeps: everything}}}",
        "spec.behaviours[shop/db]: does not read: unknown variant `everything`, expected one of `nothing`, `cache`, `data`",
    );
    let forms = "write service/<namespace>/<name>/<parameter>, call/<namespace>/<name>-><namespace>/<name>/<parameter>, class/<name>/<parameter> or world/<parameter>";
    check(
        "{parameters: {service/shop/web/speed: 5}}",
        &format!(
            "spec.parameters[service/shop/web/speed]: service/shop/web/speed is no parameter: {forms}"
        ),
    );
    check(
        "{parameters: {service/shop/nobody/demand_ms: 5}}",
        &format!(
            "spec.parameters[service/shop/nobody/demand_ms]: service/shop/nobody is not in this world: {forms}"
        ),
    );
}

#[test]
fn nothing_says_what_was_expected() {
    let check = |files: Vec<InputFile>, found: &str| {
        let error = import(files).unwrap_err().to_string();
        assert!(
            error.starts_with(&format!("nothing to import in {found}: expected "))
                && error.contains("kubectl get"),
            "{error}"
        );
    };
    check(vec![], "no file at all");
    check(
        vec![file("a.txt", "x")],
        "a.txt (a.txt: not a .yaml, .yml, .json, .zip, .tar, .tar.gz or .tgz file)",
    );
    check(
        vec![file(
            "a.json",
            "{\"kind\":\"PodList\",\"apiVersion\":\"v1\",\"items\":null}",
        )],
        "a.json (no object in them)",
    );
    check(
        vec![file("a.json", "{")],
        "a.json (a.json: line 1, column 1: EOF while parsing an object; the rest of the file is not read)",
    );
}

#[test]
fn who_generates_load_and_who_works() {
    let workload = |name: &str, image: &str, env: &str| {
        format!(
            "---\napiVersion: apps/v1\nkind: Deployment\nmetadata: {{name: {name}}}\nspec: {{template: {{metadata: {{labels: {{app: {name}}}}}, spec: {{containers: [{{name: c, image: {image}, env: [{{name: X_ADDR, value: \"{env}\"}}]}}]}}}}}}\n"
        )
    };
    let service = |name: &str| {
        format!(
            "---\napiVersion: v1\nkind: Service\nmetadata: {{name: {name}}}\nspec: {{selector: {{app: {name}}}}}\n"
        )
    };
    let check = |docs: &[String], calls: &[&str], entries: &[&str]| {
        let imported = import(vec![file("x.yaml", &docs.concat())]).unwrap();
        let definition = imported.world.definition;
        let got: Vec<_> = definition
            .calls
            .iter()
            .map(|call| format!("{} {}", call.from.name(), call.to.name()))
            .collect();
        assert_eq!(got, calls);
        let got: Vec<_> = definition
            .classes
            .iter()
            .map(|class| class.name.clone())
            .collect();
        assert_eq!(got, entries);
    };
    let web = [
        workload("web", "web", "api:80"),
        service("web"),
        workload("api", "api", ""),
        service("api"),
    ]
    .concat();
    check(std::slice::from_ref(&web), &["web api"], &["web"]);
    check(
        &[web.clone(), workload("robot", "robot", "web:80")],
        &["web api"],
        &["web"],
    );
    check(
        &[web.clone(), workload("k6", "grafana/k6:1", "api:80")],
        &["web api"],
        &["api"],
    );
    // A queue's worker has no Service either, but calls a store.
    check(
        &[
            web.clone(),
            workload("worker", "worker", "queue:6379"),
            workload("queue", "bitnami/redis:7", ""),
            service("queue"),
        ],
        &["web api", "worker queue"],
        &["web"],
    );
    check(
        &[
            workload("a", "a", "b:1"),
            service("a"),
            workload("b", "b", "a:1"),
            service("b"),
        ],
        &["a b"],
        &[],
    );
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn junk_never_panics(bytes in proptest::collection::vec(any::<u8>(), 0..600), ending in 0..6_usize) {
        let ending = ["yaml", "json", "zip", "tar", "tgz", "txt"][ending];
        if let Ok(imported) = import(vec![InputFile { path: format!("x.{ending}"), bytes }]) {
            prop_assert!(!imported.world.objects.is_empty());
        }
    }

    #[test]
    fn mutated_manifests_never_panic(cuts in proptest::collection::vec((any::<prop::sample::Index>(), any::<prop::sample::Index>(), any::<u8>()), 1..8), json in any::<bool>()) {
        let text = if json { serde_json::to_string(&import(vec![file("s.yaml", SHOP)]).unwrap().world.objects.iter().map(|o| o.json.clone()).collect::<Vec<_>>()).unwrap() } else { SHOP.to_owned() };
        let mut bytes = text.into_bytes();
        for (at, from, byte) in cuts {
            let at = at.index(bytes.len());
            bytes[at] = byte;
            let from = from.index(bytes.len());
            let piece: Vec<u8> = bytes[from..(from + 40).min(bytes.len())].to_vec();
            bytes.splice(at..at, piece);
        }
        let path = if json { "x.json" } else { "x.yaml" };
        if let Ok(imported) = import(vec![InputFile { path: path.to_owned(), bytes }]) {
            let counted: u32 = imported.report.taken.iter().map(|taken| taken.count).sum();
            prop_assert_eq!(counted as usize, imported.world.objects.len());
        }
    }
}

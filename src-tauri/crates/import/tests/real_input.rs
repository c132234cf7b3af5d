//! What real clusters and manifests import as. The data lies beside the repository; where it is absent, each test says so.

use std::collections::BTreeSet;
use std::path::PathBuf;

use drydock_import::{ImportError, Imported, import, read_paths};
use drydock_model::{Inventory, Quantity};

fn data(test: &str, path: &str) -> Option<PathBuf> {
    let full = PathBuf::from(concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../../../../shared/data/cluster"
    ))
    .join(path);
    if full.exists() {
        return Some(full);
    }
    eprintln!("skipped: {test} needs ../shared/data/cluster/{path}");
    None
}

fn imported(path: PathBuf) -> Result<Imported, ImportError> {
    import(read_paths(&[path], 1 << 30)?)
}

fn taken(imported: &Imported, kind: &str) -> u32 {
    imported
        .report
        .taken
        .iter()
        .find(|taken| taken.kind == kind)
        .map_or(0, |taken| taken.count)
}

#[test]
fn every_folder_imports() {
    // Objects taken and entries of the report that say what was not; 0 where a folder holds nothing of Kubernetes.
    for (folder, expect_some) in [
        ("nri-cluster", true),
        ("troubleshoot-dumps", true),
        ("supportbundle-k3s-baseline", true),
        ("online-boutique", true),
        ("sock-shop", true),
        ("kube-prometheus", true),
        ("open-simulator", true),
        ("k9s-objects", true),
        ("karpenter-kwok", false),
        ("node-exporter", false),
        ("jaeger", false),
        ("otlp-json", false),
        ("simkube", false),
    ] {
        let Some(path) = data("every_folder_imports", folder) else {
            continue;
        };
        match imported(path) {
            Ok(imported) => {
                let objects: u32 = imported.report.taken.iter().map(|taken| taken.count).sum();
                println!(
                    "{folder}: {objects} taken, {} skipped, {} calls, {} classes",
                    imported.report.skipped.len(),
                    imported.world.definition.calls.len(),
                    imported.world.definition.classes.len()
                );
                assert_eq!(objects as usize, imported.world.objects.len(), "{folder}");
                for skipped in &imported.report.skipped {
                    println!("    {}: {}", skipped.place, skipped.reason);
                }
                assert!(expect_some, "{folder} took {:?}", imported.report.taken);
            }
            Err(error) => {
                println!("{folder}: {error}");
                assert!(!expect_some, "{folder}: {error}");
                assert!(error.to_string().contains("kubectl get"), "{error}");
            }
        }
    }
}

#[test]
fn every_file_imports_or_says_why() {
    let Some(root) = data("every_file_imports_or_says_why", ".") else {
        return;
    };
    let files = read_paths(&[root], 1 << 30).unwrap();
    assert!(files.len() > 250, "{}", files.len());
    for file in files {
        let path = file.path.clone();
        match import(vec![file]) {
            Ok(imported) => assert!(!imported.world.objects.is_empty(), "{path}"),
            Err(error) => assert!(
                matches!(error, ImportError::Nothing { .. }),
                "{path}: {error}"
            ),
        }
    }
}

#[test]
fn online_boutique_has_its_architecture() {
    let Some(path) = data("online_boutique_has_its_architecture", "online-boutique") else {
        return;
    };
    let imported = imported(path).unwrap();
    assert_eq!(imported.suggested_name, "online-boutique");
    assert!(imported.needs_nodes);
    assert_eq!(taken(&imported, "apps/v1 Deployment"), 12);
    let expect: BTreeSet<String> = [
        (
            "frontend",
            &[
                "adservice",
                "cartservice",
                "checkoutservice",
                "currencyservice",
                "productcatalogservice",
                "recommendationservice",
                "shippingservice",
            ][..],
        ),
        (
            "checkoutservice",
            &[
                "cartservice",
                "currencyservice",
                "emailservice",
                "paymentservice",
                "productcatalogservice",
                "shippingservice",
            ],
        ),
        ("recommendationservice", &["productcatalogservice"]),
        ("cartservice", &["redis-cart"]),
    ]
    .iter()
    .flat_map(|(from, to)| {
        to.iter()
            .map(move |to| format!("default/{from}->default/{to}"))
    })
    .collect();
    let got: BTreeSet<String> = imported
        .world
        .definition
        .calls
        .iter()
        .map(|call| format!("{}->{}", call.from, call.to))
        .collect();
    assert_eq!(got, expect);
    let cart = imported
        .world
        .definition
        .calls
        .iter()
        .find(|call| call.to.name() == "redis-cart")
        .unwrap();
    assert_eq!(
        cart.source,
        "env REDIS_ADDR=redis-cart:6379 of container server"
    );
    let classes: Vec<_> = imported
        .world
        .definition
        .classes
        .iter()
        .map(|class| (class.name.as_str(), class.entry.as_str()))
        .collect();
    assert_eq!(classes, [("frontend", "default/frontend")]);
    let unresolved: Vec<_> = imported
        .report
        .unresolved
        .iter()
        .map(|name| name.name.as_str())
        .collect();
    assert_eq!(unresolved, ["shoppingassistantservice"]);
    assert!(imported.report.inferred.iter().any(|i| {
        i.what
            .starts_with("default/loadgenerator is a load generator")
    }));
    assert_eq!(
        (imported.requests.milli_cpu, imported.requests.pods),
        (1570, 12)
    );
}

#[test]
fn nri_cluster_adds_up() {
    let Some(path) = data("nri_cluster_adds_up", "nri-cluster/1_35") else {
        return;
    };
    let imported = imported(path).unwrap();
    assert!(!imported.needs_nodes);
    let inventory = Inventory::of(&imported.world);
    assert_eq!(inventory.nodes.len(), 1);
    assert!(inventory.unread.is_empty(), "{:?}", inventory.unread);
    // Its own kube-state-metrics say 1.435 cores.
    let requests = inventory
        .pods
        .iter()
        .flat_map(|pod| &pod.pod.spec.as_ref().unwrap().containers)
        .filter_map(|container| container.resources.as_ref()?.requests.as_ref()?.get("cpu"));
    let sum: i64 = requests
        .map(|quantity| quantity.0.parse::<Quantity>().unwrap().milli_ceil())
        .sum();
    assert_eq!(sum, 1435);
}

#[test]
fn older_versions_and_unknown_kinds() {
    if let Some(path) = data("older_versions_and_unknown_kinds", "sock-shop") {
        let imported = imported(path).unwrap();
        assert_eq!(
            taken(&imported, "autoscaling/v1 HorizontalPodAutoscaler"),
            8
        );
        let inventory = Inventory::of(&imported.world);
        assert_eq!(inventory.autoscalers.len(), 8);
        assert_eq!(inventory.workloads.len(), 14);
        // MYSQL_ROOT_PASSWORD is fake_password.
        assert!(
            imported
                .report
                .dropped
                .iter()
                .any(|d| d.field.contains("MYSQL_ROOT_PASSWORD"))
        );
    }
    if let Some(path) = data("older_versions_and_unknown_kinds", "kube-prometheus") {
        let imported = imported(path).unwrap();
        for (kind, understood) in [
            ("monitoring.coreos.com/v1 Prometheus", false),
            ("monitoring.coreos.com/v1 ServiceMonitor", false),
            ("apps/v1 DaemonSet", true),
        ] {
            let taken = imported
                .report
                .taken
                .iter()
                .find(|taken| taken.kind == kind)
                .unwrap();
            assert_eq!(taken.understood, understood, "{kind}");
        }
    }
    if let Some(path) = data(
        "older_versions_and_unknown_kinds",
        "supportbundle-k3s-baseline",
    ) {
        let imported = imported(path).unwrap();
        assert_eq!(taken(&imported, "v1 Pod"), 7);
        let empty = imported
            .report
            .skipped
            .iter()
            .filter(|skipped| skipped.reason.contains("null"));
        assert_eq!(empty.count(), 0);
    }
}

//! What is exported imports again as the same world: objects whole, and all that manifests do not say.

use std::path::PathBuf;

use drydock_import::{InputFile, export, import, read_paths, sample};
use drydock_model::{ClusterObject, World};

fn json(object: &ClusterObject) -> (String, String) {
    (object.key().to_string(), object.json.to_string())
}

/// Exports, imports, and compares all but the report, which tells of the first reading.
fn check(place: &str, world: &World) {
    let again = import(vec![InputFile {
        path: "export.yaml".to_owned(),
        bytes: export(world).into_bytes(),
    }])
    .unwrap_or_else(|error| panic!("{place}: {error}"));
    assert_eq!(world.objects.len(), again.world.objects.len(), "{place}");
    for (before, after) in world.objects.iter().zip(&again.world.objects) {
        assert_eq!(json(before), json(after), "{place}");
    }
    assert_eq!(again.report.dropped, Vec::new(), "{place}");
    let (before, after) = (&world.definition, &again.world.definition);
    assert_eq!(before.mode, after.mode, "{place}");
    assert_eq!(before.calls, after.calls, "{place}");
    assert_eq!(before.classes, after.classes, "{place}");
    assert_eq!(before.settings, after.settings, "{place}");
}

#[test]
fn the_sample_comes_back() {
    check("sample", &import(sample()).unwrap().world);
}

#[test]
fn every_cluster_comes_back() {
    for folder in [
        "nri-cluster",
        "troubleshoot-dumps",
        "supportbundle-k3s-baseline",
        "online-boutique",
        "sock-shop",
        "kube-prometheus",
        "open-simulator",
        "k9s-objects",
    ] {
        let path = PathBuf::from(concat!(
            env!("CARGO_MANIFEST_DIR"),
            "/../../../../shared/data/cluster"
        ))
        .join(folder);
        if !path.exists() {
            eprintln!("skipped: every_cluster_comes_back needs ../shared/data/cluster/{folder}");
            continue;
        }
        let world = import(read_paths(&[path], 1 << 30).unwrap()).unwrap().world;
        check(folder, &world);
    }
}

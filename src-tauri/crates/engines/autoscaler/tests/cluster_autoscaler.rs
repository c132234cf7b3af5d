//! Cluster Autoscaler: its constants, its choices, and whole stories under a clock.

#![allow(clippy::unwrap_used, reason = "a test")]

#[path = "cluster_autoscaler/expanders.rs"]
mod expanders;
#[path = "cluster_autoscaler/growing.rs"]
mod growing;
#[path = "cluster_autoscaler/properties.rs"]
mod properties;
#[path = "cluster_autoscaler/shrinking.rs"]
mod shrinking;
#[path = "nodes/trial.rs"]
mod trial;
#[path = "cluster_autoscaler/world.rs"]
mod world;

use drydock_autoscaler::nodes::cluster_autoscaler::{Expander, Settings};
use serde_json::{Value, json};

/// Every default, with where it stands: kubernetes/autoscaler, cluster-autoscaler 1.34.
#[test]
fn defaults_are_those_of_the_flags() {
    let flags = "config/flags/flags.go";
    let constants = "config/const.go";
    let table: [(&str, Value, &str); 27] = [
        ("scanIntervalSeconds", json!(10), constants),
        ("maxNodesTotal", Value::Null, flags),
        ("maxNodesPerScaleUp", json!(1000), flags),
        ("maxNodeProvisionSeconds", json!(900), flags),
        ("newPodScaleUpDelaySeconds", json!(0), flags),
        // `random` until 1.32: pull request 7631.
        ("expanders", json!(["least-waste"]), flags),
        ("initialBackoffSeconds", json!(300), flags),
        ("maxBackoffSeconds", json!(1800), flags),
        ("backoffResetSeconds", json!(10_800), flags),
        ("scaleDownEnabled", json!(true), flags),
        ("utilizationThreshold", json!(0.5), constants),
        ("unneededSeconds", json!(600), constants),
        ("unreadySeconds", json!(1200), constants),
        ("delayAfterAddSeconds", json!(600), flags),
        ("delayAfterDeleteSeconds", json!(0), flags),
        ("delayAfterFailureSeconds", json!(180), constants),
        ("unremovableRecheckSeconds", json!(300), flags),
        ("maxScaleDownParallelism", json!(10), flags),
        ("maxDrainParallelism", json!(1), flags),
        ("ignoreDaemonsetsUtilization", json!(false), flags),
        ("ignoreMirrorPodsUtilization", json!(false), flags),
        ("skipNodesWithSystemPods", json!(true), flags),
        ("blockingSystemPodSeconds", json!(3600), flags),
        ("skipNodesWithLocalStorage", json!(true), flags),
        ("skipNodesWithCustomControllerPods", json!(true), flags),
        ("expendablePriorityCutoff", json!(-10), flags),
        ("maxTotalUnreadyPercentage", json!(45.0), flags),
    ];
    let defaults = serde_json::to_value(Settings::default()).unwrap();
    for (name, expect, source) in &table {
        assert_eq!(&defaults[name], expect, "{name} of {source}");
    }
    assert_eq!(defaults["okTotalUnreadyCount"], 3, "of {flags}");
    assert_eq!(
        defaults.as_object().unwrap().len(),
        table.len() + 1,
        "every one is in the table"
    );
}

#[test]
fn impossible_settings_are_named() {
    let check = |change: &dyn Fn(&mut Settings), expect: &str| {
        let mut settings = Settings::default();
        change(&mut settings);
        assert_eq!(settings.check().unwrap_err().to_string(), expect);
    };
    assert_eq!(Settings::default().check(), Ok(()));
    check(
        &|settings| settings.utilization_threshold = 50.0,
        "utilizationThreshold: 50 should be a share from 0 to 1",
    );
    check(
        &|settings| settings.utilization_threshold = f64::NAN,
        "utilizationThreshold: NaN should be a share from 0 to 1",
    );
    check(
        &|settings| settings.max_drain_parallelism = 11,
        "maxDrainParallelism: 11 should be at most maxScaleDownParallelism, 10",
    );
    check(
        &|settings| settings.initial_backoff_seconds = 3600,
        "initialBackoffSeconds: 3600 should be at most maxBackoffSeconds, 1800",
    );
    check(
        &|settings| settings.scan_interval_seconds = 0,
        "scanIntervalSeconds: 0 should be at least 1",
    );
    check(
        &|settings| settings.max_total_unready_percentage = -1.0,
        "maxTotalUnreadyPercentage: -1 should be a percentage from 0 to 100",
    );
    let mut world = world::World::new();
    world.group("a", 3, 2, 1000, 1);
    assert_eq!(
        world.groups[0].check().unwrap_err().to_string(),
        "nodeGroup a.min: 3 should be at most max, 2"
    );
}

#[test]
fn settings_travel_as_text() {
    let settings = Settings {
        expanders: vec![Expander::Priority, Expander::LeastWaste],
        ..Settings::default()
    };
    let text = serde_json::to_string(&settings).unwrap();
    assert!(
        text.contains(r#""expanders":["priority","least-waste"]"#),
        "{text}"
    );
    assert_eq!(serde_json::from_str::<Settings>(&text).unwrap(), settings);
}

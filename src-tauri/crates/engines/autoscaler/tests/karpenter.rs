//! Karpenter: its constants, its choices, and whole stories under a clock.

#![allow(clippy::unwrap_used, reason = "a test")]

#[path = "karpenter/consolidation.rs"]
mod consolidation;
#[path = "karpenter/guards.rs"]
mod guards;
#[path = "karpenter/properties.rs"]
mod properties;
#[path = "karpenter/provisioning.rs"]
mod provisioning;
#[path = "karpenter/stories.rs"]
mod stories;
#[path = "nodes/trial.rs"]
mod trial;
#[path = "karpenter/world.rs"]
mod world;

use drydock_autoscaler::nodes::karpenter::{
    ConsolidationPolicy, Disruption, Method, NodePool, Reason, Settings, Share,
};
use serde_json::json;

/// Every default, with where it stands: kubernetes-sigs/karpenter, and the documentation of 1.6.
#[test]
fn defaults_are_those_of_the_source() {
    let table = [
        ("batchIdleSeconds", 1, "reference/settings"),
        ("batchMaxSeconds", 10, "reference/settings"),
        ("pollingSeconds", 10, "disruption/controller.go"),
        ("validationSeconds", 15, "disruption/consolidation.go"),
        ("maxMultiNode", 100, "disruption/multinodeconsolidation.go"),
        (
            "registrationTimeoutSeconds",
            900,
            "nodeclaim/lifecycle/liveness.go",
        ),
        ("commandTimeoutSeconds", 600, "disruption/queue.go"),
        ("reconsiderSeconds", 300, "state/cluster.go"),
    ];
    let defaults = serde_json::to_value(Settings::default()).unwrap();
    for (name, expect, source) in table {
        assert_eq!(defaults[name], json!(expect), "{name} of {source}");
    }
    assert_eq!(defaults.as_object().unwrap().len(), table.len());

    // apis/v1/nodepool.go
    let disruption = Disruption::default();
    let policy = ConsolidationPolicy::WhenEmptyOrUnderutilized;
    assert_eq!(disruption.consolidation_policy, policy);
    assert_eq!(disruption.consolidate_after_seconds, Some(0));
    assert_eq!(disruption.budgets.len(), 1);
    assert_eq!(disruption.budgets[0].nodes, Share::Percent(10));
    assert_eq!(disruption.budgets[0].reasons, None);
    assert_eq!(NodePool::EXPIRE_AFTER_SECONDS, 30 * 24 * 3600);

    // disruption/controller.go
    let reasons = Method::ALL.map(Method::reason);
    let expect = [
        Reason::Empty,
        Reason::Drifted,
        Reason::Underutilized,
        Reason::Underutilized,
    ];
    assert_eq!(reasons, expect);
}

#[test]
fn impossible_definitions_are_named() {
    let settings = Settings {
        batch_idle_seconds: 11,
        ..Settings::default()
    };
    assert_eq!(
        settings.check().unwrap_err().to_string(),
        "batchIdleSeconds: 11 should be at most batchMaxSeconds, 10"
    );
    let check = |change: &dyn Fn(&mut NodePool), expect: &str| {
        let mut pool = world::World::new().pools.remove(0);
        assert_eq!(pool.check(), Ok(()));
        change(&mut pool);
        assert_eq!(pool.check().unwrap_err().to_string(), expect);
    };
    check(
        &|pool| pool.weight = 101,
        "nodePool pool.weight: 101 should be at most 100",
    );
    check(
        &|pool| pool.disruption.budgets[0].nodes = Share::Percent(110),
        "nodePool pool.disruption.budgets.nodes: 110% should be at most 100%",
    );
    check(
        &|pool| pool.offers[0].price_per_hour = world::money("-1"),
        "nodePool pool.offers.small.pricePerHour: -1 should be not negative",
    );
    check(
        &|pool| pool.name.clear(),
        "nodePool.name: \"\" should be a name",
    );
}

//! Configurations and the profiles or errors they come to.

use serde_json::{Value, json};

use super::*;
use crate::plugins::Plugin;
use crate::profile::{DefaultSpread, SpreadDefaults};
use crate::strategy::{Curve, ShapePoint, Strategy};

fn document(fields: Value) -> Value {
    let mut document = json!({"apiVersion": API_VERSION, "kind": KIND});
    let (Value::Object(all), Value::Object(fields)) = (&mut document, fields) else {
        panic!("objects");
    };
    all.extend(fields);
    document
}

/// The one profile of a configuration is the default one, but for what `change` does to it.
fn check(fields: Value, change: impl FnOnce(&mut Profile)) {
    let mut expect = Profile::default();
    change(&mut expect);
    let got = read(&document(fields.clone())).unwrap_or_else(|error| panic!("{fields}: {error}"));
    assert_eq!(got.len(), 1, "{fields}");
    assert_eq!(got[0].profile, expect, "{fields}");
    assert_eq!(got[0].name, expect.scheduler_name, "{fields}");
}

fn plugins(plugins: Value) -> Value {
    json!({"profiles": [{"plugins": plugins}]})
}

fn args(plugin: &str, args: Value) -> Value {
    json!({"profiles": [{"pluginConfig": [{"name": plugin, "args": args}]}]})
}

fn refuse(document: Value, expect: &str) {
    let got = read(&document).unwrap_err().to_string();
    assert_eq!(
        got.strip_prefix("KubeSchedulerConfiguration: "),
        Some(expect),
        "{document}"
    );
}

fn enabled(name: &str, weight: i64) -> Value {
    json!({"enabled": [{"name": name, "weight": weight}]})
}

#[test]
fn what_is_left_out_is_default() {
    check(json!({}), |_| {});
    check(json!({"profiles": []}), |_| {});
    check(
        json!({"profiles": [{}], "parallelism": 16, "leaderElection": {"leaderElect": false}}),
        |_| {},
    );
    check(json!({"metadata": {"name": "kube-scheduler"}}), |_| {});
    check(
        json!({"profiles": [{"schedulerName": "mine", "plugins": {}}]}),
        |p| {
            p.scheduler_name = "mine".into();
        },
    );
    check(
        args("PodTopologySpread", json!({"defaultingType": "System"})),
        |_| {},
    );
}

#[test]
fn percentages() {
    check(json!({"percentageOfNodesToScore": 40}), |p| {
        p.percentage_of_nodes_to_score = 40;
    });
    check(
        json!({"percentageOfNodesToScore": 40, "profiles": [{"percentageOfNodesToScore": 7}]}),
        |p| p.percentage_of_nodes_to_score = 7,
    );
}

#[test]
fn plugins_by_point() {
    check(plugins(json!({"score": enabled("NodeAffinity", 9)})), |p| {
        p.weigh(Plugin::NodeAffinity, 9);
    });
    // A weight that is not given is 1, not the default one.
    check(
        plugins(json!({"multiPoint": {"enabled": [{"name": "NodeAffinity"}]}})),
        |p| {
            p.weigh(Plugin::NodeAffinity, 1);
        },
    );
    check(
        plugins(json!({"score": {"disabled": [{"name": "ImageLocality"}]}})),
        |p| p.disable(Plugin::ImageLocality),
    );
    check(
        plugins(json!({"score": {"disabled": [{"name": "TaintToleration"}]}})),
        |p| p.weigh(Plugin::TaintToleration, 0),
    );
    check(
        plugins(json!({"filter": {"disabled": [{"name": "TaintToleration"}]}})),
        |p| p.filter_by(Plugin::TaintToleration, false),
    );
    check(
        plugins(
            json!({"multiPoint": {"disabled": [{"name": "DefaultPreemption"}, {"name": "TaintToleration"}]}}),
        ),
        |p| {
            p.disable(Plugin::DefaultPreemption);
            p.disable(Plugin::TaintToleration);
        },
    );
    check(
        plugins(json!({"postFilter": {"disabled": [{"name": "*"}]}})),
        |p| p.disable(Plugin::DefaultPreemption),
    );
    // Everything off but what is put back.
    check(
        plugins(
            json!({"score": {"disabled": [{"name": "*"}], "enabled": [{"name": "NodeResourcesFit", "weight": 5}]}}),
        ),
        |p| {
            for plugin in Plugin::ALL {
                p.weigh(plugin, 0);
            }
            p.disable(Plugin::ImageLocality);
            p.disable(Plugin::NodeResourcesBalancedAllocation);
            p.weigh(Plugin::NodeResourcesFit, 5);
        },
    );
    check(
        plugins(
            json!({"multiPoint": {"disabled": [{"name": "*"}], "enabled": [
            {"name": "PrioritySort"}, {"name": "DefaultBinder"}, {"name": "NodeName"}, {"name": "NodeResourcesFit"}]}}),
        ),
        |p| {
            for plugin in Plugin::ALL {
                p.disable(plugin);
            }
            p.filter_by(Plugin::NodeResourcesFit, true);
            p.weigh(Plugin::NodeResourcesFit, 1);
        },
    );
    // What is said of a point counts before what is said of all of them.
    check(
        plugins(
            json!({"multiPoint": enabled("NodeAffinity", 4), "score": enabled("NodeAffinity", 6)}),
        ),
        |p| p.weigh(Plugin::NodeAffinity, 6),
    );
}

#[test]
fn arguments() {
    check(
        args(
            "NodeResourcesFit",
            json!({"apiVersion": API_VERSION, "kind": "NodeResourcesFitArgs",
            "ignoredResources": ["example.com/a"], "ignoredResourceGroups": ["example.org"],
            "scoringStrategy": {"type": "MostAllocated", "resources": [{"name": "cpu", "weight": 3}, {"name": "memory"}]}}),
        ),
        |p| {
            p.ignored_resources = vec!["example.com/a".into()];
            p.ignored_resource_groups = vec!["example.org".into()];
            p.strategy = Strategy {
                curve: Curve::MostAllocated,
                resources: vec![("cpu".into(), 3), ("memory".into(), 1)],
            };
        },
    );
    check(
        args(
            "NodeResourcesFit",
            json!({"scoringStrategy": {"type": "RequestedToCapacityRatio",
            "requestedToCapacityRatio": {"shape": [{"utilization": 0, "score": 0}, {"utilization": 100, "score": 10}]}}}),
        ),
        |p| {
            p.strategy.curve = Curve::RequestedToCapacityRatio(vec![
                ShapePoint {
                    utilization: 0,
                    score: 0,
                },
                ShapePoint {
                    utilization: 100,
                    score: 10,
                },
            ]);
        },
    );
    check(
        args(
            "NodeResourcesBalancedAllocation",
            json!({"resources": [{"name": "nvidia.com/gpu", "weight": 1}]}),
        ),
        |p| p.balanced_resources = vec!["nvidia.com/gpu".into()],
    );
    check(
        args(
            "PodTopologySpread",
            json!({"defaultingType": "List", "defaultConstraints": [
            {"topologyKey": "zone", "maxSkew": 2, "whenUnsatisfiable": "DoNotSchedule"}]}),
        ),
        |p| {
            p.spread_defaults = SpreadDefaults::List(vec![DefaultSpread {
                topology_key: "zone".into(),
                max_skew: 2,
                hard: true,
            }]);
        },
    );
    check(
        args("PodTopologySpread", json!({"defaultingType": "List"})),
        |p| p.spread_defaults = SpreadDefaults::List(Vec::new()),
    );
    check(
        args(
            "InterPodAffinity",
            json!({"hardPodAffinityWeight": 0, "ignorePreferredTermsOfExistingPods": true}),
        ),
        |p| {
            p.hard_pod_affinity_weight = 0;
            p.ignore_preferred_terms_of_existing_pods = true;
        },
    );
    check(
        args(
            "DefaultPreemption",
            json!({"minCandidateNodesPercentage": 5, "minCandidateNodesAbsolute": 0}),
        ),
        |p| {
            p.min_candidate_nodes_percentage = 5;
            p.min_candidate_nodes_absolute = 0;
        },
    );
    let required =
        json!({"nodeSelectorTerms": [{"matchExpressions": [{"key": "a", "operator": "Exists"}]}]});
    let affinity = json!({"requiredDuringSchedulingIgnoredDuringExecution": required});
    check(
        args("NodeAffinity", json!({"addedAffinity": affinity})),
        |p| {
            p.added_affinity = serde_json::from_value(affinity).unwrap();
        },
    );
}

#[test]
fn what_is_not_done_is_named() {
    check(
        json!({"extenders": [{"urlPrefix": "http://extender:8888", "filterVerb": "filter"}],
            "profiles": [{"plugins": {
                "queueSort": {"enabled": [{"name": "Coscheduling"}], "disabled": [{"name": "*"}]},
                "preFilter": {"disabled": [{"name": "NodePorts"}]}},
                "pluginConfig": [{"name": "Coscheduling", "args": {"permitWaitingTimeSeconds": 10}}]}]}),
        |p| {
            p.not_considered = vec![
                "Coscheduling: args".into(),
                "Coscheduling: no plugin of kube-scheduler itself".into(),
                "NodePorts: preFilter switched off alone".into(),
                "PrioritySort: queueSort switched off".into(),
                "extender http://extender:8888".into(),
            ];
        },
    );
}

#[test]
fn several_profiles() {
    let both = json!({"percentageOfNodesToScore": 9, "profiles": [
        {"schedulerName": "a", "plugins": {"score": enabled("NodeAffinity", 9)}}, {"schedulerName": "b"}]});
    let got = read(&document(both)).unwrap();
    let names: Vec<_> = got.iter().map(|named| named.name.as_str()).collect();
    assert_eq!(names, ["a", "b"]);
    let weights: Vec<_> = got
        .iter()
        .map(|named| named.profile.plugin(Plugin::NodeAffinity).weight)
        .collect();
    assert_eq!(weights, [9, 2]);
    assert!(
        got.iter()
            .all(|named| named.profile.percentage_of_nodes_to_score == 9)
    );
}

#[test]
fn what_is_wrong_is_named() {
    refuse(
        json!({"kind": KIND}),
        "apiVersion is missing, expected kubescheduler.config.k8s.io/v1",
    );
    refuse(
        json!({"apiVersion": "kubescheduler.config.k8s.io/v1beta3", "kind": KIND}),
        "apiVersion is \"kubescheduler.config.k8s.io/v1beta3\", expected kubescheduler.config.k8s.io/v1",
    );
    refuse(
        json!([]),
        "apiVersion is missing, expected kubescheduler.config.k8s.io/v1",
    );
    refuse(
        document(json!({"percentageOfNodesToScore": 101})),
        "percentageOfNodesToScore is 101, expected a whole number from 0 to 100",
    );
    refuse(
        document(json!({"profiles": {}})),
        "profiles is {}, expected a list",
    );
    refuse(
        document(json!({"profiles": [{"schedulerName": "a"}, {}]})),
        "profiles[1].schedulerName is missing, expected a name, since there are several profiles",
    );
    refuse(
        document(json!({"profiles": [{"schedulerName": "a"}, {"schedulerName": "a"}]})),
        "profiles[1].schedulerName is \"a\", expected a name that no other profile has",
    );
    refuse(
        document(json!({"profiles": [{"plugin": {}}]})),
        "profiles[0].plugin is no field, expected one of schedulerName, percentageOfNodesToScore, plugins, pluginConfig",
    );
    refuse(
        document(plugins(
            json!({"score": {"enabled": [{"name": "NodePorts"}]}}),
        )),
        "profiles[0].plugins.score.enabled[0].name is \"NodePorts\", expected a plugin that extends score",
    );
    refuse(
        document(plugins(json!({"score": {"enabled": [{"weight": 2}]}}))),
        "profiles[0].plugins.score.enabled[0].name is missing, expected a value",
    );
    refuse(
        document(plugins(json!({"score": enabled("NodeAffinity", -1)}))),
        "profiles[0].plugins.score.enabled[0].weight is -1, expected a whole number from 0 to 21474836",
    );
    refuse(
        document(plugins(
            json!({"filter": {"enabled": [{"name": "NodePorts"}, {"name": "NodePorts"}]}}),
        )),
        "profiles[0].plugins.filter.enabled[1].name is \"NodePorts\", expected a plugin that is not enabled here yet",
    );
    refuse(
        document(args(
            "NodeResourcesFit",
            json!({"scoringStrategy": {"type": "Balanced"}}),
        )),
        "profiles[0].pluginConfig[0].args.scoringStrategy.type is \"Balanced\", expected LeastAllocated or MostAllocated or RequestedToCapacityRatio",
    );
    refuse(
        document(args(
            "NodeResourcesFit",
            json!({"scoringStrategy": {"type": "RequestedToCapacityRatio",
            "requestedToCapacityRatio": {"shape": [{"utilization": 50, "score": 1}, {"utilization": 50, "score": 2}]}}}),
        )),
        "profiles[0].pluginConfig[0].args.scoringStrategy.requestedToCapacityRatio.shape[1] is {\"utilization\":50,\"score\":2}, expected a higher utilization than the point before",
    );
    refuse(
        document(args(
            "NodeResourcesFit",
            json!({"kind": "NodeAffinityArgs"}),
        )),
        "profiles[0].pluginConfig[0].args.kind is \"NodeAffinityArgs\", expected NodeResourcesFitArgs",
    );
    refuse(
        document(args(
            "PodTopologySpread",
            json!({"defaultConstraints": [{}]}),
        )),
        "profiles[0].pluginConfig[0].args.defaultConstraints is [{}], expected no constraints, or defaultingType List",
    );
    refuse(
        document(args(
            "DefaultPreemption",
            json!({"minCandidateNodesPercentage": 0, "minCandidateNodesAbsolute": 0}),
        )),
        "profiles[0].pluginConfig[0].args is {\"minCandidateNodesPercentage\":0,\"minCandidateNodesAbsolute\":0}, expected at least one of the two minimums above 0",
    );
    let terms =
        json!({"nodeSelectorTerms": [{"matchExpressions": [{"key": "a", "operator": "Near"}]}]});
    refuse(
        document(args(
            "NodeAffinity",
            json!({"addedAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": terms}}),
        )),
        "profiles[0].pluginConfig[0].args.addedAffinity.requiredDuringSchedulingIgnoredDuringExecution.nodeSelectorTerms[0].matchExpressions[0].operator is \"Near\", expected In, NotIn, Exists, DoesNotExist, Gt or Lt",
    );
}

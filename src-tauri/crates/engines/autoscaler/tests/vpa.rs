//! The VerticalPodAutoscaler from samples to decisions: tables with values worked out by hand or
//! published, and properties that hold for any samples.
#![allow(clippy::unwrap_used, reason = "a test")]

use std::collections::BTreeMap;

use drydock_autoscaler::vpa::{
    Aggregate, ContainerResources, ContainerUsage, CpuSample, Discarded, Histogram, Recommendation,
    RecommenderSettings, Resource, Resources, Scheme, UpdateMode, Vpa, admit, fit, recommend,
};
use proptest::prelude::*;
use serde_json::{Value, json};

const MINUTE: u64 = 60_000_000_000;
const HOUR: u64 = 60 * MINUTE;
const DAY: u64 = 24 * HOUR;
const MIB: u64 = 1 << 20;
/// The most an amount can be.
const MOST: u64 = 100_000_000_000_000;

fn settings() -> RecommenderSettings {
    RecommenderSettings::default()
}

fn vpa(resource_policy: Value) -> Vpa {
    let object = json!({
        "apiVersion": "autoscaling.k8s.io/v1",
        "kind": "VerticalPodAutoscaler",
        "metadata": {"name": "api", "namespace": "shop"},
        "spec": {
            "targetRef": {"apiVersion": "apps/v1", "kind": "Deployment", "name": "api"},
            "resourcePolicy": resource_policy,
        },
    });
    Vpa::from_json(&object).unwrap()
}

fn cpu(at_ns: u64, milli_cpu: u64) -> CpuSample {
    CpuSample {
        at_ns,
        milli_cpu,
        request_milli: None,
    }
}

/// A container that used the same all the time, sampled every minute, both ends included.
fn steady(milli_cpu: u64, bytes: u64, minutes: u64) -> Aggregate {
    let mut aggregate = Aggregate::new(&settings(), 0);
    let mut usage = ContainerUsage::default();
    for minute in 0..=minutes {
        let at = minute * MINUTE;
        usage.add_cpu(&mut aggregate, cpu(at, milli_cpu)).unwrap();
        usage
            .add_memory(&mut aggregate, &settings(), at, bytes)
            .unwrap();
    }
    aggregate
}

fn recommend_one(vpa: &Vpa, aggregate: Aggregate) -> Recommendation {
    let usage = BTreeMap::from([("main".to_owned(), aggregate)]);
    recommend(vpa, &settings(), &usage).pop().unwrap()
}

/// Targets that recommenders of real clusters report: buckets' ends and 15 %. 380258472 bytes are
/// in kubernetes/autoscaler#5242; 109m and 1174275820239 bytes, the start of the last bucket, in
/// #1182.
#[test]
fn targets_are_those_of_real_clusters() {
    for (milli_cpu, bytes, target) in [
        (90, 325_000_000, Resources::new(109, 380_258_472)),
        (
            90,
            2_000_000_000_000,
            Resources::new(109, 1_174_275_820_239),
        ),
        // Ends of the 3rd and the 20th bucket: 0.031525 cores and 330659541 bytes.
        (30, 330_659_540, Resources::new(35, 380_258_472)),
        // 800m and 7196702080 bytes: the margin is cut off by itself, times 1.15 would be 1 less.
        (780, 7_000_000_000, Resources::new(920, 8_276_207_392)),
        // The first bucket ends at 10 millicores and 1e7 bytes, under the least amounts.
        (3, 5_000_000, Resources::new(25, 250 * MIB)),
    ] {
        let found = recommend_one(&vpa(json!({})), steady(milli_cpu, bytes, 60));
        assert_eq!(found.target, target, "{milli_cpu}m {bytes} B");
        assert_eq!(found.uncapped_target, target);
    }
}

/// 11m and 23574998 bytes, as reported in kubernetes/autoscaler#3732 by a recommender without least
/// amounts. The 2nd bucket ends a rounding error under 2.05e7 bytes: cut off, 20499999.
#[test]
fn ends_of_buckets_round_as_in_real_clusters() {
    let settings = RecommenderSettings {
        pod_least_milli_cpu: 0,
        pod_least_memory_bytes: 0,
        ..settings()
    };
    let usage = BTreeMap::from([("main".to_owned(), steady(3, 15_000_000, 60))]);
    let found = recommend(&vpa(json!({})), &settings, &usage);
    assert_eq!(found[0].target, Resources::new(11, 23_574_998));
}

/// 109 millicores and 380258472 bytes, times `1 + 1/c` and `(1 + 0.001/c)^-2`.
#[test]
fn bounds_follow_the_confidence() {
    for (minutes, confidence, lower, upper) in [
        // Two samples a minute apart: c = 1/1440.
        (
            1,
            1.0 / 1440.0,
            Resources::new(25, 250 * MIB),
            Resources::new(157_069, 547_952_458_152),
        ),
        // c = 0.5: x 3, x 0.996008.
        (
            720,
            0.5,
            Resources::new(108, 378_741_989),
            Resources::new(327, 1_140_775_416),
        ),
        // c = 7: x 8/7, x 0.999714.
        (
            7 * 1440,
            7.0,
            Resources::new(108, 380_149_849),
            Resources::new(124, 434_581_110),
        ),
    ] {
        let found = recommend_one(&vpa(json!({})), steady(90, 325_000_000, minutes));
        assert!((found.confidence - confidence).abs() < 1e-12, "{found:?}");
        assert_eq!(found.samples, minutes + 1);
        assert_eq!((found.lower, found.upper), (lower, upper), "{minutes} min");
    }
    let found = recommend_one(&vpa(json!({})), steady(90, 325_000_000, 0));
    assert_eq!(found.confidence, 0.0);
    assert_eq!(found.lower, Resources::new(25, 250 * MIB));
    assert_eq!(found.upper, Resources::new(MOST, MOST));
}

/// For a week, of each 25 samples 15 at 100m, 8 at 300m and 2 at 900m; one peak each of 25 pods, so
/// many at 1, 3 and 9 GB. The median is in the first, 90 % in the second, 95 % in the third.
#[test]
fn percentiles_of_a_spread() {
    let level = |at: u64| match at % 25 {
        0..15 => 1,
        15..23 => 3,
        _ => 9,
    };
    let mut aggregate = steady(100, 1_000_000_000, 0);
    let mut usage = ContainerUsage::default();
    for minute in 1..=7 * 1440 {
        let sample = cpu(minute * MINUTE, 100 * level(minute));
        usage.add_cpu(&mut aggregate, sample).unwrap();
    }
    for pod in 1..25 {
        ContainerUsage::default()
            .add_memory(&mut aggregate, &settings(), 0, level(pod) * 1_000_000_000)
            .unwrap();
    }
    let found = recommend_one(&vpa(json!({})), aggregate);
    assert_eq!(found.lower, Resources::new(125, 1_168_389_746));
    assert_eq!(found.target, Resources::new(350, 3_481_230_109));
    assert_eq!(found.upper, Resources::new(1186, 12_144_360_755));
}

/// A sample every ten minutes for a day: a day by time, a tenth of a day by count.
#[test]
fn confidence_is_the_lesser_of_time_and_count() {
    let mut aggregate = Aggregate::new(&settings(), 0);
    let mut usage = ContainerUsage::default();
    for sample in 0..144 {
        let sample = cpu(5 * DAY + sample * 10 * MINUTE, 100);
        usage.add_cpu(&mut aggregate, sample).unwrap();
    }
    assert_eq!(aggregate.confidence(), 144.0 / 1440.0);
    assert_eq!(aggregate.first_sample_ns(), Some(5 * DAY));
    let last = 6 * DAY - 10 * MINUTE;
    assert_eq!(aggregate.last_sample_ns(), Some(last));
    assert!(!aggregate.is_expired(&settings(), last + 8 * DAY - 1));
    assert!(aggregate.is_expired(&settings(), last + 8 * DAY));
    let unused = Aggregate::new(&settings(), DAY);
    assert!(!unused.is_expired(&settings(), 9 * DAY - 1));
    assert!(unused.is_expired(&settings(), 9 * DAY));
}

/// An hour of 90m and, from half an hour on, two of 30m by another container.
#[test]
fn aggregates_merge() {
    let mut later = Aggregate::new(&settings(), 0);
    let mut usage = ContainerUsage::default();
    for minute in 30..150 {
        let sample = cpu(minute * MINUTE, 30);
        usage.add_cpu(&mut later, sample).unwrap();
    }
    let earlier = steady(90, 325_000_000, 59);
    for (mut into, from) in [(earlier.clone(), &later), (later.clone(), &earlier)] {
        into.merge(from);
        assert_eq!(into.samples(), 180);
        assert_eq!(into.first_sample_ns(), Some(0));
        assert_eq!(into.last_sample_ns(), Some(149 * MINUTE));
        assert_eq!(into.memory().buckets(), earlier.memory().buckets());
        // A third used 90m, two thirds 30m: the ends of the 8th and the 3rd bucket.
        let percentile = |quantile| (into.cpu().percentile(quantile).unwrap() * 1e5) as u64;
        assert_eq!((percentile(0.6), percentile(0.7)), (3152, 9549));
    }
    let mut empty = Aggregate::new(&settings(), 0);
    empty.merge(&later);
    assert_eq!(empty, later);
}

/// Seven minutes of 100m under a request of 100m and three of 1000m under one of 1 core: by count
/// the median is in the low bucket, by requests in the high one.
#[test]
fn samples_weigh_their_request() {
    let check = |weighted: bool, expected: f64| {
        let mut aggregate = Aggregate::new(&settings(), 0);
        let mut usage = ContainerUsage::default();
        for minute in 0..10 {
            let milli_cpu = if minute < 7 { 100 } else { 1000 };
            let sample = CpuSample {
                request_milli: weighted.then_some(milli_cpu),
                ..cpu(minute * MINUTE, milli_cpu)
            };
            usage.add_cpu(&mut aggregate, sample).unwrap();
        }
        let median = aggregate.cpu().percentile(0.5).unwrap();
        assert!((median - expected).abs() < 1e-6, "{median} {expected}");
    };
    // Ends of the 9th and the 37th bucket: 0.01 * (1.05^n - 1) / 0.05.
    check(false, 0.110_265_643_22);
    check(true, 1.016_281_386_82);
}

#[test]
fn cpu_samples_out_of_order_are_dropped() {
    let mut aggregate = Aggregate::new(&settings(), 0);
    let mut usage = ContainerUsage::default();
    usage.add_cpu(&mut aggregate, cpu(HOUR, 100)).unwrap();
    for at in [HOUR, HOUR - 1, 0] {
        let dropped = usage.add_cpu(&mut aggregate, cpu(at, 100));
        assert_eq!(dropped, Err(Discarded::OutOfOrder), "{at}");
    }
    // Another container of the same aggregate has an order of its own.
    let mut sibling = ContainerUsage::default();
    sibling.add_cpu(&mut aggregate, cpu(0, 100)).unwrap();
    assert_eq!(aggregate.samples(), 2);
    assert_eq!(aggregate.first_sample_ns(), Some(0));
    assert_eq!(aggregate.last_sample_ns(), Some(HOUR));
}

/// One container switched off, one without samples, two that share a pod's least amounts.
#[test]
fn each_container_has_its_policy() {
    let vpa = vpa(json!({"containerPolicies": [
        {"containerName": "proxy", "mode": "Off"},
        {"containerName": "main", "minAllowed": {"cpu": "200m"}, "maxAllowed": {"memory": "300M"}},
        {"containerName": "*", "controlledResources": ["memory"]},
    ]}));
    let usage = BTreeMap::from([
        ("idle".to_owned(), steady(1, 1, 60)),
        ("main".to_owned(), steady(90, 325_000_000, 60)),
        ("new".to_owned(), Aggregate::new(&settings(), 0)),
        ("proxy".to_owned(), steady(90, 325_000_000, 60)),
    ]);
    let found = recommend(&vpa, &settings(), &usage);
    let names: Vec<&str> = found.iter().map(|one| one.container.as_str()).collect();
    assert_eq!(names, ["idle", "main"]);
    let idle = Resources {
        milli_cpu: None,
        memory_bytes: Some(125 * MIB),
    };
    assert_eq!(found[0].target, idle);
    assert_eq!(found[0].uncapped_target, idle);
    assert_eq!(found[1].target, Resources::new(200, 300_000_000));
    assert_eq!(found[1].lower, Resources::new(200, 300_000_000));
    assert_eq!(found[1].upper.memory_bytes, Some(300_000_000));
    assert_eq!(found[1].uncapped_target, Resources::new(109, 380_258_472));
    assert!(recommend(&vpa, &settings(), &BTreeMap::new()).is_empty());
}

/// Target 109m and 380258472 B into a container with requests 100m and 100 MiB, limits 250m and
/// 300 MiB.
#[test]
fn a_new_pod_gets_requests_and_limits() {
    let container = ContainerResources {
        requests: Resources::new(100, 100 * MIB),
        limits: Resources::new(250, 300 * MIB),
    };
    for (values, requests, limits) in [
        (
            "RequestsAndLimits",
            Resources::new(109, 380_258_472),
            Resources::new(272, 1_140_775_416),
        ),
        // Memory stays at its limit.
        (
            "RequestsOnly",
            Resources::new(109, 300 * MIB),
            Resources::new(250, 300 * MIB),
        ),
    ] {
        let mut vpa = vpa(json!({"containerPolicies": [
            {"containerName": "*", "controlledValues": values},
        ]}));
        let recommendation = recommend_one(&vpa, steady(90, 325_000_000, 60));
        let admitted = admit(&vpa, &recommendation, &container);
        assert_eq!(
            admitted,
            ContainerResources { requests, limits },
            "{values}"
        );
        let fitted = fit(&vpa, &recommendation, &container);
        assert_eq!(fitted.target, requests);
        assert_eq!(fitted.uncapped_target, recommendation.uncapped_target);
        vpa.update_mode = UpdateMode::Off;
        assert_eq!(admit(&vpa, &recommendation, &container), container);
    }
}

/// Samples of a histogram of cores: value, weight, time.
fn samples(days: u64) -> impl Strategy<Value = Vec<(f64, f64, u64)>> {
    prop::collection::vec((0.0..1200.0_f64, 0.1..8.0_f64, 0..days * DAY), 1..60)
}

fn histogram(samples: &[(f64, f64, u64)]) -> Histogram {
    let mut histogram = Histogram::new(Scheme::cpu(), DAY);
    for &(value, weight, at) in samples {
        histogram.add(value, weight, at);
    }
    histogram
}

/// Whether two histograms hold the same but for rounding and buckets on the edge of fading: a
/// bucket under 1e-4 is empty, and the total at the reference is at least 0.07.
fn alike(ours: &Histogram, theirs: &Histogram) -> Result<(), TestCaseError> {
    let shares = |histogram: &Histogram| -> BTreeMap<u64, f64> {
        let buckets = histogram.buckets().into_iter();
        buckets
            .map(|bucket| ((bucket.start * 1e6) as u64, bucket.share))
            .collect()
    };
    let (ours, theirs) = (shares(ours), shares(theirs));
    for start in ours.keys().chain(theirs.keys()) {
        let share = |shares: &BTreeMap<u64, f64>| shares.get(start).copied().unwrap_or(0.0);
        let (one, other) = (share(&ours), share(&theirs));
        prop_assert!((one - other).abs() < 5e-3, "{start}: {one} {other}");
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn percentiles_rise_with_the_quantile(
        samples in samples(300),
        mut quantiles in prop::collection::vec(0.0..=1.0_f64, 2..9),
    ) {
        let histogram = histogram(&samples);
        quantiles.sort_by(f64::total_cmp);
        let percentile = |&quantile: &f64| histogram.percentile(quantile).unwrap();
        let values: Vec<f64> = quantiles.iter().map(percentile).collect();
        prop_assert!(values.is_sorted(), "{quantiles:?} {values:?}");
        let shares: f64 = histogram.buckets().iter().map(|bucket| bucket.share).sum();
        // A bucket that has faded keeps under 1e-4, each of 60 at most; the total is 0.07 at least.
        prop_assert!((shares - 1.0).abs() < 0.09, "{shares}");
    }

    /// Within a hundred half-lives of the first sample the reference stays.
    #[test]
    fn a_sample_never_takes_weight_away(samples in samples(90)) {
        let mut histogram = Histogram::new(Scheme::cpu(), DAY);
        for &(value, weight, at) in &samples {
            let before = histogram.total_weight();
            histogram.add(value, weight, at);
            prop_assert!(histogram.total_weight() >= before);
        }
    }

    #[test]
    fn merging_equals_adding_to_one(ours in samples(300), theirs in samples(300)) {
        let mut merged = histogram(&ours);
        merged.merge(&histogram(&theirs));
        alike(&merged, &histogram(&[ours, theirs].concat()))?;
    }

    #[test]
    fn taking_back_what_was_added_leaves_the_rest(
        samples in samples(90), value in 0.0..1200.0_f64, at in 0..90 * DAY,
    ) {
        // A sample far younger than all others swallows them in rounding.
        let youngest = samples.iter().map(|sample| sample.2).max().unwrap();
        prop_assume!(at < youngest + 20 * DAY);
        let mut changed = histogram(&samples);
        changed.add(value, 1.0, at);
        changed.subtract(value, 1.0, at);
        alike(&changed, &histogram(&samples))?;
    }

    /// Only relative ages matter: whole half-lives later, or with all weights doubled, the same.
    #[test]
    fn equal_samples_scale(samples in samples(90), half_lives in 1_u64..500) {
        let first = histogram(&samples);
        let (mut later, mut doubled) = (samples.clone(), samples);
        for sample in &mut later {
            sample.2 += half_lives * DAY;
        }
        prop_assert_eq!(first.buckets(), histogram(&later).buckets());
        for sample in &mut doubled {
            sample.1 *= 2.0;
        }
        let doubled = histogram(&doubled);
        prop_assert_eq!(2.0 * first.total_weight(), doubled.total_weight());
        alike(&first, &doubled)?;
    }

    #[test]
    fn recommendations_are_in_order_and_large_enough(
        usage in prop::collection::vec(
            (1..40 * MINUTE, 0..5000_u64, 0..4_000_000_000_u64, prop::bool::weighted(0.1)),
            0..200,
        ),
        bounds in (0..2000_u64, 0..2000_u64),
    ) {
        let (least, most) = (bounds.0.min(bounds.1), bounds.0.max(bounds.1));
        let vpa = vpa(json!({"containerPolicies": [{
            "containerName": "main",
            "minAllowed": {"cpu": format!("{least}m")},
            "maxAllowed": {"cpu": format!("{most}m")},
        }]}));
        let mut aggregate = Aggregate::new(&settings(), 0);
        let mut container = ContainerUsage::default();
        let mut at = 0;
        for &(pause, milli_cpu, bytes, is_oom) in &usage {
            at += pause;
            container.add_cpu(&mut aggregate, cpu(at, milli_cpu)).unwrap();
            if is_oom {
                container.add_oom(&mut aggregate, &settings(), at, Some(bytes)).unwrap();
            } else {
                container.add_memory(&mut aggregate, &settings(), at, bytes).unwrap();
            }
        }
        let containers = BTreeMap::from([
            ("main".to_owned(), aggregate.clone()),
            ("other".to_owned(), aggregate),
        ]);
        let found = recommend(&vpa, &settings(), &containers);
        prop_assert_eq!(found.len(), if usage.is_empty() { 0 } else { 2 });
        for one in found {
            for resource in Resource::ALL {
                let amount = |of: &Resources| of.get(resource).unwrap();
                prop_assert!(amount(&one.lower) <= amount(&one.target), "{:?}", one);
                prop_assert!(amount(&one.target) <= amount(&one.upper), "{:?}", one);
                prop_assert!(amount(&one.upper) <= MOST);
                let floor = match resource {
                    Resource::Cpu => 12,
                    Resource::Memory => 125 * MIB,
                };
                prop_assert!(amount(&one.uncapped_target) >= floor);
            }
            if one.container == "main" && most > 0 {
                for bound in [&one.lower, &one.target, &one.upper] {
                    let cpu = bound.milli_cpu.unwrap();
                    prop_assert!((least..=most).contains(&cpu), "{:?}", one);
                }
            }
        }
    }
}

//! Choosing between groups that could all help.

use drydock_autoscaler::nodes::cluster_autoscaler::{Expander, UnitPrices};
use drydock_model::Money;

use crate::world::World;

fn money(text: &str) -> Money {
    text.parse().unwrap()
}

/// Groups as (name, milli-cores, GiB, price, priority), pods as (milli-cores, MiB) -> the group taken
/// and the score of each option by the last expander that looked at it.
struct Case {
    groups: Vec<(&'static str, u64, u64, &'static str, Option<i32>)>,
    pods: Vec<(u64, u64)>,
}

impl Case {
    fn world(&self) -> World {
        let mut world = World::new();
        for &(name, milli_cpu, gib, price, priority) in &self.groups {
            let at = world.group(name, 0, 100, milli_cpu, gib);
            world.groups[at].price_per_hour = (!price.is_empty()).then(|| money(price));
            world.groups[at].priority = priority;
        }
        for &(milli_cpu, mib) in &self.pods {
            world.pod(milli_cpu, mib);
        }
        world
    }

    fn check(&self, expanders: &[Expander], expect: Option<&str>) -> Vec<(String, Option<f64>)> {
        let mut world = self.world();
        world.settings.expanders = expanders.to_vec();
        let up = world.pass().scale_up;
        let got = up.as_ref().map(|up| up.group.as_str());
        assert_eq!(got, expect, "{expanders:?}");
        let options = up.map(|up| up.options).unwrap_or_default();
        assert_eq!(
            options.iter().filter(|option| option.chosen).count(),
            usize::from(expect.is_some())
        );
        options
            .into_iter()
            .map(|option| {
                (
                    option.group,
                    option.scores.last().and_then(|score| score.value),
                )
            })
            .collect()
    }
}

fn prices() -> Expander {
    Expander::Price(UnitPrices {
        core_per_hour: money("0.04"),
        gib_per_hour: money("0.005"),
    })
}

#[test]
fn least_waste_leaves_least_idle() {
    let case = Case {
        groups: vec![
            ("small", 2000, 8, "", None),
            ("large", 16_000, 64, "", None),
            ("slim", 4000, 4, "", None),
        ],
        pods: vec![(3000, 3 << 10), (1000, 1 << 10)],
    };
    let scores = case.check(&[Expander::LeastWaste], Some("slim"));
    // The small group takes only the small pod: half its CPU, seven eighths of its memory idle.
    let expect = [
        ("small", 0.5 + 0.875),
        ("large", 0.75 + 0.9375),
        ("slim", 0.0),
    ];
    let expect = expect.map(|(group, score)| (group.to_owned(), Some(score)));
    assert_eq!(scores, expect);
}

#[test]
fn most_pods_helps_most_pods() {
    let case = Case {
        groups: vec![("small", 2000, 8, "", None), ("large", 8000, 32, "", None)],
        pods: vec![(1000, 100), (3000, 100), (1000, 100)],
    };
    let scores = case.check(&[Expander::MostPods], Some("large"));
    assert_eq!(
        scores,
        [
            ("small".to_owned(), Some(2.0)),
            ("large".to_owned(), Some(3.0))
        ]
    );
}

#[test]
fn priority_takes_the_highest_that_is_named() {
    let groups = |priorities: [Option<i32>; 3]| Case {
        groups: vec![
            ("a", 4000, 16, "", priorities[0]),
            ("b", 4000, 16, "", priorities[1]),
            ("c", 4000, 16, "", priorities[2]),
        ],
        pods: vec![(1000, 100)],
    };
    let by_priority = [Expander::Priority];
    groups([Some(10), Some(20), None]).check(&by_priority, Some("b"));
    groups([None, None, Some(-5)]).check(&by_priority, Some("c"));
    // None is named: any; a draw of 0 is the first.
    groups([None, None, None]).check(&by_priority, Some("a"));
}

#[test]
fn price_weighs_money_against_worth() {
    // One pod of 2 cores and 4 GiB, worth 0.10 an hour, steadied by 0.02 + 0.00244140625.
    let case = Case {
        groups: vec![
            ("dear", 4000, 16, "0.30", None),
            ("cheap", 4000, 16, "0.20", None),
            ("unpriced", 4000, 16, "", None),
        ],
        pods: vec![(2000, 4 << 10)],
    };
    let scores = case.check(&[prices()], Some("cheap"));
    let steady = 0.02 + 0.005 * 500.0 / 1024.0;
    // A cluster of no nodes prefers one core: four are off by a factor of four.
    let expect = |price: f64| 4.0 * (price + steady) / (0.10 + steady);
    let close = |got: Option<f64>, expect: f64| (got.unwrap() - expect).abs() < 1e-9;
    assert!(close(scores[0].1, expect(0.30)), "{scores:?}");
    assert!(close(scores[1].1, expect(0.20)), "{scores:?}");
    assert_eq!(scores[2].1, None);

    let unpriced = Case {
        groups: vec![("unpriced", 4000, 16, "", None)],
        pods: vec![(2000, 4 << 10)],
    };
    unpriced.check(&[prices()], None);
}

#[test]
fn price_prefers_nodes_that_suit_the_cluster() {
    // Equal money for the same cores: the node nearer to the preferred size of one core.
    let case = Case {
        groups: vec![
            ("large", 16_000, 64, "0.16", None),
            ("fit", 2000, 8, "0.16", None),
        ],
        pods: vec![(1000, 100)],
    };
    case.check(&[prices()], Some("fit"));
}

#[test]
fn expanders_are_asked_in_turn() {
    let case = Case {
        groups: vec![
            ("wasteful", 16_000, 64, "", Some(2)),
            ("tight", 2000, 8, "", Some(2)),
            ("tightest", 1000, 4, "", Some(1)),
        ],
        pods: vec![(1000, 4 << 10)],
    };
    case.check(&[Expander::LeastWaste], Some("tightest"));
    let both = [Expander::Priority, Expander::LeastWaste];
    case.check(&both, Some("tight"));
    let mut world = case.world();
    world.settings.expanders = both.to_vec();
    let options = world.pass().scale_up.unwrap().options;
    let asked: Vec<Vec<&str>> = options
        .iter()
        .map(|option| option.scores.iter().map(|score| score.expander).collect())
        .collect();
    let twice = ["priority", "least-waste"];
    assert_eq!(asked, [&twice[..], &twice[..], &twice[..1]]);
}

#[test]
fn a_draw_decides_between_equals() {
    let case = Case {
        groups: vec![
            ("a", 4000, 16, "", None),
            ("b", 4000, 16, "", None),
            ("c", 4000, 16, "", None),
        ],
        pods: vec![(1000, 100)],
    };
    for expander in [Expander::Random, Expander::LeastWaste] {
        for (draw, expect) in [
            (0, "a"),
            (u64::MAX / 3 - 1, "a"),
            (u64::MAX / 2, "b"),
            (u64::MAX, "c"),
        ] {
            let mut world = case.world();
            world.settings.expanders = vec![expander.clone()];
            world.draw = draw;
            assert_eq!(world.pass().scale_up.unwrap().group, expect, "{draw}");
        }
    }
}

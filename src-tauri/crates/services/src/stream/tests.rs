//! What a listener ends up with is what was published last, however slowly it listens.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use proptest::prelude::*;
use serde_json::{Value, json};

use super::patch::without_nulls;
use super::*;

fn apply(held: &mut BTreeMap<String, Value>, frames: Vec<Frame>) {
    for frame in frames {
        match frame.kind {
            FrameKind::Snapshot => {
                held.insert(frame.topic, frame.data);
            }
            FrameKind::Delta => {
                let before = held.remove(&frame.topic).unwrap();
                held.insert(frame.topic, apply_patch(before, &frame.data));
            }
            FrameKind::Heartbeat => {}
        }
    }
}

#[test]
fn the_examples_of_the_rfc() {
    // RFC 7386, appendix A: target, patch, result.
    for (target, patch, result) in [
        (json!({"a": "b"}), json!({"a": "c"}), json!({"a": "c"})),
        (
            json!({"a": "b"}),
            json!({"b": "c"}),
            json!({"a": "b", "b": "c"}),
        ),
        (json!({"a": "b"}), json!({"a": null}), json!({})),
        (
            json!({"a": "b", "b": "c"}),
            json!({"a": null}),
            json!({"b": "c"}),
        ),
        (json!({"a": ["b"]}), json!({"a": "c"}), json!({"a": "c"})),
        (json!({"a": "c"}), json!({"a": ["b"]}), json!({"a": ["b"]})),
        (
            json!({"a": {"b": "c"}}),
            json!({"a": {"b": "d", "c": null}}),
            json!({"a": {"b": "d"}}),
        ),
        (
            json!({"a": [{"b": "c"}]}),
            json!({"a": [1]}),
            json!({"a": [1]}),
        ),
        (json!(["a", "b"]), json!(["c", "d"]), json!(["c", "d"])),
        (json!({"a": "b"}), json!(["c"]), json!(["c"])),
        (json!({"a": "foo"}), json!("bar"), json!("bar")),
        (
            json!({"e": null}),
            json!({"a": 1}),
            json!({"e": null, "a": 1}),
        ),
        (
            json!([1, 2]),
            json!({"a": "b", "c": null}),
            json!({"a": "b"}),
        ),
        (
            json!({}),
            json!({"a": {"bb": {"ccc": null}}}),
            json!({"a": {"bb": {}}}),
        ),
    ] {
        assert_eq!(
            apply_patch(target.clone(), &patch),
            result,
            "{target} {patch}"
        );
    }
}

#[test]
fn a_listener_gets_a_snapshot_then_deltas_and_hears_of_what_it_missed() {
    let hub = Arc::new(Hub::new());
    let mut listener = hub.subscribe(["a".to_owned()], None);
    assert_eq!(listener.next(), []);
    hub.publish("a", json!({"x": 1, "gone": null}));
    let first = listener.next();
    assert_eq!(
        (first[0].kind, &first[0].data),
        (FrameKind::Snapshot, &json!({"x": 1}))
    );
    hub.publish("a", json!({"x": 1}));
    assert_eq!(listener.next(), [], "the same state is no news");
    for x in 2..=4 {
        hub.publish("a", json!({"x": x, "y": {"z": x}}));
    }
    let second = listener.next();
    assert_eq!(second[0].data, json!({"x": 4, "y": {"z": 4}}));
    assert_eq!((second[0].kind, second[0].dropped), (FrameKind::Delta, 2));
    hub.publish("a", json!({"x": 4, "y": {}}));
    assert_eq!(listener.next()[0].data, json!({"y": {"z": null}}));
}

#[test]
fn resuming() {
    let hub = Arc::new(Hub::new());
    hub.publish("a", json!({"x": 1}));
    hub.publish("b", json!({"x": 1}));
    let mut listener = hub.subscribe(["a".to_owned(), "b".to_owned()], None);
    let frames = listener.next();
    let resume = Resume {
        epoch: frames[0].epoch.clone(),
        offset: frames[0].offset,
    };
    hub.publish("a", json!({"x": 2}));
    let check = |resume: &Resume, expect: &[(&str, FrameKind)]| {
        let mut again = hub.subscribe(["a".to_owned(), "b".to_owned()], Some(resume));
        let mut got: Vec<_> = again
            .next()
            .into_iter()
            .map(|f| (f.topic, f.kind))
            .collect();
        got.sort_by(|a, b| a.0.cmp(&b.0));
        let expect: Vec<_> = expect
            .iter()
            .map(|(topic, kind)| ((*topic).to_owned(), *kind))
            .collect();
        assert_eq!(got, expect, "{resume:?}");
    };
    // The offset is of a state of `a`: what the listener has of `b` cannot be known.
    check(
        &resume,
        &[("a", FrameKind::Delta), ("b", FrameKind::Snapshot)],
    );
    check(
        &Resume {
            epoch: resume.epoch.clone(),
            offset: 2,
        },
        &[("a", FrameKind::Snapshot)],
    );
    check(
        &Resume {
            epoch: "other".to_owned(),
            offset: resume.offset,
        },
        &[("a", FrameKind::Snapshot), ("b", FrameKind::Snapshot)],
    );
    for x in 3..=100 {
        hub.publish("a", json!({"x": x}));
    }
    check(
        &resume,
        &[("a", FrameKind::Snapshot), ("b", FrameKind::Snapshot)],
    );
}

#[test]
fn a_heartbeat_names_what_was_sent() {
    let hub = Arc::new(Hub::new());
    hub.publish("a", json!({"x": 1}));
    let mut listener = hub.subscribe(["a".to_owned()], None);
    let sent = listener.next()[0].offset;
    hub.publish("a", json!({"x": 2}));
    let beat = listener.heartbeat();
    assert_eq!(
        (beat.kind, beat.offset, beat.data),
        (FrameKind::Heartbeat, sent, Value::Null)
    );
}

#[test]
fn listeners_are_told_until_they_are_dropped() {
    let hub = Arc::new(Hub::new());
    let told = Arc::new(AtomicU32::new(0));
    let count = Arc::clone(&told);
    let listener = hub.on_change(move || {
        count.fetch_add(1, Ordering::Relaxed);
    });
    hub.publish("a", json!(1));
    hub.publish("a", json!(1));
    hub.publish("a", json!(2));
    drop(listener);
    hub.publish("a", json!(3));
    assert_eq!(told.load(Ordering::Relaxed), 2);
    let subscription = hub.subscribe(["a".to_owned()], None);
    assert!(subscription.wait(Duration::ZERO));
    let mut other = hub.subscribe(["a".to_owned()], None);
    other.next();
    assert!(!other.wait(Duration::ZERO));
}

fn state() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        (0..3).prop_map(Value::from)
    ];
    leaf.prop_recursive(3, 16, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..3).prop_map(Value::from),
            prop::collection::btree_map("[a-c]", inner, 0..4).prop_map(|m| m.into_iter().collect()),
        ]
    })
}

proptest! {
    #[test]
    fn a_patch_makes_the_new_of_the_old(old in state(), new in state()) {
        let (old, new) = (without_nulls(old), without_nulls(new));
        prop_assume!(!new.is_null());
        let patch = merge_patch(&old, &new);
        prop_assert_eq!(apply_patch(old, &patch), new);
    }

    #[test]
    fn whoever_listens_has_the_newest(steps in prop::collection::vec((prop::sample::select(vec!["a", "b"]), state(), any::<bool>(), any::<bool>()), 1..40)) {
        let hub = Arc::new(Hub::new());
        let topics = ["a".to_owned(), "b".to_owned()];
        let mut listener = hub.subscribe(topics.clone(), None);
        let (mut held, mut newest) = (BTreeMap::new(), BTreeMap::new());
        for (topic, state, listens, breaks) in steps {
            // A state that is nothing but null cannot be told from no state.
            let state = json!({ "it": state });
            newest.insert(topic.to_owned(), without_nulls(state.clone()));
            hub.publish(topic, state);
            if breaks {
                let beat = listener.heartbeat();
                let resume = Resume { epoch: beat.epoch, offset: beat.offset };
                listener = hub.subscribe(topics.clone(), Some(&resume));
            }
            if listens {
                apply(&mut held, listener.next());
                prop_assert_eq!(&held, &newest);
            }
        }
        apply(&mut held, listener.next());
        prop_assert_eq!(held, newest);
    }
}

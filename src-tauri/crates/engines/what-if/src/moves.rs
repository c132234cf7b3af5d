//! Who is elsewhere than before, and why. Moves nobody.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

use crate::outcome::{Cause, Move};
use crate::rehearsal::{Rehearsal, identity};

/// Where a pod is.
#[derive(Clone, Debug)]
pub(crate) struct Seen {
    pod: String,
    owner: String,
    node: Option<String>,
}

/// Where the pods of a world are, by what tells them apart.
pub(crate) type Sighting = BTreeMap<String, Seen>;

/// Where the pods are now.
pub(crate) fn sighting(rehearsal: &Rehearsal) -> Sighting {
    let mut all = BTreeMap::new();
    for (key, pod) in rehearsal.there() {
        let node = rehearsal.place(key);
        let seen = Seen {
            pod: pod.name.clone(),
            owner: pod.owner.to_string(),
            node: node.map(str::to_owned),
        };
        // Two of one DaemonSet on a node, while one takes over from the other, go by their names.
        match all.entry(identity(pod, node)) {
            Entry::Vacant(place) => {
                place.insert(seen);
            }
            Entry::Occupied(_) => {
                all.insert(pod.name.clone(), seen);
            }
        }
    }
    all
}

/// What is not where it was. A pod without a cause of its own is new, gone, or placed at last.
pub(crate) fn moves(before: &Sighting, after: &Sighting, rehearsal: &Rehearsal) -> Vec<Move> {
    let cause = |identity: &str, owner: &str, otherwise: Cause| {
        let scaled = || {
            let owner = owner.parse().ok();
            owner.is_some_and(|owner| rehearsal.record.scaled.contains(&owner))
        };
        if let Some(&cause) = rehearsal.record.causes.get(identity) {
            cause
        } else if otherwise != Cause::Rescheduled && scaled() {
            Cause::Scaled
        } else {
            otherwise
        }
    };
    let mut moved = Vec::new();
    let mut note = |identity: &str, was: Option<&Seen>, is: Option<&Seen>, otherwise| {
        let from = was.and_then(|seen| seen.node.clone());
        let to = is.and_then(|seen| seen.node.clone());
        if let (true, Some(seen)) = (from != to, was.or(is)) {
            moved.push(Move {
                pod: seen.pod.clone(),
                owner: seen.owner.clone(),
                from,
                to,
                cause: cause(identity, &seen.owner, otherwise),
            });
        }
    };
    for (identity, was) in before {
        if let Some(is) = after.get(identity) {
            note(identity, Some(was), Some(is), Cause::Rescheduled);
            continue;
        }
        let lost = was
            .node
            .as_deref()
            .is_some_and(|node| rehearsal.nodes.get(node).is_none_or(|facts| !facts.ready));
        let otherwise = if lost {
            Cause::NodeLost
        } else {
            Cause::Removed
        };
        note(identity, Some(was), None, otherwise);
    }
    for (identity, is) in after {
        if !before.contains_key(identity) {
            note(identity, None, Some(is), Cause::Added);
        }
    }
    moved.sort_by(|a, b| (&a.pod, &a.from, &a.to).cmp(&(&b.pod, &b.from, &b.to)));
    moved
}

//! RFC 7386 merge patches between states without nulls.

use serde_json::{Map, Value};

/// Leaves out members that are null, at every depth: a merge patch could not bring them.
pub(super) fn without_nulls(value: Value) -> Value {
    match value {
        Value::Object(members) => Value::Object(
            members
                .into_iter()
                .filter(|(_, member)| !member.is_null())
                .map(|(name, member)| (name, without_nulls(member)))
                .collect(),
        ),
        Value::Array(items) => Value::Array(items.into_iter().map(without_nulls).collect()),
        other => other,
    }
}

/// The patch that makes `new` of `old`. Neither may have a member that is null.
pub fn merge_patch(old: &Value, new: &Value) -> Value {
    let (Value::Object(before), Value::Object(after)) = (old, new) else {
        return new.clone();
    };
    let mut patch = Map::new();
    for name in before.keys().filter(|name| !after.contains_key(*name)) {
        patch.insert(name.clone(), Value::Null);
    }
    for (name, member) in after {
        match before.get(name) {
            Some(same) if same == member => {}
            // Only between objects does a patch merge; over anything else the new member stands whole.
            Some(other) if other.is_object() && member.is_object() => {
                patch.insert(name.clone(), merge_patch(other, member));
            }
            _ => {
                patch.insert(name.clone(), member.clone());
            }
        }
    }
    Value::Object(patch)
}

/// `target` with `patch` applied (RFC 7386, section 2).
pub fn apply_patch(target: Value, patch: &Value) -> Value {
    let Value::Object(changes) = patch else {
        return patch.clone();
    };
    let mut members = match target {
        Value::Object(members) => members,
        _ => Map::new(),
    };
    for (name, change) in changes {
        if change.is_null() {
            members.remove(name);
        } else {
            let before = members.remove(name).unwrap_or(Value::Null);
            members.insert(name.clone(), apply_patch(before, change));
        }
    }
    Value::Object(members)
}

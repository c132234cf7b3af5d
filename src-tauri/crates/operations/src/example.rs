//! Examples: each row of the table shows one call of itself and what it does, which the tests play through every door.

use serde_json::Value;

/// What a value at a JSON pointer has to be.
#[derive(Clone, Debug, PartialEq)]
pub enum Expect {
    /// Equal to this.
    Is(Value),
    /// There, and not null.
    There,
    /// An array, object or text that is not empty.
    Filled,
    /// A text that holds this.
    Holds(&'static str),
}

impl Expect {
    /// Says what is wrong with a value, or nothing.
    pub fn problem(&self, found: Option<&Value>) -> Option<String> {
        let good = match (self, found) {
            (Self::Is(wanted), Some(value)) => wanted == value,
            (Self::There, Some(value)) => !value.is_null(),
            (Self::Filled, Some(Value::Array(items))) => !items.is_empty(),
            (Self::Filled, Some(Value::Object(fields))) => !fields.is_empty(),
            (Self::Filled, Some(Value::String(text))) => !text.is_empty(),
            (Self::Holds(part), Some(Value::String(text))) => text.contains(part),
            _ => false,
        };
        (!good).then(|| format!("expected {self:?}, found {found:?}"))
    }
}

/// One thing to look at after the call.
#[derive(Clone, Debug)]
pub struct Check {
    /// Another operation to ask, or nothing to look at the reply itself.
    pub ask: Option<(&'static str, Value)>,
    /// JSON pointer into the envelope; of bytes, `` is their text.
    pub at: &'static str,
    /// What has to be there.
    pub expect: Expect,
}

/// One call of an operation in a lab that holds the sample world, and its effect.
/// A text `$N/pointer` in an input stands for the value at that pointer in the reply to step N of `before`.
#[derive(Clone, Debug, Default)]
pub struct Example {
    /// Calls that prepare it.
    pub before: Vec<(&'static str, Value)>,
    /// Its input.
    pub input: Value,
    /// Its effect.
    pub checks: Vec<Check>,
}

impl Example {
    /// A call with this input.
    pub fn new(input: Value) -> Self {
        Self {
            input,
            ..Self::default()
        }
    }

    /// After another call.
    pub fn after(mut self, name: &'static str, input: Value) -> Self {
        self.before.push((name, input));
        self
    }

    /// Its reply has this at a pointer into `data`.
    pub fn gives(mut self, at: &'static str, expect: Expect) -> Self {
        self.checks.push(Check {
            ask: None,
            at,
            expect,
        });
        self
    }

    /// Then another operation answers with this at a pointer.
    pub fn then(
        mut self,
        name: &'static str,
        input: Value,
        at: &'static str,
        expect: Expect,
    ) -> Self {
        self.checks.push(Check {
            ask: Some((name, input)),
            at,
            expect,
        });
        self
    }

    /// Puts the replies to earlier steps in the place of `$N/pointer` texts.
    pub fn fill(input: &Value, replies: &[Value]) -> Value {
        match input {
            Value::String(text) => text
                .strip_prefix('$')
                .and_then(|rest| rest.split_once('/'))
                .and_then(|(step, path)| {
                    replies
                        .get(step.parse::<usize>().ok()?)?
                        .pointer(&format!("/{path}"))
                })
                .cloned()
                .unwrap_or_else(|| input.clone()),
            Value::Array(items) => items.iter().map(|item| Self::fill(item, replies)).collect(),
            Value::Object(fields) => fields
                .iter()
                .map(|(key, value)| (key.clone(), Self::fill(value, replies)))
                .collect(),
            other => other.clone(),
        }
    }
}

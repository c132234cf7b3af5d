//! A JSON document read field by field, with the path to each for errors.

use drydock_model::Quantity;
use serde_json::{Map, Value};

use super::resources::{Resource, Resources};

/// A field that cannot be used.
pub struct Refused {
    /// The path to it.
    pub field: String,
    /// Its value and what would be right.
    pub problem: String,
}

/// What was read, or the field at fault.
pub type Read<T> = Result<T, Refused>;

/// Refuses a field.
pub fn refuse<T>(field: impl Into<String>, problem: impl Into<String>) -> Read<T> {
    Err(Refused {
        field: field.into(),
        problem: problem.into(),
    })
}

/// An object of the document, with the path to it for errors.
pub struct Node<'a> {
    path: String,
    fields: &'a Map<String, Value>,
}

impl<'a> Node<'a> {
    /// A value that must be an object.
    pub fn new(path: String, value: &'a Value) -> Read<Self> {
        match value {
            Value::Object(fields) => Ok(Self { path, fields }),
            other => refuse(path, format!("{other} is not an object")),
        }
    }

    /// The path to a field.
    pub fn path(&self, name: &str) -> String {
        if self.path.is_empty() {
            name.to_owned()
        } else {
            format!("{}.{name}", self.path)
        }
    }

    /// A field that is there and not null.
    pub fn get(&self, name: &str) -> Option<&'a Value> {
        self.fields.get(name).filter(|value| !value.is_null())
    }

    /// A field that is an object.
    pub fn node(&self, name: &str) -> Read<Option<Node<'a>>> {
        self.get(name)
            .map(|value| Node::new(self.path(name), value))
            .transpose()
    }

    /// A field that is a text.
    pub fn text(&self, name: &str) -> Read<Option<&'a str>> {
        match self.get(name) {
            None => Ok(None),
            Some(Value::String(text)) => Ok(Some(text)),
            Some(other) => refuse(self.path(name), format!("{other} is not a text")),
        }
    }

    /// A text that must be there and must not be empty.
    pub fn needed(&self, name: &str) -> Read<&'a str> {
        match self.text(name)? {
            None | Some("") => refuse(self.path(name), "is missing"),
            Some(text) => Ok(text),
        }
    }

    /// A field that is a list.
    fn list(&self, name: &str) -> Read<Option<&'a [Value]>> {
        match self.get(name) {
            None => Ok(None),
            Some(Value::Array(items)) => Ok(Some(items)),
            Some(other) => refuse(self.path(name), format!("{other} is not a list")),
        }
    }

    /// A list of objects; absent is empty.
    pub fn nodes(&self, name: &str) -> Read<Vec<Node<'a>>> {
        let items = self.list(name)?.unwrap_or_default();
        let path = self.path(name);
        (items.iter().enumerate())
            .map(|(at, item)| Node::new(format!("{path}[{at}]"), item))
            .collect()
    }

    /// A text that is one of a few; absent or empty is `None`.
    pub fn one_of<T: Copy>(&self, name: &str, choices: &[(&str, T)]) -> Read<Option<T>> {
        let Some(text) = self.text(name)?.filter(|text| !text.is_empty()) else {
            return Ok(None);
        };
        if let Some((_, value)) = choices.iter().find(|(choice, _)| *choice == text) {
            return Ok(Some(*value));
        }
        let names: Vec<&str> = choices.iter().map(|(choice, _)| *choice).collect();
        let wanted = names.join(", ");
        refuse(self.path(name), format!("{text:?} is not one of {wanted}"))
    }

    /// A list of resource names.
    pub fn resources(&self, name: &str) -> Read<Option<Vec<Resource>>> {
        let Some(items) = self.list(name)? else {
            return Ok(None);
        };
        let named = |(at, item): (usize, &Value)| match item.as_str().and_then(Resource::named) {
            Some(resource) => Ok(resource),
            None => refuse(
                format!("{}[{at}]", self.path(name)),
                format!("{item} is not cpu or memory"),
            ),
        };
        items
            .iter()
            .enumerate()
            .map(named)
            .collect::<Read<_>>()
            .map(Some)
    }

    /// Amounts by resource name. Of other resources than CPU and memory the autoscaler knows
    /// nothing, and they are left out.
    pub fn amounts(&self, name: &str) -> Read<Resources> {
        let mut amounts = Resources::default();
        if let Some(list) = self.node(name)? {
            for resource in Resource::ALL {
                amounts.set(resource, list.amount(resource)?);
            }
        }
        Ok(amounts)
    }

    fn amount(&self, resource: Resource) -> Read<Option<u64>> {
        let field = format!("{}[{}]", self.path, resource.name());
        let (unit, of_what) = match resource {
            Resource::Cpu => (1_000_000, "millicores"),
            Resource::Memory => (1_000_000_000, "bytes"),
        };
        let text = match self.get(resource.name()) {
            None => return Ok(None),
            Some(Value::String(text)) => text.clone(),
            Some(Value::Number(number)) => number.to_string(),
            Some(other) => return refuse(field, format!("{other} is not a quantity")),
        };
        let nano = match text.parse::<Quantity>() {
            Ok(quantity) => quantity.nano(),
            Err(error) => return refuse(field, error.to_string()),
        };
        match u64::try_from(nano / unit) {
            Ok(amount) if nano % unit == 0 => Ok(Some(amount)),
            _ => refuse(
                field,
                format!("{text:?} is not a whole number of {of_what}, 0 or more"),
            ),
        }
    }
}

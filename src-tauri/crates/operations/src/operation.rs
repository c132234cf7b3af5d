//! One row of the table, and the kinds of handlers behind it.

use std::sync::{Arc, LazyLock, OnceLock};

use drydock_services::jobs::JobContext;
use drydock_services::shapes::{Blob, Page};
use drydock_services::{Caller, Change, Error, Lab, Role};
use schemars::{JsonSchema, SchemaGenerator};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::example::Example;
use crate::input::read;
use crate::rows;

/// HTTP method of a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Method {
    /// Reads.
    Get,
    /// Makes or does.
    Post,
    /// Sets.
    Put,
    /// Removes.
    Delete,
}

impl Method {
    /// Its name, in capitals.
    pub fn name(self) -> &'static str {
        match self {
            Self::Get => "GET",
            Self::Post => "POST",
            Self::Put => "PUT",
            Self::Delete => "DELETE",
        }
    }
}

/// What kind of handler stands behind a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// Reads.
    Query,
    /// Writes, through the one writer thread.
    Command,
    /// Long; progress, cancel, result.
    Job,
    /// Raw bytes.
    Bytes,
    /// Frames, for as long as somebody listens.
    Stream,
}

/// Data of a success, and the cursor of the next page.
pub(crate) struct Answer {
    pub(crate) data: Value,
    pub(crate) next: Option<String>,
}

type Query = dyn Fn(&Lab, Value) -> Result<Answer, Error> + Send + Sync;
pub(crate) type Command = dyn Fn(&mut Change<'_, '_>, Value) -> Result<Answer, Error> + Send + Sync;
pub(crate) type Job =
    dyn Fn(&Arc<Lab>, &Caller, &JobContext, Value) -> Result<Answer, Error> + Send + Sync;
type Bytes = dyn Fn(&Lab, Value) -> Result<Blob, Error> + Send + Sync;
type Probe = dyn Fn(Value) -> Result<(), Error> + Send + Sync;
type SchemaOf = fn(&mut SchemaGenerator) -> schemars::Schema;

#[derive(Clone)]
pub(crate) enum Handler {
    Query(Arc<Query>),
    Command(Arc<Command>),
    Job(Arc<Job>),
    Bytes(Arc<Bytes>),
    Stream,
}

/// One thing that can be asked of a lab.
pub struct Operation {
    /// HTTP method.
    pub method: Method,
    /// Path under `/api/monitoring`, with `{field}` for fields of the input.
    pub path: &'static str,
    /// Its name, snake case; the same in every door.
    pub name: &'static str,
    /// Smallest role that may.
    pub role: Role,
    /// One line of documentation.
    pub summary: &'static str,
    /// One call of it and its effect.
    pub example: Example,
    /// Status of a success: 201 where it creates.
    pub status: u16,
    pub(crate) input_schema: SchemaOf,
    schema: OnceLock<Value>,
    pub(crate) output_schema: Option<SchemaOf>,
    pub(crate) list: bool,
    pub(crate) probe: Arc<Probe>,
    pub(crate) handler: Handler,
}

impl Operation {
    /// The kind of its handler.
    pub fn kind(&self) -> Kind {
        match self.handler {
            Handler::Query(_) => Kind::Query,
            Handler::Command(_) => Kind::Command,
            Handler::Job(_) => Kind::Job,
            Handler::Bytes(_) => Kind::Bytes,
            Handler::Stream => Kind::Stream,
        }
    }

    /// JSON Schema of its input, whole in itself.
    pub fn input_schema(&self) -> &Value {
        self.schema.get_or_init(|| self.whole_schema())
    }

    fn whole_schema(&self) -> Value {
        let mut generator = schemars::generate::SchemaSettings::draft2020_12()
            .with(|s| s.inline_subschemas = true)
            .into_generator();
        (self.input_schema)(&mut generator).to_value()
    }

    pub(crate) fn creates(mut self) -> Self {
        self.status = 201;
        self
    }

    pub(crate) fn shown(mut self, example: Example) -> Self {
        self.example = example;
        self
    }
}

/// What every row has in common, as the rows are written.
pub(crate) struct Head(
    pub Method,
    pub &'static str,
    pub &'static str,
    pub Role,
    pub &'static str,
);

fn row<I: DeserializeOwned + JsonSchema + 'static>(
    head: Head,
    output_schema: Option<SchemaOf>,
    list: bool,
    handler: Handler,
) -> Operation {
    let Head(method, path, name, role, summary) = head;
    Operation {
        method,
        path,
        name,
        role,
        summary,
        example: Example::default(),
        status: 200,
        input_schema: |generator| I::json_schema(generator),
        schema: OnceLock::new(),
        output_schema,
        list,
        probe: Arc::new(|input| read::<I>(input).map(drop)),
        handler,
    }
}

fn answer<O: Serialize>(output: O) -> Result<Answer, Error> {
    Ok(Answer {
        data: serde_json::to_value(output).map_err(Error::internal)?,
        next: None,
    })
}

pub(crate) fn query<I, O>(head: Head, f: fn(&Lab, I) -> Result<O, Error>) -> Operation
where
    I: DeserializeOwned + JsonSchema + 'static,
    O: Serialize + JsonSchema + 'static,
{
    let handler = Handler::Query(Arc::new(move |lab, input| answer(f(lab, read(input)?)?)));
    row::<I>(
        head,
        Some(SchemaGenerator::subschema_for::<O>),
        false,
        handler,
    )
}

pub(crate) fn list<I, O>(head: Head, f: fn(&Lab, I) -> Result<Page<O>, Error>) -> Operation
where
    I: DeserializeOwned + JsonSchema + 'static,
    O: Serialize + JsonSchema + 'static,
{
    let handler = Handler::Query(Arc::new(move |lab, input| {
        let page = f(lab, read(input)?)?;
        Ok(Answer {
            next: page.next,
            ..answer(page.items)?
        })
    }));
    row::<I>(
        head,
        Some(SchemaGenerator::subschema_for::<Vec<O>>),
        true,
        handler,
    )
}

pub(crate) fn command<I, O>(
    head: Head,
    f: fn(&mut Change<'_, '_>, I) -> Result<O, Error>,
) -> Operation
where
    I: DeserializeOwned + JsonSchema + 'static,
    O: Serialize + JsonSchema + 'static,
{
    let handler = Handler::Command(Arc::new(move |change, input| {
        answer(f(change, read(input)?)?)
    }));
    row::<I>(
        head,
        Some(SchemaGenerator::subschema_for::<O>),
        false,
        handler,
    )
}

pub(crate) fn job<I, O>(
    head: Head,
    f: fn(&Arc<Lab>, &Caller, &JobContext, I) -> Result<O, Error>,
) -> Operation
where
    I: DeserializeOwned + JsonSchema + 'static,
    O: Serialize + JsonSchema + 'static,
{
    let handler = Handler::Job(Arc::new(move |lab, caller, context, input| {
        answer(f(lab, caller, context, read(input)?)?)
    }));
    row::<I>(
        head,
        Some(SchemaGenerator::subschema_for::<O>),
        false,
        handler,
    )
}

pub(crate) fn bytes<I>(head: Head, f: fn(&Lab, I) -> Result<Blob, Error>) -> Operation
where
    I: DeserializeOwned + JsonSchema + 'static,
{
    row::<I>(
        head,
        None,
        false,
        Handler::Bytes(Arc::new(move |lab, input| f(lab, read(input)?))),
    )
}

pub(crate) fn stream<I: DeserializeOwned + JsonSchema + 'static>(head: Head) -> Operation {
    row::<I>(head, None, false, Handler::Stream)
}

static TABLE: LazyLock<Vec<Operation>> = LazyLock::new(rows::all);

/// Every operation, in the order of the documentation.
pub fn table() -> &'static [Operation] {
    &TABLE
}

/// The operation of a name.
pub fn operation(name: &str) -> Option<&'static Operation> {
    table().iter().find(|operation| operation.name == name)
}

//! The operations as tools of the Model Context Protocol, on standard input and output.
//!
//! Tools are made from the table; the stream is left out, for a tool answers once. Standard output carries the protocol
//! and nothing else.

use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use drydock_operations::{Kind, Operation, Reply, operation, table};
use drydock_services::{Caller, Error};
use rmcp::model::{
    CallToolRequestParams, CallToolResponse, CallToolResult, ContentBlock, Implementation,
    ListToolsResult, PaginatedRequestParams, ResourceContents, ServerCapabilities, ServerConfig,
    Tool, ToolAnnotations,
};
use rmcp::service::RequestContext;
use rmcp::{ErrorData, RoleServer, ServerHandler, ServiceExt};
use serde_json::{Map, Value};

use crate::house::House;

const INSTRUCTIONS: &str = "Drydock holds a lab: worlds rebuilt from Kubernetes dumps, simulated. \
    Ask `worlds` what there is, `run` to simulate one. Every figure says where it comes from.";

/// Serves until the client closes standard input.
pub async fn serve(house: Arc<House>, caller: Caller) -> Result<(), Error> {
    let server = Server { house, caller }
        .serve(rmcp::transport::stdio())
        .await
        .map_err(Error::internal)?;
    server.waiting().await.map_err(Error::internal)?;
    Ok(())
}

struct Server {
    house: Arc<House>,
    caller: Caller,
}

impl ServerHandler for Server {
    fn get_info(&self) -> ServerConfig {
        let mut info = ServerConfig::new(ServerCapabilities::builder().enable_tools().build());
        info.server_info = Implementation::new("drydock", env!("CARGO_PKG_VERSION"));
        info.instructions = Some(INSTRUCTIONS.to_owned());
        info
    }

    async fn list_tools(
        &self,
        _: Option<PaginatedRequestParams>,
        _: RequestContext<RoleServer>,
    ) -> Result<ListToolsResult, ErrorData> {
        Ok(ListToolsResult::with_all_items(tools().map(tool).collect()))
    }

    async fn call_tool(
        &self,
        request: CallToolRequestParams,
        _: RequestContext<RoleServer>,
    ) -> Result<CallToolResponse, ErrorData> {
        let name = request.name.into_owned();
        if operation(&name).is_none_or(|operation| operation.kind() == Kind::Stream) {
            return Err(ErrorData::invalid_params(
                format!("there is no tool {name:?}"),
                None,
            ));
        }
        let (house, caller) = (self.house.clone(), self.caller.clone());
        let input = Value::Object(request.arguments.unwrap_or_default());
        let asked = name.clone();
        let reply = tokio::task::spawn_blocking(move || {
            house.call_and_wait(&caller, &asked, input, &mut |_| ())
        })
        .await
        .map_err(|error| ErrorData::internal_error(error.to_string(), None))?;
        Ok(result(&name, reply).into())
    }
}

fn tools() -> impl Iterator<Item = &'static Operation> {
    table()
        .iter()
        .filter(|operation| operation.kind() != Kind::Stream)
}

fn tool(operation: &Operation) -> Tool {
    let mut schema = match operation.input_schema() {
        Value::Object(schema) => schema.clone(),
        _ => Map::new(),
    };
    // Clients want an object schema even of an operation that takes nothing.
    schema.entry("type").or_insert_with(|| "object".into());
    let reads = matches!(operation.kind(), Kind::Query | Kind::Bytes);
    let removes = operation.method == drydock_operations::Method::Delete;
    let hints = ToolAnnotations::new()
        .read_only(reads)
        .destructive(removes)
        .open_world(false);
    Tool::new(operation.name, operation.summary, schema).with_annotations(hints)
}

fn result(name: &str, reply: Reply) -> CallToolResult {
    let failed = !reply.is_success();
    match reply {
        Reply::Json { body, .. } if failed => CallToolResult::structured_error(body),
        Reply::Json { body, .. } => CallToolResult::structured(body),
        Reply::Bytes {
            media_type,
            file_name,
            bytes,
        } => {
            let uri = format!("drydock://{name}/{}", file_name.as_deref().unwrap_or(name));
            let textual = media_type.starts_with("text/")
                || media_type.contains("json")
                || media_type.contains("yaml");
            let contents = match String::from_utf8(bytes) {
                Ok(text) if textual => ResourceContents::text(text, uri),
                Ok(text) => ResourceContents::blob(STANDARD.encode(text), uri),
                Err(error) => ResourceContents::blob(STANDARD.encode(error.into_bytes()), uri),
            };
            CallToolResult::success(vec![ContentBlock::resource(
                contents.with_mime_type(media_type),
            )])
        }
    }
}

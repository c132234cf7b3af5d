//! The routes: one for each row of the table, the browser's way in, and the bundle for all else.

use std::sync::Arc;

use axum::body::Body;
use axum::extract::ws::WebSocketUpgrade;
use axum::extract::{FromRequestParts, Path, Query, Request, State};
use axum::http::{HeaderMap, HeaderValue, Method as HttpMethod, header};
use axum::middleware;
use axum::response::Response;
use axum::routing::{MethodFilter, MethodRouter, on, post};
use axum::{RequestExt, Router};
use drydock_operations::{Kind, Method, Operation, Reply, table};
use drydock_services::{Caller, Code, Error};
use serde_json::Value;
use tower_http::compression::CompressionLayer;
use tower_http::cors::{AllowOrigin, CorsLayer};

use super::answer::respond;
use super::{Desk, PREFIX, auth, bundle, guard, input, stream};

/// Everything this door answers.
pub fn router(desk: &Arc<Desk>) -> Router {
    let mut router = Router::new();
    for operation in table() {
        router = router.route(
            &format!("{PREFIX}{}", operation.path),
            method_router(operation),
        );
    }
    router = router
        .route(&format!("{PREFIX}/auth/exchange"), post(exchange))
        .fallback(other)
        .method_not_allowed_fallback(other_method)
        .layer(CompressionLayer::new());
    if !desk.origins.is_empty() {
        router = router.layer(cross_origin(&desk.origins));
    }
    router
        .layer(middleware::from_fn_with_state(
            desk.clone(),
            guard::check_host,
        ))
        .with_state(desk.clone())
}

/// Lets pages of other origins read answers. They need a bearer token: the cookie is of this door's own pages alone.
fn cross_origin(origins: &[String]) -> CorsLayer {
    let origins = origins
        .iter()
        .filter_map(|origin| HeaderValue::from_str(origin).ok());
    CorsLayer::new()
        .allow_origin(AllowOrigin::list(origins))
        .allow_methods([
            HttpMethod::GET,
            HttpMethod::POST,
            HttpMethod::PUT,
            HttpMethod::DELETE,
        ])
        .allow_headers([header::AUTHORIZATION, header::CONTENT_TYPE])
        .expose_headers([header::RETRY_AFTER, header::CONTENT_DISPOSITION])
}

fn method_router(operation: &'static Operation) -> MethodRouter<Arc<Desk>> {
    let filter = match operation.method {
        Method::Get => MethodFilter::GET,
        Method::Post => MethodFilter::POST,
        Method::Put => MethodFilter::PUT,
        Method::Delete => MethodFilter::DELETE,
    };
    on(
        filter,
        move |State(desk): State<Arc<Desk>>, request: Request| async move {
            if operation.kind() == Kind::Stream {
                listen(desk, operation, request).await
            } else {
                call(desk, operation, request).await
            }
        },
    )
}

async fn call(desk: Arc<Desk>, operation: &'static Operation, request: Request) -> Response {
    let caller = match auth::caller(&desk, request.headers(), auth::changes(request.method())) {
        Ok(caller) => caller,
        Err(error) => return refuse(desk, auth::stranger(), operation.name, error).await,
    };
    let input = match read(&desk, operation, request).await {
        Ok(input) => input,
        Err(error) => return refuse(desk, caller, operation.name, error).await,
    };
    blocking(move || desk.gate.call(&caller, operation.name, input)).await
}

async fn read(desk: &Desk, operation: &Operation, mut request: Request) -> Result<Value, Error> {
    let path: Path<Vec<(String, String)>> = request
        .extract_parts()
        .await
        .map_err(|error| Error::new(Code::BadInput, format!("path: {error}")))?;
    let query: Query<Vec<(String, String)>> = request
        .extract_parts()
        .await
        .map_err(|error| Error::new(Code::BadInput, format!("query: {error}")))?;
    let headers = request.headers().clone();
    let body = bytes(desk, &headers, request.into_body()).await?;
    input::merge(operation, path.0, query.0, &headers, &body)
}

async fn bytes(desk: &Desk, headers: &HeaderMap, body: Body) -> Result<axum::body::Bytes, Error> {
    let limit = desk.body_limit;
    let too_large = || {
        Error::new(
            Code::TooLarge,
            format!("the body is over the limit of {limit} bytes"),
        )
    };
    let announced = headers
        .get(header::CONTENT_LENGTH)
        .and_then(|value| value.to_str().ok()?.parse::<u64>().ok());
    if announced.is_some_and(|length| length > limit as u64) {
        return Err(too_large());
    }
    axum::body::to_bytes(body, limit).await.map_err(|error| {
        let cause = std::error::Error::source(&error)
            .map(ToString::to_string)
            .unwrap_or_default();
        if cause.contains("length limit") {
            too_large()
        } else {
            Error::new(Code::BadInput, format!("the body broke off: {error}"))
        }
    })
}

async fn listen(desk: Arc<Desk>, operation: &'static Operation, request: Request) -> Response {
    // A page elsewhere on this machine may open a WebSocket with the cookie; only the Origin tells.
    let caller = match auth::caller(&desk, request.headers(), true) {
        Ok(caller) => caller,
        Err(error) => return refuse(desk, auth::stranger(), operation.name, error).await,
    };
    if caller.role < operation.role {
        let error = Error::new(
            Code::Forbidden,
            format!(
                "{} needs the role {}",
                operation.name,
                operation.role.name()
            ),
        );
        return refuse(desk, caller, operation.name, error).await;
    }
    let (mut parts, _) = request.into_parts();
    match WebSocketUpgrade::from_request_parts(&mut parts, &()).await {
        Ok(upgrade) => {
            let lab = desk.gate.lab().clone();
            let closing = desk.closing.clone();
            upgrade
                .max_message_size(stream::LONGEST)
                .on_upgrade(move |socket| stream::serve(socket, lab, closing))
        }
        Err(error) => {
            refuse(
                desk,
                caller,
                operation.name,
                Error::new(Code::BadInput, format!("a WebSocket: {error}")),
            )
            .await
        }
    }
}

async fn exchange(State(desk): State<Arc<Desk>>, request: Request) -> Response {
    const NAME: &str = "auth/exchange";
    let headers = request.headers().clone();
    if headers.contains_key(header::ORIGIN) && !auth::from_own_page(&headers) {
        let error = Error::new(
            Code::Forbidden,
            "the Origin of the request is not this address",
        );
        return refuse(desk, auth::stranger(), NAME, error).await;
    }
    let fields = match bytes(&desk, &headers, request.into_body())
        .await
        .and_then(|body| input::read(&headers, &body))
    {
        Ok(fields) => fields,
        Err(error) => return refuse(desk, auth::stranger(), NAME, error).await,
    };
    let Some(code) = fields.get("code").and_then(Value::as_str) else {
        return refuse(
            desk,
            auth::stranger(),
            NAME,
            Error::bad_input("code", "missing: the one in the address"),
        )
        .await;
    };
    match desk.sessions.exchange(code) {
        Ok(Some(cookie)) => {
            let body = serde_json::json!({ "success": true, "data": { "role": "admin" } });
            let mut response = respond(Reply::Json {
                status: 200,
                body,
                retry_after: None,
            });
            if let Ok(value) = HeaderValue::from_str(&cookie) {
                response.headers_mut().insert(header::SET_COOKIE, value);
            }
            response
        }
        Ok(None) => {
            let error = Error::new(
                Code::Unauthorized,
                "the code was used before or is too old: ask for a new address in the settings of the window, or start drydock serve again",
            );
            refuse(desk, auth::stranger(), NAME, error).await
        }
        Err(error) => refuse(desk, auth::stranger(), NAME, error).await,
    }
}

async fn other(method: HttpMethod, request: Request) -> Response {
    let path = request.uri().path();
    if path == "/api" || path.starts_with("/api/") {
        return respond(Reply::error(&Error::not_found("operation at", path)));
    }
    if auth::changes(&method) {
        return respond(Reply::error(&Error::not_found("operation at", path)));
    }
    bundle::file(path, request.headers())
}

async fn other_method(method: HttpMethod, request: Request) -> Response {
    let place = format!("{method} {}", request.uri().path());
    respond(Reply::error(&Error::not_found("operation at", &place)))
}

async fn refuse(desk: Arc<Desk>, caller: Caller, name: &'static str, error: Error) -> Response {
    blocking(move || desk.gate.refuse(&caller, name, &error)).await
}

/// The store blocks, and an async worker must not.
async fn blocking(work: impl FnOnce() -> Reply + Send + 'static) -> Response {
    let reply = tokio::task::spawn_blocking(work).await;
    respond(reply.unwrap_or_else(|_| Reply::error(&Error::internal("the operation broke off"))))
}

//! What happens to every request before anything else (its Host) and to every response after everything else (headers).

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::http::{HeaderValue, header};
use axum::middleware::Next;
use axum::response::Response;
use drydock_operations::Reply;
use drydock_services::{Code, Error};

use super::Desk;
use super::answer::respond;

const POLICY: &str = "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; \
    connect-src 'self'; frame-ancestors 'self'; base-uri 'none'; form-action 'self'";

/// Refuses a request that names another host: a page elsewhere could have had its name point here. It is not audited,
/// since anybody could fill the log with it.
pub async fn check_host(State(desk): State<Arc<Desk>>, request: Request, next: Next) -> Response {
    let host = request
        .headers()
        .get(header::HOST)
        .and_then(|value| value.to_str().ok());
    let mut response = if host.is_some_and(|host| is_ours(&desk, host)) {
        next.run(request).await
    } else {
        let named = host.unwrap_or("no host");
        respond(Reply::error(&Error::new(
            Code::Forbidden,
            format!(
                "Host: {named:?} is not this door: open http://127.0.0.1:{}",
                desk.port
            ),
        )))
    };
    let headers = response.headers_mut();
    headers.insert(
        header::CONTENT_SECURITY_POLICY,
        HeaderValue::from_static(POLICY),
    );
    headers.insert(
        header::X_CONTENT_TYPE_OPTIONS,
        HeaderValue::from_static("nosniff"),
    );
    headers.insert(
        header::REFERRER_POLICY,
        HeaderValue::from_static("no-referrer"),
    );
    response
}

fn is_ours(desk: &Desk, host: &str) -> bool {
    desk.names.iter().any(|name| {
        let rest = host
            .get(..name.len())
            .filter(|start| start.eq_ignore_ascii_case(name))
            .and(host.get(name.len()..));
        match rest.map(|rest| rest.strip_prefix(':').ok_or(rest)) {
            Some(Ok(port)) => port.parse() == Ok(desk.port),
            // A browser leaves port 80 out.
            Some(Err("")) => desk.port == 80,
            _ => false,
        }
    })
}

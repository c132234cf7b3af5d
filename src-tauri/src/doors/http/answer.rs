//! A reply of the gate as an HTTP response.

use axum::body::Body;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use drydock_operations::Reply;

/// The response. Answers of the lab are never kept by a browser: the next one may differ.
pub fn respond(reply: Reply) -> Response {
    let status = StatusCode::from_u16(reply.status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let mut response = match reply {
        Reply::Json {
            body, retry_after, ..
        } => {
            let mut response = (
                status,
                [(header::CONTENT_TYPE, "application/json")],
                body.to_string(),
            )
                .into_response();
            if let Some(seconds) = retry_after {
                response
                    .headers_mut()
                    .insert(header::RETRY_AFTER, HeaderValue::from(seconds));
            }
            response
        }
        Reply::Bytes {
            media_type,
            file_name,
            bytes,
        } => {
            let mut response = (status, Body::from(bytes)).into_response();
            let headers = response.headers_mut();
            if let Ok(value) = HeaderValue::from_str(&media_type) {
                headers.insert(header::CONTENT_TYPE, value);
            }
            if let Some(name) = file_name {
                let plain: String = name
                    .chars()
                    .map(|c| {
                        if c.is_ascii_alphanumeric() || "._-".contains(c) {
                            c
                        } else {
                            '_'
                        }
                    })
                    .collect();
                if let Ok(value) =
                    HeaderValue::from_str(&format!("attachment; filename=\"{plain}\""))
                {
                    headers.insert(header::CONTENT_DISPOSITION, value);
                }
            }
            response
        }
    };
    response
        .headers_mut()
        .insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

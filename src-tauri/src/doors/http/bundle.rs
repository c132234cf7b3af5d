//! The window's bundle, embedded in the program; a path that is no file of it is a page of the window.

use axum::body::Body;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use rust_embed::RustEmbed;

use super::tokens::hexadecimal;

#[derive(RustEmbed)]
#[folder = "ui/dist/"]
struct Bundle;

/// A file of the bundle, or its page.
pub fn file(path: &str, headers: &HeaderMap) -> Response {
    let name = path.trim_start_matches('/');
    let (name, found) = match Bundle::get(name) {
        Some(found) if !name.is_empty() => (name, found),
        // Names in assets/ hold a hash of the content: one that is not there is of another build.
        _ if name.starts_with("assets/") => return StatusCode::NOT_FOUND.into_response(),
        _ => match Bundle::get("index.html") {
            Some(page) => ("index.html", page),
            None => return (StatusCode::NOT_FOUND, "this build holds no window").into_response(),
        },
    };
    let tag = format!("\"{}\"", hexadecimal(&found.metadata.sha256_hash()[..16]));
    let known = headers
        .get(header::IF_NONE_MATCH)
        .and_then(|value| value.to_str().ok())
        == Some(tag.as_str());
    let mut response = if known {
        StatusCode::NOT_MODIFIED.into_response()
    } else {
        Body::from(found.data).into_response()
    };
    let keep = if name.starts_with("assets/") {
        "public, max-age=31536000, immutable"
    } else {
        "no-cache"
    };
    let answers = response.headers_mut();
    answers.insert(header::CACHE_CONTROL, HeaderValue::from_static(keep));
    if let Ok(value) = HeaderValue::from_str(&tag) {
        answers.insert(header::ETAG, value);
    }
    if let Ok(value) = HeaderValue::from_str(found.metadata.mimetype()) {
        answers.insert(header::CONTENT_TYPE, value);
    }
    response
}

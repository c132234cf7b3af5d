//! The settings the HTTP door rests on: what a host name and an origin are, and the terms they make together.

use drydock_store::Reader;
use serde_json::{Value, json};

use super::{HTTP_BODY_LIMIT, HTTP_HOSTS, HTTP_ORIGINS, HTTP_PORT, value, whole};
use crate::Error;
use crate::http_door::HttpTerms;

/// Most entries of a list.
const MOST: usize = 32;
/// Bytes of a mebibyte.
const MIB: u64 = 1024 * 1024;
/// Longest host name, in characters (RFC 1035, 2.3.4).
const LONGEST_NAME: usize = 253;
/// Longest part of a host name between dots (RFC 1035, 2.3.4).
const LONGEST_LABEL: usize = 63;

/// The terms the settings of a lab give.
pub(crate) fn terms(reader: &Reader) -> Result<HttpTerms, Error> {
    let list = |key: &str| {
        let texts = value(reader, key)?;
        let texts = texts.as_array().cloned().unwrap_or_default();
        Ok::<_, Error>(
            texts
                .iter()
                .filter_map(|text| text.as_str().map(str::to_owned))
                .collect(),
        )
    };
    let port = whole(reader, HTTP_PORT)?;
    Ok(HttpTerms {
        port: u16::try_from(port)
            .map_err(|_| Error::internal(format!("{HTTP_PORT}: {port} is no port")))?,
        hosts: list(HTTP_HOSTS)?,
        origins: list(HTTP_ORIGINS)?,
        body_limit: whole(reader, HTTP_BODY_LIMIT)? * MIB,
    })
}

/// A list whose entries each pass a check, in small letters and each once.
pub(super) fn each(
    value: &Value,
    what: &str,
    check: fn(&str) -> Result<String, String>,
) -> Result<Value, String> {
    let Some(items) = value.as_array() else {
        return Err(format!("{value} is no list: write a list of {what}"));
    };
    if items.len() > MOST {
        return Err(format!("{} {what}: {MOST} are the most", items.len()));
    }
    let mut kept: Vec<String> = Vec::new();
    for (number, item) in items.iter().enumerate() {
        let text = item.as_str().ok_or_else(|| format!("{item} is no text"));
        let text = text
            .and_then(check)
            .map_err(|problem| format!("entry {}: {problem}", number + 1))?;
        if !kept.contains(&text) {
            kept.push(text);
        }
    }
    Ok(json!(kept))
}

/// A host name without scheme, port or path.
pub(super) fn host(text: &str) -> Result<String, String> {
    let label = |label: &str| {
        !label.is_empty()
            && label.len() <= LONGEST_LABEL
            && !label.starts_with('-')
            && !label.ends_with('-')
            && label
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
    };
    if text.len() <= LONGEST_NAME && text.split('.').all(label) {
        Ok(text.to_ascii_lowercase())
    } else {
        Err(format!(
            "{text:?} is no host name: write one without scheme, port or path, such as lab.example"
        ))
    }
}

/// An origin as a browser sends it: scheme, host, and port where it is not the scheme's own.
pub(super) fn origin(text: &str) -> Result<String, String> {
    let wrong = || {
        format!(
            "{text:?} is no origin: write scheme, host and port without path, such as http://localhost:5173"
        )
    };
    let (scheme, rest) = text.split_once("://").ok_or_else(wrong)?;
    let scheme = scheme.to_ascii_lowercase();
    let own_port = match scheme.as_str() {
        "http" => 80,
        "https" => 443,
        _ => return Err(wrong()),
    };
    let (name, port) = match rest.split_once(':') {
        Some((name, port)) => (name, Some(port.parse::<u16>().map_err(|_| wrong())?)),
        None => (rest, None),
    };
    let name = host(name).map_err(|_| wrong())?;
    Ok(match port {
        Some(0) => return Err(wrong()),
        Some(port) if port != own_port => format!("{scheme}://{name}:{port}"),
        _ => format!("{scheme}://{name}"),
    })
}

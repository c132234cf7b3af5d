//! Who asks: the bearer of a token, or a browser with the cookie of a session.

use axum::http::{HeaderMap, Method, header};
use drydock_services::{Caller, Code, Door, Error, Role};

use super::Desk;

/// How the caller is known.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Means {
    Token,
    Cookie,
}

/// The caller of a request, or why it is not let in. `changes` says whether the request could change something, which
/// a cookie alone does not allow: another page on this machine could send it along.
pub fn caller(desk: &Desk, headers: &HeaderMap, changes: bool) -> Result<Caller, Error> {
    let (role, name, means) = match bearer(headers) {
        Some(token) => match desk.tokens.role(token) {
            Some(role) => (role, format!("{} token", role.name()), Means::Token),
            None => {
                return Err(Error::new(
                    Code::Unauthorized,
                    "the bearer token is not one of this lab",
                ));
            }
        },
        None if desk.sessions.is_open(headers) => {
            (Role::Admin, "browser".to_owned(), Means::Cookie)
        }
        None => {
            return Err(Error::new(
                Code::Unauthorized,
                "not signed in: send a bearer token of the lab, or open the address that drydock serve printed or the settings of the window give",
            ));
        }
    };
    if means == Means::Cookie && changes && !from_own_page(headers) {
        return Err(Error::new(
            Code::Forbidden,
            "the Origin of the request is not this address",
        ));
    }
    Ok(Caller {
        name,
        role,
        door: Door::Http,
    })
}

/// Who is written down where nobody could be told.
pub fn stranger() -> Caller {
    Caller {
        name: "unknown".to_owned(),
        role: Role::Viewer,
        door: Door::Http,
    }
}

/// Whether a method changes things.
pub fn changes(method: &Method) -> bool {
    !matches!(*method, Method::GET | Method::HEAD)
}

/// Whether the page that sent a request is one of this door.
pub fn from_own_page(headers: &HeaderMap) -> bool {
    let text = |name| headers.get(name).and_then(|value| value.to_str().ok());
    match (text(header::ORIGIN), text(header::HOST)) {
        (Some(origin), Some(host)) => origin
            .strip_prefix("http://")
            .is_some_and(|rest| rest.eq_ignore_ascii_case(host)),
        _ => false,
    }
}

/// Compares two secrets in a time that does not tell where they differ.
pub fn same(known: &str, given: &str) -> bool {
    let (known, given) = (known.as_bytes(), given.as_bytes());
    let differing = known
        .iter()
        .zip(given)
        .fold(0, |seen, (a, b)| std::hint::black_box(seen | (a ^ b)));
    known.len() == given.len() && differing == 0
}

fn bearer(headers: &HeaderMap) -> Option<&str> {
    let value = headers.get(header::AUTHORIZATION)?.to_str().ok()?;
    let (scheme, token) = value.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
}

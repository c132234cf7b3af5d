//! How a browser signs in: a code that works once becomes a session, known by a cookie. Both live in memory only.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use axum::http::{HeaderMap, header};
use drydock_services::Error;
use drydock_services::settings::DEFAULT_HTTP_PORT;

use super::auth::same;
use super::tokens::chance;

/// How long a code waits to be used.
pub const CODE_LIFE: Duration = Duration::from_mins(10);
/// Codes that wait at one time, and sessions; the oldest goes first.
const KEPT: usize = 64;

#[derive(Default)]
struct Known {
    codes: Vec<(String, Instant)>,
    sessions: Vec<String>,
}

/// The codes that wait and the sessions that are open.
pub struct Sessions {
    known: Mutex<Known>,
    cookie: String,
}

impl Sessions {
    /// None yet. Cookies are kept by host and not by port, so that a door on another port names its own differently.
    pub fn new(port: u16) -> Self {
        let cookie = if port == DEFAULT_HTTP_PORT {
            "drydock_session".to_owned()
        } else {
            format!("drydock_session_{port}")
        };
        Self {
            known: Mutex::default(),
            cookie,
        }
    }

    /// A code of 128 bits that can be exchanged once.
    pub fn issue_code(&self) -> Result<String, Error> {
        let code = chance(16)?;
        let mut known = self.lock();
        let now = Instant::now();
        known
            .codes
            .retain(|(_, issued)| now.duration_since(*issued) < CODE_LIFE);
        if known.codes.len() >= KEPT {
            known.codes.remove(0);
        }
        known.codes.push((code.clone(), now));
        Ok(code)
    }

    /// Takes a code and opens a session of 256 bits. Answers the `Set-Cookie` header, or nothing if the code is not known.
    pub fn exchange(&self, code: &str) -> Result<Option<String>, Error> {
        let mut known = self.lock();
        let now = Instant::now();
        let Some(at) = known.codes.iter().position(|(issued, since)| {
            same(issued, code) && now.duration_since(*since) < CODE_LIFE
        }) else {
            return Ok(None);
        };
        known.codes.remove(at);
        let session = chance(32)?;
        if known.sessions.len() >= KEPT {
            known.sessions.remove(0);
        }
        let cookie = format!(
            "{}={session}; Path=/; HttpOnly; SameSite=Strict",
            self.cookie
        );
        known.sessions.push(session);
        Ok(Some(cookie))
    }

    /// Whether a request carries the cookie of an open session.
    pub fn is_open(&self, headers: &HeaderMap) -> bool {
        let known = self.lock();
        headers
            .get_all(header::COOKIE)
            .iter()
            .filter_map(|value| value.to_str().ok())
            .flat_map(|value| value.split(';'))
            .filter_map(|pair| pair.trim().split_once('='))
            .filter(|(name, _)| *name == self.cookie)
            .any(|(_, value)| known.sessions.iter().any(|session| same(session, value)))
    }

    // Nothing in here can be left half-done by a panic.
    fn lock(&self) -> MutexGuard<'_, Known> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

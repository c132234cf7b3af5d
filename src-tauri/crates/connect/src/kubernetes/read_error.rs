//! Why one request failed, told from the chain of errors that the client gives.

use std::error::Error;
use std::fmt;
use std::io;
use std::time::Duration;

use kube::client::AuthError;
use rustls::{CertificateError, Error as TlsError};
use serde_json::Value;

/// Longest part of a foreign text that goes into a message, in characters.
const LONGEST_QUOTE: usize = 300;

/// Why one request failed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ReadError {
    /// No connection, or one that broke.
    #[error("{0}")]
    Unreachable(String),
    /// No credentials to send.
    #[error("no credentials: {0}")]
    Login(String),
    /// No trust.
    #[error("no TLS: {0}")]
    Tls(String),
    /// Nothing came for that long.
    #[error("nothing came for {} s", .0.as_secs_f64())]
    Silent(Duration),
    /// The server said no.
    #[error("{0}")]
    Refused(Refusal),
    /// The server said what cannot be read.
    #[error("{0}")]
    Garbage(String),
}

impl ReadError {
    /// The status the server answered with, if it did.
    pub fn code(&self) -> Option<u16> {
        match self {
            Self::Refused(refusal) => Some(refusal.code),
            _ => None,
        }
    }

    /// Whether the server answered at all.
    pub(crate) fn is_answer(&self) -> bool {
        matches!(self, Self::Refused(_) | Self::Garbage(_))
    }

    /// Whether what was asked to go on from is too old (`Gone` and `Expired` of the API conventions).
    pub(crate) fn is_expired(&self) -> bool {
        match self {
            Self::Refused(refusal) => {
                refusal.code == 410 || matches!(refusal.reason.as_str(), "Gone" | "Expired")
            }
            _ => false,
        }
    }

    /// How long the server asks to wait.
    pub(crate) fn retry_after(&self) -> Option<Duration> {
        match self {
            Self::Refused(refusal) => refusal.retry_after,
            _ => None,
        }
    }
}

/// A refusal: an HTTP status that is no success, or a `Status` object in its place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// HTTP status code.
    pub code: u16,
    /// Reason of the `Status` object, such as `Expired`; empty where there is none.
    pub reason: String,
    /// What it says.
    pub message: String,
    /// How long it asks to wait.
    pub retry_after: Option<Duration>,
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.code, self.message)
    }
}

impl Refusal {
    /// Of an HTTP answer: status, the header `Retry-After`, and a body that may be a `Status` object or any text.
    pub(crate) fn of_answer(code: u16, retry_after: Option<&str>, body: &[u8]) -> Self {
        let mut refusal = match serde_json::from_slice::<Value>(body) {
            Ok(status) if status["kind"] == "Status" => Self::of_status(&status),
            _ => Self {
                code,
                reason: String::new(),
                message: quote(&String::from_utf8_lossy(body)),
                retry_after: None,
            },
        };
        refusal.code = code;
        if refusal.message.is_empty() {
            "without a word".clone_into(&mut refusal.message);
        }
        // Only seconds: API servers send no date.
        let asked = retry_after.and_then(|seconds| seconds.trim().parse().ok());
        refusal.retry_after = asked.map(Duration::from_secs).or(refusal.retry_after);
        refusal
    }

    /// Of a `Status` object (`meta/v1`).
    pub(crate) fn of_status(status: &Value) -> Self {
        let text = |field: &str| quote(status[field].as_str().unwrap_or_default());
        let seconds = &status["details"]["retryAfterSeconds"];
        Self {
            code: status["code"]
                .as_u64()
                .and_then(|code| u16::try_from(code).ok())
                .unwrap_or(500),
            reason: text("reason"),
            message: text("message"),
            retry_after: seconds
                .as_u64()
                .filter(|&seconds| seconds > 0)
                .map(Duration::from_secs),
        }
    }
}

/// A foreign text on one line, cut where it is long.
pub(crate) fn quote(text: &str) -> String {
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    match line.char_indices().nth(LONGEST_QUOTE) {
        Some((end, _)) => format!("{}...", &line[..end]),
        None => line,
    }
}

/// What an error of the client is, by the first of its causes that tells.
pub(crate) fn explain(error: &(dyn Error + 'static)) -> ReadError {
    let mut innermost = error.to_string();
    let mut next = Some(error);
    while let Some(cause) = next {
        if let Some(login) = cause.downcast_ref::<AuthError>() {
            return ReadError::Login(explain_login(login));
        }
        if let Some(tls) = cause.downcast_ref::<TlsError>() {
            return ReadError::Tls(explain_tls(tls));
        }
        innermost = cause.to_string();
        // An I/O error hides what it wraps from `source`, and may wrap another one.
        let wrapped = cause.downcast_ref().and_then(io::Error::get_ref);
        next = wrapped.map_or_else(|| cause.source(), |inner| Some(inner));
    }
    ReadError::Unreachable(quote(&innermost))
}

fn explain_tls(error: &TlsError) -> String {
    let remedy = match error {
        TlsError::InvalidCertificate(certificate) => match certificate {
            // A cluster that was made anew has an authority of the old name and another key.
            CertificateError::UnknownIssuer | CertificateError::BadSignature => {
                "certificate-authority of the kubeconfig has to be the one that signed it"
            }
            CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. } => {
                "use a host name that it is made out to, or set tls-server-name in the kubeconfig"
            }
            CertificateError::Expired | CertificateError::ExpiredContext { .. } => {
                "the server needs a new one, or the clock here is wrong"
            }
            _ => "the server needs another one",
        },
        TlsError::InvalidMessage(_) => "what answers there may speak plain HTTP: write http://",
        TlsError::AlertReceived(_) => {
            "client-certificate of the kubeconfig has to be one that the server accepts"
        }
        _ => "ask whoever runs the server",
    };
    format!("{error}; {remedy}")
}

/// Never quotes what a plugin wrote on standard output, nor its arguments: that is where tokens are.
pub(crate) fn explain_login(error: &AuthError) -> String {
    match error {
        AuthError::AuthExecStart(cause) => {
            format!("the login plugin could not be started: {cause}")
        }
        AuthError::AuthExecRun { out, .. } => {
            let said = String::from_utf8_lossy(&out.stderr);
            let last = said.lines().rfind(|line| !line.trim().is_empty());
            let last = last.map_or("nothing on standard error".to_owned(), quote);
            format!("the login plugin ended with {}: {last}", out.status)
        }
        AuthError::AuthExecParse(_) | AuthError::ExecPluginFailed => {
            "the login plugin printed no ExecCredential with a status".to_owned()
        }
        other => quote(&other.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn refusals_of_every_shape() {
        let check = |code, header, body: &str, expect: (&str, &str, Option<u64>)| {
            let refusal = Refusal::of_answer(code, header, body.as_bytes());
            assert_eq!(refusal.code, code, "{body}");
            let seconds = refusal.retry_after.map(|wait| wait.as_secs());
            assert_eq!(
                (refusal.reason.as_str(), refusal.message.as_str(), seconds),
                expect
            );
        };
        check(
            429,
            Some("7"),
            "Too many requests,\n please try again later.",
            ("", "Too many requests, please try again later.", Some(7)),
        );
        let status = json!({"kind": "Status", "code": 504, "reason": "Timeout", "message": "Too large resource version",
            "details": {"retryAfterSeconds": 1}})
        .to_string();
        check(
            504,
            None,
            &status,
            ("Timeout", "Too large resource version", Some(1)),
        );
        check(
            504,
            Some("soon"),
            &status,
            ("Timeout", "Too large resource version", Some(1)),
        );
        check(500, None, "", ("", "without a word", None));
    }

    #[test]
    fn expired_by_code_or_reason() {
        let check = |status: Value, expired: bool| {
            let error = ReadError::Refused(Refusal::of_status(&status));
            assert_eq!(error.is_expired(), expired, "{status}");
        };
        check(json!({"code": 410, "reason": "Gone"}), true);
        check(json!({"code": 410}), true);
        check(json!({"reason": "Expired"}), true);
        check(json!({"code": 500, "reason": "InternalError"}), false);
        check(json!({}), false);
    }

    #[test]
    fn a_long_text_is_cut_at_a_character() {
        let text = "ä".repeat(LONGEST_QUOTE + 1);
        assert_eq!(quote(&text), format!("{}...", "ä".repeat(LONGEST_QUOTE)));
        assert_eq!(quote(" a\n  b "), "a b");
    }
}

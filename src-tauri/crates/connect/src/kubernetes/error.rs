//! Why a cluster could not be connected to, and why one request failed; each in words that say what would be right.

use std::time::Duration;

use super::read_error::ReadError;

/// Why there is no connection. Each message names where it looked (file and context) and what would be right.
#[derive(Debug, thiserror::Error)]
pub enum ConnectError {
    /// A kubeconfig that is missing, does not read, or does not hold what it should.
    #[error("{place}: {problem}; {remedy}")]
    Kubeconfig {
        /// The file or files, and the context where one is meant.
        place: String,
        /// What is wrong.
        problem: String,
        /// What would be right.
        remedy: String,
    },
    /// No service account here.
    #[error(
        "this process runs in no pod of a cluster ({problem}); turn K8S_IN_CLUSTER off and give a kubeconfig, or run it in a pod with a service account"
    )]
    InCluster {
        /// What is missing.
        problem: String,
    },
    /// An address that is none.
    #[error(
        "{url:?} is not the address of an API server ({problem}); write it as https://host:6443"
    )]
    Address {
        /// The address.
        url: String,
        /// What is wrong.
        problem: String,
    },
    /// A namespace that cannot be one.
    #[error(
        "{namespace:?} cannot be a namespace; K8S_NAMESPACE takes one name of at most 63 small letters, digits and dashes, or nothing for all"
    )]
    Namespace {
        /// What was given.
        namespace: String,
    },
    /// The credentials could not be had: a login plugin, a token file, a client certificate.
    #[error("{place}: no credentials: {problem}")]
    Login {
        /// Where they were looked for.
        place: String,
        /// What is wrong, and what would be right.
        problem: String,
    },
    /// No trust between the two.
    #[error("{place}: no TLS with {url}: {problem}")]
    Tls {
        /// Where the address is from.
        place: String,
        /// The address.
        url: String,
        /// What is wrong, and what would be right.
        problem: String,
    },
    /// Nothing answers.
    #[error("{place}: {url} cannot be reached: {problem}")]
    Unreachable {
        /// Where the address is from.
        place: String,
        /// The address.
        url: String,
        /// What is wrong.
        problem: String,
    },
    /// 401: the credentials do not count there.
    #[error(
        "{place}: {url} does not accept the credentials (401 {message}); log in again, or choose another context"
    )]
    Unauthorized {
        /// Where the credentials are from.
        place: String,
        /// The address.
        url: String,
        /// What the server says.
        message: String,
    },
    /// 403: known there, but not allowed to see what there is.
    #[error(
        "{place}: {url} does not let these credentials see which resources there are (403 {message}); bind them to the ClusterRoles system:discovery and view"
    )]
    Forbidden {
        /// Where the credentials are from.
        place: String,
        /// The address.
        url: String,
        /// What the server says.
        message: String,
    },
    /// Something answers, but no API server.
    #[error("{place}: {url} does not answer as an API server does: {problem}")]
    NotAnApi {
        /// Where the address is from.
        place: String,
        /// The address.
        url: String,
        /// What came instead.
        problem: String,
    },
    /// The API server fails.
    #[error("{place}: {url} answers, but fails: {problem}; try again later")]
    Failing {
        /// Where the address is from.
        place: String,
        /// The address.
        url: String,
        /// What it says.
        problem: String,
    },
    /// Opening took too long.
    #[error(
        "{place}: no connection within {} s; a login plugin that waits for input, or a server that does not answer, may be the cause",
        after.as_secs_f64()
    )]
    TimedOut {
        /// What was tried.
        place: String,
        /// How long it was waited for.
        after: Duration,
    },
    /// The thread for the connection could not be had.
    #[error("no thread for the connection: {0}")]
    Thread(#[from] std::io::Error),
}

impl ConnectError {
    /// What a failed first request says about the connection.
    pub(crate) fn of(place: &str, url: &str, error: ReadError) -> Self {
        let (place, url) = (place.to_owned(), url.to_owned());
        match error {
            ReadError::Login(problem) => Self::Login { place, problem },
            ReadError::Tls(problem) => Self::Tls {
                place,
                url,
                problem,
            },
            ReadError::Unreachable(_) | ReadError::Silent(_) => Self::Unreachable {
                place,
                url,
                problem: error.to_string(),
            },
            ReadError::Garbage(problem) => Self::NotAnApi {
                place,
                url,
                problem,
            },
            ReadError::Refused(refusal) => match refusal.code {
                401 => Self::Unauthorized {
                    place,
                    url,
                    message: refusal.message,
                },
                403 => Self::Forbidden {
                    place,
                    url,
                    message: refusal.message,
                },
                429 | 500.. => Self::Failing {
                    place,
                    url,
                    problem: refusal.to_string(),
                },
                _ => Self::NotAnApi {
                    place,
                    url,
                    problem: refusal.to_string(),
                },
            },
        }
    }
}

//! What goes wrong between Drydock and a Prometheus server.

use std::error::Error;

use drydock_import::series::SeriesError;
use thiserror::Error;

/// Why there is no answer. No secret is in it.
#[derive(Debug, Error)]
pub enum PrometheusError {
    /// A setting or a parameter cannot be.
    #[error("{field}: {problem}")]
    Setting {
        /// Which.
        field: &'static str,
        /// What it is, and what would be right.
        problem: String,
    },
    /// No connection, or one that broke.
    #[error("{url} cannot be reached: {reason}")]
    Unreachable {
        /// The server.
        url: String,
        /// What the system says.
        reason: String,
    },
    /// No whole answer in time.
    #[error("{url} has not answered within {seconds} s: ask for less, or give it more time")]
    Timeout {
        /// The server.
        url: String,
        /// The time it had.
        seconds: f64,
    },
    /// The server wants to know who asks, or does not let them.
    #[error("{url} refuses access with HTTP {status}: check the token, or user and password")]
    Denied {
        /// The server.
        url: String,
        /// 401 or 403.
        status: u16,
    },
    /// The server says what is wrong with the question.
    #[error("{url} refuses the question with HTTP {status}: {kind}: {message}")]
    Refused {
        /// The server.
        url: String,
        /// The status of HTTP.
        status: u16,
        /// Its kind of error, such as `bad_data`.
        kind: String,
        /// Its words.
        message: String,
    },
    /// A failure without the words of Prometheus.
    #[error("{url} answers with HTTP {status}, and not as Prometheus does: {body}")]
    Status {
        /// The server.
        url: String,
        /// The status of HTTP.
        status: u16,
        /// The beginning of the answer.
        body: String,
    },
    /// Something else is at that address.
    #[error("{url} does not answer as Prometheus does: {reason}")]
    NotPrometheus {
        /// The server.
        url: String,
        /// What is not as it should be.
        reason: String,
    },
    /// More than the limit.
    #[error("{url} answers with more than {limit} bytes: ask for fewer series or a longer step")]
    TooLarge {
        /// The server.
        url: String,
        /// The limit.
        limit: u64,
    },
    /// Only native histograms were found.
    #[error(
        "{names} are native histograms, which are not read: ask for histogram_count or histogram_quantile of them"
    )]
    NativeHistograms {
        /// The series.
        names: String,
    },
    /// What was found is not one series.
    #[error(transparent)]
    Series(#[from] SeriesError),
}

/// The innermost cause, which says most: `Connection refused`, not `error sending request`.
pub(super) fn root_cause(error: &(dyn Error + 'static)) -> String {
    let mut innermost = error;
    while let Some(source) = innermost.source() {
        innermost = source;
    }
    innermost.to_string()
}

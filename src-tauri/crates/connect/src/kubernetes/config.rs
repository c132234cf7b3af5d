//! What a connection to a cluster is told: where the cluster is, how much of it to read, how patient to be.

use std::fmt;
use std::path::PathBuf;
use std::time::Duration;

/// Where a cluster is, and who asks.
#[derive(Clone)]
pub enum Source {
    /// As kubectl finds it.
    Kubeconfig {
        /// The file; nothing for the files of `KUBECONFIG`, else `~/.kube/config`.
        path: Option<PathBuf>,
        /// The context; nothing for the file's `current-context`.
        context: Option<String>,
    },
    /// The cluster this process runs in, by the service account of its pod.
    InCluster,
    /// An address, such as the one `kubectl proxy` prints.
    Url {
        /// `http://127.0.0.1:8001` or `https://...`.
        url: String,
        /// Bearer token; nothing where the address wants none.
        token: Option<String>,
    },
}

impl Default for Source {
    fn default() -> Self {
        Self::Kubeconfig {
            path: None,
            context: None,
        }
    }
}

/// Never shows a token.
impl fmt::Debug for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Kubeconfig { path, context } => f
                .debug_struct("Kubeconfig")
                .field("path", path)
                .field("context", context)
                .finish(),
            Self::InCluster => f.write_str("InCluster"),
            Self::Url { url, token } => f
                .debug_struct("Url")
                .field("url", url)
                .field("token", &token.as_ref().map(|_| "set"))
                .finish(),
        }
    }
}

/// How to connect to a cluster.
#[derive(Clone, Debug, Default)]
pub struct Config {
    /// Where it is.
    pub source: Source,
    /// The namespace whose objects are read, and the objects that have none; nothing for all.
    pub namespace: Option<String>,
    /// How patient to be.
    pub timing: Timing,
}

/// Waits and sizes. The defaults are for real API servers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Timing {
    /// Objects a page of a list, as client-go asks for (`defaultPageSize` of its pager).
    pub page_size: u32,
    /// How long opening may take all in all, a login plugin included.
    pub open: Duration,
    /// How long an answer may be silent before it is given up.
    pub answer: Duration,
    /// How long the server is asked to keep a watch open; whole seconds, at least one.
    pub watch: Duration,
    /// How long a watch may be silent before its connection counts as dead; longer than `watch`, after which the server ends it.
    pub stall: Duration,
    /// First wait after a failure, and the least time between two requests of one kind (client-go's reflector: 800 ms).
    pub first_backoff: Duration,
    /// Longest wait between two attempts (client-go's reflector: 30 s).
    pub longest_backoff: Duration,
    /// Wait before a kind that may not be read is asked for again.
    pub refused: Duration,
    /// Wait between two looks at which kinds there are.
    pub discovery: Duration,
    /// Wait between two readings of usage (metrics-server measures every 15 s by default, `--metric-resolution`).
    pub usage: Duration,
}

impl Default for Timing {
    fn default() -> Self {
        Self {
            page_size: 500,
            open: Duration::from_mins(1),
            answer: Duration::from_secs(30),
            watch: Duration::from_mins(2),
            stall: Duration::from_secs(130),
            first_backoff: Duration::from_millis(800),
            longest_backoff: Duration::from_secs(30),
            refused: Duration::from_mins(5),
            discovery: Duration::from_mins(5),
            usage: Duration::from_secs(15),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_not_shown() {
        let source = Source::Url {
            url: "http://h".to_owned(),
            token: Some("hunter2".to_owned()),
        };
        let shown = format!(
            "{:?}",
            Config {
                source,
                ..Config::default()
            }
        );
        assert!(
            shown.contains("http://h") && !shown.contains("hunter2"),
            "{shown}"
        );
    }
}

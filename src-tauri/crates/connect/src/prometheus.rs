//! A Prometheus server, or what speaks its HTTP API (v1): queries, range queries, series and labels. Only GET is sent.
//!
//! The calls block, and belong on a thread that may wait, not into an async task.

mod error;
mod range;

use std::collections::BTreeMap;
use std::io::Read;
use std::net::IpAddr;
use std::time::Duration;

use drydock_import::series::{
    Answer, AnswerError, QueryResult, Series, SeriesOptions, answer, of_matrix, query_result,
};
use reqwest::blocking::{Client, Response};
use reqwest::{Certificate, StatusCode, Url};
use serde::Deserialize;
use serde::de::DeserializeOwned;

pub use error::PrometheusError;
pub use range::{MOST_POINTS_A_REQUEST, MOST_REQUESTS, RangeResult, TimeRange};

/// How long a request may take where nobody says: the default of Prometheus' own `query.timeout` is 2 min, and a person waits.
pub const DEFAULT_TIMEOUT: Duration = Duration::from_secs(30);
/// Most bytes of one answer where nobody says.
pub const DEFAULT_LIMIT_BYTES: u64 = 64 << 20;
/// How much of an answer that is none an error shows.
const SHOWN_CHARACTERS: usize = 200;

/// Who asks.
#[derive(Clone, Default, PartialEq, Eq)]
pub enum Auth {
    /// Nobody in particular.
    #[default]
    None,
    /// The bearer of a token.
    Bearer(String),
    /// A user with a password.
    Basic {
        /// Name.
        user: String,
        /// Password.
        password: String,
    },
}

// What is secret is not shown, wherever settings are.
impl std::fmt::Debug for Auth {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::None => f.write_str("None"),
            Self::Bearer(_) => f.write_str("Bearer(..)"),
            Self::Basic { user, .. } => write!(f, "Basic({user}, ..)"),
        }
    }
}

/// Where a server is and how it is asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PrometheusSettings {
    /// The address before `/api/v1`, such as `http://localhost:9090` or `https://metrics.example/prometheus`.
    pub url: String,
    /// Who asks.
    pub auth: Auth,
    /// Certificates in PEM that are trusted beside those of the system.
    pub ca_pem: Option<Vec<u8>>,
    /// How long a request may take.
    pub timeout: Duration,
    /// Most bytes of one answer.
    pub limit_bytes: u64,
}

impl PrometheusSettings {
    /// The server at that address, asked by nobody in particular.
    pub fn new(url: impl Into<String>) -> Self {
        Self {
            url: url.into(),
            auth: Auth::None,
            ca_pem: None,
            timeout: DEFAULT_TIMEOUT,
            limit_bytes: DEFAULT_LIMIT_BYTES,
        }
    }
}

/// What a server is built of.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct BuildInfo {
    /// Version of the server.
    pub version: String,
    /// The commit it was built of.
    #[serde(default)]
    pub revision: String,
}

/// A client of one server.
#[derive(Debug, Clone)]
pub struct Prometheus {
    http: Client,
    /// Without a slash at the end.
    base: String,
    settings: PrometheusSettings,
}

impl Prometheus {
    /// A client of the server that the settings name. Nothing is sent yet.
    ///
    /// # Errors
    /// Settings that cannot be, by their field.
    pub fn new(settings: PrometheusSettings) -> Result<Self, PrometheusError> {
        let url = base_url(&settings.url)?;
        if settings.timeout.is_zero() {
            return Err(setting("timeout", "0 s: a time above 0 is right"));
        }
        let mut http = Client::builder()
            .timeout(settings.timeout)
            .user_agent(concat!("drydock/", env!("CARGO_PKG_VERSION")));
        // A proxy of the environment is for the world outside.
        if is_loopback(&url) {
            http = http.no_proxy();
        }
        if let Some(pem) = &settings.ca_pem {
            let certificates = Certificate::from_pem_bundle(pem)
                .ok()
                .filter(|certificates| !certificates.is_empty())
                .ok_or_else(|| {
                    setting("ca_pem", "no certificates: PEM that begins with -----BEGIN CERTIFICATE----- is right")
                })?;
            for certificate in certificates {
                http = http.add_root_certificate(certificate);
            }
        }
        Ok(Self {
            http: http
                .build()
                .map_err(|error| setting("ca_pem", &error::root_cause(&error)))?,
            base: url.as_str().trim_end_matches('/').to_owned(),
            settings,
        })
    }

    /// What the server is built of.
    ///
    /// # Errors
    /// What the server or the way to it says.
    pub fn build_info(&self) -> Result<BuildInfo, PrometheusError> {
        Ok(self.ask("status/buildinfo", &[])?.data)
    }

    /// The value of an expression at a time in Unix seconds, or now.
    ///
    /// # Errors
    /// What the server or the way to it says.
    pub fn query(
        &self,
        query: &str,
        at_unix_s: Option<f64>,
    ) -> Result<QueryResult, PrometheusError> {
        let mut parameters = vec![("query", query.to_owned())];
        if let Some(at) = at_unix_s {
            if !at.is_finite() {
                return Err(setting(
                    "at_unix_s",
                    &format!("{at} is no time: Unix seconds are right"),
                ));
            }
            parameters.push(("time", format!("{at:.3}")));
        }
        self.result("query", &parameters)
    }

    /// The values of an expression over a range of time. A range of more points than the server answers at once is asked in
    /// pieces and joined.
    ///
    /// # Errors
    /// What the server or the way to it says; where one piece fails, nothing is returned.
    pub fn query_range(
        &self,
        query: &str,
        range: &TimeRange,
    ) -> Result<RangeResult, PrometheusError> {
        let mut pieces = Vec::new();
        for piece in range.pieces()? {
            pieces.push(self.result(
                "query_range",
                &[
                    ("query", query.to_owned()),
                    ("start", piece.start()),
                    ("end", piece.end()),
                    ("step", piece.step()),
                ],
            )?);
        }
        range::joined(pieces).ok_or_else(|| PrometheusError::NotPrometheus {
            url: self.base.clone(),
            reason: "a range query is answered without a matrix".to_owned(),
        })
    }

    /// One series over a range of time: the one that the expression gives, the one with these labels, or the sum of them.
    ///
    /// # Errors
    /// As [`Self::query_range`], and where there is not one series.
    pub fn one_series(
        &self,
        query: &str,
        range: &TimeRange,
        labels: BTreeMap<String, String>,
        sum: bool,
    ) -> Result<Series, PrometheusError> {
        let result = self.query_range(query, range)?;
        let options = SeriesOptions {
            source: format!("{} {query}", self.base),
            labels,
            sum,
            step_s: Some(range.step_s),
            ..SeriesOptions::default()
        };
        if result.series.is_empty() && !result.not_read.is_empty() {
            return Err(PrometheusError::NativeHistograms {
                names: result.not_read.join(", "),
            });
        }
        Ok(of_matrix(&result.series, &options)?)
    }

    /// The series that have samples in a range of time and match one of the selectors, such as `up{job="a"}`.
    ///
    /// # Errors
    /// What the server or the way to it says.
    pub fn series(
        &self,
        selectors: &[&str],
        range: &TimeRange,
    ) -> Result<Answer<Vec<BTreeMap<String, String>>>, PrometheusError> {
        let mut parameters = range.ends()?;
        parameters.extend(selectors.iter().map(|one| ("match[]", (*one).to_owned())));
        self.ask("series", &parameters)
    }

    /// The names of labels that series have.
    ///
    /// # Errors
    /// What the server or the way to it says.
    pub fn labels(&self) -> Result<Answer<Vec<String>>, PrometheusError> {
        self.ask("labels", &[])
    }

    /// The values that a label has; those of `__name__` are the names of metrics.
    ///
    /// # Errors
    /// What the server or the way to it says.
    pub fn label_values(&self, label: &str) -> Result<Answer<Vec<String>>, PrometheusError> {
        let name = |c: char| c.is_ascii_alphanumeric() || c == '_';
        if label.is_empty() || !label.chars().all(name) {
            let problem = format!("{label:?} is no label: letters, digits and _ are right");
            return Err(setting("label", &problem));
        }
        self.ask(&format!("label/{label}/values"), &[])
    }

    fn result(
        &self,
        path: &str,
        parameters: &[(&str, String)],
    ) -> Result<QueryResult, PrometheusError> {
        let (status, text) = self.get(path, parameters)?;
        query_result(&text).map_err(|error| self.refused(status, &text, error))
    }

    fn ask<T: DeserializeOwned>(
        &self,
        path: &str,
        parameters: &[(&str, String)],
    ) -> Result<Answer<T>, PrometheusError> {
        let (status, text) = self.get(path, parameters)?;
        answer(&text).map_err(|error| self.refused(status, &text, error))
    }

    fn get(
        &self,
        path: &str,
        parameters: &[(&str, String)],
    ) -> Result<(StatusCode, String), PrometheusError> {
        let request = self
            .http
            .get(format!("{}/api/v1/{path}", self.base))
            .query(parameters);
        let request = match &self.settings.auth {
            Auth::None => request,
            Auth::Bearer(token) => request.bearer_auth(token),
            Auth::Basic { user, password } => request.basic_auth(user, Some(password)),
        };
        let response = request.send().map_err(|error| self.failed(&error))?;
        let status = response.status();
        if matches!(status, StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN) {
            return Err(PrometheusError::Denied {
                url: self.base.clone(),
                status: status.as_u16(),
            });
        }
        Ok((status, self.body(response)?))
    }

    /// The text of an answer, as far as the limit goes.
    fn body(&self, response: Response) -> Result<String, PrometheusError> {
        let limit = self.settings.limit_bytes;
        let mut bytes = Vec::new();
        response
            .take(limit.saturating_add(1))
            .read_to_end(&mut bytes)
            .map_err(|error| self.cut_off(&error))?;
        if bytes.len() as u64 > limit {
            return Err(PrometheusError::TooLarge {
                url: self.base.clone(),
                limit,
            });
        }
        String::from_utf8(bytes).map_err(|error| PrometheusError::NotPrometheus {
            url: self.base.clone(),
            reason: error.to_string(),
        })
    }

    fn failed(&self, error: &reqwest::Error) -> PrometheusError {
        let url = self.base.clone();
        if error.is_timeout() {
            return PrometheusError::Timeout {
                url,
                seconds: self.settings.timeout.as_secs_f64(),
            };
        }
        PrometheusError::Unreachable {
            url,
            reason: error::root_cause(error),
        }
    }

    fn cut_off(&self, error: &std::io::Error) -> PrometheusError {
        let inner = error.get_ref().and_then(|inner| inner.downcast_ref());
        match inner {
            Some(error) => self.failed(error),
            None => PrometheusError::Unreachable {
                url: self.base.clone(),
                reason: error::root_cause(error),
            },
        }
    }

    fn refused(&self, status: StatusCode, text: &str, error: AnswerError) -> PrometheusError {
        let url = self.base.clone();
        match error {
            AnswerError::Refused { kind, message } => PrometheusError::Refused {
                url,
                status: status.as_u16(),
                kind,
                message,
            },
            AnswerError::Shape(reason) if status.is_success() => {
                PrometheusError::NotPrometheus { url, reason }
            }
            AnswerError::Shape(_) => PrometheusError::Status {
                url,
                status: status.as_u16(),
                body: text.trim().chars().take(SHOWN_CHARACTERS).collect(),
            },
        }
    }
}

fn setting(field: &'static str, problem: &str) -> PrometheusError {
    PrometheusError::Setting {
        field,
        problem: problem.to_owned(),
    }
}

fn base_url(text: &str) -> Result<Url, PrometheusError> {
    let url = Url::parse(text).map_err(|error| {
        // The text is not shown: it may hold a password.
        setting(
            "url",
            &format!("{error}: an address such as http://localhost:9090 is right"),
        )
    })?;
    if !matches!(url.scheme(), "http" | "https") {
        let problem = format!("{}: http or https is right", url.scheme());
        return Err(setting("url", &problem));
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err(setting(
            "url",
            "a user or password in the address: they belong into auth",
        ));
    }
    if url.query().is_some() || url.fragment().is_some() {
        return Err(setting(
            "url",
            "a ? or # in the address: what is before /api/v1 is right",
        ));
    }
    Ok(url)
}

fn is_loopback(url: &Url) -> bool {
    let host = url.host_str().unwrap_or_default();
    let address: Result<IpAddr, _> = host.trim_matches(['[', ']']).parse();
    host == "localhost" || address.is_ok_and(|address| address.is_loopback())
}

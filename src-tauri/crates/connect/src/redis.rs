//! A Redis server: what its INFO says, over TCP or TLS. Nothing else is asked, and nothing written.
//!
//! The client is the crate redis without its features but TLS: authentication by ACL, TLS and the protocol are its work. The
//! calls block, and belong on a thread that may wait. Of a cluster or with sentinels each node is read by itself.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use ::redis::{
    Client, ConnectionAddr, ErrorKind, IntoConnectionInfo, RedisConnectionInfo,
    RedisError as ClientError, ServerErrorKind, TlsCertificates,
};
use drydock_import::redis_info::{CacheReading, RedisInfo, RedisInfoError};
use thiserror::Error;

/// How long a server may take to answer where nobody says.
pub const DEFAULT_TIMEOUT: Duration = Duration::from_secs(5);

/// Where a server is and how it is asked.
#[derive(Clone, PartialEq, Eq)]
pub struct RedisSettings {
    /// Name or address of the machine.
    pub host: String,
    /// Port, 6379 where nobody chose another.
    pub port: u16,
    /// User of the ACL; the default user where there is none.
    pub user: Option<String>,
    /// Password.
    pub password: Option<String>,
    /// TLS; the server's certificate is always checked.
    pub tls: Option<Tls>,
    /// How long connecting, and then the answer, may take.
    pub timeout: Duration,
}

/// How TLS trusts.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Tls {
    /// Certificates in PEM that are trusted instead of those of the system.
    pub ca_pem: Option<Vec<u8>>,
}

impl RedisSettings {
    /// The server at that address, without a password.
    pub fn new(host: impl Into<String>, port: u16) -> Self {
        Self {
            host: host.into(),
            port,
            user: None,
            password: None,
            tls: None,
            timeout: DEFAULT_TIMEOUT,
        }
    }

    fn address(&self) -> String {
        format!("{}:{}", self.host, self.port)
    }
}

// What is secret is not shown, wherever settings are.
impl std::fmt::Debug for RedisSettings {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("RedisSettings")
            .field("host", &self.host)
            .field("port", &self.port)
            .field("user", &self.user)
            .field("password", &self.password.as_ref().map(|_| ".."))
            .field("tls", &self.tls)
            .field("timeout", &self.timeout)
            .finish()
    }
}

/// Why there is no reading. No secret is in it.
#[derive(Debug, Error)]
pub enum RedisError {
    /// A setting cannot be.
    #[error("{field}: {problem}")]
    Setting {
        /// Which.
        field: &'static str,
        /// What it is, and what would be right.
        problem: String,
    },
    /// No connection, or one that broke.
    #[error("{address} cannot be reached: {reason}")]
    Unreachable {
        /// Host and port.
        address: String,
        /// What the system says.
        reason: String,
    },
    /// No answer in time.
    #[error("{address} has not answered within {seconds} s")]
    Timeout {
        /// Host and port.
        address: String,
        /// The time it had.
        seconds: f64,
    },
    /// The server wants to know who asks, or does not let them.
    #[error(
        "{address} refuses access: {reason}: check user and password, and that the user may call INFO"
    )]
    Denied {
        /// Host and port.
        address: String,
        /// The server's words.
        reason: String,
    },
    /// Another error that the server answered with.
    #[error("{address} answers with an error: {reason}")]
    Refused {
        /// Host and port.
        address: String,
        /// The server's words.
        reason: String,
    },
    /// Something else is at that address.
    #[error("{address} does not answer as Redis does: {reason}")]
    NotRedis {
        /// Host and port.
        address: String,
        /// What is not as it should be.
        reason: String,
    },
    /// An INFO that does not read.
    #[error("INFO of {address}: {reason}")]
    Info {
        /// Host and port.
        address: String,
        /// The line.
        reason: RedisInfoError,
    },
}

/// Reads INFO of one server, and when it was read.
///
/// # Errors
/// Settings that cannot be, and what the server or the way to it says.
pub fn read_info(settings: &RedisSettings) -> Result<CacheReading, RedisError> {
    let client = client(settings)?;
    let failed = |error: ClientError| failed(settings, &error);
    let mut connection = client
        .get_connection_with_timeout(settings.timeout)
        .map_err(failed)?;
    connection
        .set_read_timeout(Some(settings.timeout))
        .and_then(|()| connection.set_write_timeout(Some(settings.timeout)))
        .map_err(failed)?;
    let text: String = ::redis::cmd("INFO")
        .arg("all")
        .query(&mut connection)
        .map_err(failed)?;
    // A clock before 1970 reads as 1970.
    let now = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default();
    let info = RedisInfo::parse(&text).map_err(|reason| RedisError::Info {
        address: settings.address(),
        reason,
    })?;
    Ok(CacheReading {
        at_unix_s: now.as_secs_f64(),
        info,
    })
}

/// Reads INFO of several nodes, at the same time and each by itself, in the order they are named.
pub fn read_nodes(nodes: &[RedisSettings]) -> Vec<Result<CacheReading, RedisError>> {
    std::thread::scope(|scope| {
        let readers: Vec<_> = nodes
            .iter()
            .map(|node| scope.spawn(move || read_info(node)))
            .collect();
        readers
            .into_iter()
            .map(|reader| match reader.join() {
                Ok(reading) => reading,
                Err(panic) => std::panic::resume_unwind(panic),
            })
            .collect()
    })
}

fn client(settings: &RedisSettings) -> Result<Client, RedisError> {
    let setting = |field, problem: &str| RedisError::Setting {
        field,
        problem: problem.to_owned(),
    };
    let RedisSettings { host, port, .. } = settings;
    if host.is_empty() {
        return Err(setting(
            "host",
            "empty: a name or address such as localhost is right",
        ));
    }
    if *port == 0 {
        return Err(setting("port", "0: a port from 1 to 65535 is right"));
    }
    if settings.timeout.is_zero() {
        return Err(setting("timeout", "0 s: a time above 0 is right"));
    }
    if settings.user.is_some() && settings.password.is_none() {
        return Err(setting(
            "password",
            "missing, where a user is named: both or none is right",
        ));
    }
    let address = match &settings.tls {
        None => ConnectionAddr::Tcp(host.clone(), *port),
        Some(_) => ConnectionAddr::TcpTls {
            host: host.clone(),
            port: *port,
            insecure: false,
            tls_params: None,
        },
    };
    // Telling the server the name of the library would be a write.
    let mut redis = RedisConnectionInfo::default().set_skip_set_lib_name();
    if let Some(user) = &settings.user {
        redis = redis.set_username(user);
    }
    if let Some(password) = &settings.password {
        redis = redis.set_password(password);
    }
    let wrong = |error: ClientError| setting("host", &error.to_string());
    let info = address
        .into_connection_info()
        .map_err(wrong)?
        .set_redis_settings(redis);
    let Some(tls) = &settings.tls else {
        return Client::open(info).map_err(wrong);
    };
    let begins = b"-----BEGIN CERTIFICATE-----";
    let holds = |pem: &Vec<u8>| pem.windows(begins.len()).any(|part| part == begins);
    let certificates = TlsCertificates {
        client_tls: None,
        root_cert: tls.ca_pem.clone(),
    };
    match Client::build_with_tls(info, certificates) {
        Ok(client) if tls.ca_pem.as_ref().is_none_or(holds) => Ok(client),
        _ => Err(setting(
            "ca_pem",
            "no certificates: PEM that begins with -----BEGIN CERTIFICATE----- is right",
        )),
    }
}

fn failed(settings: &RedisSettings, error: &ClientError) -> RedisError {
    let address = settings.address();
    if error.is_timeout() {
        return RedisError::Timeout {
            address,
            seconds: settings.timeout.as_secs_f64(),
        };
    }
    let reason = error.to_string();
    let denied = ["NOAUTH", "WRONGPASS", "NOPERM"];
    match error.kind() {
        ErrorKind::AuthenticationFailed | ErrorKind::Server(ServerErrorKind::NoPerm) => {
            RedisError::Denied { address, reason }
        }
        _ if error.code().is_some_and(|code| denied.contains(&code)) => {
            RedisError::Denied { address, reason }
        }
        ErrorKind::Server(_) | ErrorKind::Extension => RedisError::Refused { address, reason },
        ErrorKind::Parse | ErrorKind::UnexpectedReturnType => {
            RedisError::NotRedis { address, reason }
        }
        _ => RedisError::Unreachable { address, reason },
    }
}

//! From a source to a client: reads kubeconfig or service account, and says in words what is missing.

use kube::config::{AuthInfo, Config as ClientConfig, ExecConfig, ExecInteractiveMode};
use kube::{Client, Error};

use super::config::{Config, Source};
use super::error::ConnectError;
use super::kubeconfig;
use super::read_error::{ReadError, explain, explain_login};
use super::warning::Warning;

/// A way in.
pub(crate) struct Access {
    /// Sends requests.
    pub client: Client,
    /// Where address and credentials are from, as errors name it.
    pub place: String,
    /// Address of the API server.
    pub url: String,
    /// What is worth knowing about it.
    pub warnings: Vec<Warning>,
}

/// What a source says, before anything runs or connects.
pub(crate) struct Found {
    /// Address, trust and credentials.
    pub config: ClientConfig,
    /// Where they are from.
    pub place: String,
    /// What is worth knowing.
    pub warnings: Vec<Warning>,
}

/// Makes a client. Runs a login plugin where the kubeconfig names one.
pub(crate) async fn open(config: &Config) -> Result<Access, ConnectError> {
    if let Some(namespace) = &config.namespace {
        check_namespace(namespace)?;
    }
    let Found {
        config: mut client,
        place,
        mut warnings,
    } = match &config.source {
        Source::Kubeconfig { path, context } => {
            kubeconfig::find(path.as_deref(), context.as_deref()).await?
        }
        Source::InCluster => in_cluster()?,
        Source::Url { url, token } => at_address(url, token.as_deref())?,
    };
    let url = client.cluster_url.to_string();
    let url = url.trim_end_matches('/').to_owned();
    if client.accept_invalid_certs {
        warnings.push(Warning::new(
            "connection",
            format!("{place} says insecure-skip-tls-verify: {url} may be anybody"),
        ));
    }
    // Retries are counted and shown here; in the client they would be neither.
    client.default_retry = false;
    client.connect_timeout = Some(config.timing.answer);
    client.headers = header("accept", "application/json")
        .into_iter()
        .chain(header(
            "user-agent",
            concat!("drydock/", env!("CARGO_PKG_VERSION")),
        ))
        .collect();
    let plugin = never_interactive(&mut client.auth_info, &place)?;
    // A login plugin runs in here, and takes its time.
    let made = tokio::task::spawn_blocking(move || Client::try_from(client)).await;
    let client = match made {
        Ok(Ok(client)) => client,
        Ok(Err(error)) => return Err(refused(place, url, plugin.as_ref(), &error)),
        Err(stopped) => {
            return Err(ConnectError::Login {
                place,
                problem: stopped.to_string(),
            });
        }
    };
    Ok(Access {
        client,
        place,
        url,
        warnings,
    })
}

/// A label as of RFC 1123, which is what the API server takes for a namespace.
fn check_namespace(namespace: &str) -> Result<(), ConnectError> {
    let letters = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit();
    let right = !namespace.is_empty()
        && namespace.len() <= 63
        && namespace.chars().all(|c| letters(c) || c == '-')
        && namespace.starts_with(letters)
        && namespace.ends_with(letters);
    if right {
        Ok(())
    } else {
        Err(ConnectError::Namespace {
            namespace: namespace.to_owned(),
        })
    }
}

fn in_cluster() -> Result<Found, ConnectError> {
    let config = ClientConfig::incluster().map_err(|error| ConnectError::InCluster {
        problem: error.to_string(),
    })?;
    Ok(Found {
        config,
        place: "the service account of this pod".to_owned(),
        warnings: Vec::new(),
    })
}

fn at_address(url: &str, token: Option<&str>) -> Result<Found, ConnectError> {
    let wrong = |problem: String| ConnectError::Address {
        url: url.to_owned(),
        problem,
    };
    let mut config = ClientConfig::new(url.parse().map_err(|error| wrong(format!("{error}")))?);
    check_address(&config).map_err(|problem| wrong(problem.to_owned()))?;
    config.auth_info = AuthInfo {
        token: token.map(Into::into),
        ..AuthInfo::default()
    };
    Ok(Found {
        config,
        place: "the given address".to_owned(),
        warnings: Vec::new(),
    })
}

/// What is wrong with the address, if anything is.
pub(crate) fn check_address(config: &ClientConfig) -> Result<(), &'static str> {
    let url = &config.cluster_url;
    match url.scheme_str() {
        None => Err("it has no scheme"),
        Some("http" | "https") if url.host().is_none_or(str::is_empty) => Err("it has no host"),
        Some("http" | "https") => Ok(()),
        Some(_) => Err("its scheme is neither http nor https"),
    }
}

/// A header of every request, if it reads as one, which a constant does.
fn header<N, V>(name: &str, value: &str) -> Option<(N, V)>
where
    N: std::str::FromStr,
    V: std::str::FromStr,
{
    Some((name.parse().ok()?, value.parse().ok()?))
}

/// Tells a login plugin that nobody can type, as client-go does where standard input is no terminal; a plugin that says it
/// needs somebody is refused before it waits for ever.
fn never_interactive(user: &mut AuthInfo, place: &str) -> Result<Option<ExecConfig>, ConnectError> {
    let Some(plugin) = &mut user.exec else {
        return Ok(None);
    };
    if plugin.interactive_mode == Some(ExecInteractiveMode::Always) {
        return Err(ConnectError::Login {
            place: place.to_owned(),
            problem: format!(
                "its login plugin {} has interactiveMode Always, and nobody can type here; log in with kubectl and use a \
                 context whose plugin can do without",
                command(plugin)
            ),
        });
    }
    plugin.interactive_mode = Some(ExecInteractiveMode::Never);
    Ok(Some(plugin.clone()))
}

fn command(plugin: &ExecConfig) -> String {
    format!("{:?}", plugin.command.as_deref().unwrap_or_default())
}

/// Why the client could not be made.
fn refused(place: String, url: String, plugin: Option<&ExecConfig>, error: &Error) -> ConnectError {
    match error {
        Error::Auth(cause) => {
            let mut problem = explain_login(cause);
            if let Some(plugin) = plugin {
                problem = format!("{} (command: {})", problem, command(plugin));
                if let Some(hint) = &plugin.install_hint {
                    problem = format!("{problem}; {}", super::read_error::quote(hint));
                }
            }
            ConnectError::Login { place, problem }
        }
        Error::RustlsTls(cause) => ConnectError::Tls {
            place,
            url,
            problem: cause.to_string(),
        },
        Error::InferKubeconfig(cause) => ConnectError::Login {
            place,
            problem: cause.to_string(),
        },
        Error::ProxyProtocolUnsupported { proxy_url } => ConnectError::Kubeconfig {
            place,
            problem: format!(
                "the proxy {:?} speaks a protocol that is not known here",
                proxy_url.host().unwrap_or_default()
            ),
            remedy: "give proxy-url as http:// or socks5://".to_owned(),
        },
        other => match explain(other) {
            ReadError::Login(problem) => ConnectError::Login { place, problem },
            cause => ConnectError::of(&place, &url, cause),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn namespaces() {
        for right in ["default", "a", "team-1", "0", &"x".repeat(63)] {
            assert!(check_namespace(right).is_ok(), "{right}");
        }
        for wrong in [
            "",
            "Team",
            "a_b",
            "-a",
            "a-",
            "a/b",
            "ä",
            "a.b",
            &"x".repeat(64),
        ] {
            assert!(check_namespace(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn addresses() {
        let check = |url: &str, expect: Option<&str>| {
            let got = at_address(url, None).err().map(|error| error.to_string());
            match (got, expect) {
                (None, None) => {}
                (Some(got), Some(expect)) => assert!(got.contains(expect), "{got}"),
                (got, _) => panic!("{url}: {got:?}"),
            }
        };
        check("https://h:6443", None);
        check("http://127.0.0.1:8001/prefix", None);
        check("h:6443", Some("it has no scheme"));
        check("ftp://h", Some("neither http nor https"));
        check("https://a b", Some("is not the address of an API server"));
        check("", Some("is not the address of an API server"));
    }
}

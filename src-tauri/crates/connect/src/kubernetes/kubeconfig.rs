//! The kubeconfig: which files, which context, and whether they hold what a connection needs.

use std::env;
use std::path::{Path, PathBuf};

use hyper_util::client::proxy::matcher::Matcher;
use kube::config::{
    Config as ClientConfig, Context, KubeConfigOptions, Kubeconfig, KubeconfigError,
};

use super::access::{Found, check_address};
use super::error::ConnectError;
use super::warning::Warning;

/// Reads address, trust and credentials of a context.
pub(crate) async fn find(
    path: Option<&Path>,
    context: Option<&str>,
) -> Result<Found, ConnectError> {
    let (files, kubeconfig) = read(path)?;
    let (name, meant) = choose(&files, &kubeconfig, context)?;
    let place = format!("kubeconfig {files}, context {name:?}");
    let wrong = |problem: String, remedy: &str| ConnectError::Kubeconfig {
        place: place.clone(),
        problem,
        remedy: remedy.to_owned(),
    };

    let clusters = kubeconfig.clusters.iter();
    let Some(cluster) = clusters
        .clone()
        .find(|cluster| cluster.name == meant.cluster)
        .and_then(|named| named.cluster.as_ref())
    else {
        let there = names(clusters.map(|cluster| cluster.name.as_str()));
        return Err(wrong(
            format!(
                "it names the cluster {:?}, which is not there",
                meant.cluster
            ),
            &format!("clusters there: {there}"),
        ));
    };
    if cluster.server.as_deref().is_none_or(str::is_empty) {
        return Err(wrong(
            format!("its cluster {:?} has no server", meant.cluster),
            "write server: https://host:6443",
        ));
    }
    let mut warnings = Vec::new();
    if let Some(user) = meant.user.as_deref().filter(|user| !user.is_empty())
        && !kubeconfig.auth_infos.iter().any(|known| known.name == user)
    {
        let there = names(kubeconfig.auth_infos.iter().map(|user| user.name.as_str()));
        warnings.push(Warning::new(
            "connection",
            format!(
                "{place} names the user {user:?}, which is not there (users there: {there}): the cluster is asked by nobody"
            ),
        ));
    }
    let proxy_named = cluster
        .proxy_url
        .as_deref()
        .is_some_and(|url| !url.is_empty());

    let options = KubeConfigOptions {
        context: Some(name.clone()),
        ..KubeConfigOptions::default()
    };
    let mut config = ClientConfig::from_custom_kubeconfig(kubeconfig.clone(), &options)
        .await
        .map_err(|error| {
            let remedy = match &error {
                KubeconfigError::ParseClusterUrl(_) => "write server: https://host:6443",
                KubeconfigError::ParseProxyUrl(_) => "write proxy-url as http:// or socks5://",
                KubeconfigError::LoadCertificateAuthority(_)
                | KubeconfigError::ParseCertificates(_) => {
                    "give certificate-authority (a PEM file) or certificate-authority-data (base64 of one)"
                }
                _ => "see kubectl config view",
            };
            wrong(error.to_string(), remedy)
        })?;
    if let Err(problem) = check_address(&config) {
        let problem = format!("server {:?} is no address: {problem}", config.cluster_url);
        return Err(wrong(problem, "write server: https://host:6443"));
    }
    // The client holds NO_PROXY against the proxy's name instead of the server's.
    if !proxy_named && Matcher::from_env().intercept(&config.cluster_url).is_none() {
        config.proxy_url = None;
    }
    Ok(Found {
        config,
        place,
        warnings,
    })
}

/// The files that are there, in one text for messages, and what they say together.
fn read(path: Option<&Path>) -> Result<(String, Kubeconfig), ConnectError> {
    let candidates = match path {
        Some(path) => vec![path.to_owned()],
        None => default_files(),
    };
    let looked = names(candidates.iter().map(|path| path.to_str().unwrap_or("?")));
    let there: Vec<&PathBuf> = candidates.iter().filter(|path| path.exists()).collect();
    if there.is_empty() {
        return Err(ConnectError::Kubeconfig {
            place: format!("kubeconfig {looked}"),
            problem: "there is no such file".to_owned(),
            remedy: "give the path of a kubeconfig, or name one in KUBECONFIG".to_owned(),
        });
    }
    let mut merged = Kubeconfig::default();
    for path in &there {
        let wrong = |error: KubeconfigError| ConnectError::Kubeconfig {
            place: format!("kubeconfig {}", path.display()),
            problem: explain(&error),
            remedy: "it has to be YAML of kind Config, as kubectl config view prints".to_owned(),
        };
        let one = Kubeconfig::read_from(path).map_err(wrong)?;
        merged = merged.merge(one).map_err(wrong)?;
    }
    let files = names(there.iter().map(|path| path.to_str().unwrap_or("?")));
    Ok((files, merged))
}

/// `KUBECONFIG`, else `~/.kube/config` (kubectl's loading rules). Empty names do not count.
fn default_files() -> Vec<PathBuf> {
    let named: Vec<PathBuf> = env::var_os("KUBECONFIG")
        .map(|list| env::split_paths(&list).collect())
        .unwrap_or_default();
    let named: Vec<PathBuf> = named
        .into_iter()
        .filter(|path| !path.as_os_str().is_empty())
        .collect();
    if named.is_empty() {
        let home = env::home_dir().unwrap_or_default();
        vec![home.join(".kube/config")]
    } else {
        named
    }
}

/// Never quotes the file: its lines hold tokens.
fn explain(error: &KubeconfigError) -> String {
    match error {
        KubeconfigError::Parse(error) => match error.location() {
            Some(at) => format!("line {}, column {} does not read", at.line(), at.column()),
            None => "it does not read".to_owned(),
        },
        KubeconfigError::ReadConfig(cause, _) => format!("it cannot be read: {cause}"),
        other => other.to_string(),
    }
}

fn choose(
    files: &str,
    kubeconfig: &Kubeconfig,
    wanted: Option<&str>,
) -> Result<(String, Context), ConnectError> {
    let there = || {
        names(
            kubeconfig
                .contexts
                .iter()
                .map(|context| context.name.as_str()),
        )
    };
    let current = kubeconfig.current_context.as_deref();
    let Some(name) = wanted.or(current).filter(|name| !name.is_empty()) else {
        return Err(ConnectError::Kubeconfig {
            place: format!("kubeconfig {files}"),
            problem: "no context is named, and it has no current-context".to_owned(),
            remedy: format!("name one of its contexts: {}", there()),
        });
    };
    let found = kubeconfig.contexts.iter().find(|known| known.name == name);
    match found.and_then(|named| named.context.clone()) {
        Some(context) => Ok((name.to_owned(), context)),
        None => Err(ConnectError::Kubeconfig {
            place: format!("kubeconfig {files}"),
            problem: format!("it has no context {name:?}"),
            remedy: format!("name one of its contexts: {}", there()),
        }),
    }
}

fn names<'a>(names: impl Iterator<Item = &'a str>) -> String {
    let names: Vec<&str> = names.collect();
    if names.is_empty() {
        "none".to_owned()
    } else {
        names.join(", ")
    }
}

//! Kubeconfig, login plugins, service accounts: what is missing is named with its place, and nothing secret is quoted.

use std::fs;
use std::path::PathBuf;
use std::time::Duration;

use drydock_connect::kubernetes::{Config, ConnectError, Connection, Source, State};
use tempfile::TempDir;

use crate::mock_api::{Fault, MockApi, On, PATIENCE, quick};

/// A folder with a kubeconfig.
struct Home {
    folder: TempDir,
}

impl Home {
    fn of(kubeconfig: &str) -> Self {
        let home = Self {
            folder: TempDir::new().expect("a folder"),
        };
        fs::write(home.path("config"), kubeconfig).expect("written");
        home
    }

    /// One cluster, one context `test`, and a user of these lines.
    fn with_user(server: &str, user: &str) -> Self {
        let user = format!("      {}\n", user.replace('\n', "\n      "));
        Self::of(&format!(
            "apiVersion: v1\nkind: Config\ncurrent-context: test\n\
             clusters:\n  - name: here\n    cluster:\n      server: {server}\n\
             contexts:\n  - name: test\n    context:\n      cluster: here\n      user: me\n\
             users:\n  - name: me\n    user:\n{user}"
        ))
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn open(&self, context: Option<&str>) -> Result<Connection, ConnectError> {
        open(Source::Kubeconfig {
            path: Some(self.path("config")),
            context: context.map(str::to_owned),
        })
    }

    /// Holds that there is no connection, and what is said about it.
    fn check(&self, context: Option<&str>, parts: &[&str]) -> ConnectError {
        let error = self.open(context).err().expect("no connection");
        let text = error.to_string();
        let file = self.path("config");
        for part in parts.iter().chain(&[file.to_str().expect("UTF-8")]) {
            assert!(text.contains(part), "{text}\nwithout {part}");
        }
        assert!(!text.contains("hunter2"), "{text}");
        error
    }
}

fn open(source: Source) -> Result<Connection, ConnectError> {
    Connection::open(Config {
        source,
        namespace: None,
        timing: quick(),
    })
}

#[test]
fn a_kubeconfig_leads_to_the_cluster() {
    let mock = MockApi::start();
    mock.want_token(Some("hunter2"));
    let home = Home::with_user(&mock.url(), "token: hunter2");
    for context in [None, Some("test")] {
        let connection = home.open(context).expect("connected");
        mock.settle(&connection);
        assert!(
            connection.place().ends_with("config, context \"test\""),
            "{}",
            connection.place()
        );
    }
}

#[test]
fn a_token_file_is_read() {
    let mock = MockApi::start();
    mock.want_token(Some("hunter2"));
    let home = Home::with_user(&mock.url(), "tokenFile: token");
    home.check(None, &["no credentials", "token file"]);
    fs::write(home.path("token"), "hunter2").expect("written");
    mock.settle(&home.open(None).expect("connected"));
}

#[test]
fn a_kubeconfig_says_what_it_lacks() {
    let home = Home::with_user("https://127.0.0.1:1", "token: hunter2");
    home.check(
        Some("prod"),
        &[
            "it has no context \"prod\"",
            "name one of its contexts: test",
        ],
    );
    let cut = |from: &str, to: &str| {
        let text = fs::read_to_string(home.path("config")).expect("read");
        assert!(text.contains(from), "{from}");
        Home::of(&text.replace(from, to))
    };
    cut("current-context: test\n", "").check(
        None,
        &[
            "no context is named, and it has no current-context",
            "contexts: test",
        ],
    );
    cut("cluster: here", "cluster: there").check(
        None,
        &[
            "context \"test\"",
            "the cluster \"there\", which is not there",
            "clusters there: here",
        ],
    );
    cut("server: https://127.0.0.1:1", "x: y").check(None, &["has no server", "https://host:6443"]);
    cut("https://127.0.0.1:1", "127.0.0.1").check(None, &["no scheme", "https://host:6443"]);
    cut("https://127.0.0.1:1", "'https://a b'")
        .check(None, &["context \"test\"", "https://host:6443"]);
    let ca = "https://127.0.0.1:1\n      certificate-authority: ca.pem";
    cut("https://127.0.0.1:1", ca).check(None, &["ca.pem", "certificate-authority"]);
    let proxy = "https://127.0.0.1:1\n      proxy-url: 'quic://p'";
    cut("https://127.0.0.1:1", proxy).check(None, &["proxy-url", "socks5://"]);
}

#[test]
fn a_kubeconfig_that_does_not_read_is_not_quoted() {
    for (text, place) in [
        (
            "users:\n  - name: me\n    user: {token: hunter2\nx: [",
            "line ",
        ),
        ("users: hunter2\n", "line 1"),
    ] {
        Home::of(text).check(None, &[place, "does not read", "kind Config"]);
    }
    Home::of("").check(None, &["no current-context", "contexts: none"]);
}

#[test]
fn a_file_that_is_not_there_is_named() {
    let source = Source::Kubeconfig {
        path: Some("/nowhere/kubeconfig".into()),
        context: None,
    };
    let text = open(source).err().expect("no connection").to_string();
    for part in ["/nowhere/kubeconfig", "no such file", "KUBECONFIG"] {
        assert!(text.contains(part), "{text}");
    }
}

#[test]
fn a_user_that_is_not_there_is_a_warning() {
    let mock = MockApi::start();
    let home = Home::with_user(&mock.url(), "token: hunter2");
    let text = fs::read_to_string(home.path("config")).expect("read");
    let home = Home::of(&text.replace("user: me", "user: you"));
    let snapshot = mock.settle(&home.open(None).expect("connected"));
    let message = &snapshot.warnings[0].message;
    assert!(
        message.contains("names the user \"you\"") && message.contains("me"),
        "{message}"
    );
}

#[test]
fn no_cluster_around_this_process_is_said() {
    let error = open(Source::InCluster).err().expect("tests run in no pod");
    let text = error.to_string();
    for part in ["runs in no pod", "K8S_IN_CLUSTER", "kubeconfig"] {
        assert!(text.contains(part), "{text}");
    }
}

#[test]
fn nobody_there_is_said() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    let url = format!("http://{}", listener.local_addr().expect("an address"));
    drop(listener);
    let error = Home::with_user(&url, "token: hunter2").check(None, &["cannot be reached", &url]);
    assert!(
        matches!(error, ConnectError::Unreachable { .. }),
        "{error:?}"
    );
}

#[test]
fn a_server_that_never_answers_is_given_up() {
    let mock = MockApi::start();
    mock.always(On::List, "/version", Fault::Hangs);
    let mut config = mock.config();
    config.timing.open = Duration::from_millis(200);
    let error = Connection::open(config).err().expect("no connection");
    assert!(matches!(error, ConnectError::TimedOut { .. }), "{error:?}");
    assert!(error.to_string().contains(&mock.url()), "{error}");
}

#[cfg(unix)]
mod plugins {
    use super::*;

    /// A login plugin that is a shell script.
    fn home(server: &str, script: &str, more: &str) -> Home {
        let home = Home::with_user(
            server,
            &format!(
                "exec:\n  apiVersion: client.authentication.k8s.io/v1\n  command: sh\n  args: [plugin.sh]\n{more}"
            ),
        );
        let plugin = home.path("plugin.sh");
        fs::write(&plugin, script).expect("written");
        let config = fs::read_to_string(home.path("config")).expect("read");
        let absolute = config.replace("plugin.sh", plugin.to_str().expect("UTF-8"));
        fs::write(home.path("config"), absolute).expect("written");
        home
    }

    const LOGIN: &str = r#"echo '{"apiVersion":"client.authentication.k8s.io/v1","kind":"ExecCredential","status":{"token":"hunter2"}}'"#;

    #[test]
    fn a_plugin_gives_a_token() {
        let mock = MockApi::start();
        mock.want_token(Some("hunter2"));
        for mode in ["Never", "IfAvailable"] {
            // Nobody can type: a plugin that reads gets the end of its input at once.
            let script = format!("read line\n{LOGIN}");
            let home = home(
                &mock.url(),
                &script,
                &format!("  interactiveMode: {mode}\n"),
            );
            let connection = home.open(None).expect("connected");
            let snapshot = connection.wait_until_synced(PATIENCE).expect("synced");
            assert_eq!(snapshot.state, State::Connected);
        }
    }

    #[test]
    fn a_plugin_that_fails_is_named() {
        let server = "http://127.0.0.1:1";
        let login = |error: &ConnectError| matches!(error, ConnectError::Login { .. });
        let script =
            "echo hunter2\necho 'starting' >&2\necho 'session expired, run login' >&2\nexit 3";
        let error = home(server, script, "").check(
            None,
            &[
                "context \"test\"",
                "exit status: 3",
                "session expired, run login",
                "command: \"sh\"",
            ],
        );
        assert!(login(&error), "{error:?}");
        let error = home(server, "echo '{\"kind\": hunter2'", "")
            .check(None, &["printed no ExecCredential", "\"sh\""]);
        assert!(login(&error), "{error:?}");
        home(server, "echo '{\"kind\": \"ExecCredential\"}'", "")
            .check(None, &["no ExecCredential"]);
        home(server, LOGIN, "  interactiveMode: Always\n")
            .check(None, &["interactiveMode Always", "nobody can type here"]);
    }

    #[test]
    fn a_plugin_that_is_not_installed_is_named_with_its_hint() {
        let user = "exec:\n  apiVersion: client.authentication.k8s.io/v1\n  command: no-such-plugin-here\n  \
                    installHint: get it from example.com";
        let home = Home::with_user("http://127.0.0.1:1", user);
        home.check(
            None,
            &[
                "could not be started",
                "no-such-plugin-here",
                "get it from example.com",
            ],
        );
    }

    #[test]
    fn a_plugin_that_never_ends_is_given_up() {
        let home = home("http://127.0.0.1:1", "sleep 4", "");
        let mut config = Config {
            source: Source::Kubeconfig {
                path: Some(home.path("config")),
                context: None,
            },
            namespace: None,
            timing: quick(),
        };
        config.timing.open = Duration::from_millis(100);
        let error = Connection::open(config).err().expect("no connection");
        assert!(
            error.to_string().contains("a login plugin that waits"),
            "{error}"
        );
    }
}

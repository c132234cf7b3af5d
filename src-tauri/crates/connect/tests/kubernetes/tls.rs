//! TLS: a server that is who it should be is read, and for one that is not the reason is given.

use std::fs;
use std::sync::Arc;

use drydock_connect::kubernetes::{Config, ConnectError, Connection, Source};
use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair};
use tempfile::TempDir;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};

use crate::mock_api::{MockApi, quick};

/// An authority, and a server with a certificate of it.
struct Secured {
    mock: MockApi,
    authority: String,
}

impl Secured {
    fn start(name: &str, authority: &str) -> Self {
        let key = KeyPair::generate().expect("a key");
        let mut params = CertificateParams::new(Vec::new()).expect("no names");
        params
            .distinguished_name
            .push(DnType::CommonName, authority);
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let authority = params.self_signed(&key).expect("signed").pem();
        let issuer = Issuer::new(params, key);
        let key = KeyPair::generate().expect("a key");
        let params = CertificateParams::new(vec![name.to_owned()]).expect("a name");
        let certificate = params.signed_by(&key, &issuer).expect("signed");
        let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(key.serialize_der()));
        let config = ServerConfig::builder()
            .with_no_client_auth()
            .with_single_cert(vec![certificate.der().clone()], key)
            .expect("a configuration");
        Self {
            mock: MockApi::start_with(Some(TlsAcceptor::from(Arc::new(config)))),
            authority,
        }
    }

    fn open(&self, scheme: &str, lines: &str, authority: &str) -> Result<Connection, ConnectError> {
        let folder = TempDir::new().expect("a folder");
        fs::write(folder.path().join("ca.pem"), authority).expect("written");
        let path = folder.path().join("config");
        let text = format!(
            "kind: Config\ncurrent-context: test\nclusters: [{{name: here, cluster: {{server: '{scheme}://localhost:{}', {lines}}}}}]\n\
             contexts: [{{name: test, context: {{cluster: here}}}}]\n",
            self.mock.port()
        );
        fs::write(&path, text).expect("written");
        Connection::open(Config {
            source: Source::Kubeconfig {
                path: Some(path),
                context: None,
            },
            namespace: None,
            timing: quick(),
        })
    }

    fn check(&self, scheme: &str, lines: &str, authority: &str, parts: &[&str]) {
        let error = self
            .open(scheme, lines, authority)
            .err()
            .expect("no connection");
        assert!(matches!(error, ConnectError::Tls { .. }), "{error:?}");
        let text = error.to_string();
        for part in parts
            .iter()
            .chain(&["config, context \"test\"", "localhost"])
        {
            assert!(text.contains(part), "{text}\nwithout {part}");
        }
    }
}

const CA: &str = "certificate-authority: ca.pem";

#[test]
fn an_authority_that_is_known_is_trusted() {
    let server = Secured::start("localhost", "kubernetes");
    let connection = server
        .open("https", CA, &server.authority)
        .expect("connected");
    server.mock.settle(&connection);
}

#[test]
fn a_server_that_nobody_vouches_for_is_refused() {
    let server = Secured::start("localhost", "kubernetes");
    // Another authority, or one of the same name, as of a cluster that was made anew.
    for name in ["somebody", "kubernetes"] {
        let other = Secured::start("localhost", name);
        server.check("https", CA, &other.authority, &["certificate-authority"]);
    }
    server.check("https", "disable-compression: true", "", &["certificate"]);
}

#[test]
fn a_certificate_for_another_name_is_refused_unless_that_name_is_given() {
    let server = Secured::start("kubernetes.example", "kubernetes");
    server.check("https", CA, &server.authority, &["tls-server-name"]);
    let named = format!("{CA}, tls-server-name: kubernetes.example");
    let connection = server
        .open("https", &named, &server.authority)
        .expect("connected");
    server.mock.settle(&connection);
}

#[test]
fn no_check_is_a_warning() {
    let server = Secured::start("kubernetes.example", "kubernetes");
    let connection = server
        .open("https", "insecure-skip-tls-verify: true", "")
        .expect("connected");
    let snapshot = server.mock.settle(&connection);
    assert!(
        snapshot.warnings[0]
            .message
            .contains("insecure-skip-tls-verify")
    );
}

#[test]
fn a_server_without_tls_is_told_apart() {
    let mock = MockApi::start();
    let server = Secured {
        mock,
        authority: String::new(),
    };
    server.check("https", "disable-compression: true", "", &["write http://"]);
}

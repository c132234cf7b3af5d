//! The client of Redis against what is none, and against servers that play scenarios.
#![allow(clippy::unwrap_used, reason = "a test")]

use std::io::{Read, Write};
use std::net::TcpListener;
use std::time::Duration;

use drydock_connect::redis::{RedisError, RedisSettings, Tls, read_info, read_nodes};

/// A server that answers whatever is asked with these bytes, or not at all where there are none.
fn server(answer: &'static [u8]) -> RedisSettings {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    std::thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        let mut asked = [0; 1024];
        while stream.read(&mut asked).is_ok_and(|read| read > 0) {
            if stream.write_all(answer).is_err() {
                return;
            }
        }
    });
    RedisSettings {
        timeout: Duration::from_millis(500),
        ..RedisSettings::new("127.0.0.1", port)
    }
}

#[test]
fn answers_are_told_apart() {
    for (answer, expect) in [
        (&b"$26\r\nused_memory:5\r\nhits:misses\r\n"[..], Ok(Some(5))),
        (b"*0\r\n", Err("ADDRESS does not answer as Redis does: ..")),
        (
            b"$12\r\nused_memory:\r\n",
            Err("INFO of ADDRESS: line 1: used_memory: \"\": a whole number from 0 is right"),
        ),
        (
            b"$5\r\nhello\r\n",
            Err("INFO of ADDRESS: line 1: hello: no `:` on the line: `name:value` is right"),
        ),
        (b"$0\r\n\r\n", Err("INFO of ADDRESS: no INFO of Redis: ..")),
        (
            b"-NOAUTH Authentication required.\r\n",
            Err("ADDRESS refuses access: .."),
        ),
        (
            b"-NOPERM this user has no permissions\r\n",
            Err("ADDRESS refuses access: .."),
        ),
        (
            b"-LOADING Redis is loading the dataset in memory\r\n",
            Err("ADDRESS answers with an error: .."),
        ),
        (
            b"-ERR unknown command\r\n",
            Err("ADDRESS answers with an error: .."),
        ),
        (
            b"HTTP/1.1 400 Bad Request\r\n\r\n",
            Err("ADDRESS does not answer as Redis does: .."),
        ),
        (b"", Err("ADDRESS has not answered within 0.5 s")),
    ] {
        let settings = server(answer);
        let address = format!("127.0.0.1:{}", settings.port);
        let got = read_info(&settings)
            .map(|reading| reading.info.used_memory)
            .map_err(|error| error.to_string().replace(&address, "ADDRESS"));
        match (expect, got) {
            (Ok(expect), Ok(got)) => assert_eq!(got, expect),
            (Err(expect), Err(got)) => match expect.strip_suffix("..") {
                Some(start) => assert!(got.starts_with(start), "{got}"),
                None => assert_eq!(got, expect),
            },
            (expect, got) => panic!("{expect:?} {got:?}"),
        }
    }
}

#[test]
fn silence_under_tls_ends_too() {
    let settings = RedisSettings {
        tls: Some(Tls::default()),
        ..server(b"")
    };
    let error = read_info(&settings).unwrap_err();
    assert!(matches!(error, RedisError::Timeout { .. }), "{error}");
}

#[test]
fn nodes_are_read_each_by_itself() {
    let nobody = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = nobody.local_addr().unwrap().port();
    drop(nobody);
    let nodes = [
        server(b"$13\r\nused_memory:1\r\n"),
        RedisSettings::new("127.0.0.1", port),
        server(b"$13\r\nused_memory:3\r\n"),
    ];
    let read = read_nodes(&nodes);
    let memory = |at: usize| read[at].as_ref().unwrap().info.used_memory;
    assert_eq!((memory(0), memory(2)), (Some(1), Some(3)));
    let error = read[1].as_ref().unwrap_err();
    assert!(matches!(error, RedisError::Unreachable { .. }), "{error}");
    assert!(error.to_string().contains("refused"), "{error}");
}

#[test]
fn settings_that_cannot_be() {
    let base = || RedisSettings::new("localhost", 6379);
    let with_ca = |pem: &str| RedisSettings {
        tls: Some(Tls {
            ca_pem: Some(pem.as_bytes().to_vec()),
        }),
        ..base()
    };
    for (settings, expect) in [
        (RedisSettings::new("", 1), "host: empty.."),
        (
            RedisSettings::new("a", 0),
            "port: 0: a port from 1 to 65535 is right",
        ),
        (
            RedisSettings {
                timeout: Duration::ZERO,
                ..base()
            },
            "timeout: 0 s: a time above 0 is right",
        ),
        (
            RedisSettings {
                user: Some("me".to_owned()),
                ..base()
            },
            "password: missing, where a user is named..",
        ),
        (with_ca(""), "ca_pem: no certificates.."),
        (with_ca("hello"), "ca_pem: no certificates.."),
        (
            with_ca("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"),
            "ca_pem: no certificates..",
        ),
    ] {
        let got = read_info(&settings).unwrap_err().to_string();
        assert!(got.starts_with(expect.trim_end_matches("..")), "{got}");
    }
    let secret = RedisSettings {
        password: Some("hush".to_owned()),
        ..base()
    };
    assert!(!format!("{secret:?}").contains("hush"));
}

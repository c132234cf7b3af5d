//! A real redis-server, read while it works.

use std::io::{BufRead, BufReader, Write};
use std::net::TcpStream;
use std::path::Path;
use std::process::Command;

use drydock_connect::redis::{RedisError, RedisSettings, Tls, read_info, read_nodes};
use drydock_import::redis_info::CacheInterval;

use super::start::{Server, certificates, program, until};

/// Starts redis-server with these arguments and reads it with these settings.
fn start(binary: &Path, arguments: &[&str], settings: impl Fn(&Server) -> RedisSettings) -> Server {
    start_at("--port", binary, arguments, settings)
}

/// The same, with the option that takes the port.
fn start_at(
    option: &str,
    binary: &Path,
    arguments: &[&str],
    settings: impl Fn(&Server) -> RedisSettings,
) -> Server {
    Server::start(
        |folder, port| {
            let mut command = Command::new(binary);
            command
                .args(["--bind", "127.0.0.1", "--save", "", "--appendonly", "no"])
                .args([option, &port.to_string()])
                .arg("--dir")
                .arg(folder)
                .args(arguments);
            command
        },
        |server| {
            read_info(&settings(server)).is_ok_and(|reading| {
                let process = reading.info.other.get("process_id");
                process == Some(&server.process().to_string())
            })
        },
    )
}

fn plain(server: &Server) -> RedisSettings {
    RedisSettings::new("127.0.0.1", server.port)
}

/// Sends commands and returns the first line of each answer that is not a bulk string, or the string.
fn send(server: &Server, commands: &[&str]) -> Vec<String> {
    let mut stream = TcpStream::connect(("127.0.0.1", server.port)).unwrap();
    let mut answers = BufReader::new(stream.try_clone().unwrap()).lines();
    let mut got = Vec::new();
    for command in commands {
        write!(stream, "{command}\r\n").unwrap();
        let first = answers.next().unwrap().unwrap();
        got.push(match first.strip_prefix('$') {
            Some("-1") => "nothing".to_owned(),
            Some(_) => answers.next().unwrap().unwrap(),
            None => first,
        });
    }
    got
}

#[test]
fn redis_counts_what_happens() {
    let Some(binary) = program("redis_counts_what_happens", "redis-server") else {
        return;
    };
    let server = start(&binary, &[], plain);
    let first = read_info(&plain(&server)).unwrap();
    assert!(first.info.version.is_some() && first.info.run_id.is_some());
    assert_eq!(first.info.mode.as_deref(), Some("standalone"));
    assert_eq!(first.info.replication.role.as_deref(), Some("master"));

    let got = send(
        &server,
        &[
            "SET a 1", "SET b 2", "GET a", "GET a", "GET b", "GET c", "GET d", "INCR x y",
        ],
    );
    assert_eq!(
        got[..7],
        ["+OK", "+OK", "1", "1", "2", "nothing", "nothing"]
    );
    assert!(got[7].starts_with("-ERR"), "{}", got[7]);
    let second = read_info(&plain(&server)).unwrap();
    let between = CacheInterval::between(&first, &second).unwrap();
    assert!(!between.restarted);
    assert_eq!((between.hits, between.misses), (Some(3), Some(2)));
    assert_eq!(between.hit_rate, Some(0.6));
    assert_eq!((between.evictions, between.expired), (Some(0), Some(0)));
    assert_eq!((between.keys, second.info.keyspace["db0"].keys), (2, 2));
    let get = &second.info.commandstats["get"];
    assert_eq!((get.calls, get.failed_calls), (5, Some(0)));
    assert!(
        second.info.latencystats["get"]
            .iter()
            .all(|at| at.usec >= 0.0)
    );
    assert_eq!(second.info.errorstats["ERR"], 1);

    let third = read_info(&plain(&server)).unwrap();
    let idle = CacheInterval::between(&second, &third).unwrap();
    assert_eq!(
        (idle.hits, idle.misses, idle.hit_rate),
        (Some(0), Some(0), None)
    );

    // Counters set to 0, and another run.
    assert_eq!(send(&server, &["CONFIG RESETSTAT", "GET a"]), ["+OK", "1"]);
    let reset = read_info(&plain(&server)).unwrap();
    let between = CacheInterval::between(&third, &reset).unwrap();
    assert!(between.restarted);
    assert_eq!((between.hits, between.misses), (Some(1), Some(0)));
    drop(server);
    let server = start(&binary, &[], plain);
    send(&server, &["GET a"]);
    let after = read_info(&plain(&server)).unwrap();
    let between = CacheInterval::between(&reset, &after).unwrap();
    assert!(between.restarted);
    assert_eq!(
        (between.hits, between.misses, between.hit_rate),
        (Some(0), Some(1), Some(0.0))
    );
}

#[test]
fn redis_drops_keys_at_its_limit() {
    let Some(binary) = program("redis_drops_keys_at_its_limit", "redis-server") else {
        return;
    };
    let limit = ["--maxmemory", "3mb", "--maxmemory-policy", "allkeys-lru"];
    let server = start(&binary, &limit, plain);
    let before = read_info(&plain(&server)).unwrap();
    assert_eq!(before.info.maxmemory, Some(3 << 20));
    assert_eq!(before.info.maxmemory_policy.as_deref(), Some("allkeys-lru"));
    let value = "v".repeat(10_000);
    let writes: Vec<String> = (0..400).map(|key| format!("SET k{key} {value}")).collect();
    let writes: Vec<&str> = writes.iter().map(String::as_str).collect();
    assert!(send(&server, &writes).iter().all(|answer| answer == "+OK"));
    let after = read_info(&plain(&server)).unwrap();
    let between = CacheInterval::between(&before, &after).unwrap();
    let evictions = between.evictions.unwrap();
    assert!(evictions > 0);
    assert_eq!(
        between.keys + evictions,
        400,
        "what is not there was dropped"
    );
}

#[test]
fn redis_asks_who_reads() {
    let Some(binary) = program("redis_asks_who_reads", "redis-server") else {
        return;
    };
    let with = |user: Option<&str>, password: &str| {
        let (user, password) = (user.map(str::to_owned), password.to_owned());
        move |server: &Server| RedisSettings {
            user: user.clone(),
            password: Some(password.clone()),
            ..plain(server)
        }
    };
    let server = start(
        &binary,
        &[
            "--requirepass",
            "hush",
            "--user",
            "reader",
            "on",
            ">words",
            "+info",
            "--user",
            "blind",
            "on",
            ">words",
            "+get",
        ],
        with(None, "hush"),
    );
    assert!(read_info(&with(Some("reader"), "words")(&server)).is_ok());
    for settings in [
        plain(&server),
        with(None, "wrong")(&server),
        with(Some("nobody"), "words")(&server),
        with(Some("blind"), "words")(&server),
    ] {
        let error = read_info(&settings).unwrap_err();
        assert!(
            matches!(error, RedisError::Denied { .. }),
            "{settings:?}: {error}"
        );
        for secret in ["hush", "words"] {
            assert!(!error.to_string().contains(secret), "{error}");
        }
    }
}

#[test]
fn redis_over_tls() {
    let Some(binary) = program("redis_over_tls", "redis-server") else {
        return;
    };
    let trusted = tempfile::tempdir().unwrap();
    let ca = certificates(trusted.path());
    let file = |name: &str| trusted.path().join(name).display().to_string();
    let with = |server: &Server, ca_pem: Option<Vec<u8>>| RedisSettings {
        tls: Some(Tls { ca_pem }),
        ..plain(server)
    };
    let server = start_at(
        "--tls-port",
        &binary,
        &[
            "--port",
            "0",
            "--tls-cert-file",
            &file("cert.pem"),
            "--tls-key-file",
            &file("key.pem"),
            "--tls-ca-cert-file",
            &file("ca.pem"),
            "--tls-auth-clients",
            "no",
        ],
        |server| with(server, Some(ca.clone())),
    );
    assert!(read_info(&with(&server, Some(ca.clone()))).is_ok());
    // Neither the system nor another authority knows this certificate.
    let other = certificates(tempfile::tempdir().unwrap().path());
    for ca_pem in [None, Some(other)] {
        let error = read_info(&with(&server, ca_pem)).unwrap_err();
        assert!(matches!(error, RedisError::Unreachable { .. }), "{error}");
        assert!(error.to_string().contains("certificate"), "{error}");
    }
    // Without TLS, where TLS is spoken.
    let error = read_info(&plain(&server)).unwrap_err();
    assert!(!matches!(error, RedisError::Denied { .. }), "{error}");
}

#[test]
fn redis_replica_follows_its_master() {
    let Some(binary) = program("redis_replica_follows_its_master", "redis-server") else {
        return;
    };
    let master = start(&binary, &[], plain);
    let of = format!("127.0.0.1 {}", master.port);
    let replica = start(
        &binary,
        &["--replicaof", &of, "--repl-diskless-sync-delay", "0"],
        plain,
    );
    let nodes = [plain(&master), plain(&replica)];
    let readings = until("the link of the replica", || {
        let readings: Vec<_> = read_nodes(&nodes).into_iter().map(Result::unwrap).collect();
        let up = readings[1].info.replication.link_status.as_deref() == Some("up");
        let online = readings[0]
            .info
            .replication
            .replicas
            .iter()
            .any(|one| one.state == "online");
        (up && online).then_some(readings)
    });
    let (above, below) = (&readings[0].info.replication, &readings[1].info.replication);
    assert_eq!(
        (above.role.as_deref(), above.connected_slaves),
        (Some("master"), Some(1))
    );
    assert_eq!(
        above.replicas[0].address,
        format!("127.0.0.1:{}", replica.port)
    );
    assert_eq!(below.role.as_deref(), Some("slave"));
    assert_eq!(
        below.master.as_deref(),
        Some(format!("127.0.0.1:{}", master.port).as_str())
    );
    assert!(below.replica_offset.is_some());
    drop(master);
    let down = until("the loss of the master", || {
        let now = read_info(&plain(&replica)).unwrap().info.replication;
        (now.link_status.as_deref() == Some("down")).then_some(now)
    });
    assert_eq!(down.last_io_s, None);
}

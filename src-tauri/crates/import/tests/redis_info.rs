//! INFO of real servers, and what lies between two readings.
#![allow(clippy::unwrap_used, reason = "a test")]

use std::path::PathBuf;

use drydock_import::redis_info::{
    CacheInterval, CacheReading, CommandStats, Database, IntervalError, RedisInfo, Replica,
};

fn saved(test: &str, file: &str) -> Option<RedisInfo> {
    let path = PathBuf::from(concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../../../../shared/data/observability/redis"
    ))
    .join(file);
    if !path.exists() {
        eprintln!("skipped: {test} needs ../shared/data/observability/redis/{file}");
        return None;
    }
    Some(RedisInfo::parse(&std::fs::read_to_string(path).unwrap()).unwrap())
}

#[test]
fn info_of_redis_6() {
    let Some(info) = saved("info_of_redis_6", "redis-6.0.9-info_all.txt") else {
        return;
    };
    assert_eq!(info.version.as_deref(), Some("6.0.9"));
    assert_eq!(info.mode.as_deref(), Some("standalone"));
    assert_eq!(info.uptime_s, Some(252_812));
    assert_eq!(
        (info.keyspace_hits, info.keyspace_misses),
        (Some(2), Some(0))
    );
    assert_eq!(info.used_memory, Some(867_160));
    assert_eq!(info.used_memory_peak, Some(923_360));
    assert_eq!(
        (info.maxmemory, info.maxmemory_policy.as_deref()),
        (Some(0), Some("noeviction"))
    );
    assert_eq!(info.maxclients, None, "from 7.0 on");
    assert_eq!(info.connected_clients, Some(1));
    assert_eq!(info.replication.role.as_deref(), Some("master"));
    assert_eq!(info.replication.offset, Some(0));
    assert_eq!(
        info.keyspace["db0"],
        Database {
            keys: 4,
            expires: 0,
            avg_ttl_ms: 0
        }
    );
    assert_eq!(
        info.commandstats["set"],
        CommandStats {
            calls: 3,
            usec: 140,
            usec_per_call: 46.67,
            rejected_calls: None,
            failed_calls: None,
        }
    );
    assert_eq!(info.commandstats.len(), 7);
    assert!(info.latencystats.is_empty() && info.errorstats.is_empty());
    assert_eq!(info.other["mem_allocator"], "jemalloc-5.1.0");
    assert_eq!(info.other["config_file"], "");
}

#[test]
fn info_of_redis_7() {
    let file = "redis-7.0.15-info_everything-generated-here.txt";
    let Some(info) = saved("info_of_redis_7", file) else {
        return;
    };
    assert_eq!(info.version.as_deref(), Some("7.0.15"));
    assert_eq!(
        (info.keyspace_hits, info.keyspace_misses),
        (Some(15_422), Some(44_878))
    );
    assert_eq!(
        (info.evicted_keys, info.expired_keys),
        (Some(103_577), Some(300))
    );
    assert_eq!(
        (info.maxmemory, info.maxclients),
        (Some(50_331_648), Some(10_000))
    );
    assert_eq!(info.total_commands_processed, Some(300_604));
    assert_eq!(info.keys(), 25);
    let get = &info.commandstats["get"];
    assert_eq!((get.calls, get.failed_calls), (60_300, Some(0)));
    assert!(info.commandstats.contains_key("config|get"));
    let incr: Vec<(f64, f64)> = info.latencystats["incr"]
        .iter()
        .map(|at| (at.percentile, at.usec))
        .collect();
    assert_eq!(incr, [(50.0, 1.003), (99.0, 5.023), (99.9, 12.031)]);
    assert_eq!(info.other["cluster_enabled"], "0");
}

#[test]
fn replicas_errors_and_parts_of_info() {
    let master = RedisInfo::parse(
        "# Replication\r\nrole:master\r\nconnected_slaves:2\r\nslave0:ip=10.0.0.2,port=6379,state=online,offset=98,lag=1\r\nslave1:ip=10.0.0.3,port=6379,state=wait_bgsave,offset=0,lag=-1\r\nmaster_repl_offset:100\r\n# Errorstats\r\nerrorstat_WRONGTYPE:count=7\r\n",
    )
    .unwrap();
    assert_eq!(master.replication.connected_slaves, Some(2));
    assert_eq!(
        master.replication.replicas,
        [
            Replica {
                address: "10.0.0.2:6379".to_owned(),
                state: "online".to_owned(),
                offset: 98,
                lag_s: Some(1),
            },
            Replica {
                address: "10.0.0.3:6379".to_owned(),
                state: "wait_bgsave".to_owned(),
                offset: 0,
                lag_s: None,
            },
        ]
    );
    assert_eq!(master.errorstats["WRONGTYPE"], 7);
    assert_eq!(master.version, None, "not in this section");

    let replica = RedisInfo::parse(
        "role:slave\nmaster_host:10.0.0.1\nmaster_port:6379\nmaster_link_status:down\nmaster_last_io_seconds_ago:-1\nmaster_link_down_since_seconds:12\nslave_repl_offset:90\nmaster_repl_offset:90\n",
    )
    .unwrap()
    .replication;
    assert_eq!(replica.master.as_deref(), Some("10.0.0.1:6379"));
    assert_eq!(replica.link_status.as_deref(), Some("down"));
    assert_eq!((replica.last_io_s, replica.link_down_s), (None, Some(12)));
    assert_eq!(replica.replica_offset, Some(90));

    let modules = RedisInfo::parse("# Modules\nmodule:name=search\nmodule:name=json\n").unwrap();
    assert_eq!(modules.other["module"], "name=search\nname=json");

    let only_cpu = RedisInfo::parse("# CPU\nused_cpu_sys:1.5\n").unwrap();
    assert_eq!(only_cpu.other["used_cpu_sys"], "1.5");
}

#[test]
fn what_is_no_info() {
    for (text, expect) in [
        (
            "",
            "no INFO of Redis: expected lines such as redis_version:7.0.15, as `redis-cli INFO` prints",
        ),
        ("apiVersion: v1\nkind: Pod\n", "no INFO of Redis.."),
        ("{\"a\": 1}\n", "no INFO of Redis.."),
        (
            "redis_version:7\nhello\n",
            "line 2: hello: no `:` on the line: `name:value` is right",
        ),
        (
            "used_memory:1.5M\n",
            "line 1: used_memory: \"1.5M\": a whole number from 0 is right",
        ),
        (
            "# Stats\nkeyspace_hits:-1\n",
            "line 2: keyspace_hits: \"-1\": a whole number from 0 is right",
        ),
        (
            "db0:keys=4\n",
            "line 1: db0: \"keys=4\": expires= is missing",
        ),
        (
            "db0:keys=x,expires=0,avg_ttl=0\n",
            "line 1: db0: \"keys=x,expires=0,avg_ttl=0\": keys= is no number",
        ),
        (
            "cmdstat_get:5\n",
            "line 1: cmdstat_get: \"5\": parts such as keys=4,expires=0 are right",
        ),
        (
            "latency_percentiles_usec_get:50=1\n",
            "line 1: latency_percentiles_usec_get: \"50=1\": percentiles such as p50=1.003 are right",
        ),
    ] {
        let got = RedisInfo::parse(text).unwrap_err().to_string();
        match expect.strip_suffix("..") {
            Some(start) => assert!(got.starts_with(start), "{text}: {got}"),
            None => assert_eq!(got, expect, "{text}"),
        }
    }
}

/// A reading of a run with so many hits, misses and commands.
fn reading(at: f64, run: &str, uptime: u64, hits: u64, misses: u64, ops: u64) -> CacheReading {
    let text = format!(
        "run_id:{run}\nuptime_in_seconds:{uptime}\nkeyspace_hits:{hits}\nkeyspace_misses:{misses}\ntotal_commands_processed:{ops}\nevicted_keys:{ops}\ndb0:keys=3,expires=0,avg_ttl=0\ndb1:keys=2,expires=0,avg_ttl=0\n"
    );
    CacheReading {
        at_unix_s: at,
        info: RedisInfo::parse(&text).unwrap(),
    }
}

#[test]
fn intervals() {
    let first = reading(100.0, "a", 50, 10, 10, 30);
    // Time, run, uptime, hits, misses, commands; then hits, misses, hit rate, commands, a second, restarted.
    for (later, expect) in [
        (
            reading(110.0, "a", 60, 40, 20, 80),
            (30, 10, Some(0.75), 50, Some(5.0), false),
        ),
        (
            reading(110.0, "a", 60, 10, 10, 30),
            (0, 0, None, 0, Some(0.0), false),
        ),
        // Another run, though every counter is higher.
        (
            reading(110.0, "b", 60, 40, 20, 80),
            (40, 20, Some(40.0 / 60.0), 80, None, true),
        ),
        // The counters were set to 0 in the same run.
        (
            reading(110.0, "a", 60, 1, 0, 2),
            (1, 0, Some(1.0), 2, None, true),
        ),
        (
            reading(110.0, "a", 5, 40, 20, 80),
            (40, 20, Some(40.0 / 60.0), 80, None, true),
        ),
    ] {
        let got = CacheInterval::between(&first, &later).unwrap();
        let (hits, misses, rate, ops, per_second, restarted) = expect;
        assert_eq!(
            (
                got.hits,
                got.misses,
                got.hit_rate,
                got.ops,
                got.ops_per_s,
                got.restarted
            ),
            (
                Some(hits),
                Some(misses),
                rate,
                Some(ops),
                per_second,
                restarted
            ),
            "{later:?}"
        );
        assert_eq!((got.from, got.to, got.keys), (100.0, 110.0, 5));
        assert_eq!(
            (got.evictions, got.expired),
            (Some(ops), None),
            "expired_keys was not read"
        );
    }
    for to in [100.0, 99.0, f64::NAN] {
        let later = reading(to, "a", 60, 40, 20, 80);
        let error = CacheInterval::between(&first, &later).unwrap_err();
        assert!(matches!(error, IntervalError::Backwards { .. }));
    }
}

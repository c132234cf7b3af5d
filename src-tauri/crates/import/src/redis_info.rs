//! What a Redis server says of itself: the text of `INFO`, saved or live, and what happened between two of them.
//!
//! Fields as the Redis documentation of the command INFO has them, from version 6.0 on. A section that is not there leaves its
//! fields `None`; fields without a place of their own are kept as text.

mod interval;
mod read;

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use thiserror::Error;

pub use interval::{CacheInterval, CacheReading, IntervalError};

/// Why a text is no INFO.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum RedisInfoError {
    /// A line does not say what its field means.
    #[error("line {line}: {field}: {problem}")]
    Field {
        /// Line, counted from 1.
        line: usize,
        /// The field, as Redis names it.
        field: String,
        /// What stands there, and what would be right.
        problem: String,
    },
    /// Not one field that INFO has.
    #[error(
        "no INFO of Redis: expected lines such as redis_version:7.0.15, as `redis-cli INFO` prints"
    )]
    NotInfo,
}

/// One reading of `INFO`.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct RedisInfo {
    /// Version of the server.
    pub version: Option<String>,
    /// `standalone`, `sentinel` or `cluster`.
    pub mode: Option<String>,
    /// A name that is new each time the server starts.
    pub run_id: Option<String>,
    /// Seconds since the server started.
    pub uptime_s: Option<u64>,
    /// Lookups that found a key.
    pub keyspace_hits: Option<u64>,
    /// Lookups that found none.
    pub keyspace_misses: Option<u64>,
    /// Keys dropped for want of memory.
    pub evicted_keys: Option<u64>,
    /// Keys whose time was up.
    pub expired_keys: Option<u64>,
    /// Commands served.
    pub total_commands_processed: Option<u64>,
    /// Commands served a second, as the server averages it.
    pub instantaneous_ops_per_sec: Option<u64>,
    /// Connections refused at `maxclients`.
    pub rejected_connections: Option<u64>,
    /// Connections taken.
    pub total_connections_received: Option<u64>,
    /// Bytes that the allocator gave out.
    pub used_memory: Option<u64>,
    /// The most of them so far.
    pub used_memory_peak: Option<u64>,
    /// Bytes that the operating system counts.
    pub used_memory_rss: Option<u64>,
    /// The limit in bytes; 0 is none.
    pub maxmemory: Option<u64>,
    /// What is dropped at the limit.
    pub maxmemory_policy: Option<String>,
    /// Clients connected, without replicas.
    pub connected_clients: Option<u64>,
    /// How many may be (from 7.0 on).
    pub maxclients: Option<u64>,
    /// Clients that wait in a blocking call.
    pub blocked_clients: Option<u64>,
    /// Databases by name, `db0` and on; those without keys are left out by the server.
    pub keyspace: BTreeMap<String, Database>,
    /// Who copies whom.
    pub replication: Replication,
    /// Commands by name.
    pub commandstats: BTreeMap<String, CommandStats>,
    /// Percentiles of the time of commands, by command (from 7.0 on).
    pub latencystats: BTreeMap<String, Vec<LatencyPercentile>>,
    /// Errors answered, by their prefix (from 6.2 on).
    pub errorstats: BTreeMap<String, u64>,
    /// Every other field as the server wrote it.
    pub other: BTreeMap<String, String>,
}

/// Keys of a database.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Database {
    /// Keys.
    pub keys: u64,
    /// Keys with a time to live.
    pub expires: u64,
    /// Mean time to live in milliseconds, as the server samples it; 0 where it has none.
    pub avg_ttl_ms: u64,
}

/// Who copies whom.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Replication {
    /// `master` or `slave`, as the server still says.
    pub role: Option<String>,
    /// Replicas connected.
    pub connected_slaves: Option<u64>,
    /// Bytes of the replication stream: written by a master, or known to a replica of its master.
    pub offset: Option<u64>,
    /// Of a replica: host and port of its master.
    pub master: Option<String>,
    /// Of a replica: `up` or `down`.
    pub link_status: Option<String>,
    /// Of a replica: bytes it has taken.
    pub replica_offset: Option<u64>,
    /// Of a replica: seconds since the master last spoke; `None` while the link is down.
    pub last_io_s: Option<u64>,
    /// Of a replica: seconds the link has been down.
    pub link_down_s: Option<u64>,
    /// Of a master: its replicas.
    pub replicas: Vec<Replica>,
}

/// A replica as its master sees it.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Replica {
    /// Host and port.
    pub address: String,
    /// `online`, `wait_bgsave` or `send_bulk`.
    pub state: String,
    /// Bytes it said it has.
    pub offset: u64,
    /// Seconds since it said so; `None` where it has not yet.
    pub lag_s: Option<u64>,
}

/// What calls of a command took.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct CommandStats {
    /// Calls.
    pub calls: u64,
    /// Microseconds of CPU in all of them.
    pub usec: u64,
    /// Microseconds a call.
    pub usec_per_call: f64,
    /// Calls refused before they ran (from 6.2 on).
    pub rejected_calls: Option<u64>,
    /// Calls that failed (from 6.2 on).
    pub failed_calls: Option<u64>,
}

/// One percentile of the time of a command.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct LatencyPercentile {
    /// The percentile, 0 to 100.
    pub percentile: f64,
    /// Microseconds.
    pub usec: f64,
}

impl RedisInfo {
    /// Reads the text of `INFO`, of any sections, as `redis-cli` prints it or as the protocol carries it.
    ///
    /// # Errors
    /// A known field whose value is none, and a text without any field of INFO.
    pub fn parse(text: &str) -> Result<Self, RedisInfoError> {
        read::info(text)
    }

    /// Keys of all databases.
    pub fn keys(&self) -> u64 {
        let keys = self.keyspace.values().map(|database| database.keys);
        keys.fold(0, u64::saturating_add)
    }
}

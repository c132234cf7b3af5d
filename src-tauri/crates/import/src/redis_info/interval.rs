//! What a cache did between two readings of INFO: differences of its counters, never negative.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use thiserror::Error;

use super::RedisInfo;

/// A reading of INFO and when it was taken.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct CacheReading {
    /// Unix seconds.
    pub at_unix_s: f64,
    /// What the server said.
    pub info: RedisInfo,
}

/// What happened between two readings. A field is `None` where a reading has not its counter.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct CacheInterval {
    /// Unix seconds of the earlier reading.
    pub from: f64,
    /// Unix seconds of the later one.
    pub to: f64,
    /// Counting began anew in between: the server started again, or its counters were set to 0. Everything counts from then
    /// on; what came before is lost.
    pub restarted: bool,
    /// Lookups that found a key.
    pub hits: Option<u64>,
    /// Lookups that found none.
    pub misses: Option<u64>,
    /// Hits of all lookups, 0 to 1; `None` where there were no lookups.
    pub hit_rate: Option<f64>,
    /// Keys dropped for want of memory.
    pub evictions: Option<u64>,
    /// Keys whose time was up.
    pub expired: Option<u64>,
    /// Commands served.
    pub ops: Option<u64>,
    /// Commands served a second; `None` after a restart, whose time within the interval is not known.
    pub ops_per_s: Option<f64>,
    /// Connections taken.
    pub connections: Option<u64>,
    /// Connections refused at `maxclients`.
    pub rejected_connections: Option<u64>,
    /// Bytes in use at the end.
    pub used_memory: Option<u64>,
    /// Keys at the end.
    pub keys: u64,
    /// Clients connected at the end.
    pub connected_clients: Option<u64>,
}

/// Why two readings have nothing between them.
#[derive(Debug, Clone, PartialEq, Error)]
pub enum IntervalError {
    /// The later reading is not later.
    #[error(
        "to: {to} is not after from: {from}; two readings in the order of their times are right"
    )]
    Backwards {
        /// Unix seconds.
        from: f64,
        /// Unix seconds.
        to: f64,
    },
}

impl CacheInterval {
    /// What happened from the one reading to the other. Both are of the same server.
    ///
    /// # Errors
    /// Readings that are not in the order of their times.
    pub fn between(earlier: &CacheReading, later: &CacheReading) -> Result<Self, IntervalError> {
        let (from, to) = (earlier.at_unix_s, later.at_unix_s);
        if !matches!(from.partial_cmp(&to), Some(std::cmp::Ordering::Less)) {
            return Err(IntervalError::Backwards { from, to });
        }
        let (before, after) = (&earlier.info, &later.info);
        let restarted = restarted(before, after);
        let grown = |count: fn(&RedisInfo) -> Option<u64>| {
            let now = count(after)?;
            let then = count(before)?;
            Some(if restarted { now } else { now - then })
        };
        let hits = grown(|info| info.keyspace_hits);
        let misses = grown(|info| info.keyspace_misses);
        let lookups = hits
            .zip(misses)
            .map(|(hits, misses)| hits.saturating_add(misses));
        let ops = grown(|info| info.total_commands_processed);
        Ok(Self {
            from,
            to,
            restarted,
            hits,
            misses,
            hit_rate: hits
                .zip(lookups.filter(|&lookups| lookups > 0))
                .map(|(hits, lookups)| hits as f64 / lookups as f64),
            evictions: grown(|info| info.evicted_keys),
            expired: grown(|info| info.expired_keys),
            ops,
            ops_per_s: ops
                .filter(|_| !restarted)
                .map(|ops| ops as f64 / (to - from)),
            connections: grown(|info| info.total_connections_received),
            rejected_connections: grown(|info| info.rejected_connections),
            used_memory: after.used_memory,
            keys: after.keys(),
            connected_clients: after.connected_clients,
        })
    }
}

/// Another run of the server, less uptime than before, or a counter that fell (`CONFIG RESETSTAT`).
fn restarted(before: &RedisInfo, after: &RedisInfo) -> bool {
    let counters: [fn(&RedisInfo) -> Option<u64>; 8] = [
        |info| info.uptime_s,
        |info| info.keyspace_hits,
        |info| info.keyspace_misses,
        |info| info.evicted_keys,
        |info| info.expired_keys,
        |info| info.total_commands_processed,
        |info| info.total_connections_received,
        |info| info.rejected_connections,
    ];
    let fell = |count: &fn(&RedisInfo) -> Option<u64>| {
        count(before)
            .zip(count(after))
            .is_some_and(|(then, now)| now < then)
    };
    let runs = before.run_id.as_ref().zip(after.run_id.as_ref());
    runs.is_some_and(|(then, now)| then != now) || counters.iter().any(fell)
}

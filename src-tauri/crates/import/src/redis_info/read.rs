//! Lines of INFO to their fields.

use std::collections::BTreeMap;
use std::str::FromStr;

use super::{
    CommandStats, Database, LatencyPercentile, RedisInfo, RedisInfoError, Replica, Replication,
};

/// A field on its line.
struct Field<'a> {
    line: usize,
    name: &'a str,
    value: &'a str,
}

pub(super) fn info(text: &str) -> Result<RedisInfo, RedisInfoError> {
    let mut info = RedisInfo::default();
    let mut master: (Option<&str>, Option<&str>) = (None, None);
    let (mut fields, mut others) = (0, 0);
    for (at, line) in text.lines().enumerate() {
        let line = line.trim_end_matches('\r');
        // The protocol begins a bulk string with `$` and its length; redis-cli with --raw does not.
        let bulk = at == 0 && line.starts_with('$');
        if line.is_empty() || line.starts_with('#') || bulk {
            continue;
        }
        let (name, value) = line.split_once(':').ok_or_else(|| RedisInfoError::Field {
            line: at + 1,
            field: line.chars().take(40).collect(),
            problem: "no `:` on the line: `name:value` is right".to_owned(),
        })?;
        let field = Field {
            line: at + 1,
            name,
            value,
        };
        fields += 1;
        match name {
            "master_host" => master.0 = Some(value),
            "master_port" => master.1 = Some(value),
            _ if server(&mut info, &field)? => {}
            _ if replication(&mut info.replication, &field)? => {}
            _ if named(&mut info, &field)? => {}
            // Some stand several times, such as `module`.
            _ => {
                others += 1;
                match info.other.get_mut(name) {
                    Some(known) => {
                        known.push('\n');
                        known.push_str(value);
                    }
                    None => {
                        info.other.insert(name.to_owned(), value.to_owned());
                    }
                }
            }
        }
    }
    if let (Some(host), Some(port)) = master {
        info.replication.master = Some(format!("{host}:{port}"));
    }
    if fields == others && !known_section(text) {
        return Err(RedisInfoError::NotInfo);
    }
    Ok(info)
}

/// Whether a section of INFO begins somewhere, such as `# CPU`, whose fields are all kept as text.
fn known_section(text: &str) -> bool {
    [
        "Server",
        "Clients",
        "Memory",
        "Persistence",
        "Stats",
        "CPU",
        "Modules",
        "Cluster",
        "Sentinel",
    ]
    .iter()
    .any(|section| {
        text.lines()
            .any(|line| line.strip_prefix("# ") == Some(section))
    })
}

/// Fields of one value; whether it is one.
fn server(info: &mut RedisInfo, field: &Field<'_>) -> Result<bool, RedisInfoError> {
    let text = match field.name {
        "redis_version" => &mut info.version,
        "redis_mode" => &mut info.mode,
        "run_id" => &mut info.run_id,
        "maxmemory_policy" => &mut info.maxmemory_policy,
        _ => {
            let count = match field.name {
                "uptime_in_seconds" => &mut info.uptime_s,
                "keyspace_hits" => &mut info.keyspace_hits,
                "keyspace_misses" => &mut info.keyspace_misses,
                "evicted_keys" => &mut info.evicted_keys,
                "expired_keys" => &mut info.expired_keys,
                "total_commands_processed" => &mut info.total_commands_processed,
                "instantaneous_ops_per_sec" => &mut info.instantaneous_ops_per_sec,
                "rejected_connections" => &mut info.rejected_connections,
                "total_connections_received" => &mut info.total_connections_received,
                "used_memory" => &mut info.used_memory,
                "used_memory_peak" => &mut info.used_memory_peak,
                "used_memory_rss" => &mut info.used_memory_rss,
                "maxmemory" => &mut info.maxmemory,
                "connected_clients" => &mut info.connected_clients,
                "maxclients" => &mut info.maxclients,
                "blocked_clients" => &mut info.blocked_clients,
                _ => return Ok(false),
            };
            *count = Some(field.count()?);
            return Ok(true);
        }
    };
    *text = Some(field.value.to_owned());
    Ok(true)
}

fn replication(known: &mut Replication, field: &Field<'_>) -> Result<bool, RedisInfoError> {
    match field.name {
        "role" => known.role = Some(field.value.to_owned()),
        "connected_slaves" => known.connected_slaves = Some(field.count()?),
        "master_repl_offset" => known.offset = Some(field.count()?),
        "master_link_status" => known.link_status = Some(field.value.to_owned()),
        "slave_repl_offset" => known.replica_offset = Some(field.count()?),
        // -1 while the link is down, or up.
        "master_last_io_seconds_ago" => known.last_io_s = field.count_or_minus_one()?,
        "master_link_down_since_seconds" => known.link_down_s = field.count_or_minus_one()?,
        _ => match field.name.strip_prefix("slave") {
            Some(number) if is_number(number) => known.replicas.push(replica(field)?),
            _ => return Ok(false),
        },
    }
    Ok(true)
}

fn replica(field: &Field<'_>) -> Result<Replica, RedisInfoError> {
    let parts = field.parts()?;
    Ok(Replica {
        address: format!(
            "{}:{}",
            field.part::<String>(&parts, "ip")?,
            field.part::<u16>(&parts, "port")?
        ),
        state: field.part(&parts, "state")?,
        offset: field.part(&parts, "offset")?,
        lag_s: u64::try_from(field.part::<i64>(&parts, "lag")?).ok(),
    })
}

/// Fields that stand once for each database, command or error; whether it is one.
fn named(info: &mut RedisInfo, field: &Field<'_>) -> Result<bool, RedisInfoError> {
    let name = field.name;
    if let Some(command) = name.strip_prefix("cmdstat_") {
        let parts = field.parts()?;
        let stats = CommandStats {
            calls: field.part(&parts, "calls")?,
            usec: field.part(&parts, "usec")?,
            usec_per_call: field.part(&parts, "usec_per_call")?,
            rejected_calls: field.optional(&parts, "rejected_calls")?,
            failed_calls: field.optional(&parts, "failed_calls")?,
        };
        info.commandstats.insert(command.to_owned(), stats);
    } else if let Some(command) = name.strip_prefix("latency_percentiles_usec_") {
        let mut percentiles = Vec::new();
        for (key, value) in field.parts()? {
            let percentile = key.strip_prefix('p').and_then(|key| key.parse().ok());
            let finite = |value: &f64| value.is_finite();
            let usec = value.parse().ok().filter(finite);
            let (Some(percentile), Some(usec)) = (percentile.filter(finite), usec) else {
                return Err(field.wrong("percentiles such as p50=1.003 are right"));
            };
            percentiles.push(LatencyPercentile { percentile, usec });
        }
        percentiles.sort_by(|one, other| one.percentile.total_cmp(&other.percentile));
        info.latencystats.insert(command.to_owned(), percentiles);
    } else if let Some(prefix) = name.strip_prefix("errorstat_") {
        let count = field.part(&field.parts()?, "count")?;
        info.errorstats.insert(prefix.to_owned(), count);
    } else if name.strip_prefix("db").is_some_and(is_number) {
        let parts = field.parts()?;
        let database = Database {
            keys: field.part(&parts, "keys")?,
            expires: field.part(&parts, "expires")?,
            avg_ttl_ms: field.part(&parts, "avg_ttl")?,
        };
        info.keyspace.insert(name.to_owned(), database);
    } else {
        return Ok(false);
    }
    Ok(true)
}

fn is_number(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit())
}

impl<'a> Field<'a> {
    fn wrong(&self, right: &str) -> RedisInfoError {
        RedisInfoError::Field {
            line: self.line,
            field: self.name.to_owned(),
            problem: format!("{:?}: {right}", self.value),
        }
    }

    fn count(&self) -> Result<u64, RedisInfoError> {
        self.value
            .parse()
            .map_err(|_| self.wrong("a whole number from 0 is right"))
    }

    fn count_or_minus_one(&self) -> Result<Option<u64>, RedisInfoError> {
        if self.value == "-1" {
            return Ok(None);
        }
        self.count().map(Some)
    }

    /// `a=1,b=2` by name.
    fn parts(&self) -> Result<BTreeMap<&'a str, &'a str>, RedisInfoError> {
        self.value
            .split(',')
            .map(|part| part.split_once('='))
            .collect::<Option<_>>()
            .ok_or_else(|| self.wrong("parts such as keys=4,expires=0 are right"))
    }

    fn part<T: FromStr>(
        &self,
        parts: &BTreeMap<&str, &str>,
        name: &str,
    ) -> Result<T, RedisInfoError> {
        self.optional(parts, name)?
            .ok_or_else(|| self.wrong(&format!("{name}= is missing")))
    }

    fn optional<T: FromStr>(
        &self,
        parts: &BTreeMap<&str, &str>,
        name: &str,
    ) -> Result<Option<T>, RedisInfoError> {
        parts
            .get(name)
            .map(|value| value.parse())
            .transpose()
            .map_err(|_| self.wrong(&format!("{name}= is no number")))
    }
}

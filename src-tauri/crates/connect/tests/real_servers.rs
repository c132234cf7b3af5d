//! Real servers, started for a test and stopped with it: what is read of them is what happened there.
#![allow(clippy::unwrap_used, reason = "a test")]

#[path = "real_servers/prometheus.rs"]
mod prometheus;
#[path = "real_servers/redis.rs"]
mod redis;
#[path = "real_servers/start.rs"]
mod start;

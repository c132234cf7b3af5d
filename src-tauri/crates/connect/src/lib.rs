//! Clients of living things: the Kubernetes API, Prometheus, Redis. They read and never write.

pub mod kubernetes;
pub mod prometheus;
pub mod redis;

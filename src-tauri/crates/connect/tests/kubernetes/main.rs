//! The read-only client of the Kubernetes API, against a mock API server that plays recorded answers and every mishap.

#[path = "../mock_api/mod.rs"]
mod mock_api;

mod credentials;
mod happenings;
mod lists;
mod permissions;
mod proxy;
mod reading;
mod tls;
mod watches;

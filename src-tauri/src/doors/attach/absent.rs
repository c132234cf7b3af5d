//! Where there are no Unix sockets, nobody listens and nobody attaches: a lab is open in one process at a time.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use drydock_operations::{Gate, Reply};
use drydock_services::{Caller, Code, Error};
use drydock_store::LabPath;
use serde_json::Value;

use super::Step;

/// Never there.
pub struct Listener(Infallible);

impl Listener {
    /// Never called.
    pub fn settle(&self, _: Duration) {
        match self.0 {}
    }
}

/// Never there.
pub struct Client(Infallible);

/// Listens nowhere.
pub fn listen(_: &LabPath, _: &Arc<Gate>) -> Result<Option<Listener>, Error> {
    Ok(None)
}

impl Client {
    /// Refuses.
    pub fn connect(_: &LabPath) -> Result<Self, Error> {
        Err(Error::new(
            Code::Conflict,
            "the lab is open in another process",
        ))
    }

    /// Never called.
    pub fn call(
        &self,
        _: &Caller,
        _: &str,
        _: Value,
        _: Option<&mut dyn FnMut(&Step<'_>)>,
    ) -> Reply {
        match self.0 {}
    }

    /// Never called.
    pub fn stream(&self, _: &Value, _: impl FnMut(&str) -> bool) -> Result<(), Error> {
        match self.0 {}
    }
}

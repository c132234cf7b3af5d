//! The large part of a run's results as one artifact: events and final state as JSON, then telemetry in its own columns.

use drydock_simulation::{Event, RunResult, State, Telemetry};
use serde::{Deserialize, Serialize};

use crate::Error;

/// First bytes of an artifact of this layout.
const MAGIC: &[u8; 8] = b"DRDKRUN1";

#[derive(Serialize, Deserialize)]
struct Head {
    events: Vec<Event>,
    state: State,
}

/// What an artifact holds.
pub(super) struct Stored {
    pub events: Vec<Event>,
    pub state: State,
    pub telemetry: Telemetry,
}

/// The artifact of a result: magic, length of the JSON as little-endian `u64`, the JSON, the telemetry.
pub(super) fn encode(result: &RunResult) -> Result<Vec<u8>, Error> {
    let head = Head {
        events: result.events.clone(),
        state: result.state.clone(),
    };
    let head = serde_json::to_vec(&head).map_err(Error::internal)?;
    let mut bytes = MAGIC.to_vec();
    bytes.extend((head.len() as u64).to_le_bytes());
    bytes.extend(head);
    bytes.extend(result.telemetry.encode());
    Ok(bytes)
}

/// Reads an artifact of `run`.
pub(super) fn decode(run: &str, bytes: &[u8]) -> Result<Stored, Error> {
    let damaged =
        |what: &str| Error::internal(format!("the results of run {run} do not read: {what}"));
    let rest = bytes
        .strip_prefix(MAGIC)
        .ok_or_else(|| damaged("they are of another layout"))?;
    let (length, rest) = rest
        .split_first_chunk()
        .ok_or_else(|| damaged("they are cut off"))?;
    let length =
        usize::try_from(u64::from_le_bytes(*length)).map_err(|_| damaged("they are cut off"))?;
    let (head, telemetry) = rest
        .split_at_checked(length)
        .ok_or_else(|| damaged("they are cut off"))?;
    let head: Head = serde_json::from_slice(head).map_err(|error| damaged(&error.to_string()))?;
    let telemetry = Telemetry::decode(telemetry).map_err(|error| damaged(&error.to_string()))?;
    Ok(Stored {
        events: head.events,
        state: head.state,
        telemetry,
    })
}

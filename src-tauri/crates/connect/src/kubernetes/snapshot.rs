//! What is known of a cluster at one moment, as plain values.

use std::collections::BTreeMap;
use std::sync::Arc;

use chrono::{DateTime, Utc};
use drydock_model::{ClusterObject, ObjectKey};
use serde::{Deserialize, Serialize};

use super::kinds::Resource;
use super::scaling_event::ScalingEvent;
use super::usage::Usage;
use super::warning::Warning;

/// Objects of a cluster by key.
pub type Objects = BTreeMap<ObjectKey, ClusterObject>;

/// How it stands with a connection.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", tag = "name")]
pub enum State {
    /// The first lists are under way.
    Syncing {
        /// Kinds that are there.
        done: usize,
        /// Kinds that are asked for.
        of: usize,
    },
    /// Every kind that may be read is followed.
    Connected,
    /// At least one kind could not be read at the last attempt; what is known of it is as of its last contact.
    Reconnecting {
        /// The first failure after the last success.
        since: DateTime<Utc>,
        /// The kind, and what went wrong.
        error: String,
    },
    /// Nothing is followed any more.
    Stopped,
}

/// How it stands with one kind.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", tag = "name")]
pub enum KindState {
    /// It is listed.
    Listing,
    /// It is watched.
    Watching,
    /// The server ended a watch as it should, and the next one is about to begin.
    Waiting,
    /// The last attempt failed; the next one follows by itself.
    Reconnecting {
        /// The first failure after the last success.
        since: DateTime<Utc>,
        /// What went wrong.
        error: String,
    },
    /// The server does not let it be read, or does not have it any more; asked again now and then.
    Refused {
        /// What it says, and what would be right.
        message: String,
    },
}

/// One kind: how it stands, and what happened.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct KindStatus {
    /// The kind.
    pub resource: Resource,
    /// How it stands.
    pub state: KindState,
    /// The version up to which it is known; nothing before its first list.
    pub resource_version: Option<String>,
    /// When the server last said something about it.
    pub last_contact: Option<DateTime<Utc>>,
    /// Lists after the first one.
    pub relists: u64,
    /// Watches after the first one of each list, and failed attempts at one.
    pub reconnects: u64,
    /// Events of watches, bookmarks not among them.
    pub events: u64,
    /// Bookmarks.
    pub bookmarks: u64,
}

impl KindStatus {
    pub(crate) fn new(resource: Resource) -> Self {
        Self {
            resource,
            state: KindState::Listing,
            resource_version: None,
            last_contact: None,
            relists: 0,
            reconnects: 0,
            events: 0,
            bookmarks: 0,
        }
    }
}

/// What is known of a cluster at one moment. Cheap to copy.
#[derive(Clone, Debug)]
pub struct Snapshot {
    /// Objects by key, as the server sent them but for what redaction dropped.
    pub objects: Arc<Objects>,
    /// Fields that redaction dropped, by object.
    pub dropped: Arc<BTreeMap<ObjectKey, Vec<String>>>,
    /// Nothing in here is older than this: the earliest last contact among the kinds. Nothing before the first lists are there.
    pub as_of: Option<DateTime<Utc>>,
    /// When the server last said anything.
    pub last_contact: Option<DateTime<Utc>>,
    /// How it stands.
    pub state: State,
    /// How it stands with each kind, in order.
    pub kinds: Vec<KindStatus>,
    /// What is left out or worth knowing, in order.
    pub warnings: Vec<Warning>,
    /// What nodes and pods use, or why that is not known.
    pub usage: Result<Arc<Usage>, String>,
    /// What happened to replicas, pods and nodes, the earliest first. The server forgets Events after an hour by default.
    pub events: Vec<ScalingEvent>,
    /// `gitVersion` of the server, where it tells.
    pub server: Option<String>,
    /// The namespace that is read; nothing for all.
    pub namespace: Option<String>,
}

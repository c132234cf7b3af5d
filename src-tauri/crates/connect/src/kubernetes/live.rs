//! The live state that tasks write and any thread reads.

use std::collections::BTreeMap;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use chrono::Utc;
use drydock_model::{ClusterObject, ObjectKey, Provenance};

use super::discovery::Discovery;
use super::kinds::Resource;
use super::redact::Redacted;
use super::scaling_event::ScalingEvent;
use super::snapshot::{KindState, KindStatus, Objects, Snapshot, State};
use super::usage::Usage;
use super::warning::Warning;

/// The live state. One lock, held for moments.
pub(crate) struct Live {
    known: Mutex<Known>,
    changed: Condvar,
}

struct Known {
    objects: Arc<Objects>,
    dropped: Arc<BTreeMap<ObjectKey, Vec<String>>>,
    events: BTreeMap<ObjectKey, ScalingEvent>,
    kinds: Vec<KindStatus>,
    usage: Result<Arc<Usage>, String>,
    /// Why the last reading of usage failed, where an earlier one is kept.
    usage_problem: Option<String>,
    /// Of the connection.
    warnings: Vec<Warning>,
    /// Of the last discovery.
    found: Vec<Warning>,
    server: Option<String>,
    namespace: Option<String>,
    stopped: bool,
}

impl Live {
    pub fn new(namespace: Option<String>, warnings: Vec<Warning>) -> Self {
        let known = Known {
            objects: Arc::default(),
            dropped: Arc::default(),
            events: BTreeMap::new(),
            kinds: Vec::new(),
            usage: Err("usage has not been read yet".to_owned()),
            usage_problem: None,
            warnings,
            found: Vec::new(),
            server: None,
            namespace,
            stopped: false,
        };
        Self {
            known: Mutex::new(known),
            changed: Condvar::new(),
        }
    }

    /// What is known now.
    pub fn snapshot(&self) -> Snapshot {
        self.lock().snapshot()
    }

    /// Waits until a condition holds, and gives the snapshot it holds for; nothing where patience ends first.
    pub fn wait_for(
        &self,
        patience: Duration,
        mut holds: impl FnMut(&Snapshot) -> bool,
    ) -> Option<Snapshot> {
        let end = Instant::now().checked_add(patience);
        let mut known = self.lock();
        loop {
            let snapshot = known.snapshot();
            if holds(&snapshot) {
                return Some(snapshot);
            }
            known = match end {
                None => self
                    .changed
                    .wait(known)
                    .unwrap_or_else(PoisonError::into_inner),
                Some(end) => {
                    let left = end.checked_duration_since(Instant::now())?;
                    let woken = self.changed.wait_timeout(known, left);
                    woken.unwrap_or_else(PoisonError::into_inner).0
                }
            };
        }
    }

    /// Takes a discovery, and gives the kinds that were not known before, each with its place.
    pub fn discovered(&self, discovery: &Discovery) -> Vec<(usize, Resource)> {
        self.change(|known| {
            known.found.clone_from(&discovery.warnings);
            known.server.clone_from(&discovery.server);
            let mut new = Vec::new();
            for resource in &discovery.resources {
                let same = |status: &&KindStatus| {
                    status.resource.group == resource.group && status.resource.kind == resource.kind
                };
                if !known.kinds.iter().any(|status| same(&status)) {
                    new.push((known.kinds.len(), resource.clone()));
                    known.kinds.push(KindStatus::new(resource.clone()));
                }
            }
            new
        })
    }

    /// Changes the status of a kind.
    pub fn status(&self, at: usize, change: impl FnOnce(&mut KindStatus)) {
        self.change(|known| change(&mut known.kinds[at]));
    }

    /// Changes the status of a kind, of which the server just said something.
    pub fn contact(&self, at: usize, change: impl FnOnce(&mut KindStatus)) {
        self.status(at, |status| {
            status.last_contact = Some(Utc::now());
            change(status);
        });
    }

    /// Puts a whole list in the place of what was known of a kind, in one step.
    pub fn replace(&self, at: usize, version: String, listed: Vec<Redacted>) {
        self.change(|known| {
            known.forget(at);
            for object in listed {
                known.put(at, object);
            }
            let status = &mut known.kinds[at];
            status.resource_version = Some(version);
            status.last_contact = Some(Utc::now());
        });
    }

    /// Takes an event of a watch.
    pub fn event(&self, at: usize, version: String, event: LiveEvent) {
        self.change(|known| {
            let status = &mut known.kinds[at];
            status.resource_version = Some(version);
            status.last_contact = Some(Utc::now());
            match &event {
                LiveEvent::Bookmark => status.bookmarks += 1,
                LiveEvent::Put(_) | LiveEvent::Deleted(_) => status.events += 1,
            }
            match event {
                LiveEvent::Put(object) => known.put(at, object),
                LiveEvent::Deleted(key) => known.remove(&key),
                LiveEvent::Bookmark => {}
            }
        });
    }

    /// Says that a kind may not be read, and forgets what was known of it where it is no more.
    pub fn refuse(&self, at: usize, message: String, is_gone: bool) {
        self.change(|known| {
            let status = &mut known.kinds[at];
            status.state = KindState::Refused { message };
            if is_gone {
                status.resource_version = None;
                status.last_contact = None;
                known.forget(at);
            }
        });
    }

    /// Takes a reading of usage. An earlier one stays where this one failed: it says as of when it is.
    pub fn usage(&self, usage: Result<Usage, String>) {
        self.change(|known| match usage {
            Ok(usage) => {
                known.usage = Ok(Arc::new(usage));
                known.usage_problem = None;
            }
            Err(problem) if known.usage.is_ok() => known.usage_problem = Some(problem),
            Err(problem) => known.usage = Err(problem),
        });
    }

    /// Says that nothing follows any more.
    pub fn stop(&self) {
        self.change(|known| known.stopped = true);
    }

    fn change<T>(&self, change: impl FnOnce(&mut Known) -> T) -> T {
        let result = change(&mut self.lock());
        self.changed.notify_all();
        result
    }

    /// A writer that panicked left whole values behind: each change is made of them.
    fn lock(&self) -> MutexGuard<'_, Known> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What happened to an object of a kind.
pub(crate) enum LiveEvent {
    Put(Redacted),
    Deleted(ObjectKey),
    Bookmark,
}

impl Known {
    fn put(&mut self, at: usize, Redacted { json, dropped }: Redacted) {
        if self.kinds[at].resource.is_event() {
            let object = ClusterObject::new(json, Provenance::Measured);
            match ScalingEvent::of(&object.json) {
                Some(event) => self.events.insert(object.key(), event),
                None => self.events.remove(&object.key()),
            };
            return;
        }
        let object = ClusterObject::new(json, Provenance::Measured);
        let key = object.key();
        if !dropped.is_empty() {
            Arc::make_mut(&mut self.dropped).insert(key.clone(), dropped);
        } else if self.dropped.contains_key(&key) {
            Arc::make_mut(&mut self.dropped).remove(&key);
        }
        Arc::make_mut(&mut self.objects).insert(key, object);
    }

    fn remove(&mut self, key: &ObjectKey) {
        self.events.remove(key);
        Arc::make_mut(&mut self.objects).remove(key);
        if self.dropped.contains_key(key) {
            Arc::make_mut(&mut self.dropped).remove(key);
        }
    }

    fn forget(&mut self, at: usize) {
        let resource = self.kinds[at].resource.clone();
        if resource.is_event() {
            self.events.clear();
            return;
        }
        let other = |key: &ObjectKey| key.group != resource.group || key.kind != resource.kind;
        Arc::make_mut(&mut self.objects).retain(|key, _| other(key));
        Arc::make_mut(&mut self.dropped).retain(|key, _| other(key));
    }

    fn snapshot(&self) -> Snapshot {
        let mut events: Vec<ScalingEvent> = self.events.values().cloned().collect();
        events.sort_by(|a, b| (a.at, &a.object, &a.reason).cmp(&(b.at, &b.object, &b.reason)));
        let contacts = || self.kinds.iter().map(|kind| kind.last_contact);
        let synced = !self.kinds.is_empty() && self.kinds.iter().all(is_synced);
        let mut kinds = self.kinds.clone();
        kinds.sort_by(|a, b| a.resource.cmp(&b.resource));
        Snapshot {
            objects: self.objects.clone(),
            dropped: self.dropped.clone(),
            // A kind that never could be read has nothing in here that could be old.
            as_of: contacts().flatten().min().filter(|_| synced),
            last_contact: contacts().flatten().max(),
            state: self.state(),
            kinds,
            warnings: self.warnings(),
            usage: self.usage.clone(),
            events,
            server: self.server.clone(),
            namespace: self.namespace.clone(),
        }
    }

    fn state(&self) -> State {
        if self.stopped {
            return State::Stopped;
        }
        let failing = self.kinds.iter().filter_map(|kind| match &kind.state {
            KindState::Reconnecting { since, error } => Some((since, &kind.resource, error)),
            _ => None,
        });
        if let Some((since, resource, error)) = failing.min() {
            return State::Reconnecting {
                since: *since,
                error: format!("{}: {error}", resource.title()),
            };
        }
        let done = self.kinds.iter().filter(|kind| is_synced(kind)).count();
        if done < self.kinds.len() || self.kinds.is_empty() {
            return State::Syncing {
                done,
                of: self.kinds.len(),
            };
        }
        State::Connected
    }

    fn warnings(&self) -> Vec<Warning> {
        let refused = self.kinds.iter().filter_map(|kind| match &kind.state {
            KindState::Refused { message } => Some(Warning::new(kind.resource.title(), message)),
            _ => None,
        });
        let usage = self
            .usage_problem
            .iter()
            .map(|problem| Warning::new("usage", format!("the last reading failed: {problem}")));
        let mut warnings: Vec<Warning> = self
            .warnings
            .iter()
            .chain(&self.found)
            .cloned()
            .chain(refused)
            .chain(usage)
            .chain(self.missing_namespace())
            .collect();
        warnings.sort();
        warnings.dedup();
        warnings
    }

    /// A namespace that is asked for and not there, where namespaces may be read.
    fn missing_namespace(&self) -> Option<Warning> {
        let name = self.namespace.as_ref()?;
        let listed = self.kinds.iter().any(|kind| {
            kind.resource.is_namespace()
                && kind.resource_version.is_some()
                && !matches!(kind.state, KindState::Refused { .. })
        });
        let key = ObjectKey {
            group: String::new(),
            kind: "Namespace".to_owned(),
            namespace: String::new(),
            name: name.clone(),
        };
        (listed && !self.objects.contains_key(&key)).then(|| {
            let message = format!(
                "there is no namespace {name:?} in this cluster: nothing of it can be shown"
            );
            Warning::new("connection", message)
        })
    }
}

/// Whether all is known of a kind that may be known.
fn is_synced(kind: &KindStatus) -> bool {
    kind.resource_version.is_some() || matches!(kind.state, KindState::Refused { .. })
}

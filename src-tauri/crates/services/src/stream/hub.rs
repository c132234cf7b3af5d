//! The hub: the newest states of every topic, and who is to be told of a new one.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use serde_json::Value;

use super::patch::without_nulls;
use super::{Resume, Subscription};

/// States of a topic kept so that a broken stream can go on with a patch.
const KEPT: usize = 64;

/// A state of a topic.
#[derive(Clone, Debug)]
pub(super) struct Published {
    /// Place among the states of all topics, from 1.
    pub offset: u64,
    /// Place among the states of its topic, from 1.
    pub number: u64,
    pub state: Arc<Value>,
}

type Wake = Arc<dyn Fn() + Send + Sync>;

#[derive(Default)]
struct Board {
    offset: u64,
    topics: BTreeMap<String, VecDeque<Published>>,
    listeners: BTreeMap<u64, Wake>,
    listeners_made: u64,
}

/// The newest state of every topic.
pub struct Hub {
    epoch: String,
    board: Mutex<Board>,
    changed: Condvar,
}

/// Keeps a callback registered until it is dropped.
pub struct Listener {
    hub: Arc<Hub>,
    number: u64,
}

impl Drop for Listener {
    fn drop(&mut self) {
        self.hub.lock().listeners.remove(&self.number);
    }
}

impl Default for Hub {
    fn default() -> Self {
        Self::new()
    }
}

impl Hub {
    /// A hub of a new epoch, without topics.
    pub fn new() -> Self {
        Self {
            epoch: uuid::Uuid::now_v7().to_string(),
            board: Mutex::default(),
            changed: Condvar::new(),
        }
    }

    /// Names this hub: offsets of another epoch mean nothing here.
    pub fn epoch(&self) -> &str {
        &self.epoch
    }

    /// Publishes the state of a topic; one that equals the newest is no news. Members that are null are left out.
    pub fn publish(&self, topic: &str, state: Value) {
        let state = without_nulls(state);
        let wakes: Vec<Wake> = {
            let mut board = self.lock();
            let offset = board.offset + 1;
            let ring = board.topics.entry(topic.to_owned()).or_default();
            let newest = ring.back();
            if newest.is_some_and(|newest| *newest.state == state) {
                return;
            }
            let number = newest.map_or(1, |newest| newest.number + 1);
            ring.push_back(Published {
                offset,
                number,
                state: Arc::new(state),
            });
            if ring.len() > KEPT {
                ring.pop_front();
            }
            board.offset = offset;
            board.listeners.values().cloned().collect()
        };
        self.changed.notify_all();
        // Outside the lock: a callback may look at the hub.
        for wake in wakes {
            wake();
        }
    }

    /// The newest state of a topic.
    pub fn state(&self, topic: &str) -> Option<Arc<Value>> {
        self.newest(topic).map(|published| published.state)
    }

    /// Listens to topics from now on, or from where `resume` says. A topic of which the listener has exactly the state
    /// at `resume.offset`, and that state is still kept, goes on with a patch; every other starts with a snapshot.
    pub fn subscribe(
        self: &Arc<Self>,
        topics: impl IntoIterator<Item = String>,
        resume: Option<&Resume>,
    ) -> Subscription {
        let offset = resume
            .filter(|resume| resume.epoch == self.epoch)
            .map(|resume| resume.offset);
        let board = self.lock();
        let topics: Vec<(String, Option<Published>)> = topics
            .into_iter()
            .map(|topic| {
                let had = board.topics.get(&topic).and_then(|ring| {
                    ring.iter()
                        .find(|published| Some(published.offset) == offset)
                        .cloned()
                });
                (topic, had)
            })
            .collect();
        drop(board);
        Subscription::new(Arc::clone(self), topics)
    }

    /// Calls back after each new state, on the thread that published it, until the answer is dropped: it has to be quick.
    pub fn on_change(self: &Arc<Self>, wake: impl Fn() + Send + Sync + 'static) -> Listener {
        let mut board = self.lock();
        board.listeners_made += 1;
        let number = board.listeners_made;
        board.listeners.insert(number, Arc::new(wake));
        Listener {
            hub: Arc::clone(self),
            number,
        }
    }

    pub(super) fn newest(&self, topic: &str) -> Option<Published> {
        self.lock().topics.get(topic)?.back().cloned()
    }

    /// Waits until `ready` answers true or `patience` is over; says which.
    pub(super) fn wait(
        &self,
        patience: Duration,
        ready: impl Fn(&dyn Fn(&str) -> u64) -> bool,
    ) -> bool {
        let board = self.lock();
        let waited = self
            .changed
            .wait_timeout_while(board, patience, |board| {
                let offset_of = |topic: &str| {
                    board
                        .topics
                        .get(topic)
                        .and_then(VecDeque::back)
                        .map_or(0, |p| p.offset)
                };
                !ready(&offset_of)
            })
            .unwrap_or_else(PoisonError::into_inner);
        !waited.1.timed_out()
    }

    fn lock(&self) -> MutexGuard<'_, Board> {
        // States are put in whole: whatever happened to the thread that held the lock, they are good to read.
        self.board.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

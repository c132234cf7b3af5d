//! Writing: one thread, one connection, one transaction per write.

use std::any::Any;
use std::collections::BTreeSet;
use std::ops::Deref;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::mpsc;
use std::thread::{self, JoinHandle, ThreadId};

use rusqlite::{Transaction, TransactionBehavior};

use crate::artifacts::{ArtifactId, Artifacts};
use crate::head::{Head, HeadFile};
use crate::{Reader, StoreError};

/// A transaction that writes. It offers everything a [`Reader`] does and sees its own changes.
pub struct Writer<'c> {
    reader: &'c Reader,
    pub(crate) artifacts: &'c Artifacts,
    pub(crate) after: AfterCommit,
}

impl Deref for Writer<'_> {
    type Target = Reader;

    fn deref(&self) -> &Reader {
        self.reader
    }
}

/// What happens outside the database once the transaction is durable.
#[derive(Default)]
pub(crate) struct AfterCommit {
    /// The audit log's new head.
    pub(crate) head: Option<Head>,
    /// Artifacts that the transaction may have freed.
    pub(crate) freed: BTreeSet<ArtifactId>,
}

/// What the writer thread owns.
pub(crate) struct WriterState {
    pub(crate) reader: Reader,
    pub(crate) artifacts: Artifacts,
    pub(crate) head: HeadFile,
    /// A head that is committed but could not be written beside the database yet.
    pub(crate) pending: Option<Head>,
}

impl WriterState {
    fn run<T, E: From<StoreError>>(
        &mut self,
        write: impl FnOnce(&mut Writer<'_>) -> Result<T, E>,
    ) -> Result<T, E> {
        // The head file may be one entry behind, never two: no further write before it is settled.
        self.settle()?;
        let transaction =
            Transaction::new_unchecked(&self.reader.connection, TransactionBehavior::Immediate)
                .map_err(StoreError::from)?;
        let mut writer = Writer {
            reader: &self.reader,
            artifacts: &self.artifacts,
            after: AfterCommit::default(),
        };
        let outcome = catch_unwind(AssertUnwindSafe(|| write(&mut writer)));
        let after = writer.after;
        // On the early returns the transaction is dropped, which rolls it back.
        let value = match outcome {
            Ok(result) => result?,
            Err(panic) => return Err(StoreError::Panicked(panic_text(panic.as_ref())).into()),
        };
        transaction.commit().map_err(StoreError::from)?;
        self.pending = after.head;
        // The write is durable, so it is acknowledged even where this fails; the next write tries again.
        let _ = self.settle();
        self.free(&after.freed);
        Ok(value)
    }

    fn settle(&mut self) -> Result<(), StoreError> {
        if let Some(head) = &self.pending {
            self.head.write(head)?;
            self.pending = None;
        }
        Ok(())
    }

    /// Removes artifacts that nothing refers to any more; what stays behind is swept at the next start.
    fn free(&self, freed: &BTreeSet<ArtifactId>) {
        for id in freed {
            let referred = self.reader.connection.query_row(
                "SELECT EXISTS (SELECT 1 FROM runs WHERE artifact = ?1)",
                [id.as_str()],
                |row| row.get::<_, bool>(0),
            );
            if matches!(referred, Ok(false)) {
                let _ = self.artifacts.remove(id);
            }
        }
    }
}

fn panic_text(panic: &(dyn Any + Send)) -> String {
    if let Some(text) = panic.downcast_ref::<&str>() {
        (*text).to_owned()
    } else if let Some(text) = panic.downcast_ref::<String>() {
        text.clone()
    } else {
        "it panicked without a message".to_owned()
    }
}

type Work = Box<dyn FnOnce(&mut WriterState) + Send>;

/// The writer thread; dropping this ends it after the write at hand.
pub(crate) struct WriterThread {
    queue: Option<mpsc::Sender<Work>>,
    thread: Option<JoinHandle<()>>,
    id: ThreadId,
}

impl WriterThread {
    pub(crate) fn start(mut state: WriterState) -> Result<Self, std::io::Error> {
        let (queue, work) = mpsc::channel::<Work>();
        let thread = thread::Builder::new()
            .name("lab-writer".to_owned())
            .spawn(move || {
                for write in work {
                    write(&mut state);
                }
            })?;
        Ok(Self {
            queue: Some(queue),
            id: thread.thread().id(),
            thread: Some(thread),
        })
    }

    pub(crate) fn write<T: Send + 'static, E: From<StoreError> + Send + 'static>(
        &self,
        write: impl FnOnce(&mut Writer<'_>) -> Result<T, E> + Send + 'static,
    ) -> Result<T, E> {
        if thread::current().id() == self.id {
            return Err(StoreError::Nested.into());
        }
        let (answer, answered) = mpsc::sync_channel(1);
        let work: Work = Box::new(move |state| {
            // Nobody waits any more only if the asking thread died.
            let _ = answer.send(state.run(write));
        });
        self.queue
            .as_ref()
            .and_then(|queue| queue.send(work).ok())
            .ok_or(StoreError::Closed)?;
        answered.recv().map_err(|_| StoreError::Closed)?
    }
}

impl Drop for WriterThread {
    fn drop(&mut self) {
        drop(self.queue.take());
        if let Some(thread) = self.thread.take()
            && thread::current().id() != self.id
        {
            // A panic of the thread has been answered to whoever asked for the write.
            let _ = thread.join();
        }
    }
}

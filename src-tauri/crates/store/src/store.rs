//! A lab, opened: who owns it, reads, writes, artifacts.

use std::collections::BTreeSet;
use std::fs::{self, File, TryLockError};
use std::io::ErrorKind;
use std::path::PathBuf;

use crate::artifacts::{Artifacts, create_private, sync_folder};
use crate::head::HeadFile;
use crate::path::LabPath;
use crate::reader::Pool;
use crate::writer::{WriterState, WriterThread};
use crate::{AuditState, Reader, StoreError, Writer, audit, connection, migrations};

/// What came of opening a lab.
pub enum Opened {
    /// This process owns it now.
    Owner(Store),
    /// Another process owns it and takes requests at this socket.
    OwnedByOther {
        /// `<file>.sock`.
        socket: PathBuf,
    },
}

/// A lab that this process owns, until it is dropped.
pub struct Store {
    // Fields are dropped in this order: the lock goes last.
    writer: WriterThread,
    readers: Pool,
    artifacts: Artifacts,
    path: LabPath,
    _lock: Lock,
}

/// The lock, held. It is released by name: a process that is just being started may still hold a copy of the file
/// handle, with which closing it would leave the lab locked.
struct Lock(File);

impl Drop for Lock {
    fn drop(&mut self) {
        // Where this fails the system releases the lock when the process ends.
        let _ = self.0.unlock();
    }
}

impl Store {
    /// Opens a lab and makes it where there is none. Takes the lock, brings the schema up to date, asserts that SQLite
    /// keeps what it acknowledges, compares the audit log with its head file and sweeps artifacts that nothing refers
    /// to. Refuses other files and labs of a newer Drydock without changing them.
    pub fn open(path: &LabPath) -> Result<Opened, StoreError> {
        fs::create_dir_all(path.folder()).map_err(StoreError::io(path.folder()))?;
        let Some(lock) = lock(path)? else {
            return Ok(Opened::OwnedByOther {
                socket: path.socket(),
            });
        };
        create_file(path)?;

        let mut connection = connection::connect(path)?;
        migrations::check_readable(&connection, path)?;
        connection::set_up(&connection, path, true)?;
        migrations::migrate(&mut connection)?;

        let head = HeadFile::open(path, &audit::head(&connection)?, |seq| {
            audit::hash_at(&connection, seq)
        })?;
        let artifacts = Artifacts::open(path.artifacts())?;
        artifacts.sweep(&referred_artifacts(&connection)?)?;

        let writer = WriterThread::start(WriterState {
            reader: Reader { connection },
            artifacts: artifacts.clone(),
            head,
            pending: None,
        })
        .map_err(StoreError::io(path.file()))?;
        Ok(Opened::Owner(Self {
            writer,
            readers: Pool::new(path.clone()),
            artifacts,
            path: path.clone(),
            _lock: lock,
        }))
    }

    /// Runs `read` on one snapshot of the lab, on the calling thread.
    pub fn read<T, E: From<StoreError>>(
        &self,
        read: impl FnOnce(&Reader) -> Result<T, E>,
    ) -> Result<T, E> {
        self.readers.read(read)
    }

    /// Runs `write` on the writer thread in one transaction and returns when it is durable. An error or a panic in it
    /// undoes all of it. Blocks the calling thread; starting a write from within a write is refused.
    pub fn write<T: Send + 'static, E: From<StoreError> + Send + 'static>(
        &self,
        write: impl FnOnce(&mut Writer<'_>) -> Result<T, E> + Send + 'static,
    ) -> Result<T, E> {
        self.writer.write(write)
    }

    /// Large results beside the database.
    pub fn artifacts(&self) -> &Artifacts {
        &self.artifacts
    }

    /// Where the lab is.
    pub fn path(&self) -> &LabPath {
        &self.path
    }

    /// Checks the whole audit log: every hash, the chain, and the head kept outside the database.
    pub fn verify_audit(&self) -> Result<AuditState, StoreError> {
        // The head is read before the snapshot is taken: the log may have grown since, but not shrunk.
        let kept = HeadFile::read(&self.path)?;
        self.read(|reader| audit::verify(&reader.connection, kept.as_ref()))
    }
}

/// Takes the lock; nothing where another holds it.
fn lock(path: &LabPath) -> Result<Option<Lock>, StoreError> {
    let file = path.lock();
    let lock = create_private(&file).map_err(StoreError::io(&file))?;
    match lock.try_lock() {
        Ok(()) => Ok(Some(Lock(lock))),
        Err(TryLockError::WouldBlock) => Ok(None),
        Err(TryLockError::Error(error)) => Err(StoreError::io(&file)(error)),
    }
}

/// Makes the lab file, readable by its owner alone, if it is not there.
fn create_file(path: &LabPath) -> Result<(), StoreError> {
    let mut options = File::options();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    match options.open(path.file()) {
        Ok(_) => sync_folder(path.folder()),
        Err(error) if error.kind() == ErrorKind::AlreadyExists => Ok(()),
        Err(error) => Err(StoreError::io(path.file())(error)),
    }
}

fn referred_artifacts(connection: &rusqlite::Connection) -> Result<BTreeSet<String>, StoreError> {
    let mut statement = connection.prepare("SELECT DISTINCT artifact FROM runs")?;
    let rows = statement.query_map([], |row| row.get(0))?;
    Ok(rows.collect::<Result<_, _>>()?)
}

//! The lab as one value: store, playing session, jobs and stream; and the transaction a command works in.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::{Arc, OnceLock};

use chrono::{DateTime, Utc};
use drydock_model::{Inventory, ServiceId, World};
use drydock_store::{
    LabPath, Opened, Reader, SettingRow, SettingSource, Store, StoreError, WorldRow, Writer,
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::caller::Caller;
use crate::http_door::HttpSwitch;
use crate::jobs::Jobs;
use crate::runs::RunCache;
use crate::scheduler::SettledCache;
use crate::session::SessionHandle;
use crate::shapes::Nothing;
use crate::stream::Hub;
use crate::{Code, Error, settings};

/// A lab that this process owns.
pub struct Lab {
    /// The lab file.
    pub store: Store,
    /// The current world, playing.
    pub session: SessionHandle,
    /// Long work.
    pub jobs: Jobs,
    /// What changes, for whoever listens.
    pub hub: Arc<Hub>,
    /// Telemetry of runs looked at lately.
    pub runs: RunCache,
    /// Worlds looked at lately as the scheduler leaves them.
    pub settled: SettledCache,
    /// Variables of the environment that give a new lab its first settings.
    pub environment: BTreeMap<String, String>,
    http: OnceLock<Arc<dyn HttpSwitch>>,
    path: LabPath,
}

/// The lab, or the way to the process that owns it.
pub enum OpenedLab {
    /// This process owns it.
    Owner(Arc<Lab>),
    /// Another process does and listens here.
    OwnedByOther {
        /// Its socket.
        socket: PathBuf,
    },
}

impl Lab {
    /// Opens a lab, makes it where there is none, and brings back its session, paused.
    pub fn open(
        path: &LabPath,
        environment: &BTreeMap<String, String>,
    ) -> Result<OpenedLab, Error> {
        let store = match Store::open(path)? {
            Opened::Owner(store) => store,
            Opened::OwnedByOther { socket } => return Ok(OpenedLab::OwnedByOther { socket }),
        };
        let hub = Arc::new(Hub::new());
        let lab = Arc::new(Self {
            session: SessionHandle::start(hub.clone()),
            jobs: Jobs::new(hub.clone()),
            runs: RunCache::default(),
            settled: SettledCache::default(),
            environment: environment.clone(),
            store,
            hub,
            http: OnceLock::new(),
            path: path.clone(),
        });
        let now = lab.now();
        lab.store.write(move |writer| writer.purge_expired(now))?;
        settings::first(&lab)?;
        lab.session.restore(&lab)?;
        Ok(OpenedLab::Owner(lab))
    }

    /// The time on the wall: for what is stored, never for what is simulated.
    pub fn now(&self) -> DateTime<Utc> {
        Utc::now()
    }

    /// The lab file and what lies beside it.
    pub fn path(&self) -> &LabPath {
        &self.path
    }

    /// Registers what opens and closes the HTTP door in this process. A process has one; a second is refused.
    pub fn offer_http(&self, switch: Arc<dyn HttpSwitch>) -> Result<(), Error> {
        self.http
            .set(switch)
            .map_err(|_| Error::internal("this process offers its HTTP door a second time"))
    }

    /// What opens and closes the HTTP door; nothing where this process has none.
    pub fn http_switch(&self) -> Option<&Arc<dyn HttpSwitch>> {
        self.http.get()
    }

    /// The row of a world named by name, id or `current`.
    pub fn world_row(&self, world: &str) -> Result<WorldRow, Error> {
        self.store.read(|reader| find_world(reader, world))
    }

    /// The service a text names: `namespace/name`, or a bare name where only one service has it.
    pub fn service_id(inventory: &Inventory, text: &str) -> Result<ServiceId, Error> {
        let mut named = inventory
            .workloads
            .iter()
            .filter(|w| w.id.as_str() == text || w.id.name() == text);
        match (named.next(), named.next()) {
            (Some(workload), None) => Ok(workload.id.clone()),
            (Some(_), Some(_)) => Err(Error::bad_input(
                "service",
                format!(
                    "{text:?} is the name of several services: write one of their ids, as namespace/name"
                ),
            )),
            (None, _) => Err(Error::not_found("service", text)),
        }
    }
}

fn find_world(reader: &Reader, world: &str) -> Result<WorldRow, Error> {
    if world != "current" {
        return Ok(reader.world_row(world)?);
    }
    current_world(reader)?.ok_or_else(|| {
        Error::new(
            Code::NotFound,
            "the lab has no world yet: import a dump, or open the sample",
        )
    })
}

/// The world the lab is at; nothing in a new lab, or where it was deleted.
pub(crate) fn current_world(reader: &Reader) -> Result<Option<WorldRow>, Error> {
    let id = reader
        .setting(settings::CURRENT_WORLD)?
        .map(|stored| stored.value);
    match id
        .as_ref()
        .and_then(serde_json::Value::as_str)
        .map(|id| reader.world_row(id))
    {
        None | Some(Err(StoreError::NotFound { .. })) => Ok(None),
        Some(row) => Ok(Some(row?)),
    }
}

type Later = Box<dyn FnOnce(&Arc<Lab>) + Send>;

/// What a command works in: one transaction on the writer thread, and what is to happen after it.
pub struct Change<'a, 'w> {
    /// The lab.
    pub lab: &'a Arc<Lab>,
    /// Who asks.
    pub caller: &'a Caller,
    /// The transaction.
    pub writer: &'a mut Writer<'w>,
    committed: Vec<Later>,
    rolled_back: Vec<Later>,
}

/// What a change leaves to be done once its transaction has ended.
#[derive(Default)]
pub struct Aftermath {
    committed: Vec<Later>,
    rolled_back: Vec<Later>,
}

impl Aftermath {
    /// Does what was to happen after the commit, or after the rollback.
    pub fn settle(self, lab: &Arc<Lab>, committed: bool) {
        for later in if committed {
            self.committed
        } else {
            self.rolled_back
        } {
            later(lab);
        }
    }
}

impl<'a, 'w> Change<'a, 'w> {
    /// A change in a transaction.
    pub fn new(lab: &'a Arc<Lab>, caller: &'a Caller, writer: &'a mut Writer<'w>) -> Self {
        Self {
            lab,
            caller,
            writer,
            committed: Vec::new(),
            rolled_back: Vec::new(),
        }
    }

    /// Does something once the transaction is durable.
    pub fn after_commit(&mut self, later: impl FnOnce(&Arc<Lab>) + Send + 'static) {
        self.committed.push(Box::new(later));
    }

    /// Does something if the transaction comes to nothing.
    pub fn after_rollback(&mut self, later: impl FnOnce(&Arc<Lab>) + Send + 'static) {
        self.rolled_back.push(Box::new(later));
    }

    /// Ends the change and hands out what is left to do.
    pub fn finish(self) -> Aftermath {
        Aftermath {
            committed: self.committed,
            rolled_back: self.rolled_back,
        }
    }

    /// The row of a world named by name, id or `current`, as this transaction sees it.
    pub fn world_row(&self, world: &str) -> Result<WorldRow, Error> {
        find_world(self.writer, world)
    }

    /// Makes a world the current one; its session starts anew once this is durable.
    pub fn make_current(&mut self, row: &WorldRow) -> Result<(), Error> {
        self.writer.set_setting(&SettingRow {
            key: settings::CURRENT_WORLD.to_owned(),
            value: serde_json::Value::String(row.id.clone()),
            source: SettingSource::Entered,
            at: self.lab.now(),
        })?;
        self.writer.clear_session()?;
        self.after_commit(|lab| lab.session.reload(lab));
        Ok(())
    }

    /// Whether the lab is at this world.
    pub fn is_current(&self, row: &WorldRow) -> Result<bool, Error> {
        Ok(current_world(self.writer)?.is_some_and(|current| current.id == row.id))
    }

    /// Commits a changed world as the next revision; the session starts anew where it is the current world.
    pub fn commit(&mut self, row: &WorldRow, world: &World, reason: &str) -> Result<u64, Error> {
        let now = self.lab.now();
        let revision = self.writer.commit_revision(
            &row.id,
            row.revision,
            world,
            reason,
            &self.caller.name,
            now,
        )?;
        self.definition_changed(row)?;
        Ok(revision)
    }

    /// Starts the session anew once this is durable, where the changed world is the current one.
    pub fn definition_changed(&mut self, row: &WorldRow) -> Result<(), Error> {
        if self.is_current(row)? {
            self.writer.clear_session()?;
            self.after_commit(|lab| lab.session.reload(lab));
        }
        Ok(())
    }
}

impl From<StoreError> for Error {
    fn from(error: StoreError) -> Self {
        let code = match &error {
            StoreError::NotFound { .. } => Code::NotFound,
            StoreError::Conflict(_) | StoreError::RevisionConflict { .. } => Code::Conflict,
            StoreError::Invalid { .. } => Code::BadInput,
            _ => Code::Internal,
        };
        Self::new(code, error.to_string())
    }
}

/// The lab in a few words.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct LabInfo {
    /// Version of Drydock.
    pub version: String,
    /// Name of the lab file.
    pub lab: String,
    /// Name of the current world.
    pub current_world: Option<String>,
    /// Worlds that are not in the bin.
    pub worlds: u32,
}

/// `lab`: the lab in a few words.
pub fn lab(lab: &Lab, _: Nothing) -> Result<LabInfo, Error> {
    lab.store.read(|reader| {
        let worlds = reader.worlds()?;
        Ok(LabInfo {
            version: env!("CARGO_PKG_VERSION").to_owned(),
            lab: lab
                .path
                .file()
                .file_name()
                .map(|n| n.to_string_lossy().into_owned())
                .unwrap_or_default(),
            current_world: current_world(reader)?.map(|row| row.name),
            worlds: worlds.len() as u32,
        })
    })
}

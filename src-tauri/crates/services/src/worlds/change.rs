//! Changing which worlds there are: importing, the sample, forking, renaming, deleting, undo and redo.

use std::sync::Arc;

use base64::Engine as _;
use drydock_import::{ImportError, InputFile};
use drydock_model::{ImportReport, World};
use drydock_store::{Reader, WorldRow as StoredRow};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::list::{Origin, WorldRow};
use super::pool::propose_nodes;
use crate::caller::Caller;
use crate::jobs::JobContext;
use crate::lab::{Change, Lab};
use crate::shapes::{Nothing, WorldInput};
use crate::{Code, Error, settings};

impl Change<'_, '_> {
    fn has_world(&self, name: &str) -> Result<bool, Error> {
        Ok(self.writer.worlds()?.iter().any(|row| row.name == name))
    }

    /// A stored row as the list shows it.
    pub(crate) fn listed(&self, row: &StoredRow, current: bool) -> WorldRow {
        listed(row, current, |id| {
            self.writer.world_row(id).ok().map(|parent| parent.name)
        })
    }
}

pub(super) fn listed(
    row: &StoredRow,
    current: bool,
    name_of: impl Fn(&str) -> Option<String>,
) -> WorldRow {
    WorldRow {
        id: row.id.clone(),
        name: row.name.clone(),
        revision: row.revision,
        origin: row.parent.as_ref().map(|(world, revision)| Origin {
            world: name_of(world).unwrap_or_else(|| world.clone()),
            revision: *revision,
        }),
        created: row.created,
        current,
    }
}

/// Files to import.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ImportInput {
    /// Name of the new world; taken from the files where it is left out.
    pub name: Option<String>,
    /// The files: dumps, manifests, archives of them.
    pub files: Vec<FileInput>,
}

/// A file.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct FileInput {
    /// Its path, as the report names it.
    pub path: String,
    /// Its bytes, in base64.
    pub base64: String,
}

/// What an import made.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ImportOutcome {
    /// The new world, now the current one.
    pub world: WorldRow,
    /// What was taken, skipped, dropped, inferred and assumed.
    pub report: ImportReport,
}

/// `import_world`: read dumps and manifests into a new world.
pub fn import_world(
    lab: &Arc<Lab>,
    caller: &Caller,
    job: &JobContext,
    input: ImportInput,
) -> Result<ImportOutcome, Error> {
    if input.files.is_empty() {
        return Err(Error::bad_input(
            "files",
            "is empty: give at least one dump, manifest or archive",
        ));
    }
    job.progress(0.0, "reading files");
    let mut files = Vec::with_capacity(input.files.len());
    for (at, file) in input.files.into_iter().enumerate() {
        let bytes = base64::engine::general_purpose::STANDARD
            .decode(file.base64.as_bytes())
            .map_err(|error| Error::bad_input(&format!("files[{at}].base64"), error))?;
        files.push(InputFile {
            path: file.path,
            bytes,
        });
    }
    let (world, suggested) = lab.store.read(|reader| read(files, reader))?;
    job.progress(0.7, "storing the world");
    if job.is_cancelled() {
        return Err(Error::new(
            Code::Cancelled,
            "the import was cancelled; nothing was stored",
        ));
    }
    let report = world.definition.report.clone().unwrap_or_default();
    let row = store_world(lab, caller, input.name, suggested, world, "import")?;
    Ok(ImportOutcome { world: row, report })
}

fn read(files: Vec<InputFile>, reader: &Reader) -> Result<(World, String), Error> {
    let limit = settings::whole(reader, settings::IMPORT_LIMIT)?;
    let mut imported = drydock_import::import_within(files, limit << 20).map_err(|error| {
        let raise = match &error {
            ImportError::TooLarge { .. } => {
                format!(", or raise the setting {}", settings::IMPORT_LIMIT)
            }
            _ => String::new(),
        };
        Error::bad_input("files", format!("{error}{raise}"))
    })?;
    if imported.needs_nodes {
        propose_nodes(&mut imported.world, imported.requests, reader)?;
    }
    // What could not be placed is refused now, and not when somebody asks.
    drydock_simulation::Plan::compile(&imported.world)
        .map_err(|error| Error::bad_input("files", error))?;
    Ok((imported.world, imported.suggested_name))
}

fn store_world(
    lab: &Arc<Lab>,
    caller: &Caller,
    name: Option<String>,
    suggested: String,
    world: World,
    reason: &'static str,
) -> Result<WorldRow, Error> {
    let (lab_of, caller) = (lab.clone(), caller.clone());
    let (row, aftermath) = lab.store.write(move |writer| {
        let mut change = Change::new(&lab_of, &caller, writer);
        let row = add_world(&mut change, name, &suggested, &world, reason)?;
        Ok::<_, Error>((row, change.finish()))
    })?;
    aftermath.settle(lab, true);
    Ok(row)
}

fn add_world(
    change: &mut Change<'_, '_>,
    name: Option<String>,
    suggested: &str,
    world: &World,
    reason: &str,
) -> Result<WorldRow, Error> {
    let name = match name {
        Some(name) => checked_name(&name)?,
        None => free_name(change, suggested)?,
    };
    let row =
        change
            .writer
            .create_world(&name, world, reason, &change.caller.name, change.lab.now())?;
    change.make_current(&row)?;
    Ok(change.listed(&row, true))
}

/// A name for a world, without what surrounds it.
pub(crate) fn checked_name(name: &str) -> Result<String, Error> {
    let trimmed = name.trim();
    if trimmed.is_empty()
        || trimmed.chars().count() > 100
        || trimmed == "current"
        || trimmed.chars().any(char::is_control)
    {
        return Err(Error::bad_input(
            "name",
            format!(
                "{name:?} is no name for a world: write 1 to 100 characters, and not \"current\""
            ),
        ));
    }
    Ok(trimmed.to_owned())
}

fn free_name(change: &Change<'_, '_>, wanted: &str) -> Result<String, Error> {
    let mut name = wanted.to_owned();
    let mut number = 2;
    while change.has_world(&name)? {
        name = format!("{wanted}-{number}");
        number += 1;
    }
    Ok(name)
}

const SAMPLE: &str = "researchflow";

/// `open_sample`: make the sample world the current one; it is imported where the lab does not have it.
pub fn open_sample(change: &mut Change<'_, '_>, _: Nothing) -> Result<WorldRow, Error> {
    if change.has_world(SAMPLE)? {
        let row = change.writer.world_row(SAMPLE)?;
        change.make_current(&row)?;
        return Ok(change.listed(&row, true));
    }
    let (world, _) = read(drydock_import::sample(), change.writer)?;
    add_world(
        change,
        Some(SAMPLE.to_owned()),
        SAMPLE,
        &world,
        "sample lab",
    )
}

/// A fork to be made.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ForkInput {
    /// World to fork: name, id or `current`.
    pub world: String,
    /// Name of the fork.
    pub name: String,
    /// Revision to fork at; the newest where it is left out.
    pub revision: Option<u64>,
}

/// `fork_world`: copy a world at a revision; the fork becomes the current world.
pub fn fork_world(change: &mut Change<'_, '_>, input: ForkInput) -> Result<WorldRow, Error> {
    let row = change.world_row(&input.world)?;
    let name = checked_name(&input.name)?;
    let revision = input.revision.unwrap_or(row.revision);
    let fork = change.writer.fork_world(
        &row.id,
        revision,
        &name,
        &change.caller.name,
        change.lab.now(),
    )?;
    change.make_current(&fork)?;
    Ok(change.listed(&fork, true))
}

/// A new name.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RenameInput {
    /// World: name, id or `current`.
    pub world: String,
    /// Its new name.
    pub name: String,
}

/// `rename_world`: give a world another name.
pub fn rename_world(change: &mut Change<'_, '_>, input: RenameInput) -> Result<WorldRow, Error> {
    let row = change.world_row(&input.world)?;
    let name = checked_name(&input.name)?;
    change.writer.rename_world(&row.id, &name)?;
    let current = change.is_current(&row)?;
    let (id, shown) = (row.id.clone(), name.clone());
    change.after_commit(move |lab| lab.session.rename(&id, &shown));
    Ok(change.listed(&StoredRow { name, ..row }, current))
}

/// What went to the bin.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Binned {
    /// Its id there: `restore` brings it back for 30 days.
    pub binned: String,
}

/// `delete_world`: put a world into the bin for 30 days.
pub fn delete_world(change: &mut Change<'_, '_>, input: WorldInput) -> Result<Binned, Error> {
    let row = change.world_row(&input.world)?;
    if change.is_current(&row)? {
        let next = change
            .writer
            .worlds()?
            .into_iter()
            .find(|other| other.id != row.id);
        change.writer.clear_session()?;
        match next {
            Some(next) => change.make_current(&next)?,
            None => change.after_commit(|lab| lab.session.reload(lab)),
        }
    }
    change.writer.delete_world(&row.id, change.lab.now())?;
    Ok(Binned { binned: row.id })
}

/// What an undo or redo did.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct UndoOutcome {
    /// The new revision.
    pub revision: u64,
    /// The change that was taken back, or done again.
    pub restored: String,
}

/// `undo`: a new revision that takes back the last change not yet taken back.
pub fn undo(change: &mut Change<'_, '_>, input: WorldInput) -> Result<UndoOutcome, Error> {
    let row = change.world_row(&input.world)?;
    let state = change.writer.undo_state(&row.id)?;
    let Some(step) = state.undo else {
        return Err(Error::refused(format!(
            "there is nothing to undo in world {:?}",
            row.name
        )));
    };
    let revision = change
        .writer
        .undo(&row.id, &change.caller.name, change.lab.now())?;
    change.definition_changed(&row)?;
    Ok(UndoOutcome {
        revision,
        restored: step.reason,
    })
}

/// `redo`: a new revision that does again what was last taken back.
pub fn redo(change: &mut Change<'_, '_>, input: WorldInput) -> Result<UndoOutcome, Error> {
    let row = change.world_row(&input.world)?;
    let state = change.writer.undo_state(&row.id)?;
    let Some(step) = state.redo else {
        return Err(Error::refused(format!(
            "there is nothing to redo in world {:?}",
            row.name
        )));
    };
    let revision = change
        .writer
        .redo(&row.id, &change.caller.name, change.lab.now())?;
    change.definition_changed(&row)?;
    Ok(UndoOutcome {
        revision,
        restored: step.reason,
    })
}

//! Undo and redo, as an editor's: each is a new revision that holds what an older one held.
//!
//! Every change knows the change it was made on (`before`); every revision knows the change whose outcome it holds
//! (`holds`) and the newest change that redo can reach (`tip`). Undo goes to `before`; redo goes one step from `holds`
//! towards `tip`; a change makes itself the tip, which forgets the rest.

use chrono::{DateTime, Utc};
use rusqlite::OptionalExtension;

use super::members;
use super::revisions::{NewRevision, RevisionRow};
use crate::{Reader, StoreError, Writer};

/// What undo and redo would do next.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct UndoState {
    /// The change that undo would take back.
    pub undo: Option<RevisionRow>,
    /// The change that redo would make again.
    pub redo: Option<RevisionRow>,
}

impl Reader {
    /// What undo and redo would do next in a world.
    pub fn undo_state(&self, world: &str) -> Result<UndoState, StoreError> {
        let row = self.world_row(world)?;
        let (holds, tip) = self.place(&row.id, row.revision)?;
        let undo = match self.made_on(&row.id, holds)? {
            Some(_) => Some(self.revision(&row.id, holds)?),
            None => None,
        };
        let redo = self
            .step_towards(&row.id, holds, tip)?
            .map(|change| self.revision(&row.id, change))
            .transpose()?;
        Ok(UndoState { undo, redo })
    }

    /// The change whose outcome a revision holds, and the tip of redo.
    pub(super) fn place(&self, world: &str, number: u64) -> Result<(u64, u64), StoreError> {
        Ok(self
            .connection
            .prepare_cached("SELECT holds, tip FROM revisions WHERE world = ?1 AND number = ?2")?
            .query_row((world, number as i64), |row| {
                Ok((row.get::<_, i64>(0)? as u64, row.get::<_, i64>(1)? as u64))
            })?)
    }

    /// The change that a change was made on; nothing for the first.
    fn made_on(&self, world: &str, change: u64) -> Result<Option<u64>, StoreError> {
        let before: Option<i64> = self
            .connection
            .prepare_cached("SELECT before FROM revisions WHERE world = ?1 AND number = ?2")?
            .query_row((world, change as i64), |row| row.get(0))?;
        Ok(before.map(|number| number as u64))
    }

    /// The change made on `holds` on the way to `tip`; nothing where that is the tip.
    fn step_towards(&self, world: &str, holds: u64, tip: u64) -> Result<Option<u64>, StoreError> {
        let step: Option<i64> = self
            .connection
            .prepare_cached(
                "WITH RECURSIVE way (number, before) AS (
                     SELECT number, before FROM revisions WHERE world = ?1 AND number = ?3
                     UNION ALL
                     SELECT r.number, r.before FROM revisions r JOIN way ON r.number = way.before WHERE r.world = ?1)
                 SELECT number FROM way WHERE before = ?2",
            )?
            .query_row((world, holds as i64, tip as i64), |row| row.get(0))
            .optional()?;
        Ok(step.map(|number| number as u64))
    }
}

impl Writer<'_> {
    /// Takes back the last change that is not taken back yet, and answers the number of the new revision.
    pub fn undo(
        &mut self,
        world: &str,
        author: &str,
        at: DateTime<Utc>,
    ) -> Result<u64, StoreError> {
        let row = self.world_row(world)?;
        let (holds, tip) = self.place(&row.id, row.revision)?;
        let target = self.made_on(&row.id, holds)?.ok_or_else(|| {
            StoreError::Conflict(format!("nothing to undo in world {:?}", row.name))
        })?;
        let reason = format!("undo: {}", self.revision(&row.id, holds)?.reason);
        self.restore_change(
            &NewPlace {
                world: &row.id,
                from: row.revision,
                target,
                tip,
                undo_of: Some(holds),
                redo_of: None,
            },
            &reason,
            author,
            at,
        )
    }

    /// Makes the change again that was taken back last, and answers the number of the new revision.
    pub fn redo(
        &mut self,
        world: &str,
        author: &str,
        at: DateTime<Utc>,
    ) -> Result<u64, StoreError> {
        let row = self.world_row(world)?;
        let (holds, tip) = self.place(&row.id, row.revision)?;
        let target = self.step_towards(&row.id, holds, tip)?.ok_or_else(|| {
            StoreError::Conflict(format!("nothing to redo in world {:?}", row.name))
        })?;
        let reason = format!("redo: {}", self.revision(&row.id, target)?.reason);
        self.restore_change(
            &NewPlace {
                world: &row.id,
                from: row.revision,
                target,
                tip,
                undo_of: None,
                redo_of: Some(target),
            },
            &reason,
            author,
            at,
        )
    }

    fn restore_change(
        &mut self,
        place: &NewPlace<'_>,
        reason: &str,
        author: &str,
        at: DateTime<Utc>,
    ) -> Result<u64, StoreError> {
        let now = self.state_at(place.world, place.from)?;
        let state = self.state_at(place.world, place.target)?;
        let objects_changed = members::count_changed(
            &self.connection,
            &members::load(&self.connection, now.manifest)?,
            &members::load(&self.connection, state.manifest)?,
        )?;
        let number = place.from + 1;
        self.insert_revision(&NewRevision {
            world: place.world,
            number,
            state,
            objects_changed,
            reason,
            author,
            at,
            undo_of: place.undo_of,
            redo_of: place.redo_of,
            holds: place.target,
            before: None,
            tip: place.tip,
        })?;
        Ok(number)
    }
}

/// Where an undo or redo leads.
struct NewPlace<'a> {
    world: &'a str,
    from: u64,
    target: u64,
    tip: u64,
    undo_of: Option<u64>,
    redo_of: Option<u64>,
}

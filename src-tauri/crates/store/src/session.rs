//! The one session of a lab: what it plays, from where, and what was done in it. Replaying it is not done here.

use rusqlite::OptionalExtension;
use serde_json::Value;

use crate::content::{parse, text};
use crate::{Reader, StoreError, Writer};

/// The session. The same world revision, seed and acts give the same bytes.
#[derive(Clone, Debug, PartialEq)]
pub struct SessionRow {
    /// Id of the world.
    pub world: String,
    /// Revision of the world.
    pub revision: u64,
    /// Seed.
    pub seed: u64,
    /// What was done in it, in order; each with the time it was done at.
    pub acts: Vec<Value>,
    /// How far it has played, in nanoseconds of simulated time.
    pub position_ns: u64,
    /// The speed it plays at, in the words of whoever plays it.
    pub speed: String,
}

impl Reader {
    /// The session; nothing where none was started.
    pub fn session(&self) -> Result<Option<SessionRow>, StoreError> {
        let row = self
            .connection
            .prepare_cached("SELECT world, revision, seed, position_ns, speed FROM session")?
            .query_row([], |row| {
                Ok(SessionRow {
                    world: row.get(0)?,
                    revision: row.get::<_, i64>(1)? as u64,
                    seed: row.get::<_, i64>(2)? as u64,
                    acts: Vec::new(),
                    position_ns: row.get::<_, i64>(3)? as u64,
                    speed: row.get(4)?,
                })
            })
            .optional()?;
        let Some(mut session) = row else {
            return Ok(None);
        };
        let mut statement = self
            .connection
            .prepare_cached("SELECT act FROM session_acts ORDER BY number")?;
        let mut rows = statement.query([])?;
        while let Some(row) = rows.next()? {
            let act: String = row.get(0)?;
            session
                .acts
                .push(parse(&act, || "an act of the session".to_owned())?);
        }
        Ok(Some(session))
    }
}

impl Writer<'_> {
    /// Starts or replaces the session, acts included.
    pub fn save_session(&mut self, session: &SessionRow) -> Result<(), StoreError> {
        let world = self.world_row(&session.world)?;
        self.revision(&world.id, session.revision)?;
        self.clear_session()?;
        self.connection.execute(
            "INSERT INTO session (one, world, revision, seed, position_ns, speed) VALUES (1, ?1, ?2, ?3, ?4, ?5)",
            (
                &world.id,
                session.revision as i64,
                session.seed as i64,
                position(session.position_ns)?,
                &session.speed,
            ),
        )?;
        for act in &session.acts {
            self.append_act(act)?;
        }
        Ok(())
    }

    /// Adds one act to the session and answers how many it has now.
    pub fn append_act(&mut self, act: &Value) -> Result<u64, StoreError> {
        self.require_session()?;
        self.connection
            .prepare_cached(
                "INSERT INTO session_acts (number, act) SELECT COALESCE(MAX(number), 0) + 1, ?1 FROM session_acts",
            )?
            .execute([text(act)?])?;
        Ok(self.connection.last_insert_rowid() as u64)
    }

    /// Writes down how far the session has played and at what speed it plays.
    pub fn save_session_position(
        &mut self,
        position_ns: u64,
        speed: &str,
    ) -> Result<(), StoreError> {
        self.require_session()?;
        self.connection
            .prepare_cached("UPDATE session SET position_ns = ?1, speed = ?2")?
            .execute((position(position_ns)?, speed))?;
        Ok(())
    }

    /// Ends the session, if there is one.
    pub fn clear_session(&mut self) -> Result<(), StoreError> {
        self.connection.execute("DELETE FROM session", [])?;
        Ok(())
    }

    fn require_session(&self) -> Result<(), StoreError> {
        let there = self
            .connection
            .prepare_cached("SELECT 1 FROM session")?
            .exists([])?;
        if there {
            Ok(())
        } else {
            Err(StoreError::Conflict(
                "no session plays in this lab: start one first".to_owned(),
            ))
        }
    }
}

fn position(position_ns: u64) -> Result<i64, StoreError> {
    i64::try_from(position_ns).map_err(|_| {
        StoreError::invalid(
            "position_ns",
            format!("{position_ns} is beyond 292 years of simulated time"),
        )
    })
}

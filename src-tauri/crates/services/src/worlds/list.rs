//! The worlds of a lab: list, one, select, revisions.

use chrono::{DateTime, Utc};
use drydock_model::{ImportReport, Inventory, Mode};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::change::listed;
use crate::Error;
use crate::lab::{Change, Lab, current_world};
use crate::shapes::{Nothing, WorldInput};

/// Where a fork comes from.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Origin {
    /// Name of the world it was forked from.
    pub world: String,
    /// The revision.
    pub revision: u64,
}

/// A world in the list.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct WorldRow {
    /// Its id.
    pub id: String,
    /// Its name, unique among the worlds that are not in the bin.
    pub name: String,
    /// Its newest revision.
    pub revision: u64,
    /// Where it was forked from.
    pub origin: Option<Origin>,
    /// When it was made.
    pub created: DateTime<Utc>,
    /// Whether the lab is at it.
    pub current: bool,
}

/// `worlds`: every world of the lab, by name.
pub fn worlds(lab: &Lab, _: Nothing) -> Result<Vec<WorldRow>, Error> {
    lab.store.read(|reader| {
        let current = current_world(reader)?.map(|row| row.id);
        let rows = reader.worlds()?;
        let name_of = |id: &str| {
            rows.iter()
                .find(|row| row.id == id)
                .map(|row| row.name.clone())
        };
        Ok(rows
            .iter()
            .map(|row| listed(row, current.as_ref() == Some(&row.id), name_of))
            .collect())
    })
}

/// One world: what it holds and what it rests on.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct WorldDetail {
    /// Its row in the list.
    #[serde(flatten)]
    pub row: WorldRow,
    /// Development or production.
    pub mode: Mode,
    /// Objects by kind.
    pub kinds: Vec<KindCount>,
    /// Services, by id.
    pub services: Vec<ServiceRow>,
    /// Who calls whom.
    pub calls: Vec<drydock_model::Call>,
    /// What arrives from outside.
    pub classes: Vec<drydock_model::RequestClass>,
    /// Nodes.
    pub nodes: u32,
    /// Pods of the dump, bound or pending; zero for manifests.
    pub pods: u32,
    /// Whether an undo would do something.
    pub can_undo: bool,
    /// Whether a redo would do something.
    pub can_redo: bool,
    /// Objects of known kinds that do not read as such, and why.
    pub unread: Vec<UnreadRow>,
    /// Report of the import it came from.
    pub report: Option<ImportReport>,
}

/// Objects of one kind.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct KindCount {
    /// Kind.
    pub kind: String,
    /// Objects.
    pub count: u32,
}

/// A service of a world.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ServiceRow {
    /// `namespace/name`.
    pub id: String,
    /// Kind of the object behind it.
    pub kind: drydock_model::WorkloadKind,
    /// Pods asked for.
    pub replicas: u32,
    /// Measured where its object was imported, inferred where only its pods were.
    pub provenance: drydock_model::Provenance,
}

/// An object that does not read as what its kind says.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct UnreadRow {
    /// The object.
    pub object: String,
    /// Why.
    pub reason: String,
}

/// `world`: one world.
pub fn world(lab: &Lab, input: WorldInput) -> Result<WorldDetail, Error> {
    let row = lab.world_row(&input.world)?;
    let (world, undo) = lab.store.read(|reader| {
        let world = reader.load_world(&row.id, None)?;
        Ok::<_, Error>((world, reader.undo_state(&row.id)?))
    })?;
    let inventory = Inventory::of(&world);
    let mut kinds: Vec<KindCount> = Vec::new();
    for object in &world.objects {
        match kinds.iter_mut().find(|k| k.kind == object.kind()) {
            Some(kind) => kind.count += 1,
            None => kinds.push(KindCount {
                kind: object.kind().to_owned(),
                count: 1,
            }),
        }
    }
    kinds.sort_by(|a, b| a.kind.cmp(&b.kind));
    let listed = worlds(lab, Nothing {})?
        .into_iter()
        .find(|listed| listed.id == row.id)
        .ok_or_else(|| Error::not_found("world", &input.world))?;
    Ok(WorldDetail {
        row: listed,
        mode: world.definition.mode,
        kinds,
        services: inventory
            .workloads
            .iter()
            .map(|w| ServiceRow {
                id: w.id.to_string(),
                kind: w.kind,
                replicas: w.replicas,
                provenance: w.provenance,
            })
            .collect(),
        calls: world.definition.calls,
        classes: world.definition.classes,
        nodes: inventory.nodes.len() as u32,
        pods: inventory.pods.iter().filter(|pod| !pod.ended).count() as u32,
        can_undo: undo.undo.is_some(),
        can_redo: undo.redo.is_some(),
        unread: inventory
            .unread
            .iter()
            .map(|u| UnreadRow {
                object: u.key.to_string(),
                reason: u.reason.clone(),
            })
            .collect(),
        report: world.definition.report,
    })
}

/// One revision of a world.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct RevisionRow {
    /// Its number, from 1.
    pub number: u64,
    /// What was done.
    pub reason: String,
    /// By whom.
    pub author: String,
    /// When.
    pub at: DateTime<Utc>,
    /// The revision it takes back, where it is an undo.
    pub undo_of: Option<u64>,
}

/// `revisions`: the history of a world, newest first.
pub fn revisions(lab: &Lab, input: WorldInput) -> Result<Vec<RevisionRow>, Error> {
    let row = lab.world_row(&input.world)?;
    lab.store.read(|reader| {
        let mut rows: Vec<_> = reader
            .revisions(&row.id)?
            .into_iter()
            .map(|r| RevisionRow {
                number: r.number,
                reason: r.reason,
                author: r.author,
                at: r.at,
                undo_of: r.undo_of,
            })
            .collect();
        rows.sort_by_key(|r| std::cmp::Reverse(r.number));
        Ok(rows)
    })
}

/// `select_world`: make a world the current one; its session starts anew, paused.
pub fn select_world(change: &mut Change<'_, '_>, input: WorldInput) -> Result<WorldRow, Error> {
    let row = change.world_row(&input.world)?;
    change.make_current(&row)?;
    Ok(change.listed(&row, true))
}

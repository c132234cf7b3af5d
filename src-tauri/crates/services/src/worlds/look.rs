//! Looking into a world: its objects one by one, and the whole of it as YAML.

use drydock_model::{ObjectKey, Provenance};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::Error;
use crate::lab::Lab;
use crate::shapes::{Blob, Page, WorldInput, page_limit};

/// Which objects to list.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ObjectsInput {
    /// World: name, id or `current`.
    pub world: String,
    /// Only of this kind.
    pub kind: Option<String>,
    /// Only with this text in name or namespace.
    pub search: Option<String>,
    /// At most this many, 1 to 1000; 100 where it is left out.
    pub limit: Option<u32>,
    /// Cursor from the page before.
    pub cursor: Option<String>,
}

/// An object in the list.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ObjectRow {
    /// What tells it from others.
    pub key: ObjectKey,
    /// Measured where it was imported, assumed where Drydock proposed it.
    pub provenance: Provenance,
}

/// `objects`: the cluster objects of a world, ordered by kind, namespace and name.
pub fn objects(lab: &Lab, input: ObjectsInput) -> Result<Page<ObjectRow>, Error> {
    let limit = page_limit(input.limit)? as usize;
    let from = match &input.cursor {
        None => 0,
        Some(cursor) => cursor.parse::<usize>().map_err(|_| {
            Error::bad_input(
                "cursor",
                format!("{cursor:?} is no cursor: take it from `next`"),
            )
        })?,
    };
    let row = lab.world_row(&input.world)?;
    let world = lab.store.read(|reader| reader.load_world(&row.id, None))?;
    let matching: Vec<ObjectRow> = world
        .objects
        .iter()
        .filter(|object| {
            input
                .kind
                .as_deref()
                .is_none_or(|kind| object.kind() == kind)
        })
        .filter(|object| {
            input.search.as_deref().is_none_or(|text| {
                object.name().contains(text) || object.namespace().contains(text)
            })
        })
        .map(|object| ObjectRow {
            key: object.key(),
            provenance: object.provenance,
        })
        .collect();
    let next = (from + limit < matching.len()).then(|| (from + limit).to_string());
    Ok(Page {
        items: matching.into_iter().skip(from).take(limit).collect(),
        next,
    })
}

/// Which object to show.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ObjectInput {
    /// World: name, id or `current`.
    pub world: String,
    /// Its kind.
    pub kind: String,
    /// Its namespace; left out for objects of the whole cluster.
    pub namespace: Option<String>,
    /// Its name.
    pub name: String,
}

/// An object, whole.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ObjectDetail {
    /// Its row in the list.
    #[serde(flatten)]
    pub row: ObjectRow,
    /// The original, but for dropped secrets.
    pub json: Value,
}

/// `object`: the original of one cluster object.
pub fn object(lab: &Lab, input: ObjectInput) -> Result<ObjectDetail, Error> {
    let row = lab.world_row(&input.world)?;
    let world = lab.store.read(|reader| reader.load_world(&row.id, None))?;
    let namespace = input.namespace.as_deref().unwrap_or("");
    let found = world
        .objects
        .iter()
        .find(|object| {
            object.kind() == input.kind
                && object.name() == input.name
                && object.namespace() == namespace
        })
        .ok_or_else(|| Error::not_found(&input.kind, &input.name))?;
    Ok(ObjectDetail {
        row: ObjectRow {
            key: found.key(),
            provenance: found.provenance,
        },
        json: found.json.as_ref().clone(),
    })
}

/// `export_world`: every object of a world and its world file, as YAML that imports again.
pub fn export_world(lab: &Lab, input: WorldInput) -> Result<Blob, Error> {
    let row = lab.world_row(&input.world)?;
    let world = lab.store.read(|reader| reader.load_world(&row.id, None))?;
    Ok(Blob {
        media_type: "application/yaml".to_owned(),
        file_name: Some(format!("{}.yaml", row.name)),
        bytes: drydock_import::export(&world).into_bytes(),
    })
}

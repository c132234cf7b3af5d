//! Replicas of a workload in the definition of a world.

use std::sync::Arc;

use drydock_model::{Inventory, WorkloadKind};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::{Revised, loaded};
use crate::Error;
use crate::lab::{Change, Lab};

/// Largest number of replicas that is taken.
const MOST: u32 = 10_000;

/// Another number of replicas.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ScaleInput {
    /// World: name, id or `current`.
    pub world: String,
    /// The service.
    pub service: String,
    /// Pods asked for, 0 to 10000.
    pub replicas: u32,
}

/// `scale_service`: change the replicas a workload is defined with.
pub fn scale_service(change: &mut Change<'_, '_>, input: ScaleInput) -> Result<Revised, Error> {
    if input.replicas > MOST {
        return Err(Error::bad_input(
            "replicas",
            format!("{} is out of range: write 0 to {MOST}", input.replicas),
        ));
    }
    let (row, mut world) = loaded(change, &input.world)?;
    let inventory = Inventory::of(&world);
    let id = Lab::service_id(&inventory, &input.service)?;
    let kind = inventory.workload(&id).map(|w| w.kind);
    let scalable = matches!(
        kind,
        Some(
            WorkloadKind::Deployment
                | WorkloadKind::StatefulSet
                | WorkloadKind::ReplicaSet
                | WorkloadKind::ReplicationController
        )
    );
    let object = world.objects.iter_mut().find(|object| {
        object.name() == id.object_name()
            && (object.namespace() == id.namespace()
                || (object.namespace().is_empty() && id.namespace() == "default"))
            && kind.is_some_and(|kind| format!("{kind:?}") == object.kind())
    });
    let (true, Some(object)) = (scalable, object) else {
        return Err(Error::refused(format!(
            "{id} cannot be scaled: no Deployment, StatefulSet or ReplicaSet stands behind it in this world"
        )));
    };
    let mut json = object.json.as_ref().clone();
    if let Some(spec) = json
        .get_mut("spec")
        .and_then(serde_json::Value::as_object_mut)
    {
        spec.insert("replicas".to_owned(), json!(input.replicas));
    }
    object.json = Arc::new(json);
    let revision = change.commit(&row, &world, &format!("scale {id} to {}", input.replicas))?;
    Ok(Revised { revision })
}

//! The sample lab: the manifests and the world file of `samples/researchflow`, built into the binary.

use crate::InputFile;

macro_rules! researchflow {
    ($($name:literal),* $(,)?) => {
        [$((
            concat!("researchflow/", $name),
            include_bytes!(concat!(env!("CARGO_MANIFEST_DIR"), "/../../../samples/researchflow/", $name)).as_slice(),
        )),*]
    };
}

/// The files of the sample lab `researchflow`, for [`import`](crate::import).
pub fn sample() -> Vec<InputFile> {
    researchflow![
        "autoscaling.yaml",
        "data.yaml",
        "nodes.yaml",
        "services.yaml",
        "workloads.yaml",
        "world.yaml"
    ]
    .iter()
    .map(|(path, bytes)| InputFile {
        path: (*path).to_owned(),
        bytes: bytes.to_vec(),
    })
    .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::import;
    use drydock_model::{Inventory, Provenance, ServiceId};
    use std::collections::BTreeMap;

    #[test]
    fn researchflow_is_whole_and_entered() {
        let imported = import(sample()).unwrap();
        assert_eq!(imported.suggested_name, "researchflow");
        assert!(!imported.needs_nodes);
        assert_eq!(imported.report.skipped, []);
        assert_eq!(imported.report.unresolved, []);
        assert_eq!(imported.report.assumed, []);
        // Every call of the world file is inferred from the manifests too: they tell the same story.
        let inferred: Vec<_> = imported
            .report
            .inferred
            .iter()
            .filter(|i| i.what.contains(" calls "))
            .collect();
        assert_eq!(inferred.len(), imported.world.definition.calls.len());
        let inventory = Inventory::of(&imported.world);
        assert_eq!(
            (
                inventory.nodes.len(),
                inventory.workloads.len(),
                inventory.autoscalers.len()
            ),
            (6, 5, 3)
        );
        let assumed: Vec<_> = imported
            .world
            .parameters(&inventory)
            .into_iter()
            .filter(|p| p.provenance == Provenance::Assumed)
            .map(|p| p.key)
            .collect();
        assert_eq!(assumed, ["world/node_grace_s"]);
    }

    /// The table in the comment of the world file, computed again.
    #[test]
    fn researchflow_runs_at_its_ease() {
        let world = import(sample()).unwrap().world;
        let inventory = Inventory::of(&world);
        let given = |key: String| world.definition.settings[&key].value;
        let mut rate: BTreeMap<ServiceId, f64> = BTreeMap::new();
        for class in &world.definition.classes {
            *rate.entry(class.entry.clone()).or_default() +=
                given(format!("class/{}/rate_per_s", class.name));
        }
        for caller in ["web", "orchestrator", "worker"] {
            let caller = ServiceId::new("researchflow", caller);
            for call in world
                .definition
                .calls
                .iter()
                .filter(|call| call.from == caller)
            {
                *rate.entry(call.to.clone()).or_default() +=
                    rate[&caller] * given(format!("{}/calls_per_request", call.subject()));
            }
        }
        let mut table = Vec::new();
        for workload in &inventory.workloads {
            let requested = &workload.template.spec.as_ref().unwrap().containers[0]
                .resources
                .as_ref()
                .unwrap()
                .requests
                .as_ref()
                .unwrap()["cpu"];
            let milli = requested
                .0
                .parse::<drydock_model::Quantity>()
                .unwrap()
                .milli_ceil()
                * i64::from(workload.replicas);
            let used = rate[&workload.id] * given(format!("service/{}/demand_ms", workload.id));
            table.push(format!(
                "{} {:.1} %",
                workload.id.name(),
                used / milli as f64 * 100.0
            ));
        }
        assert_eq!(
            table,
            [
                "orchestrator 60.0 %",
                "postgres 50.4 %",
                "redis 45.0 %",
                "web 55.0 %",
                "worker 60.0 %"
            ]
        );
    }
}

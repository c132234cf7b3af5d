//! Rows of figures over time: CPU and memory of services and nodes, one value an interval.

use std::collections::BTreeMap;

use drydock_scheduler::Resources;
use drydock_simulation::{NodeColumn, ServiceColumn};

use super::{Resource, RowBy, Share};
use crate::scheduler::requests;
use crate::session::look::LookBack;

/// One row.
pub(crate) struct Row {
    /// Service or node.
    pub id: String,
    /// One value an interval since the start; NaN where there is none.
    pub values: Vec<f32>,
}

/// The rows of a heatmap, at full resolution.
pub(crate) fn rows(back: &LookBack<'_>, resource: Resource, by: RowBy, of: Share) -> Vec<Row> {
    let telemetry = back.telemetry;
    match by {
        RowBy::Service => {
            let asked = requests(back.inventory);
            let column = match resource {
                Resource::Cpu => ServiceColumn::CpuCores,
                Resource::Memory => ServiceColumn::MemoryBytes,
            };
            let row = |(at, id): (usize, &String)| {
                let values = &telemetry.service(at, column)[..back.intervals];
                let values = match of {
                    Share::Usage => values.to_vec(),
                    Share::Request => {
                        let pods =
                            &telemetry.service(at, ServiceColumn::ReadyReplicas)[..back.intervals];
                        over_request(values, pods, asked.get(id), resource)
                    }
                };
                Row {
                    id: id.clone(),
                    values,
                }
            };
            telemetry.services().iter().enumerate().map(row).collect()
        }
        RowBy::Node => {
            let offered = allocatable(back);
            let column = match resource {
                Resource::Cpu => NodeColumn::CpuCores,
                Resource::Memory => NodeColumn::MemoryBytes,
            };
            let row = |(at, id): (usize, &String)| {
                let values = &telemetry.node(at, column)[..back.intervals];
                let values = match of {
                    Share::Usage => values.to_vec(),
                    Share::Request => {
                        let whole = offered
                            .get(id)
                            .map_or(f32::NAN, |offered| amount(offered, resource));
                        values.iter().map(|value| ratio(*value, whole)).collect()
                    }
                };
                Row {
                    id: id.clone(),
                    values,
                }
            };
            telemetry.nodes().iter().enumerate().map(row).collect()
        }
    }
}

fn amount(resources: &Resources, resource: Resource) -> f32 {
    match resource {
        Resource::Cpu => (resources.milli_cpu as f64 / 1000.0) as f32,
        Resource::Memory => resources.memory_bytes as f32,
    }
}

fn ratio(value: f32, whole: f32) -> f32 {
    if whole > 0.0 { value / whole } else { f32::NAN }
}

/// Usage over what the ready pods request; without requests or pods there is no share.
fn over_request(
    values: &[f32],
    pods: &[f32],
    asked: Option<&Resources>,
    resource: Resource,
) -> Vec<f32> {
    let one = asked.map_or(f32::NAN, |asked| amount(asked, resource));
    values
        .iter()
        .zip(pods)
        .map(|(value, pods)| ratio(*value, one * pods))
        .collect()
}

/// What each node can give to pods.
fn allocatable(back: &LookBack<'_>) -> BTreeMap<String, Resources> {
    let mut cluster = drydock_scheduler::Cluster::new(drydock_scheduler::Profile::default());
    let mut all = BTreeMap::new();
    for (node, _) in &back.inventory.nodes {
        if let Ok(id) = cluster.add_node(node) {
            all.insert(cluster.node_name(id).to_owned(), cluster.allocatable(id));
        }
    }
    all
}

/// The mean of the values present; NaN where none is.
pub(super) fn mean(values: &[f32]) -> f32 {
    let (mut sum, mut count) = (0.0_f64, 0_u32);
    for value in values.iter().filter(|value| !value.is_nan()) {
        sum += f64::from(*value);
        count += 1;
    }
    if count == 0 {
        f32::NAN
    } else {
        (sum / f64::from(count)) as f32
    }
}

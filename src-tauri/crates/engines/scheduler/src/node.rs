//! A node object, checked and compiled to what the columns and the constraints read.

use k8s_openapi::api::core::v1::Node;

use crate::constraints::NodeTraits;
use crate::error::Fault;
use crate::quantity::{self, milli_ceil, value_ceil};
use crate::resource::{CPU, ResourceTable};
use crate::selector::NodeLabels;
use crate::symbol::Symbols;
use crate::taint::Taint;

pub(crate) struct CompiledNode {
    pub traits: NodeTraits,
    /// Allocatable by resource column; none is the number of pods.
    pub amounts: Vec<(Option<usize>, i64)>,
    /// Names and sizes of the images the node holds.
    pub images: Vec<(String, i64)>,
}

impl CompiledNode {
    pub(crate) fn compile(
        node: &Node,
        name: &str,
        symbols: &mut Symbols,
        resources: &mut ResourceTable,
    ) -> Result<Self, Fault> {
        if name.is_empty() {
            return Err(Fault::new("metadata.name", "missing", "a node name"));
        }
        let spec = node.spec.as_ref();
        let mut taints = Vec::new();
        for (at, taint) in spec
            .and_then(|spec| spec.taints.as_ref())
            .into_iter()
            .flatten()
            .enumerate()
        {
            taints.push(Taint::compile(taint, at, symbols)?);
        }
        let mut labels: Vec<_> = node
            .metadata
            .labels
            .iter()
            .flatten()
            .map(|(key, value)| (symbols.intern(key), symbols.intern(value)))
            .collect();
        labels.sort_unstable();
        let traits = NodeTraits {
            labels: NodeLabels {
                name: symbols.intern(name),
                labels,
            },
            taints,
            unschedulable: spec.and_then(|spec| spec.unschedulable) == Some(true),
            live: true,
        };
        Ok(Self {
            traits,
            amounts: amounts(node, resources)?,
            images: images(node),
        })
    }
}

fn amounts(node: &Node, resources: &mut ResourceTable) -> Result<Vec<(Option<usize>, i64)>, Fault> {
    let status = node.status.as_ref();
    let allocatable = status.and_then(|status| status.allocatable.as_ref());
    let capacity = status.and_then(|status| status.capacity.as_ref());
    let (list, field) = match (allocatable, capacity) {
        (Some(list), _) => (list, "status.allocatable"),
        (None, Some(list)) => (list, "status.capacity"),
        (None, None) => {
            return Err(Fault::new(
                "status.allocatable",
                "missing",
                "amounts of cpu, memory and pods",
            ));
        }
    };
    let mut amounts = Vec::new();
    for (name, quantity) in list {
        let nano = quantity::parse(name, &quantity.0, || format!("{field}[{name}]"))?;
        if name == "pods" {
            amounts.push((None, value_ceil(nano)));
        } else if let Some(column) = resources.intern(name) {
            amounts.push((
                Some(column),
                if column == CPU {
                    milli_ceil(nano)
                } else {
                    value_ceil(nano)
                },
            ));
        }
    }
    Ok(amounts)
}

fn images(node: &Node) -> Vec<(String, i64)> {
    let images = node
        .status
        .as_ref()
        .and_then(|status| status.images.as_ref())
        .into_iter()
        .flatten();
    images
        .flat_map(|image| {
            image
                .names
                .iter()
                .flatten()
                .map(|name| (name.clone(), image.size_bytes.unwrap_or(0)))
        })
        .collect()
}

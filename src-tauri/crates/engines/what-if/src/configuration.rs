//! Changes of the scheduler configuration, written to the fork as the object that puts it in force.

use drydock_model::Provenance;
use drydock_scheduler::{Profile, configuration};
use serde_json::{Value, json};

use crate::change::Preset;
use crate::error::Fault;
use crate::node_object::map;
use crate::rehearsal::Rehearsal;

const KIND: &str = "KubeSchedulerConfiguration";
const NAME: &str = "kube-scheduler";

/// Gives a configuration, which is no object of the API and has no name, the one that it has in a world.
pub(crate) fn name(document: &mut Value) {
    let metadata = map(document, "metadata");
    if metadata
        .get("name")
        .and_then(Value::as_str)
        .is_none_or(str::is_empty)
    {
        metadata.insert("name".to_owned(), json!(NAME));
    }
}

/// The configuration that a preset stands for; none for the default, which is in force where there is none.
fn document(preset: Preset) -> Option<Value> {
    match preset {
        Preset::Default => None,
        Preset::OptimizeUtilization => Some(json!({
            "apiVersion": "kubescheduler.config.k8s.io/v1",
            "kind": KIND,
            "metadata": {"name": NAME},
            "profiles": [{
                "schedulerName": Profile::optimize_utilization().scheduler_name,
                "plugins": {"score": {
                    "enabled": [{"name": "NodeResourcesFit", "weight": 5}],
                    "disabled": [{"name": "NodeResourcesBalancedAllocation"}, {"name": "NodeResourcesFit"}],
                }},
                "pluginConfig": [{"name": "NodeResourcesFit", "args": {"scoringStrategy": {
                    "type": "MostAllocated",
                    "resources": [{"name": "cpu", "weight": 1}, {"name": "memory", "weight": 1}],
                }}}],
            }],
        })),
    }
}

impl Rehearsal {
    /// Has another configuration decide. Pods that run stay where they are.
    pub fn set_scheduler(
        &mut self,
        preset: Option<Preset>,
        given: Option<&str>,
        parsed: Option<&Value>,
    ) -> Result<(), Fault> {
        let document = match (preset, parsed) {
            (Some(_), Some(_)) => {
                return Err(Fault::field(
                    "configuration",
                    "given",
                    "either a preset or a configuration",
                ));
            }
            (None, None) => {
                let value = if given.is_some() {
                    "no YAML document"
                } else {
                    "missing"
                };
                return Err(Fault::field(
                    "configuration",
                    value,
                    "a preset or a KubeSchedulerConfiguration",
                ));
            }
            (Some(preset), None) => {
                self.profile = match preset {
                    Preset::Default => Profile::default(),
                    Preset::OptimizeUtilization => Profile::optimize_utilization(),
                };
                document(preset)
            }
            (None, Some(parsed)) => {
                let first = configuration::read(parsed)?.into_iter().next();
                self.profile = first.map_or_else(Profile::default, |named| named.profile);
                let mut parsed = parsed.clone();
                name(&mut parsed);
                Some(parsed)
            }
        };
        self.fork.remove_where(|object| object.kind() == KIND);
        if let Some(document) = document {
            self.fork.put(document, Provenance::Entered);
        }
        self.restand()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use drydock_scheduler::Plugin;

    #[test]
    fn the_written_preset_is_the_preset() {
        let document = document(Preset::OptimizeUtilization).unwrap();
        let mut read = configuration::read(&document).unwrap().remove(0).profile;
        // It has no filter that could be switched off.
        read.filter_by(Plugin::NodeResourcesBalancedAllocation, true);
        assert_eq!(read, Profile::optimize_utilization());
        assert!(super::document(Preset::Default).is_none());
    }
}

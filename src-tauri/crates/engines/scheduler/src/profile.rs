//! The scheduler's configuration: which plugins judge, what each weighs, and their arguments.
//!
//! The file format of a configuration is not known here; whoever reads one fills a [`Profile`].

use k8s_openapi::api::core::v1::NodeAffinity;

use crate::plugins::Plugin;
use crate::strategy::Strategy;

/// A plugin's two parts, switched apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PluginSettings {
    /// Whether it filters nodes (or, for DefaultPreemption, evicts).
    pub filters: bool,
    /// What its score weighs; 0 where it does not score.
    pub weight: i64,
}

/// A topology spread constraint for pods that bring none, see `PodTopologySpreadArgs.defaultConstraints`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DefaultSpread {
    /// Node label whose values are the domains.
    pub topology_key: String,
    /// Allowed difference of counts.
    pub max_skew: i32,
    /// Whether it filters (`DoNotSchedule`) or only scores (`ScheduleAnyway`).
    pub hard: bool,
}

/// Defaults of PodTopologySpread.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SpreadDefaults {
    /// Hostname with skew 3 and zone with skew 5, score only; nodes without a zone take part.
    System,
    /// These.
    List(Vec<DefaultSpread>),
}

/// A scheduler profile. `Profile::default()` is `default-scheduler` of Kubernetes 1.34.
#[derive(Debug, Clone, PartialEq)]
pub struct Profile {
    /// Pods that name another scheduler are judged by this profile all the same, and the answer says so.
    pub scheduler_name: String,
    plugins: [PluginSettings; Plugin::COUNT],
    /// What NodeResourcesFit scores by.
    pub strategy: Strategy,
    /// Resources that BalancedAllocation looks at.
    pub balanced_resources: Vec<String>,
    /// Extended resources that NodeResourcesFit does not filter by.
    pub ignored_resources: Vec<String>,
    /// The same by the part of the name before the slash.
    pub ignored_resource_groups: Vec<String>,
    /// Constraints of pods without any.
    pub spread_defaults: SpreadDefaults,
    /// What a required affinity of a bound pod weighs towards a newcomer that it means, 0 to 100.
    pub hard_pod_affinity_weight: i64,
    /// Whether preferences of bound pods are ignored for a pod that has none itself.
    pub ignore_preferred_terms_of_existing_pods: bool,
    /// Node affinity that every pod of this profile has besides its own.
    pub added_affinity: Option<NodeAffinity>,
    /// Percentage of nodes after which the search for feasible ones stops, when it samples; 0 adapts to the size of
    /// the cluster.
    pub percentage_of_nodes_to_score: i32,
    /// Candidates that preemption looks for when it samples: percentage of the nodes where it may help.
    pub min_candidate_nodes_percentage: i32,
    /// The same as a number.
    pub min_candidate_nodes_absolute: i32,
    /// What a configuration asks for and this engine does not do, for the answer to name.
    pub not_considered: Vec<String>,
}

impl Default for Profile {
    /// Source: `pkg/scheduler/apis/config/v1/default_plugins.go` and `defaults.go` of v1.34.
    fn default() -> Self {
        let mut plugins = [PluginSettings {
            filters: true,
            weight: 0,
        }; Plugin::COUNT];
        for (plugin, weight) in [
            (Plugin::TaintToleration, 3),
            (Plugin::NodeAffinity, 2),
            (Plugin::PodTopologySpread, 2),
            (Plugin::InterPodAffinity, 2),
            (Plugin::NodeResourcesFit, 1),
            (Plugin::NodeResourcesBalancedAllocation, 1),
            (Plugin::ImageLocality, 1),
        ] {
            plugins[plugin as usize].weight = weight;
        }
        Self {
            scheduler_name: "default-scheduler".to_owned(),
            plugins,
            strategy: Strategy::default(),
            balanced_resources: vec!["cpu".to_owned(), "memory".to_owned()],
            ignored_resources: Vec::new(),
            ignored_resource_groups: Vec::new(),
            spread_defaults: SpreadDefaults::System,
            hard_pod_affinity_weight: 1,
            ignore_preferred_terms_of_existing_pods: false,
            added_affinity: None,
            percentage_of_nodes_to_score: 0,
            min_candidate_nodes_percentage: 10,
            min_candidate_nodes_absolute: 100,
            not_considered: Vec::new(),
        }
    }
}

impl Profile {
    /// A packing profile in the manner of GKE's `optimize-utilization`: fuller nodes first (MostAllocated over cpu and
    /// memory), and nothing that pulls pods apart for balance. The provider publishes what the profile is for, not its
    /// weights; weights here are assumed.
    pub fn optimize_utilization() -> Self {
        let mut profile = Self {
            scheduler_name: "gke.io/optimize-utilization-scheduler".to_owned(),
            strategy: Strategy::most_allocated(),
            ..Self::default()
        };
        profile.weigh(Plugin::NodeResourcesFit, 5);
        profile.weigh(Plugin::NodeResourcesBalancedAllocation, 0);
        profile
    }

    /// The settings of a plugin.
    pub fn plugin(&self, plugin: Plugin) -> PluginSettings {
        self.plugins[plugin as usize]
    }

    /// Sets what a plugin's score weighs; 0 switches its score off.
    pub fn weigh(&mut self, plugin: Plugin, weight: i64) {
        self.plugins[plugin as usize].weight = weight;
    }

    /// Switches a plugin's filter (or preemption) on or off.
    pub fn filter_by(&mut self, plugin: Plugin, on: bool) {
        self.plugins[plugin as usize].filters = on;
    }

    /// Switches a plugin off altogether.
    pub fn disable(&mut self, plugin: Plugin) {
        self.plugins[plugin as usize] = PluginSettings {
            filters: false,
            weight: 0,
        };
    }

    pub(crate) fn filters(&self, plugin: Plugin) -> bool {
        self.plugin(plugin).filters
    }

    pub(crate) fn weight(&self, plugin: Plugin) -> i64 {
        self.plugin(plugin).weight
    }

    pub(crate) fn ignores(&self, resource: &str) -> bool {
        let group = resource.split('/').next().unwrap_or_default();
        self.ignored_resources.iter().any(|name| name == resource)
            || self
                .ignored_resource_groups
                .iter()
                .any(|name| name == group)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn switching() {
        let mut profile = Profile::default();
        assert_eq!(profile.weight(Plugin::TaintToleration), 3);
        profile.disable(Plugin::TaintToleration);
        assert_eq!(
            profile.plugin(Plugin::TaintToleration),
            PluginSettings {
                filters: false,
                weight: 0
            }
        );
        profile.ignored_resource_groups.push("example.com".into());
        assert!(profile.ignores("example.com/gpu"));
        assert!(!profile.ignores("nvidia.com/gpu"));
    }
}

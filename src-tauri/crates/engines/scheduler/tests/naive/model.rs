//! A cluster as plain lists, and the rules of spreading, affinity and eviction written down as slowly and directly as
//! they can be: every question looks at every pod.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

pub type Labels = BTreeMap<&'static str, String>;

#[derive(Debug, Clone)]
pub struct Node {
    pub name: String,
    pub labels: Labels,
    pub tainted: bool,
    pub milli_cpu: i64,
}

/// Pods with `app` among these, in these namespaces.
#[derive(Debug, Clone)]
pub struct Term {
    pub key: &'static str,
    pub apps: Vec<&'static str>,
    /// None: the pod's own; an empty list: all.
    pub namespaces: Option<Vec<&'static str>>,
}

#[derive(Debug, Clone)]
pub struct Spread {
    pub key: &'static str,
    pub apps: Vec<&'static str>,
    pub max_skew: i64,
    pub min_domains: Option<i64>,
    pub hard: bool,
    pub honours_taints: bool,
}

#[derive(Debug, Clone)]
pub struct Pod {
    pub namespace: &'static str,
    pub app: &'static str,
    pub milli_cpu: i64,
    pub priority: i32,
    pub tolerates: bool,
    pub zone: Option<&'static str>,
    pub spread: Vec<Spread>,
    pub near: Vec<Term>,
    pub apart: Vec<Term>,
    pub preferred: Vec<(i64, Term)>,
    pub terminating: bool,
    pub started: i64,
}

fn selector(apps: &[&str]) -> Value {
    json!({"matchExpressions": [{"key": "app", "operator": "In", "values": apps}]})
}

impl Term {
    fn means(&self, owner: &Pod, other: &Pod) -> bool {
        let there = match &self.namespaces {
            None => other.namespace == owner.namespace,
            Some(list) if list.is_empty() => true,
            Some(list) => list.contains(&other.namespace),
        };
        there && self.apps.contains(&other.app)
    }

    fn json(&self) -> Value {
        let mut term = json!({"topologyKey": self.key, "labelSelector": selector(&self.apps)});
        match &self.namespaces {
            None => {}
            Some(list) if list.is_empty() => term["namespaceSelector"] = json!({}),
            Some(list) => term["namespaces"] = json!(list),
        }
        term
    }
}

impl Node {
    pub fn json(&self) -> Value {
        let taints = if self.tainted {
            json!([{"key": "t", "effect": "NoSchedule"}])
        } else {
            json!([])
        };
        json!({
            "metadata": {"name": self.name, "labels": self.labels},
            "spec": {"taints": taints},
            "status": {"allocatable": {"cpu": format!("{}m", self.milli_cpu), "memory": "64Gi", "pods": "110"}},
        })
    }

    fn label(&self, key: &str) -> Option<&String> {
        self.labels.get(key)
    }
}

impl Pod {
    pub fn json(&self) -> Value {
        let weighted = |sign: i64| {
            self.preferred
                .iter()
                .filter(|(weight, _)| weight * sign > 0)
                .map(|(weight, term)| json!({"weight": weight.abs(), "podAffinityTerm": term.json()}))
                .collect::<Vec<_>>()
        };
        let required = |terms: &[Term]| terms.iter().map(Term::json).collect::<Vec<_>>();
        let spread: Vec<_> = self
            .spread
            .iter()
            .map(|spread| {
                let mut json = json!({
                    "topologyKey": spread.key, "labelSelector": selector(&spread.apps), "maxSkew": spread.max_skew,
                    "whenUnsatisfiable": if spread.hard { "DoNotSchedule" } else { "ScheduleAnyway" },
                    "nodeTaintsPolicy": if spread.honours_taints { "Honor" } else { "Ignore" },
                });
                if let Some(least) = spread.min_domains.filter(|_| spread.hard) {
                    json["minDomains"] = json!(least);
                }
                json
            })
            .collect();
        let mut spec = json!({
            "priority": self.priority,
            "containers": [{"name": "c", "resources": {"requests": {"cpu": format!("{}m", self.milli_cpu)}}}],
            "topologySpreadConstraints": spread,
            "affinity": {
                "podAffinity": {
                    "requiredDuringSchedulingIgnoredDuringExecution": required(&self.near),
                    "preferredDuringSchedulingIgnoredDuringExecution": weighted(1),
                },
                "podAntiAffinity": {
                    "requiredDuringSchedulingIgnoredDuringExecution": required(&self.apart),
                    "preferredDuringSchedulingIgnoredDuringExecution": weighted(-1),
                },
            },
        });
        if self.tolerates {
            spec["tolerations"] = json!([{"operator": "Exists"}]);
        }
        if let Some(zone) = self.zone {
            spec["nodeSelector"] = json!({"zone": zone});
        }
        json!({"metadata": {"name": "p", "namespace": self.namespace, "labels": {"app": self.app}}, "spec": spec})
    }

    fn selects(&self, node: &Node) -> bool {
        self.zone
            .is_none_or(|zone| node.label("zone").is_some_and(|there| there == zone))
    }
}

/// Nodes, and pods with the index of their node.
pub struct World<'a> {
    pub nodes: &'a [Node],
    pub bound: Vec<(Pod, usize)>,
}

impl World<'_> {
    /// The plugin that rejects a node first.
    pub fn rejection(&self, pod: &Pod, at: usize) -> Option<&'static str> {
        let node = &self.nodes[at];
        let used: i64 = self
            .bound
            .iter()
            .filter(|(_, there)| *there == at)
            .map(|(pod, _)| pod.milli_cpu)
            .sum();
        if node.tainted && !pod.tolerates {
            Some("TaintToleration")
        } else if !pod.selects(node) {
            Some("NodeAffinity")
        } else if pod.milli_cpu > node.milli_cpu - used && pod.milli_cpu > 0 {
            Some("NodeResourcesFit")
        } else if !pod
            .spread
            .iter()
            .filter(|s| s.hard)
            .all(|s| self.keeps_skew(pod, s, at))
        {
            Some("PodTopologySpread")
        } else if !self.is_near(pod, at) || !self.is_apart(pod, at) {
            Some("InterPodAffinity")
        } else {
            None
        }
    }

    fn keeps_skew(&self, pod: &Pod, spread: &Spread, at: usize) -> bool {
        let Some(here) = self.nodes[at].label(spread.key) else {
            return false;
        };
        let counts = |node: &Node| {
            pod.spread
                .iter()
                .filter(|s| s.hard)
                .all(|s| node.label(s.key).is_some())
                && pod.selects(node)
                && (!spread.honours_taints || !node.tainted || pod.tolerates)
        };
        let mut by_domain: BTreeMap<&String, i64> = BTreeMap::new();
        for node in self.nodes.iter().filter(|node| counts(node)) {
            by_domain.insert(node.label(spread.key).unwrap(), 0);
        }
        for (other, there) in &self.bound {
            let node = &self.nodes[*there];
            if counts(node)
                && !other.terminating
                && other.namespace == pod.namespace
                && spread.apps.contains(&other.app)
            {
                *by_domain.get_mut(node.label(spread.key).unwrap()).unwrap() += 1;
            }
        }
        let fewest = if (by_domain.len() as i64) < spread.min_domains.unwrap_or(1) {
            0
        } else {
            by_domain.values().copied().min().unwrap_or(0)
        };
        let own = i64::from(spread.apps.contains(&pod.app));
        by_domain.get(here).copied().unwrap_or(0) + own - fewest <= spread.max_skew
    }

    /// Whether two nodes are in the same domain of a key.
    fn together(&self, key: &str, one: usize, other: usize) -> bool {
        let label = self.nodes[one].label(key);
        label.is_some() && label == self.nodes[other].label(key)
    }

    fn is_near(&self, pod: &Pod, at: usize) -> bool {
        if pod
            .near
            .iter()
            .any(|term| self.nodes[at].label(term.key).is_none())
        {
            return false;
        }
        let all = |other: &Pod| pod.near.iter().all(|term| term.means(pod, other));
        let met = pod.near.iter().all(|term| {
            self.bound
                .iter()
                .any(|(other, there)| all(other) && self.together(term.key, at, *there))
        });
        let nobody = !self.bound.iter().any(|(other, there)| {
            all(other)
                && pod
                    .near
                    .iter()
                    .any(|term| self.nodes[*there].label(term.key).is_some())
        });
        met || (nobody && all(pod))
    }

    fn is_apart(&self, pod: &Pod, at: usize) -> bool {
        self.bound.iter().all(|(other, there)| {
            let own = pod
                .apart
                .iter()
                .any(|term| term.means(pod, other) && self.together(term.key, at, *there));
            let theirs = other
                .apart
                .iter()
                .any(|term| term.means(other, pod) && self.together(term.key, at, *there));
            !own && !theirs
        })
    }

    /// PodTopologySpread of every feasible node, weight 2; none where the plugin skips the pod.
    pub fn spread_scores(&self, pod: &Pod, feasible: &[usize]) -> Option<Vec<i64>> {
        let soft: Vec<_> = pod.spread.iter().filter(|s| !s.hard).collect();
        if soft.is_empty() {
            return None;
        }
        let labelled = |node: &Node| soft.iter().all(|s| node.label(s.key).is_some());
        let taking: Vec<usize> = feasible
            .iter()
            .copied()
            .filter(|&at| labelled(&self.nodes[at]))
            .collect();
        let raw = |at: usize| {
            let mut sum = 0.0;
            for spread in &soft {
                let matched = |(other, there): &&(Pod, usize)| {
                    let node = &self.nodes[*there];
                    let counted = *there == at && spread.key == "kubernetes.io/hostname"
                        || spread.key != "kubernetes.io/hostname"
                            && self.together(spread.key, at, *there)
                            && labelled(node)
                            && pod.selects(node)
                            && (!spread.honours_taints || !node.tainted || pod.tolerates);
                    counted
                        && !other.terminating
                        && other.namespace == pod.namespace
                        && spread.apps.contains(&other.app)
                };
                let count = self.bound.iter().filter(matched).count() as f64;
                let domains: BTreeSet<_> = taking
                    .iter()
                    .map(|&at| self.nodes[at].label(spread.key))
                    .collect();
                let size = if spread.key == "kubernetes.io/hostname" {
                    taking.len()
                } else {
                    domains.len()
                };
                sum += count * ((size + 2) as f64).ln() + (spread.max_skew - 1) as f64;
            }
            sum.round() as i64
        };
        let low = taking.iter().map(|&at| raw(at)).min().unwrap_or(0);
        let high = taking.iter().map(|&at| raw(at)).max().unwrap_or(0).max(0);
        Some(
            feasible
                .iter()
                .map(|&at| {
                    if !labelled(&self.nodes[at]) {
                        0
                    } else if high == 0 {
                        200
                    } else {
                        2 * (100 * (high + low - raw(at)) / high)
                    }
                })
                .collect(),
        )
    }

    /// InterPodAffinity of every feasible node, weight 2; none where no term meets a pod.
    pub fn affinity_scores(&self, pod: &Pod, feasible: &[usize]) -> Option<Vec<i64>> {
        let mut met = false;
        let mut sums = vec![0; feasible.len()];
        for (other, there) in &self.bound {
            let own = pod
                .preferred
                .iter()
                .filter(|(_, term)| term.means(pod, other))
                .cloned();
            let wished = other
                .preferred
                .iter()
                .filter(|(_, term)| term.means(other, pod))
                .cloned();
            let needed = other
                .near
                .iter()
                .filter(|term| term.means(other, pod))
                .map(|term| (1, term.clone()));
            for (weight, term) in own.chain(wished).chain(needed) {
                met |= self.nodes[*there].label(term.key).is_some();
                for (sum, &at) in sums.iter_mut().zip(feasible) {
                    *sum += weight * i64::from(self.together(term.key, at, *there));
                }
            }
        }
        let (low, high) = (*sums.iter().min()?, *sums.iter().max()?);
        met.then(|| {
            sums.iter()
                .map(|sum| {
                    if high == low {
                        0
                    } else {
                        2 * ((100.0 * ((sum - low) as f64 / (high - low) as f64)) as i64)
                    }
                })
                .collect()
        })
    }

    /// Bound pods that have to leave a node, the most important first; none where that does not help.
    pub fn victims(&self, pod: &Pod, at: usize) -> Option<Vec<usize>> {
        let mut lower: Vec<usize> = (0..self.bound.len())
            .filter(|&other| {
                self.bound[other].1 == at && self.bound[other].0.priority < pod.priority
            })
            .collect();
        lower.sort_by_key(|&other| (-self.bound[other].0.priority, self.bound[other].0.started));
        let without = |gone: &BTreeSet<usize>| {
            let left = self
                .bound
                .iter()
                .enumerate()
                .filter(|(other, _)| !gone.contains(other));
            let world = World {
                nodes: self.nodes,
                bound: left.map(|(_, bound)| bound.clone()).collect(),
            };
            world.rejection(pod, at).is_none()
        };
        let mut gone: BTreeSet<usize> = lower.iter().copied().collect();
        if lower.is_empty() || !without(&gone) {
            return None;
        }
        for &other in &lower {
            gone.remove(&other);
            if !without(&gone) {
                gone.insert(other);
            }
        }
        Some(
            lower
                .into_iter()
                .filter(|other| gone.contains(other))
                .collect(),
        )
    }
}

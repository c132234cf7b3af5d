//! The decision over whole columns: a mask of the feasible nodes, the totals, and the best of them, without a list of
//! nodes where none is needed. It answers what the filters and scores answer node by node, only faster.

use crate::appetite::NO_FIT;
use crate::cluster::{Cluster, PodKey};
use crate::constraints::Standing;
use crate::decide::Best;
use crate::outlook::Outlook;
use crate::plugins::inter_pod_affinity::filter::{Matching, Required};
use crate::plugins::{Plugin, inter_pod_affinity};
use crate::scores;
use crate::shape::Shape;
use crate::statics::StaticKey;
use crate::topology::{NOWHERE, TopologyId};

/// Which nodes are feasible.
pub(crate) struct Field {
    /// By slot, 1 where feasible.
    mask: Vec<u8>,
    pub feasible: u32,
    key: StaticKey,
}

impl Cluster {
    /// Filters every node by the columns of a shape; none where they are not ready or do not suffice.
    pub(crate) fn field(&self, pod: Option<PodKey>, outlook: &Outlook<'_>) -> Option<Field> {
        let shape = outlook.shape;
        if !shape.gates.is_empty() || outlook.volumes.is_some() {
            return None;
        }
        let verdicts = self.caches.verdicts(shape.constraints)?;
        let fit = self.caches.fit(shape.appetite, &self.log.0)?;
        let mut mask: Vec<u8> = verdicts
            .standing
            .iter()
            .zip(&fit.cells)
            .map(|(&standing, &cell)| {
                u8::from(standing == Standing::Pass) & u8::from(cell != NO_FIT)
            })
            .collect();
        if !shape.ports.is_empty() && self.profile.filters(Plugin::NodePorts) {
            for (mask, ports) in mask.iter_mut().zip(&self.ports) {
                if *mask != 0 && ports.conflict(&shape.ports) {
                    *mask = 0;
                }
            }
        }
        for (counts, constraint) in outlook.spread.iter().zip(&shape.spread.hard) {
            self.keep(&mut mask, constraint.topology, &counts.table(constraint));
        }
        if let Some(required) = &outlook.required {
            self.keep_by_terms(&mut mask, required);
        }
        for (_, node) in self.nominated.values() {
            let slot = node.index();
            if mask[slot] != 0 && self.verdict(pod, outlook, slot).is_some() {
                mask[slot] = 0;
            }
        }
        let feasible = mask.iter().map(|&mask| u32::from(mask)).sum();
        let key = StaticKey {
            constraints: shape.constraints,
            images: shape.images,
            most_intolerable: if verdicts.has_intolerable {
                most(&verdicts.intolerable, &mask)
            } else {
                0
            },
            most_preferred: if self.constraints[shape.constraints].has_preference() {
                most(&verdicts.preference, &mask)
            } else {
                0
            },
        };
        Some(Field {
            mask,
            feasible,
            key,
        })
    }

    /// Keeps the nodes whose domain is allowed by a table.
    fn keep(&self, mask: &mut [u8], topology: TopologyId, table: &[u8]) {
        for (mask, &domain) in mask.iter_mut().zip(&self.topologies.get(topology).domain) {
            *mask &= table[domain as usize];
        }
    }

    /// Required affinity and anti-affinity, a table by domain for each topology.
    fn keep_by_terms(&self, mask: &mut [u8], required: &Required) {
        let first = required.is_first(0);
        for matching in &required.near {
            let table: Vec<_> = matching
                .by_domain
                .iter()
                .enumerate()
                .map(|(domain, &count)| {
                    u8::from(domain != NOWHERE as usize && (first || count > 0))
                })
                .collect();
            self.keep(mask, matching.topology, &table);
        }
        let mut tables: Vec<(TopologyId, Vec<u8>)> = Vec::new();
        let mut apart = |matching: &Matching| {
            let known = tables
                .iter()
                .position(|(topology, _)| *topology == matching.topology);
            let at = known.unwrap_or_else(|| {
                tables.push((matching.topology, vec![1; matching.by_domain.len()]));
                tables.len() - 1
            });
            for (allowed, &count) in tables[at].1.iter_mut().zip(&matching.by_domain).skip(1) {
                *allowed &= u8::from(count <= 0);
            }
        };
        required.apart.iter().for_each(&mut apart);
        required
            .unwelcome
            .iter()
            .for_each(|(_, matching)| apart(matching));
        for (topology, table) in &tables {
            self.keep(mask, *topology, table);
        }
    }

    /// The best node of a field.
    pub(crate) fn best_of(&mut self, shape: &Shape, field: &Field) -> Option<Best> {
        if field.feasible == 0 {
            return None;
        }
        self.caches.load_static(field.key, &self.profile);
        let statics = self.caches.statics(field.key)?;
        let fit = self.caches.fit(shape.appetite, &self.log.0)?;
        // Without a branch, so that several nodes are added up at once.
        let mut totals: Vec<i32> = fit
            .cells
            .iter()
            .zip(statics)
            .zip(&field.mask)
            .map(|((&cell, &fixed), &mask)| {
                let kept = -i32::from(mask);
                ((cell + fixed) & kept) | (i32::MIN & !kept)
            })
            .collect();
        self.add_by_list(shape, field, &mut totals);
        let top = totals.iter().copied().fold(i32::MIN, i32::max);
        let (mut ties, mut slot) = (0, u32::MAX);
        for (at, &total) in totals.iter().enumerate() {
            if total == top {
                ties += 1;
                if slot == u32::MAX || self.rank[at] < self.rank[slot as usize] {
                    slot = at as u32;
                }
            }
        }
        Some(Best {
            slot,
            score: top.into(),
            ties,
        })
    }

    /// Adds the plugins that look at the feasible nodes together.
    fn add_by_list(&self, shape: &Shape, field: &Field, totals: &mut [i32]) {
        let spreads = !shape.spread.soft.is_empty();
        let pulls = inter_pod_affinity::score::has_say(self, shape);
        if !spreads && !pulls {
            return;
        }
        let mut feasible = vec![0_u32; field.mask.len() + 1];
        let mut found = 0;
        for (slot, &mask) in field.mask.iter().enumerate() {
            // Without a branch: which nodes pass cannot be predicted.
            feasible[found] = slot as u32;
            found += usize::from(mask);
        }
        feasible.truncate(found);
        let mut scores = vec![0; found];
        for (plugin, wanted) in [
            (Plugin::PodTopologySpread, spreads),
            (Plugin::InterPodAffinity, pulls),
        ] {
            if wanted && scores::score(plugin, self, shape, &feasible, &mut scores) {
                for (&slot, &score) in feasible.iter().zip(&scores) {
                    totals[slot as usize] += score as i32;
                }
            }
        }
    }
}

/// The largest value of a masked node.
fn most(column: &[u32], mask: &[u8]) -> u32 {
    column
        .iter()
        .zip(mask)
        .map(|(&value, &mask)| value & 0_u32.wrapping_sub(mask.into()))
        .fold(0, u32::max)
}

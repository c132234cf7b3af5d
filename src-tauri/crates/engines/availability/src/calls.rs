//! Who needs whom: the calls between services as a graph, and the shortest way from a service to what it lacks.

use std::collections::VecDeque;

use drydock_model::{Provenance, ServiceId};
use schemars::JsonSchema;
use serde::Serialize;

/// A call that is needed, between services by their index.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Need {
    pub from: usize,
    pub to: usize,
    pub provenance: Provenance,
}

/// A step towards what is lacking.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Step {
    pub to: usize,
    pub provenance: Provenance,
}

/// The calls that are needed, by caller and by called.
#[derive(Clone, Debug, Default)]
pub(crate) struct Needs {
    of: Vec<Vec<Step>>,
    by: Vec<Vec<Step>>,
}

impl Needs {
    /// Of several calls between the same two the strongest known counts, since one is enough to need it.
    pub fn new(services: usize, mut needs: Vec<Need>) -> Self {
        needs.sort_unstable();
        needs.dedup_by_key(|need| (need.from, need.to));
        let mut graph = Self {
            of: vec![Vec::new(); services],
            by: vec![Vec::new(); services],
        };
        for Need {
            from,
            to,
            provenance,
        } in needs
        {
            graph.of[from].push(Step { to, provenance });
            let to_caller = Step {
                to: from,
                provenance,
            };
            graph.by[to].push(to_caller);
        }
        graph
    }

    /// For every service that reaches one of `roots`, the first step of a shortest way there. Roots have none. Calls may
    /// close a cycle.
    pub fn toward(&self, roots: impl Iterator<Item = usize>) -> Vec<Option<Step>> {
        let mut first = vec![None; self.of.len()];
        let mut seen = vec![false; self.of.len()];
        let mut open: VecDeque<usize> = VecDeque::new();
        for root in roots {
            seen[root] = true;
            open.push_back(root);
        }
        while let Some(called) = open.pop_front() {
            for caller in &self.by[called] {
                if !seen[caller.to] {
                    seen[caller.to] = true;
                    first[caller.to] = Some(Step {
                        to: called,
                        provenance: caller.provenance,
                    });
                    open.push_back(caller.to);
                }
            }
        }
        first
    }

    /// A service and everything that it needs, directly or not, in order.
    pub fn closure(&self, service: usize) -> Vec<usize> {
        let mut seen = vec![false; self.of.len()];
        let mut open = vec![service];
        seen[service] = true;
        while let Some(at) = open.pop() {
            for step in &self.of[at] {
                if !seen[step.to] {
                    seen[step.to] = true;
                    open.push(step.to);
                }
            }
        }
        (0..seen.len()).filter(|&at| seen[at]).collect()
    }

    /// The weakest grade of the calls that the services of a closure need each other by.
    pub fn weakest(&self, closure: &[usize]) -> Option<Provenance> {
        closure
            .iter()
            .flat_map(|&at| &self.of[at])
            .map(|step| step.provenance)
            .max()
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.of.iter().map(Vec::len).sum()
    }
}

/// What a service lacks, and the calls by which it needs that.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Chain {
    /// The service, what it calls, and so on to the one at fault.
    pub services: Vec<ServiceId>,
    /// The weakest grade of what this rests on: the calls, and a role where one is at fault.
    pub grade: Option<Provenance>,
    /// In words: `shop/web needs shop/cart needs shop/redis: down`.
    pub text: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn needs(calls: &[(usize, usize)]) -> Needs {
        let needs = calls.iter().map(|&(from, to)| Need {
            from,
            to,
            provenance: Provenance::Inferred,
        });
        Needs::new(6, needs.collect())
    }

    #[test]
    fn shortest_steps_to_a_root() {
        let check = |calls: &[(usize, usize)], roots: &[usize], expect: [Option<usize>; 6]| {
            let steps = needs(calls).toward(roots.iter().copied());
            let got: Vec<_> = steps.iter().map(|step| step.map(|step| step.to)).collect();
            assert_eq!(got, expect, "{calls:?} {roots:?}");
        };
        let chain = [(0, 1), (1, 2), (2, 3)];
        check(&chain, &[3], [Some(1), Some(2), Some(3), None, None, None]);
        check(&chain, &[1], [Some(1), None, None, None, None, None]);
        // A way over 1 and one over 2 and 4: the shorter.
        let diamond = [(0, 2), (2, 4), (4, 3), (0, 1), (1, 3)];
        check(
            &diamond,
            &[3],
            [Some(1), Some(3), Some(4), None, Some(3), None],
        );
        let cycle = [(0, 1), (1, 2), (2, 0), (2, 5)];
        check(&cycle, &[5], [Some(1), Some(2), Some(5), None, None, None]);
        check(&cycle, &[0], [None, Some(2), Some(0), None, None, None]);
    }

    #[test]
    fn a_closure_and_its_grade() {
        let mut all = vec![
            Need {
                from: 0,
                to: 1,
                provenance: Provenance::Measured,
            },
            Need {
                from: 1,
                to: 2,
                provenance: Provenance::Entered,
            },
            Need {
                from: 1,
                to: 2,
                provenance: Provenance::Inferred,
            },
            Need {
                from: 4,
                to: 2,
                provenance: Provenance::Assumed,
            },
        ];
        all.reverse();
        let needs = Needs::new(5, all);
        assert_eq!(needs.len(), 3);
        assert_eq!(needs.closure(0), [0, 1, 2]);
        assert_eq!(needs.weakest(&[0, 1, 2]), Some(Provenance::Inferred));
        assert_eq!(needs.weakest(&[2]), None);
    }
}

//! Whether what was found a little earlier still holds, after `disruption/validation.go`.

use super::candidates::Candidate;
use super::consolidate::{Packed, pack};
use super::decision::Method;
use super::memory::Validating;
use super::methods::{Look, Plan};
use super::pool_budgets::left;
use crate::nodes::Placement;

impl<'a, P: Placement> Look<'a, '_, P> {
    /// The plan as it is to be done now. Of empty nodes those that still are; anything else as a
    /// whole.
    ///
    /// # Errors
    /// What has changed.
    pub fn validate(&self, found: &Validating) -> Result<Plan<'a>, String> {
        let mut left = left(self.seen, self.memory, found.method.reason());
        let mut nodes: Vec<Candidate<'a>> = Vec::new();
        for id in &found.nodes {
            let still = |candidate: &&Candidate<'_>| {
                candidate.id == *id && self.concerns(found.method, candidate)
            };
            let Some(candidate) = self.candidates.iter().find(still) else {
                continue;
            };
            if left[candidate.pool] > 0 {
                left[candidate.pool] -= 1;
                nodes.push(candidate.clone());
            }
        }
        let gone = found.nodes.len() - nodes.len();
        if nodes.is_empty() || (gone > 0 && found.method != Method::Emptiness) {
            return Err(format!(
                "{gone} of {} nodes may not be disrupted any more",
                found.nodes.len()
            ));
        }
        let mut plan = Plan {
            method: found.method,
            nodes,
            replacements: Vec::new(),
            cheap_enough: Vec::new(),
            onto: Vec::new(),
        };
        if found.method != Method::Emptiness {
            self.pack_again(found, &mut plan)?;
        }
        Ok(plan)
    }

    /// Packs the pods anew: it has to take as many nodes, of offers that were found before.
    fn pack_again(&self, found: &Validating, plan: &mut Plan<'a>) -> Result<(), String> {
        let nodes: Vec<&Candidate<'_>> = plan.nodes.iter().collect();
        let packed = pack(&nodes, self.seen, self.memory, self.placement)
            .map_err(|_| "not all pods have a place any more".to_owned())?;
        plan.onto = packed.onto();
        let Packed {
            mut solver,
            mut claims,
        } = packed;
        let expected = usize::from(found.replacement.is_some());
        if claims.len() != expected {
            return Err(format!(
                "it would take {} nodes in their place, and no longer {expected}",
                claims.len()
            ));
        }
        let (Some(mut claim), Some((pool, offer, cheap_enough))) =
            (claims.pop(), found.replacement.as_ref())
        else {
            return Ok(());
        };
        let still = |at: &usize| claim.options.contains(at);
        if claim.pool != *pool || !cheap_enough.iter().all(still) {
            return Err("another node would have to take their place".to_owned());
        }
        claim
            .settle(&[*offer], self.seen, &mut solver.trial)
            .ok_or_else(|| "the pods do not fit on the node in their place any more".to_owned())?;
        plan.replacements.push((claim, *offer));
        Ok(())
    }
}

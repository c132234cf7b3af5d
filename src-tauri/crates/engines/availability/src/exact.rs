//! The exact probability of a layout, by factoring: each zone and each host is taken once as down and once as up
//! (pivotal decomposition: Barlow and Proschan, "Statistical Theory of Reliability and Life Testing", 1975), and what both
//! ways leave the same is carried on as one. What is carried is how many replicas each group still lacks.

use crate::layout::{Host, Layout};

/// Most states that are carried at a time, unless a caller says otherwise.
pub const MOST_STATES: usize = 1 << 14;

/// What groups still lack, packed, with its probability.
type States = Vec<(u128, f64)>;

/// Where a group's lack is in a packed state.
#[derive(Clone, Copy, Debug)]
struct Field {
    shift: u32,
    mask: u128,
}

impl Field {
    fn of(self, state: u128) -> u128 {
        (state >> self.shift) & self.mask
    }
}

struct Carrier {
    fields: Vec<Field>,
    /// Replicas of each group on hosts that have not been looked at.
    left: Vec<u128>,
    most_states: usize,
}

impl Layout {
    /// The probability that every group has as many replicas up as it needs; none where more than `most_states` states
    /// would have to be carried.
    pub fn exact(&self, most_states: usize) -> Option<f64> {
        let mut shift = 0;
        let mut start = 0;
        let mut fields = Vec::with_capacity(self.needed.len());
        for &needed in &self.needed {
            let bits = u32::BITS - needed.leading_zeros();
            if shift + bits > u128::BITS {
                return None;
            }
            // A group that needs nothing has no bits, and its field reads 0.
            fields.push(Field {
                shift: if bits == 0 { 0 } else { shift },
                mask: (1u128 << bits) - 1,
            });
            start |= if bits == 0 {
                0
            } else {
                u128::from(needed) << shift
            };
            shift += bits;
        }
        let mut carrier = Carrier {
            fields,
            left: self.replicas().into_iter().map(u128::from).collect(),
            most_states,
        };
        let mut states: States = vec![(start, 1.0)];
        carrier.prune(&mut states);
        for zone in &self.zones {
            let mut up = scaled(&states, zone.availability);
            for host in &zone.hosts {
                up = carrier.pass(&up, host)?;
            }
            states = scaled(&states, 1.0 - zone.availability);
            states.extend(up);
            merge(&mut states);
            carrier.prune(&mut states);
        }
        // No replica is left, so that what still lacks something has been dropped.
        Some(states.iter().map(|(_, probability)| probability).sum())
    }
}

impl Carrier {
    /// What states become past a host.
    fn pass(&mut self, states: &States, host: &Host) -> Option<States> {
        let mut up = scaled(states, host.availability);
        for &(group, availability) in &host.replicas {
            let field = self.fields[group];
            let mut next = Vec::with_capacity(up.len() * 2);
            for (state, probability) in up {
                if field.of(state) == 0 {
                    next.push((state, probability));
                } else {
                    next.push((state, probability * (1.0 - availability)));
                    next.push((state - (1 << field.shift), probability * availability));
                }
            }
            merge(&mut next);
            up = next;
            self.left[group] -= 1;
        }
        let mut all = scaled(states, 1.0 - host.availability);
        all.extend(up);
        merge(&mut all);
        self.prune(&mut all);
        (all.len() <= self.most_states).then_some(all)
    }

    /// Drops what can no longer come to anything: a group lacks more than is left of it.
    fn prune(&self, states: &mut States) {
        states.retain(|&(state, probability)| {
            let mut groups = self.fields.iter().zip(&self.left);
            probability > 0.0 && groups.all(|(field, &left)| field.of(state) <= left)
        });
    }
}

fn scaled(states: &States, factor: f64) -> States {
    let scaled = states
        .iter()
        .map(|&(state, probability)| (state, probability * factor));
    scaled.collect()
}

/// Adds up what is the same.
fn merge(states: &mut States) {
    states.sort_by_key(|&(state, _)| state);
    states.dedup_by(|later, kept| {
        let same = later.0 == kept.0;
        if same {
            kept.1 += later.1;
        }
        same
    });
}

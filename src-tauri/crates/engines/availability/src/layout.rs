//! Groups of replicas on hosts in zones, and the probability that each group has as many up as it needs. Replicas that
//! share a host or a zone go down with it together; nothing else makes one depend on another.

/// A host with its replicas.
#[derive(Clone, Debug, PartialEq)]
pub struct Host {
    /// Probability that it is up while its zone is.
    pub availability: f64,
    /// Replicas on it: index of the group, and the probability that it is up while its host is.
    pub replicas: Vec<(usize, f64)>,
}

/// A zone with its hosts.
#[derive(Clone, Debug, PartialEq)]
pub struct ZoneOfHosts {
    /// Probability that it is up.
    pub availability: f64,
    /// Its hosts.
    pub hosts: Vec<Host>,
}

/// Where the replicas of some groups are, and how many of each have to be up.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Layout {
    /// The zones.
    pub zones: Vec<ZoneOfHosts>,
    /// By group, replicas that have to be up.
    pub needed: Vec<u32>,
}

impl Layout {
    /// Replicas of each group.
    pub(crate) fn replicas(&self) -> Vec<u32> {
        let mut counts = vec![0; self.needed.len()];
        let hosts = self.zones.iter().flat_map(|zone| &zone.hosts);
        for (group, _) in hosts.flat_map(|host| &host.replicas) {
            counts[*group] += 1;
        }
        counts
    }
}

//! Persistent volumes, claims, storage classes and what drivers allow on a node, as far as placement depends on them.
//!
//! A claim that waits for its first consumer is assumed to be bound when a pod that uses it is: to the volume that
//! matches, or to one provisioned within reach of that node. Reach is the topology that the class allows, or else the
//! node's zone; what a driver would really do is not known. The assumption goes with the last pod that uses the claim.

mod assume;
mod objects;
mod outlook;

use std::collections::{BTreeMap, BTreeSet};

use crate::cluster::PodKey;
use crate::labels::LabelSelector;
use crate::selector::Term;
use crate::symbol::Symbol;
use crate::volumes::ClaimName;

pub(crate) use objects::MIGRATIONS;
pub(crate) use outlook::VolumeOutlook;

/// A driver's volume: what NodeVolumeLimits counts, once a node.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Attachment {
    pub driver: String,
    pub handle: String,
    /// The built-in plugin that the driver stands in for, where a node says that it does.
    pub migrated_from: Option<&'static str>,
}

/// Zone labels of a volume: key, the key's present name, and the zones it can be reached from.
pub(crate) type ZoneLabel = (Symbol, Symbol, Vec<Symbol>);

#[derive(Debug, Clone)]
pub(crate) struct Volume {
    pub class: String,
    /// Bytes in nano units.
    pub capacity: i128,
    pub access_modes: BTreeSet<String>,
    pub block: bool,
    /// Node terms, any of which has to match; none where it can be reached from everywhere.
    pub reach: Option<Vec<Term>>,
    pub zones: Vec<ZoneLabel>,
    pub claim: Option<ClaimName>,
    pub available: bool,
    pub deleting: bool,
    pub attachment: Option<Attachment>,
    pub labels: Vec<(Symbol, Symbol)>,
}

#[derive(Debug, Clone)]
pub(crate) struct Claim {
    /// The volume it is bound to.
    pub volume: Option<String>,
    /// Whether the binding is complete.
    pub bound: bool,
    pub class: String,
    pub request: i128,
    pub access_modes: BTreeSet<String>,
    pub block: bool,
    pub selector: Option<LabelSelector>,
    pub lost: bool,
    pub deleting: bool,
    /// The node that the scheduler has chosen for provisioning.
    pub selected_node: Option<String>,
}

impl Claim {
    /// Whether one pod in the whole cluster may use it at a time.
    pub(crate) fn is_for_one_pod(&self) -> bool {
        self.access_modes.contains("ReadWriteOncePod")
    }
}

#[derive(Debug, Clone)]
pub(crate) struct Class {
    pub provisioner: String,
    pub waits: bool,
    /// Any of these terms; in a term every key has to have one of its values. Empty: everywhere.
    pub topologies: Vec<Vec<(Symbol, Vec<Symbol>)>>,
}

/// What a CSINode says of its node.
#[derive(Debug, Clone, Default)]
pub(crate) struct Drivers {
    /// Volumes that may be attached, by driver.
    pub limits: BTreeMap<String, i64>,
    /// Built-in plugins whose volumes drivers handle.
    pub migrated: BTreeSet<String>,
}

/// Where a claim's volume is taken to be, once a pod uses it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Assumed {
    /// This volume is taken for it.
    Volume(String),
    /// One is provisioned that these labels of a node reach.
    Provisioned(Vec<(Symbol, Symbol)>),
}

#[derive(Debug, Clone, Default)]
pub(crate) struct Storage {
    /// Whether any claim, volume or storage class was given. Where none was, a claim that is not found is unknown rather
    /// than missing.
    pub known: bool,
    pub volumes: BTreeMap<String, Volume>,
    pub claims: BTreeMap<ClaimName, Claim>,
    pub classes: BTreeMap<String, Class>,
    /// By node name.
    pub drivers: BTreeMap<String, Drivers>,
    /// Bound pods that use a claim.
    pub users: BTreeMap<ClaimName, BTreeSet<PodKey>>,
    pub assumed: BTreeMap<ClaimName, Assumed>,
}

impl Storage {
    /// The volume a claim is bound to, or is taken to be.
    pub(crate) fn volume_of(&self, name: ClaimName) -> Option<&Volume> {
        let claim = self.claims.get(&name)?;
        if claim.bound {
            return self.volumes.get(claim.volume.as_ref()?);
        }
        match self.assumed.get(&name)? {
            Assumed::Volume(volume) => self.volumes.get(volume),
            Assumed::Provisioned(_) => None,
        }
    }
}

//! What stops an import altogether. What concerns one file or object is in the report instead.

use thiserror::Error;

/// How a dump that Drydock takes is made.
pub const HOW_TO_DUMP: &str = "kubectl get nodes,namespaces,pods,deployments,statefulsets,daemonsets,replicasets,jobs,services,ingresses,configmaps,hpa,pdb,pv,pvc,storageclasses,csinodes,priorityclasses -A -o yaml > cluster.yaml";

/// Why nothing was imported.
#[derive(Debug, Error)]
pub enum ImportError {
    /// A path does not read.
    #[error("{path} does not read: {source}")]
    Read {
        /// The path as it was given.
        path: String,
        /// What the system says.
        source: std::io::Error,
    },
    /// More than the limit.
    #[error("{what} holds more than {limit}: import a part of it")]
    TooLarge {
        /// The archive, or what was given together.
        what: String,
        /// The limit, with its unit.
        limit: String,
    },
    /// An archive that is cut off or broken.
    #[error("{archive} is damaged or cut off, and nothing of it was taken: {reason}")]
    Damaged {
        /// The archive.
        archive: String,
        /// What does not read.
        reason: String,
    },
    /// Not one object in all that was given.
    #[error(
        "nothing to import in {found}: expected YAML or JSON of Kubernetes objects, or a folder, .zip or .tar.gz of them, such as `{HOW_TO_DUMP}` writes"
    )]
    Nothing {
        /// What was found instead.
        found: String,
    },
    /// A world file says something that cannot be.
    #[error("{place}: {field}: {problem}")]
    WorldFile {
        /// File and document.
        place: String,
        /// The field.
        field: String,
        /// The value, and what would be right.
        problem: String,
    },
}

impl ImportError {
    pub(crate) fn too_many_bytes(what: String, limit: u64) -> Self {
        let limit = match limit % (1 << 20) {
            0 => format!("{} MiB", limit >> 20),
            _ => format!("{limit} bytes"),
        };
        Self::TooLarge { what, limit }
    }
}

//! Which kinds are read: those that the importer or an engine understands, and what scales. Never Secrets.

use serde::{Deserialize, Serialize};

/// A kind as a server serves it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Resource {
    /// API group; empty for the core group.
    pub group: String,
    /// Version, such as `v1`.
    pub version: String,
    /// Kind, such as `Deployment`.
    pub kind: String,
    /// Name in paths, such as `deployments`.
    pub plural: String,
    /// False where its objects are the cluster's.
    pub namespaced: bool,
}

impl Resource {
    /// `v1` or `apps/v1`.
    pub fn api_version(&self) -> String {
        if self.group.is_empty() {
            self.version.clone()
        } else {
            format!("{}/{}", self.group, self.version)
        }
    }

    /// `apps/v1 Deployment`, as warnings name it.
    pub fn title(&self) -> String {
        format!("{} {}", self.api_version(), self.kind)
    }

    /// The path of all its objects, or of those of a namespace.
    pub fn path(&self, namespace: Option<&str>) -> String {
        let base = base(&self.group, &self.version);
        match namespace.filter(|_| self.namespaced) {
            Some(namespace) => format!("{base}/namespaces/{namespace}/{}", self.plural),
            None => format!("{base}/{}", self.plural),
        }
    }

    /// Whether it is the Event of the core group, which is read as what happened and not as an object.
    pub(crate) fn is_event(&self) -> bool {
        self.group.is_empty() && self.kind == "Event"
    }

    pub(crate) fn is_namespace(&self) -> bool {
        self.group.is_empty() && self.kind == "Namespace"
    }
}

/// `/api/v1` or `/apis/apps/v1`.
pub(crate) fn base(group: &str, version: &str) -> String {
    if group.is_empty() {
        format!("/api/{version}")
    } else {
        format!("/apis/{group}/{version}")
    }
}

/// Whether a group holds kinds that are read.
pub(crate) fn is_wanted_group(group: &str) -> bool {
    matches!(
        group,
        "apps"
            | "autoscaling"
            | "autoscaling.k8s.io"
            | "batch"
            | "gateway.networking.k8s.io"
            | "karpenter.sh"
            | "networking.istio.io"
            | "networking.k8s.io"
            | "policy"
            | "route.openshift.io"
            | "scheduling.k8s.io"
            | "storage.k8s.io"
            | "traefik.containo.us"
            | "traefik.io"
    ) || group.starts_with("karpenter.")
}

/// Whether objects of a kind are read.
pub(crate) fn is_wanted(group: &str, kind: &str) -> bool {
    match group {
        "" => matches!(
            kind,
            "ConfigMap"
                | "Event"
                | "LimitRange"
                | "Namespace"
                | "Node"
                | "PersistentVolume"
                | "PersistentVolumeClaim"
                | "Pod"
                | "ReplicationController"
                | "ResourceQuota"
                | "Service"
        ),
        "apps" => matches!(
            kind,
            "DaemonSet" | "Deployment" | "ReplicaSet" | "StatefulSet"
        ),
        "autoscaling" => kind == "HorizontalPodAutoscaler",
        "autoscaling.k8s.io" => kind == "VerticalPodAutoscaler",
        "batch" => matches!(kind, "CronJob" | "Job"),
        "gateway.networking.k8s.io" => kind.ends_with("Route"),
        "networking.istio.io" => kind == "VirtualService",
        "networking.k8s.io" => kind == "Ingress",
        "policy" => kind == "PodDisruptionBudget",
        "route.openshift.io" => kind == "Route",
        "scheduling.k8s.io" => kind == "PriorityClass",
        "storage.k8s.io" => matches!(kind, "CSINode" | "StorageClass"),
        "traefik.containo.us" | "traefik.io" => kind == "IngressRoute",
        "karpenter.sh" => matches!(kind, "NodeClaim" | "NodePool" | "Provisioner"),
        // The clouds' halves: karpenter.k8s.aws, karpenter.azure.com and others.
        other => other.starts_with("karpenter.") && kind.ends_with("NodeClass"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths() {
        let check = |group: &str, namespaced, namespace: Option<&str>, expect: &str| {
            let resource = Resource {
                group: group.to_owned(),
                version: "v1".to_owned(),
                kind: "X".to_owned(),
                plural: "xs".to_owned(),
                namespaced,
            };
            assert_eq!(resource.path(namespace), expect);
        };
        check("", true, None, "/api/v1/xs");
        check("", true, Some("shop"), "/api/v1/namespaces/shop/xs");
        check(
            "apps",
            true,
            Some("shop"),
            "/apis/apps/v1/namespaces/shop/xs",
        );
        check("apps", false, Some("shop"), "/apis/apps/v1/xs");
    }

    #[test]
    fn secrets_are_never_read() {
        for group in ["", "apps", "karpenter.sh", "karpenter.k8s.aws"] {
            assert!(!is_wanted(group, "Secret"));
        }
        assert!(is_wanted("", "Pod") && is_wanted("karpenter.k8s.aws", "EC2NodeClass"));
        assert!(!is_wanted("example.com", "Pod") && !is_wanted("metrics.k8s.io", "PodMetrics"));
    }

    #[test]
    fn wanted_kinds_are_in_wanted_groups() {
        for (group, kind) in [
            ("apps", "Deployment"),
            ("autoscaling", "HorizontalPodAutoscaler"),
            ("karpenter.azure.com", "AKSNodeClass"),
            ("policy", "PodDisruptionBudget"),
        ] {
            assert!(is_wanted_group(group) && is_wanted(group, kind), "{group}");
        }
    }
}

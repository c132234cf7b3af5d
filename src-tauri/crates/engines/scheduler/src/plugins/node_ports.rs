//! NodePorts: a host port serves one pod of a node at a time.
//!
//! Source: `plugins/nodeports/node_ports.go` and `HostPortInfo` of `framework/types.go`.

use k8s_openapi::api::core::v1::{Container, PodSpec};

use crate::symbol::{Symbol, Symbols};

pub(crate) const REASON: &str = "node(s) didn't have free ports for the requested pod ports";

/// A port on the host. `ip` none stands for every address.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct HostPort {
    port: i32,
    protocol: Symbol,
    ip: Option<Symbol>,
}

impl HostPort {
    fn conflicts(self, other: Self) -> bool {
        self.port == other.port
            && self.protocol == other.protocol
            && (self.ip.is_none() || other.ip.is_none() || self.ip == other.ip)
    }
}

/// Host ports of containers and sidecars, sorted. With `hostNetwork` a container port is a host port, as the API
/// server's defaulting has it.
pub(crate) fn host_ports(spec: &PodSpec, symbols: &mut Symbols) -> Vec<HostPort> {
    let sidecar = |container: &&Container| container.restart_policy.as_deref() == Some("Always");
    let host_network = spec.host_network == Some(true);
    let init = spec.init_containers.iter().flatten().filter(sidecar);
    let mut ports: Vec<_> = spec
        .containers
        .iter()
        .chain(init)
        .flat_map(|container| container.ports.iter().flatten())
        .filter_map(|port| {
            let host = port
                .host_port
                .filter(|&host| host > 0)
                .or(host_network.then_some(port.container_port))?;
            let ip = port
                .host_ip
                .as_deref()
                .filter(|ip| !ip.is_empty() && *ip != "0.0.0.0");
            Some(HostPort {
                port: host,
                protocol: symbols.intern(
                    port.protocol
                        .as_deref()
                        .filter(|name| !name.is_empty())
                        .unwrap_or("TCP"),
                ),
                ip: ip.map(|ip| symbols.intern(ip)),
            })
        })
        .collect();
    ports.sort_unstable();
    ports.dedup();
    ports
}

/// Ports in use on one node. Like the original's this is a set, not a count: where pods that were placed by hand share
/// a port, the first of them to leave frees it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct UsedPorts(Vec<HostPort>);

impl UsedPorts {
    pub(crate) fn take(&mut self, ports: &[HostPort]) {
        for &port in ports {
            if let Err(at) = self.0.binary_search(&port) {
                self.0.insert(at, port);
            }
        }
    }

    pub(crate) fn release(&mut self, ports: &[HostPort]) {
        for port in ports {
            if let Ok(at) = self.0.binary_search(port) {
                self.0.remove(at);
            }
        }
    }

    pub(crate) fn conflict(&self, wanted: &[HostPort]) -> bool {
        wanted
            .iter()
            .any(|&port| self.0.iter().any(|used| used.conflicts(port)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    fn ports(ports: Value, symbols: &mut Symbols) -> Vec<HostPort> {
        let spec: PodSpec =
            serde_json::from_value(json!({"containers": [{"name": "c", "ports": ports}]})).unwrap();
        host_ports(&spec, symbols)
    }

    fn check(used: Value, wanted: Value, conflict: bool) {
        let mut symbols = Symbols::default();
        let (held, asked) = (
            ports(used.clone(), &mut symbols),
            ports(wanted.clone(), &mut symbols),
        );
        let mut node = UsedPorts::default();
        node.take(&held);
        assert_eq!(node.conflict(&asked), conflict, "{used} {wanted}");
        node.release(&held);
        assert!(!node.conflict(&asked));
        assert_eq!(node, UsedPorts::default());
    }

    #[test]
    fn table() {
        let port = |port: i32, protocol: &str, ip: &str| json!([{"containerPort": 1, "hostPort": port, "protocol": protocol, "hostIP": ip}]);
        check(port(80, "TCP", ""), port(80, "", "0.0.0.0"), true);
        check(port(80, "TCP", ""), port(80, "UDP", ""), false);
        check(port(80, "TCP", ""), port(81, "TCP", ""), false);
        check(
            port(80, "TCP", "10.0.0.1"),
            port(80, "TCP", "10.0.0.2"),
            false,
        );
        check(port(80, "TCP", "10.0.0.1"), port(80, "TCP", ""), true);
        check(port(80, "TCP", ""), port(80, "TCP", "10.0.0.2"), true);
        check(
            json!([{"containerPort": 80}]),
            json!([{"containerPort": 80}]),
            false,
        );
    }

    #[test]
    fn of_two_holders_the_first_to_leave_frees_the_port() {
        let mut symbols = Symbols::default();
        let held = ports(json!([{"containerPort": 1, "hostPort": 80}]), &mut symbols);
        let mut node = UsedPorts::default();
        node.take(&held);
        node.take(&held);
        node.release(&held);
        assert!(!node.conflict(&held));
    }

    #[test]
    fn host_network_and_sidecars() {
        let count = |spec: Value| {
            host_ports(
                &serde_json::from_value(spec).unwrap(),
                &mut Symbols::default(),
            )
            .len()
        };
        let c = json!({"name": "c", "ports": [{"containerPort": 80}]});
        let held = json!({"name": "i", "restartPolicy": "Always", "ports": [{"containerPort": 1, "hostPort": 9}]});
        let brief = json!({"name": "i", "ports": [{"containerPort": 1, "hostPort": 9}]});
        assert_eq!(count(json!({"containers": [c]})), 0);
        assert_eq!(count(json!({"containers": [c], "hostNetwork": true})), 1);
        assert_eq!(
            count(json!({"containers": [c], "initContainers": [held]})),
            1
        );
        assert_eq!(
            count(json!({"containers": [c], "initContainers": [brief]})),
            0
        );
    }
}

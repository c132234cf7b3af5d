//! Host names in the values of variables and in command lines.
//!
//! Finds candidates only; whether a name is one of the cluster's is the directory's to say.

/// A host name and how sure it is that it is meant as an address.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Address {
    /// The name, lower case, without port.
    pub host: String,
    /// True for URLs and for variables and options whose name says address; false where it may be an image or a file.
    pub certain: bool,
}

/// Ends of names of variables and options that hold addresses.
const ADDRESS_ENDS: &[&str] = &[
    "HOST",
    "HOSTS",
    "HOSTNAME",
    "ADDR",
    "ADDRS",
    "ADDRESS",
    "ADDRESSES",
    "SERVICE",
    "URL",
    "URLS",
    "URI",
    "ENDPOINT",
    "ENDPOINTS",
    "SERVER",
    "SERVERS",
    "BROKER",
    "BROKERS",
    "UPSTREAM",
    "TARGET",
];

/// Values of such variables that are no names of hosts.
const NO_HOSTS: &[&str] = &[
    "localhost",
    "true",
    "false",
    "none",
    "null",
    "stdout",
    "stderr",
    "default",
    "auto",
    "disabled",
    "enabled",
];

/// Addresses in the value of a variable, in order, each once.
pub(crate) fn in_variable(name: &str, value: &str) -> Vec<Address> {
    let addressed = names_an_address(name);
    let mut found = Found::default();
    found.urls(value);
    if !value.contains("://") {
        for token in value.split(is_separator).filter(|token| !token.is_empty()) {
            match host_port(token) {
                Some(host) => found.add(host, addressed),
                None if addressed || is_cluster_name(token) => {
                    if let Some(host) = host_name(token) {
                        found.add(host, true);
                    }
                }
                None => {}
            }
        }
    }
    found.0
}

/// Addresses in a command line: URLs, `host:port`, and `--address=host`.
pub(crate) fn in_command(words: &[String]) -> Vec<Address> {
    let mut found = Found::default();
    for word in words.iter().flat_map(|word| word.split_whitespace()) {
        found.urls(word);
        if word.contains("://") {
            continue;
        }
        let (option, value) = word.split_once('=').unwrap_or(("", word));
        let addressed = names_an_address(option);
        for token in value.split(is_separator) {
            if let Some(host) = host_port(token) {
                found.add(host, addressed);
            } else if is_cluster_name(token)
                && let Some(host) = host_name(token)
            {
                found.add(host, true);
            }
        }
    }
    found.0
}

#[derive(Default)]
struct Found(Vec<Address>);

impl Found {
    fn add(&mut self, host: String, certain: bool) {
        match self.0.iter_mut().find(|address| address.host == host) {
            Some(address) => address.certain |= certain,
            None => self.0.push(Address { host, certain }),
        }
    }

    fn urls(&mut self, text: &str) {
        for (at, _) in text.match_indices("://") {
            let scheme = text[..at]
                .rsplit(|c: char| !(c.is_ascii_alphanumeric() || matches!(c, '+' | '-' | '.')))
                .next()
                .unwrap_or("");
            if scheme.is_empty()
                || matches!(scheme, "file" | "unix" | "docker" | "containerd" | "oci")
            {
                continue;
            }
            let rest = &text[at + 3..];
            let end = rest
                .find(|c: char| {
                    c.is_whitespace() || matches!(c, '"' | '\'' | '`' | '|' | '<' | '>')
                })
                .unwrap_or(rest.len());
            // A password may hold a slash; what is after the last @ is the host.
            let rest = rest[..end]
                .rsplit_once('@')
                .map_or(&rest[..end], |(_, hosts)| hosts);
            let hosts = rest.split(['/', '?', '#', '\\']).next().unwrap_or("");
            for host in hosts.split([',', ';']) {
                let name = host.split_once(':').map_or(host, |(name, _)| name);
                if let Some(host) = host_name(name) {
                    self.add(host, true);
                }
            }
        }
    }
}

fn is_separator(c: char) -> bool {
    c.is_whitespace() || matches!(c, ',' | ';' | '(' | ')' | '"' | '\'' | '=' | '|' | '@')
}

fn names_an_address(name: &str) -> bool {
    let name: String = name
        .chars()
        .filter(char::is_ascii_alphanumeric)
        .collect::<String>()
        .to_ascii_uppercase();
    let listens = ["LISTEN", "BIND", "ADVERTISE"]
        .iter()
        .any(|word| name.contains(word));
    !listens && ADDRESS_ENDS.iter().any(|end| name.ends_with(end))
}

/// The host of `host:port`, with or without a path behind it.
fn host_port(token: &str) -> Option<String> {
    let (host, rest) = token.split_once(':')?;
    let port = rest.split('/').next()?;
    let port: u16 = if port.bytes().all(|b| b.is_ascii_digit()) {
        port.parse().ok()?
    } else {
        return None;
    };
    if port == 0 { None } else { host_name(host) }
}

/// A DNS name as Kubernetes has them, or nothing: labels of letters, digits and hyphens, not an IP address.
fn host_name(text: &str) -> Option<String> {
    let host = text.strip_suffix('.').unwrap_or(text).to_ascii_lowercase();
    let label = |label: &str| {
        !label.is_empty()
            && label.len() <= 63
            && !label.starts_with('-')
            && !label.ends_with('-')
            && label
                .bytes()
                .all(|b| b.is_ascii_alphanumeric() || b == b'-')
    };
    let sound = host.len() <= 253
        && host.split('.').all(label)
        && host.bytes().any(|b| b.is_ascii_lowercase())
        && !NO_HOSTS.contains(&host.as_str());
    sound.then_some(host)
}

/// Whether a name is written as the cluster's DNS has it: `name.namespace.svc` and what may follow.
pub(crate) fn is_cluster_name(text: &str) -> bool {
    text.trim_end_matches('.')
        .split('.')
        .skip(2)
        .any(|label| label == "svc")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(name: &str, value: &str, expect: &[&str]) {
        let got: Vec<_> = in_variable(name, value)
            .into_iter()
            .map(|a| {
                if a.certain {
                    a.host
                } else {
                    format!("{}?", a.host)
                }
            })
            .collect();
        assert_eq!(got, expect, "{name}={value}");
    }

    #[test]
    fn variables() {
        check("CART_SERVICE_ADDR", "cartservice:7070", &["cartservice"]);
        check("X", "cartservice:7070", &["cartservice?"]);
        check(
            "X",
            "http://cart.shop.svc.cluster.local:80/path?q=http",
            &["cart.shop.svc.cluster.local"],
        );
        check(
            "ZIPKIN",
            "zipkin.jaeger.svc.cluster.local",
            &["zipkin.jaeger.svc.cluster.local"],
        );
        check("DATABASE_URL", "postgres://app:p@ss/w@db:5432/x", &["db"]);
        check("SPRING_URL", "jdbc:postgresql://db/x", &["db"]);
        check(
            "MONGO",
            "mongodb://a:27017,b:27017/?replicaSet=r",
            &["a", "b"],
        );
        check("DSN", "app:x@tcp(mysql:3306)/shop", &["mysql?"]);
        check(
            "KAFKA_BROKERS",
            "k-0.k:9092,k-1.k:9092",
            &["k-0.k", "k-1.k"],
        );
        check("MYSQL_HOST", "mysql", &["mysql"]);
        check("NAME", "mysql", &[]);
        check("LISTEN_ADDR", "0.0.0.0:8080", &[]);
        check("HOST", "10.0.0.1", &[]);
        check(
            "API_URL",
            "https://api.example.com/v1",
            &["api.example.com"],
        );
        check("API_URL", "http://${HOST}:80", &[]);
        check("REDIS_HOST", "localhost", &[]);
        check("SOCKET", "unix:///run/x.sock", &[]);
        check("TIME", "12:30:45", &[]);
        check("PATH", "/usr/bin:/bin", &[]);
    }

    #[test]
    fn commands() {
        let check = |words: &[&str], expect: &[&str]| {
            let words: Vec<_> = words.iter().map(|&word| word.to_owned()).collect();
            let got: Vec<_> = in_command(&words).into_iter().map(|a| a.host).collect();
            assert_eq!(got, expect, "{words:?}");
        };
        check(&["--upstream=http://web:80/", "--listen=:9100"], &["web"]);
        check(&["sh", "-c", "wait-for db:5432 && run"], &["db"]);
        check(&["--redis=redis:6379", "--v=2"], &["redis"]);
        check(&["/bin/app", "-port=80"], &[]);
    }
}

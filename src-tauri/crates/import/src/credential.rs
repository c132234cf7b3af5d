//! What looks like a credential: by the name of a variable, and by the shape of a value.
//!
//! Errs on the side of dropping: a harmless value that goes missing costs a line in the report, a password that stays
//! cannot be called back.

/// Parts of names, upper case without separators.
const PARTS: &[&str] = &[
    "PASSWORD",
    "PASSWD",
    "PASSPHRASE",
    "SECRET",
    "TOKEN",
    "APIKEY",
    "PRIVATEKEY",
    "ACCESSKEY",
    "SIGNINGKEY",
    "ENCRYPTIONKEY",
    "CREDENTIAL",
    "CONNECTIONSTRING",
    "CONNSTR",
    "AUTHORIZATION",
    "REQUIREPASS",
    "MASTERAUTH",
    "BEARER",
];

/// Whole words of names.
const WORDS: &[&str] = &["DSN", "PASS", "PWD", "PAT"];

/// Prefixes that issuers give their tokens: GitHub, GitLab, Slack, Stripe, Google, npm, DigitalOcean.
const TOKEN_PREFIXES: &[&str] = &[
    "ghp_",
    "gho_",
    "ghs_",
    "github_pat_",
    "glpat-",
    "xoxb-",
    "xoxp-",
    "xapp-",
    "sk_live_",
    "rk_live_",
    "AIzaSy",
    "npm_",
    "dop_v1_",
];

/// Bytes of the shortest token: `npm_` and nine more.
const SHORTEST_TOKEN: usize = 13;
/// Bytes of the shortest text that is a credential by its shape: `://:p@`.
const SHORTEST: usize = 6;

/// Whether a variable of this name holds a credential. Names of files that hold one do not.
pub(crate) fn is_credential_name(name: &str) -> bool {
    let words = words(name);
    if words.len() > 1
        && matches!(
            words.last().map(String::as_str),
            Some("FILE" | "PATH" | "DIR")
        )
    {
        return false;
    }
    let joined = words.concat();
    PARTS.iter().any(|part| joined.contains(part))
        // PWD alone is the working directory.
        || (joined != "PWD" && words.iter().any(|word| WORDS.contains(&word.as_str())))
}

/// Whether a field of an object holds a credential. Stricter than for variables: `secretName` and `secretKeyRef` are names.
pub(crate) fn is_credential_field(name: &str) -> bool {
    const ENDS: &[&str] = &[
        "PASSWORD",
        "PASSWD",
        "PASSPHRASE",
        "APIKEY",
        "PRIVATEKEY",
        "CLIENTSECRET",
        "ACCESSTOKEN",
        "AUTHTOKEN",
        "BEARERTOKEN",
        "CONNECTIONSTRING",
    ];
    let joined = words(name).concat();
    joined == "TOKEN" || ENDS.iter().any(|end| joined.ends_with(end))
}

/// Upper-case words of a name in any of `snake_case`, `kebab-case`, `dotted.case` and `camelCase`.
fn words(name: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    let mut lower_before = false;
    for c in name.chars() {
        let breaks = !c.is_alphanumeric() || (c.is_uppercase() && lower_before);
        if breaks && words.last().is_some_and(|word| !word.is_empty()) {
            words.push(String::new());
        }
        if c.is_alphanumeric()
            && let Some(word) = words.last_mut()
        {
            word.extend(c.to_uppercase());
        }
        lower_before = c.is_lowercase() || c.is_ascii_digit();
    }
    words.retain(|word| !word.is_empty());
    words
}

/// Whether a text is, or holds, a credential by its shape: a URL with a password, a private key, a token of a known issuer,
/// a JWT, or an assignment to a credential's name.
pub(crate) fn holds_credential(text: &str) -> bool {
    is_credential_shaped(text) || assignments(text)
}

/// Like [`holds_credential`] for text of which nothing is known, where an assignment may be prose.
pub(crate) fn is_credential_shaped(text: &str) -> bool {
    if text.len() < SHORTEST {
        return false;
    }
    holds_private_key(text)
        || text
            .split(is_separator)
            .any(|token| is_token(token) || url_password(token) || dsn_password(token))
}

fn is_separator(c: char) -> bool {
    c.is_whitespace() || matches!(c, '"' | '\'' | '`' | ',' | ';' | '<' | '>')
}

fn holds_private_key(text: &str) -> bool {
    text.contains("PRIVATE KEY-----") || text.contains("BEGIN PGP PRIVATE")
}

fn is_token(token: &str) -> bool {
    let parts = token.split(['=', ':', '/', '@', '?', '&']);
    parts
        .filter(|part| part.len() >= SHORTEST_TOKEN)
        .any(|part| {
            let aws = (part.starts_with("AKIA") || part.starts_with("ASIA"))
                && part.len() == 20
                && part
                    .bytes()
                    .all(|b| b.is_ascii_uppercase() || b.is_ascii_digit());
            let jwt = part.starts_with("eyJ") && part.split('.').count() == 3 && part.len() > 20;
            aws || jwt
                || TOKEN_PREFIXES
                    .iter()
                    .any(|prefix| part.starts_with(prefix) && part.len() > prefix.len() + 8)
        })
}

/// `scheme://user:password@host`, the user may be empty. An expansion such as `$(PASSWORD)` is no password.
fn url_password(token: &str) -> bool {
    token.match_indices("://").any(|(at, _)| {
        let rest = &token[at + 3..];
        // A password may hold a slash that nobody escaped; the last @ ends it.
        let Some((userinfo, _)) = rest.rsplit_once('@') else {
            return false;
        };
        userinfo
            .split_once(':')
            .is_some_and(|(_, password)| is_literal(password))
    })
}

/// `user:password@tcp(host:port)/name`, as Go's MySQL driver writes it.
fn dsn_password(token: &str) -> bool {
    ["@tcp(", "@unix("].iter().any(|marker| {
        token.split_once(marker).is_some_and(|(user, _)| {
            user.rsplit_once(':')
                .is_some_and(|(_, password)| is_literal(password))
        })
    })
}

/// `name=value` or `name: value` with a credential's name, anywhere in a text of lines or options.
fn assignments(text: &str) -> bool {
    let lines = text.lines().any(|line| {
        line.split_once([':', '=']).is_some_and(|(name, value)| {
            let name = name
                .trim()
                .trim_start_matches("- ")
                .trim_matches(['"', '\'']);
            !name.contains(char::is_whitespace)
                && is_credential_name(name)
                && is_literal(value.trim().trim_matches(['"', '\'', ',']))
        })
    });
    lines
        || text
            .split(|c: char| is_separator(c) || matches!(c, '&' | '?' | '{' | '}'))
            .any(|token| {
                token
                    .split_once('=')
                    .is_some_and(|(name, value)| is_credential_name(name) && is_literal(value))
            })
}

/// Whether a value is one, and not empty or an expansion of a variable.
pub(crate) fn is_literal(value: &str) -> bool {
    !(value.is_empty()
        || (value.starts_with("$(") && value.ends_with(')'))
        || (value.starts_with("${") && value.ends_with('}')))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names() {
        for name in [
            "DB_PASSWORD",
            "MYSQL_ROOT_PASSWD",
            "SECRET",
            "GITHUB_TOKEN",
            "API_KEY",
            "APIKEY",
            "apiKey",
            "x-api-key",
            "AWS_SECRET_ACCESS_KEY",
            "SSH_PRIVATE_KEY",
            "ACCESS_KEY_ID",
            "GOOGLE_CREDENTIALS",
            "SENTRY_DSN",
            "CONNECTION_STRING",
            "ConnectionStrings__Db",
            "REDIS_PASS",
            "DB_PWD",
            "spring.datasource.password",
            "Authorization",
            "clientSecret",
        ] {
            assert!(is_credential_name(name), "{name}");
        }
        for name in [
            "PORT",
            "PWD",
            "CART_SERVICE_ADDR",
            "PASSWORD_FILE",
            "TOKEN_PATH",
            "KEY",
            "PASSENGER_COUNT",
            "JAVA_OPTS",
            "COMPASS_URL",
            "PATH",
        ] {
            assert!(!is_credential_name(name), "{name}");
        }
        for name in ["password", "adminPassword", "token", "client_secret"] {
            assert!(is_credential_field(name), "{name}");
        }
        for name in [
            "secretName",
            "secretKeyRef",
            "serviceAccountToken",
            "tokenExpirationSeconds",
            "key",
        ] {
            assert!(!is_credential_field(name), "{name}");
        }
    }

    #[test]
    fn shapes() {
        for text in [
            "postgres://app:hunter2@db:5432/app",
            "redis://:hunter2@redis",
            "mongodb://u:p/w@mongo/x",
            "app:hunter2@tcp(mysql:3306)/shop",
            "-----BEGIN RSA PRIVATE KEY-----\nMII",
            "AKIAIOSFODNN7EXAMPLE",
            "id=AKIAIOSFODNN7EXAMPLE",
            "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.abc",
            "ghp_0123456789abcdef",
            "Server=sql;User=sa;Password=hunter2",
            "-Dspring.datasource.password=hunter2 -Xmx1g",
            "db:\n  user: app\n  password: hunter2\n",
            "https://hooks.example.com/x?token=abcdef",
        ] {
            assert!(holds_credential(text), "{text}");
        }
        for text in [
            "redis-cart:6379",
            "http://svc:80/path",
            "postgres://app@db/app",
            "ssh://git@github.com/x",
            "postgres://app:$(PASS)@db/app",
            "-----BEGIN CERTIFICATE-----",
            "-Xms64m -Djava.security.egd=file:/dev/urandom",
            "quay.io/x/y:v1",
            "the password is asked for",
            "",
        ] {
            assert!(!holds_credential(text), "{text}");
        }
    }
}

//! The table of settings: what can be set, what each may be, and what it is where nobody sets it.

use drydock_pricing::{PriceBook, Provider};
use serde_json::{Value, json};

use super::http;
use super::{
    CLOUD_PROVIDER, CLOUD_REGION, DEFAULT_HTTP_PORT, DEFAULT_IMPORT_LIMIT_MIB, HTTP_BODY_LIMIT,
    HTTP_ENABLED, HTTP_HOSTS, HTTP_ORIGINS, HTTP_PORT, IMPORT_LIMIT, RUN_REPLICATIONS,
    SESSION_SEED,
};

/// What can be set, what it may be and what it is where nobody sets it.
pub(super) struct Spec {
    pub(super) key: &'static str,
    pub(super) kind: &'static str,
    pub(super) meaning: &'static str,
    pub(super) environment: Option<&'static str>,
    pub(super) default: fn() -> Value,
    pub(super) check: fn(&Value) -> Result<Value, String>,
}

/// Every setting, in the order it is listed.
pub(super) const SPECS: &[Spec] = &[
    Spec {
        key: CLOUD_PROVIDER,
        kind: "aws | azure | gcp",
        meaning: "Provider whose prices a proposed node pool takes, where manifests come without nodes",
        environment: Some("PRIMARY_CLOUD_PROVIDER"),
        default: || json!("aws"),
        check: |value| {
            let text = value.as_str().unwrap_or_default();
            text.parse::<Provider>()
                .map(|provider| json!(provider.as_str()))
                .map_err(|error| error.to_string())
        },
    },
    Spec {
        key: CLOUD_REGION,
        kind: "region",
        meaning: "Region whose prices a proposed node pool takes",
        environment: Some("PRIMARY_CLOUD_REGION"),
        default: || json!("us-west-2"),
        check: |value| {
            let region = value.as_str().unwrap_or_default();
            let known = Provider::ALL.iter().any(|provider| {
                PriceBook::builtin()
                    .in_region(*provider, region)
                    .next()
                    .is_some()
            });
            if known {
                Ok(value.clone())
            } else {
                Err(format!(
                    "{value} is no region of the price book: write one such as us-west-2"
                ))
            }
        },
    },
    Spec {
        key: SESSION_SEED,
        kind: "whole number",
        meaning: "Seed of a session that was given none",
        environment: None,
        default: || json!(1),
        check: |value| whole(value, 0, u64::from(u32::MAX)),
    },
    Spec {
        key: RUN_REPLICATIONS,
        kind: "whole number",
        meaning: "Worlds sampled from the assumed ranges where assumptions dominate a run",
        environment: None,
        default: || json!(16),
        check: |value| whole(value, 4, 256),
    },
    Spec {
        key: "hint.first",
        kind: "true | false",
        meaning: "Whether the hint of the first start was dismissed",
        environment: None,
        default: || json!(false),
        check: truth,
    },
    Spec {
        key: HTTP_ENABLED,
        kind: "true | false",
        meaning: "Whether the window opens the HTTP door when it starts",
        environment: None,
        default: || json!(false),
        check: truth,
    },
    Spec {
        key: HTTP_PORT,
        kind: "whole number",
        meaning: "Port of the HTTP door on 127.0.0.1",
        environment: None,
        default: || json!(DEFAULT_HTTP_PORT),
        check: |value| whole(value, 1, u64::from(u16::MAX)),
    },
    Spec {
        key: HTTP_HOSTS,
        kind: "list of host names",
        meaning: "Names the HTTP door answers to, besides 127.0.0.1, localhost and [::1]",
        environment: None,
        default: || json!([]),
        check: |value| http::each(value, "host names", http::host),
    },
    Spec {
        key: HTTP_ORIGINS,
        kind: "list of origins",
        meaning: "Origins whose pages may read the HTTP door's answers with a bearer token (CORS)",
        environment: None,
        default: || json!([]),
        check: |value| http::each(value, "origins", http::origin),
    },
    Spec {
        key: HTTP_BODY_LIMIT,
        kind: "whole number",
        meaning: "Largest body the HTTP door takes, in MiB",
        environment: None,
        default: || json!(64),
        check: |value| whole(value, 1, 1024),
    },
    Spec {
        key: IMPORT_LIMIT,
        kind: "whole number",
        meaning: "Largest input of an import, all its files together and unpacked, in MiB",
        environment: None,
        default: || json!(DEFAULT_IMPORT_LIMIT_MIB),
        check: |value| whole(value, 1, 4096),
    },
];

fn truth(value: &Value) -> Result<Value, String> {
    value
        .as_bool()
        .map(|_| value.clone())
        .ok_or_else(|| format!("{value} is neither true nor false"))
}

fn whole(value: &Value, low: u64, high: u64) -> Result<Value, String> {
    match value.as_u64() {
        Some(number) if (low..=high).contains(&number) => Ok(value.clone()),
        _ => Err(format!(
            "{value} is out of range: write a whole number from {low} to {high}"
        )),
    }
}

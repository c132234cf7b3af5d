//! Hashes, and the canonical text of JSON that they are taken over.

use serde_json::Value;
use sha2::{Digest, Sha256};

/// JSON with the keys of every object in order of their bytes and no white space.
pub(crate) fn canonical(value: &Value) -> String {
    let mut value = value.clone();
    value.sort_all_objects();
    value.to_string()
}

/// SHA-256.
pub(crate) fn sha256(parts: &[&[u8]]) -> [u8; 32] {
    let mut hasher = Sha256::new();
    for part in parts {
        hasher.update(part);
    }
    hasher.finalize().into()
}

/// Lower-case hexadecimal.
pub(crate) fn hex(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    bytes
        .iter()
        .flat_map(|byte| [byte >> 4, byte & 15])
        .map(|nibble| char::from(DIGITS[usize::from(nibble)]))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn canonical_text_does_not_depend_on_the_order_of_keys() {
        let one = json!({"b": [{"y": 1, "x": null}], "a": "é"});
        let other = json!({"a": "é", "b": [{"x": null, "y": 1}]});
        assert_eq!(canonical(&one), r#"{"a":"é","b":[{"x":null,"y":1}]}"#);
        assert_eq!(canonical(&one), canonical(&other));
    }

    #[test]
    fn hashes_as_fips_180_4() {
        assert_eq!(
            hex(&sha256(&[b"a", b"bc"])),
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
        );
    }
}

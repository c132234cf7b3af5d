//! The bytes of one file as documents.

use serde_json::Value;

use crate::files::FileKind;
use crate::yaml;

/// The documents of a JSON or YAML text, whatever they hold; `path` says where they stand in an error.
///
/// # Errors
/// The first document that does not read: where, and why.
pub fn documents(path: &str, bytes: &[u8]) -> Result<Vec<Value>, String> {
    read(path, FileKind::of(path), bytes)
        .into_iter()
        .map(|(place, document)| document.map_err(|reason| format!("{place}: {reason}")))
        .collect()
}

/// Documents of a file, or what is wrong with it, each with where it stands.
pub(crate) fn read(
    path: &str,
    kind: FileKind,
    bytes: &[u8],
) -> Vec<(String, Result<Value, String>)> {
    let text = match decode(bytes) {
        Ok(text) => text,
        Err(reason) => return vec![(path.to_owned(), Err(reason))],
    };
    let documents = if kind == FileKind::Json {
        json_stream(&text)
    } else if text.trim_start().starts_with(['{', '[']) {
        // kubectl takes JSON under either name; what is no JSON may still be YAML in flow style.
        let documents = json_stream(&text);
        if documents.iter().all(Result::is_ok) {
            documents
        } else {
            yaml::documents(&text)
        }
    } else {
        yaml::documents(&text)
    };
    let several = documents.len() > 1;
    let place = |at: usize| {
        if several {
            format!("{path} document {}", at + 1)
        } else {
            path.to_owned()
        }
    };
    documents
        .into_iter()
        .enumerate()
        .map(|(at, document)| (place(at), document))
        .collect()
}

fn json_stream(text: &str) -> Vec<Result<Value, String>> {
    serde_json::Deserializer::from_str(text)
        .into_iter()
        .map(|document| document.map_err(|error| json_place(&error)))
        .collect()
}

fn json_place(error: &serde_json::Error) -> String {
    let text = error.to_string();
    let message = text.split(" at line ").next().unwrap_or(&text);
    format!(
        "line {}, column {}: {message}; the rest of the file is not read",
        error.line(),
        error.column()
    )
}

/// UTF-8, or UTF-16 with a byte order mark, which is what `>` writes in PowerShell.
fn decode(bytes: &[u8]) -> Result<String, String> {
    let wide = |bytes: &[u8], unit: fn([u8; 2]) -> u16| {
        let units: Vec<u16> = bytes
            .chunks_exact(2)
            .map(|pair| unit([pair[0], pair[1]]))
            .collect();
        String::from_utf16(&units)
            .map_err(|_| "is not UTF-16 as its byte order mark says".to_owned())
    };
    match bytes {
        [0xFF, 0xFE, rest @ ..] => wide(rest, u16::from_le_bytes),
        [0xFE, 0xFF, rest @ ..] => wide(rest, u16::from_be_bytes),
        [0xEF, 0xBB, 0xBF, rest @ ..] => utf8(rest),
        _ => utf8(bytes),
    }
}

fn utf8(bytes: &[u8]) -> Result<String, String> {
    std::str::from_utf8(bytes)
        .map(str::to_owned)
        .map_err(|error| format!("is not text: byte {} is not UTF-8", error.valid_up_to()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(path: &str, bytes: &[u8], expect: &[(&str, Result<&str, &str>)]) {
        let got: Vec<_> = read(path, FileKind::of(path), bytes)
            .into_iter()
            .map(|(place, document)| (place, document.map(|value| value.to_string())))
            .collect();
        let got: Vec<_> = got
            .iter()
            .map(|(place, document)| (place.as_str(), document.as_deref().map_err(String::as_str)))
            .collect();
        assert_eq!(got, expect, "{path}");
    }

    #[test]
    fn spellings_of_a_document() {
        check("a.json", b"{\"a\":1}", &[("a.json", Ok("{\"a\":1}"))]);
        check(
            "a.json",
            b"{}\n[]",
            &[
                ("a.json document 1", Ok("{}")),
                ("a.json document 2", Ok("[]")),
            ],
        );
        check(
            "a.yaml",
            b"{\"a\":1} {\"b\":2}",
            &[
                ("a.yaml document 1", Ok("{\"a\":1}")),
                ("a.yaml document 2", Ok("{\"b\":2}")),
            ],
        );
        check("a.yaml", b"{a: 1}", &[("a.yaml", Ok("{\"a\":1}"))]);
        check(
            "a.yaml",
            b"\xEF\xBB\xBFa: 1",
            &[("a.yaml", Ok("{\"a\":1}"))],
        );
        check(
            "a.yaml",
            b"\xFF\xFEa\0:\0 \x001\0",
            &[("a.yaml", Ok("{\"a\":1}"))],
        );
        check("a.json", b"", &[]);
        check(
            "a.json",
            b"\x80",
            &[("a.json", Err("is not text: byte 0 is not UTF-8"))],
        );
        check(
            "a.json",
            b"{}\n{\"a\": x}",
            &[
                ("a.json document 1", Ok("{}")),
                (
                    "a.json document 2",
                    Err("line 2, column 7: expected value; the rest of the file is not read"),
                ),
            ],
        );
    }
}

//! One line of an exposition, token by token. Both formats have the same names, values and label sets, but only the text
//! format lets blanks stand between them.

use std::collections::BTreeMap;

use super::{ExpositionError, Format};

/// What a metric's name is made of, for messages.
const NAME: &str = "a name of letters, digits, _ and :";

/// A line and how far it is read.
pub(super) struct Line<'a> {
    rest: &'a str,
    /// Counted from 1.
    pub number: usize,
    format: Format,
}

impl<'a> Line<'a> {
    pub(super) fn new(text: &'a str, number: usize, format: Format) -> Self {
        Self {
            rest: text,
            number,
            format,
        }
    }

    pub(super) fn error(&self, problem: impl Into<String>) -> ExpositionError {
        ExpositionError {
            line: self.number,
            problem: problem.into(),
        }
    }

    /// What is not read yet.
    pub(super) fn rest(&self) -> &'a str {
        self.rest
    }

    /// Says what was expected here and what stands here instead.
    pub(super) fn expected(&self, what: &str) -> ExpositionError {
        let found: String = self.rest.chars().take(20).collect();
        if found.is_empty() {
            self.error(format!("expected {what}, and the line ends"))
        } else {
            self.error(format!("expected {what}, found {found:?}"))
        }
    }

    /// Blanks and tabs; only the text format has them anywhere.
    pub(super) fn blanks(&mut self) {
        if self.format == Format::Text {
            self.rest = self.rest.trim_start_matches([' ', '\t']);
        }
    }

    pub(super) fn take(&mut self, token: &str) -> bool {
        let found = self.rest.strip_prefix(token);
        self.rest = found.unwrap_or(self.rest);
        found.is_some()
    }

    /// The gap between two tokens: one blank, or in the text format any number of blanks and tabs.
    pub(super) fn gap(&mut self, before: &str) -> Result<(), ExpositionError> {
        let gap = match self.format {
            Format::Text => self.rest.starts_with([' ', '\t']),
            Format::OpenMetrics => self.take(" "),
        };
        if !gap {
            return Err(self.expected(&format!("a blank before {before}")));
        }
        self.blanks();
        Ok(())
    }

    /// A token up to the next blank.
    pub(super) fn word(&mut self) -> &'a str {
        let end = self.rest.find([' ', '\t']).unwrap_or(self.rest.len());
        let (word, rest) = self.rest.split_at(end);
        self.rest = rest;
        word
    }

    /// The next token as something; what was expected and stands here instead where it is none.
    pub(super) fn parsed<T>(
        &mut self,
        what: &str,
        parse: impl FnOnce(&'a str) -> Option<T>,
    ) -> Result<T, ExpositionError> {
        let before = self.rest;
        let word = self.word();
        parse(word).ok_or_else(|| {
            self.rest = before;
            self.expected(what)
        })
    }

    /// A metric's name: `[a-zA-Z_:][a-zA-Z0-9_:]*`.
    pub(super) fn metric_name(&mut self) -> Result<&'a str, ExpositionError> {
        if self.rest.starts_with('{') {
            return Err(self.expected(&format!(
                "{NAME} before the labels (quoted names belong to later formats)"
            )));
        }
        self.name(true).ok_or_else(|| self.expected(NAME))
    }

    fn name(&mut self, colons: bool) -> Option<&'a str> {
        let inside = |b: u8| b.is_ascii_alphanumeric() || b == b'_' || (colons && b == b':');
        let end = self.rest.bytes().position(|b| !inside(b));
        let (name, rest) = self.rest.split_at(end.unwrap_or(self.rest.len()));
        if name.is_empty() || name.as_bytes()[0].is_ascii_digit() {
            return None;
        }
        self.rest = rest;
        Some(name)
    }

    /// `{name="value",...}`, or nothing.
    pub(super) fn labels(&mut self) -> Result<BTreeMap<String, String>, ExpositionError> {
        let mut labels = BTreeMap::new();
        if !self.take("{") {
            return Ok(labels);
        }
        self.blanks();
        if self.take("}") {
            return Ok(labels);
        }
        loop {
            let Some(name) = self.name(false) else {
                return Err(self.expected("a label's name of letters, digits and _"));
            };
            self.blanks();
            if !self.take("=") {
                return Err(self.expected(&format!("= after the label {name}")));
            }
            self.blanks();
            let value = self.quoted(name)?;
            if labels.insert(name.to_owned(), value).is_some() {
                return Err(self.error(format!("the label {name} stands twice: once is right")));
            }
            self.blanks();
            let comma = self.take(",");
            self.blanks();
            if (!comma || self.format == Format::Text) && self.take("}") {
                return Ok(labels);
            }
            if !comma {
                return Err(self.expected(&format!(", or }} after the label {name}")));
            }
        }
    }

    /// A quoted value with `\\`, `\"` and `\n`. OpenMetrics leaves other sequences as they stand; the text format has none.
    fn quoted(&mut self, label: &str) -> Result<String, ExpositionError> {
        if !self.take("\"") {
            return Err(self.expected(&format!("\" around the value of the label {label}")));
        }
        let mut value = String::new();
        loop {
            let Some(at) = self.rest.find(['"', '\\']) else {
                return Err(self.error(format!("the value of the label {label} has no closing \"")));
            };
            value.push_str(&self.rest[..at]);
            let closes = self.rest.as_bytes()[at] == b'"';
            self.rest = &self.rest[at + 1..];
            if closes {
                return Ok(value);
            }
            match self.rest.chars().next() {
                Some('n') => value.push('\n'),
                Some(plain @ ('"' | '\\')) => value.push(plain),
                Some(other) if self.format == Format::OpenMetrics => value.extend(['\\', other]),
                _ => {
                    return Err(self.error(format!(
                        "a \\ in the value of the label {label} stands before none of \\, \" and n: write \\\\"
                    )));
                }
            }
            let escaped = self.rest.chars().next().map_or(0, char::len_utf8);
            self.rest = &self.rest[escaped..];
        }
    }

    /// Whether a native histogram stands here, as OpenMetrics 2.0 writes it: `{count:...}` in the place of a value.
    pub(super) fn at_native_histogram(&self) -> bool {
        let inside = self.rest.trim_start_matches([' ', '\t']).strip_prefix('{');
        inside.is_some_and(|inside| {
            ["count:", "sum:", "schema:"]
                .iter()
                .any(|field| inside.trim_start().starts_with(field))
        })
    }

    /// A sample's value.
    pub(super) fn value(&mut self) -> Result<f64, ExpositionError> {
        self.parsed("a number, such as 1, 2.5e-3, NaN, +Inf or -Inf", number)
    }
}

/// A value as both formats write it. Hexadecimal numbers and digit separators are none (Prometheus, expfmt `parseFloat`),
/// nor is what a 64-bit float does not hold.
pub(crate) fn number(text: &str) -> Option<f64> {
    let unsigned = text.strip_prefix(['+', '-']).unwrap_or(text);
    if unsigned.eq_ignore_ascii_case("inf") || unsigned.eq_ignore_ascii_case("infinity") {
        let negative = text.starts_with('-');
        return Some(if negative {
            f64::NEG_INFINITY
        } else {
            f64::INFINITY
        });
    }
    if text.eq_ignore_ascii_case("nan") {
        return Some(f64::NAN);
    }
    real_number(text)
}

/// A finite number in decimal digits.
pub(super) fn real_number(text: &str) -> Option<f64> {
    let decimal = |b: u8| b.is_ascii_digit() || matches!(b, b'+' | b'-' | b'.' | b'e' | b'E');
    text.bytes().all(decimal).then_some(())?;
    text.parse().ok().filter(|value: &f64| value.is_finite())
}

/// A help text with `\\`, `\n` and `\"` resolved. No reading depends on it: other sequences stay as they stand.
pub(super) fn help(text: &str) -> String {
    let mut resolved = String::with_capacity(text.len());
    let mut rest = text.chars();
    while let Some(c) = rest.next() {
        if c != '\\' {
            resolved.push(c);
            continue;
        }
        match rest.next() {
            Some('n') => resolved.push('\n'),
            Some(plain @ ('\\' | '"')) => resolved.push(plain),
            Some(other) => resolved.extend(['\\', other]),
            None => resolved.push('\\'),
        }
    }
    resolved
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers() {
        for (text, expect) in [
            ("1", Some(1.0)),
            ("-0042", Some(-42.0)),
            ("1.", Some(1.0)),
            (".5", Some(0.5)),
            ("+2.5E-3", Some(0.0025)),
            ("+Inf", Some(f64::INFINITY)),
            ("-infinity", Some(f64::NEG_INFINITY)),
            ("INF", Some(f64::INFINITY)),
            ("9223372036854775808", Some(9_223_372_036_854_775_808.0)),
            ("", None),
            (".", None),
            ("e5", None),
            ("1e", None),
            ("1e999", None),
            ("0x1p-3", None),
            ("0b1", None),
            ("1_000", None),
            ("+NaN", None),
            ("--1", None),
            ("1,5", None),
        ] {
            assert_eq!(number(text), expect, "{text}");
        }
        assert!(number("nAn").is_some_and(f64::is_nan));
        assert_eq!(real_number("Inf"), None);
    }

    #[test]
    fn help_texts() {
        for (text, expect) in [
            ("plain", "plain"),
            (r"a\\b\nc\d", "a\\b\nc\\d"),
            (r#"say \"yes\""#, "say \"yes\""),
            ("end\\", "end\\"),
        ] {
            assert_eq!(help(text), expect);
        }
    }
}

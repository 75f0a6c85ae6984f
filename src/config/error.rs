//! What is wrong with a configuration file, with the line it stands in.

use std::ops::Range;
use std::path::{Path, PathBuf};

/// Something in a configuration file that cannot be meant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Error {
    /// The file.
    pub path: PathBuf,
    /// The line, from 1; nothing where the file could not be read at all.
    pub line: Option<usize>,
    /// What is wrong, and the line below it.
    pub message: String,
}

impl std::fmt::Display for Error {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}:", self.path.display())?;
        if let Some(line) = self.line {
            write!(f, "{line}:")?;
        }
        write!(f, " {}", self.message)
    }
}

impl std::error::Error for Error {}

impl Error {
    /// An error of the whole file.
    pub(super) fn of_file(path: &Path, message: impl Into<String>) -> Error {
        Error {
            path: path.to_path_buf(),
            line: None,
            message: message.into(),
        }
    }

    /// An error of the reader.
    pub(super) fn of_toml(path: &Path, text: &str, error: &toml::de::Error) -> Error {
        let message = in_our_words(&error.message().replace('\n', " "));
        match error.span() {
            Some(span) => Error::at(path, text, span, &message),
            None => Error::of_file(path, message),
        }
    }

    /// An error with the line it stands in, and marks below what is wrong.
    pub(super) fn at(path: &Path, text: &str, span: Range<usize>, message: &str) -> Error {
        let (line, shown) = line_of(text, span.start);
        let line_start = text[..span.start.min(text.len())]
            .rfind('\n')
            .map_or(0, |newline| newline + 1);
        let before = text.get(line_start..span.start).unwrap_or_default();
        let marked = text.get(span).unwrap_or_default();
        let marked = marked.lines().next().unwrap_or_default().trim_end();
        let gutter = " ".repeat(line.to_string().len());
        // A tab stays one, so that the marks stand where they belong.
        let indent: String = before
            .chars()
            .map(|char| if char == '\t' { '\t' } else { ' ' })
            .collect();
        let marks = "^".repeat(marked.chars().count().max(1));
        Error {
            path: path.to_path_buf(),
            line: Some(line),
            message: format!("{message}\n {line} | {shown}\n {gutter} | {indent}{marks}"),
        }
    }
}

/// The number and the text of the line around an offset.
pub(super) fn line_of(text: &str, offset: usize) -> (usize, &str) {
    let offset = offset.min(text.len());
    let number = 1 + memchr::memchr_iter(b'\n', &text.as_bytes()[..offset]).count();
    (number, text.lines().nth(number - 1).unwrap_or_default())
}

/// The words of serde for people who know TOML and not Rust, and with what was probably meant.
fn in_our_words(message: &str) -> String {
    if let Some(rest) = message.strip_prefix("invalid type: ")
        && let Some((found, expected)) = rest.rsplit_once(", expected ")
    {
        let expected = match expected {
            "a sequence" => "a list",
            "a map" => "a table",
            "a boolean" => "`true` or `false`",
            "i64" => "a whole number",
            other => other,
        };
        let found = found
            .replace("sequence", "a list")
            .replace("map", "a table");
        return format!("expected {expected}, found {found}");
    }
    if let Some(rest) = message.strip_prefix("unknown variant ") {
        return format!("unknown value {rest}");
    }
    if let Some(rest) = message.strip_prefix("unknown field `") {
        let (given, known) = rest.split_once('`').unwrap_or((rest, ""));
        let known: Vec<&str> = known.split('`').skip(1).step_by(2).collect();
        return match nearest(given, &known) {
            Some(meant) => format!("unknown key `{given}`; did you mean `{meant}`?"),
            None if given == "tool" => {
                "unleak.toml has its keys at the top, without `tool.unleak`".to_string()
            }
            None => format!("unknown key `{rest}"),
        };
    }
    if message == "wanted string or table" {
        return "expected a string".to_string();
    }
    if let Some(key) = message.strip_prefix("missing field ") {
        return format!("the key {key} is missing");
    }
    message.to_string()
}

/// The one that was probably meant.
pub(super) fn nearest<'k>(given: &str, known: &[&'k str]) -> Option<&'k str> {
    let given = given.to_lowercase().replace('_', "-");
    let likeness = |known: &str| strsim::jaro_winkler(&given, &known.to_lowercase());
    let best = known
        .iter()
        .max_by(|a, b| likeness(a).total_cmp(&likeness(b)))?;
    (likeness(best) > 0.8).then_some(best)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_meant_is_named_if_it_is_near() {
        let keys = ["select", "extend-select", "per-file-ignores", "exclude"];
        for (given, meant) in [
            ("selct", Some("select")),
            ("extend_select", Some("extend-select")),
            ("perfileignores", Some("per-file-ignores")),
            ("Exclude", Some("exclude")),
            ("x", None),
            ("line-length", None),
        ] {
            assert_eq!(nearest(given, &keys), meant, "{given}");
        }
    }

    #[test]
    fn types_are_called_as_in_toml() {
        assert_eq!(
            in_our_words("invalid type: string \"a, expected b\", expected a sequence"),
            "expected a list, found string \"a, expected b\""
        );
        assert_eq!(
            in_our_words("invalid type: integer `1`, expected a boolean"),
            "expected `true` or `false`, found integer `1`"
        );
        assert_eq!(in_our_words("something else"), "something else");
    }
}

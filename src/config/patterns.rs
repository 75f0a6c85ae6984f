//! Globs of a configuration file, written as in a `.gitignore` and relative to one directory.

use std::path::Path;
use std::str::FromStr;

use ignore::Match;
use ignore::gitignore::{Gitignore, GitignoreBuilder};

/// One glob that is known to be one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pattern(String);

impl Pattern {
    /// As it was written.
    pub fn text(&self) -> &str {
        &self.0
    }
}

impl FromStr for Pattern {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let words = |error: ignore::Error| match error {
            ignore::Error::Glob { err, .. } => err,
            other => other.to_string(),
        };
        builder(Path::new(""))
            .add_line(None, text)
            .map_err(|error| format!("not a glob: {}", words(error)))?;
        Ok(Pattern(text.to_string()))
    }
}

/// Several globs.
#[derive(Clone, Debug)]
pub struct Patterns {
    matcher: Gitignore,
}

impl Patterns {
    /// The `globs`, relative to the directory `root`.
    pub fn new<'p>(root: &Path, globs: impl IntoIterator<Item = &'p Pattern>) -> Patterns {
        let mut builder = builder(root);
        for glob in globs {
            // It is a glob, or there would be no `Pattern`.
            let _ = builder.add_line(None, glob.text());
        }
        Patterns {
            matcher: builder.build().unwrap_or_else(|_| Gitignore::empty()),
        }
    }

    /// The glob that matches the path itself.
    pub fn matching(&self, path: &Path, is_dir: bool) -> Option<&str> {
        let below = path.strip_prefix(self.matcher.path()).ok()?;
        text(self.matcher.matched(below, is_dir))
    }

    /// The glob that matches the file, or a directory around it.
    pub fn matching_around(&self, file: &Path) -> Option<&str> {
        let below = file.strip_prefix(self.matcher.path()).ok()?;
        text(self.matcher.matched_path_or_any_parents(below, false))
    }
}

fn builder(root: &Path) -> GitignoreBuilder {
    let mut builder = GitignoreBuilder::new(root);
    builder.allow_unclosed_class(false);
    builder
}

fn text(found: Match<&ignore::gitignore::Glob>) -> Option<&str> {
    match found {
        Match::Ignore(glob) => Some(glob.original()),
        Match::None | Match::Whitelist(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn globs_are_relative_to_their_directory() {
        let globs: Vec<Pattern> = ["tests", "/gen/", "*_pb2.py", "!keep_pb2.py"]
            .iter()
            .map(|text| text.parse().unwrap())
            .collect();
        let patterns = Patterns::new(Path::new("/p"), &globs);
        let around = |path: &str| patterns.matching_around(Path::new(path));
        assert_eq!(around("/p/a/tests/b.py"), Some("tests"));
        assert_eq!(around("/p/gen/b.py"), Some("/gen/"));
        assert_eq!(around("/p/a/gen/b.py"), None);
        assert_eq!(around("/p/a/x_pb2.py"), Some("*_pb2.py"));
        assert_eq!(around("/p/a/keep_pb2.py"), None);
        assert_eq!(around("/q/tests/b.py"), None);
        assert_eq!(patterns.matching(Path::new("/p/gen"), false), None);
        assert_eq!(patterns.matching(Path::new("/p/gen"), true), Some("/gen/"));
    }

    #[test]
    fn what_is_no_glob_is_refused() {
        for text in ["a[", "[b-a]", "{a"] {
            let error = text.parse::<Pattern>().unwrap_err();
            assert!(error.starts_with("not a glob: "), "{text}: {error}");
        }
    }
}

//! The areas of a project: its parts by name, and how much a leak in them matters.

use std::path::{Path, PathBuf};

use ignore::gitignore::{Gitignore, GitignoreBuilder};

/// How much a leak somewhere matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Priority {
    /// First.
    High,
    /// Then.
    Medium,
    /// Last.
    Low,
}

/// A part of a project, as the user names it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Area {
    /// Its name.
    pub name: String,
    /// Its files: globs as in a `.gitignore`, so `!` takes something out again.
    pub globs: Vec<String>,
    /// How much a leak in it matters.
    pub priority: Priority,
}

/// All areas of one project. A file belongs to the first whose globs it matches.
#[derive(Clone, Debug, Default)]
pub struct Areas {
    list: Vec<(Area, Gitignore)>,
}

impl Areas {
    /// The areas of `list`, with globs relative to the directory `root` (that of the configuration). Fails, with one
    /// line that names the area, for a glob that is none.
    pub fn new(root: &Path, list: Vec<Area>) -> Result<Areas, String> {
        let with_matcher = |area: Area| {
            let mut builder = GitignoreBuilder::new(root);
            for glob in &area.globs {
                builder
                    .add_line(None, glob)
                    .map_err(|error| described(&area, glob, &error))?;
            }
            let matcher = builder.build().map_err(|error| error.to_string())?;
            Ok((area, matcher))
        };
        let list: Result<_, String> = list.into_iter().map(with_matcher).collect();
        Ok(Areas { list: list? })
    }

    /// The area of the file at `path`, an absolute path.
    pub fn of(&self, path: &Path) -> Option<&Area> {
        let is_in = |matcher: &Gitignore| {
            let below = path.strip_prefix(matcher.path());
            below.is_ok_and(|below| {
                matcher
                    .matched_path_or_any_parents(below, false)
                    .is_ignore()
            })
        };
        let (area, _) = self.list.iter().find(|(_, matcher)| is_in(matcher))?;
        Some(area)
    }

    /// Whether none are named.
    pub fn is_empty(&self) -> bool {
        self.list.is_empty()
    }

    /// All of them, in order.
    pub fn iter(&self) -> impl Iterator<Item = &Area> {
        self.list.iter().map(|(area, _)| area)
    }
}

impl PartialEq for Areas {
    fn eq(&self, other: &Self) -> bool {
        let roots = |areas: &Areas| -> Vec<PathBuf> {
            let matchers = areas.list.iter().map(|(_, matcher)| matcher);
            matchers.map(|one| one.path().to_path_buf()).collect()
        };
        self.iter().eq(other.iter()) && roots(self) == roots(other)
    }
}

impl Priority {
    /// `high`, `medium` or `low`.
    pub fn name(self) -> &'static str {
        match self {
            Priority::High => "high",
            Priority::Medium => "medium",
            Priority::Low => "low",
        }
    }
}

impl std::str::FromStr for Priority {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        [Priority::High, Priority::Medium, Priority::Low]
            .into_iter()
            .find(|one| one.name() == text)
            .ok_or_else(|| format!("unknown priority '{text}' (high, medium or low)"))
    }
}

fn described(area: &Area, glob: &str, error: &ignore::Error) -> String {
    let words = match error {
        ignore::Error::Glob { err, .. } => err.clone(),
        other => other.to_string(),
    };
    format!("area '{}': '{glob}': {words}", area.name)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn area(name: &str, globs: &[&str], priority: Priority) -> Area {
        Area {
            name: name.to_string(),
            globs: globs.iter().map(|glob| glob.to_string()).collect(),
            priority,
        }
    }

    #[test]
    fn the_first_area_that_matches_has_the_file() {
        let areas = Areas::new(
            Path::new("/p"),
            vec![
                area(
                    "web",
                    &["app/api/", "app/ui/**", "!app/ui/old/"],
                    Priority::High,
                ),
                area("app", &["/app"], Priority::Medium),
                area("tests", &["test_*.py"], Priority::Low),
            ],
        )
        .unwrap();
        let of = |path: &str| areas.of(Path::new(path)).map(|area| area.name.as_str());
        assert_eq!(of("/p/app/api/users.py"), Some("web"));
        assert_eq!(of("/p/app/ui/deep/page.py"), Some("web"));
        assert_eq!(of("/p/app/db.py"), Some("app"));
        assert_eq!(of("/p/lib/app/db.py"), None);
        assert_eq!(of("/p/lib/test_x.py"), Some("tests"));
        assert_eq!(of("/elsewhere/app/api/users.py"), None);
        assert_eq!(areas.iter().count(), 3);
    }

    #[test]
    fn a_glob_that_is_none_is_named() {
        let broken = Areas::new(Path::new("/p"), vec![area("x", &["[b-a]"], Priority::Low)]);
        let error = broken.unwrap_err();
        assert!(error.starts_with("area 'x': '[b-a]'"), "{error}");
    }

    #[test]
    fn priorities_are_read_by_name() {
        assert_eq!("high".parse(), Ok(Priority::High));
        assert!(
            "urgent"
                .parse::<Priority>()
                .unwrap_err()
                .contains("'urgent'")
        );
    }
}

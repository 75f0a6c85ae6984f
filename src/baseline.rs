//! Findings that are known already: a file that names them by path, function, rule and number, never by line, so that
//! code may move. Only what goes beyond it is new.

use std::collections::{BTreeMap, BTreeSet};
use std::ffi::{OsStr, OsString};
use std::fs;
use std::path::{Component, Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::discover::reason;
use crate::rules::{Finding, Rule};

/// The version of the file's format.
const VERSION: u32 = 1;

/// What findings have in common that count as the same.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Key {
    /// The file, relative to the directory of the baseline, with `/`.
    pub path: String,
    /// The function's qualified name; `None` at module level.
    pub function: Option<String>,
    /// Which rule.
    pub rule: Rule,
}

/// How many findings there are of each kind.
pub type Counts = BTreeMap<Key, usize>;

/// A baseline: where it is, and what it says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Baseline {
    file: PathBuf,
    directory: PathBuf,
    known: Counts,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    path: String,
    function: Option<String>,
    rule: String,
    /// So small that sums of it are numbers, too.
    count: u32,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[serde(rename = "version")]
    _version: u32,
    findings: Vec<Entry>,
}

#[derive(Deserialize)]
struct Version {
    version: u32,
}

impl Baseline {
    /// The baseline in `file`. The error is one line for people.
    pub fn read(file: &Path) -> Result<Baseline, String> {
        let of_file = |words: &str| format!("{}: {words}", file.display());
        let bytes = fs::read(file).map_err(|error| match error.kind() {
            std::io::ErrorKind::NotFound => of_file("no such baseline; --write-baseline makes one"),
            _ => of_file(&reason(&error)),
        })?;
        let known = parse(&bytes).map_err(|words| of_file(&format!("broken baseline: {words}")))?;
        Ok(Baseline {
            known,
            ..Baseline::at(file)?
        })
    }

    /// An empty baseline that is to be written to `file`.
    pub fn at(file: &Path) -> Result<Baseline, String> {
        let directory = match file.parent() {
            Some(parent) if !parent.as_os_str().is_empty() => parent,
            _ => Path::new("."),
        };
        let directory = fs::canonicalize(directory)
            .map_err(|error| format!("{}: {}", directory.display(), reason(&error)))?;
        Ok(Baseline {
            file: file.to_path_buf(),
            directory,
            known: Counts::new(),
        })
    }

    /// The file it is in.
    pub fn file(&self) -> &Path {
        &self.file
    }

    /// What is known.
    pub fn known(&self) -> &Counts {
        &self.known
    }

    /// How `path` is called in the file.
    pub fn name(&self, path: &Path) -> String {
        let path = real(path);
        let shared = self
            .directory
            .components()
            .zip(path.components())
            .take_while(|(one, other)| one == other)
            .count();
        let up = self.directory.components().count() - shared;
        let ups = std::iter::repeat_n("..".to_string(), up);
        let down = path.components().skip(shared);
        let down = down.map(|part| escaped(part.as_os_str()));
        ups.chain(down).collect::<Vec<_>>().join("/")
    }

    /// Where the file called `name` is, whether it exists or not.
    pub fn place(&self, name: &str) -> PathBuf {
        let mut place = self.directory.clone();
        for part in Path::new(&unescaped(name)).components() {
            match part {
                Component::ParentDir => {
                    place.pop();
                }
                Component::CurDir => {}
                other => place.push(other),
            }
        }
        place
    }

    /// How many findings of each kind there are among `findings`, which are those of the file called `name`.
    pub fn count(name: &str, findings: &[Finding]) -> Counts {
        let mut counts = Counts::new();
        for finding in findings {
            *counts.entry(key(name, finding)).or_insert(0) += 1;
        }
        counts
    }

    /// Which of `findings`, those of the file called `name` in source order, are new. Where a function has more of a
    /// kind than are known, nothing says which; the last ones are taken.
    pub fn new_ones(&self, name: &str, findings: &[Finding]) -> Vec<bool> {
        let mut seen = Counts::new();
        let is_new = |finding: &Finding| {
            let key = key(name, finding);
            let known = self.known.get(&key).copied().unwrap_or(0);
            let seen = seen.entry(key).or_insert(0);
            *seen += 1;
            *seen > known
        };
        findings.iter().map(is_new).collect()
    }

    /// The same baseline with other contents: `found`, and of what is known now that which `keeps` says is to stay.
    #[must_use]
    pub fn renewed(&self, found: Counts, keeps: impl Fn(&Key) -> bool) -> Baseline {
        let mut known = found;
        for (key, count) in &self.known {
            if keeps(key) {
                known.entry(key.clone()).or_insert(*count);
            }
        }
        Baseline {
            known,
            ..self.clone()
        }
    }

    /// What stands in the file: an entry a line, sorted, so that a version control system can merge it.
    pub fn text(&self) -> String {
        let entry = |(key, count): (&Key, &usize)| {
            let entry = Entry {
                path: key.path.clone(),
                function: key.function.clone(),
                rule: key.rule.name().to_string(),
                count: u32::try_from(*count).unwrap_or(u32::MAX),
            };
            // Strings and a number always become JSON.
            let line = serde_json::to_string(&entry).unwrap_or_default();
            format!("    {line}")
        };
        let entries: Vec<String> = self.known.iter().map(entry).collect();
        let entries = match entries.is_empty() {
            true => "[]".to_string(),
            false => format!("[\n{}\n  ]", entries.join(",\n")),
        };
        format!("{{\n  \"version\": {VERSION},\n  \"findings\": {entries}\n}}\n")
    }
}

impl std::fmt::Display for Key {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(out, "{}: {}", self.path, self.rule.code())?;
        match &self.function {
            Some(function) => write!(out, " in `{function}`"),
            None => write!(out, " at module level"),
        }
    }
}

fn key(name: &str, finding: &Finding) -> Key {
    Key {
        path: name.to_string(),
        function: finding.function.clone(),
        rule: finding.rule,
    }
}

/// A part of a path as text, `\xE9` for a byte that is none.
fn escaped(part: &OsStr) -> String {
    let mut text = String::new();
    for chunk in part.as_encoded_bytes().utf8_chunks() {
        text += &chunk.valid().replace('\\', "\\\\");
        for byte in chunk.invalid() {
            text += &format!("\\x{byte:02X}");
        }
    }
    text
}

#[cfg(unix)]
fn unescaped(name: &str) -> OsString {
    use std::os::unix::ffi::OsStringExt;
    let mut bytes = Vec::new();
    let mut rest = name;
    while let Some((before, behind)) = rest.split_once('\\') {
        bytes.extend_from_slice(before.as_bytes());
        let byte = behind.strip_prefix('x').and_then(|hex| hex.get(..2));
        rest = match byte.and_then(|hex| u8::from_str_radix(hex, 16).ok()) {
            Some(byte) => {
                bytes.push(byte);
                &behind[3..]
            }
            None => {
                bytes.push(b'\\');
                behind.strip_prefix('\\').unwrap_or(behind)
            }
        };
    }
    bytes.extend_from_slice(rest.as_bytes());
    OsString::from_vec(bytes)
}

#[cfg(not(unix))]
fn unescaped(name: &str) -> OsString {
    name.into()
}

/// A path without links and detours, whether the file is there or not.
fn real(path: &Path) -> PathBuf {
    let absolute = std::path::absolute(path).unwrap_or_else(|_| path.to_path_buf());
    let parent = absolute
        .parent()
        .and_then(|parent| fs::canonicalize(parent).ok());
    match (parent, absolute.file_name()) {
        (Some(parent), Some(name)) => parent.join(name),
        _ => absolute,
    }
}

fn parse(bytes: &[u8]) -> Result<Counts, String> {
    let bytes = bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes);
    let words = |error: serde_json::Error| error.to_string().replace('\n', " ");
    // A newer format may differ in everything else.
    let version: Version = serde_json::from_slice(bytes).map_err(words)?;
    if version.version != VERSION {
        return Err(format!(
            "its version is {}, and this unleak knows {VERSION}",
            version.version
        ));
    }
    let file: File = serde_json::from_slice(bytes).map_err(words)?;
    let mut known = Counts::new();
    let mut seen = BTreeSet::new();
    for entry in file.findings {
        let rule = entry.rule.parse()?;
        let key = Key {
            path: entry.path,
            function: entry.function,
            rule,
        };
        if !seen.insert(key.clone()) {
            return Err(format!("more than one entry for {key}"));
        }
        known.insert(key, entry.count as usize);
    }
    Ok(known)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sample() -> Baseline {
        let mut baseline = Baseline::at(Path::new("known.json")).unwrap();
        for (path, function, rule, count) in [
            ("b.py", None, Rule::NeverReleased, 1),
            ("a.py", Some("f"), Rule::ReleaseNotGuaranteed, 2),
            ("a.py", Some("f"), Rule::NeverReleased, 1),
        ] {
            let key = Key {
                path: path.to_string(),
                function: function.map(str::to_string),
                rule,
            };
            baseline.known.insert(key, count);
        }
        baseline
    }

    #[test]
    fn what_is_written_can_be_read() {
        let text = sample().text();
        assert_eq!(
            text,
            r#"{
  "version": 1,
  "findings": [
    {"path":"a.py","function":"f","rule":"never-released","count":1},
    {"path":"a.py","function":"f","rule":"release-not-guaranteed","count":2},
    {"path":"b.py","function":null,"rule":"never-released","count":1}
  ]
}
"#
        );
        assert_eq!(parse(text.as_bytes()).as_ref(), Ok(sample().known()));
        let empty = Baseline::at(Path::new("known.json")).unwrap().text();
        assert_eq!(parse(empty.as_bytes()), Ok(Counts::new()));
    }

    #[test]
    fn what_is_broken_is_named() {
        for (text, said) in [
            ("", "EOF"),
            ("[]", "Version"),
            ("{\"version\": 2}", "its version is 2"),
            ("{\"version\": 1}", "findings"),
            ("{\"version\": 1, \"findings\": [1]}", "line 1"),
            (
                r#"{"version":1,"findings":[{"path":"a","function":null,"rule":"x","count":1}]}"#,
                "unknown rule 'x'",
            ),
            (
                r#"{"version":1,"findings":[{"path":"a","function":null,"rule":"UL001","count":1},
                {"path":"a","function":null,"rule":"never-released","count":1}]}"#,
                "more than one entry for a: UL001 at module level",
            ),
        ] {
            let error = parse(text.as_bytes()).unwrap_err();
            assert!(error.contains(said) && !error.contains('\n'), "{error}");
        }
    }

    #[cfg(unix)]
    #[test]
    fn every_name_can_be_written() {
        use std::os::unix::ffi::OsStrExt;
        for (bytes, text) in [
            (&b"caf\xe9.py"[..], "caf\\xE9.py"),
            (b"caf\xc3\xa9.py", "caf\u{e9}.py"),
            (b"a\\xE9.py", "a\\\\xE9.py"),
            (b"\\\xff\\", "\\\\\\xFF\\\\"),
        ] {
            assert_eq!(escaped(OsStr::from_bytes(bytes)), text);
            assert_eq!(unescaped(text).as_bytes(), bytes);
        }
        // As somebody might write it.
        assert_eq!(unescaped("a\\").as_bytes(), b"a\\");
        assert_eq!(unescaped("a\\x\u{e9}").as_bytes(), b"a\\x\xc3\xa9");
    }

    #[test]
    fn paths_are_relative_to_its_directory() {
        let dir = tempfile::tempdir().unwrap();
        fs::create_dir_all(dir.path().join("x/ci")).unwrap();
        let baseline = Baseline::at(&dir.path().join("x/ci/known.json")).unwrap();
        let name = |path: &str| baseline.name(&dir.path().join(path));
        assert_eq!(name("x/ci/a.py"), "a.py");
        assert_eq!(name("x/a.py"), "../a.py");
        assert_eq!(name("x/app/b.py"), "../app/b.py");
        let place = baseline.place("../app/b.py");
        assert!(place.ends_with("x/app/b.py"), "{}", place.display());
    }
}

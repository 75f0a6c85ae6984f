//! The parts of a project where nobody named any: its directories.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Component, Path, PathBuf};

use super::Page;

/// The deepest directory that holds all of `paths`.
pub(super) fn root<'p>(paths: impl Iterator<Item = &'p Path>) -> PathBuf {
    let mut root: Option<PathBuf> = None;
    for path in paths {
        let full = whole(path);
        let directory = full.parent().unwrap_or(Path::new(""));
        root = Some(match root {
            None => directory.to_path_buf(),
            Some(root) => root
                .components()
                .zip(directory.components())
                .take_while(|(one, other)| one == other)
                .map(|(part, _)| part)
                .collect(),
        });
    }
    root.unwrap_or_default()
}

/// From the root of the system, without `.` and `..`.
pub(super) fn whole(path: &Path) -> PathBuf {
    let full = std::path::absolute(path).unwrap_or_else(|_| path.to_path_buf());
    let mut whole = PathBuf::new();
    for part in full.components() {
        match part {
            Component::ParentDir => {
                whole.pop();
            }
            part => whole.push(part),
        }
    }
    whole
}

/// Gives each page without a configured area the name of a directory below `root`. The one that holds more than half
/// of the leaks is divided, as a table with one line says nothing. A directory that is called as a configured area is gets a `/`.
pub(super) fn name_areas(pages: &mut [Page], root: &Path) {
    let directories: Vec<Vec<String>> = pages.iter().map(|page| below(&page.path, root)).collect();
    let configured: BTreeSet<String> = pages
        .iter()
        .filter_map(|page| page.configured.as_ref().map(|area| area.name.clone()))
        .collect();
    let others = || {
        let pages = pages.iter().zip(&directories);
        pages.filter(|(page, _)| page.configured.is_none())
    };
    let leaks: usize = others().map(|(page, _)| page.leaks.len()).sum();
    let mut divided: BTreeSet<Vec<String>> = BTreeSet::from([Vec::new()]);
    let area = |directory: &[String], divided: &BTreeSet<Vec<String>>| -> Vec<String> {
        let undivided =
            (0..=directory.len()).find(|length| !divided.contains(&directory[..*length]));
        directory[..undivided.unwrap_or(directory.len())].to_vec()
    };
    loop {
        let mut counts: BTreeMap<Vec<String>, (usize, bool)> = BTreeMap::new();
        for (page, directory) in others() {
            let area = area(directory, &divided);
            let can_be_divided = directory.len() > area.len();
            let count = counts.entry(area).or_default();
            count.0 += page.leaks.len();
            count.1 |= can_be_divided;
        }
        let too_large = counts
            .into_iter()
            .find(|(area, (count, more))| *more && count * 2 > leaks && !divided.contains(area));
        match too_large {
            Some((area, _)) => divided.insert(area),
            None => break,
        };
    }
    for (page, directory) in pages.iter_mut().zip(&directories) {
        page.area = match &page.configured {
            Some(area) => area.name.clone(),
            None => {
                let above = directory.len() - area(directory, &divided).len();
                let name = name(&page.path, above);
                match configured.contains(&name) {
                    true => name + "/",
                    false => name,
                }
            }
        };
    }
}

/// The directory that many levels above that of the file, as the file's path has it.
fn name(path: &Path, above: usize) -> String {
    let directory = path.ancestors().nth(above + 1).unwrap_or(Path::new(""));
    let parts = directory
        .to_string_lossy()
        .replace(std::path::MAIN_SEPARATOR, "/");
    if parts.is_empty() {
        ".".to_string()
    } else {
        parts
    }
}

fn below(path: &Path, root: &Path) -> Vec<String> {
    let full = whole(path);
    let directory = full.parent().unwrap_or(Path::new(""));
    let parts = directory.strip_prefix(root).unwrap_or(Path::new(""));
    parts
        .components()
        .map(|part| part.as_os_str().to_string_lossy().into_owned())
        .collect()
}

//! The pages: those of the rules are what the rules say, links lead somewhere, what is shown of a terminal is what comes out,
//! and mkdocs builds them.

#[path = "support/console.rs"]
mod console;
#[path = "support/tree.rs"]
mod tree;
#[path = "support/venv.rs"]
mod venv;

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use unleak::rules::{Level, Rule};

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// Every page, and the README.
fn pages() -> Vec<PathBuf> {
    let is_page = |path: &Path| path.extension().is_some_and(|end| end == "md");
    let docs = walkdir::WalkDir::new(root().join("docs")).sort_by_file_name();
    let mut pages: Vec<PathBuf> = docs
        .into_iter()
        .map(|entry| entry.expect("a readable directory").into_path())
        .filter(|path| is_page(path))
        .collect();
    pages.push(root().join("README.md"));
    assert!(pages.len() > 10, "where are the pages?");
    pages
}

fn read(path: &Path) -> String {
    fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// Holds a generated page against what it should be; `UNLEAK_WRITE_DOCS=1` writes it.
fn generated(name: &str, text: &str) {
    let path = root().join("docs/rules").join(name);
    if std::env::var_os("UNLEAK_WRITE_DOCS").is_some() {
        fs::create_dir_all(root().join("docs/rules")).expect("a directory");
        fs::write(&path, text).expect("a page");
    }
    let found = fs::read_to_string(&path).unwrap_or_default();
    assert_eq!(
        found, text,
        "docs/rules/{name} is out of date; UNLEAK_WRITE_DOCS=1 cargo test --test docs writes it"
    );
}

#[test]
fn the_pages_of_the_rules_are_current() {
    let mut list = String::from(
        "# Rules\n\n`unleak explain` prints these pages in a terminal. Rules of level `style` fail a run only with `--strict`, or where they are selected.\n\n\
         | code | name | level | it reports |\n| --- | --- | --- | --- |\n",
    );
    let mut names = BTreeSet::from(["index.md".to_owned()]);
    for rule in Rule::ALL {
        let name = format!("{}.md", rule.name());
        generated(&name, &format!("{}\n", rule.documentation().trim_end()));
        let level = match rule.level() {
            Level::Leak => "leak",
            Level::Style => "style",
        };
        let summary = rule.summary();
        let summary = summary.strip_prefix("Reports ").unwrap_or(&summary);
        list.push_str(&format!(
            "| {} | [{}]({name}) | {level} | {summary} |\n",
            rule.code(),
            rule.name(),
        ));
        names.insert(name);
    }
    generated("index.md", &list);
    let there: BTreeSet<String> = fs::read_dir(root().join("docs/rules"))
        .expect("the directory")
        .map(|entry| {
            entry
                .expect("an entry")
                .file_name()
                .to_string_lossy()
                .into_owned()
        })
        .collect();
    assert_eq!(there, names, "pages of rules that are none");
}

#[test]
fn every_page_is_in_the_navigation() {
    let navigation = read(&root().join("mkdocs.yml"));
    let docs = root().join("docs");
    for page in pages() {
        let Ok(page) = page.strip_prefix(&docs) else {
            continue;
        };
        let page = page.to_string_lossy();
        let listed = |line: &str| line.trim_end().ends_with(&format!(" {page}"));
        assert!(
            navigation.lines().any(listed),
            "mkdocs.yml does not name {page}"
        );
    }
}

#[test]
fn links_lead_somewhere() {
    let mut seen = 0;
    for page in pages() {
        let text = read(&page);
        // What stands between fences is shown as it is.
        let prose = text.split("\n```").step_by(2).collect::<String>();
        let around = page.parent().expect("a directory");
        for link in prose
            .split("](")
            .skip(1)
            .filter_map(|rest| rest.split(')').next())
        {
            let target = link.split('#').next().unwrap_or_default();
            if target.is_empty() || target.contains("://") || target.contains(' ') {
                continue;
            }
            seen += 1;
            let there = around.join(target).exists();
            assert!(there, "{}: nothing at {target}", page.display());
        }
    }
    assert!(seen > 80, "{seen} links only");
}

#[test]
fn terminals_show_what_comes_out() {
    let python = venv::latest();
    let mut shown = 0;
    for page in pages() {
        let text = read(&page);
        let blocks = console::blocks(&text);
        if blocks.is_empty() {
            continue;
        }
        let place = console::Place::new(&root().join("fixtures/leaky_app"), python);
        for block in blocks {
            shown += place.hold(&page, block);
        }
    }
    assert!(shown > 5, "{shown} commands only");
}

#[test]
fn mkdocs_builds_them() {
    let python = venv::with_requirements(&root().join("docs/requirements.txt"));
    let site = tempfile::tempdir().expect("a directory");
    let output = Command::new(python)
        .args(["-m", "mkdocs", "build", "--strict", "--site-dir"])
        .arg(site.path())
        .current_dir(root())
        .env("PYTHONDONTWRITEBYTECODE", "1")
        .output()
        .expect("mkdocs runs");
    assert!(output.status.success(), "{}", tree::stderr(&output));
    let page = read(&site.path().join("rules/never-released/index.html"));
    assert!(page.contains("<h2 id=\"fix-safety\">Fix safety</h2>"));
    let reasons = read(&site.path().join("reasons/index.html"));
    assert!(
        reasons.contains("fixtures/never-released/passed_on.py")
            && !reasons.contains("href=\"../fixtures"),
        "links that leave the pages are written out"
    );
}

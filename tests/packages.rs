//! The program as it is packaged: by pip, by cargo, as a source package, and by pre-commit as users have it.

#[path = "support/team.rs"]
mod team;
#[path = "support/tree.rs"]
mod tree;
#[path = "support/venv.rs"]
mod venv;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use team::{Team, tools};
use tree::{stderr, stdout};

const LEAKY: &str = "def size(path):\n    f = open(path)\n    return len(f.read())\n";

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// What a command that succeeds says.
fn said(command: &mut Command) -> String {
    let output = done(command);
    stdout(&output)
}

fn done(command: &mut Command) -> Output {
    let output = command
        .output()
        .unwrap_or_else(|error| panic!("{command:?}: {error}"));
    let (out, err) = (stdout(&output), stderr(&output));
    assert!(output.status.success(), "{command:?}:\n{out}{err}");
    output
}

/// Where packages are built: the dependencies stay, what belongs to the package itself is removed, because each run
/// builds it in another directory.
fn workshop() -> PathBuf {
    let tmp = Path::new(env!("CARGO_TARGET_TMPDIR"));
    let workshop = tmp.parent().expect("a directory").join("packages");
    for part in ["deps", "build", ".fingerprint"] {
        let Ok(entries) = fs::read_dir(workshop.join("debug").join(part)) else {
            continue;
        };
        for entry in entries {
            let path = entry.expect("a readable directory").path();
            let name = path.file_name().expect("a name").to_string_lossy();
            if name.starts_with("unleak-") || name.starts_with("libunleak-") {
                let removed = match path.is_dir() {
                    true => fs::remove_dir_all(&path),
                    false => fs::remove_file(&path),
                };
                removed.expect("what an earlier run built can be removed");
            }
        }
    }
    workshop
}

/// The quickest build there is, with what an earlier one left.
fn cheap<'c>(command: &'c mut Command, workshop: &Path) -> &'c mut Command {
    command
        .env("CARGO_TARGET_DIR", workshop)
        .env("CARGO_INCREMENTAL", "0")
        .env("CARGO_PROFILE_DEV_DEBUG", "0")
        .env("CARGO_PROFILE_DEV_OPT_LEVEL", "0")
        .env("MATURIN_PEP517_ARGS", "--profile dev")
}

/// The only directory in `parent` whose name begins like this.
fn only(parent: &Path, beginning: &str) -> PathBuf {
    let entries = fs::read_dir(parent).expect("a readable directory");
    let paths = entries.map(|entry| entry.expect("a readable directory").path());
    let found: Vec<PathBuf> = paths
        .filter(|path| path.is_dir())
        .filter(|path| {
            let name = path.file_name().unwrap_or_default().to_string_lossy();
            name.starts_with(beginning)
        })
        .collect();
    let [one] = &found[..] else {
        panic!("not one {beginning}* in {}: {found:?}", parent.display());
    };
    one.clone()
}

/// One test, because it builds once: the source package becomes a repository of hooks, pre-commit clones it and has pip
/// install it, and cargo installs what pre-commit cloned.
#[test]
fn the_source_package_is_installed_by_pre_commit_with_pip_and_by_cargo() {
    let team = Team::new();
    let workshop = workshop();

    let sdist = tempfile::tempdir().expect("a directory");
    let mut maturin = team.command(tools().join("maturin"));
    done(
        maturin
            .args(["sdist", "--out"])
            .arg(sdist.path())
            .current_dir(root()),
    );
    let name = format!("unleak-{}", env!("CARGO_PKG_VERSION"));
    let archive = sdist.path().join(format!("{name}.tar.gz"));
    let mut unpack = Command::new(venv::python());
    done(
        unpack
            .args(["-m", "tarfile", "-e"])
            .args([&archive, sdist.path()]),
    );
    let source = sdist.path().join(&name);
    for needed in [
        "Cargo.lock",
        "pyproject.toml",
        "build.rs",
        "LICENSE-MIT",
        "PKG-INFO",
    ] {
        assert!(
            source.join(needed).is_file(),
            "no {needed} in the source package"
        );
    }
    for unneeded in ["tests", "fixtures", "snapshots", "fuzz", "target", ".ci"] {
        assert!(
            !source.join(unneeded).exists(),
            "{unneeded} is in the source package"
        );
    }

    // As users have it but for the profile of the build.
    let manifest = ".pre-commit-hooks.yaml";
    fs::copy(root().join(manifest), source.join(manifest)).expect("a file");
    let commit = team.commit_all(&source);
    let config = team.config(&source, &["unleak-fix", "unleak"]);
    team.write(".pre-commit-config.yaml", &config);
    team.write("size.py", LEAKY);
    team.git(&["add", "."]);
    let mut pre_commit = team.command(tools().join("pre-commit"));
    cheap(&mut pre_commit, &workshop);
    done(pre_commit.arg("install-hooks"));
    let first = stdout(&team.pre_commit(&["run"]));
    assert!(
        first.contains("files were modified by this hook"),
        "{first}"
    );
    assert!(team.read("size.py").contains("with open(path) as f:"));
    team.git(&["add", "."]);
    let second = team.pre_commit(&["run"]);
    assert!(second.status.success(), "{}", stdout(&second));

    // What pip made of it: a command in a fresh environment, with the commit it was built from.
    let clone = only(&team.cache(), "repo");
    let environment = only(&clone, "py_env-");
    let version = said(Command::new(environment.join("bin/unleak")).arg("--version"));
    let expected = format!("unleak {} ({} ", env!("CARGO_PKG_VERSION"), &commit[..9]);
    assert!(
        version.starts_with(&expected),
        "{version} instead of {expected}"
    );
    let about = "from importlib.metadata import metadata, files
m = metadata('unleak')
print(m['Version'], m['License-Expression'], sorted(str(f).split('/')[-1] for f in files('unleak')))";
    let about = said(Command::new(environment.join("bin/python")).args(["-c", about]));
    let is = format!("{} MIT OR Apache-2.0", env!("CARGO_PKG_VERSION"));
    assert!(about.starts_with(&is), "{about}");
    for file in ["'LICENSE-APACHE'", "'LICENSE-MIT'", "'unleak'"] {
        assert!(about.contains(file), "{file} is not in {about}");
    }
    assert!(!about.contains(".rs"), "{about}");

    // The development profile, and what pip has built.
    let place = tempfile::tempdir().expect("a directory");
    let mut cargo = team.command(env!("CARGO"));
    cheap(&mut cargo, &workshop)
        .args(["install", "--quiet", "--locked", "--debug", "--path"])
        .arg(&clone)
        .arg("--root")
        .arg(place.path());
    done(&mut cargo);
    assert_eq!(
        said(Command::new(place.path().join("bin/unleak")).arg("--version")),
        version
    );
}

#[test]
fn cargo_packages_what_is_needed_and_nothing_else() {
    let mut cargo = Command::new(env!("CARGO"));
    let list = said(
        cargo
            .args(["package", "--list", "--allow-dirty", "--offline"])
            .current_dir(root()),
    );
    let top = [
        ".cargo_vcs_info.json",
        "CHANGELOG.md",
        "Cargo.lock",
        "Cargo.toml",
        "Cargo.toml.orig",
        "LICENSE-APACHE",
        "LICENSE-MIT",
        "README.md",
        "build.rs",
        "pyproject.toml",
    ];
    let junk: Vec<&str> = list
        .lines()
        .filter(|path| !top.contains(path))
        .filter(|path| !(path.starts_with("src/") || path.starts_with("docs/")))
        .collect();
    assert!(junk.is_empty(), "not needed to build it: {junk:?}");
}

/// What bash offers behind `words`, whose last is what was typed of the next.
fn offered(script: &Path, words: &[&str]) -> Vec<String> {
    let ask = "source \"$1\"; shift
COMP_WORDS=(\"$@\"); COMP_CWORD=$((${#COMP_WORDS[@]} - 1))
complete -p unleak > /dev/null || exit 3
_unleak unleak \"${COMP_WORDS[COMP_CWORD]}\" \"${COMP_WORDS[COMP_CWORD - 1]}\"
printf '%s\\n' \"${COMPREPLY[@]}\"";
    let mut bash = Command::new("bash");
    bash.args(["--norc", "-c", ask, "bash"])
        .arg(script)
        .args(words);
    let text = said(&mut bash);
    text.lines().map(str::to_owned).collect()
}

#[test]
fn bash_completes_commands_options_and_values() {
    let place = tempfile::tempdir().expect("a directory");
    let script = place.path().join("unleak.bash");
    let text = stdout(&tree::unleak(root(), &["completions", "bash"]));
    fs::write(&script, text).expect("a file");
    assert_eq!(offered(&script, &["unleak", "chec"]), ["check"]);
    assert_eq!(
        offered(&script, &["unleak", "fix", "--unsa"]),
        ["--unsafe-fixes"]
    );
    let formats = offered(&script, &["unleak", "check", "--output-format", "json"]);
    assert_eq!(formats, ["json", "jsonl"]);
    assert_eq!(offered(&script, &["unleak", "completions", "z"]), ["zsh"]);
}

/// The commands that the help of `command` lists; without one, that of `unleak`.
fn commands(command: &[&str]) -> Vec<String> {
    let help = stdout(&tree::unleak(root(), &[command, &["--help"]].concat()));
    let (_, list) = help.split_once("Commands:\n").expect("commands");
    let lines = list.lines().take_while(|line| !line.is_empty());
    // What goes on in a second line stands further in.
    let first = lines.filter(|line| !line.starts_with("   "));
    let names = first.filter_map(|line| line.split_whitespace().next());
    names
        .map(str::to_owned)
        .filter(|name| name != "help")
        .collect()
}

#[test]
fn all_shells_know_all_commands() {
    for shell in ["bash", "zsh", "fish", "powershell", "elvish"] {
        let output = tree::unleak(root(), &["completions", shell]);
        assert_eq!(
            (output.status.code(), stderr(&output).as_str()),
            (Some(0), "")
        );
        let script = stdout(&output);
        for name in commands(&[]).into_iter().chain(commands(&["scaffold"])) {
            assert!(script.contains(&name), "{shell} does not know {name}");
        }
    }
}

#[test]
fn manual_pages_are_there_for_all_commands_and_format_without_a_warning() {
    let place = tempfile::tempdir().expect("a directory");
    let pages = place.path().join("man1");
    let arguments = ["man", "--directory", pages.to_str().expect("a path")];
    assert_eq!(tree::unleak(root(), &arguments).status.code(), Some(0));
    let mut written: Vec<PathBuf> = fs::read_dir(&pages)
        .expect("the pages")
        .map(|entry| entry.expect("a page").path())
        .collect();
    written.sort();
    let mut expected: Vec<PathBuf> = vec![pages.join("unleak.1")];
    let mut of_commands = commands(&[]);
    let below = commands(&["scaffold"]).into_iter();
    of_commands.extend(below.map(|name| format!("scaffold-{name}")));
    expected.extend(
        of_commands
            .iter()
            .map(|name| pages.join(format!("unleak-{name}.1"))),
    );
    expected.sort();
    assert_eq!(written, expected);
    for page in &written {
        let mut groff = Command::new("groff");
        let output = done(groff.args(["-man", "-ww", "-Tutf8", "-P-cbou"]).arg(page));
        assert_eq!(stderr(&output), "", "{}", page.display());
        assert!(stdout(&output).contains("SYNOPSIS"));
    }
    let one = stdout(&tree::unleak(root(), &["man", "check"]));
    let same = fs::read_to_string(pages.join("unleak-check.1")).expect("a page");
    assert_eq!(one, same);
    let unknown = tree::unleak(root(), &["man", "chekc"]);
    assert_eq!(
        (unknown.status.code(), stdout(&unknown).as_str()),
        (Some(2), "")
    );
    let said = stderr(&unknown);
    assert!(said.starts_with("unleak: there is no such command; those with a page: check, "));
    assert_eq!(said.lines().count(), 1);
    let nowhere = tree::unleak(root(), &["man", "--directory", "/dev/null/man1"]);
    assert_eq!(nowhere.status.code(), Some(2));
    assert_eq!(
        stderr(&nowhere),
        "unleak: /dev/null/man1: Not a directory\n"
    );
}

//! The Python the tests run, and a virtual environment with what the fixtures need, made once and kept under `target/`.
#![allow(dead_code, reason = "no test crate uses all of it")]

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

/// The interpreter at hand: `UNLEAK_PYTHON`, or `python3`.
pub fn python() -> String {
    std::env::var("UNLEAK_PYTHON").unwrap_or_else(|_| "python3".into())
}

/// The interpreter of a virtual environment in which `requirements` (the file of a project) is installed. It is made anew when the
/// requirements or the interpreter change. Without a network or the `venv` module the calling test fails: one that
/// silently skips proves nothing.
pub fn with_requirements(requirements: &Path) -> &'static Path {
    static PYTHON: OnceLock<PathBuf> = OnceLock::new();
    PYTHON.get_or_init(|| make(requirements))
}

fn make(requirements: &Path) -> PathBuf {
    let target = Path::new(env!("CARGO_TARGET_TMPDIR"))
        .parent()
        .expect("a target directory");
    // One for each of the projects that have requirements.
    let project = requirements.parent().and_then(Path::file_name);
    let project = project.unwrap_or_default().to_string_lossy();
    let home = target.join(format!("test-venv-{project}"));
    let interpreter = home.join("bin/python");
    let stamp_file = home.join("unleak-stamp");

    let version = run(Command::new(python()).args(["-c", "import sys; print(sys.version)"]));
    let wanted = std::fs::read_to_string(requirements).expect("the requirements");
    let stamp = format!("{version}{wanted}");
    if std::fs::read_to_string(&stamp_file).is_ok_and(|found| found == stamp) {
        return interpreter;
    }

    if home.exists() {
        std::fs::remove_dir_all(&home).expect("the old environment can be removed");
    }
    run(Command::new(python()).args(["-m", "venv"]).arg(&home));
    run(Command::new(&interpreter)
        .args([
            "-m",
            "pip",
            "install",
            "--quiet",
            "--disable-pip-version-check",
            "-r",
        ])
        .arg(requirements));
    // Last, so that an interrupted installation is not taken for a whole one.
    std::fs::write(&stamp_file, stamp).expect("the stamp can be written");
    interpreter
}

fn run(command: &mut Command) -> String {
    let output = command
        .output()
        .unwrap_or_else(|error| panic!("{command:?}: {error}"));
    assert!(
        output.status.success(),
        "{command:?} failed: the tests need Python with its venv module (Debian: python3-venv) and a network.\n{}{}",
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    );
    String::from_utf8_lossy(&output.stdout).into_owned()
}

//! What Python itself says about files.
#![allow(dead_code, reason = "no test crate uses all of it")]

use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};

/// Those of the named files, one a line, that Python compiles.
pub fn compiling(names: &str) -> Vec<String> {
    let mut python =
        Command::new(std::env::var("UNLEAK_PYTHON").unwrap_or_else(|_| "python3".into()))
            .arg("tests/support/compiling.py")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("Python is on the PATH");
    python
        .stdin
        .take()
        .expect("a pipe")
        .write_all(names.as_bytes())
        .expect("Python reads");
    let output = python.wait_with_output().expect("Python ends");
    assert!(output.status.success());
    String::from_utf8(output.stdout)
        .expect("names are UTF-8")
        .lines()
        .map(str::to_owned)
        .collect()
}

/// Those of `texts`, given by name, that Python does not compile.
pub fn not_compiling<'t>(texts: impl Iterator<Item = (String, &'t str)>) -> Vec<String> {
    let directory = tempfile::tempdir().expect("a directory");
    let mut files: Vec<(String, String)> = Vec::new();
    for (number, (name, text)) in texts.enumerate() {
        let path = directory.path().join(format!("{number}.py"));
        std::fs::write(&path, text).expect("a file");
        files.push((path.display().to_string(), name));
    }
    assert!(Path::new("tests/support/compiling.py").exists());
    let listed: Vec<&str> = files.iter().map(|(path, _)| path.as_str()).collect();
    let compiled = compiling(&listed.join("\n"));
    files
        .into_iter()
        .filter(|(path, _)| !compiled.contains(path))
        .map(|(_, name)| name)
        .collect()
}

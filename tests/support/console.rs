//! What pages show of a terminal, held against what comes out.

use std::fs;
use std::path::Path;
use std::process::Command;

/// The blocks of a page that show a terminal.
pub fn blocks(page: &str) -> Vec<&str> {
    page.split("```console\n")
        .skip(1)
        .filter_map(|rest| rest.split("\n```").next())
        .collect()
}

/// A project in a git repository of its own, in which the commands of one page run one after the other.
pub struct Place {
    home: tempfile::TempDir,
    path: String,
}

impl Place {
    /// A copy of the project at `original`, with `python` and `unleak` on the path.
    pub fn new(original: &Path, python: &Path) -> Self {
        let home = tempfile::tempdir().expect("a directory");
        super::tree::write(&super::tree::read(original, |_| true), home.path());
        let directories = [python, Path::new(env!("CARGO_BIN_EXE_unleak"))].map(|program| {
            let directory = program.parent().expect("a directory");
            directory.display().to_string()
        });
        let usual = std::env::var("PATH").unwrap_or_default();
        let place = Self {
            home,
            path: format!("{}:{usual}", directories.join(":")),
        };
        fs::write(place.home.path().join(".gitignore"), "__pycache__\n*.db\n").expect("a file");
        for command in ["git init -q", "git add .", "git commit -qm 'As it was'"] {
            let (output, good) = place.run(command);
            assert!(good, "{command}: {output}");
        }
        place
    }

    /// Runs a command as in a terminal: what it writes, standard error with the rest, and whether it ended with 0.
    fn run(&self, command: &str) -> (String, bool) {
        let output = Command::new("sh")
            .args(["-c", &format!("exec 2>&1\n{command}")])
            .current_dir(self.home.path())
            .env("PATH", &self.path)
            .env("PYTHONDONTWRITEBYTECODE", "1")
            .env("PYTHONUNBUFFERED", "1")
            .env("HOME", self.home.path())
            .env("GIT_AUTHOR_NAME", "Somebody")
            .env("GIT_AUTHOR_EMAIL", "somebody@example.org")
            .env("GIT_COMMITTER_NAME", "Somebody")
            .env("GIT_COMMITTER_EMAIL", "somebody@example.org")
            .output()
            .expect("sh runs");
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        (text, output.status.success())
    }

    /// Runs the commands of a block and holds what they print against the lines below them, of which `...` stands for any. Gives how many there were.
    pub fn hold(&self, page: &Path, block: &str) -> usize {
        let steps = steps(block);
        assert!(
            !steps.is_empty(),
            "{}: a block without a command",
            page.display()
        );
        for (command, expected) in &steps {
            let (output, _) = self.run(command);
            if let Some(missing) = first_missing(expected, &output) {
                panic!(
                    "{}: `{command}` does not print\n{missing}\nbut\n{output}",
                    page.display()
                );
            }
        }
        steps.len()
    }
}

/// The commands of a block, which stand behind `$ ` and go on behind `> `, each with the lines below it.
fn steps(block: &str) -> Vec<(String, String)> {
    let mut steps: Vec<(String, String)> = Vec::new();
    for line in block.lines() {
        if let Some(command) = line.strip_prefix("$ ") {
            steps.push((command.to_owned(), String::new()));
        } else {
            let (command, expected) = steps.last_mut().expect("a command comes first");
            let more = match line {
                // An editor takes away what stands at the end of a line.
                ">" => Some(""),
                line => line.strip_prefix("> "),
            };
            match more {
                Some(more) if expected.is_empty() => {
                    command.push('\n');
                    command.push_str(more);
                }
                _ => {
                    expected.push_str(line);
                    expected.push('\n');
                }
            }
        }
    }
    steps
}

/// The first run of expected lines that the output does not have; a line `...` stands for any lines.
fn first_missing(expected: &str, output: &str) -> Option<String> {
    let wanted: Vec<&str> = expected.trim_end().lines().map(str::trim_end).collect();
    let got: Vec<&str> = output.trim_end().lines().map(str::trim_end).collect();
    let pieces: Vec<&[&str]> = wanted.split(|line| *line == "...").collect();
    let last = pieces.len() - 1;
    let mut at = 0;
    for (index, piece) in pieces.into_iter().enumerate() {
        let rest = &got[at..];
        let found = match (index == 0, index == last) {
            (true, true) => (rest == piece).then_some(0),
            (true, false) => rest.starts_with(piece).then_some(0),
            (false, true) => rest.ends_with(piece).then(|| rest.len() - piece.len()),
            (false, false) if piece.is_empty() => Some(0),
            (false, false) => rest.windows(piece.len()).position(|lines| lines == piece),
        };
        match found {
            Some(found) => at += found + piece.len(),
            None => return Some(piece.join("\n")),
        }
    }
    None
}

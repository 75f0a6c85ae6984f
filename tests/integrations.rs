//! What docs/integrations.md shows is run or validated, and `action.yml` does what it says.

#[path = "support/team.rs"]
mod team;
#[path = "support/tree.rs"]
mod tree;
#[path = "support/venv.rs"]
mod venv;

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use serde_json::Value;
use team::{Team, tools};
use tree::{stderr, stdout};

const LEAKY: &str = "def size(path):\n    f = open(path)\n    return len(f.read())\n";

fn file(path: &str) -> String {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    fs::read_to_string(root.join(path)).expect("a readable file")
}

/// The blocks of the page in a language.
fn blocks(page: &str, language: &str) -> Vec<String> {
    let start = format!("```{language}\n");
    let rest = page.split(start.as_str()).skip(1);
    rest.filter_map(|rest| rest.split_once("\n```"))
        .map(|(block, _)| format!("{block}\n"))
        .collect()
}

/// Whether one of the tools finds a file right.
fn valid(team: &Team, tool: &str, arguments: &[&str], path: &Path) {
    let mut command = team.command(tools().join(tool));
    let output = command.args(arguments).arg(path).output();
    let output = output.expect("the tool runs");
    let said = stdout(&output) + &stderr(&output);
    assert!(output.status.success(), "{}: {said}", path.display());
}

#[test]
fn its_configurations_are_valid() {
    let team = Team::new();
    let page = file("docs/integrations.md");
    let mut names = Vec::new();
    for block in blocks(&page, "yaml") {
        let (first, _) = block.split_once('\n').expect("lines");
        let name = first.strip_prefix("# ").expect("the name of the file");
        team.write(name, &block);
        let path = team.project().join(name);
        match name {
            ".pre-commit-config.yaml" => valid(&team, "pre-commit", &["validate-config"], &path),
            ".gitlab-ci.yml" => {
                let schema = ["--builtin-schema", "vendor.gitlab-ci"];
                valid(&team, "check-jsonschema", &schema, &path);
            }
            _ => {
                let schema = ["--builtin-schema", "vendor.github-workflows"];
                valid(&team, "check-jsonschema", &schema, &path);
            }
        }
        names.push(name.to_owned());
    }
    let expected = [
        ".pre-commit-config.yaml",
        ".github/workflows/unleak.yml",
        ".gitlab-ci.yml",
    ];
    assert_eq!(names, expected);
    let action = Path::new(env!("CARGO_MANIFEST_DIR")).join("action.yml");
    let schema = ["--builtin-schema", "vendor.github-actions"];
    valid(&team, "check-jsonschema", &schema, &action);
}

#[test]
fn its_commands_run() {
    let team = Team::new();
    team.write("app/pages.py", LEAKY);
    let home = team.project().join("home");
    let page = file("docs/integrations.md");
    let commands = blocks(&page, "sh");
    assert!(commands.len() >= 3);
    let mut said = String::new();
    for block in commands {
        let mut bash = team.command("bash");
        let output = bash.args(["-e", "-c", &block]).env("HOME", &home).output();
        let output = output.expect("bash runs");
        assert!(output.status.success(), "{block}{}", stderr(&output));
        assert_eq!(stderr(&output), "", "{block}");
        said += &stdout(&output);
    }
    assert!(home.join(".local/share/man/man1/unleak-check.1").is_file());
    assert!(
        home.join(".local/share/bash-completion/completions/unleak")
            .is_file()
    );
    assert!(said.contains("::error "), "{said}");
    assert!(said.contains("app/pages.py:2:9: UL001 "), "{said}");
    assert!(said.contains("    with open(path) as f:\n"), "{said}");
    assert_eq!(team.read("app/pages.py"), LEAKY);
}

#[test]
fn it_lists_the_inputs_of_the_action() {
    let page = file("docs/integrations.md");
    let (_, table) = page
        .split_once("| input | default | means |")
        .expect("a table");
    let rows = table
        .lines()
        .skip(2)
        .take_while(|line| line.starts_with("| "));
    let listed: BTreeMap<String, String> = rows
        .map(|row| {
            let cells: Vec<&str> = row
                .split('|')
                .map(|cell| cell.trim().trim_matches('`'))
                .collect();
            (cells[1].to_owned(), cells[2].replace("none", ""))
        })
        .collect();
    let action = action();
    let inputs = action["inputs"].as_object().expect("inputs");
    let defaults: BTreeMap<String, String> = inputs
        .iter()
        .map(|(name, input)| {
            (
                name.clone(),
                input["default"].as_str().unwrap_or("?").to_owned(),
            )
        })
        .collect();
    assert_eq!(listed, defaults);
}

fn action() -> Value {
    let read = "import json, sys, yaml; print(json.dumps(yaml.safe_load(open(sys.argv[1]))))";
    let output = Command::new(tools().join("python"))
        .args([
            "-c",
            read,
            concat!(env!("CARGO_MANIFEST_DIR"), "/action.yml"),
        ])
        .output()
        .expect("python runs");
    serde_json::from_str(&stdout(&output)).expect("JSON")
}

/// Runs a step of the action as a runner does.
struct Runner {
    team: Team,
    inputs: BTreeMap<String, String>,
}

impl Runner {
    fn new(inputs: &[(&str, &str)]) -> Runner {
        let team = Team::new();
        let mut all = BTreeMap::new();
        for (name, input) in action()["inputs"].as_object().expect("inputs") {
            let default = input["default"].as_str().unwrap_or_default();
            all.insert(name.clone(), default.to_owned());
        }
        for (name, value) in inputs {
            all.insert((*name).to_owned(), (*value).to_owned());
        }
        Runner { team, inputs: all }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.team.cache().join(name)
    }

    /// What `bash` says to the script of the step that is called like this.
    fn step(&self, name: &str) -> Output {
        fs::create_dir_all(self.team.cache()).expect("a directory");
        let action = action();
        let steps = action["runs"]["steps"].as_array().expect("steps");
        let step = steps
            .iter()
            .find(|step| step["name"] == name)
            .expect("the step");
        let mut bash = self.team.command("bash");
        bash.args(["--noprofile", "--norc", "-e", "-o", "pipefail", "-c"])
            .arg(step["run"].as_str().expect("a script"))
            .env("GITHUB_ACTION_PATH", env!("CARGO_MANIFEST_DIR"))
            .env("GITHUB_OUTPUT", self.path("output"))
            .env("GITHUB_PATH", self.path("path"))
            .env("RUNNER_TEMP", self.team.cache());
        for (variable, value) in step["env"].as_object().into_iter().flatten() {
            let mut value = value.as_str().unwrap_or_default().to_owned();
            for (input, given) in &self.inputs {
                value = value.replace(&format!("${{{{ inputs.{input} }}}}"), given);
            }
            assert!(!value.contains("${{"), "{value}");
            bash.env(variable, value);
        }
        bash.output().expect("bash runs")
    }
}

const WRITE: &str = "Write the findings as SARIF";
const REPORT: &str = "Report the findings";

#[test]
fn the_action_writes_sarif_and_fails_for_leaks() {
    let runner = Runner::new(&[("paths", "src more*"), ("args", "--select UL001")]);
    runner.team.write("src/size.py", LEAKY);
    runner.team.write("more*/none.py", "x = 1\n");
    runner.team.write("other/size.py", LEAKY);
    let written = runner.step(WRITE);
    assert!(written.status.success(), "{}", stderr(&written));
    let sarif: Value = serde_json::from_str(&runner.team.read("unleak.sarif")).expect("JSON");
    assert_eq!(sarif["version"], "2.1.0");
    let results = sarif["runs"][0]["results"].as_array().expect("results");
    assert_eq!(results.len(), 1, "{results:?}");
    assert_eq!(results[0]["ruleId"], "UL001");
    let reported = runner.step(REPORT);
    assert_eq!(reported.status.code(), Some(1));
    assert!(
        stdout(&reported).contains("src/size.py:2:9"),
        "{}",
        stdout(&reported)
    );

    let lenient = Runner::new(&[("fail", "false"), ("sarif-file", "out.sarif")]);
    lenient.team.write("size.py", LEAKY);
    assert!(lenient.step(WRITE).status.success());
    assert!(lenient.team.read("out.sarif").contains("UL001"));
    assert!(lenient.step(REPORT).status.success());
}

#[test]
fn the_action_fails_where_unleak_could_not_do_its_job() {
    for inputs in [
        [("paths", "nowhere"), ("fail", "false")],
        [("args", "--select UL999"), ("fail", "false")],
    ] {
        let runner = Runner::new(&inputs);
        runner.team.write("size.py", LEAKY);
        assert_eq!(runner.step(WRITE).status.code(), Some(2));
        assert_eq!(runner.step(REPORT).status.code(), Some(2));
    }
}

#[test]
fn the_action_takes_what_the_cache_holds() {
    let runner = Runner::new(&[]);
    let hash = |runner: &Runner| {
        let _ = fs::remove_file(runner.path("output"));
        let told = runner.step("Tell whether unleak is built already");
        assert!(told.status.success(), "{}", stderr(&told));
        fs::read_to_string(runner.path("output")).expect("an output")
    };
    let first = hash(&runner);
    assert_eq!(first.trim_end().len(), "hash=".len() + 40, "{first}");
    assert_eq!(hash(&runner), first);
    let bin = runner.path("unleak/bin");
    fs::create_dir_all(&bin).expect("a directory");
    std::os::unix::fs::symlink(env!("CARGO_BIN_EXE_unleak"), bin.join("unleak")).expect("a link");
    let installed = runner.step("Install unleak");
    assert!(installed.status.success(), "{}", stderr(&installed));
    assert!(
        !bin.join("python").exists(),
        "it was installed all the same"
    );
    let path = fs::read_to_string(runner.path("path")).expect("an addition to the PATH");
    assert_eq!(Path::new(path.trim_end()), bin);
}

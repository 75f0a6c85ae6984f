//! UL101 through the real binary, and what comes out with real logging: the same records, and now with the traceback.
#![allow(clippy::unwrap_used)]

mod cli_support;
#[path = "support/venv.rs"]
mod venv;

use cli_support::Place;
use serde_json::Value;
use std::process::Command;

/// Each function is called with something that raises.
const HANDLERS: &str = r#"import logging

logger = logging.getLogger(__name__)
adapter = logging.LoggerAdapter(logger, {"user": "x"})


def plain(run):
    try:
        run()
    except Exception as error:
        logger.error("failed: %s", error)


def in_lines(run, *args):
    try:
        run()
    except Exception as error:
        logger.critical(
            "failed: %s %s",
            error,
            *args or ["nothing"],  # what was given
            extra={"more": 1}
        )


def by_module(run):
    try:
        run()
    except Exception as error:
        logging.error(f"failed: {error!r}")
        return str(error)


def by_level(run):
    try:
        run()
    except Exception:
        logger.log(logging.ERROR, "failed")
    logger.error("behind")


def child(run):
    for _ in range(2):
        try:
            run()
        except Exception as error:
            logger.getChild("child").fatal("%(kind)s", {"kind": type(error).__name__})
            continue


def grouped(run):
    try:
        try:
            run()
        except Exception as error:
            logger.error("inner: %s", error)
            raise
    except Exception as error:
        logger.error("outer: %s", error)


def adapted(run):
    try:
        run()
    except Exception as error:
        adapter.error("failed: %s", error)
"#;

/// The records of each function, without what `exc_info` adds, and what that is.
const CALL: &str = r#"
import json, logging
records = []
class Keep(logging.Handler):
    def emit(self, record):
        shown = record.exc_info and record.exc_info[0].__name__
        formatted = logging.Formatter("%(message)s").format(record)
        records.append([record.name, record.levelname, str(record.msg), repr(record.args), record.getMessage(), record.funcName, getattr(record, "more", None), shown, "Traceback" in formatted])
logging.getLogger().handlers = [Keep()]
import handlers
def run():
    raise ValueError("no", 1)
for name, function in list(vars(handlers).items()):
    if callable(function) and getattr(function, "__module__", "") == "handlers":
        records.append([name, repr(function(run))])
print(json.dumps(records))
"#;

fn records(place: &Place) -> Vec<Vec<Value>> {
    let output = Command::new(venv::python())
        .args(["-B", "-c", CALL])
        .current_dir(place.path("."))
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{said}");
    serde_json::from_slice(&output.stdout).unwrap()
}

#[test]
fn fixed_handlers_log_the_same_and_the_traceback() {
    let place = Place::new();
    place.write("handlers.py", HANDLERS);
    let before = records(&place);
    let fixed = place.run(&["fix", "--select", "UL101", "."]);
    assert_eq!(fixed.code, 1, "the adapter is left: {}", fixed.stderr);
    let safe = place.read("handlers.py");
    assert!(
        safe.contains("adapter.error(\"failed: %s\", error)\n"),
        "{safe}"
    );
    place.run(&["fix", "--select", "UL101", "--unsafe-fixes", "."]);
    let after = records(&place);
    assert_eq!(before.len(), after.len());
    let mut traced = 0;
    for (old, new) in before.iter().zip(&after) {
        if old.len() < 3 || old[4] == "behind" || old[4].as_str().unwrap().starts_with("inner") {
            assert_eq!(old, new);
            continue;
        }
        assert_eq!((&old[7], &old[8]), (&Value::Null, &false.into()));
        assert_eq!(old[..7], new[..7]);
        assert_eq!((&new[7], &new[8]), (&"ValueError".into(), &true.into()));
        traced += 1;
    }
    assert_eq!(traced, 8, "{after:?}");
    let again = place.run(&["diff", "--select", "UL101", "--unsafe-fixes", "."]);
    again.is(0, "", "unleak: Nothing to fix in 1 file\n");
}

#[test]
fn it_is_silent_unless_selected_and_heeds_comments() {
    let place = Place::new();
    let text = "import logging\ntry:\n    run()\nexcept Exception:\n    logging.error('x')";
    place.write("a.py", format!("{text}\n"));
    place.write("b.py", format!("{text}  # unleak: ignore[UL101]\n"));
    place
        .run(&["check", "."])
        .is(0, "No leaks found in 2 files\n", "");
    let found = place.run(&[
        "check",
        "--select",
        "UL101,UL100",
        "--output-format",
        "json",
        ".",
    ]);
    let found: Value = serde_json::from_str(&found.stdout).unwrap();
    let [only] = found.as_array().unwrap().as_slice() else {
        panic!("{found:#}")
    };
    assert_eq!(only["path"], "a.py");
    assert_eq!(only["level"], "style");
    assert_eq!(only["fix"]["applicability"], "safe");
    assert_eq!(only["resource"]["acquirer"], "");
    place.write(
        "unleak.toml",
        "select = ['UL101']\nextend-unsafe-fixes = ['UL101']\n",
    );
    let diff = place.run(&["diff", "."]);
    assert!(!diff.stdout.contains("exc_info"), "{}", diff.stdout);
}

//! UL102 through the real binary, and what comes out with real SQLAlchemy: the pools are those of the policy.
#![allow(clippy::unwrap_used)]

mod cli_support;
#[path = "support/venv.rs"]
mod venv;

use cli_support::Place;
use std::path::Path;
use std::process::Command;

/// Engines of which each name says what is to come out.
const ENGINES: &str = "\
from sqlalchemy import create_engine
from sqlalchemy.pool import NullPool, QueuePool, StaticPool

URL = 'postgresql+psycopg2://user@host/orders'
SQLITE = 'sqlite:///orders.db'

beyond = create_engine(URL, pool_size=20, max_overflow=40, pool_timeout=30, pool_recycle=3600, pool_pre_ping=False)
default = create_engine(URL)
endless = create_engine(
    URL,
    pool_size=0,  # as many as it takes: 100
    max_overflow=-1,
)
own = QueuePool(lambda: None, 50, 40, 30)
sqlite = create_engine('sqlite://', poolclass=StaticPool)
null = create_engine(URL, poolclass=NullPool)
chosen = create_engine(SQLITE, poolclass=QueuePool, pool_timeout=30)
";

/// What their pools are, one in a line.
const SHOW: &str = "
import engines
for name in ['beyond', 'default', 'endless', 'own', 'sqlite', 'null', 'chosen']:
    made = getattr(engines, name)
    pool = getattr(made, 'pool', made)
    size = pool.size() if hasattr(pool, '_max_overflow') else None
    print(name, type(pool).__name__, size, getattr(pool, '_max_overflow', None), getattr(pool, '_timeout', None), pool._recycle, pool._pre_ping)
";

fn pools(place: &Place, python: &Path) -> String {
    let output = Command::new(python)
        .args(["-B", "-c", SHOW])
        .current_dir(place.path("."))
        .output()
        .unwrap();
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn the_fixed_engines_have_the_pools_of_the_policy() {
    let place = Place::new();
    place.write("engines.py", ENGINES);
    let before: Vec<String> = [venv::latest(), venv::sqlalchemy_1_4()]
        .map(|python| pools(&place, python))
        .to_vec();
    for shown in &before {
        assert!(
            shown.contains("default QueuePool 5 10 30.0 -1 False\n"),
            "the defaults are others: {shown}"
        );
    }
    let fixed = place.run(&["fix", "--select", "UL102", "--unsafe-fixes", "."]);
    assert_eq!(fixed.code, 0, "{}", fixed.stderr);
    for python in [venv::latest(), venv::sqlalchemy_1_4()] {
        assert_eq!(
            pools(&place, python),
            "beyond QueuePool 10 20 10 600 True\n\
             default QueuePool 5 10 10 600 True\n\
             endless QueuePool 10 20 10 600 True\n\
             own QueuePool 10 20 10 600 True\n\
             sqlite StaticPool None None None -1 False\n\
             null NullPool None None None -1 False\n\
             chosen QueuePool 5 10 30 -1 False\n"
        );
    }
    let again = place.run(&["diff", "--select", "UL102", "--unsafe-fixes", "."]);
    again.is(0, "", "unleak: Nothing to fix in 1 file\n");
}

#[test]
fn it_reports_only_when_selected_and_then_fails() {
    let place = Place::new();
    place.write("engines.py", ENGINES);
    let ran = place.run(&["check", "--isolated", "."]);
    ran.is(0, "No leaks found in 1 file\n", "");
    let found = |arguments: &[&str]| {
        let mut all = vec!["check", "--output-format", "concise"];
        all.extend(arguments);
        let ran = place.run(&all);
        (ran.stdout.matches("UL102").count(), ran.code)
    };
    assert_eq!(found(&["--select", "UL102"]), (4, 1));
    assert_eq!(found(&["--select", "pool-policy"]), (4, 1));
    assert_eq!(found(&["--extend-select", "UL1"]), (4, 0));
    place.write(
        "unleak.toml",
        "select = ['UL102']\n[per-file-ignores]\n'engines.py' = ['UL102']\n",
    );
    assert_eq!(found(&[]), (0, 0));
}

#[test]
fn the_policy_is_configured() {
    let place = Place::new();
    place.write(
        "engines.py",
        "from sqlalchemy import create_engine\nengine = create_engine('mysql://db', pool_size=4, max_overflow=3, pool_timeout=30)\n",
    );
    place.write(
        "unleak.toml",
        "select = ['UL102']\nextend-safe-fixes = ['UL102']\n[pool]\npool-size = 3\nmax-overflow = 2\npool-timeout = 60\npool-recycle = -1\npool-pre-ping = false\n",
    );
    let fixed = place.run(&["fix", "."]);
    assert_eq!(fixed.code, 0, "{}", fixed.stderr);
    assert!(
        place.read("engines.py").ends_with(
            "create_engine('mysql://db', pool_size=3, max_overflow=2, pool_timeout=30)\n"
        )
    );
    for (wrong, reason) in [
        ("pool-size = -1", "has to be a number from 0 to"),
        ("max-overflow = -2", "has to be a number from -1 to"),
        ("pool-timeout = '5'", "expected a whole number"),
        ("pool-pre-ping = 1", "expected `true` or `false`"),
        ("size = 1", "unknown key `size`"),
    ] {
        place.write("unleak.toml", format!("[pool]\n{wrong}\n"));
        let ran = place.run(&["check", "."]);
        assert_eq!(ran.code, 2, "{wrong}");
        assert!(ran.stderr.contains(reason), "{wrong}: {}", ran.stderr);
        assert!(
            ran.stderr.starts_with("unleak: unleak.toml:2:"),
            "{}",
            ran.stderr
        );
    }
}

#[test]
fn comments_and_baselines_suppress_it() {
    let place = Place::new();
    let engine =
        "from sqlalchemy import create_engine\nengine = create_engine('mysql://db', pool_size=50)";
    place.write("a.py", format!("{engine}  # unleak: ignore[UL102]\n"));
    place.write("b.py", format!("{engine}\n"));
    let check = [
        "check",
        "--select",
        "UL102,UL100",
        "--output-format",
        "concise",
        ".",
    ];
    let found = place.run(&check).stdout;
    assert!(!found.contains("a.py") && found.contains("b.py"), "{found}");
    // It is needed, also where its rule is not selected.
    let ran = place.run(&["check", "--select", "UL100", "a.py"]);
    ran.is(0, "No leaks found in 1 file\n", "");
    let ran = place.run(&[
        "check",
        "--select",
        "UL102",
        "--baseline",
        "known.json",
        "--write-baseline",
        ".",
    ]);
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    let ran = place.run(&[
        "check",
        "--select",
        "UL102",
        "--baseline",
        "known.json",
        ".",
    ]);
    assert_eq!(ran.code, 0, "{}", ran.stdout);
    let ran = place.run(&[
        "check",
        "--select",
        "UL102",
        "--add-ignores=a batch job",
        ".",
    ]);
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    assert!(
        place
            .read("b.py")
            .contains("# unleak: ignore[UL102] (a batch job)")
            || place.read("b.py").contains("# unleak: ignore[UL102]")
    );
}

#[test]
fn sarif_has_what_is_replaced() {
    let place = Place::new();
    place.write(
        "a.py",
        "from sqlalchemy import create_engine\nengine = create_engine('mysql://db', pool_size=50, pool_timeout=5, pool_recycle=5, pool_pre_ping=True)\n",
    );
    let ran = place.run(&[
        "check",
        "--select",
        "UL102",
        "--unsafe-fixes",
        "--output-format",
        "sarif",
        ".",
    ]);
    let log: serde_json::Value = serde_json::from_str(&ran.stdout).unwrap();
    let replacement =
        &log["runs"][0]["results"][0]["fixes"][0]["artifactChanges"][0]["replacements"][0];
    assert_eq!(replacement["insertedContent"]["text"], "10", "{log:#}");
}

/// Faults on purpose, see `src/faults.rs`: a plan that says too much is caught by the way back, edits by the way forward.
#[test]
fn a_fix_that_does_more_is_refused() {
    let text = "from sqlalchemy import create_engine\n# the one\nengine = create_engine('mysql://db', pool_size=50)\n";
    for (kind, reason) in [
        ("plan", "the result is not the original any more"),
        ("comment", "the comment `# the one` is lost"),
        ("string", "should be `engine = create_engine('mysql://db', "),
    ] {
        let place = Place::new();
        place.write("broken.py", text);
        let mut command = place.command(&["fix", "--select", "UL102", "--unsafe-fixes", "."]);
        command.env("UNLEAK_FAULT", format!("{kind}:broken.py"));
        let output = command.output().unwrap();
        let said = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(2), "{kind}: {said}");
        assert!(said.contains(reason), "{kind}: {said}");
        assert_eq!(place.read("broken.py"), text);
    }
}

//! UL103 through the real binary: the usage that it writes is run, and releases.
#![allow(clippy::unwrap_used)]

mod cli_support;
#[path = "support/venv.rs"]
mod venv;

use cli_support::Place;
use std::process::Command;

const PROVIDERS: &str = "\
import logging
import sqlite3

import aiosqlite
from sqlalchemy import create_engine
from sqlalchemy.ext.asyncio import AsyncSession, create_async_engine
from sqlalchemy.orm import Session

log = logging.getLogger(__name__)
engine = create_engine('sqlite://')
async_engine = create_async_engine('sqlite+aiosqlite://')


def get_db():
    '''A session.'''
    return Session(engine)


def connect():
    return sqlite3.connect(':memory:')


def source():
    \"\"\"This file.

    Only to be read.
    \"\"\"
    return open(__file__)


def get_async():
    'An async session.'
    return AsyncSession(async_engine)


async def connect_async():
    r'\\d'
    connection = await aiosqlite.connect(':memory:')
    return connection


def perhaps(path=__file__):
    '''A file.'''
    if path is None:
        return None
    return open(path)
";

/// Runs the code in the docstring of each function, and tells what was released, and what was logged.
const RUN: &str = r#"
import ast, asyncio, inspect, logging, textwrap
logging.basicConfig(format="%(levelname)s %(message)s", level=logging.DEBUG, handlers=[logging.StreamHandler(__import__("sys").stdout)])
for noisy in ("asyncio", "aiosqlite", "sqlalchemy"):
    logging.getLogger(noisy).setLevel(logging.WARNING)
import app.db as db
released = []
for cls, name in [(db.Session, "close"), (db.AsyncSession, "close")]:
    def watched(self, *, real=getattr(cls, name)):
        released.append(type(self).__name__)
        return real(self)
    setattr(cls, name, watched)

def is_closed(thing):
    if hasattr(thing, "closed"):
        return thing.closed
    if isinstance(thing, db.sqlite3.Connection):
        try:
            thing.execute("select 1")
        except db.sqlite3.ProgrammingError:
            return True
        return False
    if isinstance(thing, db.aiosqlite.Connection):
        return not thing._running
    return type(thing).__name__ in released

async def main():
    for name in ["get_db", "connect", "source", "get_async", "connect_async", "perhaps"]:
        doc = inspect.getdoc(getattr(db, name))
        lead, code = doc.split(" to release:\n" if " to release:\n" in doc else " to release it:\n")
        space = {}
        run = compile(textwrap.dedent(code), name, "exec", flags=ast.PyCF_ALLOW_TOP_LEVEL_AWAIT)
        got = eval(run, space)
        if inspect.isawaitable(got):
            await got
        [given] = [value for key, value in space.items() if key in ("session", "conn", "f", "file", "connection")]
        print(name, is_closed(given))
asyncio.run(main())
"#;

#[test]
fn the_usage_that_is_written_releases() {
    let place = Place::new();
    place.write("app/__init__.py", "");
    place.write("app/db.py", PROVIDERS);
    let check = place.run(&[
        "check",
        "--select",
        "UL103",
        "--output-format",
        "concise",
        ".",
    ]);
    assert_eq!(check.stdout.matches("UL103").count(), 6, "{}", check.stdout);
    let fixed = place.run(&["fix", "--select", "UL103", "--unsafe-fixes", "."]);
    assert_eq!(fixed.code, 0, "{}", fixed.stderr);
    let text = place.read("app/db.py");
    for line in [
        "        from contextlib import closing\n\n        from app.db import connect\n\n        with closing(connect()) as conn:\n            ...\n    \"\"\"\n    log.debug(",
        "    r'''\\d\n\n    The caller has to release it:\n",
        "    Only to be read.\n\n    The caller has to release it:\n",
    ] {
        assert!(text.contains(line), "{text}");
    }
    let output = Command::new(venv::latest())
        .args(["-B", "-c", RUN])
        .current_dir(place.path("."))
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stdout);
    let names = [
        "get_db",
        "connect",
        "source",
        "get_async",
        "connect_async",
        "perhaps",
    ];
    let expected: String = names
        .iter()
        .map(|name| format!("DEBUG {name}() hands out a new resource\n{name} True\n"))
        .collect();
    assert_eq!(
        said,
        expected,
        "{}\n{text}",
        String::from_utf8_lossy(&output.stderr)
    );
    let again = place.run(&["diff", "--select", "UL103", "--unsafe-fixes", "."]);
    again.is(
        0,
        "",
        "unleak: Nothing to fix in 1 file\n"
            .replace("1 file", "2 files")
            .as_str(),
    );
}

#[test]
fn it_is_silent_unless_selected_and_its_fix_is_unsafe() {
    let place = Place::new();
    place.write("db.py", "def opened(path):\n    return open(path)\n");
    place
        .run(&["check", "."])
        .is(0, "No leaks found in 1 file\n", "");
    let diff = place.run(&["diff", "--select", "UL103", "."]);
    assert!(!diff.stdout.contains("+++"), "{}", diff.stdout);
    // Line endings stay what they are.
    place.write(
        "db.py",
        "def opened(path):\r\n    '''A file.'''\r\n    return open(path)\r\n",
    );
    let fixed = place.run(&["fix", "--select", "UL103", "--unsafe-fixes", "."]);
    assert_eq!(fixed.code, 0, "{}", fixed.stderr);
    let text = place.read("db.py");
    assert!(text.contains("release it:\r\n") && !text.replace("\r\n", "").contains('\n'));
}

"""Runs every function of a module with real databases and prints what each one did, one JSON object a line.

Sessions and connections are kept alive, so that nothing is closed but by the code itself.
"""

import importlib.util
import inspect
import io
import json
import os
import sqlite3
import sys
import tempfile
from contextlib import redirect_stdout

from sqlalchemy import event
from sqlalchemy.engine import Connection
from sqlalchemy.orm import Session

held = []
log = []


class Watched(sqlite3.Connection):
    """A connection that tells what is done with it."""

    is_closed = False

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        held.append(self)

    def __exit__(self, kind, *rest):
        log.append("rollback" if kind else "commit")
        return super().__exit__(kind, *rest)

    def close(self):
        self.is_closed = True
        return super().close()


def keep(cls):
    init = cls.__init__

    def __init__(self, *args, **kwargs):
        held.append(self)
        init(self, *args, **kwargs)

    cls.__init__ = __init__


def main(path):
    spec = importlib.util.spec_from_file_location("at_work", path)
    connect = sqlite3.connect
    with tempfile.TemporaryDirectory() as directory:
        os.chdir(directory)
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        module.engine.connect().close()  # the first one asks the driver what it is
        keep(Session)
        keep(Connection)
        for name in ("begin", "commit", "rollback"):
            event.listen(module.engine, name, lambda *_, name=name: log.append(f"orm {name}"))
        event.listen(module.engine, "before_cursor_execute", lambda *args: log.append(args[2]))
        for name, function in vars(module).items():
            if inspect.isfunction(function) and function.__module__ == "at_work":
                for fails in (False, True):
                    print(json.dumps(run(module.engine, connect, name, function, fails)))


def run(engine, connect, name, function, fails):
    for path in ("plain.db", "orm.db"):
        conn = connect(path)
        conn.executescript("drop table if exists item; create table item (name); insert into item values ('old')")
        conn.close()
    held.clear()
    log.clear()

    def step():
        log.append("step")
        if fails:
            raise ValueError("step")

    told = {"function": name, "fails": fails}
    sqlite3.connect = lambda *args, **kwargs: connect(*args, factory=Watched, **kwargs)
    printed = io.StringIO()
    try:
        with redirect_stdout(printed):
            result = function("plain.db", step)
            told["result"] = list(result) if inspect.isgenerator(result) else result
    except Exception as error:
        told["error"] = repr(error)
    finally:
        sqlite3.connect = connect
    told["printed"] = printed.getvalue()
    told["open"] = sum(not conn.is_closed for conn in held if isinstance(conn, Watched))
    told["open"] += engine.pool.checkedout()
    # A session or connection that nothing closed, even if its transaction has given back what it had checked out.
    told["unreleased"] = told["open"] + sum(
        not thing.closed for thing in held if isinstance(thing, Connection)
    )
    for thing in held:
        thing.close()
    # Behind that: what a release does to its own transaction, it does in both.
    told["log"] = list(log)
    for path in ("plain.db", "orm.db"):
        conn = connect(path)
        told[path] = conn.execute("select name from item").fetchall()
        conn.close()
    return told


main(os.path.abspath(sys.argv[1]))

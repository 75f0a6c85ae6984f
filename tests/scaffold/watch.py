"""Runs every function of leaky_app under the scaffolded pool monitor, and prints the lines that keep a connection.

    python watch.py        in the project, beside pool_monitor.py

Each call of calls.py is made as it is, and then again with each of the SQL statements it runs failing, one at a time: a
leak that needs an exception shows only there. After each call, its connections are looked for: those that are out still,
and those whose session was thrown away. The cyclic garbage collector is off, as in drive.py.
"""

import gc
import json
import logging
import os
import tempfile
import warnings
from pathlib import Path

import drive


class Failure(Exception):
    """A statement that fails on purpose."""


class Statements:
    """Counts the statements of a call, and lets one of them fail."""

    def __init__(self) -> None:
        self.begin(0)

    def begin(self, failing: int) -> None:
        """From now on the statement with the number `failing` fails; there is no statement 0."""
        self.failing, self.count = failing, 0

    def run(self, *_) -> None:
        self.count += 1
        if self.count == self.failing:
            raise Failure("a statement that fails on purpose")


def main() -> None:
    from sqlalchemy import event
    from sqlalchemy.orm import close_all_sessions

    import calls
    import pool_monitor
    from leaky_app.core import engine, errors
    from leaky_app.core.async_db import async_engine

    statements = Statements()
    for one in (engine, async_engine.sync_engine):
        event.listen(one, "before_cursor_execute", statements.run)
    folder = Path(os.environ["LEAKY_APP_DATA"])
    drive.prepare(folder)
    found = set()
    runs = 0

    def once(call, failing: int) -> None:
        engine.dispose()
        async_engine.sync_engine.dispose(close=False)
        statements.begin(failing)
        with pool_monitor.PoolMonitor(engine, async_engine) as monitor:
            try:
                call.run()
            except Exception as error:
                errors.remember(error)
            out = monitor.checkedout()
            held, collected = monitor.held(), monitor.collected()
        assert out == len(held), f"{call.name}: {out} are out, {len(held)} are named"
        for one in [*held, *collected]:
            path = Path(one.place.path).resolve().relative_to(Path.cwd().resolve())
            found.add((str(path), one.place.line))
        errors.RECENT.clear()
        if engine.pool.checkedout():
            close_all_sessions()
            gc.collect()

    for call in [*calls.RUSH, *calls.quiet(folder)]:
        once(call, 0)
        ran = statements.count
        for failing in range(1, ran + 1):
            once(call, failing)
        runs += ran + 1
    print(json.dumps({"runs": runs, "lines": sorted(found)}))


if __name__ == "__main__":
    gc.disable()
    logging.disable()
    # A connection of an event loop that is over cannot be closed any more.
    warnings.simplefilter("ignore")
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as name:
        os.environ["LEAKY_APP_DATA"] = name
        main()

"""Calls the functions of one module and prints what each call did, one JSON object a line.

    worker.py --cases FOLDER --module NAME [--only WORD,WORD]

Each call is made without failures, then once for each step on its way, which raises: one of the module's `FAILURES` or an
interrupt, or the server hangs up there. The database is that of the environment (run.py); with SHOP_FEWER only the first
failure and the server's are tried.
"""

import argparse
import asyncio
import contextlib
import gc
import importlib
import io
import json
import logging
import os
import sys
import tempfile
import threading
from pathlib import Path

import told
import watch
import world
from cases_of import read

MOST_STEPS = 6


class Surroundings:
    """All that is not the function."""

    def __init__(self, folder, module):
        self.files = world.Files(folder, module.startswith("files"))
        self.peer = world.Peer() if module.startswith("sockets") else None
        self.postgres = None
        backend = os.environ.get("SHOP_BACKEND", "sqlite")
        if backend != "sqlite":
            dsn = os.environ["SHOP_SERVER"]
            name = f"shop_{os.getpid()}"
            self.postgres = world.Postgres(dsn, name)
            parts = dict(part.split("=") for part in dsn.split())
            address = f"{parts['user']}@{parts['host']}:{parts['port']}/{name}"
            os.environ["SHOP_DSN"] = f"{dsn} dbname={name}"
            os.environ["SHOP_DSN_URL"] = f"postgresql://{address}"
            os.environ["SHOP_URL"] = f"postgresql+{os.environ.get('SHOP_DRIVER', 'psycopg2')}://{address}"
            os.environ["SHOP_ASYNC_URL"] = f"postgresql+{os.environ.get('SHOP_ASYNC_DRIVER', 'asyncpg')}://{address}"
        if self.peer:
            os.environ["SHOP_PEER"] = str(self.peer.port)

    def reset(self):
        self.files.reset()
        if self.postgres:
            self.postgres.reset()

    def look(self):
        seen = {"files": self.files.look()}
        if self.postgres:
            seen["rows"] = self.postgres.look()
        return seen

    def can_cut(self):
        return self.peer or self.postgres

    def cut(self):
        (self.peer or self.postgres).cut()

    def end(self):
        if self.peer:
            self.peer.end()


class Steps:
    """Listens to `step`, and makes the one that is told fail."""

    def __init__(self, failing, failure, cut):
        self.failing = failing
        self.failure = failure
        self.cut = cut
        self.made = []

    def __call__(self, what):
        self.made.append(told.value(what))
        if len(self.made) == self.failing:
            if self.failure == "cut":
                self.cut()
            else:
                raise self.failure("step failed")


def call_plainly(run, count, look, result):
    """A call of a plain function. What it gave or raised is alive until everything is counted."""
    held = error = None
    try:
        held = run()
    except BaseException as raised:
        error = raised
    result["open"] = count.now()
    note(result, held, error)
    held = error = None
    result["open"].update(count.later())
    # What is in buffers is written by now, and nothing that was kept has been closed.
    result["seen"] = look()
    count.clean()


async def call_in_loop(run, count, look, result):
    """The same in an event loop."""
    count.fds = watch.fds()
    held = error = None
    try:
        held = await run()
    except BaseException as raised:
        error = raised
    result["open"] = await spawn(count, count.now)
    note(result, held, error)
    held = error = None
    result["open"].update(count.later())
    result["seen"] = look()
    await spawn(count, count.clean)


async def spawn(count, function):
    """Calls a function that waits for what SQLAlchemy makes of an asynchronous driver."""
    if not count.engines:
        return function()
    from sqlalchemy.util import greenlet_spawn

    return await greenlet_spawn(function)


def note(result, held, error):
    if error is not None:
        result["error"] = told.error(error)
    else:
        result["result"] = told.value(held)


def one_call(surroundings, module, case, call, engines, steps):
    """What one call did."""
    surroundings.reset()
    module_steps = sys.modules["shop.steps"]
    result = {}
    printed = io.StringIO()
    run = compile(call, "<call>", "eval")
    count = watch.Count(engines)
    module_steps.listener = steps

    def start():
        return eval(run, vars(module))

    with contextlib.redirect_stdout(printed):
        if case.is_async:
            # Made inside of the loop; a coroutine that waits for others is one expression, too.
            async def body():
                return await start()

            asyncio.run(call_in_loop(body, count, surroundings.look, result))
        else:
            call_plainly(start, count, surroundings.look, result)
    module_steps.listener = None
    result["printed"] = printed.getvalue()
    result["ignored"] = list(watch.ignored)
    result["steps"] = list(steps.made)
    result["statements"] = list(watch.statements)
    return result


def engines_of(module):
    """The engines that the module and the shop use; of asynchronous ones, what is inside of them."""
    found = {}
    for owner in [module, *(sys.modules.get(name) for name in ("shop.db", "shop.async_db"))]:
        for thing in vars(owner).values() if owner else ():
            engine = thing.sync_engine if type(thing).__name__ == "AsyncEngine" else thing
            if type(engine).__name__ == "Engine":
                found[id(engine)] = engine
    return list(found.values())


def schedules(module, steps, can_cut):
    """Which step fails, and how; the first is that none does."""
    number = min(steps, MOST_STEPS)
    failures = [*module.FAILURES, KeyboardInterrupt]
    if os.environ.get("SHOP_FEWER"):
        failures = failures[:1]
    for failure in failures:
        for step in range(1, number + 1):
            yield step, failure
    if can_cut:
        for step in range(1, number + 1):
            yield step, "cut"


def run_case(surroundings, module, engines, case, say):
    for call in case.calls:
        steps = Steps(0, None, None)
        first = one_call(surroundings, module, case, call, engines, steps)
        say(case, call, "no failure", first)
        for step, failure in schedules(module, len(steps.made), surroundings.can_cut()):
            failing = Steps(step, failure, surroundings.cut)
            name = failure if failure == "cut" else failure.__name__
            say(case, call, f"{name} in step {step}", one_call(surroundings, module, case, call, engines, failing))


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--cases", type=lambda name: Path(name).resolve(), required=True)
    parser.add_argument("--module", required=True)
    parser.add_argument("--only", default="")
    parser.add_argument("--function", default="")
    arguments = parser.parse_args()
    # Output of the functions goes elsewhere; destructors may print as well.
    output = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)

    def say(case, call, schedule, result):
        print(json.dumps({"function": case.name, "call": call, "schedule": schedule, **result}), file=output)

    folder = tempfile.TemporaryDirectory(ignore_cleanup_errors=True)
    surroundings = Surroundings(folder.name, arguments.module)
    source = arguments.cases / f"{arguments.module}.py"
    cases = read(source.read_text())
    sys.path.insert(0, str(arguments.cases))
    watch.drivers()
    # SQLAlchemy makes the path of a database absolute when it makes the engine.
    surroundings.reset()
    module = importlib.import_module(arguments.module)
    watch.engines()
    watch.files(module)
    watch.listen()
    logging.disable()
    # A thread of aiosqlite that outlives its loop says so.
    threading.excepthook = lambda _: None
    engines = engines_of(module)
    # Nothing is collected but between the calls, and then only what they left.
    gc.disable()
    gc.collect()
    gc.freeze()
    try:
        for case in cases:
            if arguments.only and case.expected not in arguments.only.split(","):
                continue
            if arguments.function and case.name != arguments.function:
                continue
            run_case(surroundings, module, engines, case, say)
    finally:
        surroundings.end()
        os.chdir("/")
        folder.cleanup()
    output.close()
    # A connection of aiosqlite that is still open has a thread, which would keep the program alive.
    os._exit(0)


main()

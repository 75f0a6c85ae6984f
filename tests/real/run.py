"""Fixes functions that use real libraries, calls original and fixed ones, and holds one against the other.

    run.py --binary UNLEAK --latest PYTHON --older PYTHON [--only MODULE] [--keep FOLDER]

The interpreters are those of two environments, `latest.txt` and `sqlalchemy_1_4.txt`. Needs nothing itself but Python 3.11.
What PostgreSQL has to do with runs where there is a server program; see tests/support/postgres.py.
"""

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path

import judge
from cases_of import bodies, read

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "support"))
import postgres  # noqa: E402, it lies elsewhere

ORM = ("orm_sessions", "orm_rows", "orm_ways_out", "orm_streaming", "core", "async_sessions")
ON_SQLITE = {
    "latest": (*ORM, "sqlmodel_sessions", "plain_sqlite", "plain_aiosqlite", "files", "files_more", "sockets", "sockets_more"),
    "older": (*ORM, "legacy_1_4"),
}
ON_POSTGRES = {
    "latest": (*ORM, "sqlmodel_sessions", "psycopg_3", "psycopg_2", "plain_asyncpg"),
    "older": (*ORM, "legacy_1_4"),
}
# Which drivers SQLAlchemy uses.
DRIVERS = {
    "latest": {"SHOP_DRIVER": "psycopg", "SHOP_ASYNC_DRIVER": "psycopg"},
    "older": {"SHOP_DRIVER": "psycopg2", "SHOP_ASYNC_DRIVER": "asyncpg"},
}
PACKAGES = ("SQLAlchemy", "sqlmodel", "psycopg", "psycopg2-binary", "asyncpg", "aiosqlite")
# So many of the functions that are fixed have to leave something open before: otherwise the calls prove nothing.
LEAKING_SHARE = 0.85


@dataclass
class Job:
    """One module with one environment and database."""

    environment: str
    backend: str
    module: str
    variables: dict = field(default_factory=dict)

    def __str__(self):
        return f"{self.module} ({self.environment}, {self.backend})"


def jobs(address):
    """All that can run here; without the address of a server what needs none."""
    for environment, modules in ON_SQLITE.items():
        for module in modules:
            yield Job(environment, "sqlite", module)
    if not address:
        return
    server = {"SHOP_BACKEND": "postgresql", "SHOP_SERVER": address + " dbname=postgres"}
    for environment, modules in ON_POSTGRES.items():
        for module in modules:
            # What raises in Python does so on both databases alike.
            fewer = {"SHOP_FEWER": "1"} if module in ON_SQLITE[environment] else {}
            yield Job(environment, "postgresql", module, {**server, **DRIVERS[environment], **fewer})
    asyncpg = {**server, "SHOP_ASYNC_DRIVER": "asyncpg", "SHOP_FEWER": "1"}
    yield Job("latest", "postgresql with asyncpg", "async_sessions", asyncpg)


def unleak(binary, folder, *arguments):
    done = subprocess.run([binary, *arguments, "."], cwd=folder, capture_output=True, text=True)
    if done.returncode not in (0, 1):
        raise SystemExit(f"unleak {arguments} failed: {done.stderr}")
    return done.stdout


def calls(python, job, cases, only=()):
    """What the calls of a module did."""
    command = [python, "-B", str(HERE / "worker.py"), "--cases", str(cases), "--module", job.module]
    if only:
        command += ["--only", ",".join(only)]
    environment = {**os.environ, **job.variables}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=600)
    if done.returncode:
        raise SystemExit(f"{job}: the calls broke off: {done.stderr[-3000:]}")
    return [json.loads(line) for line in done.stdout.splitlines()]


def run_job(job, pythons, folders, verdicts):
    python = pythons[job.environment]
    before = calls(python, job, folders["before"])
    after = calls(python, job, folders["after"])
    judge.compare(str(job), before, after, verdicts)
    refused = [run for run in before if verdicts[run["function"]].expected in ("asked", "dangerous")]
    if refused:
        unsafe = calls(python, job, folders["unsafe"], ("asked", "dangerous"))
        judge.look_for_danger(str(job), refused, unsafe, verdicts)


def prepare(binary, home):
    """Three copies of the cases, two of them fixed; and what is found in them."""
    folders = {name: home / name for name in ("before", "after", "unsafe")}
    for folder in folders.values():
        shutil.copytree(HERE / "cases", folder, ignore=shutil.ignore_patterns("__pycache__"))
    findings = json.loads(unleak(binary, folders["before"], "check", "--output-format", "json"))
    unleak(binary, folders["after"], "fix")
    unleak(binary, folders["unsafe"], "fix", "--unsafe-fixes")
    return folders, findings


def judge_texts(folders, findings, modules):
    """A verdict for each function of each module, begun with what the tool did to its text."""
    verdicts = {}
    for module in sorted(modules):
        text = (folders["before"] / f"{module}.py").read_text()
        fixed = bodies((folders["after"] / f"{module}.py").read_text())
        of_module = verdicts[module] = {}
        for case in read(text):
            verdict = of_module[case.name] = judge.Verdict(case.expected)
            inside = [
                finding
                for finding in findings
                if Path(finding["path"]).name == f"{module}.py" and case.line <= finding["line"] <= case.last_line
            ]
            judge.judge_text(case.name, verdict, bodies(text)[case.name] != fixed[case.name], inside)
    return verdicts


def versions(python):
    look = "import sys, importlib.metadata as m\nfor name in sys.argv[1:]:\n try: print(name, m.version(name))\n except m.PackageNotFoundError: pass"
    return subprocess.run([python, "-c", look, *PACKAGES], capture_output=True, text=True, check=True).stdout.splitlines()


def report(verdicts, seconds, whole):
    """Prints the figures and everything that is wrong; gives how much that is."""
    wrong = 0
    every = []
    for module, of_module in verdicts.items():
        for name, verdict in of_module.items():
            judge.judge_end(name, verdict)
            every.append(verdict)
            for fault in verdict.faults[:3]:
                print(f"WRONG {module}.{name} ({verdict.expected}): {fault}")
            if len(verdict.faults) > 3:
                print(f"WRONG {module}.{name}: and {len(verdict.faults) - 3} more")
            wrong += len(verdict.faults)
    fixed = [verdict for verdict in every if verdict.expected == "fixed"]
    leaked = [verdict for verdict in fixed if verdict.leaked]
    refused = [verdict for verdict in every if verdict.expected in ("asked", "dangerous")]
    proved = [verdict for verdict in refused if verdict.danger]
    print(f"{len(every)} functions, each called before and after its fix: {sum(verdict.calls for verdict in every)} pairs of calls")
    print(f"fixed: {len(fixed)}, of which {len(leaked)} left something open before; nothing is open after")
    print(f"leak, but have no safe fix: {len(refused)}; of {len(proved)} the unsafe fix was seen to change the result")
    print(f"the server had hung up, and the release fails that nobody made before: {sum(v.failed_releases for v in every)} calls")
    print(f"right before: {sum(verdict.expected in ('tidied', 'untouched') for verdict in every)}")
    print(f"{wrong} differences, {seconds:.0f} seconds")
    if whole and len(leaked) < LEAKING_SHARE * len(fixed):
        print("WRONG too few functions leak before: " + ", ".join(quiet(verdicts)))
        wrong += 1
    return wrong


def quiet(verdicts):
    """Functions that were fixed without having been seen to leak."""
    for module, of_module in verdicts.items():
        for name, verdict in of_module.items():
            if verdict.expected == "fixed" and not verdict.leaked:
                yield f"{module}.{name}"


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--binary", required=True)
    parser.add_argument("--latest", required=True)
    parser.add_argument("--older", required=True)
    parser.add_argument("--only", default="", help="a module")
    parser.add_argument("--keep", type=Path, help="where to leave the copies")
    arguments = parser.parse_args()
    began = time.monotonic()
    pythons = {"latest": arguments.latest, "older": arguments.older}
    for name, python in pythons.items():
        print(f"{name}: " + ", ".join(versions(python)))
    with ExitStack() as stack:
        home = arguments.keep or Path(stack.enter_context(tempfile.TemporaryDirectory()))
        try:
            address = stack.enter_context(postgres.server())
        except postgres.NoServer as error:
            if postgres.is_required():
                raise SystemExit(f"UNLEAK_REQUIRE_POSTGRES is set, but there is {error}")
            address = None
            print(f"LEFT OUT: PostgreSQL, because there is {error}")
        folders, findings = prepare(str(Path(arguments.binary).resolve()), home)
        wanted = [job for job in jobs(address) if arguments.only in ("", job.module)]
        verdicts = judge_texts(folders, findings, {job.module for job in wanted})
        with ThreadPoolExecutor(os.cpu_count()) as pool:
            list(pool.map(lambda job: run_job(job, pythons, folders, verdicts[job.module]), wanted))
    wrong = report(verdicts, time.monotonic() - began, whole=not arguments.only)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())

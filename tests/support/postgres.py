"""A PostgreSQL server of its own, on loopback, with its data in a temporary directory, for as long as it is needed.

    postgres.py VARIABLE COMMAND [ARGUMENT ...]

runs the command with the variable in its environment: the URL of an empty database. Without a server program it does not run
the command, says so, and ends with 77; with UNLEAK_REQUIRE_POSTGRES=1 that is an error like others.
"""

import ctypes
import glob
import os
import pwd
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from contextlib import contextmanager
from pathlib import Path

MISSING = "no PostgreSQL server program (`postgres` in PATH or /usr/lib/postgresql/*/bin; Debian: postgresql)"
SETTINGS = {
    "fsync": "off",
    "full_page_writes": "off",
    "synchronous_commit": "off",
    "autovacuum": "off",
    "max_connections": "100",
    "logging_collector": "off",
}
PR_SET_PDEATHSIG = 1
LEFT_OUT = 77


class NoServer(Exception):
    """There is none, or it does not start."""


def programs():
    """Where `initdb` and `postgres` are, the newest if there are several; None without them."""
    places = sorted(glob.glob("/usr/lib/postgresql/*/bin"), key=lambda place: float(Path(place).parent.name), reverse=True)
    on_path = shutil.which("postgres")
    for place in [os.path.dirname(on_path)] * bool(on_path) + places:
        if all(os.access(os.path.join(place, name), os.X_OK) for name in ("initdb", "postgres")):
            return Path(place)
    return None


def user():
    """PostgreSQL refuses root: then it runs as the user that Debian makes for it, or as nobody."""
    if os.geteuid() != 0:
        return {}
    for name in ("postgres", "nobody"):
        try:
            entry = pwd.getpwnam(name)
        except KeyError:
            continue
        return {"user": entry.pw_uid, "group": entry.pw_gid, "extra_groups": []}
    raise NoServer("root cannot run PostgreSQL, and there is no other user")


def end_with_parent():
    """The server stops when whoever started it is gone, even if that was killed."""
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGINT)


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def answers(port):
    """Whether the server takes connections: it answers a request for encryption with one letter as soon as it listens."""
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=1) as probe:
            probe.sendall((8).to_bytes(4, "big") + (80877103).to_bytes(4, "big"))
            return probe.recv(1) in (b"S", b"N")
    except OSError:
        return False


@contextmanager
def server():
    """How to reach a fresh server: `host=... port=... user=...`. Raises NoServer."""
    place = programs()
    if place is None:
        raise NoServer(MISSING)
    identity = user()
    with tempfile.TemporaryDirectory(prefix="unleak-postgres-") as home:
        if identity:
            os.chown(home, identity["user"], identity["group"])
        data = os.path.join(home, "data")
        making = [place / "initdb", "--pgdata", data, "--username", "shop", "--auth", "trust", "--encoding", "UTF8"]
        making += ["--locale", "C", "--no-sync"]
        made = subprocess.run(making, capture_output=True, text=True, cwd=home, **identity)
        if made.returncode:
            raise NoServer(f"initdb failed: {made.stderr}")
        port = free_port()
        starting = [place / "postgres", "-D", data, "-h", "127.0.0.1", "-p", str(port), "-k", home]
        for name, value in SETTINGS.items():
            starting += ["-c", f"{name}={value}"]
        with open(os.path.join(home, "log"), "w+") as log:
            running = subprocess.Popen(
                starting, stdin=subprocess.DEVNULL, stdout=log, stderr=log, cwd=home, preexec_fn=end_with_parent, **identity
            )
            try:
                wait(running, port, log)
                yield f"host=127.0.0.1 port={port} user=shop"
            finally:
                stop(running)


def wait(running, port, log):
    for _ in range(600):
        if running.poll() is not None:
            break
        if answers(port) and "ready to accept connections" in Path(log.name).read_text():
            return
        time.sleep(0.05)
    raise NoServer(f"the server does not start: {Path(log.name).read_text()}")


def stop(running):
    """Fast: what is connected is thrown out."""
    running.send_signal(signal.SIGINT)
    try:
        running.wait(20)
    except subprocess.TimeoutExpired:
        running.kill()
        running.wait()


def is_required():
    return os.environ.get("UNLEAK_REQUIRE_POSTGRES", "") not in ("", "0")


def interrupt(number, _frame):
    """A request to end is an error like others, so that everything is cleaned up."""
    sys.exit(128 + number)


def main(variable, *command):
    signal.signal(signal.SIGTERM, interrupt)
    try:
        with server() as address:
            parts = dict(part.split("=") for part in address.split())
            url = f"postgresql+psycopg://{parts['user']}@{parts['host']}:{parts['port']}/postgres"
            return subprocess.run(command, env={**os.environ, variable: url}).returncode
    except NoServer as error:
        if is_required():
            print(f"UNLEAK_REQUIRE_POSTGRES is set, but there is {error}", file=sys.stderr)
            return 2
        print(f"LEFT OUT: PostgreSQL, because there is {error}", file=sys.stderr)
        return LEFT_OUT


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))

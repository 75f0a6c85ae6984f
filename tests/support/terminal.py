"""Runs a command on a terminal of its own and answers it.

Reads {"command": [...], "cwd": ..., "env": {...}, "steps": [[words to wait for, keys to press], ...]} from standard input, and
prints {"code": ..., "screen": ..., "stdout": ...}. The command's standard input and standard error are the terminal, its standard
output is a file.
"""

import json
import os
import pty
import select
import signal
import sys
import tempfile
import time

PATIENCE = 60


def main():
    asked = json.load(sys.stdin)
    stdout = tempfile.TemporaryFile()
    child, terminal = pty.fork()
    if child == 0:
        # Who runs the tests in the background may have these ignored.
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, signal.SIG_DFL)
        os.dup2(stdout.fileno(), 1)
        os.chdir(asked["cwd"])
        os.environ.update(asked["env"])
        os.execv(asked["command"][0], asked["command"])
    screen = b""
    seen = 0
    for words, keys in asked["steps"]:
        deadline = time.monotonic() + PATIENCE
        while words.encode() not in screen[seen:]:
            more = read(terminal, deadline)
            if not more:
                sys.exit(f"{words!r} did not come, only {screen[seen:].decode()!r}")
            screen += more
        seen += screen[seen:].index(words.encode()) + len(words.encode())
        os.write(terminal, keys.encode("latin-1"))
    while more := read(terminal, time.monotonic() + PATIENCE):
        screen += more
    _, status = os.waitpid(child, 0)
    stdout.seek(0)
    result = {
        "code": os.waitstatus_to_exitcode(status),
        "screen": screen.decode(errors="replace").replace("\r\n", "\n"),
        "stdout": stdout.read().decode(),
    }
    json.dump(result, sys.stdout)


def read(terminal, deadline):
    ready, _, _ = select.select([terminal], [], [], max(0, deadline - time.monotonic()))
    if not ready:
        return b""
    try:
        return os.read(terminal, 65536)
    except OSError:  # Linux: nobody has the other end open any more.
        return b""


main()

"""What is open, and what was said to the database."""

import gc
import os
import sys
import warnings

held = []
statements = []
complaints = []
ignored = []


def fds():
    return len(os.listdir("/proc/self/fd"))


def hold_from(owner, name):
    """Keeps all connections that `owner.name` gives, so that only a close closes them."""
    connect = getattr(owner, name)

    def connecting(*args, **kwargs):
        conn = connect(*args, **kwargs)
        held.append(conn)
        return conn

    setattr(owner, name, connecting)


def hold_all(cls):
    """Keeps all objects of a class."""
    init = cls.__init__

    def __init__(self, *args, **kwargs):
        held.append(self)
        init(self, *args, **kwargs)

    cls.__init__ = __init__


def is_open(conn):
    """Whether a connection of sqlite3 or psycopg2 is."""
    if hasattr(conn, "closed"):
        return not conn.closed
    try:
        conn.total_changes
    except Exception:
        return False
    return True


# They close in silence what is forgotten. Kept, they keep their file descriptors; not those that write, whose end is written
# when they are gone.
SILENT = {
    "gzip": "GzipFile",
    "bz2": "BZ2File",
    "lzma": "LZMAFile",
    "zipfile": "ZipFile",
    "tarfile": "TarFile",
    "wave": "Wave_read",
    "http.client": "HTTPResponse",
}


def drivers():
    """Before the module is imported: sqlite3 and psycopg2 do so, too."""
    import sqlite3

    hold_from(sqlite3, "connect")
    try:
        import psycopg2
    except ImportError:
        return
    hold_from(psycopg2, "connect")


def files(module):
    """What of the standard library a module uses."""
    for name, kind in SILENT.items():
        if name.partition(".")[0] in vars(module) or name == "http.client" and "urllib" in vars(module):
            hold_all(getattr(sys.modules[name], kind))


def engines():
    """All that SQLAlchemy hands out is kept; statements and commits are written down."""
    if "sqlalchemy" not in sys.modules:
        return
    from sqlalchemy import event
    from sqlalchemy.engine import Connection, Engine
    from sqlalchemy.orm import Session
    from sqlalchemy.pool import _ConnectionFairy

    hold_all(Session)
    hold_all(Connection)
    hold_all(_ConnectionFairy)
    event.listen(Engine, "before_cursor_execute", lambda *args: statements.append(args[2]))
    event.listen(Engine, "commit", lambda _: statements.append("commit"))


def complain(message, category, *_rest):
    text = str(message)
    # A cursor holds nothing that its connection does not hold.
    if issubclass(category, ResourceWarning) and "Cursor" not in text or "garbage collector" in text:
        complaints.append(f"{category.__name__}: {text.split(' ', 1)[0]}")


def listen():
    """From now on warnings of what was not closed are counted, and errors in destructors are noted."""
    warnings.simplefilter("always")
    warnings.showwarning = complain
    sys.unraisablehook = lambda args: ignored.append(args.exc_type.__name__)


class Count:
    """What is open now that was not at the beginning."""

    def __init__(self, engines):
        self.engines = engines
        held.clear()
        gc.collect()
        statements.clear()
        complaints.clear()
        ignored.clear()
        self.fds = fds()

    def now(self):
        """Connections out of their pools, and those of drivers, while what the function gave or raised is still there."""
        found = {"checkedout": 0}
        for engine in self.engines:
            found["checkedout"] += engine.pool.checkedout()
            # What lies in the pool is nobody's leak.
            engine.dispose()
        found["connections"] = sum(is_driver(conn) and is_open(conn) for conn in held)
        return found

    def later(self):
        """What is left when that is gone: file descriptors, and complaints. A cursor in the frames of a traceback keeps the
        file of SQLite open behind the close of its connection."""
        gc.collect()
        return {"fds": max(fds() - self.fds, 0), "warnings": len(complaints)}

    def clean(self):
        """Close what was kept."""
        for thing in held:
            if not is_driver(thing) and not hasattr(thing, "close"):
                continue
            try:
                thing.close()
            except Exception:
                pass
        held.clear()


def is_driver(thing):
    return type(thing).__module__.split(".")[0] in ("sqlite3", "psycopg2")

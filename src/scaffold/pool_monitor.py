"""Says which lines of the program hold the connections of SQLAlchemy's pool.

While a monitor runs, it knows of every connection that is checked out where that was
asked for: the line that made the session, or the line that called `engine.connect()`.
A session that has not run a statement yet holds no connection and is not listed.

    monitor = PoolMonitor(engine, limit=30.0)  # or async engines, or several
    monitor.start()
    ...
    monitor.checkedout()  # how many connections are out
    monitor.report()  # how many, and which lines hold them

With a `limit` (in seconds) a thread logs a warning for each connection that is out for
longer, and for each whose session was thrown away without being closed. A process that
forks has to start its monitor in the child: threads stay behind.

In tests, a line in `conftest.py` makes a fixture that fails each test which leaves a
connection checked out:

    connections_come_back = leak_fixture(engine)

It works with SQLAlchemy 1.4 and 2, by events of the pool and of sessions. A new session
has no event, so `Session.__init__` is wrapped while a monitor runs.
"""

# From `unleak scaffold pool-monitor`.

from __future__ import annotations

import functools
import inspect
import logging
import os
import sys
import threading
import time
import weakref
from collections import deque
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Iterator, NamedTuple, Sequence

from sqlalchemy import event
from sqlalchemy.engine import Connection, Engine
from sqlalchemy.orm import Session

if TYPE_CHECKING:
    from types import CodeType, FrameType, TracebackType

    from sqlalchemy.ext.asyncio import AsyncEngine

# Modules, classes and functions that hand out sessions or connections, by their dotted
# names. What they hand out counts as acquired by the line that asked them.
PROVIDERS: Sequence[str] = []

# As many connections that were thrown away are remembered.
REMEMBERED = 1000

logger = logging.getLogger(__name__)


class Place(NamedTuple):
    """A line of the program."""

    path: str
    line: int
    function: str

    def __str__(self) -> str:
        here = os.getcwd() + os.sep
        path = self.path[len(here) :] if self.path.startswith(here) else self.path
        return f"{path}:{self.line} in {self.function}"


@dataclass(eq=False)
class Held:
    """A connection that is checked out, or was."""

    # Where it, or the session that uses it, was acquired.
    place: Place
    thread: str = field(default_factory=lambda: threading.current_thread().name)
    since: float = field(default_factory=time.monotonic)
    is_open: bool = True
    # Its session is older than the monitor; `place` is where that asked for it.
    session_is_older: bool = False
    _is_told: bool = False

    @property
    def seconds(self) -> float:
        """How long ago it was checked out."""
        return time.monotonic() - self.since

    def __str__(self) -> str:
        return f"{self.place}, {self.seconds:.1f} s ago by {self.thread}"


class PoolMonitor:
    """Watches the pools of some engines.

    It is a context manager, too: `with PoolMonitor(engine) as monitor:`. `providers`
    are named as in `PROVIDERS`.
    """

    def __init__(
        self,
        *engines: Engine | AsyncEngine,
        limit: float | None = None,
        providers: Sequence[str] = PROVIDERS,
    ) -> None:
        self.limit = limit
        self.providers = tuple(providers)
        self._engines = [
            engine if isinstance(engine, Engine) else engine.sync_engine
            for engine in engines
        ]
        # There is no lock here: a garbage collection can call `_lost` at any moment, in
        # any thread. Each use of these is one operation that no other thread can split.
        self._open: dict[int, Held] = {}
        self._collected: deque[Held] = deque(maxlen=REMEMBERED)
        self._untold: deque[Held] = deque(maxlen=REMEMBERED)
        self._sessions: weakref.WeakKeyDictionary[Session, Place] = (
            weakref.WeakKeyDictionary()
        )
        self._stopped = threading.Event()
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Begin to watch. Connections that are out already are not listed."""
        _running.add(self)
        for engine in self._engines:
            event.listen(engine, "checkout", self._checked_out)
            event.listen(engine, "checkin", self._checked_in)
            event.listen(engine, "detach", self._checked_in)
        event.listen(Session, "after_begin", self._begun)
        if self.limit is not None:
            self._stopped.clear()
            arguments = (self.limit,)
            self._thread = threading.Thread(
                target=self._watch, args=arguments, name="pool-monitor", daemon=True
            )
            self._thread.start()

    def stop(self) -> None:
        """End it. What was found stays."""
        self._stopped.set()
        if self._thread is not None:
            self._thread.join()
            self._thread = None
        event.remove(Session, "after_begin", self._begun)
        for engine in self._engines:
            event.remove(engine, "checkout", self._checked_out)
            event.remove(engine, "checkin", self._checked_in)
            event.remove(engine, "detach", self._checked_in)
        _running.remove(self)
        for held in self.held():
            held.is_open = False

    def __enter__(self) -> PoolMonitor:
        self.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.stop()

    def checkedout(self) -> int:
        """How many connections the pools say are checked out."""
        # Not every pool counts: a NullPool does not.
        counters = [
            getattr(engine.pool, "checkedout", None) for engine in self._engines
        ]
        if None in counters:
            return len(self._open)
        return sum(counter() for counter in counters if counter is not None)

    def held(self, longer_than: float = 0.0) -> list[Held]:
        """The connections that are out for so many seconds, oldest first."""
        held = [one for one in list(self._open.values()) if one.seconds >= longer_than]
        return sorted(held, key=lambda one: one.since)

    def collected(self) -> list[Held]:
        """The connections that nobody gave back: what used them was garbage."""
        return list(self._collected)

    def report(self, longer_than: float = 0.0) -> str:
        """What there is to say, for people."""
        held, collected = self.held(longer_than), self.collected()
        lines = [f"connections checked out: {self.checkedout()}"]
        lines += [f"  {one}" for one in held]
        if collected:
            lines.append(f"thrown away without being closed: {len(collected)}")
            lines += [f"  {one}" for one in collected]
        return "\n".join(lines)

    # What SQLAlchemy calls.

    def _checked_out(self, _connection: Any, record: Any, proxy: Any) -> None:
        # It may be tried again, after another listener found the connection dead.
        self._checked_in(_connection, record)
        held = Held(_acquiring_place(self.providers))
        self._open[id(record)] = held
        record.info[self] = held
        # The pool takes back what becomes garbage, with a `checkin` like any other.
        # `_lost` is called before: of the callbacks of an object the newest is first.
        weakref.finalize(proxy, self._lost, held).atexit = False

    def _checked_in(self, _connection: Any, record: Any) -> None:
        held = self._open.pop(id(record), None)
        if held is not None:
            held.is_open = False
        record.info.pop(self, None)

    def _begun(
        self, session: Session, _transaction: Any, connection: Connection
    ) -> None:
        held = connection.info.get(self)
        # Whoever gives a session a connection keeps it.
        if held is None or isinstance(session.bind, Connection):
            return
        place = self._sessions.get(session)
        if place is None:
            held.session_is_older = True
        else:
            held.place = place

    def _made(self, session: Session) -> None:
        self._sessions[session] = _acquiring_place(self.providers)

    def _lost(self, held: Held) -> None:
        # Nothing is logged here: a handler might be in the middle of a line.
        if held.is_open:
            self._collected.append(held)
            self._untold.append(held)

    def _watch(self, limit: float) -> None:
        while not self._stopped.wait(max(0.01, min(limit / 2, 5.0))):
            for held in self.held(longer_than=limit):
                if not held._is_told:
                    held._is_told = True
                    logger.warning("a connection is out for long: %s", held)
            while self._untold:
                held = self._untold.popleft()
                logger.warning("a connection was never given back: %s", held)


def leak_fixture(
    *engines: Engine | AsyncEngine, providers: Sequence[str] = PROVIDERS
) -> object:
    """Make a pytest fixture that fails a test which leaves a connection checked out.

    It is used by every test that can see it. Sessions that were made before the test,
    by fixtures of a module for example, are none of its business.
    """
    import pytest  # Only tests have it.

    @pytest.fixture(autouse=True)
    def connections_come_back() -> Iterator[PoolMonitor]:
        with PoolMonitor(*engines, providers=providers) as monitor:
            yield monitor
            left = [*monitor.held(), *monitor.collected()]
        left = [held for held in left if not held.session_is_older]
        if left:
            lines = "\n".join(f"  {held.place}" for held in left)
            pytest.fail(f"connections that nobody gave back:\n{lines}", pytrace=False)

    return connections_come_back


class _Running:
    """The monitors that are told of new sessions."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._monitors: tuple[PoolMonitor, ...] = ()
        self._original: Any = None
        self._wrapper: Any = None

    def add(self, monitor: PoolMonitor) -> None:
        with self._lock:
            if not self._monitors:
                self._wrap()
            self._monitors = (*self._monitors, monitor)

    def remove(self, monitor: PoolMonitor) -> None:
        with self._lock:
            rest = [other for other in self._monitors if other is not monitor]
            self._monitors = tuple(rest)
            session_class: Any = Session
            # Somebody else may have wrapped it since; then this stays below.
            if not rest and session_class.__init__ is self._wrapper:
                session_class.__init__ = self._original

    def _wrap(self) -> None:
        session_class: Any = Session
        original = session_class.__init__

        @functools.wraps(original)
        def init(session: Session, *args: Any, **kwargs: Any) -> None:
            original(session, *args, **kwargs)
            if self._wrapper is init:
                for monitor in self._monitors:
                    monitor._made(session)

        self._original, self._wrapper = original, init
        session_class.__init__ = init


_running = _Running()


def _acquiring_place(providers: tuple[str, ...]) -> Place:
    """The innermost line that is neither a library's nor a provider's."""
    frames = _frames()
    own = [frame for frame in frames if not _is_library(frame.f_code.co_filename)]
    asking = [frame for frame in own if not _provides(frame, providers)]
    # A program may be installed among the libraries, or a framework call the provider.
    installed = [frame for frame in frames if not _is_plumbing(frame)]
    frame = (asking or own or installed or frames)[0]
    return Place(frame.f_code.co_filename, frame.f_lineno, _function(frame.f_code))


def _frames() -> list[FrameType]:
    """What is being run, innermost first.

    SQLAlchemy runs the synchronous part of its asyncio API in greenlets. The frames
    that wait for it are those of their parents.
    """
    greenlet = sys.modules.get("greenlet")
    current = greenlet.getcurrent() if greenlet is not None else None
    frames = []
    frame = inspect.currentframe()
    while frame is not None:
        frames.append(frame)
        frame = frame.f_back
        while frame is None and current is not None:
            current = current.parent
            frame = current.gr_frame if current is not None else None
    return frames


_STANDARD_LIBRARY = os.path.dirname(os.__file__) + os.sep


@functools.lru_cache(maxsize=None)
def _is_library(path: str) -> bool:
    parts = path.replace("\\", "/").split("/")
    return (
        "site-packages" in parts
        or "dist-packages" in parts
        or path.startswith((_STANDARD_LIBRARY, "<frozen ", "<sqlalchemy "))
        or path == __file__
    )


def _is_plumbing(frame: FrameType) -> bool:
    module = str(frame.f_globals.get("__name__", ""))
    packages = {"sqlalchemy", "sqlmodel", "contextlib", __name__}
    return module == __name__ or module.split(".")[0] in packages


def _provides(frame: FrameType, providers: tuple[str, ...]) -> bool:
    module = str(frame.f_globals.get("__name__", ""))
    function = _function(frame.f_code)
    full = f"{module}.{function}."
    for name in providers:
        if full.startswith(f"{name}."):
            return True
        # Before Python 3.11 nothing says in which class a function stands.
        if name.startswith(f"{module}.") and name.endswith(f".{function}"):
            return True
    return False


def _function(code: CodeType) -> str:
    name: str = getattr(code, "co_qualname", code.co_name)
    return name.replace(".<locals>", "")

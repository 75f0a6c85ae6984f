"""Holds the scaffolded pool monitor against what it promises, with the SQLAlchemy at hand, in tests/scaffold/project.

It is a script, because it turns the garbage collector off and on, and makes connections that are lost.
"""

import asyncio
import gc
import inspect
import logging
import threading
import time
import warnings

import pool_monitor
from pool_monitor import PoolMonitor
from sqlalchemy import create_engine, event, text
from sqlalchemy.exc import DisconnectionError
from sqlalchemy.ext.asyncio import AsyncSession, create_async_engine
from sqlalchemy.orm import Session
from sqlalchemy.pool import AsyncAdaptedQueuePool, NullPool, QueuePool

engine = create_engine("sqlite:///a.db", poolclass=QueuePool, connect_args={"check_same_thread": False})
other = create_engine("sqlite:///b.db", poolclass=QueuePool)
async_engine = create_async_engine("sqlite+aiosqlite:///a.db", poolclass=AsyncAdaptedQueuePool)
ONE = text("SELECT 1")


def here() -> int:
    """The line of the caller."""
    return inspect.currentframe().f_back.f_lineno


def lines(held) -> list:
    """The lines of this file that are named."""
    assert all(one.place.path == __file__ for one in held), held
    return [one.place.line for one in held]


def provide() -> Session:
    """A provider of this module."""
    return Session(engine)


class Provider:
    """Another."""

    def provide(self) -> Session:
        """Hands out through the first."""
        return provide()


class OwnSession(Session):
    """A session that makes itself."""

    def __init__(self) -> None:
        super().__init__(engine)


def sessions() -> None:
    with PoolMonitor(engine) as monitor:
        lazy, line = Session(engine), here()
        assert (monitor.checkedout(), monitor.held()) == (0, [])
        lazy.execute(ONE)
        assert (monitor.checkedout(), lines(monitor.held())) == (1, [line])
        lazy.commit()
        assert (monitor.checkedout(), monitor.held()) == (0, [])
        lazy.execute(ONE)
        assert lines(monitor.held()) == [line]
        lazy.close()
        lazy.execute(ONE)  # A closed session opens again.
        assert lines(monitor.held()) == [line]
        lazy.close()
        assert (monitor.held(), monitor.collected()) == ([], [])


def providers() -> None:
    own = __name__
    named = [f"{own}.provide", f"{own}.Provider.provide", f"{own}.OwnSession.__init__"]
    with PoolMonitor(engine, providers=named) as monitor:
        made = [provide(), Provider().provide(), OwnSession()]; line = here()
        for session in made:
            session.execute(ONE)
        assert lines(monitor.held()) == [line] * 3
        for session in made:
            session.close()
    with PoolMonitor(engine) as monitor:
        session = provide()
        session.execute(ONE)
        assert [one.place.function for one in monitor.held()] == ["provide"]
        session.close()
    with PoolMonitor(engine, providers=[own]) as monitor:
        # Nobody but the provider is there: better its own line than none.
        session = provide()
        session.execute(ONE)
        assert [one.place.path for one in monitor.held()] == [__file__]
        session.close()


def connections() -> None:
    with PoolMonitor(engine) as monitor:
        connection, line = engine.connect(), here()
        assert lines(monitor.held()) == [line]
        guest = Session(bind=connection)
        guest.execute(ONE)
        assert lines(monitor.held()) == [line]
        guest.close()
        assert lines(monitor.held()) == [line]
        raw, raw_line = engine.raw_connection(), here()
        assert lines(monitor.held()) == [line, raw_line]
        raw.close()
        connection.invalidate()
        assert monitor.held() == []
        connection.close()
        detached = engine.connect()
        detached.detach()
        assert (monitor.checkedout(), monitor.held()) == (0, [])
        detached.close()
        assert monitor.collected() == []


def other_pools() -> None:
    unpooled = create_engine("sqlite:///a.db", poolclass=NullPool)
    with PoolMonitor(engine, unpooled) as monitor, other.connect():
        with unpooled.connect(), engine.connect():
            assert (monitor.checkedout(), len(monitor.held())) == (2, 2)
        engine.dispose()
        with engine.connect():
            assert len(monitor.held()) == 1


def tried_again() -> None:
    """Another listener refuses a connection once, as those do that look whether it is alive."""
    refusals = [True]

    def refuse(*_) -> None:
        if refusals and refusals.pop():
            raise DisconnectionError("on purpose")

    with PoolMonitor(engine) as monitor:
        event.listen(engine, "checkout", refuse)
        with engine.connect() as connection:
            assert (refusals, len(monitor.held())) == ([], 1)
        del connection
        gc.collect()
        assert (monitor.held(), monitor.collected()) == ([], [])
        event.remove(engine, "checkout", refuse)


def lost() -> None:
    def session() -> None:
        Session(engine).execute(ONE)

    def connection() -> None:
        engine.connect()

    with PoolMonitor(engine) as monitor:
        session()
        gc.collect()
        connection()
        gc.collect()
        assert (monitor.checkedout(), monitor.held()) == (0, [])
        first = session.__code__.co_firstlineno
        last = connection.__code__.co_firstlineno
        assert lines(monitor.collected()) == [first + 1, last + 1]
        report = monitor.report()
    assert "connections checked out: 0\nthrown away without being closed: 2\n  monitored.py:" in report, report
    assert "session" in report and "by MainThread" in report, report


def threads() -> None:
    inside, done = threading.Event(), threading.Event()
    line = 0

    def work() -> None:
        nonlocal line
        session = Session(engine); line = here()
        session.execute(ONE)
        inside.set()
        done.wait(10)
        session.close()

    with PoolMonitor(engine) as monitor:
        worker = threading.Thread(target=work, name="a worker")
        worker.start()
        inside.wait(10)
        (held,) = monitor.held()
        assert (held.place.line, held.thread) == (line, "a worker")
        done.set()
        worker.join()
        assert monitor.held() == []

        def often() -> None:
            for _ in range(200):
                with Session(engine) as session:
                    session.execute(ONE)
                monitor.report()

        workers = [threading.Thread(target=often) for _ in range(4)]
        for worker in workers:
            worker.start()
        for worker in workers:
            worker.join()
        assert (monitor.checkedout(), monitor.held(), monitor.collected()) == (0, [], [])


async def asynchronous() -> None:
    with PoolMonitor(async_engine) as monitor:
        connection = await async_engine.connect(); line = here()
        assert lines(monitor.held()) == [line]
        await connection.close()
        async with async_engine.connect():
            assert lines(monitor.held()) == [here() - 1]
        session, line = AsyncSession(async_engine), here()
        assert monitor.held() == []
        await session.execute(ONE)
        assert (monitor.checkedout(), lines(monitor.held())) == (1, [line])
        await session.close()

        async def deeper() -> AsyncSession:
            session = AsyncSession(async_engine)
            await session.execute(ONE)
            return session

        several = await asyncio.gather(deeper(), deeper())
        assert [one.place.function.split(".")[-1] for one in monitor.held()] == ["deeper"] * 2
        for session in several:
            await session.close()
        assert monitor.held() == []
    await async_engine.dispose()


def warned() -> None:
    said = []

    class Keep(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            said.append(record.getMessage())

    pool_monitor.logger.addHandler(Keep())
    pool_monitor.logger.propagate = False
    with PoolMonitor(engine, limit=0.05):
        session, line = Session(engine), here()
        session.execute(ONE)
        lost = Session(engine); lost_line = here()
        lost.execute(ONE)
        del lost
        gc.collect()
        deadline = time.monotonic() + 10
        while len({one.split(":")[0] for one in said}) < 2 and time.monotonic() < deadline:
            time.sleep(0.01)
        time.sleep(0.2)
        session.close()
    long = [one for one in said if one.startswith(f"a connection is out for long: monitored.py:{line} in warned")]
    never = [one for one in said if one.startswith(f"a connection was never given back: monitored.py:{lost_line} in")]
    assert (len(long), len(never)) == (1, 1), said


def over() -> None:
    usual = Session.__init__
    older = Session(engine)
    with PoolMonitor(engine) as one, PoolMonitor(engine) as two:
        older.execute(ONE); used = here()
        session = Session(engine); made = here()
        session.execute(ONE)
        for monitor in (one, two):
            assert [held.session_is_older for held in monitor.held()] == [True, False]
            assert lines(monitor.held()) == [used, made]
    assert Session.__init__ is usual
    session.close()
    older.close()
    with engine.connect():
        assert len(one.held()) == len(two.held()) == 2, "what was found stays, and nothing is added"
    one.start()
    one.stop()
    assert Session.__init__ is usual


if __name__ == "__main__":
    gc.disable()
    warnings.simplefilter("error")
    for check in (sessions, providers, connections, other_pools, tried_again, lost, threads, warned, over):
        check()
        assert engine.pool.checkedout() == 0, check
    asyncio.run(asynchronous())
    print("all is as promised")

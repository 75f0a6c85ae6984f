"""What hands out resources."""
import sqlite3
from contextlib import asynccontextmanager, contextmanager
from functools import lru_cache, partial

from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Session, sessionmaker
from work import cond, step

from .holders import Database, Holder, OtherExit, AppSession, database, service

engine = "engine"
SHARED = {}
SINGLE = None

make_session = sessionmaker(bind=engine)
by_lambda = lambda: Session(engine)  # noqa: E731
by_partial = partial(Session, engine)


def fresh():
    return Session(engine)


def named():
    session = Session(engine)
    session.mark = "named"
    return session


def chained():
    step("chain")
    return named()


def chosen():
    if cond("chosen"):
        return Session(engine)
    return make_session()


def perhaps():
    if cond("perhaps"):
        return None
    return Session(engine)


def connected():
    return sqlite3.connect("kit.db")


def opened(path="kit.txt"):
    return open(path)


def held():
    return Holder("kit.db")


def numbered():
    return Session(engine), 1


def new_or_given(session=None):
    if session is not None:
        return session
    return Session(engine)


@lru_cache
def cached():
    return Session(engine)


def shared():
    if "session" not in SHARED:
        SHARED["session"] = Session(engine)
    return SHARED["session"]


def single():
    global SINGLE
    if SINGLE is None:
        SINGLE = Session(engine)
    return SINGLE


def registered():
    session = Session(engine)
    SHARED["registered"] = session
    return session


def remembered():
    conn = sqlite3.connect("kit.db")
    SHARED.setdefault("all", []).append(conn)
    return conn


def each():
    session = Session(engine)
    try:
        yield session
    finally:
        session.close()


def each_with():
    with Session(engine) as session:
        yield session


def each_open():
    session = Session(engine)
    yield session
    session.close()


def each_connection():
    conn = sqlite3.connect("kit.db")
    try:
        yield conn
    finally:
        conn.close()


def each_deep():
    yield from each()


@contextmanager
def scope():
    session = Session(engine)
    try:
        yield session
        session.commit()
    except Exception:
        session.rollback()
        raise
    finally:
        session.close()


@contextmanager
def scope_open():
    session = Session(engine)
    yield session
    session.close()


async def fresh_soon():
    return AsyncSession(engine)


def fresh_async():
    return AsyncSession(engine)


async def each_soon():
    async with AsyncSession(engine) as session:
        yield session


async def each_soon_open():
    session = AsyncSession(engine)
    yield session
    await session.close()


@asynccontextmanager
async def scope_soon():
    async with AsyncSession(engine) as session:
        yield session

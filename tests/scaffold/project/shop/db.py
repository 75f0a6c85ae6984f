"""What hands out sessions, in all the ways there are."""

from __future__ import annotations

import sqlite3
from contextlib import asynccontextmanager, contextmanager
from typing import AsyncIterator, Iterator, Optional

from sqlalchemy import create_engine
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker, create_async_engine
from sqlalchemy.orm import Session, sessionmaker
from sqlalchemy.pool import AsyncAdaptedQueuePool, QueuePool

engine = create_engine(
    "sqlite:///shop.db",
    poolclass=QueuePool,
    connect_args={"check_same_thread": False},
)
async_engine = create_async_engine(
    "sqlite+aiosqlite:///shop.db", poolclass=AsyncAdaptedQueuePool
)

SessionLocal = sessionmaker(engine)
FeedSession = async_sessionmaker(async_engine)


class ShopSession(Session):
    """A session that knows its engine."""

    def __init__(self) -> None:
        super().__init__(engine)


class Database:
    """Hands out sessions by a method."""

    def open(self) -> Session:
        return Session(engine)


def get_db() -> Session:
    """The usual way."""
    return Session(engine)


def session() -> Session:
    """Called like what it gives."""
    return Session(engine)


def open_archive() -> sqlite3.Connection:
    """What a plain `with` does not close."""
    return sqlite3.connect("archive.db", check_same_thread=False)


@contextmanager
def unit_of_work() -> Iterator[Session]:
    """What has to be entered."""
    with Session(engine) as opened:
        yield opened
        opened.commit()


async def get_feed() -> AsyncSession:
    """What has to be awaited."""
    return AsyncSession(async_engine)


@asynccontextmanager
async def feed_of_work() -> AsyncIterator[AsyncSession]:
    """What has to be entered by `async with`."""
    async with AsyncSession(async_engine) as opened:
        yield opened
        await opened.commit()


def for_tenant(tenant: str) -> Session:
    """What wants an argument."""
    return Session(engine, info={"tenant": tenant})


def perhaps(wanted: bool = False) -> Optional[Session]:
    """What may give nothing."""
    if not wanted:
        return None
    return Session(engine)


def dependency() -> Iterator[Session]:
    """What a web framework calls."""
    with Session(engine) as opened:
        yield opened


_shared = Session(engine)


def shared() -> Session:
    """What belongs to nobody."""
    return _shared

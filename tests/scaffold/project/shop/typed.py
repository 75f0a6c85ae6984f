"""Uses every decorator, as callers write it. mypy reads it, too."""

from __future__ import annotations

import sqlite3

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Session

from shop.with_archive import INJECTED as ARCHIVE
from shop.with_archive import with_session as with_archive
from shop.with_feed import with_session as with_feed
from shop.with_session import INJECTED, with_session


@with_session
def doubled(number: int, *, session: Session = INJECTED) -> int:
    """Twice a number, as the database sees it."""
    found: int = session.scalar(text("SELECT 2 * :n"), {"n": number})
    return found


@with_session
async def doubled_later(number: int, *, session: Session = INJECTED) -> int:
    """The same in a coroutine."""
    return doubled(number, session=session)


class Till:
    """Has methods of all sorts."""

    factor = 3

    @with_session
    def total(self, number: int, *more: int, session: Session = INJECTED) -> int:
        """Some numbers, times a factor."""
        return doubled(number + sum(more), session=session) // 2 * self.factor

    @classmethod
    @with_session
    def of_class(cls, number: int, *, session: Session = INJECTED) -> int:
        """The same without an object."""
        return doubled(number, session=session) // 2 * cls.factor

    @staticmethod
    @with_session
    def plain(number: int, *, session: Session = INJECTED) -> int:
        """The same without a class."""
        return doubled(number, session=session) // 2

    @property
    @with_session
    def one(self, *, session: Session = INJECTED) -> int:
        """One, as an attribute."""
        return doubled(1, session=session) // 2


@with_archive
def archived(number: int, *, session: sqlite3.Connection = ARCHIVE) -> int:
    """A number from the archive."""
    found: int = session.execute("SELECT ?", (number,)).fetchone()[0]
    return found


@with_feed
async def fed(number: int, *, session: AsyncSession = INJECTED) -> int:
    """A number from the feed."""
    found: int = await session.scalar(text("SELECT :n"), {"n": number})
    return found


def calls() -> int:
    """Nobody has to give a session."""
    till = Till()
    return doubled(1) + till.total(1, 2) + Till.of_class(1) + Till.plain(1) + till.one

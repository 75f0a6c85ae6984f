"""The engine and the ways to a session."""

from sqlalchemy import create_engine
from sqlalchemy.orm import Session, sessionmaker
from sqlalchemy.pool import QueuePool

from shop.settings import URL

engine = create_engine(URL, poolclass=QueuePool, pool_size=5, max_overflow=5, pool_timeout=2, future=True)
SessionLocal = sessionmaker(bind=engine, future=True)
KeepingSession = sessionmaker(bind=engine, future=True, expire_on_commit=False)


def get_db():
    """A new session; the caller closes it."""
    return SessionLocal()


def get_session() -> Session:
    """The same, for those who like types."""
    session = Session(engine, future=True)
    return session


def maybe_db(wanted):
    """A session, or nothing."""
    if not wanted:
        return None
    return SessionLocal()

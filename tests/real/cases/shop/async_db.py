"""The same for coroutines."""

from sqlalchemy.ext.asyncio import AsyncSession, create_async_engine
from sqlalchemy.orm import sessionmaker
from sqlalchemy.pool import AsyncAdaptedQueuePool

from shop.settings import ASYNC_URL

async_engine = create_async_engine(ASYNC_URL, poolclass=AsyncAdaptedQueuePool)
AsyncLocal = sessionmaker(async_engine, class_=AsyncSession, expire_on_commit=False)
ExpiringLocal = sessionmaker(async_engine, class_=AsyncSession)


def get_async_db() -> AsyncSession:
    """A new session; the caller closes it."""
    return AsyncLocal()

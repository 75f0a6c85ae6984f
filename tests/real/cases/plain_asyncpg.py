"""asyncpg: no context manager, and a close that waits for the server."""

import asyncpg

from shop.settings import DSN_URL
from shop.steps import step

FAILURES = (RuntimeError, asyncpg.PostgresError)


# asked: count()
async def count():
    conn = await asyncpg.connect(DSN_URL)
    number = await conn.fetchval("select count(*) from customers")
    step()
    await conn.close()
    return number


# asked: add("dora"); add("anna")
async def add(name):
    conn = await asyncpg.connect(DSN_URL)
    await conn.execute("insert into customers (name) values ($1)", name)
    step()
    await conn.close()


# untouched: well("dora"); well("anna")
async def well(name):
    conn = await asyncpg.connect(DSN_URL)
    try:
        async with conn.transaction():
            await conn.execute("insert into customers (name) values ($1)", name)
            step()
    finally:
        await conn.close()

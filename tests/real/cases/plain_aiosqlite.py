"""aiosqlite: a thread for each connection, which goes on until the connection is closed."""

import aiosqlite

from shop.settings import PATH
from shop.steps import step

FAILURES = (RuntimeError, aiosqlite.OperationalError)


# fixed: count()
async def count():
    conn = await aiosqlite.connect(PATH)
    cursor = await conn.execute("select count(*) from customers")
    row = await cursor.fetchone()
    step()
    await conn.close()
    return row[0]


# fixed: add("dora"); add("anna")
async def add(name):
    db = await aiosqlite.connect(PATH)
    await db.execute("insert into customers (name) values (?)", (name,))
    step()
    await db.commit()
    await db.close()


# fixed: add_or_not("dora"); add_or_not("anna")
async def add_or_not(name):
    db = await aiosqlite.connect(PATH)
    try:
        await db.execute("insert into customers (name) values (?)", (name,))
        step()
        await db.commit()
        await db.close()
        return True
    except aiosqlite.IntegrityError:
        await db.rollback()
        await db.close()
        return False


# fixed: not_committed("dora")
async def not_committed(name):
    db = await aiosqlite.connect(PATH)
    await db.execute("insert into customers (name) values (?)", (name,))
    step()
    await db.close()


# fixed: rows()
async def rows():
    db = await aiosqlite.connect(PATH)
    found = []
    async with db.execute("select id, name from customers order by id") as cursor:
        async for row in cursor:
            found.append(row)
            step()
    await db.close()
    return found


# fixed: at_once()
async def at_once():
    db = await aiosqlite.connect(PATH)
    found = await db.execute_fetchall("select id from orders order by id")
    step()
    return list(found)


# fixed: bad()
async def bad():
    db = await aiosqlite.connect(PATH)
    await db.execute("selekt")
    await db.close()


# tidied: well("dora"); well("anna")
async def well(name):
    db = await aiosqlite.connect(PATH)
    try:
        await db.execute("insert into customers (name) values (?)", (name,))
        step()
        await db.commit()
    finally:
        await db.close()


# dangerous: fetched(cursor())
async def cursor():
    db = await aiosqlite.connect(PATH)
    return await db.execute("select id from orders order by id")


async def fetched(waiting):
    return await (await waiting).fetchall()


# untouched: right("dora"); right("anna")
async def right(name):
    async with aiosqlite.connect(PATH) as db:
        await db.execute("insert into customers (name) values (?)", (name,))
        step()
        await db.commit()

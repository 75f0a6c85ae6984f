"""`AsyncSession` and connections of an asynchronous engine."""

from sqlalchemy import func, select, text
from sqlalchemy.exc import IntegrityError, SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import selectinload

from shop.async_db import AsyncLocal, ExpiringLocal, async_engine, get_async_db
from shop.models import Customer, Order
from shop.steps import step

FAILURES = (RuntimeError, SQLAlchemyError)


# fixed: count()
async def count():
    session = get_async_db()
    result = await session.execute(select(func.count(Customer.id)))
    number = int(result.scalar_one())
    step()
    return number


# fixed: add("dora"); add("anna")
async def add(name):
    session = AsyncLocal()
    session.add(Customer(name=name))
    step()
    await session.commit()
    await session.close()


# fixed: add_or_not("dora"); add_or_not("anna")
async def add_or_not(name):
    session = AsyncSession(async_engine)
    try:
        session.add(Customer(name=name))
        await session.flush()
        step()
        await session.commit()
        await session.close()
        return True
    except IntegrityError:
        await session.rollback()
        await session.close()
        return False


# fixed: names("berlin")
async def names(city):
    session = get_async_db()
    result = await session.execute(select(Customer).where(Customer.city == city).order_by(Customer.id))
    found = []
    for customer in result.scalars():
        found.append(str(customer.name))
        step()
    await session.close()
    return found


# fixed: streamed()
async def streamed():
    session = get_async_db()
    total = 0
    async for order in await session.stream_scalars(select(Order).order_by(Order.id)):
        total += order.amount
        step()
    await session.close()
    return int(total)


# fixed: gathered(generated()); gathered(generated(), 2)
async def generated():
    session = get_async_db()
    result = await session.stream(select(Order.amount).order_by(Order.id))
    async for row in result:
        step()
        yield row[0]
    await session.close()


async def gathered(source, limit=None):
    """What a generator gives; stops in the middle, and closes it, if there is a limit."""
    found = []
    async for item in source:
        found.append(item)
        if len(found) == limit:
            await source.aclose()
    return found


# fixed: rename(1, "adam"); rename(99, "adam"); rename(1, "bert")
async def rename(customer_id, name):
    session = get_async_db()
    customer = await session.get(Customer, customer_id)
    if customer is None:
        await session.close()
        raise LookupError(customer_id)
    customer.name = name
    step()
    await session.commit()
    await session.close()


# fixed: bad()
async def bad():
    session = get_async_db()
    await session.execute(text("select nothing from nowhere"))
    await session.close()


# tidied: well("dora"); well("anna")
async def well(name):
    session = AsyncLocal()
    try:
        session.add(Customer(name=name))
        step()
        await session.commit()
    finally:
        await session.close()


# fixed: core_count()
async def core_count():
    conn = await async_engine.connect()
    result = await conn.execute(text("select count(*) from customers"))
    number = result.scalar()
    step()
    await conn.close()
    return number


# fixed: core_add("dora"); core_add("anna")
async def core_add(name):
    conn = await async_engine.connect()
    await conn.execute(text("insert into customers (name) values (:name)"), {"name": name})
    step()
    await conn.commit()
    await conn.close()


# fixed: two()
async def two():
    one = get_async_db()
    first = int((await one.execute(select(func.count(Customer.id)))).scalar_one())
    other = get_async_db()
    second = int((await other.execute(select(func.count(Order.id)))).scalar_one())
    step()
    await other.close()
    await one.close()
    return first + second


# fixed: already_closed(1)
async def already_closed(customer_id):
    session = get_async_db()
    found = await session.get(Customer, customer_id)
    step()
    await session.close()
    return found


# fixed: eagerly(1); eagerly(99)
async def eagerly(customer_id):
    session = get_async_db()
    statement = select(Customer).options(selectinload(Customer.orders)).where(Customer.id == customer_id)
    found = (await session.execute(statement)).scalars().one()
    step()
    await session.close()
    return found


# dangerous: row(1)
async def row(customer_id):
    session = get_async_db()
    return await session.get(Customer, customer_id)


# dangerous: expired("dora")
async def expired(name):
    session = ExpiringLocal()
    new = Customer(name=name)
    session.add(new)
    await session.commit()
    return new


# dangerous: gathered_result(stream())
async def stream():
    session = get_async_db()
    return await session.stream(select(Order.id).order_by(Order.id))


async def gathered_result(waiting):
    return [row[0] async for row in await waiting]


# untouched: right("dora"); right("anna")
async def right(name):
    async with AsyncLocal() as session:
        session.add(Customer(name=name))
        step()
        await session.commit()

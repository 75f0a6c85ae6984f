"""Results that arrive in parts."""

from itertools import islice

from sqlalchemy import select
from sqlalchemy.exc import SQLAlchemyError

from shop.db import SessionLocal, engine, get_db
from shop.models import Customer, Order
from shop.steps import step

FAILURES = (RuntimeError, SQLAlchemyError)


# fixed: sum_in_parts()
def sum_in_parts():
    session = get_db()
    total = 0
    for order in session.query(Order).order_by(Order.id).yield_per(2):
        total += order.amount
        step(order.id)
    session.close()
    return int(total)


# fixed: stop_early(2)
def stop_early(limit):
    session = get_db()
    seen = []
    for order in session.query(Order).order_by(Order.id).yield_per(1):
        seen.append(int(order.id))
        step()
        if len(seen) == limit:
            return seen
    session.close()
    return seen


# fixed: list(amounts()); list(islice(amounts(), 2)); next(amounts())
def amounts():
    session = get_db()
    for order in session.query(Order).order_by(Order.id).yield_per(2):
        step()
        yield int(order.amount)
    session.close()


# fixed: list(raw_amounts()); list(islice(raw_amounts(), 2))
def raw_amounts():
    conn = engine.connect().execution_options(stream_results=True)
    for row in conn.execute(select(Order.amount).order_by(Order.id)):
        step()
        yield row[0]
    conn.close()


# fixed: partitions(2)
def partitions(size):
    conn = engine.connect()
    sizes = []
    result = conn.execution_options(stream_results=True).execute(select(Order.id).order_by(Order.id))
    for part in result.partitions(size):
        sizes.append(len(part))
        step(len(part))
    conn.close()
    return sizes


# fixed: fetch_parts(4)
def fetch_parts(size):
    conn = engine.connect()
    result = conn.execution_options(stream_results=True, max_row_buffer=2).execute(select(Order.id).order_by(Order.id))
    found = []
    while rows := result.fetchmany(size):
        found.extend(row[0] for row in rows)
        step()
    conn.close()
    return found


# dangerous: list(stream())
def stream():
    conn = engine.connect().execution_options(stream_results=True, max_row_buffer=1)
    step()
    return conn.execute(select(Order.id, Order.amount).order_by(Order.id))


# dangerous: list(stream_orm())
def stream_orm():
    session = get_db()
    step()
    return session.execute(select(Order).order_by(Order.id).execution_options(yield_per=1)).scalars()


# asked: next(row.amount for row in stream_query())
def stream_query():
    session = get_db()
    return session.query(Order).order_by(Order.id).yield_per(1)


# dangerous: list(chunks(2))
def chunks(size):
    conn = engine.connect().execution_options(stream_results=True, max_row_buffer=size)
    result = conn.execute(select(Order.id).order_by(Order.id))
    return iter(lambda: result.fetchmany(size), [])

"""psycopg 3: its `with` commits and closes, where a close alone does not commit."""

import psycopg
from psycopg.rows import dict_row

from shop.settings import DSN
from shop.steps import step

FAILURES = (RuntimeError, psycopg.OperationalError)
INSERT = "insert into customers (name) values (%s)"


# fixed: count()
def count():
    conn = psycopg.connect(DSN)
    number = conn.execute("select count(*) from customers").fetchone()[0]
    step()
    return number


# fixed: add("dora"); add("anna"); add(None)
def add(name):
    conn = psycopg.connect(DSN)
    cur = conn.cursor()
    cur.execute(INSERT, (name,))
    step()
    conn.commit()
    step()
    conn.close()


# fixed: add_or_not("dora"); add_or_not("anna")
def add_or_not(name):
    conn = psycopg.connect(DSN)
    try:
        conn.execute(INSERT, (name,))
        step()
        conn.commit()
    except psycopg.errors.UniqueViolation:
        conn.rollback()
        conn.close()
        return False
    conn.close()
    return True


# fixed: not_committed("dora")
def not_committed(name):
    # A `with conn:` would commit this.
    conn = psycopg.connect(DSN)
    conn.execute(INSERT, (name,))
    step()
    conn.close()


# fixed: never_closed_nor_committed("dora")
def never_closed_nor_committed(name):
    conn = psycopg.connect(DSN)
    conn.execute(INSERT, (name,))
    step()
    return conn.execute("select count(*) from customers").fetchone()[0]


# fixed: rows("berlin")
def rows(city):
    conn = psycopg.connect(DSN, row_factory=dict_row)
    cur = conn.cursor()
    cur.execute("select id, name from customers where city = %s order by id", (city,))
    found = cur.fetchall()
    step()
    cur.close()
    conn.close()
    return found


# fixed: in_blocks("dora", "emil"); in_blocks("dora", "anna")
def in_blocks(one, two):
    conn = psycopg.connect(DSN)
    with conn.transaction():
        conn.execute(INSERT, (one,))
        step()
    with conn.cursor() as cur:
        cur.execute(INSERT, (two,))
        step()
    conn.commit()
    conn.close()


# fixed: server_side()
def server_side():
    conn = psycopg.connect(DSN)
    total = 0
    with conn.cursor(name="orders") as cur:
        cur.execute("select amount from orders order by id")
        for (amount,) in cur:
            total += amount
            step()
    conn.close()
    return total


# fixed: list(generated()); next(generated())
def generated():
    conn = psycopg.connect(DSN)
    cur = conn.cursor(name="orders")
    cur.itersize = 2
    cur.execute("select amount from orders order by id")
    for row in cur:
        step()
        yield row
    conn.close()


# dangerous: server_side_cursor().fetchall()
def server_side_cursor():
    conn = psycopg.connect(DSN)
    cur = conn.cursor(name="orders")
    cur.execute("select amount from orders order by id")
    return cur


# fixed: bad()
def bad():
    conn = psycopg.connect(DSN)
    conn.execute("select nothing from nowhere")
    conn.close()


# fixed: nobody_there()
def nobody_there():
    conn = psycopg.connect("host=127.0.0.1 port=1 connect_timeout=2")
    conn.execute("select 1")
    conn.close()


# fixed: copied()
def copied():
    conn = psycopg.connect(DSN)
    with conn.cursor().copy("copy (select id, name from customers order by id) to stdout") as copy:
        found = [bytes(block).decode() for block in copy]
    step()
    conn.close()
    return found


# fixed: autocommit("dora"); autocommit("anna")
def autocommit(name):
    conn = psycopg.connect(DSN, autocommit=True)
    conn.execute(INSERT, (name,))
    step()
    conn.close()


# tidied: well("dora"); well("anna")
def well(name):
    conn = psycopg.connect(DSN)
    try:
        conn.execute(INSERT, (name,))
        step()
        conn.commit()
    finally:
        conn.close()


# untouched: right("dora"); right("anna")
def right(name):
    with psycopg.connect(DSN) as conn:
        conn.execute(INSERT, (name,))
        step()


# asked: async_count()
async def async_count():
    conn = await psycopg.AsyncConnection.connect(DSN)
    cur = await conn.execute("select count(*) from customers")
    row = await cur.fetchone()
    step()
    await conn.close()
    return row[0]

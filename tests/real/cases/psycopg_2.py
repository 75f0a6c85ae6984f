"""psycopg2: its `with` ends a transaction and leaves the connection open."""

import psycopg2
import psycopg2.errors
import psycopg2.extras

from shop.settings import DSN
from shop.steps import step

FAILURES = (RuntimeError, psycopg2.OperationalError)
INSERT = "insert into customers (name) values (%s)"


def get_conn():
    return psycopg2.connect(DSN)


# fixed: count()
def count():
    conn = get_conn()
    cur = conn.cursor()
    cur.execute("select count(*) from customers")
    number = cur.fetchone()[0]
    step()
    return number


# fixed: add("dora"); add("anna"); add(None)
def add(name):
    conn = psycopg2.connect(DSN)
    cur = conn.cursor()
    cur.execute(INSERT, (name,))
    step()
    conn.commit()
    step()
    cur.close()
    conn.close()


# fixed: add_or_not("dora"); add_or_not("anna")
def add_or_not(name):
    conn = psycopg2.connect(DSN)
    try:
        cur = conn.cursor()
        cur.execute(INSERT, (name,))
        step()
        conn.commit()
    except psycopg2.errors.UniqueViolation:
        conn.rollback()
        conn.close()
        return False
    conn.close()
    return True


# fixed: committed_by_with("dora"); committed_by_with("anna")
def committed_by_with(name):
    with psycopg2.connect(DSN) as conn:
        with conn.cursor() as cur:
            cur.execute(INSERT, (name,))
            step()


# fixed: two_blocks("dora", "emil"); two_blocks("dora", "anna")
def two_blocks(one, two):
    conn = get_conn()
    with conn:
        with conn.cursor() as cur:
            cur.execute(INSERT, (one,))
            step()
    with conn, conn.cursor() as cur:
        cur.execute(INSERT, (two,))
        step()
    conn.close()


# fixed: forgot_to_commit("dora")
def forgot_to_commit(name):
    conn = get_conn()
    cur = conn.cursor()
    cur.execute(INSERT, (name,))
    step()
    conn.close()


# fixed: rows("berlin")
def rows(city):
    conn = get_conn()
    cur = conn.cursor(cursor_factory=psycopg2.extras.RealDictCursor)
    cur.execute("select id, name from customers where city = %s order by id", (city,))
    step()
    return [dict(row) for row in cur.fetchall()]


# fixed: list(generated()); next(generated())
def generated():
    conn = get_conn()
    cur = conn.cursor("orders")
    cur.itersize = 2
    cur.execute("select amount from orders order by id")
    for row in cur:
        step()
        yield row
    conn.close()


# dangerous: server_side_cursor().fetchall()
def server_side_cursor():
    conn = get_conn()
    cur = conn.cursor("orders")
    cur.execute("select amount from orders order by id")
    return cur


# dangerous: plain_cursor().fetchall()
def plain_cursor():
    conn = get_conn()
    cur = conn.cursor()
    cur.execute("select amount from orders order by id")
    return cur


# fixed: bad()
def bad():
    conn = get_conn()
    cur = conn.cursor()
    cur.execute("select nothing from nowhere")
    conn.close()


# untouched: nobody_there()
def nobody_there():
    conn = psycopg2.connect("host=127.0.0.1 port=1 connect_timeout=2")
    conn.close()


# tidied: well("dora"); well("anna")
def well(name):
    conn = get_conn()
    try:
        with conn.cursor() as cur:
            cur.execute(INSERT, (name,))
            step()
        conn.commit()
    finally:
        conn.close()


# fixed: in_autocommit("dora"); in_autocommit("anna")
def in_autocommit(name):
    conn = get_conn()
    conn.autocommit = True
    cur = conn.cursor()
    cur.execute(INSERT, (name,))
    step()
    conn.close()


# fixed: handled(); handled("nowhere")
def handled(table="customers"):
    conn = None
    try:
        conn = psycopg2.connect(DSN)
        cur = conn.cursor()
        cur.execute("select count(*) from " + table)
        step()
        return cur.fetchone()[0]
    except psycopg2.Error as error:
        print("failed:", type(error).__name__)
    return None

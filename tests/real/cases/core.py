"""Connections of an engine, without the ORM."""

from sqlalchemy import text
from sqlalchemy.exc import IntegrityError, SQLAlchemyError

from shop.db import engine
from shop.steps import step

FAILURES = (RuntimeError, SQLAlchemyError)
INSERT = text("insert into customers (name) values (:name)")


def get_connection():
    return engine.connect()


# fixed: count()
def count():
    conn = engine.connect()
    number = conn.execute(text("select count(*) from customers")).scalar()
    step()
    return number


# fixed: rows(); rows("nowhere")
def rows(city="berlin"):
    conn = engine.connect()
    result = conn.execute(text("select id, name from customers where city = :city order by id"), {"city": city})
    found = result.fetchall()
    step()
    conn.close()
    return [tuple(row) for row in found]


# fixed: returned_rows()
def returned_rows():
    # Rows are plain: they need no connection.
    conn = get_connection()
    step()
    return conn.execute(text("select id, name from customers order by id")).fetchall()


# fixed: add("dora"); add("anna"); add(None)
def add(name):
    conn = engine.connect()
    conn.execute(INSERT, {"name": name})
    step()
    conn.commit()
    conn.close()


# fixed: add_or_not("dora"); add_or_not("anna")
def add_or_not(name):
    conn = engine.connect()
    try:
        conn.execute(INSERT, {"name": name})
        step()
        conn.commit()
    except IntegrityError as error:
        conn.rollback()
        print("not added:", type(error.orig).__name__)
        return False
    conn.close()
    return True


# fixed: not_committed("dora")
def not_committed(name):
    conn = engine.connect()
    conn.execute(INSERT, {"name": name})
    number = conn.execute(text("select count(*) from customers")).scalar_one()
    step()
    conn.close()
    return number


# fixed: in_transaction("dora", "emil"); in_transaction("dora", "anna")
def in_transaction(one, two):
    conn = engine.connect()
    transaction = conn.begin()
    conn.execute(INSERT, {"name": one})
    step()
    conn.execute(INSERT, {"name": two})
    step()
    transaction.commit()
    conn.close()


# fixed: in_transaction_with_handler("dora", "anna"); in_transaction_with_handler("dora", "emil")
def in_transaction_with_handler(one, two):
    conn = engine.connect()
    transaction = conn.begin()
    try:
        conn.execute(INSERT, {"name": one})
        step()
        conn.execute(INSERT, {"name": two})
        transaction.commit()
    except SQLAlchemyError:
        transaction.rollback()
        raise
    conn.close()


# fixed: with_begin("dora"); with_begin("anna")
def with_begin(name):
    conn = engine.connect()
    with conn.begin():
        conn.execute(INSERT, {"name": name})
        step()
    conn.close()


# fixed: nested("dora"); nested("anna")
def nested(name):
    conn = engine.connect()
    conn.execute(INSERT, {"name": "first"})
    savepoint = conn.begin_nested()
    try:
        conn.execute(INSERT, {"name": name})
        step()
        savepoint.commit()
    except IntegrityError:
        savepoint.rollback()
    conn.commit()
    conn.close()


# fixed: no_such_table()
def no_such_table():
    conn = engine.connect()
    result = conn.execute(text("select * from nowhere"))
    found = result.all()
    conn.close()
    return len(found)


# fixed: by_name()
def by_name():
    conn = engine.connect()
    found = {}
    for row in conn.execute(text("select id, name from customers order by id")).mappings():
        found[row["name"]] = row["id"]
        step(row["name"])
    return found


# fixed: chained()
def chained():
    return engine.connect().execute(text("select max(amount) from orders")).scalar()


# dangerous: list(result())
def result():
    conn = engine.connect()
    return conn.execution_options(stream_results=True).execute(text("select id from orders order by id"))


# handed: opened().execute(text("select 1")).scalar()
def opened():
    conn = engine.connect()
    step()
    return conn


# fixed: raw(); raw("nowhere")
def raw(table="customers"):
    raw_conn = engine.raw_connection()
    cursor = raw_conn.cursor()
    cursor.execute("select name from %s order by id" % table)
    names = [row[0] for row in cursor.fetchall()]
    step()
    cursor.close()
    raw_conn.close()
    return names


# fixed: raw_insert("dora"); raw_insert("it's")
def raw_insert(name):
    raw_conn = engine.raw_connection()
    try:
        cursor = raw_conn.cursor()
        cursor.execute("insert into customers (name) values ('%s')" % name)
        step()
        raw_conn.commit()
    except Exception:
        raw_conn.rollback()
        raise
    raw_conn.close()


# tidied: well("dora"); well("anna")
def well(name):
    conn = engine.connect()
    try:
        conn.execute(INSERT, {"name": name})
        step()
        conn.commit()
    finally:
        conn.close()


# untouched: right("dora"); right("anna")
def right(name):
    with engine.begin() as conn:
        conn.execute(INSERT, {"name": name})
        step()


# asked: own_or_given(); own_or_given(None)
def own_or_given(conn=None):
    own = conn is None
    if own:
        conn = engine.connect()
    number = conn.execute(text("select count(*) from orders")).scalar()
    step()
    if own:
        conn.close()
    return number

"""The sqlite3 module: its `with` ends a transaction and leaves the connection open."""

import sqlite3
from contextlib import closing

from shop.settings import PATH
from shop.steps import step

FAILURES = (RuntimeError, sqlite3.OperationalError)


def get_conn():
    conn = sqlite3.connect(PATH)
    conn.row_factory = sqlite3.Row
    return conn


# fixed: count()
def count():
    conn = sqlite3.connect(PATH)
    number = conn.execute("select count(*) from customers").fetchone()[0]
    step()
    return number


# fixed: add("dora"); add("anna"); add(None)
def add(name):
    conn = sqlite3.connect(PATH)
    cur = conn.cursor()
    cur.execute("insert into customers (name) values (?)", (name,))
    step()
    conn.commit()
    conn.close()


# fixed: add_or_not("dora"); add_or_not("anna")
def add_or_not(name):
    conn = sqlite3.connect(PATH)
    try:
        conn.execute("insert into customers (name) values (?)", (name,))
        step()
        conn.commit()
    except sqlite3.IntegrityError as error:
        conn.rollback()
        conn.close()
        return str(error)
    conn.close()
    return "added"


# fixed: forgot_to_commit("dora")
def forgot_to_commit(name):
    conn = sqlite3.connect(PATH)
    conn.execute("insert into customers (name) values (?)", (name,))
    step()
    return conn.execute("select count(*) from customers").fetchone()[0]


# fixed: committed_by_with("dora"); committed_by_with("anna")
def committed_by_with(name):
    with sqlite3.connect(PATH) as conn:
        conn.execute("insert into customers (name) values (?)", (name,))
        step()


# fixed: conn_then_with("dora"); conn_then_with("anna")
def conn_then_with(name):
    conn = sqlite3.connect(PATH)
    with conn:
        conn.execute("insert into customers (name) values (?)", (name,))
        step()
    with conn:
        conn.execute("update customers set city = 'rome' where name = ?", (name,))
        step()
    return conn.total_changes


# fixed: rows("berlin"); rows("nowhere")
def rows(city):
    conn = get_conn()
    found = conn.execute("select * from customers where city = ? order by id", (city,)).fetchall()
    step()
    return [dict(row) for row in found]


# fixed: returned_rows()
def returned_rows():
    conn = sqlite3.connect(PATH)
    cursor = conn.execute("select id, name from customers order by id")
    step()
    return cursor.fetchall()


# fixed: loop()
def loop():
    conn = sqlite3.connect(PATH)
    total = 0
    for (amount,) in conn.execute("select amount from orders order by id"):
        total += step(amount)
    conn.close()
    return total


# fixed: first_over(15); first_over(1000)
def first_over(limit):
    conn = sqlite3.connect(PATH)
    for number, amount in conn.execute("select id, amount from orders order by id"):
        step()
        if amount > limit:
            return number
    conn.close()


# fixed: list(generated()); next(generated())
def generated():
    conn = sqlite3.connect(PATH)
    for row in conn.execute("select id, amount from orders order by id"):
        step()
        yield row
    conn.close()


# dangerous: list(cursor())
def cursor():
    conn = sqlite3.connect(PATH)
    return conn.execute("select id from orders order by id")


# handed: list(lazily())
def lazily():
    conn = sqlite3.connect(PATH)
    return (number * 2 for (number,) in conn.execute("select id from orders order by id"))


# fixed: bad_sql()
def bad_sql():
    conn = sqlite3.connect(PATH)
    conn.execute("selekt 1")
    conn.close()


# fixed: in_no_folder()
def in_no_folder():
    conn = sqlite3.connect("missing/shop.db")
    conn.execute("create table t (a)")
    conn.close()


# fixed: script()
def script():
    conn = sqlite3.connect(PATH)
    conn.executescript("create table extra (a); insert into extra values (1); insert into nowhere values (1);")
    conn.commit()
    conn.close()


# tidied: well("dora"); well("anna")
def well(name):
    conn = sqlite3.connect(PATH)
    try:
        conn.execute("insert into customers (name) values (?)", (name,))
        step()
        conn.commit()
    except sqlite3.Error:
        conn.rollback()
        raise
    finally:
        conn.close()


# untouched: right("dora"); right("anna")
def right(name):
    with closing(sqlite3.connect(PATH)) as conn, conn:
        conn.execute("insert into customers (name) values (?)", (name,))
        step()


# fixed: copied(); copied("missing/copy.db")
def copied(target="copy.db"):
    source = sqlite3.connect(PATH)
    copy = sqlite3.connect(target)
    source.backup(copy)
    step()
    number = copy.execute("select count(*) from customers").fetchone()[0]
    copy.close()
    source.close()
    return number


# fixed: memory()
def memory():
    conn = sqlite3.connect(":memory:")
    conn.execute("create table t (a)")
    conn.executemany("insert into t values (?)", [(1,), (2,)])
    step()
    return conn.execute("select sum(a) from t").fetchone()


# fixed: own_functions()
def own_functions():
    conn = sqlite3.connect(PATH)
    conn.create_function("half", 1, lambda value: step(value) // 2)
    found = conn.execute("select half(amount) from orders order by id").fetchall()
    conn.close()
    return found


# fixed: isolation("dora")
def isolation(name):
    conn = sqlite3.connect(PATH, isolation_level=None)
    conn.execute("begin")
    conn.execute("insert into customers (name) values (?)", (name,))
    step()
    conn.execute("commit")
    step()
    conn.close()


# fixed: guarded(True); guarded(False)
def guarded(wanted):
    conn = None
    number = -1
    if wanted:
        conn = sqlite3.connect(PATH)
        number = conn.execute("select count(*) from orders").fetchone()[0]
        step()
    if conn is not None:
        conn.close()
    return number


# fixed: schema()
def schema():
    conn = get_conn()
    cur = conn.cursor()
    cur.execute("select name from sqlite_master where type = 'table' order by name")
    tables = [row["name"] for row in cur]
    for table in tables:
        cur.execute(f"select count(*) from {table}")
        print(table, cur.fetchone()[0])
        step(table)
    cur.close()
    conn.close()


# dangerous: list(dumped_sql())
def dumped_sql():
    conn = sqlite3.connect(PATH)
    return conn.iterdump()


# fixed: as_text()
def as_text():
    conn = sqlite3.connect(PATH)
    text = "\n".join(conn.iterdump())
    step()
    conn.close()
    return text


# fixed: cursors()
def cursors():
    conn = sqlite3.connect(PATH)
    one = conn.cursor()
    two = conn.cursor()
    total = 0
    for (number,) in one.execute("select id from customers order by id"):
        two.execute("select sum(amount) from orders where customer_id = ?", (number,))
        total += two.fetchone()[0] or 0
        step()
    conn.close()
    return total


# fixed: with_commit("dora"); with_commit("anna")
def with_commit(name):
    conn = sqlite3.connect(PATH)
    try:
        with conn:
            conn.execute("insert into customers (name) values (?)", (name,))
            step()
    except sqlite3.IntegrityError:
        return False
    conn.close()
    return True


# asked: unpacked_rows()
def unpacked_rows():
    conn = sqlite3.connect(PATH)
    first, *others = conn.execute("select id from customers order by id")
    step()
    return first, others


# fixed: sums()
def sums():
    conn = sqlite3.connect(PATH)
    return sum(amount for (amount,) in conn.execute("select amount from orders"))

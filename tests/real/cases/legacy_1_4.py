"""As it is written for SQLAlchemy 1.4 without `future`: statements commit by themselves."""

from sqlalchemy import create_engine, text
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session, sessionmaker
from sqlalchemy.pool import QueuePool

from shop.models import Customer, Order
from shop.settings import URL
from shop.steps import step

FAILURES = (RuntimeError, SQLAlchemyError)
engine = create_engine(URL, poolclass=QueuePool)
DBSession = sessionmaker(bind=engine)
INSERT = "insert into customers (name) values ('%s')"


# fixed: insert("dora"); insert("anna")
def insert(name):
    conn = engine.connect()
    conn.execute(INSERT % name)
    step()
    conn.close()


# fixed: insert_and_roll_back("dora")
def insert_and_roll_back(name):
    conn = engine.connect()
    transaction = conn.begin()
    conn.execute(INSERT % name)
    step()
    transaction.rollback()
    conn.close()


# fixed: select_rows()
def select_rows():
    conn = engine.connect()
    found = [dict(row) for row in conn.execute("select id, name from customers order by id")]
    step()
    return found


# fixed: session_row("dora"); session_row("anna")
def session_row(name):
    session = DBSession()
    session.add(Customer(name=name))
    session.flush()
    step()
    session.commit()
    session.close()


# fixed: by_itself("dora"); by_itself("anna")
def by_itself(name):
    session = Session(engine, autocommit=True)
    session.execute(text(INSERT % name))
    step()
    session.close()


# fixed: subtransaction("dora")
def subtransaction(name):
    session = Session(engine)
    session.begin(subtransactions=True)
    session.add(Order(customer_id=1, amount=4, note=name))
    session.commit()
    step()
    session.commit()
    session.close()


# dangerous: lazy_row(1)
def lazy_row(customer_id):
    session = DBSession()
    return session.query(Customer).get(customer_id)


# fixed: scalar()
def scalar():
    conn = engine.connect()
    number = conn.scalar("select count(*) from orders")
    step()
    return number

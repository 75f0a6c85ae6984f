"""SQLModel."""

from typing import Optional

from sqlalchemy.exc import IntegrityError, SQLAlchemyError
from sqlmodel import Field, Relationship, Session, SQLModel, func, select

from shop.db import engine
from shop.steps import step

FAILURES = (RuntimeError, SQLAlchemyError)


class Customer(SQLModel, table=True):
    __tablename__ = "customers"

    id: Optional[int] = Field(default=None, primary_key=True)
    name: str
    city: Optional[str] = None
    orders: list["Order"] = Relationship(back_populates="customer")


class Order(SQLModel, table=True):
    __tablename__ = "orders"

    id: Optional[int] = Field(default=None, primary_key=True)
    customer_id: int = Field(foreign_key="customers.id")
    amount: int
    note: Optional[str] = None
    customer: Optional[Customer] = Relationship(back_populates="orders")


def get_db() -> Session:
    """A new session; the caller closes it."""
    return Session(engine)


# fixed: count()
def count():
    db = get_db()
    number = int(db.exec(select(func.count()).select_from(Customer)).one())
    step()
    return number


# fixed: add("dora"); add("anna")
def add(name):
    db = get_db()
    try:
        customer = Customer(name=name)
        db.add(customer)
        step()
        db.commit()
        db.refresh(customer)
        number = int(customer.id)
        db.close()
        return number
    except IntegrityError:
        db.rollback()
        db.close()
        return None


# fixed: owed(1); owed(99)
def owed(customer_id):
    db = get_db()
    customer = db.get(Customer, customer_id)
    if customer is None:
        return 0
    total = int(sum(order.amount for order in customer.orders))
    step()
    db.close()
    return total


# fixed: dumped("berlin")
def dumped(city):
    session = Session(engine)
    found = session.exec(select(Customer).where(Customer.city == city).order_by(Customer.id)).all()
    lines = [f"{one.name}: {len(one.orders)}" for one in found]
    step()
    session.close()
    return lines


# fixed: lost_in_an_expression()
def lost_in_an_expression():
    return len(get_db().exec(select(Order)).all())


# fixed: already_closed(1); already_closed(99)
def already_closed(customer_id):
    session = Session(engine)
    customer = session.get(Customer, customer_id)
    if customer is None:
        raise LookupError(customer_id)
    step()
    session.close()
    return customer


# dangerous: row(1)
def row(customer_id):
    db = get_db()
    return db.get(Customer, customer_id)


# dangerous: all_rows()
def all_rows():
    db = get_db()
    step()
    return db.exec(select(Customer).order_by(Customer.id)).all()


# dangerous: created("dora")
def created(name):
    session = Session(engine)
    customer = Customer(name=name)
    session.add(customer)
    session.commit()
    session.refresh(customer)
    return customer


# tidied: deposit(1, 5); deposit(99, 5)
def deposit(order_id, amount):
    db = get_db()
    try:
        order = db.exec(select(Order).where(Order.id == order_id)).one()
        order.amount += amount
        db.add(order)
        step()
        db.commit()
    finally:
        db.close()

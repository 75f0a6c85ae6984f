"""Other ways by which rows get out of a function."""

import copy
from contextlib import contextmanager

from sqlalchemy import func, select
from sqlalchemy.exc import SQLAlchemyError

from shop.db import SessionLocal, get_db
from shop.models import Customer, Order
from shop.steps import step

FAILURES = (RuntimeError, SQLAlchemyError)
CACHE = {}


class Refused(Exception):
    """Says whom it is about."""

    def __init__(self, customer):
        super().__init__("refused")
        self.customer = customer


def caught(function, *args):
    """What the exception of a call carries."""
    try:
        function(*args)
    except Refused as error:
        return error.customer


# dangerous: list(each())
def each():
    session = get_db()
    for customer in session.query(Customer).order_by(Customer.id):
        yield customer


# dangerous: [order for orders in order_lists() for order in orders]
def order_lists():
    session = get_db()
    for customer in session.query(Customer).order_by(Customer.id):
        yield customer.orders


# dangerous: caught(refuse, 1)
def refuse(customer_id):
    session = get_db()
    customer = session.get(Customer, customer_id)
    raise Refused(customer)


# dangerous: cached(1)
def cached(customer_id):
    session = get_db()
    CACHE[customer_id] = session.get(Customer, customer_id)
    step()
    return CACHE[customer_id]


# dangerous: by_getattr(1, "orders")
def by_getattr(customer_id, name):
    session = get_db()
    customer = session.get(Customer, customer_id)
    return getattr(customer, name)


# dangerous: unpacked(1)
def unpacked(customer_id):
    session = get_db()
    customer = session.get(Customer, customer_id)
    return [*customer.orders]


# dangerous: as_list(1)
def as_list(customer_id):
    session = get_db()
    customer = session.get(Customer, customer_id)
    return list(customer.orders)


# dangerous: or_nothing(1); or_nothing(99)
def or_nothing(customer_id):
    session = get_db()
    customer = session.get(Customer, customer_id)
    return customer and customer.orders or []


# dangerous: first_column(1)
def first_column(customer_id):
    session = get_db()
    row = session.execute(select(Customer).where(Customer.id == customer_id)).first()
    step()
    return row[0]


# dangerous: by_name()["anna"]
def by_name():
    session = get_db()
    return {row.name: row.orders for row in session.query(Customer).order_by(Customer.id)}


# dangerous: in_a_dict(1)
def in_a_dict(customer_id):
    session = get_db()
    customer = session.get(Customer, customer_id)
    answer = {"name": str(customer.name)}
    answer["orders"] = customer.orders
    step()
    return answer


# dangerous: in_order("berlin")
def in_order(city):
    session = get_db()
    return sorted(session.query(Customer).filter_by(city=city), key=lambda row: row.name, reverse=True)


# dangerous: begun("dora")
def begun(name):
    session = SessionLocal()
    with session.begin():
        new = Customer(name=name)
        session.add(new)
        step()
    return new


# dangerous: shallow(1)
def shallow(customer_id):
    session = get_db()
    return copy.copy([session.get(Customer, customer_id)])


# dangerous: latest_of(1)
def latest_of(customer_id):
    session = get_db()
    customer = session.get(Customer, customer_id)
    latest = max(customer.orders, key=lambda order: order.id)
    return latest


# dangerous: last_note(1).customer
def last_note(customer_id):
    session = get_db()
    order = session.query(Order).filter_by(customer_id=customer_id).order_by(Order.id.desc()).first()
    step()
    if order is None:
        session.close()
        return None
    return order


# fixed: note_of_last(1); note_of_last(99)
def note_of_last(customer_id):
    session = get_db()
    order = session.query(Order).filter_by(customer_id=customer_id).order_by(Order.id.desc()).first()
    step()
    if order is None:
        return "none"
    return f"{order.id}: {order.note}"


# fixed: first_note(1)
def first_note(customer_id):
    session = get_db()
    customer = session.get(Customer, customer_id)
    note = customer.orders[0].note
    step()
    session.close()
    return note


# fixed: summary(1)
def summary(customer_id):
    session = get_db()
    customer = session.get(Customer, customer_id)
    found = [(order.id, order.amount) for order in customer.orders]
    step()
    return found


# fixed: several(1); several(99)
def several(customer_id):
    session = get_db()
    try:
        customer = session.get(Customer, customer_id)
        for order in customer.orders:
            step(order.id)
            order.amount += 1
        session.commit()
    except AttributeError:
        return "nobody"
    except SQLAlchemyError as error:
        session.rollback()
        return type(error).__name__
    return "done"


# fixed: printed_later()
def printed_later():
    lines = []
    session = get_db()
    for name, total in session.query(Customer.name, func.sum(Order.amount)).join(Order).group_by(Customer.name).order_by(Customer.name):
        lines.append("%s %s" % (name, total))
    session.close()
    for line in lines:
        print(step(line))


# fixed: while_there_are()
def while_there_are():
    session = get_db()
    while True:
        order = session.query(Order).order_by(Order.id).first()
        if order is None:
            break
        session.delete(order)
        session.commit()
        step()
    left = session.query(Order).count()
    session.close()
    return left


# fixed: else_branch(1); else_branch(99)
def else_branch(customer_id):
    session = get_db()
    try:
        customer = session.query(Customer).filter_by(id=customer_id).one()
    except SQLAlchemyError:
        print("not found")
    else:
        customer.city = "bonn"
        step()
        session.commit()
        session.close()


# fixed: rolled_back_by_hand("dora"); rolled_back_by_hand("anna")
def rolled_back_by_hand(name):
    session = get_db()
    session.add(Customer(name=name))
    try:
        session.flush()
        step()
    except BaseException:
        session.rollback()
        session.close()
        raise
    session.rollback()
    session.add(Customer(name="kept"))
    session.commit()
    session.close()


# fixed: flushed_by_a_query("dora"); flushed_by_a_query("anna")
def flushed_by_a_query(name):
    session = get_db()
    session.add(Customer(name=name))
    number = session.query(Customer).count()
    step()
    session.commit()
    return number


@contextmanager
def scope():
    session = get_db()
    try:
        yield session
        session.commit()
    finally:
        session.close()


# untouched: scoped("dora"); scoped("anna")
def scoped(name):
    with scope() as session:
        session.add(Customer(name=name))
        step()

"""Rows that outlive the function. What they load later needs their session."""

from sqlalchemy import select
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import joinedload, make_transient, selectinload

from shop.db import KeepingSession, SessionLocal, engine, get_db
from shop.models import Customer, Order
from shop.steps import step

FAILURES = (RuntimeError, SQLAlchemyError)


# dangerous: customer(1); customer(99)
def customer(customer_id):
    session = get_db()
    found = session.get(Customer, customer_id)
    step()
    return found


# dangerous: customers()
def customers():
    session = get_db()
    rows = session.query(Customer).order_by(Customer.id).all()
    return rows


# dangerous: first_in("berlin")
def first_in(city):
    return get_db().query(Customer).filter_by(city=city).order_by(Customer.id).first()


# dangerous: by_id()
def by_id():
    session = get_db()
    rows = session.execute(select(Customer)).scalars().all()
    return {row.id: row for row in rows}


# dangerous: created("dora"); created("anna")
def created(name):
    session = SessionLocal()
    new = Customer(name=name)
    session.add(new)
    step()
    session.commit()
    return new


# dangerous: created_and_kept("dora"); created_and_kept("anna")
def created_and_kept(name):
    # The columns stay, but `orders` is loaded when somebody asks for it.
    session = KeepingSession()
    new = Customer(name=name)
    session.add(new)
    step()
    session.commit()
    return new


# dangerous: refreshed("dora")
def refreshed(name):
    session = get_db()
    new = Customer(name=name)
    session.add(new)
    session.commit()
    session.refresh(new)
    return new


# dangerous: merged(1, "adam")
def merged(customer_id, name):
    session = get_db()
    changed = session.merge(Customer(id=customer_id, name=name))
    session.commit()
    step()
    return changed


# dangerous: orders_of(1); orders_of(99)
def orders_of(customer_id):
    session = get_db()
    owner = session.get(Customer, customer_id)
    return owner.orders


# dangerous: parent(1)
def parent(order_id):
    session = get_db()
    order = session.get(Order, order_id)
    step()
    return order.customer


# dangerous: biggest()
def biggest():
    session = get_db()
    return max(session.query(Order), key=lambda order: order.amount)


# dangerous: pair(1, 2)
def pair(one, two):
    session = get_db()
    return session.get(Customer, one), session.get(Customer, two)


# dangerous: filtered("berlin")
def filtered(city):
    session = get_db()
    return [row for row in session.query(Customer).order_by(Customer.id) if row.city == city]


# asked: query_object("berlin")
def query_object(city):
    session = get_db()
    return session.query(Customer).filter_by(city=city).order_by(Customer.id)


# handed: lazily("berlin")
def lazily(city):
    session = get_db()
    return (row.name for row in session.query(Customer).order_by(Customer.id) if row.city == city)


# dangerous: mapped()
def mapped():
    session = get_db()
    return map(str, session.execute(select(Customer.name).order_by(Customer.id)).scalars())


# dangerous: filled([])[1]
def filled(rows):
    """Puts them where the caller wants them."""
    session = get_db()
    rows.extend(session.query(Customer).order_by(Customer.id))
    step()
    return len(rows), rows


class Page:
    """Keeps what it shows."""

    def __init__(self):
        self.rows = None

    # dangerous: Page().load().rows
    def load(self):
        session = get_db()
        self.rows = session.query(Customer).order_by(Customer.id).all()
        return self


# handed: asked_later(1)()
def asked_later(customer_id):
    session = get_db()

    def ask():
        return str(session.get(Customer, customer_id).name)

    return ask


# handed: asked_by_lambda()
def asked_by_lambda():
    session = get_db()
    return lambda: session.query(Customer).count()


# handed: handed_over().query(Customer).count()
def handed_over():
    session = get_db()
    step()
    return session


# dangerous: [row.total() for row in methods_of_rows()]
def methods_of_rows():
    session = get_db()
    step()
    return session.query(Customer).order_by(Customer.id).all()


# dangerous: used_behind_the_block(1)
def used_behind_the_block(customer_id):
    # Works today: nothing is closed, so the relation is loaded.
    session = get_db()
    try:
        owner = session.get(Customer, customer_id)
    except SQLAlchemyError:
        session.close()
        raise
    return owner


# fixed: already_detached(1); already_detached(99)
def already_detached(customer_id):
    # It was closed before it was returned: whoever gets it cannot load more, and never could.
    session = get_db()
    found = session.get(Customer, customer_id)
    if found is None:
        raise LookupError(customer_id)
    step()
    session.close()
    return found


# fixed: expired_and_detached("dora"); expired_and_detached("anna")
def expired_and_detached(name):
    session = get_db()
    new = Customer(name=name)
    session.add(new)
    session.commit()
    step()
    session.close()
    return new


# fixed: kept_and_detached("dora"); kept_and_detached("anna")
def kept_and_detached(name):
    session = KeepingSession()
    new = Customer(name=name)
    session.add(new)
    session.commit()
    step()
    session.close()
    return new


# fixed: loaded_eagerly()
def loaded_eagerly():
    session = get_db()
    rows = session.query(Customer).options(joinedload(Customer.orders)).order_by(Customer.id).all()
    step()
    session.close()
    return rows


# fixed: expunged(1); expunged(99)
def expunged(customer_id):
    session = get_db()
    found = session.query(Customer).options(selectinload(Customer.orders)).filter_by(id=customer_id).one()
    session.expunge_all()
    step()
    session.close()
    return found


# fixed: transient(1)
def transient(customer_id):
    session = get_db()
    found = session.get(Customer, customer_id)
    session.expunge(found)
    make_transient(found)
    session.close()
    step()
    return found


# fixed: plain_values()
def plain_values():
    session = get_db()
    rows = session.query(Customer).order_by(Customer.id).all()
    values = [{"id": int(row.id), "name": f"{row.name}", "total": int(row.total())} for row in rows]
    step()
    return values


# fixed: read_after_commit(1, "rome"); read_after_commit(99, "rome")
def read_after_commit(customer_id, city):
    # The commit expires it; reading its name goes to the database again.
    session = get_db()
    found = session.get(Customer, customer_id)
    found.city = city
    session.commit()
    step()
    label = "%s in %s" % (found.name, found.city)
    session.close()
    return label


# fixed: detached_error(1)
def detached_error(customer_id):
    # Fails before as after: the relation is asked for behind the close.
    session = get_db()
    found = session.get(Customer, customer_id)
    session.close()
    step()
    return len(found.orders)

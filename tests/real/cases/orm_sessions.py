"""Sessions that are forgotten, or closed only when all goes well."""

import logging

from sqlalchemy import func, select, text
from sqlalchemy.exc import IntegrityError, SQLAlchemyError
from sqlalchemy.orm import Session

from shop.db import KeepingSession, SessionLocal, engine, get_db, get_session, maybe_db
from shop.models import Customer, Order
from shop.steps import step

logger = logging.getLogger(__name__)
FAILURES = (RuntimeError, SQLAlchemyError)


# fixed: count_customers()
def count_customers():
    session = get_db()
    number = session.query(Customer).count()
    step()
    return number


# fixed: total_of(1); total_of(99)
def total_of(customer_id):
    session = get_db()
    orders = session.query(Order).filter(Order.customer_id == customer_id).all()
    total = 0
    for order in orders:
        total += step(order.amount)
    session.close()
    return int(total)


# fixed: add_order(1, 5); add_order(1, None); add_order(None, 5)
def add_order(customer_id, amount):
    session = get_db()
    session.add(Order(customer_id=customer_id, amount=amount))
    step()
    session.commit()
    step()
    session.close()


# fixed: add_customer("dora"); add_customer("anna")
def add_customer(name):
    session = SessionLocal()
    try:
        session.add(Customer(name=name))
        step("added")
        session.commit()
        session.close()
        return True
    except IntegrityError:
        session.rollback()
        session.close()
        return False


# tidied: add_customer_well("dora"); add_customer_well("anna")
def add_customer_well(name):
    session = SessionLocal()
    try:
        session.add(Customer(name=name))
        step()
        session.commit()
    except SQLAlchemyError:
        session.rollback()
        raise
    finally:
        session.close()


# fixed: rename(1, "adam"); rename(1, "bert"); rename(99, "x")
def rename(customer_id, name):
    session = get_session()
    customer = session.get(Customer, customer_id)
    if customer is None:
        return "unknown"
    customer.name = name
    step()
    session.commit()
    session.close()
    return "renamed"


# fixed: transfer(1, 4, 10); transfer(1, 4, 1000); transfer(1, 99, 1)
def transfer(source_id, target_id, amount):
    """Moves an amount from one order to another."""
    session: Session = get_db()
    try:
        source = session.get(Order, source_id)
        target = session.get(Order, target_id)
        if source.amount < amount:
            raise ValueError("not enough")
        source.amount -= amount
        step("taken")
        session.flush()
        target.amount += amount
        step("given")
        session.commit()
    except Exception:
        session.rollback()
        logger.exception("no transfer")
        raise
    session.close()


# fixed: names("berlin"); names("nowhere")
def names(city):
    session = get_db()
    found = []
    for customer in session.query(Customer).filter_by(city=city).order_by(Customer.id):
        step(customer.name)
        found.append(str(customer.name))
    return found


# fixed: first_order_over(15); first_order_over(1000)
def first_order_over(limit):
    session = get_db()
    for order in session.execute(select(Order).order_by(Order.id)).scalars():
        step()
        if order.amount > limit:
            return int(order.id)
    session.close()
    return None


# fixed: bad_statement()
def bad_statement():
    db = get_db()
    db.execute(text("select nothing from nowhere"))
    db.close()


# fixed: bad_statement_is_logged()
def bad_statement_is_logged():
    db = get_db()
    try:
        db.execute(text("select nothing from nowhere"))
    except SQLAlchemyError as error:
        print("failed:", type(error).__name__)
        db.rollback()
    else:
        print("worked")
    step()
    print("done")
    db.close()


# fixed: city_of(1); city_of(3); city_of(99)
def city_of(customer_id):
    session = get_db()
    customer = session.query(Customer).filter_by(id=customer_id).one()
    city = str(customer.city)
    step()
    session.close()
    return city


# fixed: customer_dict(2); customer_dict(99)
def customer_dict(customer_id):
    with_orders = get_db()
    customer = with_orders.get(Customer, customer_id)
    if not customer:
        return {}
    step()
    data = {"name": str(customer.name), "orders": len(customer.orders), "total": int(customer.total())}
    with_orders.close()
    return data


# fixed: settle([1, 2]); settle([1, 99])
def settle(order_ids):
    done = 0
    for order_id in order_ids:
        session = get_db()
        order = session.get(Order, order_id)
        order.note = "settled"
        step(order_id)
        session.commit()
        session.close()
        done += 1
    return done


# fixed: settle_some([1, 99, 2])
def settle_some(order_ids):
    missing = []
    for order_id in order_ids:
        session = get_db()
        order = session.get(Order, order_id)
        if order is None:
            missing.append(order_id)
            continue
        order.note = "settled"
        step(order_id)
        session.commit()
        session.close()
    return missing


# fixed: retry_rename(1, "dora"); retry_rename(1, "bert")
def retry_rename(customer_id, name):
    for attempt in range(2):
        session = get_db()
        try:
            session.get(Customer, customer_id).name = name
            step(attempt)
            session.commit()
            session.close()
            return attempt
        except SQLAlchemyError:
            session.rollback()
            session.close()
    return -1


# fixed: in_savepoint("dora"); in_savepoint("anna")
def in_savepoint(name):
    session = get_db()
    session.add(Order(customer_id=1, amount=3, note="kept"))
    session.flush()
    try:
        with session.begin_nested():
            session.add(Customer(name=name))
            session.flush()
            step()
    except IntegrityError:
        print("name is taken")
    session.commit()
    session.close()


# fixed: in_block("dora"); in_block("anna")
def in_block(name):
    session = SessionLocal()
    with session.begin():
        session.add(Customer(name=name))
        step()
    session.close()


# fixed: two_sessions("dora"); two_sessions("anna")
def two_sessions(name):
    reading = get_db()
    before = int(reading.query(func.count(Order.id)).scalar())
    reading.close()
    writing = get_db()
    writing.add(Customer(name=name))
    step()
    writing.commit()
    writing.close()
    return before


# fixed: nested_sessions()
def nested_sessions():
    outer = get_db()
    names = [row.name for row in outer.query(Customer.name).order_by(Customer.id)]
    counts = {}
    for name in names:
        inner = get_db()
        counts[str(name)] = inner.query(Order).join(Customer).filter(Customer.name == name).count()
        step(name)
        inner.close()
    outer.close()
    return counts


# fixed: maybe_count(True); maybe_count(False)
def maybe_count(wanted):
    db = maybe_db(wanted)
    if db is None:
        return 0
    number = db.query(Customer).count()
    step()
    db.close()
    return number


# fixed: update_in_bulk("berlin", "bonn"); update_in_bulk("berlin", None)
def update_in_bulk(old, new):
    db = get_db()
    changed = db.query(Customer).filter_by(city=old).update({"city": new})
    step(changed)
    db.commit()
    return changed


# fixed: raises_before_commit(1)
def raises_before_commit(customer_id):
    db = get_db()
    db.query(Order).filter_by(customer_id=customer_id).delete()
    step()
    if db.query(Order).count() < 100:
        raise ValueError("too few would be left")
    db.commit()
    db.close()


# fixed: never_commits()
def never_commits():
    db = get_db()
    db.add(Customer(name="ghost"))
    db.flush()
    step()
    return db.query(Customer).count()


# fixed: printed(); printed("nowhere")
def printed(city="berlin"):
    session = get_db()
    rows = session.query(Customer).filter_by(city=city).order_by(Customer.id).all()
    if not rows:
        print("nobody in", city)
        session.close()
        return
    for row in rows:
        print(f"{row.id:3} {row.name} ({len(row.orders)} orders)")
        step()


# fixed: exists("anna"); exists("zoe")
def exists(name):
    return get_db().query(Customer).filter_by(name=name).count() > 0


# fixed: match_kind(1, "sum"); match_kind(1, "count"); match_kind(1, "other")
def match_kind(customer_id, kind):
    session = get_db()
    orders = session.query(Order).filter_by(customer_id=customer_id)
    match kind:
        case "sum":
            value = sum(order.amount for order in orders)
            step()
            session.close()
            return int(value)
        case "count":
            return orders.count()
    session.close()
    return None


# fixed: kept_id("dora"); kept_id("anna")
def kept_id(name):
    session = KeepingSession()
    customer = Customer(name=name, city="rome")
    session.add(customer)
    session.commit()
    step()
    number = int(customer.id)
    session.close()
    return number


class Report:
    """Totals of a city."""

    def __init__(self, city):
        self.city = city
        self.lines = []

    # fixed: Report("berlin").text(); Report("nowhere").text()
    def fill(self):
        session = get_db()
        query = session.query(Customer.name, func.sum(Order.amount)).join(Order).filter(Customer.city == self.city)
        for name, total in query.group_by(Customer.name).order_by(Customer.name):
            self.lines.append(f"{name}: {total}")
            step()
        session.close()

    def text(self):
        self.fill()
        return "\n".join(self.lines)


# untouched: right("dora"); right("anna")
def right(name):
    with SessionLocal() as session:
        session.add(Customer(name=name))
        step()
        session.commit()


# untouched: right_begin("dora"); right_begin("anna")
def right_begin(name):
    with SessionLocal.begin() as session:
        session.add(Customer(name=name))
        step()


def _count_with(session):
    return session.query(Customer).count()


# fixed: passed_on()
def passed_on():
    session = get_db()
    number = _count_with(session)
    step()
    return number


# fixed: closed_by_hand_in_all_branches(1); closed_by_hand_in_all_branches(99)
def closed_by_hand_in_all_branches(customer_id):
    session = get_db()
    customer = session.get(Customer, customer_id)
    if customer:
        name = str(customer.name)
        step()
        session.close()
        return name
    else:
        session.close()
        raise LookupError(customer_id)

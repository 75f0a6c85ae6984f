"""Classes around resources, and the providers that are their methods."""
import sqlite3
from contextlib import contextmanager
from functools import cached_property

from sqlalchemy.orm import Session, sessionmaker
from work import step

engine = "engine"


class Wrapper:
    """Passes everything on."""

    def __init__(self, res):
        self.res = res

    def __getattr__(self, name):
        return getattr(self.res, name)

    def __iter__(self):
        return iter(self.res)


class Keeper:
    """Uses what it was made with."""

    def __init__(self, res):
        self.res = res
        self.number = 1

    def ping(self):
        self.res.ping()

    def rows(self):
        return self.res.execute("q")

    def finish(self):
        self.res.close()


class Counter:
    """Takes a number from what it is made with, and keeps nothing else."""

    def __init__(self, res):
        self.number = len(res.execute("q").all())


class Holder:
    """Acquires when it is made."""

    def __init__(self, path="a.db"):
        self.conn = sqlite3.connect(path)
        self.turns = 0

    def __enter__(self):
        return self

    def __exit__(self, *exc):
        self.close()

    def close(self):
        self.conn.close()

    def ping(self):
        self.turns += 1
        self.conn.ping()

    def commit(self):
        self.conn.commit()

    def execute(self, *args):
        return self.conn.execute(*args)

    def cursor(self):
        return self.conn.cursor()

    def rollback(self):
        self.conn.rollback()

    @property
    def name(self):
        return self.conn.name


class OtherExit(Holder):
    """Its `with` does more than its `close`."""

    def __exit__(self, *exc):
        step("leaving")
        self.conn.close()




class AppSession(Session):
    """A session with a method more."""

    def twice(self):
        self.ping()
        self.ping()


class Database:
    """Hands out sessions in all ways."""

    maker = sessionmaker(bind=engine)

    def __init__(self):
        self.shared = None
        self.factory = sessionmaker(bind=engine)

    def session(self):
        return Session(engine)

    def made(self):
        session = self.maker()
        session.mark = "made"
        return session

    def built(self):
        return self.factory()

    def deep(self):
        return self.session()

    @property
    def fresh(self):
        return Session(engine)

    @cached_property
    def kept(self):
        return Session(engine)

    @staticmethod
    def static():
        return Session(engine)

    @classmethod
    def of_class(cls):
        return cls.maker()

    def once(self):
        if self.shared is None:
            self.shared = Session(engine)
        return self.shared

    def given(self, session=None):
        return session or Session(engine)

    @contextmanager
    def scope(self):
        session = Session(engine)
        try:
            yield session
        finally:
            session.close()

    def each(self):
        session = Session(engine)
        try:
            yield session
        finally:
            session.close()


class Service:
    """Has a database."""

    def __init__(self):
        self.db = Database()

    def session(self):
        return self.db.session()


database = Database()
service = Service()

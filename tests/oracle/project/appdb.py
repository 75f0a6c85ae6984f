"""The provider of another module."""
from sqlalchemy import create_engine
from sqlalchemy.orm import Session

engine = create_engine("sqlite://")


def new_session():
    return Session(engine)

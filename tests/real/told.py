"""What a call gave, in words that are the same in every run."""

import inspect
import re

ADDRESS = re.compile(r"0x[0-9a-f]+")
# What a server says about itself: ports, processes, the time.
NUMBERS = re.compile(r"(?<=port )\d+|(?<=process )\d+|(?<=PID )\d+|\d+(?=\.\d+ms)")
DEPTH = 4


def error(raised):
    """An exception."""
    text = ADDRESS.sub("0x", str(raised)).partition("\n(Background")[0]
    cause = type(raised.__cause__).__name__ if raised.__cause__ else ""
    return f"{type(raised).__name__}({NUMBERS.sub('n', text)}) {cause}".strip()


def value(thing, depth=0):
    """A result, as far as its user may look into it."""
    if depth > DEPTH:
        return "..."
    if thing is None or isinstance(thing, (bool, int, float, str, bytes)):
        return repr(thing)
    if isinstance(thing, dict):
        return {value(key): value(item, depth + 1) for key, item in thing.items()}
    if isinstance(thing, (list, tuple, set)) or type(thing).__name__ == "Row":
        return [value(item, depth + 1) for item in thing]
    if hasattr(type(thing), "__mapper__"):
        return entity(thing, depth)
    if hasattr(thing, "__next__") or inspect.isgenerator(thing) or type(thing).__name__ == "Query":
        return attempt(lambda: [value(item, depth + 1) for item in thing])
    return type(thing).__name__


def entity(thing, depth):
    """An ORM object: its columns and, one level down, what it is related to."""
    mapper = type(thing).__mapper__
    names = [attribute.key for attribute in mapper.column_attrs]
    if depth < 2:
        names += [relation.key for relation in mapper.relationships]
    return {name: attempt(lambda name=name: value(getattr(thing, name), depth + 1)) for name in names}


def attempt(look):
    try:
        return look()
    except Exception as raised:
        return f"!{type(raised).__name__}"

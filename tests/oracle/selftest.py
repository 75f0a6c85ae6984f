"""Hand-made rewritings, right and wrong: the oracle has to accept the right ones and to catch each of the wrong ones."""

import re

import gen
from compare import TOLERATED, examine
from drive import Entry
from judge import entries
from loading import Project, load
from plaincases import PLAIN

HEAD = """\
from contextlib import closing
from sqlalchemy.orm import Session
from sqlalchemy.ext.asyncio import AsyncSession
import pymysql
import sqlite3
from kit import gives, takes
from work import step, astep, cond, items, apply, register, keep
engine = "e"
CURRENT = None

"""

# name, the kind of divergence that must be found (None: none), original, rewriting
CASES = [
    ("straight line", None, """
def f(app):
    s = Session(engine)
    s.query("q").all()
    s.close()
    return step("end")
""", """
def f(app):
    with Session(engine) as s:
        s.query("q").all()
    return step("end")
"""),
    ("finally that does more", None, """
def f(app):
    s = Session(engine)
    try:
        s.add(step("row"))
        s.commit()
    except ValueError:
        s.rollback()
        raise
    finally:
        s.close()
        step("log")
""", """
def f(app):
    with Session(engine) as s:
        try:
            s.add(step("row"))
            s.commit()
        except ValueError:
            s.rollback()
            raise
        finally:
            step("log")
"""),
    ("acquisition inside the try", None, """
def f(app):
    s = None
    try:
        s = sqlite3.connect("a.db")
        s.execute("q")
    except ValueError:
        return step("failed")
    finally:
        if s:
            s.close()
""", """
def f(app):
    try:
        with closing(sqlite3.connect("a.db")) as s:
            s.execute("q")
    except ValueError:
        return step("failed")
"""),
    ("generator", None, """
def f(app):
    fh = open("a")
    for line in fh:
        yield line
    fh.close()
""", """
def f(app):
    with open("a") as fh:
        for line in fh:
            yield line
"""),
    ("async", None, """
async def f(app):
    s = AsyncSession(engine)
    await s.execute("q")
    await s.close()
""", """
async def f(app):
    async with AsyncSession(engine) as s:
        await s.execute("q")
"""),
    ("callback that runs at once", None, """
def f(app):
    s = Session(engine)
    apply(lambda: s.query("q"))
    s.close()
""", """
def f(app):
    with Session(engine) as s:
        apply(lambda: s.query("q"))
"""),
    ("premature close", "used-after-release", """
def f(app):
    s = Session(engine)
    rows = s.query("q")
    s.commit()
    step(rows.next())
""", """
def f(app):
    with Session(engine) as s:
        rows = s.query("q")
        s.commit()
    step(rows.next())
"""),
    ("closed before a lazy use", "used-after-release", """
def f(app):
    s = Session(engine)
    return (row.name for row in s.query("q"))
""", """
def f(app):
    with Session(engine) as s:
        return (row.name for row in s.query("q"))
"""),
    ("closed before the callback runs", "used-after-release", """
def f(app):
    s = Session(engine)
    register(lambda: s.query("late"))
""", """
def f(app):
    with Session(engine) as s:
        register(lambda: s.query("late"))
"""),
    ("resource returned", "used-after-release", """
def f(app):
    fh = open("a")
    fh.seek(0)
    return fh
""", """
def f(app):
    with open("a") as fh:
        fh.seek(0)
        return fh
"""),
    ("resource kept by a stranger", "used-after-release", """
def f(app):
    s = Session(engine)
    keep(s)
""", """
def f(app):
    with Session(engine) as s:
        keep(s)
"""),
    ("lost handler", "result", """
def f(app):
    s = Session(engine)
    try:
        s.query("q")
    except ValueError:
        return step("failed")
    finally:
        s.close()
""", """
def f(app):
    with Session(engine) as s:
        s.query("q")
"""),
    ("lost statement of the finally", "events", """
def f(app):
    s = Session(engine)
    try:
        s.query("q")
    finally:
        s.close()
        step("log")
""", """
def f(app):
    with Session(engine) as s:
        s.query("q")
"""),
    ("acquisition moved out of the try", "result", """
def f(app):
    try:
        s = Session(engine)
        s.query("q")
        s.close()
    except ValueError:
        return None
""", """
def f(app):
    with Session(engine) as s:
        try:
            s.query("q")
        except ValueError:
            return None
"""),
    ("handler moved out of the with", "used-after-release", """
def f(app):
    s = Session(engine)
    try:
        s.query("q")
    except ValueError:
        s.rollback()
    finally:
        s.close()
""", """
def f(app):
    try:
        with Session(engine) as s:
            s.query("q")
    except ValueError:
        s.rollback()
"""),
    ("deleted side effect", "events", """
def f(app):
    s = Session(engine)
    n = step("effect")
    s.close()
""", """
def f(app):
    with Session(engine) as s:
        pass
"""),
    ("deleted unused acquisition", "events", """
def f(app):
    s = Session(engine)
    step("work")
""", """
def f(app):
    step("work")
"""),
    ("double close that raises", "double-release", """
def f(app):
    c = pymysql.connect(host="h")
    c.execute("q")
    c.close()
""", """
def f(app):
    with pymysql.connect(host="h") as c:
        c.execute("q")
        c.close()
"""),
    ("double close that does not raise", "double-release", """
def f(app):
    s = Session(engine)
    if cond("c"):
        s.close()
        return 1
    s.query("q")
    s.close()
""", """
def f(app):
    with Session(engine) as s:
        if cond("c"):
            s.close()
            return 1
        s.query("q")
"""),
    ("order swapped", "events", """
def f(app):
    s = Session(engine)
    step("a")
    s.query("b")
    s.close()
""", """
def f(app):
    with Session(engine) as s:
        s.query("b")
        step("a")
"""),
    ("with that does not close", "events", """
def f(app):
    c = sqlite3.connect("a.db")
    c.execute("q")
    c.close()
""", """
def f(app):
    with sqlite3.connect("a.db") as c:
        c.execute("q")
"""),
    ("release only without errors", "leak", """
def f(app):
    s = Session(engine)
    s.query("q")
""", """
def f(app):
    s = Session(engine)
    s.query("q")
    s.close()
"""),
    ("close in the middle dropped", "events", """
def f(app):
    s = Session(engine)
    s.add("row")
    s.close()
    s.commit()
    s.close()
""", """
def f(app):
    with Session(engine) as s:
        s.add("row")
        s.commit()
"""),
    ("error of a closed file vanishes", "result", """
def f(app):
    fh = open("a")
    fh.close()
    return fh.read()
""", """
def f(app):
    with open("a") as fh:
        return fh.read()
"""),
    ("swallowed exception", "result", """
def f(app):
    s = Session(engine)
    s.query("q")
    s.close()
""", """
def f(app):
    with Session(engine) as s:
        try:
            s.query("q")
        except ValueError:
            pass
"""),
    ("returns inside a loop leave it", "events", """
def f(app):
    for x in items("xs"):
        s = Session(engine)
        s.query(x)
        if cond("c"):
            s.close()
            continue
        s.close()
        step("tail")
""", """
def f(app):
    for x in items("xs"):
        with Session(engine) as s:
            s.query(x)
            if cond("c"):
                break
        step("tail")
"""),
    ("async with not awaited", "leak", """
async def f(app):
    s = AsyncSession(engine)
    await s.execute("q")
    await s.close()
""", """
async def f(app):
    s = AsyncSession(engine)
    try:
        await s.execute("q")
    finally:
        s.close()
"""),
    ("bound to something around it", "used-after-release", """
def f(app):
    s = open("a")
    s = takes.wrapped(s)
    return str(s.name)
""", """
def f(app):
    with open("a") as s:
        s = takes.wrapped(s)
    return str(s.name)
"""),
    ("given to a function that keeps it", "used-after-release", """
def f(app):
    s = Session(engine)
    takes.note_down(s)
""", """
def f(app):
    with Session(engine) as s:
        takes.note_down(s)
"""),
    ("rows given to a function that keeps them", "used-after-release", """
def f(app):
    s = Session(engine)
    takes.keep_rows(s.query("q").all())
""", """
def f(app):
    with Session(engine) as s:
        takes.keep_rows(s.query("q").all())
"""),
    ("given to a function that only uses it", None, """
def f(app):
    s = gives.fresh()
    takes.ping_deep(s)
""", """
def f(app):
    with gives.fresh() as s:
        takes.ping_deep(s)
"""),
    ("shared by the project", "used-after-release", """
def f(app):
    s = gives.cached()
    s.ping()
""", """
def f(app):
    with gives.cached() as s:
        s.ping()
"""),
    ("closed by a function of the project", "double-release", """
def f(app):
    c = open("a")
    takes.finish_deep(c)
""", """
def f(app):
    with open("a") as c:
        takes.finish_deep(c)
"""),
    ("taken out of a generator that closes it", None, """
def f(app):
    s = next(gives.each())
    s.ping()
""", """
def f(app):
    with next(gives.each()) as s:
        s.ping()
"""),
    ("lambda that is called by others", "used-after-release", """
def f(app):
    c = open("a")
    return sorted([2, 1], key=lambda x: len(c.readlines()))
""", """
def f(app):
    with open("a") as c:
        pass
    return sorted([2, 1], key=lambda x: len(c.readlines()))
"""),
    ("generator closed before its rows are read", "used-after-release", """
def f(app):
    s = Session(engine)
    rows = s.query("q")
    for row in rows:
        yield row.name
    s.close()
""", """
def f(app):
    with Session(engine) as s:
        rows = s.query("q")
    for row in rows:
        yield row.name
"""),
]


def tags():
    """Says where a function is taken for plain that is not, or the other way."""
    project = Project(gen.SUPPORT)
    for name, expected, text in PLAIN:
        facts, _ = examine(Entry(load(HEAD + text, "original", project), "f"), None, set(), 0)
        if not facts.acquired:
            yield f"{name}: acquires nothing"
        # What is always handed out open does not leak for certain in the first place.
        leaking = set(facts.leaks) - facts.escapes
        if (bool(leaking) and not facts.leaving and not facts.hides) != expected:
            yield f"{name}: {'not ' if expected else ''}taken for plain: {sorted(facts.leaving)}, hides errors: {facts.hides}"


def same_behaviour():
    """Generated functions held against themselves: whatever differs then is the oracle's own fault."""
    for number in range(12):
        module = gen.module("self-test", number, 25) if number < 8 else gen.script("self-test", number)
        one, other = (entries(module, module.text(), Project(gen.SUPPORT)) for _ in range(2))
        for function in module.functions:
            facts, found = examine(one[function.name], other[function.name], set(), 0)
            for divergence in found:
                yield f"{function.name} differs from itself: {divergence.kind}: {divergence.detail}"
            if not facts.acquired and facts.schedules > 60:
                yield f"{function.name} acquires nothing"


def self_test():
    """Runs all cases; returns the failures as texts, and the number of cases."""
    failures = [*same_behaviour(), *tags()]
    project = Project(gen.SUPPORT)
    for name, expected, before, after in CASES:
        original = Entry(load(HEAD + before, "original", project), "f")
        rewritten = Entry(load(HEAD + after, "rewritten", project), "f")
        lines = (HEAD + before).splitlines()
        calls = re.compile(r"\b(Session|AsyncSession|open|sqlite3\.connect|pymysql\.connect|gives\.\w+|next)\(")
        covered = {(n, m.start() + 1) for n, line in enumerate(lines, 1) for m in calls.finditer(line)}
        facts, found = examine(original, rewritten, covered, 0)
        kinds = {d.kind for d in found} - TOLERATED
        if facts.acquired - covered:
            failures.append(f"{name}: acquisitions at {sorted(facts.acquired)} were not all found")
        if expected is None and kinds:
            failures.append(f"{name}: a right rewriting is refused: " + "; ".join(f"{d.kind}: {d.detail} ({d.schedule.text()})" for d in found))
        if expected is not None and expected not in kinds:
            failures.append(f"{name}: expected {expected}, found {sorted(kinds) or 'nothing'}")
    return failures, len(CASES) + len(PLAIN)

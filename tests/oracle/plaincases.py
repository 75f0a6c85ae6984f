"""Functions of which it is known whether they are plain (see `leaving.py`): the oracle has to say the same."""

# name, whether it is plain, the function: a session or file that leaks, and what else happens to it
PLAIN = [
    ("never closed", True, """
def f(app):
    s = Session(engine)
    step(len(s.query("q").all()))
"""),
    ("closed if all goes well", True, """
def f(app):
    s = Session(engine)
    rows = s.query("q").all()
    step([str(row.name) for row in rows])
    s.close()
"""),
    ("given to a function of the project that only uses it", True, """
def f(app):
    s = Session(engine)
    takes.ping_deep(s)
"""),
    ("a plain value leaves", True, """
def f(app):
    c = open("a")
    return c.read()
"""),
    ("rows are returned", False, """
def f(app):
    s = Session(engine)
    return s.query("q").all()
"""),
    ("rows are returned on one path", False, """
def f(app):
    s = Session(engine)
    rows = s.query("q").all()
    if cond("c"):
        return rows
"""),
    ("an iterator is kept", False, """
def f(app):
    c = open("a")
    app.kept = map(str.strip, c)
"""),
    ("captured by what runs later", False, """
def f(app):
    s = Session(engine)
    s.ping()
    if cond("c"):
        register(lambda: s.ping())
"""),
    ("given to a function that nobody can read", False, """
def f(app):
    s = Session(engine)
    step(s)
"""),
    ("a row is given to one", False, """
def f(app):
    s = Session(engine)
    for row in s.query("q"):
        step(row)
"""),
    ("the project keeps it", False, """
def f(app):
    s = Session(engine)
    takes.note_down(s)
    s.close()
"""),
    ("used behind its release", False, """
def f(app):
    s = Session(engine)
    s.close()
    s.ping()
"""),
    ("a cursor is yielded", False, """
def f(app):
    c = sqlite3.connect("a")
    yield c.execute("q")
"""),
    ("its clean-up hides that acquiring failed", False, """
def f(app):
    try:
        s = Session(engine)
        s.ping()
    finally:
        step("before")
        s.close()
"""),
]

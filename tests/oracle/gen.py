"""Random functions, and the modules they stand in. The same seed gives the same text, always."""

import io
import random
import tokenize
from dataclasses import dataclass

from body import Maker
from episodes import episode
import oddities  # noqa: F401  adds its shapes
from tree import Line, render

HEAD = '''\
"""Generated."""
import sqlite3
import pymysql
from psycopg2 import connect
from sqlalchemy import create_engine
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Session
from appdb import new_session
from work import step, astep, cond, items, more, apply, register, keep, Lock

engine = create_engine("sqlite://")
dsn = "dbname=test"
CURRENT = None


def get_db():
    """A new session for the caller, who closes it."""
    return Session(engine)


def maybe_db():
    if cond("maybe"):
        return None
    return Session(engine)


def helper(res):
    res.ping()


def forward(res):
    helper(res)
    return step("forwarded")
'''
# `closing` may be there already, under some name, or not.
IMPORTED = ("", "import contextlib\n", "from contextlib import closing\n", "from contextlib import suppress\n", "import contextlib as ctx\n")
SUPPORT = '''\
"""The provider of another module."""
from sqlalchemy import create_engine
from sqlalchemy.orm import Session

engine = create_engine("sqlite://")


def new_session():
    return Session(engine)
'''


@dataclass
class Function:
    """A generated function: its tree, and what the generator knows of it."""

    name: str
    flavor: str
    tree: list
    shapes: list
    hard: list
    unit: str = "    "

    def text(self):
        """Its source."""
        keyword = "async def" if self.flavor in ("async", "agen") else "def"
        return "\n".join([f'{keyword} {self.name}(app, path="p.txt"):', *render(self.tree, self.unit)])


def function(seed, name):
    """One random function."""
    attempt = 0
    while True:
        rng = random.Random(f"{seed}/{name}/{attempt}")
        attempt += 1
        made = _function(rng, name)
        try:
            compile(made.text(), "generated", "exec", dont_inherit=True)
        except SyntaxError:
            continue
        return made


def _function(rng, name):
    flavor = rng.choices(("sync", "async", "gen", "agen"), (80, 10, 9, 3))[0]
    m = Maker(rng, flavor)
    tree = []
    if m.chance(0.15):
        tree.append(Line('"""What it does.\n\x01\n\x01    With an indented line.\n\x01"""'))
    if m.chance(0.2):
        tree.append(m.step("start"))
    tree += episode(m, [])
    while m.room > 4 and m.chance(0.25):
        tree += episode(m, [])
    tree += tail(m, tree)
    if m.yields and not any("yield" in line for line in render(tree)):
        tree.insert(rng.randrange(len(tree) + 1), Line("yield 0"))
    return Function(name, flavor, tree, m.shapes, m.hard, rng.choice(("    ", "    ", "    ", "  ", "\t")))


def tail(m, tree):
    """The end of the function: perhaps something that was got from the resource leaves it."""
    text = "\n".join(render(tree))
    known = [n for n in (f"{base}{i}" for base in ("n", "rows", "it") for i in range(1, 30)) if f"    {n} = " in text]
    if known and m.chance(0.35 if m.nasty else 0.12):
        name = m.rng.choice(known)
        if not name.startswith("n"):
            m.tough("derived value leaves")
        return [Line(m.rng.choice((f"return {name}", f"return [{name}, 1]", f"return {name}", f"step({name})", f"app.kept = {name}")))]
    if m.nasty and m.chance(0.12):
        for base in ("session", "s", "db", "conn", "con", "f", "fh", "handle"):
            if f"    {base} = " in text:
                m.tough("escape")
                return [Line(f"return {base}")]
    if m.chance(0.08):
        return [Line("# the end")]
    if m.chance(0.4) and m.flavor != "agen":
        return [Line(m.rng.choice((f'return step("{m.fresh("end")}")', "return True", f'step("{m.fresh("end")}")')))]
    return []


@dataclass
class Module:
    """A file's worth of functions, and how the file is written."""

    name: str
    functions: list
    newline: str = "\n"
    bom: bool = False
    final_newline: bool = True
    imported: str = ""  # a further line of the imports

    def text(self):
        """The source with plain newlines."""
        functions = [f.text() for f in self.functions]
        imported = "from contextlib import closing\n" if any("closing(" in text for text in functions) else self.imported
        body = "\n\n\n".join([HEAD.rstrip("\n").replace("from psycopg2", imported + "from psycopg2"), *functions])
        return body + ("\n" if self.final_newline else "")

    def encoded(self):
        """The bytes of the file."""
        return (b"\xef\xbb\xbf" if self.bom else b"") + self.text().replace("\n", self.newline).encode()


def module(seed, number, size):
    """One file."""
    rng = random.Random(f"{seed}/module {number}")
    functions = [function(seed, f"f{number}_{i}") for i in range(size)]
    return Module(f"m{number}", functions, rng.choice(("\n", "\n", "\n", "\r\n")), rng.random() < 0.1, rng.random() < 0.9, rng.choice(IMPORTED))


def kept_text(source):
    """All comments and strings of a text, sorted: a rewriting has to keep every one of them."""
    out = []
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        if token.type in (tokenize.COMMENT, tokenize.STRING) or tokenize.tok_name[token.type] == "FSTRING_MIDDLE":
            out.append(token.string)
    return sorted(out)

"""Random functions, and the modules they stand in. The same seed gives the same text, always."""

import io
import random
import re
import tokenize
from dataclasses import dataclass
from pathlib import Path

from body import Maker
from episodes import episode
import helping  # noqa: F401  these four add their shapes and statements
import oddities  # noqa: F401
import providing  # noqa: F401
import rebinding  # noqa: F401
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
import kit
from kit import Wrapper, gives, takes
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


def itself(res):
    return res
'''
# `closing` may be there already, under some name, or not.
IMPORTED = ("", "import contextlib\n", "from contextlib import closing\n", "from contextlib import suppress\n", "import contextlib as ctx\n")
# The modules of the project that the generated ones stand in, by path.
PROJECT = Path(__file__).parent / "project"
SUPPORT = {path.relative_to(PROJECT).as_posix(): path.read_text() for path in sorted(PROJECT.rglob("*.py"))}
# What the generated modules may import by name, and the ways to do it.
NAMES = {
    "kit.takes": re.findall(r"^(?:async )?(?:def|class) (\w+)|^(\w+) = \w+\(", SUPPORT["kit/takes.py"], re.M),
    "kit.gives": re.findall(r"^(?:async )?(?:def|class) (\w+)|^(\w+) = \w+\(", SUPPORT["kit/gives.py"], re.M),
    "kit.holders": re.findall(r"^(?:async )?(?:def|class) (\w+)|^(\w+) = \w+\(", SUPPORT["kit/holders.py"], re.M),
}
# Imports that stand there only where they are used.
NEEDED = {"ExitStack": "from contextlib import ExitStack\n", "suppress(": "from contextlib import suppress\n", "partial": "from functools import partial\n", "SimpleNamespace": "from types import SimpleNamespace\n",
          "@contextmanager": "from contextlib import contextmanager\n", "@asynccontextmanager": "from contextlib import asynccontextmanager\n", "@pytest": "import pytest\n"}


def imported_names(texts, style):
    """The lines that import what the functions use of the package `kit` by its bare name."""
    used = set(re.findall(r"(?<![\w.])\w+", "\n".join(texts)))
    lines = []
    for module, found in NAMES.items():
        names = sorted({first or second for first, second in found} & used)
        names += ["wrapped as wrap"] if module == "kit.takes" and "wrap" in used else []
        if names and style == "star":
            lines.append(f"from {module} import *" + ("\nfrom kit.takes import wrapped as wrap" if names[-1].endswith("as wrap") else ""))
        elif names:
            lines.append(f"from {'kit' if style == 'package' else module} import {', '.join(names)}")
    return "".join(f"{line}\n" for line in lines)


# A class around one method, and what a method may call there.
CLASS = '''class {name}:
    """A class of the project."""

    maker = kit.database.maker

    def __init__(self):
        self.db = kit.Database()
        self.kept = None
        self.all = []

    def own_ping(self, res):
        res.ping()

    def own_count(self, res):
        return len(res.execute("q").all())

    def own_keep(self, res):
        self.kept = res

    def own_later(self, res):
        self.kept = lambda: res.ping()

    def own_finish(self, res):
        res.close()

    @staticmethod
    def own_static(res):
        res.ping()

    def own_session(self):
        return Session(engine)

    @property
    def own_fresh(self):
        return self.db.session()
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
    form: str = "function"

    def text(self):
        """Its source."""
        keyword = "async def" if self.flavor in ("async", "agen") else "def"
        if self.form == "script":
            main = render(self.tree, self.unit, 0) if len(self.tree) % 2 else ['if __name__ == "__main__":', *render(self.tree, self.unit)]
            return "\n".join([f'SCRIPT = "{self.name}"', *main])
        if self.form == "method":
            head = CLASS.replace("    ", self.unit).format(name=self.name)
            return "\n".join([head, f'{self.unit}{keyword} run(self, app, path="p.txt"):', *render(self.tree, self.unit, 2)])
        decorator = {"manager": "@asynccontextmanager\n" if self.flavor == "agen" else "@contextmanager\n", "fixture": "@pytest.fixture\n"}.get(self.form, "")
        return "\n".join([f'{decorator}{keyword} {self.name}(app, path="p.txt"):', *render(self.tree, self.unit)])


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
    form = "script" if name.startswith("s") else rng.choices(("function", "method", "manager", "fixture"), (81, 9, 6, 4))[0]
    flavor = rng.choices(("sync", "async", "gen", "agen"), (80, 10, 9, 3))[0]
    if form in ("manager", "fixture"):
        flavor = "gen" if form == "fixture" or rng.random() < 0.8 else "agen"
    elif form == "script":
        flavor = "sync"
    m = Maker(rng, flavor, form)
    m.shape(form)
    tree = []
    if m.chance(0.15):
        tree.append(Line('"""What it does.\n\x01\n\x01    With an indented line.\n\x01"""'))
    if m.chance(0.2):
        tree.append(m.step("start"))
    tree += episode(m, [])
    while m.room > 4 and m.chance(0.25):
        tree += episode(m, [])
    tree += tail(m, tree)
    if flavor in ("gen", "agen") and not any("yield" in line for line in render(tree)):
        tree.insert(rng.randrange(len(tree) + 1), Line("yield 0"))
    return Function(name, flavor, tree, m.shapes, m.hard, rng.choice(("    ", "    ", "    ", "  ", "\t")), form)


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
    style: str = "module"  # how it imports names of the project
    context: str = ""  # the `--context` that its fixes are written with

    def text(self):
        """The source with plain newlines."""
        functions = [f.text() for f in self.functions]
        whole = "\n".join(functions)
        imported = "from contextlib import closing\n" if re.search(r"\bclosing\(", whole) else self.imported
        imported += "".join(line for word, line in NEEDED.items() if word in whole and line != imported) + imported_names(functions, self.style)
        body = "\n\n\n".join([HEAD.rstrip("\n").replace("from psycopg2", imported + "from psycopg2"), *functions])
        return body + ("\n" if self.final_newline else "")

    def encoded(self):
        """The bytes of the file."""
        return (b"\xef\xbb\xbf" if self.bom else b"") + self.text().replace("\n", self.newline).encode()


STYLES = ("module", "package", "star")


def module(seed, number, size):
    """One file."""
    rng = random.Random(f"{seed}/module {number}")
    functions = [function(seed, f"f{number}_{i}") for i in range(size)]
    newline, bom, final = rng.choice(("\n", "\n", "\n", "\r\n")), rng.random() < 0.1, rng.random() < 0.9
    return Module(f"m{number}", functions, newline, bom, final, rng.choice(IMPORTED), rng.choice(STYLES), "closing" if number % 5 == 4 else "")


def script(seed, number):
    """A file whose code stands in no function."""
    return Module(f"s{number}", [function(seed, f"s{number}")], imported=IMPORTED[number % len(IMPORTED)], style=STYLES[number % 3])


def alone(function, context=""):
    """A file for one function."""
    return Module("m0", [function], context=context)


def kept_text(source):
    """All comments and strings of a text, sorted: a rewriting has to keep every one of them."""
    out = []
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        if token.type in (tokenize.COMMENT, tokenize.STRING) or tokenize.tok_name[token.type] == "FSTRING_MIDDLE":
            out.append(token.string)
    return sorted(out)

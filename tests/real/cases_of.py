"""Reads what a module of `cases` expects, from the comments above its functions.

    # fixed: total_of(1); total_of(99)
    def total_of(customer_id):

The word says what `unleak fix` has to do, the calls are made before and after:

    fixed      it leaks; rewritten, and nothing is left open any more
    tidied     it does not leak; rewritten all the same
    asked      it leaks, is reported, and not rewritten without --unsafe-fixes
    dangerous  the same, and what --unsafe-fixes makes of it gives something else in at least one call
    handed     the caller gets it, in one form or another, and has to release it: nothing is reported
    missed     it leaks, and nothing is reported
    untouched  it does not leak, and nothing is reported
"""

import ast
import re
from dataclasses import dataclass

WORDS = ("fixed", "tidied", "asked", "dangerous", "handed", "missed", "untouched")
COMMENT = re.compile(r"# (%s): (.+)" % "|".join(WORDS))


@dataclass(frozen=True)
class Case:
    """A function, what is expected of it, and the calls that are made."""

    name: str
    expected: str
    calls: tuple
    is_async: bool
    line: int
    last_line: int


def read(text):
    """The cases of a module's text."""
    lines = text.splitlines()
    found = []
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            comment = COMMENT.fullmatch(lines[node.lineno - 2].strip())
            if comment:
                calls = tuple(call.strip() for call in comment[2].split("; "))
                is_async = isinstance(node, ast.AsyncFunctionDef)
                found.append(Case(node.name, comment[1], calls, is_async, node.lineno, node.end_lineno))
    return sorted(found, key=lambda case: case.line)


def bodies(text):
    """The text of each case's function, by name."""
    lines = text.splitlines()
    return {case.name: "\n".join(lines[case.line - 1 : case.last_line]) for case in read(text)}

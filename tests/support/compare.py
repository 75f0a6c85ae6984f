"""Holds a tree of Python files against the same tree after a fix.

    compare.py BEFORE AFTER FINDINGS

FINDINGS is what `unleak check --output-format json` said of BEFORE. Prints one JSON object:

    changed    how many files differ
    compiled   how many of those CPython compiled before
    broken     those that it compiled before and does not compile after
    strayed    "path:line" of changes outside every function that had a finding
"""

import ast
import json
import os
import re
import subprocess
import sys
import warnings

HUNK = re.compile(rb"^@@ -(\d+)(?:,(\d+))? \+\d+(?:,\d+)? @@")
IMPORT = re.compile(rb"^\+\s*(?:import contextlib|from contextlib import )")


def compiles(source: bytes, path: str) -> bool:
    """Whether this interpreter takes the source."""
    try:
        compile(source, path, "exec", dont_inherit=True)
    except (SyntaxError, ValueError, RecursionError, MemoryError, OverflowError):
        return False
    return True


def hunks(before: str, after: str):
    """(first, last, lines) of every change, in lines of the original; last is first - 1 for a mere insertion."""
    # The byte-exact comparison of lines is git's; `--text` because of NUL bytes and odd encodings.
    command = ["git", "diff", "--no-index", "--text", "--unified=0", "--no-color", "--no-ext-diff", before, after]
    diff = subprocess.run(command, capture_output=True, check=False).stdout
    found = []
    for line in diff.split(b"\n"):
        header = HUNK.match(line)
        if header:
            first, count = int(header[1]), int(header[2] if header[2] is not None else 1)
            found.append((first, first + count - 1, []))
        elif found:
            found[-1][2].append(line)
    return found


def spans(source: bytes, lines: list) -> list:
    """The functions around `lines`; a finding at module level opens the whole file."""
    functions = [
        (min([node.lineno, *(decorator.lineno for decorator in node.decorator_list)]), node.end_lineno)
        for node in ast.walk(ast.parse(source))
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef))
    ]
    result = []
    for line in lines:
        around = [span for span in functions if span[0] <= line <= span[1]]
        result.append(min(around, key=lambda span: span[1] - span[0]) if around else (0, sys.maxsize))
    return result


def strays(path: str, before: str, after: str, source: bytes, lines: list):
    """The changes that no finding accounts for."""
    allowed = spans(source, lines)
    for first, last, text in hunks(before, after):
        inserted = last < first and all(not line or IMPORT.match(line) or line == b"+" for line in text)
        if not inserted and not any(low <= first and last <= high for low, high in allowed):
            yield f"{path}:{first}"


def main(before: str, after: str, findings: str) -> None:
    """Compare, and print the result."""
    warnings.simplefilter("ignore")
    places: dict = {}
    with open(findings, encoding="utf-8") as handle:
        for finding in json.load(handle):
            places.setdefault(os.path.normpath(finding["path"]), []).append(finding["line"])

    result = {"changed": 0, "compiled": 0, "broken": [], "strayed": []}
    for folder, _, names in os.walk(before):
        for name in sorted(names):
            old_path = os.path.join(folder, name)
            path = os.path.relpath(old_path, before)
            new_path = os.path.join(after, path)
            with open(old_path, "rb") as old, open(new_path, "rb") as new:
                old_source, new_source = old.read(), new.read()
            if old_source == new_source:
                continue
            result["changed"] += 1
            if not compiles(old_source, path):
                continue
            result["compiled"] += 1
            if not compiles(new_source, path):
                result["broken"].append(path)
            result["strayed"].extend(strays(path, old_path, new_path, old_source, places.get(path, [])))
    print(json.dumps(result))


if __name__ == "__main__":
    main(*sys.argv[1:])

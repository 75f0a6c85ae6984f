"""Judges what the tool did to one file: text first, then every function by running it."""

import re
import sys
import warnings
from dataclasses import dataclass, field

from compare import Divergence, examine
from drive import Entry, Schedule
from gen import SUPPORT, kept_text
from loading import Project, load
from world import LINES, filename

LEAK_CODES = ("UL001", "UL002", "UL005", "UL006", "UL007", "UL008")
# Generated code forgets to await and yields in `finally`; Python's remarks on that are of no interest.
warnings.simplefilter("ignore")
sys.unraisablehook = lambda _: None


@dataclass
class Verdict:
    """What is known of one function, for the report."""

    name: str
    shapes: list
    hard: list
    before: str
    first: int  # its first line
    after: str | None  # None: not rewritten
    findings: list
    facts: object = None
    divergences: list = field(default_factory=list)


# Where a part of a module begins: a function with its decorator, a class, or the statements of a script.
PART = re.compile(r"^(?:@[\w.]+\n)?(?:async def |def |class |SCRIPT = \")(\w+)", re.M)


def split(source):
    """The head of a module and its top-level functions by name, each with all lines up to the next one."""
    found = [part for part in PART.finditer(source) if part.start() <= source.find('SCRIPT = "') or 'SCRIPT = "' not in source]
    ends = [part.start() for part in found[1:]] + [len(source)]
    functions = {part[1]: source[part.start():end].rstrip() for part, end in zip(found, ends)}
    return source[: found[0].start()], functions


def plain(data):
    """Bytes to text with plain newlines."""
    return data.decode("utf-8-sig").replace("\r\n", "\n")


def entries(module, source, project, version="original"):
    """The functions of one version of a module, ready to run, by name."""
    script = next((f for f in module.functions if f.form == "script"), None)
    head, tail = source, None
    if script:
        start = source.index("SCRIPT = ")
        head = source[:start]
        tail = compile("\n" * head.count("\n") + source[start:], filename(version), "exec", dont_inherit=True)
    LINES[filename(version)] = source.split("\n")
    space = load(head, version, project)
    return {f.name: Entry(space, f.name, f.form, tail) for f in module.functions if f.name in space or tail}


def judge(module, findings, left, fixed, again, unsafe, unsafe_again, support, seed):
    """The verdicts on all functions of a module, and the divergences of the file as a whole."""
    data = module.encoded()
    whole = list(file_divergences(module, data, fixed, "safe"))
    if unsafe is not None:
        whole += file_divergences(module, data, unsafe, "unsafe")
        if unsafe != unsafe_again:
            whole.append(named("not-idempotent", f"unsafe fixes: {changed_names(unsafe, unsafe_again)}"))
    if fixed != again:
        whole.append(named("not-idempotent", changed_names(fixed, again)))
    source = plain(data)
    original = entries(module, source, Project(SUPPORT))
    before = split(source)[1]
    try:
        rewritten, after = entries(module, plain(fixed), Project(support), "rewritten"), split(plain(fixed))[1]
    except SyntaxError:
        rewritten, after = original, before
    verdicts = [verdict(f, original, rewritten, before, after, findings, left, source, seed) for f in module.functions]
    return verdicts, whole


def verdict(function, original, rewritten, before, after, findings, left, source, seed):
    """One function."""
    name = function.name
    first = source[: source.index(before[name])].count("\n") + 1
    last = first + before[name].count("\n")
    mine = [f for f in findings if first <= f["line"] <= last]
    # A fix that could not be made after another one is said to be left.
    undone = {variable(f) for f in left}
    covered = {(f["line"], f["column"]) for f in mine
               if f["fix"] and f["fix"]["applicability"] == "safe" and f["code"] != "UL004" and variable(f) not in undone}
    out = Verdict(name, function.shapes, function.hard, before[name], first, None, mine)
    target = None
    if after.get(name) != before[name]:
        out.after = after.get(name, "")
        target = rewritten.get(name)
        if target is None:
            out.divergences.append(named("structure", "the function is gone"))
    out.facts, found = examine(original[name], target, covered, seed)
    out.divergences += found
    if target is not None and kept_text(GUARD.sub("", before[name])) != kept_text(GUARD.sub("", out.after)):
        lost = sorted(set(kept_text(before[name])) ^ set(kept_text(out.after)))
        out.divergences.append(named("lost-text", "; ".join(lost)))
    return out


def variable(finding):
    """Which variable of which function a finding is about."""
    return ((finding["function"] or "").split(".")[0], finding["resource"]["variable"])


# The name in a guard such as `if 'conn' in locals():` goes with the release that it guards.
GUARD = re.compile(r"""(['"])\w+\1(?= (not )?in locals\(\))""")


def named(kind, detail):
    """A divergence that no schedule belongs to."""
    return Divergence(kind, Schedule(), detail)


def file_divergences(module, before, after, which):
    """What is wrong with the file as such."""
    try:
        compile(after, module.name, "exec", dont_inherit=True)
    except (SyntaxError, ValueError) as error:
        yield named("does-not-compile", f"{which} fixes, {module.name}: {error}")
        return
    if before.startswith(b"\xef\xbb\xbf") != after.startswith(b"\xef\xbb\xbf"):
        yield named("structure", f"{which} fixes, {module.name}: byte order mark")
    if module.newline == "\r\n" and after.count(b"\n") != after.count(b"\r\n") or module.newline == "\n" and b"\r" in after:
        yield named("structure", f"{which} fixes, {module.name}: newlines")
    if before.endswith(b"\n") != after.endswith(b"\n"):
        yield named("structure", f"{which} fixes, {module.name}: last newline")
    (head, functions), (new_head, new_functions) = split(plain(before)), split(plain(after))
    if list(functions) != list(new_functions):
        yield named("structure", f"{which} fixes, {module.name}: {sorted(set(functions) ^ set(new_functions))}")
    rest = new_head.splitlines()
    for line in head.splitlines():
        # `closing` and its like may come into an import that is there.
        longer = [new for new in rest if line.startswith("from contextlib import ") and imported(line) < imported(new) <= imported(line) | {"closing", "aclosing"}]
        if line in rest:
            rest.remove(line)
        elif longer:
            rest.remove(longer[0])
        else:
            yield named("structure", f"{which} fixes, {module.name}: lost {line!r}")
    if len(rest) > 2 or any("contextlib" not in line for line in rest):
        yield named("structure", f"{which} fixes, {module.name}: added {rest}")


def imported(line):
    """The names that a line imports from `contextlib`."""
    return {name.strip() for name in line.partition("from contextlib import ")[2].split("#")[0].split(",")}


def changed_names(one, other):
    """The functions in which two versions of a file differ, with their texts."""
    a, b = split(plain(one))[1], split(plain(other))[1]
    different = [name for name in a if a[name] != b.get(name)]
    return "\n".join(f"{a[name]}\n  became\n{b.get(name)}" for name in different[:2]) or "outside of the functions"

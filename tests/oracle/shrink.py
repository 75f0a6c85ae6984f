"""Makes a failing function small: takes statements away as long as the failure stays."""

from dataclasses import replace

from gen import alone
from judge import judge
from tool import ToolFailed
from tree import smaller


def attempt(tool, function, seed, context):
    """The verdict on a module with nothing but this function."""
    module = alone(function, context)
    found, left, fixed, again, _, _ = tool.all([module], unsafe=False)
    verdicts, whole = judge(module, found.get("m0", []), left.get("m0", []), fixed["m0"], again["m0"], None, None, fixed[""], seed)
    verdicts[0].divergences += whole
    return verdicts[0]


def shrink(tool, function, kind, seed, context, tries=200):
    """The smallest function found that still fails the same way, with its verdict; None if it does not fail alone."""
    best, found = None, None
    queue = iter([function.tree])
    while tries > 0:
        tree = next(queue, None)
        if tree is None:
            break
        smaller_one = replace(function, tree=tree)
        try:
            compile(smaller_one.text(), "generated", "exec", dont_inherit=True)
        except SyntaxError:
            continue
        tries -= 1
        try:
            verdict = attempt(tool, smaller_one, seed, context)
        except (ToolFailed, NameError):
            continue
        if any(d.kind == kind for d in verdict.divergences):
            best, found = smaller_one, verdict
            queue = smaller(tree)
    return (best, found) if best else None

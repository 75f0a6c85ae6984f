"""Whether something of a leaking resource leaves: the resource itself, or what was got from it.

A function from which nothing leaves is plain. The answer comes from what the function was generated as and from what
its runs show, never from what the tool says of it.

Neither is plain what hides the error of a failing acquisition behind one of its own; the report counts it apart.

Seen in a run: what somebody can still reach when the function is over (returned, stored, captured, kept by a function of
the project), what was yielded, what was given to a function that cannot be read (those of the module `work`), and what
was used after its release. What no run came by is known from the generator.
"""

from world import NOWHERE

# What the generator says it made. Its other remarks (a walrus, a tuple ...) are about how something is written.
MADE = frozenset(("derived value leaves", "escape", "used after release", "global", "nonlocal", "closure used after release", "used after its loop", "carried into another turn", "container of resources"))


def seen(runs, leaks):
    """The ways in which something of the resources acquired at `leaks` left in one of the runs."""
    ways = set()
    for _, outcome in runs:
        for rid, position in enumerate(outcome.at):
            if position == NOWHERE or position not in leaks:
                continue
            if rid in outcome.outside:
                ways.add("kept")
            if rid in outcome.handed:
                ways.add("handed on")
            if rid in outcome.late:
                ways.add("used after release")
    return ways


def hides_errors(runs):
    """Whether the function fails on a name of its own when acquiring fails: `try: s = Session() ... finally: s.close()`. A
    `with` there lets the first error through, so none can be safe."""
    own = ("raises UnboundLocalError(", "raises NameError(", "raises AttributeError(\"'NoneType' object has no")
    return any(len(outcome.failed) == 1 and outcome.failed[0].startswith("acquire ") and outcome.end.startswith(own) for _, outcome in runs)


def used_late(log):
    """The resources of which something is used when they are released already."""
    return {rid for tag, _, rid, was_open in log if tag == "E" and rid >= 0 and not was_open}


def stays(verdict):
    """Whether nothing leaves a function, as far as the generator and all of its runs know."""
    return not verdict.facts.leaving and not MADE & set(verdict.hard)


def is_plain(verdict):
    """Whether nothing leaves a function, and no error of acquiring is hidden there."""
    return stays(verdict) and not verdict.facts.hides

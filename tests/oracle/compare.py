"""Holds a rewritten function against its original, schedule by schedule."""

import random
import re
import sys
from dataclasses import dataclass, field, replace

from drive import Schedule, run, schedules
from leaving import hides_errors, seen
from world import NOWHERE

# What may be wrong with a rewriting. The last seven are told, but are no broken promise.
KINDS = {
    "does-not-compile": "the rewritten file is no Python",
    "structure": "something outside of the functions' bodies changed",
    "lost-text": "a comment or a string changed or vanished",
    "events": "other calls, or in another order",
    "result": "another result or exception",
    "used-after-release": "something is used after the release that was alive in the original",
    "leak": "a resource the fix is for stays open",
    "double-release": "released twice where the original did not",
    "not-idempotent": "a second run changes the file again",
    "late-release": "released later than in the original when nothing fails",
    "release-failure": "differs when the release itself raises",
    "late-borrower": "what a generator lent is used after the generator ended; nobody does, or it goes on working",
    "ignored-exit": "a generator that goes on when it is thrown away ends before it releases",
    "opened-again": "what was released is used again, which opens it again, as in the original",
    "thrown-away": "a generator provider that is thrown away releases what goes on working after that",
    "masked-error": "the original failed on its own unbound or None variable when something failed before the acquisition",
}
TOLERATED = frozenset(("late-release", "release-failure", "masked-error", "late-borrower", "thrown-away", "ignored-exit", "opened-again"))


@dataclass
class Divergence:
    """One difference, with what is needed to look at it."""

    kind: str
    schedule: Schedule
    detail: str
    before: list = field(default_factory=list)
    after: list = field(default_factory=list)


@dataclass
class Facts:
    """What the original does, over all schedules. All by position of the acquisition."""

    schedules: int = 0
    leaks: dict = field(default_factory=dict)  # open and lost at the end: the schedule that shows it
    weak_leaks: dict = field(default_factory=dict)  # the same, seen only with a BaseException or an abandoned generator
    escapes: set = field(default_factory=set)  # reachable by somebody at the end of some schedule
    leaving: set = field(default_factory=set)  # how something of the leaking ones leaves
    hides: bool = False  # it fails on a name of its own when acquiring fails
    acquired: set = field(default_factory=set)


def facts(runs):
    """Sum up the original's runs."""
    out = Facts(schedules=len(runs))
    for schedule, outcome in runs:
        out.acquired.update(outcome.at)
        for rid in outcome.open - outcome.escaped:
            (out.weak_leaks if schedule.weak() else out.leaks).setdefault(outcome.at[rid], schedule)
        out.escapes.update(outcome.at[rid] for rid in outcome.escaped)
    out.leaks.pop(NOWHERE, None)
    for position in out.leaks:
        out.weak_leaks.pop(position, None)
    out.leaving = seen(runs, set(out.leaks) - out.escapes)
    out.hides = hides_errors(runs)
    return out


def compare(original, rewritten, covered, runs, rng):
    """All kinds of divergence between the two functions, one example each. `covered`: positions the safe fixes are for."""
    found = {}
    # Something else releases these, too, when nothing fails.
    twice = {at for schedule, o in runs if not schedule.fails for entry in o.log if entry[0] == "R" and not entry[3] for at in o.at[entry[2]:][:1]}
    for schedule, before in runs:
        after = run(rewritten, schedule)
        for kind, detail in _differences(before, after, covered, twice, schedule):
            if kind in ("events", "result") and schedule.fails and _masked(original, schedule):
                kind = "masked-error"
            elif kind == "used-after-release" and _borrower_is_gone(original.form, schedule, before, detail.entry, runs):
                kind = "late-borrower"
            elif kind == "leak" and _ignores_exit(rewritten, schedule):
                kind = "ignored-exit"
            if kind not in found:
                found[kind] = Divergence(kind, schedule, str(detail), before.log, after.log)
    hard = {kind for kind in found if kind not in TOLERATED}
    if not hard:
        found.update(_release_failures(original, rewritten, runs, rng))
    return list(found.values())


def _differences(before, after, covered, twice, schedule):
    told = set()
    left = [entry for entry in before.log if entry[0] == "E"]
    right = [entry for entry in after.log if entry[0] == "E"]
    for number, (a, b) in enumerate(zip(left, right)):
        if a[1] != b[1]:
            yield "events", f"event {number}: {a[1]} became {b[1]}"
            break
        if a[3] and not b[3]:
            if not _by_generator(after, b):
                yield "used-after-release", Detail(f"event {number}: {a[1]}", a)
                break
            if "thrown-away" not in told:
                told.add("thrown-away")
                yield "thrown-away", f"event {number}: {a[1]}"
    else:
        if len(left) != len(right):
            rest = (left + right)[0] if not left or not right else (left[len(right):] or right[len(left):])[0]
            yield "events", f"{'missing' if len(left) > len(right) else 'added'}: {rest[1]}"
    if before.end != after.end:
        yield "result", f"{before.end} became: {after.end}"
    # A generator that its consumer abandons ends when it is collected, which is when its `with` blocks release.
    over = next((i for i, entry in enumerate(after.log) if entry[1] == "-- over --"), len(after.log))
    ended = {entry[2] for entry in after.log[over:] if entry[0] == "R"}
    if len(before.at) == len(after.at):
        for rid, position in enumerate(before.at):
            if rid in after.open and rid not in ended and (position in covered or rid not in before.open):
                again = rid in before.open and after.resources[rid][1] and any(entry[0] == "R" and entry[2] == rid for entry in after.log[:over])
                yield "opened-again" if again else "leak", f"the resource acquired at line {position[0]}"
    twice_before = {entry[2] for entry in before.log if entry[0] == "R" and not entry[3]}
    twice_after = {entry[2] for entry in after.log if entry[0] == "R" and not entry[3]}
    for rid in twice_after - twice_before:
        if rid < len(after.at) and after.at[rid] in twice:
            continue
        label, reopens = after.resources[rid]
        lent = reopens and any(entry[1] == f"release {label} by its generator" for entry in after.log)
        yield "thrown-away" if lent else "double-release", f"resource {rid}"
    if not schedule.fails:
        late = _release_times(after.log)
        for rid, time in _release_times(before.log).items():
            if late.get(rid, -1) > time:
                yield "late-release", f"resource {rid}: after event {late[rid]}, not {time}"


class Detail(str):
    """A text about an event, and the event."""

    def __new__(cls, text, entry):
        found = super().__new__(cls, text)
        found.entry = entry
        return found


def _by_generator(outcome, entry):
    """Whether the last release before an event was by a generator provider that was thrown away, and the resource goes on working."""
    label, reopens = outcome.resources[entry[2]]
    index = next(i for i, other in enumerate(outcome.log) if other is entry)
    last = next((other for other in reversed(outcome.log[:index]) if other[0] == "R" and other[2] == entry[2]), None)
    return reopens and last is not None and last[1].endswith("by its generator")


def _borrower_is_gone(form, schedule, before, entry, runs):
    """Whether what a generator lent is used after the generator ended, where the rule (UL008) says that nobody does, or that
    it goes on working. Fixtures apart, somebody may rely on it if it is not released although nothing fails. One that always
    fails before it comes to its release failed all the same."""
    over = next(i for i, other in enumerate(before.log) if other[1] == "-- over --")
    place = next(i for i, other in enumerate(before.log) if other is entry)
    label, reopens = before.resources[entry[2]]
    lent = [other[1] for other in before.log if re.match(rf"yields .*{re.escape(label)}(?!\w)", other[1])]
    if place < over or not lent:
        return False
    at = before.at[entry[2]] if entry[2] < len(before.at) else None
    released = any(other[0] == "R" and at in outcome.at[other[2]:][:1] for _, outcome in runs for other in outcome.log)
    released |= not any(other[1] == "generator ends" for _, outcome in runs for other in outcome.log)
    failed = bool(schedule.fails) or schedule.mode == "with throw" or before.end.startswith("raises")
    itself = any(re.search(rf"{re.escape(label)}(?![.\w])", text) for text in lent)
    return form == "fixture" or released and (failed if form == "manager" else itself and reopens)


def _ignores_exit(function, schedule):
    """Whether the generator goes on when it is told to end."""
    if schedule.mode not in ("close", "drop"):
        return False
    return "ignored GeneratorExit" in run(function, replace(schedule, mode="close")).end


def _release_times(log):
    times, count = {}, 0
    for tag, text, rid, _ in log:
        if text == "-- over --":
            break
        if tag == "E":
            count += 1
        elif tag == "R":
            times[rid] = count
    return times


def _release_failures(original, rewritten, runs, rng):
    quiet = [(s, o) for s, o in runs if o.releases and len(s.fails) < 2]
    for schedule, outcome in rng.sample(quiet, min(6, len(quiet))):
        broken = Schedule(schedule.bits, schedule.fails, schedule.mode, rng.randrange(outcome.releases))
        before, after = run(original, broken), run(rewritten, broken)
        events = [[entry[1] for entry in o.log if entry[0] == "E"] for o in (before, after)]
        if before.end != after.end or events[0] != events[1]:
            yield "release-failure", Divergence("release-failure", broken, f"{before.end} became: {after.end}", before.log, after.log)


def _masked(original, schedule):
    """Whether something fails and the original's clean-up then trips over a variable that was not bound yet.

    `try: s = Session() finally: s.close()` raises UnboundLocalError there and hides the true error. A rewriting that
    lets the true error through is what everybody wants.
    """
    tripped = []

    def trace(frame, event, argument):
        if event == "exception":
            kind, value = argument[0], argument[1]
            if issubclass(kind, NameError) or (issubclass(kind, AttributeError) and "'NoneType' object has no" in str(value)):
                tripped.append(kind)
        return trace

    sys.settrace(trace)
    try:
        run(original, schedule)
    finally:
        sys.settrace(None)
    return bool(tripped)


def examine(original, rewritten, covered, seed):
    """Facts about the original, and the divergences of its rewriting (None: it was not rewritten)."""
    rng = random.Random(seed)
    runs = schedules(original, rng)
    divergences = []
    if rewritten is not None:
        if original.flavor() != rewritten.flavor():
            divergences.append(Divergence("structure", Schedule(), "generator or not, coroutine or not"))
        else:
            divergences = compare(original, rewritten, covered, runs, rng)
    return facts(runs), divergences

"""Runs one function under one schedule, and finds the schedules worth running."""

import contextlib
import functools
import inspect
import types
from dataclasses import dataclass, field

from leaving import used_late
from runtime import Derived, Resource
from world import CURRENT, Fatal, Runaway, World, canon, note, reachable

CLASSES = {"ValueError": ValueError, "KeyError": KeyError, "Fatal": Fatal}
GENERATOR_MODES = ("full", "close", "throw", "drop")
# How the forms of generated functions are driven that are not simply called or iterated.
FORM_MODES = {"manager": ("with", "with throw"), "fixture": ("full",)}


@dataclass(frozen=True)
class Schedule:
    """What the world does to the function."""

    bits: tuple = ()  # how the conditions turn out, in the order they are asked; False behind the end
    fails: tuple = ()  # pairs (number of the event, name of the exception class)
    mode: str = "call"
    release_fail: int = -1

    def weak(self):
        """Whether only unusual things happen: no ordinary exception, but a BaseException or an abandoned generator."""
        return self.mode in ("close", "drop") or any(name == "Fatal" for _, name in self.fails)

    def text(self):
        """For people."""
        parts = [f"conditions {[int(b) for b in self.bits]}"] if self.bits else []
        parts += [f"event {index} raises {name}" for index, name in self.fails]
        if self.mode not in ("call", "full", "with"):
            parts.append(f"context manager: {self.mode}" if self.mode.startswith("with") else f"generator: {self.mode}")
        if self.release_fail >= 0:
            parts.append(f"release {self.release_fail} raises")
        return ", ".join(parts) or "nothing fails"


@dataclass
class Outcome:
    """What came of it."""

    log: list
    end: str
    count: int
    asked: int
    releases: int
    resources: list  # their labels, and whether they go on working after a release
    at: list  # for each resource the position of its acquisition
    open: set = field(default_factory=set)  # numbers of the resources open when the function was over
    escaped: set = field(default_factory=set)  # of these, the ones somebody can still reach
    outside: set = field(default_factory=set)  # numbers of the resources that somebody can still reach something of, open or not
    handed: set = field(default_factory=set)  # numbers of those that a function that cannot be read was given something of
    failed: list = field(default_factory=list)  # the texts of the events that failed
    late: set = field(default_factory=set)  # numbers of those of which something was used behind the release


class Entry:
    """A generated function, or what else was generated, as something to call."""

    def __init__(self, space, name, form="function", script=None):
        self.space = space
        self.form = form
        self.script = script  # the compiled statements
        found = space.get(name)
        self.function = None if script else inspect.unwrap(vars(found)["run"] if form == "method" else found)
        self.target = found

    def __call__(self, app, kept, names=None):
        if self.form == "script":
            exec(self.script, names)
            return None
        if self.form == "method":
            owner = self.target()
            kept.append(owner)
            return owner.run(app)
        return self.target(app)

    def modes(self):
        """The ways to drive it."""
        if self.form in FORM_MODES:
            return FORM_MODES[self.form]
        if self.function is None:
            return ("call",)
        return GENERATOR_MODES if inspect.isgeneratorfunction(self.function) else GENERATOR_MODES[:3] if inspect.isasyncgenfunction(self.function) else ("call",)

    def flavor(self):
        """Whether it is a generator, a coroutine or both."""
        return self.function and self.function.__code__.co_flags & (inspect.CO_GENERATOR | inspect.CO_COROUTINE | inspect.CO_ASYNC_GENERATOR)


def run(function, schedule):
    """Run it."""
    fails = {index: CLASSES[name] for index, name in schedule.fails}
    world = CURRENT[0] = World(schedule.bits, fails, schedule.release_fail)
    space = function.space
    project = space["__project__"]
    project.reset()
    space["CURRENT"] = None
    kept = []
    names = {**space, "__name__": "__main__", "app": world.app, "path": "p.txt"} if function.form == "script" else None
    try:
        value = function(world.app, kept, names)
        if schedule.mode.startswith("with"):
            value = _managed(value, schedule.mode, kept)
        elif isinstance(value, types.CoroutineType):
            value = _finish(value)
        elif isinstance(value, types.AsyncGeneratorType):
            value = _consume(AsSync(value), schedule.mode, kept)
        elif isinstance(value, types.GeneratorType) and schedule.mode != "call":
            value = _consume(value, schedule.mode, kept)
        end = "returns " + canon(value)
        kept.append(value)
        del value
    except Runaway:
        end = "does not end"
    except BaseException as error:
        cause = f" from {canon(error.__cause__)}" if error.__cause__ is not None else ""
        end = f"raises {canon(error)}{cause}"
    world.fails = {}
    world.release_fail = -1
    outcome = Outcome(world.log, end, world.count, world.asked, world.releases, [], [r.at for r in world.resources])
    outcome.open = {r.rid for r in world.resources if r.open}
    held = project.kept()
    roots = [*kept, world.app, world.deferred, space["CURRENT"], held]
    outcome.handed, outcome.late, outcome.failed = world.handed, used_late(world.log), world.failed
    if world.resources:
        outcome.outside = reachable(roots, (id(space), id(space["__builtins__"]), *map(id, project.spaces)))
        outcome.escaped = outcome.open & outcome.outside
        if names is not None and not schedule.fails:
            # What a module leaves open in a name of its own is there for others once the module has been loaded.
            outcome.outside |= outcome.open & reachable([names], (id(space), id(space["__builtins__"]), *map(id, project.spaces)))
    note("-- over --")
    for callback in world.deferred:
        _use(callback)
    _use([*kept, vars(world.app), space["CURRENT"], *held])
    outcome.resources = [(r.label, r.reopens) for r in world.resources]
    return outcome


def _managed(manager, mode, kept):
    """A context manager around a user who is content, or not."""
    is_async = hasattr(manager, "__aenter__")
    value = _finish(manager.__aenter__()) if is_async else manager.__enter__()
    note(f"yields {canon(value)}")
    kept.append(value)
    _use(value)
    what = (None, None, None)
    if mode == "with throw":
        error = ValueError("thrown")
        what = (ValueError, error, None)
    caught = _finish(manager.__aexit__(*what)) if is_async else manager.__exit__(*what)
    note(f"caught {bool(caught)}")
    return None


def _finish(coroutine):
    while True:
        try:
            coroutine.send(None)
        except StopIteration as stop:
            return stop.value


class AsSync:
    """An asynchronous generator with the methods of a plain one."""

    def __init__(self, generator):
        self.generator = generator

    def __next__(self):
        return self._value(self.generator.asend(None))

    def throw(self, error):
        return self._value(self.generator.athrow(error))

    def close(self):
        _finish(self.generator.aclose())

    def _value(self, awaitable):
        try:
            return _finish(awaitable)
        except StopAsyncIteration:
            raise StopIteration from None


def _consume(generator, mode, kept):
    for _ in range(12):
        try:
            value = next(generator)
        except StopIteration as stop:
            note("generator ends")
            return stop.value
        note(f"yields {canon(value)}")
        kept.append(value)
        _use(value)
        if mode == "close":
            generator.close()
            return None
        if mode == "throw":
            mode = "full"
            try:
                note(f"yields {canon(generator.throw(ValueError('thrown')))}")
            except StopIteration as stop:
                return stop.value
        if mode == "drop":
            return None
    return None


def _use(value, depth=0):
    """What a caller may do with what it was handed: look at it, call it, iterate it."""
    if depth > 4 or value is None:
        return
    try:
        if isinstance(value, Resource):
            value.name
        elif isinstance(value, Derived):
            value.next()
        elif isinstance(value, dict):
            _use(list(value.values()), depth + 1)
        elif isinstance(value, (list, tuple)):
            for part in value:
                _use(part, depth + 1)
        elif isinstance(value, functools.partial):
            _use(value(), depth + 1)
        elif isinstance(value, contextlib.ExitStack):
            value.close()
        elif hasattr(value, "__dict__") and not isinstance(value, (type, types.FunctionType)) and not hasattr(type(value), "is_fake"):
            _use(list(vars(value).values()), depth + 1)
        elif isinstance(value, types.CoroutineType):
            value.close()
        elif inspect.isroutine(value):
            _use(value(), depth + 1)
        elif hasattr(value, "__next__"):
            for _ in range(3):
                _use(next(value), depth + 1)
    except StopIteration:
        note("used up")
    except Exception as error:
        note(f"use after the end raises {canon(error)}")


def paths(function, mode, limit):
    """The ways through the function when nothing fails, as pairs of schedule and outcome."""
    found, queue = [], [()]
    while queue and len(found) < limit:
        bits = queue.pop(0)
        schedule = Schedule(bits, (), mode)
        outcome = run(function, schedule)
        found.append((schedule, outcome))
        for index in range(len(bits), min(outcome.asked, 5)):
            queue.append(bits + (False,) * (index - len(bits)) + (True,))
    return found


def schedules(function, rng, path_limit=6):
    """All schedules to compare under, each with the original's outcome; the quiet ones first."""
    out = []
    for mode in function.modes():
        quiet = paths(function, mode, path_limit if mode in ("call", "full", "with") else 2)
        out += quiet
        if mode in ("throw", "drop", "with throw"):
            continue
        for number, (schedule, outcome) in enumerate(quiet):
            for index in range(min(outcome.count, 40)):
                names = ["ValueError"] if number else ["ValueError", "KeyError"]
                if (index + number) % 3 == 0:
                    names.append("Fatal")
                for name in names:
                    broken = Schedule(schedule.bits, ((index, name),), mode)
                    out.append((broken, run(function, broken)))
    singles = [(s, o) for s, o in out if len(s.fails) == 1]
    for _ in range(5):
        if singles:
            schedule, outcome = rng.choice(singles)
            first = schedule.fails[0][0]
            if outcome.count > first + 1:
                second = (rng.randrange(first + 1, outcome.count), rng.choice(("ValueError", "KeyError")))
                double = Schedule(schedule.bits, (*schedule.fails, second), schedule.mode)
                out.append((double, run(function, double)))
    return out

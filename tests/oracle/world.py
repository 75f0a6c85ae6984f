"""The world a generated function runs in: it writes down every step, and lets steps fail on demand.

A run is an instance of World. Every step that can raise is an event with a number; the schedule says which numbers
raise what. Releases and guards (truth tests, `.closed`) are written down too but have no number, so the numbers of an
original and of its rewriting agree although the rewriting releases elsewhere.
"""

import contextlib
import gc
import inspect
import re
import sys
import types

LIMIT = 600
FILE_PREFIX = "<oracle "
PROJECT_PREFIX = "<project "
GENERATOR = inspect.CO_GENERATOR | inspect.CO_ASYNC_GENERATOR
# Functions of the generated modules that hand out a resource: the acquisition is where these are called.
PROVIDERS = frozenset(("get_db", "maybe_db", "own_session", "own_fresh"))


class Fatal(BaseException):
    """Stands for KeyboardInterrupt and its kin: `except Exception` does not see it."""


class Runaway(BaseException):
    """The function did not end."""


class ReleaseFailed(OSError):
    """What a release raises when the schedule says so."""


class DetachedError(Exception):
    """A row was read after its session had been closed."""


class Box:
    """A thing with attributes, for functions that store what they should not. Storing may fail, too."""

    def __init__(self):
        vars(self).update(items=Table(), pool=Pool())

    def __setattr__(self, name, value):
        if vars(self).get(name) is not value:  # not behind `app.pool += ...`
            touch(f"app.{name} = {canon(value)}")
        vars(self)[name] = value


class Table(dict):
    """A dictionary whose changes are events."""

    def __setitem__(self, key, value):
        touch(f"[{key!r}] = {canon(value)}")
        super().__setitem__(key, value)

    def setdefault(self, key, value=None):
        touch(f"setdefault {key!r}, {canon(value)}")
        return super().setdefault(key, value)

    def update(self, **values):
        touch(f"update {canon(values)}")
        super().update(values)


class Pool(list):
    """A list whose changes are events."""

    def append(self, value):
        touch(f"append {canon(value)}")
        super().append(value)

    def __iadd__(self, values):
        touch(f"extend {canon(values)}")
        return super().__iadd__(values)


class World:
    """One run: what shall fail, and what happened."""

    __slots__ = ("log", "fails", "count", "bits", "asked", "resources", "deferred", "app", "releases", "release_fail", "turns", "handed", "failed")

    def __init__(self, bits=(), fails=None, release_fail=-1):
        self.log = []  # (tag, text, resource number or -1, was it open); tags: E event, R release, G guard
        self.fails = fails or {}
        self.count = 0
        self.bits = bits
        self.asked = 0
        self.resources = []
        self.deferred = []
        self.app = Box()
        self.releases = 0
        self.release_fail = release_fail
        self.turns = {}
        self.failed = []  # the texts of the events that failed as the schedule wanted
        self.handed = set()  # numbers of the resources that a function of the module `work` was given something of


CURRENT = [World()]


def touch(text, rid=-1, was_open=True):
    """Write an event down and raise if the schedule wants that."""
    world = CURRENT[0]
    index = world.count
    world.count = index + 1
    if index >= LIMIT:
        raise Runaway()
    if " at 0x" in text:
        text = re.sub(" at 0x[0-9a-f]+", "", text)
    world.log.append(("E", text, rid, was_open))
    fail = world.fails.get(index)
    if fail is not None:
        world.failed.append(text)
        raise fail(f"injected at {index}")


def note(text):
    """Write something down that cannot fail."""
    CURRENT[0].log.append(("E", text, -1, True))


def canon(value, depth=0):
    """A text that is equal for equal values of two runs."""
    if hasattr(type(value), "is_fake"):
        return value.label
    if depth > 4:
        return "..."
    if isinstance(value, (list, tuple, set)):
        ends = {tuple: "()", set: "{}"}.get(type(value), "[]")
        return ends[0] + ", ".join(canon(v, depth + 1) for v in value) + ends[1]
    if isinstance(value, dict):
        return "{" + ", ".join(f"{canon(k, 4)}: {canon(v, depth + 1)}" for k, v in value.items()) + "}"
    if isinstance(value, BaseException):
        return f"{type(value).__name__}({', '.join(canon(a, depth + 1) for a in value.args)})"
    if value is None or isinstance(value, (str, int, float, bytes)):
        return repr(value)
    held = [part.label for part in getattr(value, "__dict__", {}).values() if hasattr(type(part), "is_resource")]
    return f"<{' '.join([type(value).__name__, *held])}>"


def hand_on(*values):
    """Write down what a function that nobody can read is given."""
    for value in values:
        if not isinstance(value, (str, int)):
            CURRENT[0].handed |= reachable([value], ())


def filename(version):
    """The file name of one version of a generated module."""
    return f"{FILE_PREFIX}{version}>"


_POSITIONS = {}
NOWHERE = (0, 0)  # where the function itself does not acquire
LINES = {}  # the lines of the generated modules, by their file names


def position():
    """Line and column (from 1) of the call in the generated function that is acquiring just now."""
    frame = sys._getframe(2)
    while frame is not None:
        code = frame.f_code
        if code.co_filename == contextlib.__file__:
            return NOWHERE  # a context manager of another module acquires it, and has to release it
        if code.co_filename.startswith(FILE_PREFIX) and code.co_name not in PROVIDERS:
            key = (code, frame.f_lasti)
            found = _POSITIONS.get(key)
            if found is None:
                line, _, column, _ = list(code.co_positions())[frame.f_lasti // 2]
                lines = LINES.get(code.co_filename, ())
                if lines and lines[line - 1].encode()[column:].startswith(b"await "):
                    column += len("await ")
                found = _POSITIONS[key] = (line, column + 1)
            return found
        frame = frame.f_back
    return NOWHERE


def by_generator():
    """Whether a generator of another module is doing this: one that nobody let go on."""
    frame = sys._getframe(2)
    while frame is not None and not frame.f_code.co_filename.startswith(FILE_PREFIX):
        if frame.f_code.co_filename.startswith(PROJECT_PREFIX) and frame.f_code.co_flags & GENERATOR:
            return True
        frame = frame.f_back
    return False


def reachable(roots, stop):
    """Numbers of the resources that can be reached from `roots` without passing through an id of `stop`."""
    seen, found, queue = set(stop), set(), list(roots)
    skip = (types.ModuleType, type, types.CodeType, types.FrameType, str, int, World)
    while queue:
        value = queue.pop()
        if id(value) in seen or isinstance(value, skip):
            continue
        seen.add(id(value))
        if isinstance(value, types.FunctionType):
            queue += [value.__closure__, value.__defaults__, value.__kwdefaults__, vars(value)]  # not its globals
            continue
        if hasattr(type(value), "is_resource"):
            found.add(value.rid)
        queue.extend(gc.get_referents(value))
    return found

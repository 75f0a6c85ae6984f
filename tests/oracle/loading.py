"""Loads the generated modules, and the little project that they stand in."""

import builtins
import types

from runtime import File
from world import CURRENT, PROJECT_PREFIX, World, filename


class Project:
    """The modules of one version of the project, each loaded once; their state can be set back to what it was then."""

    def __init__(self, texts):
        self.modules = {}
        self.texts = {path.removesuffix(".py").removesuffix("/__init__").replace("/", "."): (text, path.endswith("__init__.py")) for path, text in texts.items()}
        for name in self.texts:
            self.module(name)
        self.spaces = [vars(module) for module in self.modules.values()]
        self.names, self.boxes, self.objects, self.caches = [], [], [], []
        seen = set()
        for space in self.spaces:
            for name, value in space.items():
                if value is not None and id(value) in seen:
                    continue
                seen.add(id(value))
                if name.isupper() and value is None:
                    self.names.append((space, name))
                elif name.isupper() and isinstance(value, (list, dict)):
                    self.boxes.append(value)
                elif hasattr(value, "cache_clear"):
                    self.caches.append(value)
                elif type(value).__module__ in self.texts and not isinstance(value, type) and hasattr(value, "__dict__"):
                    self.objects.append((vars(value), dict(vars(value))))

    def module(self, name):
        """The module, loaded if need be."""
        if name in self.modules:
            return self.modules[name]
        text, is_package = self.texts[name]
        module = self.modules[name] = types.ModuleType(name)
        vars(module).update(__package__=name if is_package else name.rpartition(".")[0], __builtins__=self.builtins())
        if "." in name:
            setattr(self.module(name.rpartition(".")[0]), name.rpartition(".")[2], module)
        exec(compile(text, f"{PROJECT_PREFIX}{name}>", "exec", dont_inherit=True), vars(module))
        return module

    def builtins(self):
        """The builtins of a module of this project: `open` is the fake, and imports find the project first."""
        return {**vars(builtins), "open": File, "__import__": self.load}

    def load(self, name, space=None, local=None, names=(), level=0):
        """`import`, for the modules of this project."""
        if level:
            base = space["__package__"].split(".")[: len(space["__package__"].split(".")) - level + 1]
            name = ".".join([*base, name] if name else base)
        if name not in self.texts:
            return builtins.__import__(name, space, local, names, 0)
        module = self.module(name)
        if not names:
            return self.module(name.split(".")[0])
        for part in names:
            if f"{name}.{part}" in self.texts:
                self.module(f"{name}.{part}")
        return module

    def reset(self):
        """Forget what the last run left behind."""
        for space, name in self.names:
            space[name] = None
        for box in self.boxes:
            box.clear()
        for found, first in self.objects:
            found.clear()
            found.update(first)
        for cache in self.caches:
            cache.cache_clear()

    def kept(self):
        """What the modules hold on to."""
        out = [space[name] for space, name in self.names]
        out += [list(box.values()) if isinstance(box, dict) else list(box) for box in self.boxes]
        out += [value for found, first in self.objects for name, value in found.items() if value is not first.get(name)]
        return out + [cache() for cache in self.caches if cache.cache_info().currsize]


def load(source, name, project):
    """Run a generated module's text and return its globals. `open` comes in through the builtins, as in real life."""
    CURRENT[0] = World()
    space = {"__name__": name, "__builtins__": project.builtins(), "__project__": project}
    exec(compile(source, filename(name), "exec", dont_inherit=True), space)
    return space

"""Calls the binary over a directory of generated files."""

import json
import shutil
import subprocess
from pathlib import Path

from gen import SUPPORT


class ToolFailed(Exception):
    """The binary crashed, or said it could not do its job."""


# How the fixes are written: as `unleak` does by itself, or with `closing` everywhere.
CONTEXTS = ("", "closing")


class Tool:
    """The binary under test and a directory it may fill."""

    def __init__(self, binary, directory):
        self.binary = str(Path(binary).resolve())
        self.directory = Path(directory)

    def run(self, *arguments):
        """Standard output; anything but the exit codes 0 and 1 is a failure."""
        done = subprocess.run([self.binary, *map(str, arguments)], capture_output=True, timeout=300)
        if done.returncode not in (0, 1):
            raise ToolFailed(f"{' '.join(map(str, arguments[:3]))} ... ended with {done.returncode}: {done.stderr.decode(errors='replace')[-2000:]}")
        return done.stdout.decode()

    def write(self, name, modules):
        """A fresh directory with these modules."""
        target = self.directory / name
        shutil.rmtree(target, ignore_errors=True)
        target.mkdir(parents=True)
        for path, text in SUPPORT.items():
            (target / path).parent.mkdir(exist_ok=True)
            (target / path).write_text(text)
        for module in modules:
            (target / f"{module.name}.py").write_bytes(module.encoded())
        return target

    def check(self, target):
        """All findings by file name without its ending."""
        found = {}
        output = self.run("check", "--output-format", "json", target)
        try:
            findings = json.loads(output)
        except ValueError as error:
            raise ToolFailed(f"check printed no JSON: {error}: {output[:200]!r}") from None
        for finding in findings:
            found.setdefault(Path(finding["path"]).stem, []).append(finding)
        return found

    def fix(self, target, *options):
        """Rewrites the directory, and returns the generated files' bytes by name; under "" the texts of the project's own files."""
        self.run("fix", *options, target)
        out = {path.stem: path.read_bytes() for path in sorted(target.glob("*.py"))}
        return {**out, "": {path: (target / path).read_text() for path in SUPPORT}}

    def all(self, modules, unsafe=True):
        """Everything to be known of these modules: (findings, those left, fixed, fixed twice, unsafely fixed, unsafely fixed twice)."""
        found = self.check(self.write("original", modules))
        fixed, left, again, risky, risky_again = {}, {}, {}, {}, {}
        for context in CONTEXTS:
            some = [module for module in modules if module.context == context]
            if not some:
                continue
            style = ("--context", context) if context else ()
            target = self.write(f"fixed{context}", some)
            fixed |= self.fix(target, *style)
            left |= self.check(target)
            again |= self.fix(target, *style)
            if unsafe:
                target = self.write(f"unsafe{context}", some)
                risky |= self.fix(target, "--unsafe-fixes", *style)
                risky_again |= self.fix(target, "--unsafe-fixes", *style)
        return found, left, fixed, again, risky, risky_again

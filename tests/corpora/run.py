"""Fixes published packages and counts what went wrong.

Downloads the wheels that packages.txt names, unpacks them, and runs the binary over the Python files: `check`, then
`fix` on a copy, and `fix` again; once with safe fixes only and once with --unsafe-fixes. Prints a table, and ends with 1
if anything broke: a fix that failed its own check, a file that compiled before and does not after, a second run that
changed something, a crash.

    python3 tests/corpora/run.py --binary target/debug/unleak --folder /tmp/corpora
    python3 tests/corpora/run.py --binary target/debug/unleak --folder /tmp/corpora --only django --show 20 --seed 1

Wheels that are in the folder are not downloaded again. Nothing of the packages is imported or run.
"""

import argparse
import json
import random
import shutil
import subprocess
import sys
import time
import warnings
import zipfile
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

HERE = Path(__file__).resolve().parent
FAILED_CHECK = "own check"
CRASHED = "internal error"


@dataclass
class Run:
    """What came of one package."""

    name: str
    files: int = 0
    seconds: float = 0.0
    found: Counter = field(default_factory=Counter)
    safe: int = 0
    unsafe: int = 0
    changed: int = 0
    failures: list = field(default_factory=list)
    broken: list = field(default_factory=list)
    unsettled: list = field(default_factory=list)
    crashes: list = field(default_factory=list)

    def wrong(self):
        """Everything that must not be."""
        return self.failures + self.broken + self.unsettled + self.crashes


def pins():
    """The packages, as `name==version`."""
    lines = (HERE / "packages.txt").read_text("utf-8").splitlines()
    return [line.strip() for line in lines if line.strip() and not line.startswith("#")]


def wheel_of(pin, folder):
    """The wheel of a package, downloaded unless it is there."""
    name, version = pin.split("==")
    wanted = f"{name}-{version}-".replace("-", "_").replace(".", "_").lower()

    def find():
        for path in folder.glob("*.whl"):
            if path.name.replace("-", "_").replace(".", "_").lower().startswith(wanted):
                return path
        return None

    if find() is None:
        folder.mkdir(parents=True, exist_ok=True)
        command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--only-binary", ":all:"]
        subprocess.run([*command, "--dest", str(folder), pin], check=True)
    return find() or sys.exit(f"pip did not download {pin}")


def unpack(wheel, root):
    """The Python files of a wheel, below `root`."""
    shutil.rmtree(root, ignore_errors=True)
    root.mkdir(parents=True)
    with zipfile.ZipFile(wheel) as archive:
        for member in archive.namelist():
            if member.endswith((".py", ".pyi")):
                archive.extract(member, root)


def texts(root):
    """What is in each file, by its name below `root`."""
    return {str(path.relative_to(root)): path.read_bytes() for path in sorted(root.rglob("*")) if path.is_file()}


def compiles(content):
    """Whether this Python takes a file's content."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            compile(content, "file.py", "exec", dont_inherit=True)
    except (SyntaxError, ValueError, RecursionError, MemoryError, OverflowError):
        return False
    return True


def unleak(run, binary, root, *arguments):
    """Runs the binary in `root`; what it complains about goes into `run`."""
    done = subprocess.run([binary, *arguments, "."], cwd=root, capture_output=True)
    errors = done.stderr.decode("utf-8", "replace").splitlines()
    if done.returncode not in (0, 1, 2):
        run.crashes.append(f"{run.name}: {' '.join(arguments)} ended with {done.returncode}: {errors[-1:]}")
    for line in errors:
        if FAILED_CHECK in line:
            run.failures.append(f"{run.name}: {line}")
        elif CRASHED in line:
            run.crashes.append(f"{run.name}: {line}")
    return done.stdout


def fixed(run, binary, original, folder, *flags):
    """Fixes a copy twice, and holds it against the original. Returns how many files changed."""
    copy = folder / "fixed"
    shutil.rmtree(copy, ignore_errors=True)
    shutil.copytree(original, copy)
    before = texts(original)
    unleak(run, binary, copy, "fix", "--quiet", *flags)
    after = texts(copy)
    changed = [name for name in before if after.get(name) != before[name]]
    if set(after) != set(before):
        run.broken.append(f"{run.name}: files appear or vanish: {sorted(set(after) ^ set(before))}")
    for name in changed:
        if compiles(before[name]) and not compiles(after.get(name, b"(")):
            run.broken.append(f"{run.name}: {name} does not compile any more {' '.join(flags)}")
    unleak(run, binary, copy, "fix", "--quiet", *flags)
    again = texts(copy)
    for name in sorted(name for name in after if again.get(name) != after[name]):
        run.unsettled.append(f"{run.name}: a second run changes {name} {' '.join(flags)}")
    return len(changed)


def measure(pin, binary, folder):
    """Everything about one package."""
    run = Run(pin)
    work = folder / pin.split("==")[0]
    original = work / "original"
    unpack(wheel_of(pin, folder / "wheels"), original)
    before = texts(original)
    run.files = len(before)
    started = time.monotonic()
    findings = json.loads(unleak(run, binary, original, "check", "--output-format", "json"))
    run.seconds = time.monotonic() - started
    for finding in findings:
        run.found[finding["code"]] += 1
        if finding["fix"]:
            run.safe += finding["fix"]["applicability"] == "safe"
            run.unsafe += finding["fix"]["applicability"] == "unsafe"
    if texts(original) != before:
        run.broken.append(f"{run.name}: check writes")
    fixed(run, binary, original, work, "--unsafe-fixes")
    run.changed = fixed(run, binary, original, work)
    return run


def hunks(pin, binary, folder):
    """The safe changes of a package, each with the file it is in."""
    original = folder / pin.split("==")[0] / "original"
    output = subprocess.run([binary, "diff", "--quiet", "."], cwd=original, capture_output=True).stdout
    name, found = "", []
    for line in output.decode("utf-8", "replace").splitlines(keepends=True):
        if line.startswith("+++ "):
            name = f"{pin}: {line[4:].strip().removeprefix('b/')}"
        elif line.startswith("@@"):
            found.append([name, line])
        elif found and not line.startswith(("--- ", "diff ")):
            found[-1][1] += line
    return found


def table(runs):
    """The figures as Markdown."""
    codes = sorted({code for run in runs for code in run.found})
    head = ["package", "files", *codes, "safe", "unsafe", "files changed", "wrong", "seconds"]
    rows = [
        [run.name, run.files, *(run.found[code] for code in codes), run.safe, run.unsafe, run.changed,
         len(run.wrong()), f"{run.seconds:.1f}"]
        for run in runs
    ]  # fmt: skip
    if len(rows) > 1:
        numbers = list(zip(*(row[1:-1] for row in rows)))
        rows.append(["all", *map(sum, numbers), f"{sum(run.seconds for run in runs):.1f}"])
    lines = [head, ["---", *["---:"] * (len(head) - 1)], *rows]
    return "\n".join("| " + " | ".join(map(str, line)) + " |" for line in lines)


def arguments():
    """What was asked for."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--binary", required=True, help="the unleak to run")
    parser.add_argument("--folder", required=True, type=Path, help="where wheels and copies are kept")
    parser.add_argument("--only", action="append", help="a package, without its version; may be given again")
    parser.add_argument("--show", type=int, default=0, help="print so many safe changes, at random, instead")
    parser.add_argument("--seed", type=int, default=1, help="of the choice")
    return parser.parse_args()


def main():
    """Prints the table, or some changes."""
    args = arguments()
    binary = str(Path(args.binary).resolve())
    chosen = [pin for pin in pins() if not args.only or pin.split("==")[0] in args.only]
    if not chosen:
        sys.exit("no such package in packages.txt")
    if args.show:
        for pin in chosen:
            if not (args.folder / pin.split("==")[0] / "original").exists():
                unpack(wheel_of(pin, args.folder / "wheels"), args.folder / pin.split("==")[0] / "original")
        all_hunks = [hunk for pin in chosen for hunk in hunks(pin, binary, args.folder)]
        some = random.Random(args.seed).sample(all_hunks, min(args.show, len(all_hunks)))
        print(f"{len(some)} of {len(all_hunks)} safe changes")
        for name, text in some:
            print(f"\n=== {name}\n{text}", end="")
        return 0
    runs = []
    for pin in chosen:
        runs.append(measure(pin, binary, args.folder))
        print(f"{pin}: {runs[-1].files} files, {len(runs[-1].wrong())} wrong", file=sys.stderr, flush=True)
    print(table(runs))
    wrong = [line for run in runs for line in run.wrong()]
    print("\n".join(["", *wrong]) if wrong else "")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())

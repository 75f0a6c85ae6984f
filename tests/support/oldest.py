"""Names the files that Python 3.6 could read before they were fixed, and cannot read any more."""

import ast
import pathlib
import sys
import warnings


def is_readable(path):
    try:
        ast.parse(path.read_bytes(), feature_version=(3, 6))
    except (SyntaxError, ValueError):
        return False
    return True


def main(before, after):
    # Python 3.9 and newer take parentheses behind `with` for those around its items.
    parenthesised = 'with (open("a") as a, open("b") as b):\n    pass\n'
    try:
        ast.parse(parenthesised, feature_version=(3, 6))
        sys.exit("this Python does not tell versions apart")
    except SyntaxError:
        pass
    warnings.simplefilter("ignore")
    before, after = pathlib.Path(before), pathlib.Path(after)
    changed = broken = 0
    for old in sorted(before.rglob("*.py")):
        new = after / old.relative_to(before)
        if old.read_bytes() == new.read_bytes() or not is_readable(old):
            continue
        changed += 1
        if not is_readable(new):
            broken += 1
            print(new, file=sys.stderr)
    print(changed)
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))

"""Prints those of the files named on standard input that this interpreter compiles."""

import sys
import warnings

warnings.simplefilter("ignore")
for name in sys.stdin.read().splitlines():
    try:
        with open(name, "rb") as handle:
            compile(handle.read(), name, "exec", dont_inherit=True)
    except (SyntaxError, ValueError, RecursionError, MemoryError, OverflowError):
        continue
    print(name)

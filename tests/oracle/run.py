"""The differential oracle: does `unleak fix` keep what functions do?

    python3 tests/oracle/run.py --binary target/debug/unleak --functions 3000 --seed 7
    python3 tests/oracle/run.py --self-test

Exit codes: 0 no divergence, 1 divergences (or a failed self-test, or too few fixes), 2 the tool under test failed.
"""

import argparse
import json
import multiprocessing
import random
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

sys.dont_write_bytecode = True
sys.path.insert(0, str(Path(__file__).resolve().parent))

import gen  # noqa: E402
import report  # noqa: E402
import runtime  # noqa: E402
from judge import judge  # noqa: E402
from selftest import self_test  # noqa: E402
from shrink import shrink  # noqa: E402
from tool import Tool, ToolFailed  # noqa: E402

FILE_SIZE = 25


def work(job):
    """One file, in a process of its own."""
    return judge(*job)


def arguments():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--binary", help="the unleak to test")
    parser.add_argument("--functions", type=int, default=1000, metavar="N", help="how many to generate")
    parser.add_argument("--seed", type=int, help="the same seed, the same functions; random without it")
    parser.add_argument("--keep", metavar="DIR", help="leave the generated and rewritten files here")
    parser.add_argument("--json", action="store_true", help="print the report as JSON")
    parser.add_argument("--examples", type=int, default=0, metavar="N", help="show N functions of each list of the report")
    parser.add_argument("--show", type=int, default=10, metavar="N", help="shrink and show at most N divergences")
    parser.add_argument("--tolerated", action="store_true", help="show tolerated divergences, too")
    parser.add_argument("--only", metavar="NAME", help="only this function of the seed (f3_17)")
    parser.add_argument("--context", default="", choices=("", "closing"), help="how the fixes of --only are written; else of every fifth file with closing")
    parser.add_argument("--at-least", type=int, default=0, metavar="PERCENT", help="fail if fewer of the leaking functions were fixed safely")
    parser.add_argument("--at-least-plain", type=int, default=0, metavar="PERCENT", help="the same of those from which nothing leaves")
    parser.add_argument("--self-test", action="store_true", help="hold hand-made rewritings against the oracle itself")
    return parser.parse_args()


def main():
    args = arguments()
    runtime.install()
    if args.self_test:
        failures, count = self_test()
        print("\n".join(failures) if failures else f"self-test: all {count} cases judged rightly")
        return 1 if failures else 0
    if not args.binary:
        print("--binary is missing", file=sys.stderr)
        return 2
    seed = args.seed if args.seed is not None else random.SystemRandom().randrange(10**9)
    with tempfile.TemporaryDirectory(prefix="oracle") as scratch:
        try:
            return drive(args, seed, Tool(args.binary, args.keep or scratch), Tool(args.binary, Path(scratch) / "shrink"))
        except ToolFailed as error:
            print(f"seed {seed}: the tool failed: {error}", file=sys.stderr)
            return 2


def drive(args, seed, tool, small_tool):
    start = time.monotonic()
    if args.only:
        modules = [gen.alone(gen.function(seed, args.only), args.context)]
    else:
        files = -(-args.functions // FILE_SIZE)
        modules = [gen.module(seed, number, FILE_SIZE) for number in range(files)] + [gen.script(seed, number) for number in range(files // 2)]
    found, left, fixed, again, unsafe, unsafe_again = tool.all(modules)
    tool_time = time.monotonic() - start
    jobs = [(m, found.get(m.name, []), left.get(m.name, []), fixed[m.name], again[m.name], unsafe[m.name], unsafe_again[m.name], fixed[""], seed) for m in modules]
    if args.only:
        results = list(map(work, jobs))
    else:
        with multiprocessing.get_context("fork").Pool() as pool:
            results = pool.map(work, jobs, chunksize=1)
    verdicts = [v for some, _ in results for v in some]
    whole = [d for _, some in results for d in some]
    hard = [(v, d) for v in verdicts for d in v.divergences if report.is_hard(d)]
    soft = [(v, d) for v in verdicts for d in v.divergences if not report.is_hard(d)]
    counts = Counter(d.kind for _, d in hard) + Counter(d.kind for d in whole)
    out = report.summary(verdicts)
    shown = examples(args, seed, modules, hard + (soft if args.tolerated else []), small_tool)
    if args.json:
        divergences = [{"kind": d.kind, "function": v.name, "schedule": d.schedule.text(), "detail": d.detail, "original": v.before, "rewritten": v.after,
                        "log_original": list(map(report.logged, d.before)), "log_rewritten": list(map(report.logged, d.after))} for d, v in shown]
        files = [{"kind": d.kind, "detail": d.detail} for d in whole]
        json.dump({"seed": seed, "functions": len(verdicts), "counts": counts, "tolerated": Counter(d.kind for _, d in soft), "divergences": divergences,
                   "files": files, **out}, sys.stdout, indent=1)
        print()
    else:
        print(f"seed {seed}: {len(verdicts)} functions in {time.monotonic() - start:.1f} s (the tool: {tool_time:.1f} s)")
        for number, (divergence, verdict) in enumerate(shown, 1):
            report.print_divergence(number, seed, verdict.name, divergence, verdict.before, verdict.after)
        for divergence in whole[: args.show]:
            print(f"\n== {divergence.kind}: {divergence.detail}")
        report.print_summary(out, args.examples)
        print(f"\ntolerated differences: {dict(Counter(d.kind for _, d in soft))}")
        print(f"DIVERGENCES: {dict(counts)}" if counts else "no divergence")
    too_few = 100 * out["fixed_safely"] < args.at_least * out["leaking"] or 100 * out["plain_fixed"] < args.at_least_plain * out["plain"]
    if too_few:
        print(f"seed {seed}: too few of the leaking functions were fixed safely: {report.share(out, 'fixed_safely', 'leaking')} of all, "
              f"{report.share(out, 'plain_fixed', 'plain')} of the plain ones", file=sys.stderr)
    return 1 if counts or too_few else 0


def examples(args, seed, modules, divergent, tool):
    """Some divergences made small: of each kind first one of each shape."""
    functions = {f.name: (f, m.context) for m in modules for f in m.functions}
    order = sorted(divergent, key=lambda pair: len(pair[0].before))
    seen, first, rest = set(), [], []
    for verdict, divergence in order:
        key = (divergence.kind, verdict.shapes[0])
        (rest if key in seen else first).append((verdict, divergence))
        seen.add(key)
    out = []
    for verdict, divergence in (first + rest)[: args.show]:
        function, context = functions[verdict.name]
        small = shrink(tool, function, divergence.kind, seed, context)
        if small:
            verdict = small[1]
            divergence = next(d for d in verdict.divergences if d.kind == divergence.kind)
        out.append((divergence, verdict))
    return out


if __name__ == "__main__":
    sys.exit(main())

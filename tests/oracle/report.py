"""Sums the verdicts up, for people and for programs."""

from collections import Counter, defaultdict

from compare import KINDS, TOLERATED
from judge import LEAK_CODES


def summary(verdicts):
    """All numbers and lists of the report but the divergences."""
    shapes = defaultdict(Counter)
    out = {"leaking": 0, "fixed_safely": 0, "rewritten": 0, "schedules": 0, "refused": [], "refused_hard": Counter(), "false_alarms": [], "weak_alarms": 0,
           "escape_alarms": [], "missed": [], "missed_hard": 0}
    for v in verdicts:
        out["schedules"] += v.facts.schedules
        out["rewritten"] += v.after is not None
        by_place = defaultdict(list)
        for f in v.findings:
            by_place[(f["line"], f["column"])].append(f)
        leaking = set(v.facts.leaks) - v.facts.escapes
        safe = {place for place, found in by_place.items() if any(f["fix"] and f["fix"]["applicability"] == "safe" for f in found)}
        if leaking:
            out["leaking"] += 1
            fixed = v.after is not None and leaking <= safe
            out["fixed_safely"] += fixed
            for shape in v.shapes:
                shapes[shape]["leaking"] += 1
                shapes[shape]["fixed"] += fixed
        for place in sorted(leaking):
            found = [f for f in by_place[place] if f["code"] in LEAK_CODES]
            if not found:
                if v.hard:
                    out["missed_hard"] += 1
                else:
                    out["missed"].append(entry(v, place, v.facts.leaks[place].text()))
            elif place not in safe:
                reason = found[0]["blocked_by"] or "no reason given"
                if v.hard or v.facts.late_uses:
                    out["refused_hard"][reason_class(reason)] += 1
                else:
                    out["refused"].append(entry(v, place, reason))
        for place, found in sorted(by_place.items()):
            alarms = [f for f in found if f["code"] in LEAK_CODES and f["code"] not in ("UL007", "UL008")]
            if not alarms or place in v.facts.leaks or place not in v.facts.acquired:
                continue
            if place in v.facts.weak_leaks:
                out["weak_alarms"] += 1
            elif place in v.facts.escapes:
                out["escape_alarms"].append(entry(v, place, alarms[0]["message"]))
            else:
                witness = alarms[0]["witness"] or {}
                out["false_alarms"].append(entry(v, place, f"{alarms[0]['message']} (line {witness.get('line')} {witness.get('how')})"))
    out["shapes"] = {shape: dict(counts) for shape, counts in sorted(shapes.items())}
    return out


def entry(verdict, place, reason):
    """One line of a list: which function, where in it, why."""
    return {"function": verdict.name, "line": place[0], "column": place[1], "reason": reason, "shapes": verdict.shapes, "text": verdict.before}


def reason_class(reason):
    """A reason without the names in it."""
    return " ".join("`_`" if word.startswith("`") else word for word in reason.split())


def print_summary(out, examples):
    """For people."""
    print(f"\n{out['rewritten']} functions rewritten, {out['schedules']} schedules run")
    share = 100 * out["fixed_safely"] / out["leaking"] if out["leaking"] else 0
    print(f"{out['leaking']} functions leak for certain, {out['fixed_safely']} of them were fixed safely ({share:.0f} %); by shape:")
    for shape, counts in sorted(out["shapes"].items(), key=lambda item: item[1].get("fixed", 0) / item[1]["leaking"]):
        print(f"  {shape:28} {counts.get('fixed', 0):5} of {counts['leaking']:5}")
    print(f"refused without a visible need: {len(out['refused'])}; refused with one: {sum(out['refused_hard'].values())}")
    for reason, count in Counter(reason_class(e["reason"]) for e in out["refused"]).most_common(15):
        print(f"  {count:5}  {reason}")
    print(f"false alarms: {len(out['false_alarms'])} (with an escape: {len(out['escape_alarms'])}; leaks only by BaseException or an abandoned generator: {out['weak_alarms']})")
    print(f"missed leaks: {len(out['missed'])} (in functions with an escape or the like: {out['missed_hard']})")
    for title in ("refused", "false_alarms", "escape_alarms", "missed"):
        for e in sorted(out[title], key=lambda e: len(e["text"]))[:examples]:
            print(f"\n-- {title}: {e['function']}, line {e['line']}: {e['reason']}\n{e['text']}")


def print_divergence(number, seed, name, divergence, before, after):
    """One divergence with all that is needed to look into it."""
    print(f"\n== {number}. {divergence.kind}: {KINDS[divergence.kind]}\n   seed {seed}, {name}; schedule: {divergence.schedule.text()}\n   {divergence.detail}")
    print(f"-- original\n{before}\n-- rewritten\n{after}")
    if divergence.before or divergence.after:
        print("-- what happened: original | rewritten")
        left, right = [logged(e) for e in divergence.before], [logged(e) for e in divergence.after]
        for i in range(max(len(left), len(right))):
            print(f"   {left[i] if i < len(left) else '':58} | {right[i] if i < len(right) else ''}")


def logged(log_entry):
    tag, text, rid, was_open = log_entry
    return ("" if tag == "E" else "* ") + text + ("" if was_open or rid < 0 else "  (closed)")


def is_hard(divergence):
    """Whether it breaks the promise."""
    return divergence.kind not in TOLERATED

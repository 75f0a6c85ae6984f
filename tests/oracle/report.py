"""Sums the verdicts up, for people and for programs."""

from collections import Counter, defaultdict

from compare import KINDS, TOLERATED
from judge import LEAK_CODES
from leaving import is_plain, stays


def summary(verdicts):
    """All numbers and lists of the report but the divergences."""
    shapes = defaultdict(Counter)
    out = {"leaking": 0, "fixed_safely": 0, "plain": 0, "plain_fixed": 0, "hiding": 0, "hiding_fixed": 0, "why_not": Counter(), "rewritten": 0, "schedules": 0, "refused": [], "refused_hard": Counter(), "false_alarms": [], "weak_alarms": 0,
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
            plain = is_plain(v)
            out["plain"] += plain
            out["plain_fixed"] += plain and fixed
            out["hiding"] += stays(v) and not plain
            out["hiding_fixed"] += stays(v) and not plain and fixed
            if plain and not fixed:
                out["why_not"][cause(v, leaking - safe, by_place)] += 1
            for shape in v.shapes:
                shapes[shape] += Counter(leaking=1, fixed=fixed, plain=plain, plain_fixed=plain and fixed)
        for place in sorted(leaking - safe):
            found = [f for f in by_place[place] if f["code"] in LEAK_CODES]
            if not found:
                if not plain:
                    out["missed_hard"] += 1
                else:
                    out["missed"].append(entry(v, place, v.facts.leaks[place].text()))
            else:
                reason = found[0]["blocked_by"] or "no reason given"
                if not plain:
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


def cause(verdict, places, by_place):
    """Why a plain function was not fixed: the reason at the first place where it leaks on."""
    for place in sorted(places):
        found = by_place[place]
        return reason_class(found[0]["blocked_by"] or "no reason given") if found else "not reported"
    return "the fix was not made"


def entry(verdict, place, reason):
    """One line of a list: which function, where in it, why."""
    return {"function": verdict.name, "code": verdict.before.split("\n")[place[0] - verdict.first].strip(), "line": place[0], "column": place[1], "reason": reason, "shapes": verdict.shapes, "text": verdict.before}


def reason_class(reason):
    """A reason without the names and lines in it."""
    return " ".join("`_`" if word.startswith("`") else "_" if word.isdigit() else word for word in reason.split())


def print_summary(out, examples):
    """For people."""
    print(f"\n{out['rewritten']} functions rewritten, {out['schedules']} schedules run")
    print(f"{out['leaking']} functions leak for certain, {share(out, 'fixed_safely', 'leaking')} of them were fixed safely")
    print(f"{out['plain']} of these are plain: nothing of the resource leaves; {share(out, 'plain_fixed', 'plain')} of them were fixed safely")
    print(f"{out['hiding']} more would be plain, but hide the error of a failing acquisition behind one of their own; {out['hiding_fixed']} of them were fixed safely")
    print("  by shape                         plain           all")
    for shape, counts in sorted(out["shapes"].items(), key=lambda item: item[1].get("plain_fixed", 0) / item[1].get("plain", 0) if item[1].get("plain") else 2):
        plain, whole = ([counts.get(key, 0) for key in keys] for keys in (("plain_fixed", "plain"), ("fixed", "leaking")))
        print(f"  {shape:26} {plain[0]:5} of {plain[1]:5} {whole[0]:5} of {whole[1]:5}")
    print(f"refused in plain functions: {len(out['refused'])}; in others: {sum(out['refused_hard'].values())}")
    print("why plain functions leak on:")
    for reason, count in out["why_not"].most_common(15):
        print(f"  {count:5}  {reason}")
    print(f"false alarms: {len(out['false_alarms'])} (with an escape: {len(out['escape_alarms'])}; leaks only by BaseException or an abandoned generator: {out['weak_alarms']})")
    print(f"missed leaks: {len(out['missed'])} in plain functions, {out['missed_hard']} in others")
    for title in ("refused", "false_alarms", "escape_alarms", "missed"):
        for e in sorted(out[title], key=lambda e: len(e["text"]))[:examples]:
            print(f"\n-- {title}: {e['function']}, line {e['line']}: {e['reason']}\n{e['text']}")


def share(out, some, whole):
    """One number as a part of another, for people."""
    return f"{out[some]} ({100 * out[some] / out[whole]:.1f} %)" if out[whole] else "none"


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

"""Holds what functions did against what they did before the fix, and against what is expected of them."""

from dataclasses import dataclass, field


@dataclass
class Verdict:
    """What is known of one function after all its runs."""

    expected: str
    jobs: set = field(default_factory=set)
    calls: int = 0
    leaked: bool = False
    danger: str = ""
    failed_releases: int = 0
    faults: list = field(default_factory=list)


def key(run):
    return run["function"], run["call"], run["schedule"]


def difference(before, after):
    """The first thing in which two runs differ; nothing if there is none."""
    for name in ("error", "result", "seen", "printed", "ignored", "steps", "statements"):
        if before.get(name) != after.get(name):
            return f"{name}: {short(before.get(name))} before, {short(after.get(name))} after"
    return ""


def short(value, width=300):
    text = str(value)
    return text if len(text) <= width else text[:width] + " ..."


def is_open(run):
    return {what: count for what, count in run["open"].items() if count}


def compare(job, before, after, verdicts):
    """The runs of one module, original and fixed."""
    if [key(run) for run in before] != [key(run) for run in after]:
        odd = set(map(key, before)) ^ set(map(key, after))
        for function, call, schedule in sorted(odd):
            verdicts[function].faults.append(f"{job}, {call}, {schedule}: only in one of both")
        return
    for old, new in zip(before, after):
        verdict = verdicts[old["function"]]
        verdict.jobs.add(job)
        verdict.calls += 1
        where = f"{job}, {old['call']}, {old['schedule']}"
        failed_release = False
        if differs := difference(old, new):
            failed_release = is_failed_release(old, new)
            if failed_release:
                verdict.failed_releases += 1
            else:
                verdict.faults.append(f"{where}: {differs}")
        if is_open(old):
            verdict.leaked = True
        if verdict.expected in ("fixed", "tidied") and is_open(new) and not failed_release:
            verdict.faults.append(f"{where}: open after the fix: {is_open(new)} (before: {is_open(old)})")
        if verdict.expected in ("tidied", "untouched") and is_open(old):
            verdict.faults.append(f"{where}: open before the fix: {is_open(old)}")


def is_failed_release(old, new):
    """Whether the only difference is that what was left open before is released now, and this fails, because the server has
    hung up: no release can promise more."""
    if not old["schedule"].startswith("cut") or not is_open(old) or not ("error" in new or new["ignored"]):
        return False
    if is_open(new) and not is_stuck(old, new):
        return False
    return all(old.get(name) == new.get(name) for name in ("seen", "printed", "steps", "statements"))


def is_stuck(old, new):
    """Whether the driver refuses to release: asyncpg does so if it has not yet noticed, at this very moment, that the server
    is gone, and under SQLAlchemy 1.4 that connection is then never given back. No more may be open than before."""
    fewer = all(count <= is_open(old).get(what, 0) for what, count in is_open(new).items())
    return fewer and "InternalClientError" in str(new.get("error"))


def look_for_danger(job, before, unsafe, verdicts):
    """What --unsafe-fixes made of functions whose fix is refused: the first thing that comes out differently."""
    again = {key(run): run for run in unsafe}
    for old in before:
        verdict = verdicts[old["function"]]
        if verdict.danger:
            continue
        new = again.get(key(old))
        differs = difference(old, new) if new else "it fails elsewhere"
        if differs:
            verdict.danger = f"{job}, {old['call']}, {old['schedule']}: {differs}"


def judge_text(name, verdict, changed, findings):
    """Whether the tool did with the function what is expected."""
    rewritten = verdict.expected in ("fixed", "tidied")
    if changed != rewritten:
        reasons = [finding["blocked_by"] or finding["message"] for finding in findings]
        verdict.faults.append(f"{'not ' * (not changed)}rewritten {reasons or ''}".strip())
    if verdict.expected in ("untouched", "handed", "missed") and findings:
        verdict.faults.append(f"reported: {findings[0]['message']}")
    if verdict.expected in ("asked", "dangerous") and not any(finding["blocked_by"] for finding in findings):
        verdict.faults.append("no reason is given against a safe fix")


def judge_end(name, verdict):
    """What only all runs together tell."""
    if verdict.expected == "dangerous" and not verdict.danger:
        verdict.faults.append("--unsafe-fixes changes nothing that a call shows")
    if verdict.expected == "asked" and verdict.danger:
        verdict.faults.append(f"is dangerous: {verdict.danger}")

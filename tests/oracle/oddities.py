"""Rarer ways to acquire and release; they join the shapes of `episodes`."""

import episodes
from body import Resource, in_order
from episodes import acquire, after, call, deeper, inside, new, release
from tree import Block, Clause, Line, block


def either_way(m, r, live):
    other = Resource(r.name, r.kind)
    branch = block(f"if {m.test([])}:", [acquire(m, r, live)], "else:", [acquire(m, other, live)])
    return [branch, *inside(m, r, live), *([release(m, r)] if m.chance(0.7) else [])]


def closed_in_else(m, r, live):
    body = deeper(m, lambda: inside(m, r, live))
    handlers = [m.handler([*live, r], [release(m, r)] if m.chance(0.6) else ()) for _ in range(m.rng.choice((1, 1, 2)))]
    return [acquire(m, r, live), Block(in_order([Clause("try:", body), *handlers, Clause("else:", [release(m, r)])])), *after(m, r, live)]


def both_branches_end(m, r, live):
    ends = [[*deeper(m, lambda: inside(m, r, live, 1)), release(m, r), Line(f'return step("{m.fresh("end")}")' if m.flavor != "agen" else "return")] for _ in range(2)]
    return [acquire(m, r, live), *inside(m, r, live, 1), block(f"if {m.test([])}:", ends[0], "else:", ends[1])]


def inline_exit(m, r, live):
    freed = f"await {r.name}.close()" if r.family == "async" else f"{r.name}.close()"
    inline = Line(f'if cond("{m.fresh("c")}"): {freed}; return{" None" if m.flavor != "agen" else ""}')
    return [acquire(m, r, live), *inside(m, r, live, 1), inline, *inside(m, r, live, 1), release(m, r)]


def loop_over_unbound(m, r, live):
    text = call(m, r, live)
    x = m.fresh("x")
    source = {"orm": f'{text}.query("T")', "sql": f'{text}.execute("q")', "file": text, "async": f'await {text}.stream("q")'}[r.family]
    m.loops += 1
    body = deeper(m, lambda: [Line(f"step({x})"), *m.body(live, 1)])
    m.loops -= 1
    return [block(f"for {x} in {source}:", body)]


def existing_with_of_two(m, r, live):
    other = new(m, [*live, r])
    keyword = "async with" if r.family == "async" else "with"
    first = f'{call(m, r)} as {r.name}' if r.kind not in ("sqlite", "psycopg", "connected") else f"closing({call(m, r)}) as {r.name}"
    second = f'Lock("{m.fresh("l")}"), ' if keyword == "with" and m.chance(0.5) else ""
    body = [acquire(m, other, [*live, r]), *deeper(m, lambda: m.body([*live, r, other])), *([release(m, other)] if m.chance(0.5) else [])]
    return [block(f"{keyword} {second}{first}:", body)]


def closure_before(m, r, live):
    name = m.fresh("late")
    use = [Line(f"step(str({r.name}.name))")]
    tail = [Line(f"{name}()")] if m.chance(0.3) else []
    if tail:
        m.tough("closure used after release")
    return [block(f"def {name}():", use), acquire(m, r, live), Line(f"{name}()"), *inside(m, r, live, 1), release(m, r), *tail]


def nonlocal_binding(m, r, live):
    m.tough("nonlocal")
    if r.family == "async":
        return episodes.straight_line(m, r, live)
    name = m.fresh("bind")
    return [Line(f"{r.name} = None"), block(f"def {name}():", [Line(f"nonlocal {r.name}"), acquire(m, r, plain=True)]), Line(f"{name}()"),
            *inside(m, r, live, 1), *([release(m, r)] if m.chance(0.5) else [])]


def reconnect(m, r, live):
    m.tough("carried into another turn")
    m.loops += 1
    x = m.fresh("x")
    body = deeper(m, lambda: inside(m, r, live))
    m.loops -= 1
    again = [release(m, r)] if m.chance(0.7) else []
    attempt = block("try:", body, f"except {m.rng.choice(('ValueError', 'Exception'))}:", [*again, acquire(m, Resource(r.name, r.kind), plain=True)])
    return [acquire(m, r, live), block(f'for {x} in items("{x}s"):', [attempt]), release(m, r)]


def closed_in_loop(m, r, live):
    x = m.fresh("x")
    m.loops += 1
    body = deeper(m, lambda: inside(m, r, live, 1))
    m.loops -= 1
    return [acquire(m, r, live), block(f'for {x} in items("{x}s"):', [*body, release(m, r), *([Line("break")] if m.chance(0.5) else [])])]


def leaves_loop_open(m, r, live):
    x = m.fresh("x")
    out = [block(f'for {x} in items("{x}s"):', [acquire(m, r), block(f"if {m.test([])}:", [Line("break")]), release(m, r)])]
    if m.chance(0.7):
        out.append(m.step("behind"))
    if m.chance(0.6):
        m.tough("used after its loop")
        out[0].clauses.append(Clause("else:", [acquire(m, r)]))
        out += [*m.body([r], 1), release(m, r)]
    return out


def returning_finally(m, r, live):
    m.tough("return in finally")
    body = deeper(m, lambda: inside(m, r, live))
    return [acquire(m, r, live), block("try:", body, "finally:", [release(m, r), Line("return 7" if m.flavor != "agen" else "return")])]


def nested_try_finally(m, r, live):
    inner = Block(in_order([Clause("try:", deeper(m, lambda: inside(m, r, live))), m.handler([*live, r])]))
    handlers = [m.handler(live)] if m.chance(0.6) else []
    return [Block(in_order([Clause("try:", [acquire(m, r), block("try:", [inner], "finally:", [release(m, r)])]), *(handlers or [Clause("finally:", [m.step("outer")])])])), *after(m, r, live)]


def closed_twice(m, r, live):
    if r.kind == "pymysql":
        return episodes.try_finally(m, r, live)
    body = deeper(m, lambda: inside(m, r, live, 1))
    return [acquire(m, r, live), block("try:", [*body, release(m, r)], "finally:", [release(m, r)])]


def stacked(m, r, live):
    """Three in a row, released in any order."""
    others = []
    for _ in range(2):
        others.append(new(m, [*live, r, *others]))
    all_three = [r, *others]
    freed = [release(m, x) for x in all_three]
    m.rng.shuffle(freed)
    starts = [acquire(m, x, live) for x in all_three]
    body = m.body([*live, *all_three])
    if m.chance(0.5):
        return [*starts, *body, *freed]
    return [*starts, block("try:", deeper(m, lambda: body), "finally:", freed)]


episodes.SHAPES += [
    (either_way, 1), (closed_in_else, 1.5), (both_branches_end, 1.5), (inline_exit, 1), (loop_over_unbound, 0.8), (existing_with_of_two, 1), (closure_before, 0.7),
    (nonlocal_binding, 0.3), (reconnect, 0.7), (closed_in_loop, 0.6), (leaves_loop_open, 0.6), (returning_finally, 0.5), (nested_try_finally, 1.5), (closed_twice, 0.7), (stacked, 0.8),
]

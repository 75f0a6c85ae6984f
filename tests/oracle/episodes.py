"""The ways people acquire and release: one function for each shape, each free to hold any other inside."""

from body import ASYNC_KINDS, KINDS, SYNC_KINDS, REPAIR, Resource, in_order
from tree import Block, Clause, Line, block


def episode(m, live):
    """A resource's life, from before its acquisition to behind its release."""
    r = new(m, live)
    makers, weights = zip(*SHAPES, *(OF_CLASSES if m.in_class else ()), *(OF_MANAGERS if m.lends and not m.depth else ()))
    maker = m.rng.choices(makers, weights)[0]
    m.shape(maker.__name__)
    m.shape(r.kind)
    return maker(m, r, live)


def new(m, live, kind=None):
    """A variable for a resource; now and then one that another resource had before."""
    kind = kind or (m.rng.choice(ASYNC_KINDS) if m.awaits and not m.nested and m.chance(0.8) else "own" if m.in_class and m.chance(0.15) else m.rng.choice(SYNC_KINDS))
    names = KINDS[kind][1]
    taken = {r.name for r in live}
    name = m.rng.choice(names)
    while name in taken:
        name = m.fresh(names[0])
    return Resource(name, kind)


def call(m, r, live=()):
    """The acquiring expression."""
    if r.family == "orm" and r.kind == "session" and live and live[-1].family == "orm" and m.chance(0.3):
        m.shape("dependent")
        return f"Session({live[-1].name}.bind)"
    return m.rng.choice(KINDS[r.kind][2])


def acquire(m, r, live=(), plain=False):
    """The acquiring statement."""
    text = call(m, r, live)
    if plain or m.chance(0.75):
        return Line(f"{r.name} = {text}")
    forms = [f"{r.name}: {KINDS[r.kind][3]} = {text}", f"{r.name} = {text}  # acquired", f"{r.name} = (\n\t{text}\n)", f"{r.name} = \\\n\t{text}",
             f'{r.name} = {text}; step("{m.fresh("semi")}")', f'step("{m.fresh("semi")}"); {r.name} = {text}']
    if "(" in text and not text.endswith("()") and "step" not in text:
        head, rest = text.split("(", 1)
        forms.append(f"{r.name} = {head}(\n\t{rest[:-1]},  # the argument\n)")
    if m.nasty:
        forms += [f"({r.name} := {text})", f"other = {r.name} = {text}"]
    return Line(m.rng.choice(forms))


def release(m, r):
    """The releasing statement."""
    text = f"await {r.name}.close()" if r.family == "async" else f"{r.name}.close()"
    if m.chance(0.04):
        return block("try:", [Line(text)], "except Exception:", [Line("pass")])
    if m.chance(0.02) and r.family != "async":
        return block("with suppress(Exception):", [Line(text)])
    if m.chance(0.02):
        m.shape("close without a call")
        return Line(f"{r.name}.close")
    return Line(text + ("  # give it back" if m.chance(0.1) else ""))


def after(m, r, live):
    """What may follow on the release."""
    out = []
    if m.chance(0.35):
        out.append(m.step("after"))
    if m.nasty and m.chance(0.3):
        m.tough("used after release")
        out += m.body([r], 1)
    elif m.chance(0.06):
        out.append(Line(f"{r.name} = None"))
    elif m.chance(0.04):
        out.append(Line(f"del {r.name}"))
    return out


def inside(m, r, live, size=None):
    """Statements of the region."""
    return m.body([*live, r], size)


def deeper(m, make):
    m.depth += 1
    out = make()
    m.depth -= 1
    return out


def clauses(m, r, live, body, release_in_handlers=False, last=None):
    """A `try` around `body` with random handlers, perhaps an `else`, and `last` as `finally`."""
    out = [Clause("try:", body)]
    for _ in range(m.rng.choice((0, 1, 1, 2)) if last else m.rng.choice((1, 1, 2))):
        out.append(m.handler([*live, r], [release(m, r)] if release_in_handlers else ()))
    if len(out) > 1 and m.chance(0.2):
        out.append(Clause("else:", deeper(m, lambda: inside(m, r, live, 1))))
    if last:
        out.append(Clause("finally:", last))
    return Block(in_order(out))


def never_closed(m, r, live):
    return [acquire(m, r, live), *inside(m, r, live)]


def straight_line(m, r, live):
    return [acquire(m, r, live), *inside(m, r, live), release(m, r), *after(m, r, live)]


def closed_before_returns(m, r, live):
    early = [Block([Clause(f"if {m.test([])}:", [release(m, r), Line(f'return step("{m.fresh("early")}")')])])]
    return [acquire(m, r, live), *inside(m, r, live, 1), *early, *inside(m, r, live), release(m, r), *after(m, r, live)]


def closed_in_one_branch(m, r, live):
    branch = Block([Clause(f"if {m.test([])}:", deeper(m, lambda: inside(m, r, live, 1)) + [release(m, r)])])
    if m.chance(0.5):
        branch.clauses.append(Clause("else:", deeper(m, lambda: inside(m, r, live, 1)) + ([release(m, r)] if m.chance(0.3) else [])))
    return [acquire(m, r, live), *inside(m, r, live, 1), branch, *([m.step()] if m.chance(0.3) else [])]


def try_finally(m, r, live):
    last = finally_body(m, r)
    apart = [m.step("between")] if m.chance(0.25) else []
    body = deeper(m, lambda: inside(m, r, live))
    return [acquire(m, r, live), *apart, Block([Clause("try:", body), Clause("finally:", last)]), *after(m, r, live)]


def try_except_finally(m, r, live):
    body = deeper(m, lambda: inside(m, r, live))
    return [acquire(m, r, live), clauses(m, r, live, body, last=finally_body(m, r)), *after(m, r, live)]


def acquired_inside_try(m, r, live):
    body = [*([m.step("before")] if m.chance(0.2) else []), acquire(m, r, live), *deeper(m, lambda: inside(m, r, live))]
    how = m.rng.random()
    if how < 0.4:
        return [clauses(m, r, live, body, last=finally_body(m, r)), *after(m, r, live)]
    if how < 0.7:
        return [clauses(m, r, live, body + [release(m, r)], release_in_handlers=m.chance(0.4))]
    return [clauses(m, r, live, body), *([release(m, r)] if m.chance(0.5) else [])]


def none_first(m, r, live):
    body = [acquire(m, r, live), *deeper(m, lambda: inside(m, r, live))]
    freed = release(m, r)
    guard = m.rng.choice((
        [block(f"if {r.name}:", [freed])],
        [block(f"if {r.name} is not None:", [freed])],
        [block("try:", [freed], "except Exception:", [Line("pass")])],
        [block(f"if {r.name} is not None:", [block("try:", [freed], "except Exception:", [Line("pass")])])],
        [block(f"if '{r.name}' in locals():", [freed])],
        [freed],
    ))
    start = [] if m.chance(0.15) else [Line(f"{r.name} = None")]
    return [*start, clauses(m, r, live, body, last=guard + ([m.step("cleaned")] if m.chance(0.2) else [])), *after(m, r, live)]


def closed_in_try_and_handler(m, r, live):
    body = deeper(m, lambda: inside(m, r, live)) + [release(m, r)]
    return [acquire(m, r, live), clauses(m, r, live, body, release_in_handlers=m.chance(0.7)), *after(m, r, live)]


def handler_without_release(m, r, live):
    body = deeper(m, lambda: inside(m, r, live))
    return [acquire(m, r, live), clauses(m, r, live, body), release(m, r), *after(m, r, live)]


def with_already(m, r, live):
    keyword = "async with" if r.family == "async" else "with"
    body = deeper(m, lambda: inside(m, r, live))
    text = call(m, r, live)
    how = m.rng.random()
    if r.kind in ("sqlite", "psycopg", "connected") and how < 0.5:
        text = f"closing({text})"
    if how > 0.8 and not (r.kind == "pymysql"):
        m.shape("redundant release")
        body.append(release(m, r))
    if m.chance(0.2):
        return [Line(f"{r.name} = {text}") if "closing" not in text else m.step(), block(f"{keyword} {r.name if 'closing' not in text else text} as {r.name}:", body)]
    return [block(f"{keyword} {text} as {r.name}:", body), *after(m, r, live)]


def own_flag(m, r, live):
    flag = m.fresh("own")
    body = inside(m, r, live)
    return [Line(f'{flag} = cond("{flag}")'), acquire(m, r, live, plain=True), block("try:", deeper(m, lambda: body), "finally:", [block(f"if {flag}:", [release(m, r)])])]


def in_if(m, r, live):
    freed = [release(m, r)] if m.chance(0.6) else []
    return [Block([Clause(f"if {m.test([])}:", [acquire(m, r, live), *deeper(m, lambda: inside(m, r, live)), *freed])])]


def in_handler(m, r, live):
    freed = [release(m, r)] if m.chance(0.6) else []
    return [block("try:", [m.step()], f"except {m.rng.choice(('ValueError', 'Exception'))}:", [acquire(m, r, live), *deeper(m, lambda: inside(m, r, live)), *freed])]


def in_loop(m, r, live):
    name = m.fresh("x")
    header = f'for {name} in items("{name}s"):' if m.chance(0.7) else f'while more("{name}"):'
    m.loops += 1
    inner = m.rng.choice((straight_line, straight_line, never_closed, try_finally, closed_in_loop_exit, try_except_finally, acquired_inside_try))
    m.shape(inner.__name__)
    body = deeper(m, lambda: inner(m, r, live))
    m.loops -= 1
    return [Block([Clause(header, body)] + ([Clause("else:", [m.step("else")])] if m.chance(0.1) else []))]


def closed_in_loop_exit(m, r, live):
    leave = m.rng.choice(("break", "continue"))
    first = [release(m, r)] if m.chance(0.6) else []
    return [acquire(m, r, live), *inside(m, r, live, 1), block(f"if {m.test([])}:", [*first, Line(leave)]), *inside(m, r, live, 1), release(m, r)]


def in_inner_function(m, r, live):
    name = m.fresh("work")
    m.nested += 1
    loops, m.loops = m.loops, 0
    r = new(m, [r, *live], m.rng.choice(SYNC_KINDS)) if r.family == "async" else r
    inner = m.rng.choice((straight_line, try_finally, never_closed, try_except_finally))
    body = deeper(m, lambda: inner(m, r, []))
    m.nested -= 1
    m.loops = loops
    return [block(f"def {name}():", body), Line(m.rng.choice((f"{name}()", f"apply({name})", f"step({name}())", f"register({name})")))]


def bound_twice(m, r, live):
    first, second = m.rng.choice((straight_line, try_finally, never_closed)), m.rng.choice((straight_line, try_finally, never_closed))
    again = Resource(r.name, r.kind)
    return [*first(m, r, live), *second(m, again, live)]


def rebound(m, r, live):
    tail = [Line(f'{r.name} = step("other")'), Line(f"step({r.name})")]
    return [acquire(m, r, live), *inside(m, r, live, 1), *([release(m, r)] if m.chance(0.7) else []), *tail]


def two_adjacent(m, r, live):
    other = new(m, [*live, r])
    both = [*live, r]
    first, second = acquire(m, r, live), acquire(m, other, both)
    body = m.body([*both, other])
    freed = [release(m, other), release(m, r)]
    if m.chance(0.4):
        freed.reverse()
    if m.chance(0.4):
        return [first, second, *body, *freed[: m.rng.choice((1, 2, 2, 2))]]
    if m.chance(0.5):
        return [first, second, Block([Clause("try:", deeper(m, lambda: body)), Clause("finally:", freed)])]
    inner = block("try:", deeper(m, lambda: body), "finally:", [release(m, other)])
    return [first, block("try:", [second, inner], "finally:", [release(m, r)])]


def unused(m, r, live):
    return [acquire(m, r, live), *([m.step()] if m.chance(0.5) else []), *([release(m, r)] if m.chance(0.5) else [])]


def unbound(m, r, live):
    text = call(m, r, live)
    name = m.fresh("n")
    forms = {
        "orm": (f'{text}.exec("q")', f'{name} = {text}.query("T").count()', f'step({text}.scalar("q"))', f'return {text}.query("T").all()', f"s2 = Session({text}.bind)",
                f'{name} = {text}.query("T"); step({name}.count())'),
        "sql": (f'{text}.execute("q")', f"{name} = {text}.cursor().fetchall()", f"step({text}.cursor().fetchone())"),
        "file": (f"{name} = len({text}.read())", f"step({text}.read())", f"return {text}.read()", f"{text}.write('x')", f"step([line for line in {text}])", f"{text}", f"{text}.close()"),
        "async": (f'await {text}.execute("q")', f'{name} = await {text}.scalar("q")'),
    }
    line = m.rng.choice(forms[r.family])
    if line.startswith("return") and m.depth == 0:
        line = f"step({line[7:]})"
    return [Line(line)]


def maybe_none(m, r, live):
    r = Resource(m.fresh("maybe"), "session")
    guard = block(f"if {r.name} is None:", [Line(m.rng.choice(("return None", f'return step("{m.fresh("none")}")')))])
    rest = m.rng.choice(([*inside(m, r, live)], [*inside(m, r, live), release(m, r)], [Block([Clause("try:", deeper(m, lambda: inside(m, r, live))), Clause("finally:", [release(m, r)])])]))
    return [Line(f"{r.name} = maybe_db()"), guard, *rest]


def conditional_value(m, r, live):
    m.tough("conditional")
    other = m.rng.choice(("None", "None", "None", "app.kept if hasattr(app, 'kept') else None"))
    flag = m.fresh("v")
    asked = m.rng.choice((r.name, f"{r.name} is not None"))
    freed = [release(m, r)] if m.chance(0.6) else []
    value = f"{call(m, r)} if cond('{flag}') else {other}" if m.chance(0.8) else f"None if cond('{flag}') else {call(m, r)}"
    start = [Line(f"{r.name} = {value}"), *([m.step("between")] if m.chance(0.1) else [])]
    how = m.rng.random()
    if how < 0.6:
        body = block(f"if {asked}:", deeper(m, lambda: inside(m, r, live)) + freed)
        if m.chance(0.2):
            body.clauses.append(Clause("else:", [m.step("none")]))
        return [*start, body, *([m.step("behind")] if m.chance(0.3) else []), *([block(f"if {asked}:", [release(m, r)])] if m.chance(0.15) else [])]
    if how < 0.8:
        return [*start, block("try:", deeper(m, lambda: [m.step(), block(f"if {asked}:", inside(m, r, live, 1))]), "finally:", [block(f"if {asked}:", [release(m, r)])])]
    return [*start, block(f"if not {r.name}:", [Line("return None" if m.flavor != "agen" else "return")]), *inside(m, r, live), *freed]


def in_global(m, r, live):
    m.tough("global")
    return [Line("global CURRENT"), Line(f"CURRENT = {call(m, r)}"), Line("CURRENT.ping()")] if m.depth == 0 and not m.nested and not m.is_script and "global" not in m.shapes else straight_line(m, r, live)


def walrus(m, r, live):
    m.tough("walrus")
    bound = f"({r.name} := {call(m, r)})"
    freed = [release(m, r)] if m.chance(0.7) else []
    if m.chance(0.25):
        body = deeper(m, lambda: inside(m, r, live))
        return [Line(bound), *m.rng.choice(([*body, *freed], [block("try:", body, "finally:", [release(m, r)])]))]
    test = m.rng.choice((bound, bound, f"{bound} is not None", f"{bound} and cond('{m.fresh('c')}')", f"{bound} is None", f"not {bound}", f"{bound}.name"))
    body = block(f"if {test}:", deeper(m, lambda: inside(m, r, live)) + (freed if m.chance(0.4) else []))
    if m.chance(0.2):
        body.clauses.append(Clause("else:", deeper(m, lambda: inside(m, r, live, 1))))
    return [body, *(inside(m, r, live, 1) if m.chance(0.2) else []), *freed]


def two_in_one(m, r, live):
    m.tough("tuple")
    others = [new(m, [*live, r])]
    if m.chance(0.15):
        others.append(new(m, [*live, r, *others]))
    pairs = [(r.name, call(m, r)), *((other.name, call(m, other)) for other in others)]
    if m.chance(0.3):
        n = m.fresh("n")
        pairs.insert(m.rng.randrange(len(pairs) + 1), (n, m.rng.choice(("0", "path", f'step("{n}")', "app.kept if hasattr(app, 'kept') else None"))))
    start = Line(f"{', '.join(name for name, _ in pairs)} = {', '.join(text for _, text in pairs)}")
    freed = [release(m, x) for x in (r, *others) if m.chance(0.75)]
    m.rng.shuffle(freed)
    body = m.body([*live, r, *others])
    how = m.rng.random()
    if how < 0.25 and freed:
        return [start, block("try:", deeper(m, lambda: body), "finally:", freed)]
    if how < 0.35:
        return [block("try:", [start, *deeper(m, lambda: body), *freed], f"except {m.rng.choice(('ValueError', 'Exception'))}:", [m.step("error")])]
    if how < 0.45:
        return [start, *body, block(f"if {m.test([])}:", [*freed, Line("return None" if m.flavor != "agen" else "return")]), *freed]
    return [start, *body, *freed]


def finally_body(m, r):
    """The release, perhaps with something else before or behind it."""
    out = [release(m, r)]
    if m.chance(0.2):
        out.append(m.step("finally"))
    if m.chance(0.15):
        out.insert(0, m.step("first"))
    if m.chance(0.08):
        out.insert(0, Line(REPAIR[r.family].format(v=r.name)))
    if m.chance(0.1):
        out = [block(f"if {r.name} is not None:", [out[0]]), *out[1:]]
    return out


# Shapes of methods, and of generators that lend their resource once.
OF_CLASSES = []
OF_MANAGERS = []
SHAPES = [
    (never_closed, 4), (straight_line, 5), (closed_before_returns, 3), (closed_in_one_branch, 2), (try_finally, 4), (try_except_finally, 5), (acquired_inside_try, 4),
    (none_first, 4), (closed_in_try_and_handler, 2.5), (handler_without_release, 2.5), (with_already, 2), (own_flag, 0.6), (in_if, 2), (in_handler, 1), (in_loop, 3),
    (in_inner_function, 1.5), (bound_twice, 1.5), (rebound, 1), (two_adjacent, 3), (unused, 1), (unbound, 2.5), (maybe_none, 1), (conditional_value, 0.7), (in_global, 0.3),
    (walrus, 0.6), (two_in_one, 0.6),
]

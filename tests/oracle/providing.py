"""More ways to acquire, most of them in other modules; and shapes that only they have."""

import body
import episodes
from body import KINDS, Resource
from episodes import acquire, after, deeper, inside, release
from tree import Line, block

KINDS.update({
    "elsewhere": ("orm", ("session", "db"), (
        "gives.fresh()", "kit.fresh()", "fresh()", "kit.gives.named()", "chained()", "chosen()", "make_session()", "kit.by_lambda()", "by_partial()", "gives.new_or_given()",
        "database.session()", "database.made()", "database.built()", "kit.database.deep()", "kit.Database().session()", "Database.static()", "Database.of_class()", "database.fresh",
        "service.session()", "kit.gives.service.db.session()", "database.given()", "AppSession(engine)"), "Session"),
    "generated": ("orm", ("session", "db"), (
        "next(gives.each())", "next(kit.each())", "next(gives.each_with())", "next(each_open())", "next(gives.each_deep())", "next(database.each())", "gives.each().__next__()", "next(each(), None)"),
        "Session"),
    "connected": ("sql", ("conn", "con"), ("gives.connected()", "kit.connected()", "next(gives.each_connection())"), "object"),
    "opened": ("file", ("f", "fh"), ("gives.opened()", "kit.opened(path)", "opened(path='x')"), "object"),
    "holder": ("sql", ("holder", "conn"), ("gives.held()", "Holder()", "kit.Holder(path)", "gives.held()", "kit.OtherExit()"), "Holder"),
    "own": ("orm", ("session", "db"), ("self.db.session()", "self.own_session()", "self.own_fresh", "self.maker()"), "Session"),
    "elsewhere async": ("async", ("session", "db"), ("gives.fresh_async()", "await gives.fresh_soon()", "await kit.fresh_soon()", "await anext(gives.each_soon())", "await anext(kit.each_soon_open())"), "AsyncSession"),
    # Nobody but its owner may release these.
    "borrowed": ("orm", ("session", "db"), ("gives.cached()", "kit.shared()", "gives.single()", "database.once()", "database.kept", "gives.registered()"), "Session"),
    "borrowed connection": ("sql", ("conn", "con"), ("gives.remembered()",), "object"),
})
body.SYNC_KINDS += ["elsewhere"] * 5 + ["generated", "connected", "opened", "opened", "holder", "borrowed", "borrowed connection"]


def by_manager(m, r, live):
    """A `with` of a provider that is a context manager, or of one that should not be used so."""
    m.shape("manager elsewhere")
    if r.family == "async" and m.awaits and not m.nested:
        return [block(f"async with gives.scope_soon() as {r.name}:", deeper(m, lambda: inside(m, r, live)))]
    r = Resource(r.name, "elsewhere")
    text = m.rng.choice(("gives.scope()", "kit.scope()", "gives.scope_open()", "database.scope()", "fresh()", "database.session()", "AppSession(engine)", "make_session()"))
    return [block(f"with {text} as {r.name}:", deeper(m, lambda: inside(m, r, live))), *after(m, r, live)]


def perhaps_none(m, r, live):
    r = Resource(m.fresh("perhaps"), "elsewhere")
    text = m.rng.choice(("gives.perhaps()", "kit.perhaps()"))
    start = [Line(f"{r.name} = {text}")]
    how = m.rng.random()
    if how < 0.4:
        return [*start, block(f"if {r.name}:", deeper(m, lambda: inside(m, r, live)) + ([release(m, r)] if m.chance(0.5) else []))]
    if how < 0.7:
        return [*start, *inside(m, r, live), *([release(m, r)] if m.chance(0.6) else [])]
    return [*start, block("try:", deeper(m, lambda: inside(m, r, live)), "finally:", [block(f"if {r.name} is not None:", [release(m, r)])])]


def kept_generator(m, r, live):
    """A generator provider whose generator has a name."""
    m.tough("generator by hand")
    if r.family == "async":
        return episodes.straight_line(m, r, live)
    g = m.fresh("gen")
    r = Resource(r.name, "generated")
    text = m.rng.choice(("gives.each()", "kit.each_with()", "gives.each_open()", "database.each()", "each_connection()"))
    end = m.rng.choice(([Line(f"next({g}, None)")], [Line(f"{g}.close()")], [release(m, r)], []))
    if m.chance(0.3):
        return [block(f"for {r.name} in {text}:", deeper(m, lambda: inside(m, r, live)))]
    if m.chance(0.4):
        return [Line(f"{g} = {text}"), Line(f"{r.name} = next({g})"), block("try:", deeper(m, lambda: inside(m, r, live)), "finally:", end or [m.step()])]
    return [Line(f"{g} = {text}"), Line(f"{r.name} = next({g})"), *inside(m, r, live), *end]


def by_tuple(m, r, live):
    m.tough("tuple")
    r = Resource(r.name, "elsewhere")
    n = m.fresh("n")
    return [Line(f"{r.name}, {n} = {m.rng.choice(('gives.numbered()', 'kit.numbered()'))}"), *inside(m, r, live), *([release(m, r)] if m.chance(0.5) else [])]


def on_a_stack(m, r, live):
    m.shape("stack")
    if r.family == "async":
        return episodes.straight_line(m, r, live)
    n = m.fresh("stack")
    text = episodes.call(m, r, live)
    first = m.rng.choice(([Line(f"{r.name} = {n}.enter_context({text})")], [Line(f"{r.name} = {n}.enter_context(closing({text}))")],
                          [acquire(m, r, live), Line(f"{n}.callback({r.name}.close)")], [acquire(m, r, live), Line(f"takes.finish_on({n}, {r.name})")],
                          [acquire(m, r, live), Line(f"{n}.push({r.name})")]))
    return [block(f"with ExitStack() as {n}:", [*first, *deeper(m, lambda: inside(m, r, live))])]


def several(m, r, live):
    """Containers of resources."""
    m.tough("container of resources")
    if r.family == "async":
        return episodes.straight_line(m, r, live)
    n, x = m.fresh("all"), m.fresh("x")
    text = episodes.call(m, r, live)
    end = m.rng.choice(([block(f"for {x} in {n}:", [Line(f"{x}.close()")])], [], [block(f"for {x} in {n}:", [Line(f"{x}.ping()")])], [Line(f"app.kept = {n}")], [Line(f"{n}[0].close()")]))
    start = m.rng.choice(([Line(f"{n} = [{text} for {x} in items('{x}')]")], [Line(f"{n} = [{text}, {text}]")], [Line(f"{n} = []"), Line(f"{n}.append({text})")],
                          [Line(f"{n} = []"), block(f"for {x} in items('{x}'):", [acquire(m, r, live, plain=True), Line(f"{n}.append({r.name})")])],
                          [Line(f"{n} = {{}}"), Line(f"{n}[0] = {text}")], [Line(f"{n} = list(map(open, [path]))")]))
    return [*start, *m.body(live, 1), *end]


def argument_of_a_call(m, r, live):
    """It is acquired inside a call of a function of another module."""
    if r.family == "async":
        return episodes.straight_line(m, r, live)
    text, n = episodes.call(m, r, live), m.fresh("n")
    name = m.rng.choice(("ping", "count_of", "rows_of", "lazy_of", "each_of", "configure", "wrapped", "note_down", "finish", "names_of", "method_of", "same_or_none", "keep_in_object"))
    call = f"takes.{name}({text})"
    tail = {"configure": f"{n}.ping()", "wrapped": f"{n}.ping()", "method_of": f"{n}()", "keep_in_object": f"{n}.ping()"}.get(name, f"step({n})")
    if name == "note_down":
        m.tough("escape")
    return m.rng.choice(([Line(call)], [Line(f"{n} = {call}"), Line(tail)], [Line(f"{n} = {call}"), Line(tail)], [Line(f"step({call})")]))


def given_again(m, r, live):
    """The name stands for what a function gave that was given the resource itself: `s = configure(Session())`."""
    if r.family == "async":
        return episodes.straight_line(m, r, live)
    text = episodes.call(m, r, live)
    name = m.rng.choice(("configure", "through", "renamed", "same_or_none", "wrapped", "wrapped_under_its_name", "tools.configure", "same_or_new"))
    freed = [release(m, r)] if m.chance(0.6) else []
    return [Line(f"{r.name} = {'' if '.' in name else 'takes.'}{name}({text})"), *inside(m, r, live), *freed, *after(m, r, live)]


def inner_block(m, r, live):
    """A `with` on something of the resource, which leaves the resource open."""
    n, v = m.fresh("n"), r.name
    if r.family == "async":
        return episodes.straight_line(m, r, live)
    body_of = deeper(m, lambda: inside(m, r, live, 1))
    text = episodes.call(m, r, live)
    if r.family == "orm" and m.chance(0.5):
        return [block(f"with {text}.{m.rng.choice(('no_autoflush', 'begin()', 'no_autoflush'))} as {n if 'begin' in n else v}:", body_of), *after(m, r, live)]
    how = {"orm": (f"{v}.no_autoflush", f"{v}.begin()", f"{v}.begin_nested()"), "sql": (v, f"closing({v}.cursor())", v), "file": (f"takes.watched({v})",)}[r.family]
    target = m.rng.choice(("", f" as {n}"))
    return [acquire(m, r, live), block(f"with {m.rng.choice(how)}{target}:", body_of), *([release(m, r)] if m.chance(0.6) else []), *after(m, r, live)]


def of_self(m, r, live):
    """It is kept on `self`."""
    if r.family == "async":
        return episodes.straight_line(m, r, live)
    m.tough("escape")
    text, v = episodes.call(m, r, live), "self.kept"
    use = Line(m.rng.choice(body.USES[r.family]).format(v=v))
    forms = ([Line(f"{v} = {text}"), use, Line(f"{v}.close()")], [Line(f"{v} = {text}"), use], [Line(f"{v} = {text}"), block("try:", [use], "finally:", [Line(f"{v}.close()"), Line(f"{v} = None")])],
             [acquire(m, r, live), Line(f"{v} = {r.name}"), use, release(m, r)], [Line(f"{v} = {text}"), Line(f"{r.name} = {v}"), *inside(m, r, live), release(m, r)],
             [acquire(m, r, live, plain=True), block("try:", [Line(f"{v} = {r.name}"), use], "finally:", [Line(f"{v} = None"), release(m, r)])])
    return m.rng.choice(forms)


def finished_elsewhere(m, r, live):
    """A function of another module closes it."""
    m.shape("closed elsewhere")
    if r.family == "async":
        freed = Line(f"await takes.finish_soon({r.name})")
    else:
        name = m.rng.choice(("finish", "finish_maybe", "finish_deep", "finish_quietly", "finish_finally", "finish_with", "finish_renamed", "finish_each", "finish_and_count", "finish_later"))
        freed = Line(m.rng.choice((f"takes.{name}({r.name})", f"kit.{name}({r.name})", f"tools.finish({r.name})", f"Tools.finish_static({r.name})")))
    if m.chance(0.5):
        return [acquire(m, r, live), block("try:", deeper(m, lambda: inside(m, r, live)), "finally:", [freed]), *after(m, r, live)]
    return [acquire(m, r, live), *inside(m, r, live), freed, *([release(m, r)] if m.chance(0.2) else []), *after(m, r, live)]


def yielded(m, r, live):
    """The body of a generator that lends its resource once; for context managers, fixtures and the like."""
    m.lends = False
    give = m.rng.choice(([Line(f"yield {r.name}")],) * 6 + ([Line(f"yield {r.name}, 1")], [Line("yield")], [Line(f"yield {r.name}.execute('q')")], [Line(f"app.got = yield {r.name}")]))
    freed = [release(m, r)]
    first = inside(m, r, live, 1) if m.chance(0.4) else []
    behind = inside(m, r, live, 1) if m.chance(0.3) else []
    handler = m.handler([*live, r])
    ways = (
        lambda: [*give, *behind, *freed], lambda: [*give, *behind], lambda: [block("try:", [*give, *behind], "finally:", freed)],
        lambda: [body_in_order([block("try:", [*give, *behind]), handler], freed)], lambda: [body_in_order([block("try:", give), handler], None), *freed],
        lambda: [block("try:", give, "except Exception:", [*freed, Line("raise")]), *freed],
        lambda: [block(f"if {m.test([])}:", [*give, *freed], "else:", give)],
        lambda: [block("try:", give, "finally:", [block(f"if {m.test([])}:", freed)])],
    )
    return [acquire(m, r, live), *first, *m.rng.choice(ways)(), *after(m, r, live)]


def body_in_order(parts, last):
    """A `try` with one handler, and perhaps a `finally`."""
    clauses = [parts[0].clauses[0], parts[1]]
    if last:
        clauses.append(block("finally:", last).clauses[0])
    return body.Block(clauses)


episodes.SHAPES += [
    (by_manager, 0.6), (perhaps_none, 0.5), (kept_generator, 0.4), (by_tuple, 0.2), (on_a_stack, 0.5), (several, 0.3), (argument_of_a_call, 0.8), (given_again, 0.4), (inner_block, 0.8),
    (finished_elsewhere, 0.4),
]
episodes.OF_CLASSES.append((of_self, 5))
episodes.OF_MANAGERS.append((yielded, 1000))

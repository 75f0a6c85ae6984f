"""A resource's own name is bound again: to something around it, to it or another, to a part of what it gave."""

import body
from body import DERIVED, DERIVED_USES, USES, Resource
from tree import Line, block

# What makes something around {v} that passes everything on, and what gives {v} again.
AROUND = ("wrap({v})", "kit.Wrapper({v})", "kit.wrapped({v})", "takes.wrapped_under_its_name({v})", "Wrapper(res={v})")
AGAIN = ("kit.configure({v})", "takes.through({v})", "renamed({v})", "tools.configure({v})", "takes.configure(res={v})", "({v})", "itself({v})")


def use(m, expr, family):
    """A statement that uses what `expr` gives."""
    return Line(m.rng.choice(USES[family]).format(v=expr))


def rebind(m, live):
    """One way; the name is good for the resource's methods afterwards, or the function has to live with the error."""
    r = m.rng.choice(live)
    m.shape("rebinding")
    make = m.rng.choice(WAYS)
    return make(m, r, live)


def around(m, r, live):
    text = m.rng.choice(AROUND).format(v=r.name)
    again = [Line(f"{r.name} = {r.name}.res")] if m.chance(0.2) else []
    return [Line(f"{r.name} = {text}"), use(m, r.name, r.family), *again]


def again(m, r, live):
    return [Line(f"{r.name} = {m.rng.choice(AGAIN).format(v=r.name)}"), use(m, r.name, r.family)]


def either(m, r, live):
    other = another(m, r, live)
    forms = ("{v} = {v} if cond('{c}') else {o}", "{v} = {o} if cond('{c}') else {v}", "{v} = {v} or {o}", "{v} = {v} and {o}", "{v} = cond('{c}') and {v}", "{v} = {v} or None",
             "if cond('{c}'): {v} = {o}", "if ({v} := {v} or {o}): step('{c}')")
    return [Line(m.rng.choice(forms).format(v=r.name, o=other, c=m.fresh("c"))), use(m, r.name, r.family)]


def another(m, r, live):
    """Something else that the name may be bound to."""
    others = [o.name for o in live if o is not r and o.family == r.family]
    return m.rng.choice((*others, *others, "None", f"wrap({r.name})", "app", f"kit.same_or_none({r.name})", "Session(engine)"))


def boxed(m, r, live):
    v, x = r.name, m.fresh("x")
    return m.rng.choice((
        [Line(f"{v} = [{v}]"), use(m, f"{v}[0]", r.family), Line(f"{v} = {v}[0]")],
        [Line(f"{v} = [{v}]"), use(m, f"{v}[0]", r.family), Line(f"{v}, = {v}")],
        [Line(f"{v} = {{'k': {v}}}"), use(m, f"{v}['k']", r.family), Line(f"{v} = {v}.pop('k')")],
        [Line(f"{v} = ({v}, 1)"), block(f"for {x} in {v}:", [Line(f"step({x})")])],
        [Line(f"{v} = [{v}]"), block(f"for {x} in {v}:", [use(m, x, r.family)])],
        [Line(f"{v} = kit.in_list({v})"), use(m, f"{v}[0]", r.family), Line(f"{v} = {v}[0]")],
        [Line(f"{v} = kit.with_number({v})[0]"), use(m, v, r.family)],
    ))


def in_a_tuple(m, r, live):
    v, x = r.name, m.fresh("x")
    others = [o.name for o in live if o is not r]
    forms = [f"{v}, {x} = {v}, 1", f"{x}, {v} = {v}, {v}", f"{x}, {v} = 1, {v}", f"{v}, {x} = kit.with_number({v})", f"{v}, *{x} = [{v}, 1, 2]", f"{x} = {v}, {x}0 = {v}, 1"]
    if others:
        o = m.rng.choice(others)
        forms += [f"{v}, {o} = {o}, {v}"] * 3
    return [Line(m.rng.choice(forms)), use(m, v, r.family)]


def as_function(m, r, live):
    v = r.name
    n = m.fresh("n")
    return m.rng.choice((
        [Line(f"{v} = lambda {v}={v}: {v}.ping()"), Line(f"{v}()")],
        [Line(f"{v} = {v}.ping"), Line(f"{v}()")],
        [Line(f"{v} = kit.method_of({v})"), Line(f"{v}()")],
        [Line(f"{v} = kit.later_by_default({v})"), Line(f"step({v}())")],
        [Line(f"{v} = takes.partial_of({v})"), Line(f"{v}()")],
        [block(f"def {v}({v}={v}):", [Line(f"{v}.ping()")]), Line(f"{v}()")],
        [Line(f"{n} = {v}"), block(f"def {v}():", [Line(f"{n}.ping()")]), Line(f"{v}()")],
        [Line(f"{n} = {v}"), block(f"class {v}:", [Line(f"one = {n}")]), Line(f"{v}.one.ping()")],
    ))


def walrus(m, r, live):
    v, c = r.name, m.fresh("c")
    return m.rng.choice((
        [Line(f"({v} := wrap({v})).ping()"), use(m, v, r.family)],
        [block(f"if ({v} := {v} or None) and cond('{c}'):", [use(m, v, r.family)])],
        [Line(f"step({v} := kit.configure({v}))"), use(m, v, r.family)],
        [Line(f"step([{v} := {v}, cond('{c}')])"), use(m, v, r.family)],
        [Line(f"step(cond('{c}') and ({v} := kit.Wrapper({v})))"), use(m, v, r.family)],
    ))


def with_itself(m, r, live):
    v, n = r.name, m.fresh("n")
    if r.family == "async":
        return [block(f"async with {v} as {m.rng.choice((v, n))}:", [use(m, v, r.family)])]
    context = m.rng.choice((v, v, f"kit.transaction({v})", f"takes.finishing({v})", f"kit.watched({v})", f"closing({v})", f"wrap({v})", f"takes.rows_in({v})"))
    if context.startswith("wrap"):
        return around(m, r, live)
    m.tough("with of its own")
    target = m.rng.choice((v, v, n))
    return [block(f"with {context} as {target}:", [use(m, target if m.chance(0.7) else v, r.family)])]


def by_a_loop(m, r, live):
    v, n = r.name, m.fresh("n")
    return m.rng.choice((
        [block(f"for {v} in [{v}]:", [use(m, v, r.family)])],
        [block(f"for {v} in ({v}, {another(m, r, live)}):", [use(m, v, r.family)])],
        [block(f"for {v} in (wrap({v}),):", [use(m, v, r.family)])],
        [block(f"for {n}, {v} in enumerate([{v}]):", [use(m, v, r.family)])],
        [Line(f"step([{v}.ping() for {v} in [{v}]])")],
        [Line(f"{n} = [{v} for {v} in [{v}]]"), use(m, f"{n}[0]", r.family)],
        [block(f"for {n} in items('{n}'):", [use(m, v, r.family), Line(f"{v} = wrap({v})")])],
        [block(f"match {v}:", [block(f"case None:", [Line("step('none')")]), block(f"case {v}:", [use(m, v, r.family)])])],
    ))


def taken_away(m, r, live):
    v, n = r.name, m.fresh("n")
    tail = use(m, n, r.family)
    away = m.rng.choice((f"del {v}", f"{v} = None", f"{v} = step('{m.fresh('gone')}')", f"{v} += 1", f"{v}: object = None", f"import math as {v}"))
    back = [Line(f"{v} = {n}")] if m.chance(0.5) else [Line(f"{n}.close()")] if m.chance(0.4) and r.family != "async" else []
    if m.chance(0.2):
        return [Line(f"{n} = {v}"), block("try:", [m.step(), Line("raise ValueError('x')")], f"except ValueError as {v}:", [Line(f"step(str({v}))")]), tail]
    return [Line(f"{n} = {v}"), Line(away), tail, *back]


def two_names(m, r, live):
    v, n = r.name, m.fresh("n")
    forms = ([Line(f"{n} = {v}"), Line(f"{v} = wrap({n})"), use(m, v, r.family)], [Line(f"{n} = {v}"), Line(f"{n} = wrap({v})"), use(m, n, r.family)],
             [Line(f"{n} = {n}0 = {v}"), Line(f"{n} = step({n})"), use(m, f"{n}0", r.family)], [Line(f"{n} = {v}"), Line(f"{n} = {n}.name"), Line(f"step({n})")],
             [Line(f"{n} = {v} if cond('{n}') else None"), block(f"if {n}:", [use(m, n, r.family)])],
             [Line(f"{n} = {v}"), *m.body([Resource(n, r.kind)], 1)])
    if m.depth == 0:
        r.derived.append((n, "alias"))
    return m.rng.choice(forms)


def derived(m, r, live):
    """A derived value's name is bound again; it may be looked at later, too."""
    text, family = m.rng.choice(DERIVED[r.family])
    v, d, x = r.name, m.fresh("rows"), m.fresh("x")
    text = text.format(v=v)
    good = m.rng.choice(DERIVED_USES[family]).format(d=d)
    forms = [
        [Line(f"{d} = wrap({d})"), Line(good)], [Line(f"{d} = kit.rows_wrapped({d})"), Line(good)], [Line(f"{d} = takes.still({d})"), Line(good)],
        [Line(f"{d} = {d} or None"), Line(good)], [Line(f"{d} = {d} if cond('{x}') else []")], [Line(f"{d}, {x} = {d}, 1"), Line(good)], [Line(f"{d} = [{d}]")],
        [Line(f"{d} = lambda {d}={d}: {good}"), Line(f"{d}()")], [Line(f"{d} = None")], [Line(f"{x} = {d}"), Line(f"{d} = step()"), Line(f"step({x})")],
        [Line(f"{d} = len({d}) if hasattr({d}, '__len__') else 0"), Line(f"step({d})")], [Line(f"{d} = str({d})"), Line(f"step({d})")],
        [Line(f"{x} = []"), Line(f"{x} += [{d}]"), Line(f"step({x}[0])")], [Line(f"{x} = {{}}"), Line(f"{x}['d'] = {d}")],
        [Line(f"{d} = takes.each_row({d})")], [Line(f"{d} = takes.first_row({d})"), Line(f"step({d})")], [Line(f"({d} := wrap({d}))"), Line(good)],
        [block(f"if cond('{x}'):", [Line(f"{d} = wrap({d})")]), Line(good)],
    ]
    if family == "orm":
        forms += [[Line(f"{d} = {d}.filter('w')"), Line(good)], [Line(f"{d} = [str(r.name) for r in {d}]"), Line(f"step({d})")], [block(f"for {d} in {d}:", [Line(f"step({d}.name)")])],
                  [Line(f"{d} = (r for r in {d})"), Line(f"step(*{d})")], [Line(f"{d} = {d}.first()"), Line(f"step({d}.name)")]]
    if m.depth == 0 and m.chance(0.5):
        r.derived.append((d, family))
        m.shape("derived rebound")
    return [Line(f"{d} = {text}"), *m.rng.choice(forms)]


WAYS = [around, around, again, either, either, boxed, in_a_tuple, as_function, walrus, with_itself, by_a_loop, taken_away, two_names, derived, derived]
body.EXTRA.append((rebind, 0.25, True))

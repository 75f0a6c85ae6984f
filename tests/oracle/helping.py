"""What a resource meets elsewhere: functions and methods of other modules, containers, bound methods."""

import body
from body import Resource, USES
from tree import Line, block

# Of the module `kit.takes`: how a call is written, and what its result is good for ("": nothing is known or left).
USING = ("ping", "ping_if", "ping_deep", "ping_each", "ping_inside", "ping_in_loop", "ping_again", "called_now", "in_transaction", "mark", "label_of", "count_of", "names_of")
GIVING = {"rows_of": "rows", "lazy_of": "orm", "first_of": "row", "each_of": "iter", "each_from": "iter", "names_later": "iter", "rebound_inside": "orm",
          "method_of": "method", "later_of": "method", "later_by_default": "method", "later_inside": "method", "partial_of": "method",
          "configure": "alias", "through": "alias", "renamed": "alias", "same_or_none": "alias", "same_or_new": "alias", "same_or_given": "alias",
          "wrapped": "alias", "wrapped_under_its_name": "alias", "keep_in_object": "alias"}
KEEPING = ("remember", "note_down", "collect", "note_if", "note_deep", "note_renamed", "note_boxed", "note_wrapped", "note_method", "note_rows", "note_rows_renamed", "keep_it",
           "hand_on", "use_later")
FINISHING = ("finish", "finish_maybe", "finish_deep", "finish_quietly", "finish_finally", "finish_with", "finish_renamed", "finish_each", "finish_and_count", "finish_later")
ASYNC_USING = ("ping", "ping_deep", "ping_in_loop", "mark", "label_of", "await ping_soon", "await rows_soon")
ASYNC_GIVING = {"await rows_soon": "", "await lazy_soon": "orm", "configure": "alias", "wrapped": "alias", "method_of": "method", "rows_soon": "coroutine", "ping_soon": "coroutine"}
ASYNC_KEEPING = ("remember", "note_down", "await note_soon", "note_wrapped", "collect")
METHODS = ("tools.ping", "tools.ping_static", "tools.ping_class", "Tools().ping", "Tools.ping_static", "kit.tools.ping", "Tools.ping_class")
ROWS = ("texts", "first_row", "still", "rows_wrapped", "each_row", "keep_rows", "later_rows")


def called(m, name, argument):
    """The call, through one of the ways the name is imported."""
    prefix = "await " if name.startswith("await ") else ""
    name = name.removeprefix("await ")
    by_keyword = m.chance(0.15) and "each" not in name
    if "." not in name:
        name = m.rng.choice(("kit.", "takes.", "", "", "kit.takes.")) + name
    return f"{prefix}{name}({'res=' if by_keyword else ''}{argument})"


def help_out(m, live):
    """A statement or two with a function of another module."""
    r = m.rng.choice(live)
    m.shape("helper elsewhere")
    is_async = r.family == "async"
    if is_async and m.nested:
        return m.use(live)
    how = m.rng.random()
    if how < 0.35:
        names = ASYNC_USING if is_async else (*USING, *METHODS, *METHODS)
        text = called(m, m.rng.choice(names), r.name)
        if m.chance(0.2):
            text = m.rng.choice((f"ping_each(*[{r.name}])", f"takes.ping_each({r.name}, {r.name})", f"ping_named(1, res={r.name})", f"Counter({r.name})", f"step(Counter({r.name}).number)",
                                 f"takes.ping(*({r.name},))", f"takes.ping(**{{'res': {r.name}}})"))
        return [Line(m.rng.choice(("{t}", "{t}", "step({t})", "{n} = {t}")).format(t=text, n=m.fresh("n")))]
    if how < 0.72:
        return given_back(m, r, ASYNC_GIVING if is_async else GIVING)
    if how < 0.80 and r.derived:
        name, _ = m.rng.choice(r.derived)
        text = called(m, m.rng.choice(ROWS), name)
        if "keep_rows" in text or "later_rows" in text:
            m.tough("escape")
        return [Line(m.rng.choice(("{t}", "step({t})", "{n} = {t}")).format(t=text, n=m.fresh("n")))]
    if how < 0.88 and m.nasty:
        m.tough("escape")
        text = called(m, m.rng.choice(ASYNC_KEEPING if is_async else KEEPING), r.name)
        return [Line(m.rng.choice((text, text, f"tools.note({r.name})", f"Tools.note_class({r.name})", f"takes.tell(app, {r.name})")))]
    if how < 0.94 and not is_async:
        m.shape("closed elsewhere")
        text = m.rng.choice((*(called(m, m.rng.choice(FINISHING), r.name) for _ in range(3)), f"tools.finish({r.name})", f"Tools.finish_static({r.name})"))
        return [Line(text)]
    if is_async:
        return [block(f"async with takes.transaction_soon({r.name}) as {m.fresh('n')}:", [Line(f"step({r.name}.name)")])] if m.awaits else m.use(live)
    return on_blocks(m, r, live)


def given_back(m, r, giving):
    name = m.rng.choice(list(giving))
    family = giving[name]
    n = m.fresh("n")
    text = called(m, name, r.name)
    uses = {"": "step({n})", "rows": "step(len({n}))", "orm": m.rng.choice(("step({n}.count())", "{n}.first()", "list({n})")), "row": "step(str({n}.name))", "iter": "step(*{n})",
            "method": "{n}()", "alias": "{n}.ping()", "coroutine": "await {n}"}
    out = [Line(f"{n} = {text}")]
    if m.chance(0.8):
        out.append(Line(uses[family].format(n=n)))
    if m.depth == 0 and family in ("rows", "orm", "row", "iter", "method", "alias") and m.chance(0.6):
        r.derived.append((n, family))
    return out


def on_blocks(m, r, live):
    """Blocks around a resource, and stacks that it is put on."""
    v, n = r.name, m.fresh("n")
    inner = [Line(m.rng.choice(USES[r.family]).format(v=v))]
    if m.chance(0.5):
        return [block(f"with {m.rng.choice(('takes.transaction', 'watched', 'kit.rows_in', 'takes.finishing'))}({v}) as {n}:", inner)]
    m.shape("stack")
    put = m.rng.choice((f"{n}.callback({v}.close)", f"{n}.enter_context(closing({v}))", f"takes.finish_on({n}, {v})", f"takes.enter_on({n}, {v})", f"{n}.push({v})",
                        f"{n}.callback(takes.finish, {v})", f"{n}.callback(takes.ping, {v})", f"{n}.enter_context(kit.transaction({v}))"))
    tail = [Line(f"{n}.pop_all().close()")] if m.chance(0.15) else [Line(f"app.stack = {n}.pop_all()")] if m.chance(0.1) else []
    return [block(f"with ExitStack() as {n}:", [Line(put), *inner, *tail])]


def methods(m, live):
    """Bound methods and results that are kept in names and containers of the function, and used there later."""
    r = m.rng.choice([o for o in live if o.family != "async"] or live)
    if r.family == "async":
        return m.use(live)
    m.shape("bound methods")
    v, n, x = r.name, m.fresh("n"), m.fresh("x")
    if m.depth == 0 and m.chance(0.3):
        r.derived.append((n, "method"))
        return [Line(f"{n} = {v}.ping"), Line(f"{n}()")]
    if m.depth == 0 and m.chance(0.15):
        r.derived.append((n, "method"))
        return [Line(f"{n} = lambda {x}={v}: {x}.ping()"), Line(f"{n}()")]
    return m.rng.choice((
        [Line(f"{n} = [{v}.ping, {v}.flush]"), block(f"for {x} in {n}:", [Line(f"{x}()")])],
        [block(f"for {x} in ({v}.ping, {v}.flush):", [Line(f"{x}()")])],
        [Line(f"{n} = {{'go': {v}.ping}}"), Line(f"{n}['go']()")],
        [Line(f"{n} = {{'r': {v}}}"), Line(f"{n}['r'].ping()")],
        [Line(f"{n} = [{v}]"), Line(f"{n}[0].ping()")],
        [Line(f"{n} = []"), Line(f"{n}.append({v})"), block(f"for {x} in {n}:", [Line(f"{x}.ping()")])],
        [Line(f"{n} = []"), Line(f"{n}.append({v}.ping)"), Line(f"{n}.pop()()")],
        [Line(f"getattr({v}, 'ping')()")], [Line(f"type({v}).ping({v})")], [Line(f"{v}.ping.__call__()")], [Line(f"partial({v}.execute, 'q')()")],
        [Line(f"{n} = partial({v}.execute, 'q')"), Line(f"step({n}())")],
        [Line(f"{n} = {v}.execute"), Line(f"step({n}('q').count())")],
        [Line(f"{n} = {v}.execute"), Line(f"{x} = {n}('q')"), Line(f"step({x}.count())")],
        [Line(f"{n} = map({v}.execute, ['q'])"), Line(f"step(*{n})")],
        [Line(f"{n} = sorted([2, 1], key=lambda {x}: step({v}.name, {x}).label)")],
        [Line(f"{n} = max([1, 2], key=lambda {x}: step({v}.name, {x}).label)"), Line(f"step({n})")],
        [block(f"for {x} in map(lambda {x}: step({v}.name), [1, 2]):", [Line(f"step({x})")])],
        [block(f"for {x} in map({v}.execute, ['q']):", [Line(f"step({x})")])],
        [Line(f"step(', '.join(map(lambda {x}: str({v}.name), [1, 2])))")],
        [Line(f"step(any(map(lambda {x}: {v}.ping(), [1, 2])))")],
        [Line(f"{n} = list(map(lambda {x}: {v}.execute('q'), [1]))"), Line(f"step({n}[0].count())")],
        [Line(f"{n} = [*map({v}.execute, ['q'])]"), Line(f"step({n}[0].count())")],
        [Line(f"{n} = next(map({v}.execute, ['q']))"), Line(f"step({n}.count())")],
        [Line(f"{n} = next(filter(lambda {x}: {v}.ping() is None, [1, 2]), None)"), Line(f"step({n})")],
        [Line(f"{n} = {{1: lambda: {v}.ping()}}"), Line(f"{n}[1]()")],
        [Line(f"{n} = [{v}.execute('q') for {x} in [1, 2]]"), Line(f"{x} = {n}[0]"), Line(f"step({x}.count())")],
        [Line(f"{n} = []"), Line(f"{n}.append({v}.execute('q'))"), Line(f"{x} = {n}.pop()"), Line(f"step({x}.count())")],
        [Line(f"{n} = {{'a': {v}.execute('q')}}"), Line(f"{x} = {n}['a']"), Line(f"step({x}.count())")],
        [Line(f"{n} = list(map({v}.execute, ['q']))"), block(f"for {x} in {n}:", [Line("pass")]), Line(f"step({x}.count())")],
        [Line(f"{n}, {x} = {v}.execute('q'), 1"), Line(f"step({n}.count())")],
        [Line(f"{n} = [lambda: {v}.ping()]"), block(f"for {x} in {n}:", [Line(f"{x}()")])],
        [Line(f"step(*(lambda: [{v}.name])())")],
        [Line(f"{n} = SimpleNamespace()"), Line(f"{n}.res = {v}"), Line(f"{n}.res.ping()")],
        [Line(f"{n} = SimpleNamespace(res={v})"), Line(f"{n}.res.ping()")],
        [Line(f"{n} = dict(res={v})"), Line(f"step(*{n}.values())")],
        [Line(f"apply({v}.ping)")], [Line(f"apply(partial(takes.ping, {v}))")],
        [Line(f"{n} = (lambda {x}={v}: {x}.ping())"), Line(f"{n}()")],
        [Line(f"{n} = takes.filled({v}, [])"), Line(f"step({n}[0].count())")],
        [Line(f"{n} = []"), Line(f"takes.filled({v}, {n})"), Line(f"step({n}[0].count())")],
    ))


def of_the_object(m, live):
    """Methods and attributes of `self` (in a method)."""
    r = m.rng.choice(live)
    v = r.name
    m.shape("self")
    forms = [f"self.own_ping({v})", f"self.own_ping(res={v})", f"step(self.own_count({v}))", f"self.own_static({v})", f"type(self).own_static({v})"]
    if r.family == "async":
        forms = forms[:2]
    if m.nasty:
        m.tough("escape")
        forms += [f"self.kept = {v}", f"self.own_keep({v})", f"self.own_later({v})", f"self.kept = {v}.ping", f"self.all.append({v})"]
    if r.family != "async" and m.chance(0.2):
        forms = [f"self.own_finish({v})"]
    return [Line(m.rng.choice(forms))]


body.EXTRA += [(help_out, 0.5, True), (methods, 0.2, True)]

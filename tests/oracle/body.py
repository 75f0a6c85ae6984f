"""What generated functions do with their resources between acquiring and releasing."""

from dataclasses import dataclass, field

from tree import RAW, Block, Clause, Line, block

# kind: (family, names for variables, ways to acquire, annotation)
KINDS = {
    "session": ("orm", ("session", "s", "db"), ("Session(engine)", "Session(bind=engine)", 'Session(step("url"))', "Session(engine, expire_on_commit=False)"), "Session"),
    "provider": ("orm", ("db", "session"), ("get_db()",), "Session"),
    "imported": ("orm", ("session", "db"), ("new_session()",), "Session"),
    "sqlite": ("sql", ("conn", "con"), ('sqlite3.connect("a.db")', "sqlite3.connect(path)"), "sqlite3.Connection"),
    "psycopg": ("sql", ("conn", "pg"), ("connect(dsn)", 'connect(host="h", port=1)'), "object"),
    "pymysql": ("sql", ("conn", "my"), ('pymysql.connect(host="h")',), "object"),
    "file": ("file", ("f", "fh", "handle"), ("open(path)", 'open("a.txt", "w")', 'open(step("path"), encoding="utf-8")'), "object"),
    "async": ("async", ("session", "db"), ("AsyncSession(engine)",), "AsyncSession"),
}
ASYNC_KINDS = ["async", "async", "elsewhere async"]
# Further statements: (what makes them, weight, whether it takes a resource).
EXTRA = []
SYNC_KINDS = ["session"] * 5 + ["provider"] * 4 + ["imported"] * 2 + ["sqlite"] * 3 + ["psycopg"] * 2 + ["pymysql"] * 2 + ["file"] * 5

# Statements, plain values and derived values by family; {v} is the resource.
USES = {
    "orm": ("{v}.add(step())", '{v}.execute("q")', "{v}.commit()", "{v}.flush()", '{v}.query("T").all()', "{v}.ping()"),
    "sql": ('{v}.execute("q")', "{v}.commit()", '{v}.cursor().execute("q")', "{v}.ping()"),
    "file": ('{v}.write("x")', "{v}.flush()", "{v}.seek(0)", "{v}.read()"),
    "async": ('await {v}.execute("q")', "await {v}.commit()", "{v}.add(step())", "await {v}.flush()"),
}
PLAIN = {
    "orm": ('{v}.scalar("q")', '{v}.query("T").count()', 'len({v}.query("T").all())', "str({v}.name)", '{v}.query("T").filter(step("w")).count() or 0'),
    "sql": ("{v}.cursor().fetchall()", '{v}.execute("q").fetchone()', "str({v}.name)"),
    "file": ("{v}.read()", "{v}.readlines()", "len({v}.read())", "{v}.name", "[line for line in {v}]"),
    "async": ('await {v}.scalar("q")', 'await {v}.execute("q")', "str({v}.name)"),
}
DERIVED = {
    "orm": (('{v}.query("T")', "orm"), ('{v}.exec("q")', "orm"), ('{v}.get("T", 1)', "row"), ('{v}.query("T").all()', "rows"), ('{v}.query("T").first()', "row"),
            ('(r.name for r in {v}.query("T"))', "iter")),
    "sql": (("{v}.cursor()", "cursor"), ('{v}.execute("q")', "cursor")),
    "file": (("iter({v})", "iter"), ("map(str.strip, {v})", "iter"), ("(x for x in {v})", "iter"), ("{v}.readline", "method")),
    "async": (('await {v}.stream("q")', "orm"),),
}
DERIVED_USES = {
    "orm": ("{d}.next()", "{d}.first()", "step({d}.count())", 'step([r.name for r in {d}])', "list({d})"),
    "row": ("step(str({d}.name))", "{d}.next()"),
    "rows": ("step(len({d}))", "step([r.name for r in {d}])", "{d}[0].next()"),
    "cursor": ('{d}.execute("q")', "{d}.fetchall()", "step({d}.fetchone())"),
    "iter": ("list({d})", "next({d}, None)", "step(*{d})"),
    "method": ("{d}()",),
    "alias": ("{d}.ping()", "helper({d})"),
}
# Of a resource in a handler.
REPAIR = {"orm": "{v}.rollback()", "sql": "{v}.rollback()", "file": "{v}.flush()", "async": "await {v}.rollback()"}


@dataclass
class Resource:
    """A variable that holds a resource."""

    name: str
    kind: str
    derived: list = field(default_factory=list)  # (name, family)

    @property
    def family(self):
        return KINDS[self.kind][0]


class Maker:
    """Random choices for one function, and a record of what was chosen."""

    def __init__(self, rng, flavor, form="function"):
        self.rng = rng
        self.flavor = flavor  # sync, async, gen, agen
        self.awaits = flavor in ("async", "agen")
        self.lends = form in ("manager", "fixture")  # yields once, and by shapes of its own
        self.yields = flavor in ("gen", "agen") and not self.lends
        self.in_class = form == "method"
        self.is_script = form == "script"
        self.shapes = []
        self.hard = []  # reasons why a fix may well be refused
        self.count = 0
        self.room = rng.choice((5, 8, 11, 14))
        self.loops = 0
        self.nested = 0  # inside of an inner def
        self.depth = 0
        self.nasty = rng.random() < 0.35

    def chance(self, p):
        return self.rng.random() < p

    def fresh(self, base):
        self.count += 1
        return f"{base}{self.count}"

    def shape(self, name):
        if name not in self.shapes:
            self.shapes.append(name)

    def tough(self, name):
        if name not in self.hard:
            self.hard.append(name)

    def step(self, what="work"):
        return Line(f'step("{self.fresh(what)}")')

    def body(self, live, size=None):
        """A few statements that use some of the resources."""
        out = []
        for _ in range(size or self.rng.choice((1, 1, 2, 3))):
            if self.room <= 0:
                break
            self.room -= 1
            out += self.statement(live)
        return out or [self.step()]

    def statement(self, live):
        from helping import of_the_object
        choices = [(self.plain_step, 3), (self.text, 0.7)]
        if live:
            choices += [(self.use, 6), (self.plain, 3), (self.derived, 2), (self.capture, 0.9), (self.pass_on, 0.6)]
            if self.nasty:
                choices += [(self.escape, 0.7)]
        for make, weight, takes in EXTRA:
            if live or not takes:
                choices.append((lambda live, make=make: make(self, live), weight))
        if self.in_class and live:
            choices.append((lambda live: of_the_object(self, live), 2))
        if self.depth < 3 and self.room > 0:
            choices += [(self.branch, 2), (self.loop, 1.2), (self.guarded, 1), (self.foreign_with, 0.4), (self.matching, 0.3)]
            choices += [(self.another, 0.9)]
        if self.depth:
            choices += [(self.leave, 1.2)]
        if self.yields and not self.nested:
            choices += [(self.give, 3)]
        makers, weights = zip(*choices)
        return self.rng.choices(makers, weights)[0](live)

    def plain_step(self, live):
        if self.awaits and not self.nested and self.chance(0.5):
            return [Line(f'await astep("{self.fresh("work")}")')]
        return [self.step()]

    def text(self, live):
        n = self.fresh("t")
        return [Line(self.rng.choice((
            f"# a remark, number {n}",
            f"\n# a remark behind a blank line, number {n}",
            f'step("{n}")\n',
            f'{n} = """first\n{RAW}  second\n{RAW}third"""',
            f'step(f"{{app.pool}} {n}")',
            f'step("{n}") ; step("behind a semicolon")',
            f'step("{n}", \\\n\t"continued")',
            f'step(\n\t"{n}",  # inside\n\tpath,\n)',
            f'{n} = [\n\t1, 2,\n]',
            f'step(f"""{n}\n{RAW}{{path}} x\n{RAW}""")',
            f'step("{n}")  # noqa',
        )))]

    def use(self, live):
        r = self.rng.choice(live)
        text = self.rng.choice(USES[r.family]).format(v=r.name)
        return [Line(text + self.rng.choice(("", "", "", "", "  # uses it", f'; step("{self.fresh("u")}")')))]

    def plain(self, live):
        r, n = self.rng.choice(live), self.fresh("n")
        text = self.rng.choice(PLAIN[r.family]).format(v=r.name)
        form = self.rng.choice(("{n} = {t}", "{n} = {t}", "step({t})", 'step(f"{{{t}}}")', "{n} = {t} if cond('{n}') else None"))
        if '"' in text and "f\"" in form:
            form = "step({t})"
        return [Line(form.format(n=n, t=text)), *([Line(f"step({n})")] if form.startswith("{n}") and self.chance(0.4) else [])]

    def derived(self, live):
        r = self.rng.choice(live)
        if r.derived and self.chance(0.5):
            name, family = self.rng.choice(r.derived)
            return [self.derived_use(name, family)]
        text, family = self.rng.choice(DERIVED[r.family])
        text = text.format(v=r.name)
        if family == "orm" and self.chance(0.4):
            self.shape("loop over rows")
            row = self.fresh("row")
            header = f"{'' if self.chance(0.9) else ''}for {row} in {text}:"
            return [block(header, [Line(f"step({self.rng.choice((row, f'str({row}.name)', f'{row}.name'))})")])]
        name = self.fresh("rows" if family in ("orm", "rows") else "it")
        if self.depth == 0:
            r.derived.append((name, family))
        return [Line(f"{name} = {text}"), self.derived_use(name, family)]

    def derived_use(self, name, family):
        return Line(self.rng.choice(DERIVED_USES[family]).format(d=name))

    def capture(self, live):
        r = self.rng.choice(live)
        if r.family == "async":
            return self.use(live)
        self.shape("closure inside")
        text = self.rng.choice(USES[r.family]).format(v=r.name)
        name = self.fresh("inner")
        return self.rng.choice((
            lambda: [block(f"def {name}():", [Line(text), Line("return 1")]), Line(f"{name}()")],
            lambda: [Line(f"apply(lambda: {text})")],
            lambda: [block(f"def {name}(arg={r.name}):", [Line("arg.ping()")]), Line(f"step({name}())")],
            lambda: [block(f"def {name}({r.name}={r.name}):", [Line(text)]), Line(f"step({name}())")],
            lambda: self.kept_by_inner(r, name),
            lambda: [Line(f"step([{text} for x in items('{name}')])")],
            lambda: self.alias(r, name),
        ))()

    def kept_by_inner(self, r, name):
        """An inner function that does more with its default value than use it."""
        arg = self.rng.choice(("arg", r.name))
        does = self.rng.choice((f"app.kept = {arg}", f"return {arg}", f"keep({arg})", f"return {arg}.ping"))
        self.tough("escape")
        return [block(f"def {name}({arg}={r.name}):", [Line(does)]), Line(self.rng.choice((f"{name}()", f"step({name}())")))]

    def alias(self, r, name):
        self.shape("alias")
        if self.depth == 0:
            r.derived.append((name, "alias"))
        return [Line(f"{name} = {r.name}"), Line(f"{name}.ping()")]

    def pass_on(self, live):
        r = self.rng.choice(live)
        self.shape("handed on")
        if r.derived and self.chance(0.3):
            return [Line(f"step({self.rng.choice(r.derived)[0]})")]
        return [Line(self.rng.choice(("helper({v})", "helper({v})", "step({v})", 'step("{v}", res={v})', "forward({v})")).format(v=r.name).replace("res=", ""))]

    def escape(self, live):
        r = self.rng.choice(live)
        v = self.rng.choice(r.derived)[0] if r.derived and self.chance(0.3) else r.name
        self.tough("escape")
        forms = [f"app.kept = {v}", f'app.items["k"] = {v}', f"app.pool.append({v})", f"keep({v})", f"register(lambda: helper({v}))",
                 f"app.items.update(k={v})", f"app.kept, app.other = {v}, 1", f"app.pool += [{v}]", f"app.items.setdefault('k', {v})",
                 f"setattr(app, 'kept', {v})", f"register({r.name}.ping)"]
        if self.depth:
            forms += [f"return {v}", f"return [{v}, 1]", f"return lambda: {r.name}.ping()", f"return {{'r': {v}}}", f"return {r.name}.ping"]
            if self.yields and not self.nested:
                forms = forms[:8] + [f"yield {v}"]
        return [Line(self.rng.choice(forms))]

    def branch(self, live):
        self.depth += 1
        clauses = [Clause(f'if {self.test(live)}:', self.body(live))]
        if self.chance(0.2):
            clauses.append(Clause(f"elif {self.test(live)}:", self.body(live)))
        if self.chance(0.35):
            clauses.append(Clause("else:", self.body(live)))
        self.depth -= 1
        return [Block(clauses)]

    def test(self, live):
        base = f'cond("{self.fresh("c")}")'
        if live and self.chance(0.1):
            v = self.rng.choice(live).name
            return self.rng.choice((f"{v} and {base}", f"{v} is not None and {base}", f"not {base}"))
        return base

    def loop(self, live):
        self.depth += 1
        self.loops += 1
        name = self.fresh("x")
        header = f'for {name} in items("{name}s"):' if self.chance(0.7) else f'while more("{name}"):'
        clauses = [Clause(header, self.body(live))]
        self.loops -= 1
        if self.chance(0.15):
            clauses.append(Clause("else:", self.body(live, 1)))
        self.depth -= 1
        return [Block(clauses)]

    def guarded(self, live):
        self.depth += 1
        clauses = [Clause("try:", self.body(live))]
        for _ in range(self.rng.choice((0, 1, 1, 1, 2))):
            clauses.append(self.handler(live))
        if len(clauses) > 1 and self.chance(0.2):
            clauses.append(Clause("else:", self.body(live, 1)))
        if len(clauses) == 1 or self.chance(0.25):
            clauses.append(Clause("finally:", [self.step("clean")] if self.chance(0.7) else self.body(live, 1)))
        self.depth -= 1
        return [Block(in_order(clauses))]

    def handler(self, live, release=()):
        """An `except` clause; `release` stands in it, if given, before whatever leaves it."""
        caught = self.rng.choice(("Exception", "ValueError", "(KeyError, ValueError)", "Exception", "KeyError", "BaseException", ""))
        name = " as e" if caught and self.chance(0.4) else ""
        body = []
        if live and self.chance(0.45):
            self.shape("handler uses it")
            r = self.rng.choice(live)
            body.append(Line(REPAIR[r.family].format(v=r.name)))
        if self.chance(0.4):
            body.append(Line(f'step("{self.fresh("error")}"{", str(e)" if name else ""})'))
        body += release
        leave = ["", "raise", "raise", "return None", f'return step("{self.fresh("failed")}")', 'raise RuntimeError("converted")']
        if name:
            leave.append("raise RuntimeError(str(e)) from e")
        if self.loops:
            leave += ["continue", "break"]
        text = self.rng.choice(leave)
        if text:
            body.append(Line(text))
        return Clause(f"except{' ' if caught else ''}{caught}{name}:", body)

    def foreign_with(self, live):
        self.depth += 1
        body = self.body(live)
        self.depth -= 1
        return [block(f'with Lock("{self.fresh("l")}")' + self.rng.choice((":", " as lock:")), body)]

    def matching(self, live):
        self.depth += 1
        first, second = self.body(live), self.body(live, 1)
        self.depth -= 1
        return [block(f'match cond("{self.fresh("m")}"):', [block("case True:", first), block("case _:", second)])]

    def leave(self, live):
        options = ["return None", f'return step("{self.fresh("r")}")', f'raise ValueError("{self.fresh("bad")}")']
        if self.loops:
            options += ["break", "continue"]
        if live:
            r = self.rng.choice(live)
            text = self.rng.choice(PLAIN[r.family]).format(v=r.name)
            options.append(f"return {text}")
        self.shape("early exit")
        return [Line(self.rng.choice(options))]

    def give(self, live):
        if live and self.chance(0.5):
            r = self.rng.choice(live)
            return [Line(f"yield {self.rng.choice(PLAIN[r.family]).format(v=r.name)}" if not self.chance(0.1) else f"yield {r.name}")]
        return [Line(self.rng.choice((f'yield step("{self.fresh("y")}")', "yield 1", f'yield from items("{self.fresh("y")}")' if self.flavor == "gen" else "yield 2")))]

    def another(self, live):
        from episodes import episode
        return episode(self, live)


def in_order(clauses):
    """A bare `except:` has to be the last one."""
    bare = [c for c in clauses if c.header == "except:"]
    if not bare:
        return clauses
    first = clauses.index(bare[0])
    others = [c for c in clauses if c.header != "except:"]
    place = max(i for i, c in enumerate(others) if c.header.startswith(("try", "except"))) + 1 if first else 0
    return others[:place] + bare[:1] + others[place:]

"""Prints what CPython's own parser makes of the files below a directory, one JSON object a line.

    ast_summary.py DIRECTORY          {"path": ..., "error": ..., "stmts": [[line, crc32 of the summary], ...]}
    ast_summary.py --show FILE        the summaries themselves, one statement a line

The summary of a statement names its kind, its place, its blocks' roles and every expression it evaluates itself, in
source order. tests/syntax_stdlib.rs makes the same of the tree that is tested.
"""

import ast
import json
import os
import re
import sys
import warnings
import zlib

sys.setrecursionlimit(20000)
warnings.simplefilter("ignore")

CONSTANTS = {type(None): "None", bool: None, str: "Str", bytes: "Str"}
TRY_STAR = getattr(ast, "TryStar", ast.Try)
TEMPLATE = getattr(ast, "TemplateStr", ast.JoinedStr)
INTERPOLATION = getattr(ast, "Interpolation", ast.FormattedValue)
TYPE_ALIAS = getattr(ast, "TypeAlias", ())


class Summary:
    def __init__(self, text):
        self.data = text.encode()
        self.starts = [0] + [match.end() for match in re.finditer(rb"\r\n|\r|\n", self.data)]
        self.lines = []  # (line number, summary)
        self.out = []
        self.quiet = 0

    def place(self, node):
        start = self.starts[node.lineno - 1] + node.col_offset
        end = self.starts[node.end_lineno - 1] + node.end_col_offset
        # To CPython the last semicolon on a line belongs to the compound statement it stands in.
        while isinstance(node, ast.stmt) and self.data[end - 1 : end] in (b";", b" ", b"\t"):
            end -= 1
        return start, end

    def put(self, word, node=None):
        if node is None or self.quiet:
            self.out.append(word)
        else:
            self.out.append("%s@%d-%d" % (word, *self.place(node)))

    def exprs(self, nodes):
        for node in nodes:
            self.expr(node)

    def expr(self, e):
        if e is None:
            return
        kind = type(e)
        if kind is ast.Name:
            start, end = self.place(e)
            is_plain = self.quiet or self.data[start:end].isascii()
            self.put("Name:" + e.id if is_plain else "Name", e)
        elif kind is ast.Attribute:
            self.put("Attr:" + e.attr, e)
            self.expr(e.value)
        elif kind is ast.Call:
            self.put("Call/%d" % (len(e.args) + len(e.keywords)), e)
            self.expr(e.func)
            self.args(e.args, e.keywords)
        elif kind is ast.Constant:
            value = e.value
            if value is True or value is False:
                self.put(str(value), e)
            else:
                self.put(CONSTANTS.get(type(value), "Number"), e)
        elif kind in (ast.JoinedStr, TEMPLATE):
            self.put("FString", e)
            self.quiet += 1
            self.fstring(e)
            self.quiet -= 1
            self.put("end")
        elif kind in (ast.Tuple, ast.List, ast.Set):
            self.put("%s/%d" % (kind.__name__, len(e.elts)), None if kind is ast.Tuple else e)
            self.exprs(e.elts)
        elif kind is ast.Dict:
            self.put("Dict", e)
            for key, value in zip(e.keys, e.values):
                if key is None:
                    self.put("Starred")
                else:
                    self.expr(key)
                self.expr(value)
            self.put("end")
        elif kind is ast.BinOp:
            # tree-sitter-python lets ^ bind closer than &.
            if not isinstance(e.op, (ast.BitXor, ast.BitAnd)):
                self.put("Binary:" + type(e.op).__name__, e)
            self.exprs([e.left, e.right])
        elif kind is ast.BoolOp:
            self.put("%s/%d" % (type(e.op).__name__, len(e.values)), e)
            self.exprs(e.values)
        elif kind is ast.UnaryOp:
            self.put("Not" if isinstance(e.op, ast.Not) else "Unary", e)
            self.expr(e.operand)
        elif kind is ast.Compare:
            self.put("Compare:" + ",".join(type(op).__name__ for op in e.ops), e)
            self.exprs([e.left, *e.comparators])
        elif kind is ast.IfExp:
            self.put("IfExp", e)
            self.exprs([e.body, e.test, e.orelse])
        elif kind is ast.Subscript:
            self.put("Subscript", e)
            self.expr(e.value)
            index = e.slice
            self.exprs(index.elts if isinstance(index, ast.Tuple) else [index])
            self.put("end")
        elif kind is ast.Slice:
            self.exprs([e.lower, e.upper, e.step])
        elif kind is ast.Starred:
            self.put("Starred")
            self.expr(e.value)
        elif kind is ast.Lambda:
            self.put("Lambda", e)
            self.params(e.args)
            self.expr(e.body)
        elif kind is ast.NamedExpr:
            self.put("Walrus:" + e.target.id, e)
            self.expr(e.value)
        elif kind in (ast.ListComp, ast.SetComp, ast.GeneratorExp, ast.DictComp):
            self.put(kind.__name__, None if kind is ast.GeneratorExp else e)
            self.exprs([e.key, e.value] if kind is ast.DictComp else [e.elt])
            for clause in e.generators:
                self.put("async for" if clause.is_async else "for")
                self.exprs([clause.target, clause.iter])
                for test in clause.ifs:
                    self.put("if")
                    self.expr(test)
            self.put("end")
        else:
            self.put(kind.__name__, e)
            self.expr(e.value)
            self.put("end")

    def fstring(self, e):
        for part in e.values:
            if isinstance(part, (ast.FormattedValue, INTERPOLATION)):
                self.expr(part.value)
                if part.format_spec is not None:
                    self.fstring(part.format_spec)
            elif isinstance(part, ast.JoinedStr):
                self.fstring(part)

    def args(self, args, keywords):
        for arg in sorted([*args, *keywords], key=lambda arg: (arg.lineno, arg.col_offset)):
            if isinstance(arg, ast.Starred):
                self.put("*")
                self.expr(arg.value)
            elif isinstance(arg, ast.keyword):
                self.put("**" if arg.arg is None else arg.arg + "=")
                self.expr(arg.value)
            else:
                self.put("arg")
                self.expr(arg)

    def params(self, a):
        plain = [*a.posonlyargs, *a.args]
        defaults = [None] * (len(plain) - len(a.defaults)) + a.defaults
        every = [("", *pair) for pair in zip(plain, defaults)]
        if a.vararg:
            every.append(("*", a.vararg, None))
        every += [("", *pair) for pair in zip(a.kwonlyargs, a.kw_defaults)]
        if a.kwarg:
            every.append(("**", a.kwarg, None))
        for stars, arg, default in every:
            self.put("param:" + stars + arg.arg)
            self.expr(arg.annotation)
            self.expr(default)

    def pattern(self, p, binds):
        kind = type(p)
        if kind is ast.MatchValue:
            if isinstance(p.value, ast.Attribute):
                self.expr(p.value)
        elif kind in (ast.MatchSequence, ast.MatchOr):
            for part in p.patterns:
                self.pattern(part, binds)
        elif kind is ast.MatchMapping:
            for key, value in zip(p.keys, p.patterns):
                if isinstance(key, ast.Attribute):
                    self.expr(key)
                self.pattern(value, binds)
            binds.append(p.rest)
        elif kind is ast.MatchClass:
            self.expr(p.cls)
            for part in p.patterns + p.kwd_patterns:
                self.pattern(part, binds)
        elif kind is ast.MatchAs:
            if p.pattern is not None:
                self.pattern(p.pattern, binds)
            binds.append(p.name)
        elif kind is ast.MatchStar:
            binds.append(p.name)

    def irrefutable(self, p):
        if isinstance(p, ast.MatchOr):
            return self.irrefutable(p.patterns[-1])
        return isinstance(p, ast.MatchAs) and (p.pattern is None or self.irrefutable(p.pattern))

    def block(self, role, stmts):
        if stmts:
            self.lines.append((stmts[0].lineno, "%s/%d" % (role, len(stmts))))
            for stmt in stmts:
                self.stmt(stmt)

    def stmt(self, s):
        name = type(s).__name__
        blocks = []
        self.out = []
        self.put(name, s)
        if isinstance(s, (ast.FunctionDef, ast.AsyncFunctionDef)):
            self.put(s.name)
            self.exprs(s.decorator_list)
            self.params(s.args)
            self.expr(s.returns)
            blocks.append(("Function", s.body))
        elif isinstance(s, ast.ClassDef):
            self.put(s.name)
            self.exprs(s.decorator_list)
            self.args(s.bases, s.keywords)
            blocks.append(("Class", s.body))
        elif isinstance(s, ast.If):
            number = 0
            while True:
                self.expr(s.test)
                blocks.append(("If(%d)" % number, s.body))
                number += 1
                inner = s.orelse[0] if len(s.orelse) == 1 else None
                if not (isinstance(inner, ast.If) and self.data.startswith(b"elif", self.place(inner)[0])):
                    blocks.append(("Else", s.orelse))
                    break
                s = inner
        elif isinstance(s, (ast.For, ast.AsyncFor)):
            self.exprs([s.target, s.iter])
            blocks += [("Loop", s.body), ("Else", s.orelse)]
        elif isinstance(s, ast.While):
            self.expr(s.test)
            blocks += [("Loop", s.body), ("Else", s.orelse)]
        elif isinstance(s, (ast.With, ast.AsyncWith)):
            for item in s.items:
                self.put("item")
                self.expr(item.context_expr)
                if item.optional_vars is not None:
                    self.put("as")
                    self.expr(item.optional_vars)
            blocks.append(("With", s.body))
        elif isinstance(s, (ast.Try, TRY_STAR)):
            blocks.append(("Try", s.body))
            for number, handler in enumerate(s.handlers):
                self.put("except:%s" % (handler.name or ""))
                self.expr(handler.type)
                blocks.append(("Except(%d)" % number, handler.body))
            blocks += [("Else", s.orelse), ("Finally", s.finalbody)]
        elif name == "Match":
            self.expr(s.subject)
            for number, case in enumerate(s.cases):
                binds = []
                self.put("case")
                self.pattern(case.pattern, binds)
                self.put(",".join(dict.fromkeys(bind for bind in binds if bind)))
                self.put(str(case.guard is None and self.irrefutable(case.pattern)))
                self.expr(case.guard)
                blocks.append(("Case(%d)" % number, case.body))
        elif isinstance(s, ast.Assign):
            self.put(str(len(s.targets)))
            self.exprs([*s.targets, s.value])
        elif isinstance(s, ast.AugAssign):
            self.exprs([s.target, s.value])
        elif isinstance(s, ast.AnnAssign):
            self.exprs([s.target, s.annotation, s.value])
        elif isinstance(s, ast.Delete):
            self.exprs(s.targets)
        elif isinstance(s, ast.Raise):
            self.expr(s.exc)
            self.put("from")
            self.expr(s.cause)
        elif isinstance(s, ast.Assert):
            self.exprs([s.test, s.msg])
        elif isinstance(s, (ast.Global, ast.Nonlocal)):
            self.put(",".join(s.names))
        elif isinstance(s, (ast.Import, ast.ImportFrom)):
            if isinstance(s, ast.ImportFrom):
                self.put("%d %s" % (s.level, s.module or ""))
            self.put(",".join(a.name + (" as " + a.asname if a.asname else "") for a in s.names))
        elif isinstance(s, TYPE_ALIAS):
            self.put(s.name.id)
        elif isinstance(s, (ast.Expr, ast.Return)):
            self.expr(s.value)
        self.lines.append((s.lineno, " ".join(self.out)))
        for role, stmts in blocks:
            self.block(role, stmts)


def summarize(path):
    with open(path, "rb") as file:
        text = file.read().decode("utf-8").removeprefix("\ufeff")
    summary = Summary(text)
    summary.block("Module", ast.parse(text).body)
    return summary.lines


def main():
    if sys.argv[1] == "--show":
        for _line, text in summarize(sys.argv[2]):
            print(text)
        return
    for folder, folders, files in os.walk(sys.argv[1]):
        folders[:] = sorted(set(folders) - {"site-packages", "__pycache__"})
        for name in sorted(files):
            if not name.endswith(".py"):
                continue
            path = os.path.join(folder, name)
            found = {"path": path, "error": None, "stmts": []}
            try:
                found["stmts"] = [(line, zlib.crc32(text.encode())) for line, text in summarize(path)]
            except Exception as error:
                found["error"] = type(error).__name__
            print(json.dumps(found, separators=(",", ":")))


main()

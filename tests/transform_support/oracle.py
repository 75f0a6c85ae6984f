import ast
import json
import sys


def transformed(tree, question, offset):
    """The tree after the plan."""

    def start(node):
        if getattr(node, "decorator_list", None):
            first = node.decorator_list[0]
            return offset(first) - 1
        return offset(node)

    def listed(body, may_be_empty=False):
        new = []
        at = next((i for i, s in enumerate(body) if start(s) == question["at"]), None)
        index = 0
        while index < len(body):
            node = body[index]
            if index == at:
                end = next(i for i, s in enumerate(body) if start(s) == question["last"]) + 1
                context = node.value
                if question["closing"]:
                    context = ast.Call(ast.Name("closing", ast.Load()), [context], [])
                target = node.target if isinstance(node, ast.AnnAssign) else node.targets[0]
                if isinstance(node, ast.AnnAssign):
                    new.append(ast.AnnAssign(target, node.annotation, None, node.simple))
                item = ast.withitem(context, ast.Name(target.id, ast.Store()))
                new.append(ast.With([item], listed(body[index + 1 : end])))
                index = end
            else:
                new += changed(node)
                index += 1
        return new or ([] if may_be_empty else [ast.Pass()])

    def changed(node):
        if start(node) in question["drop"] and isinstance(node, ast.Expr):
            return []
        if isinstance(node, (ast.Try, getattr(ast, "TryStar", ast.Try))) and node.finalbody:
            final = listed(node.finalbody, True)
            if not final and not node.handlers:
                return listed(node.body, True)
            node.finalbody = final
        for part in getattr(node, "handlers", []) + getattr(node, "cases", []):
            part.body = listed(part.body)
        for field in ("body", "orelse"):
            part = getattr(node, field, None)
            if isinstance(part, list) and part and isinstance(part[0], ast.stmt):
                setattr(node, field, listed(part, field == "orelse"))
        return [node]

    tree.body = listed(tree.body, True)
    return tree


class OneName(ast.NodeTransformer):
    """Writes `contextlib.closing` as `closing`."""

    def visit_Attribute(self, node):
        self.generic_visit(node)
        if node.attr == "closing" and isinstance(node.value, ast.Name) and node.value.id == "contextlib":
            return ast.Name("closing", ast.Load())
        return node


def plain(tree, closing):
    """Without the import that may be new, and with one name for `closing`."""
    if closing:
        new = ("from contextlib import closing", "import contextlib")
        tree.body = [s for s in tree.body if not isinstance(s, (ast.Import, ast.ImportFrom)) or ast.unparse(s) not in new]
        # The name may also stand in an import that was there.
        for stmt in tree.body:
            if isinstance(stmt, ast.ImportFrom) and stmt.module == "contextlib":
                stmt.names = [n for n in stmt.names if ast.unparse(n) != "closing"] or stmt.names
        OneName().visit(tree)
    return ast.dump(tree, indent=1).splitlines()


def offsets(data):
    starts = [0]
    index = 0
    while index < len(data):
        if data[index : index + 2] == b"\r\n":
            index += 1
        elif data[index : index + 1] not in (b"\r", b"\n"):
            index += 1
            continue
        index += 1
        starts.append(index)
    return lambda node: starts[node.lineno - 1] + node.col_offset


def verdict(question):
    before = question["before"].encode()
    try:
        compile(before, "before", "exec")
        tree = ast.parse(before)
    except (SyntaxError, ValueError, RecursionError):
        return None
    try:
        compile(question["after"].encode(), "after", "exec")
        after = ast.parse(question["after"].encode())
    except SyntaxError as error:
        return f"does not compile: {error}"
    wanted = transformed(tree, question, offsets(before))
    one, two = (plain(t, question["closing"]) for t in (wanted, after))
    if one != two:
        at = next((i for i, (a, b) in enumerate(zip(one, two)) if a != b), min(len(one), len(two)))
        return "wanted\n" + "\n".join(one[max(0, at - 8) : at + 6]) + "\ngot\n" + "\n".join(two[max(0, at - 8) : at + 6])
    return ""


for line in sys.stdin:
    print(json.dumps(verdict(json.loads(line))), flush=True)

"""The generator's own tree of statements: rendering it, and taking it apart for the shrinker."""

from dataclasses import dataclass, field

RAW = "\x01"  # marks a line of a multi-line string: it is not indented


@dataclass
class Line:
    """A statement without a block. Further lines are indented like the first, but for those that start with RAW."""

    text: str


@dataclass
class Clause:
    """A header and its block."""

    header: str
    body: list = field(default_factory=list)


@dataclass
class Block:
    """A compound statement."""

    clauses: list


def block(*parts):
    """block(header, body, header, body ...)"""
    return Block([Clause(parts[i], parts[i + 1]) for i in range(0, len(parts), 2)])


def render(nodes, unit="    ", depth=1):
    """The text of a block; an empty one gets a `pass`."""
    out = []
    indent = unit * depth
    for node in nodes:
        if isinstance(node, Line):
            for line in node.text.split("\n"):
                out.append(line[1:] if line.startswith(RAW) else indent + line.replace("\t", unit) if line else "")
        else:
            for clause in node.clauses:
                out += [indent + line for line in clause.header.split("\n")]
                out += render(clause.body, unit, depth + 1)
    if not any(not isinstance(n, Line) or not n.text.lstrip().startswith("#") for n in nodes):
        out.append(indent + "pass")
    return out


def smaller(nodes):
    """All trees that are one step smaller, the big steps first."""
    for index, node in enumerate(nodes):
        yield nodes[:index] + nodes[index + 1:]
    for index, node in enumerate(nodes):
        before, after = nodes[:index], nodes[index + 1:]
        if isinstance(node, Line):
            if "\n" in node.text or "; " in node.text or "  #" in node.text:
                plain = node.text.split("  #")[0].split("; ")[0]
                if "\n" not in plain and plain != node.text:
                    yield before + [Line(plain)] + after
            continue
        for clause in node.clauses:
            if not clause.header.startswith(("def ", "async def ")):
                yield before + clause.body + after
        for number in range(1, len(node.clauses)):
            yield before + [Block(node.clauses[:number] + node.clauses[number + 1:])] + after
        for number, clause in enumerate(node.clauses):
            for body in smaller(clause.body):
                clauses = list(node.clauses)
                clauses[number] = Clause(clause.header, body)
                yield before + [Block(clauses)] + after


def size(nodes):
    """How many statements."""
    return sum(1 if isinstance(n, Line) else 1 + sum(size(c.body) for c in n.clauses) for n in nodes)

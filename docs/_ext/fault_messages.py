"""Error messages read from the source: every `Fault(...)` of the package, with gaps."""

from __future__ import annotations

import ast
from collections import defaultdict
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import econshrink

PACKAGE = Path(str(econshrink.__file__)).parent
GAP = "…"  # stands for what a message fills in
PARTS = ("seen", "expected", "remedy", "where")
LONGEST = 4  # variants shown of one part
Known = dict[str, list[tuple[int, ast.expr]]]  # names to what they were given, with lines


@dataclass(frozen=True, order=True)
class Message:
    """One kind of message: what it says, with gaps, and where the package says it."""

    wing: str
    seen: str
    expected: str
    remedy: str
    module: str


@cache
def messages(package: Path = PACKAGE) -> tuple[Message, ...]:
    """All messages of a package, sorted by wing and text; the same text of one wing once."""
    found: dict[tuple[str, ...], Message] = {}
    for path in sorted(package.rglob("*.py")):
        parts = path.relative_to(package).with_suffix("").parts
        wing = parts[0] if len(parts) > 1 else "front"
        for text in _faults(ast.parse(path.read_text(encoding="utf-8"))):
            if any(part.replace(GAP, "").strip() for part in text[:2]):
                found.setdefault((wing, *text), Message(wing, *text, ".".join(parts)))
    return tuple(sorted(found.values()))


def _faults(tree: ast.Module) -> list[tuple[str, str, str]]:
    """Seen, expected and remedy of every call of `Fault` in a module."""
    found: list[tuple[str, str, str]] = []
    constants = _texts(tree)

    def visit(node: ast.AST, known: Known) -> None:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            known = known | _texts(node)
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "Fault":
            given = dict(zip(PARTS, node.args, strict=False))
            given |= {word.arg: word.value for word in node.keywords if word.arg}
            seen, expected, remedy = (
                _template(given.get(part), known, node.lineno) for part in PARTS[:3]
            )
            found.append((seen, expected, remedy))
        for child in ast.iter_child_nodes(node):
            visit(child, known)

    visit(tree, constants)
    return found


def _texts(scope: ast.AST) -> Known:
    """Names to what is assigned to them in a function or at the top of a module, with lines."""
    found: Known = defaultdict(list)
    body = ast.walk(scope) if not isinstance(scope, ast.Module) else iter(scope.body)
    for node in body:
        if isinstance(node, ast.Assign):
            for target in node.targets:
                if isinstance(target, ast.Name):
                    found[target.id].append((node.lineno, node.value))
                elif isinstance(target, ast.Tuple) and isinstance(node.value, ast.Tuple):
                    for name, value in zip(target.elts, node.value.elts, strict=False):
                        if isinstance(name, ast.Name):
                            found[name.id].append((node.lineno, value))
    return dict(found)


def _template(node: ast.expr | None, known: Known, line: int) -> str:
    """Text of an expression, with a gap for everything that is filled in at run time."""
    if node is None:
        return ""
    variants = list(dict.fromkeys(_variants(node, known, line, depth=4)))[:LONGEST]
    return " / ".join(" ".join(one.split()) for one in variants)


def _variants(node: ast.expr, known: Known, line: int, depth: int) -> list[str]:
    match node:
        case ast.Constant(value=str(text)):
            return [text]
        case ast.JoinedStr(values=values):
            return ["".join(_piece(part) for part in values)]
        case ast.IfExp(body=one, orelse=other):
            return _variants(one, known, line, depth) + _variants(other, known, line, depth)
        case ast.BinOp(left=left, op=ast.Add(), right=right):
            heads, tails = (_variants(part, known, line, depth) for part in (left, right))
            return [head + tail for head in heads for tail in tails]
        case ast.Name(id=name) if depth and name in known:
            before = [value for at, value in known[name] if at <= line]
            return _variants(before[-1], known, line, depth - 1) if before else [GAP]
    return [GAP]


def _piece(part: ast.expr) -> str:
    return part.value if isinstance(part, ast.Constant) else GAP

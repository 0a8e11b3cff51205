"""Public verbs that nothing in the house uses: ``python -m tools.unreached``.

A verb is a public function of a namespace. It is reached if its name stands in an exhibit, a study,
a benchmark, a command, or a document (a how-to, a tutorial, the README), not counting its own
module and tests. What is listed waits for a tutorial, or for its retirement.
"""

from __future__ import annotations

import ast
import inspect
import re
import sys
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path

import econshrink
from econshrink.core.lazy import public_names

ROOT = Path(__file__).resolve().parents[1]
CODE = ("analyses", "benchmarks", "econshrink/cli.py", "econshrink/cli", "docs")
TEXT = ("README.md", "REPLICATION.md", "docs")


def verbs(root: Path = ROOT) -> dict[str, list[str]]:
    """Public function -> the namespaces that offer it; "" is the top."""
    found: dict[str, list[str]] = {}
    rooms = [
        root / "econshrink" / "__init__.py",
        *sorted((root / "econshrink").glob("*/__init__.py")),
    ]
    for file in rooms:
        room = "" if file.parent.name == "econshrink" else file.parent.name
        for name in public_names(file):
            thing = getattr(import_module(f"econshrink.{room}" if room else "econshrink"), name)
            if inspect.isfunction(inspect.unwrap(thing)):
                found.setdefault(name, []).append(room)
    return found


def used(root: Path = ROOT) -> set[str]:
    """Names that code takes from the package, and names in the code of documents."""
    names: set[str] = set()
    for place in CODE:
        top = root / place
        for path in [top] if top.suffix else sorted(top.rglob("*.py")):
            if path.is_file():
                names.update(_names(ast.parse(path.read_text(encoding="utf-8"))))
    for place in TEXT:
        top = root / place
        for path in [top] if top.suffix else sorted(top.rglob("*.md")):
            if path.is_file():
                names.update(re.findall(r"\b[a-z_]\w+\b", _code(path.read_text(encoding="utf-8"))))
    return names


def inside(root: Path = ROOT) -> set[str]:
    """Names that a module of the package takes from another one: their verbs are parts."""
    names: set[str] = set()
    for path in sorted((root / "econshrink").rglob("*.py")):
        if path.name != "__init__.py":
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                if isinstance(node, ast.ImportFrom):
                    names.update(alias.name for alias in node.names)
    return names


def unreached(root: Path = ROOT) -> dict[str, list[str]]:
    """Public verbs that nothing uses, with their namespaces."""
    known = used(root)
    return {name: rooms for name, rooms in sorted(verbs(root).items()) if name not in known}


def main() -> int:
    """Print the list by namespace."""
    every, found, parts = verbs(), unreached(), inside()
    by_room: dict[str, list[str]] = {}
    for name, rooms in found.items():
        by_room.setdefault(rooms[-1] or "econshrink", []).append(name + " *" * (name in parts))
    for room, names in sorted(by_room.items()):
        print(f"{room} ({len(names)}): {', '.join(names)}")
    print(f"{len(found)} of {len(every)} public verbs; * used by another module of the package")
    print(f"econshrink {econshrink.__version__}")
    return 0


def _names(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("econshrink"):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.Attribute):  # econshrink.panel.fit_fe
            yield node.attr


def _code(text: str) -> str:
    return "\n".join(re.findall(r"```.*?```|`[^`\n]+`", text, re.DOTALL))


if __name__ == "__main__":
    sys.exit(main())

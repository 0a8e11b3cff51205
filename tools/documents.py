"""Write the generated parts of ARCHITECTURE, REPLICATION and README: ``python -m tools.documents``.

A generated part stands between two comments that name it. With ``--measured`` the run times of the
last build become those that the documents state, if that build was complete and reused nothing.
"""

from __future__ import annotations

import argparse
import ast
import re
import sys
import tomllib
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from econshrink.core.files import write_file
from tools import replication

ROOT = Path(__file__).resolve().parents[1]
TOPS = ("econshrink", "analyses", "tools")


def rooms(root: Path = ROOT) -> str:
    """Every package with the first paragraph of its docstring, in the order of the law."""
    law = [name for line in reversed(_layers(root)) for name in line]
    order = {name: place for place, name in enumerate(law)}
    packages = [path.parent for top in TOPS for path in (root / top).rglob("__init__.py")]

    def place(folder: Path) -> tuple[int, int, str]:
        parts = folder.relative_to(root).parts
        wing = order.get(".".join(parts[:2]), len(order)) if len(parts) > 1 else -1
        return TOPS.index(parts[0]), wing, "/".join(parts)

    lines = []
    for folder in sorted(packages, key=place):
        name = folder.relative_to(root).as_posix()
        lines.append(f"{'  ' * name.count('/')}- `{name}/` {first_sentence(folder)}")
    return "\n".join(lines)


def first_sentence(folder: Path) -> str:
    """The first paragraph of a package's docstring, on one line."""
    tree = ast.parse((folder / "__init__.py").read_text(encoding="utf-8"))
    return " ".join((ast.get_docstring(tree) or "").split("\n\n")[0].split())


def law(root: Path = ROOT) -> str:
    """The contracts of import-linter in words."""
    lines = ["| Layer | Rooms; none imports another of its line |", "|--:|---|"]
    for number, names in enumerate(reversed(_layers(root))):
        shown = ", ".join(f"`{name}`" for name in names)
        lines.append(f"| {number} | {shown} |")
    others = [
        f"- {contract['name']}." for contract in _contracts(root) if contract["type"] == "forbidden"
    ]
    return "\n".join([*lines, "", "Besides:", "", *others])


PARTS: dict[str, tuple[str, Callable[[Path], str]]] = {
    "rooms": ("ARCHITECTURE.md", rooms),
    "law": ("ARCHITECTURE.md", law),
    "provenance": ("REPLICATION.md", replication.provenance),
    "measured": ("REPLICATION.md", replication.measured),
    "exhibits": ("REPLICATION.md", replication.exhibits),
    "locked": ("REPLICATION.md", replication.locked),
    "locked files": ("README.md", replication.locked_short),
}


def budget(text: str) -> dict[str, int]:
    """Step of the build server -> seconds it may take, from the table in CONTRIBUTING.md."""
    table = text.split("| Step | Seconds |")[1].split("\n\n", maxsplit=1)[0]
    return {name: int(seconds) for name, seconds in re.findall(r"\| `(\w+)` \| (\d+) \|", table)}


def between(text: str, name: str) -> str:
    """The part of a document that is generated under `name`."""
    return _pattern(name).search(text).group(2).strip()  # type: ignore[union-attr]


def replaced(text: str, name: str, part: str) -> str:
    """The document with that part written anew."""
    found, count = _pattern(name).subn(lambda m: f"{m[1]}\n\n{part}\n\n{m[3]}", text)
    if count != 1:
        raise ValueError(f"{count} places for the generated part '{name}'; one is expected")
    return found


def main(arguments: Sequence[str] | None = None, root: Path = ROOT) -> int:
    """Write the parts; return 1 if run times were asked for and there is no full build."""
    parser = argparse.ArgumentParser(prog="python -m tools.documents", description=__doc__)
    parser.add_argument("--measured", action="store_true", help="also the last build's run times")
    options = parser.parse_args(arguments)
    if options.measured and not replication.keep_measured(root):
        print("the last build was not a full one: remove build/ and run `make paper`")
        return 1
    parts = {name: (file, make(root)) for name, (file, make) in PARTS.items()}
    for name, (file, part) in parts.items():
        text = (root / file).read_text(encoding="utf-8")
        write_file(root / file, replaced(text, name, part))
        print(f"{file}: {name}")
    return 0


def _pattern(name: str) -> re.Pattern[str]:
    begin = rf"<!-- {name}: written by python -m tools\.documents[^>]*-->"
    return re.compile(rf"({begin})(.*?)(<!-- end of {name} -->)", re.DOTALL)


def _contracts(root: Path) -> list[dict[str, Any]]:
    project = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))
    return list(project["tool"]["importlinter"]["contracts"])


def _layers(root: Path) -> list[list[str]]:
    """The rooms of each layer that exist, highest layer first."""
    named = [re.findall(r"[\w.]+", line) for line in _contracts(root)[0]["layers"]]
    return [[name for name in line if _exists(root / name.replace(".", "/"))] for line in named]


def _exists(path: Path) -> bool:
    return path.is_dir() or path.with_suffix(".py").is_file()


if __name__ == "__main__":
    sys.exit(main())

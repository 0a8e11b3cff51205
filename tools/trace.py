"""Where the numbers of the abstract and the introduction come from: ``python -m tools.trace``.

One line a number: what is printed, its id, the exhibit that shows it, and the program that made it.
Other files of the manuscript may be named: ``python -m tools.trace paper/article/data.typ``.
"""

from __future__ import annotations

import argparse
import json
import re
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from analyses.config import TASKS
from tools.replication import program

ROOT = Path(__file__).resolve().parents[1]
FILES = ("paper/paper.typ", "paper/article/introduction.typ")
_NUMBER = re.compile(r'(?<![\w])n\(\s*"([\w.]+)"((?:[^()]|\([^()]*\))*)\)')
_OPTION = re.compile(r"(\w+):\s*(\"?)([\w-]+)\2")


def numbers(text: str) -> Iterator[tuple[str, dict[str, str]]]:
    """Id and options of every number of a manuscript, in order.

    Examples
    --------
    >>> list(numbers('#n("a.b") of #n("a.c", digits: 1, style: "percent")'))
    [('a.b', {}), ('a.c', {'digits': '1', 'style': 'percent'})]
    """
    for match in _NUMBER.finditer(re.sub(r"(?<!:)//[^\n]*", "", text)):
        yield match[1], {name: value for name, _, value in _OPTION.findall(match[2])}


def printed(entry: dict[str, Any], options: dict[str, str]) -> str:
    """The text that the template prints for an entry of numbers.json."""
    text = str(entry["text"])
    if {"style", "digits"} & set(options):
        usual = "percent" if text.endswith("%") else "fixed"
        forms = entry["styles"][options.get("style", usual)]
        text = forms[int(options["digits"]) if "digits" in options else min(1, len(forms) - 1)]
    if options.get("magnitude") == "true":
        text = text.lstrip("−")
    if options.get("sign") == "true" and not text.startswith("−"):
        text = "+" + text
    return text


def main(arguments: Sequence[str] | None = None, root: Path = ROOT) -> int:
    """Print the listing as Markdown."""
    parser = argparse.ArgumentParser(prog="python -m tools.trace", description=__doc__)
    parser.add_argument("files", nargs="*", default=list(FILES), metavar="FILE")
    options = parser.parse_args(arguments)
    build = root / "build"
    held = json.loads((build / "numbers.json").read_text(encoding="utf-8"))
    entries = json.loads((build / "results.json").read_text(encoding="utf-8"))
    programs = {task.name: program(task) for task in TASKS}
    for file in options.files:
        found = list(numbers((root / file).read_text(encoding="utf-8")))
        print(f"\n{file}: {len(found)} numbers\n")
        print("| Printed | Result | Exhibit | Program |\n|---|---|---|---|")
        for key, how in found:
            entry = entries[key]
            print(
                f"| {printed(held[key], how)} | `{key}` | {entry['exhibit']} "
                f"| `{programs[entry['task']]}` |"
            )
    return 0


if __name__ == "__main__":
    sys.exit(main())

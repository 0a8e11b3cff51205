"""Printed numbers of exhibits and sections, read from the manuscript before it is typeset.

Each of the two documents refers to exhibits and sections of the other by their printed numbers.
Both take the numbers from here, so neither has to be typeset before the other.
"""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from analyses.machinery.workspace import Workspace
from econshrink.core.errors import Fault, SpecError, raise_all

# The paper first: what it shows, the supplement does not show again.
DOCUMENTS = ("paper", "supplement")
KINDS = ("table", "figure")
LISTED = Path("paper") / "expected" / "exhibits.json"
STUDIES = "paper/studies/"
FILE = "numbering.json"
_COMMENT = re.compile(r"(?<!:)//[^\n]*")
_MARK = re.compile(
    r'#include\s+"(?P<file>[^"]+)"'
    r'|exhibit-(?P<kind>table|figure)\(\s*"(?P<name>\w+)"'
    r"|^(?P<level>=+) [^\n<]*(?:<(?P<label>[\w-]+)>)?",
    re.MULTILINE,
)
_FORMULA = re.compile(r"(?<!\\)\$([^$]+)\$")
_PRINTED = re.compile(r"(table|figure)\s*(S?\d+)", re.IGNORECASE)


@dataclass
class Numbers:
    """Of one document: exhibit or label -> printed number, in order of appearance."""

    lettered: bool = False
    table: dict[str, str] = field(default_factory=dict)
    figure: dict[str, str] = field(default_factory=dict)
    section: dict[str, str] = field(default_factory=dict)
    _place: list[int] = field(default_factory=list)

    def show(self, kind: str, name: str) -> None:
        """Number one more table or figure; a second showing is an error."""
        held = self.table if kind == "table" else self.figure
        if name in held:
            raise SpecError(
                Fault(f"{kind} '{name}' shown twice", "each once", "Refer to it with @ instead.")
            )
        held[name] = f"{'S' if self.lettered else ''}{len(held) + 1}"

    def enter(self, level: int, label: str) -> None:
        """Pass one heading, and note its number if it has a label."""
        place = [*self._place[:level], *[0] * (level - len(self._place))]
        place[-1] += 1
        self._place = place
        if label:
            first = _letters(place[0]) if self.lettered else str(place[0])
            self.section[label] = ".".join([first, *map(str, place[1:])])

    def tree(self) -> dict[str, dict[str, str]]:
        """For JSON."""
        return {"table": self.table, "figure": self.figure, "section": self.section}


def _letters(place: int) -> str:
    """A to Z, then AA to ZZ, as typeset."""
    before, last = divmod(place - 1, 26)
    return (chr(ord("A") + before - 1) if before else "") + chr(ord("A") + last)


def numbering(paper: Path) -> dict[str, Numbers]:
    """Numbers of both documents in the folder `paper`.

    Raises
    ------
    SpecError
        An exhibit shown twice in one document, or a label in both.
    """
    found: dict[str, Numbers] = {}
    for name in DOCUMENTS:
        numbers = found[name] = Numbers(lettered=name != DOCUMENTS[0])
        shown = found[DOCUMENTS[0]] if numbers.lettered else Numbers()
        _read(paper / f"{name}.typ", numbers, shown)
    first, second = (set(found[name].section) for name in DOCUMENTS)
    raise_all(
        SpecError,
        [
            Fault(f"label '{label}' in both documents", "in one", "Rename one.")
            for label in sorted(first & second)
        ],
    )
    return found


def _read(path: Path, numbers: Numbers, elsewhere: Numbers) -> None:
    text = _COMMENT.sub("", path.read_text(encoding="utf-8"))
    for match in _MARK.finditer(text):
        if match["file"]:
            _read(path.parent / match["file"], numbers, elsewhere)
        elif match["kind"]:
            if match["name"] not in getattr(elsewhere, match["kind"]):
                numbers.show(match["kind"], match["name"])
        else:
            numbers.enter(len(match["level"]), match["label"] or "")


def owners(paper: Path, made: Collection[str]) -> dict[str, tuple[str, str]]:
    """Exhibit of `made`, such as ``"table/closure"`` -> its document and its printed number.

    The manuscript may name one without ``_synthetic``, where a user's data can take its place.
    """
    return {
        key if key in made else f"{key}_synthetic": (document, number)
        for document, numbers in numbering(paper).items()
        for kind in KINDS
        for name, number in getattr(numbers, kind).items()
        for key in [f"{kind}/{name}"]
        if key in made or f"{key}_synthetic" in made
    }


def tasks_named(words: Sequence[str], paper: Path, maker: Mapping[str, str]) -> list[str]:
    """Tasks of a selection such as ``Table 3 Figure S2 closure``: printed numbers and tasks.

    `maker` says which task makes which exhibit.

    Raises
    ------
    SpecError
        A number that no exhibit bears.
    """
    text = " ".join(words).replace(",", " ")
    asked = [(kind.lower(), number.upper()) for kind, number in _PRINTED.findall(text)]
    if not asked:
        return list(words)
    by_number = {
        (key.partition("/")[0], number): key for key, (_, number) in owners(paper, maker).items()
    }
    raise_all(
        SpecError,
        [
            Fault(
                f"{kind.title()} {number}",
                "a number printed in the paper or its supplement",
                "REPLICATION.md lists them.",
            )
            for kind, number in asked
            if (kind, number) not in by_number
        ],
    )
    chosen = [maker[by_number[key]] for key in asked]
    return list(dict.fromkeys([*chosen, *_PRINTED.sub(" ", text).split()]))


def formulas(paper: Path) -> list[str]:
    """Every formula of the manuscripts that holds no code, as it is written there."""
    texts = [_COMMENT.sub("", p.read_text(encoding="utf-8")) for p in sorted(paper.rglob("*.typ"))]
    found = {match.strip() for text in texts for match in _FORMULA.findall(text)}
    return sorted(formula for formula in found if "#" not in formula)


def stored(maker: Mapping[str, str]) -> list[str]:
    """Exhibits of `maker` whose task prints a stored Monte Carlo study instead of repeating it."""
    from analyses import config  # noqa: PLC0415  (which names this module)

    reading = {
        task.name for task in config.TASKS if any(name.startswith(STUDIES) for name in task.inputs)
    }
    return sorted(key for key, task in maker.items() if task in reading)


def listed(root: Path) -> dict[str, str]:
    """Exhibit -> the task that makes it, as `make accept` wrote it down; empty before the first."""
    path = root / LISTED
    return json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}


def run(work: Workspace) -> None:
    """Write numbering.json, which both documents read."""
    paper = work.root / "paper"
    tree: dict[str, Any] = {name: held.tree() for name, held in numbering(paper).items()}
    tree["formulas"] = formulas(paper)
    tree["stored"] = stored(listed(work.root))
    work.write(FILE, json.dumps(tree, indent=1) + "\n")

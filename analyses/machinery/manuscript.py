"""The paper itself: numbers of all tasks into the manuscript, and that into a PDF."""

from __future__ import annotations

import importlib.metadata

from analyses.machinery.workspace import Workspace
from econshrink.report import typeset, write_numbers

PACKAGE = "econshrink"


def run(work: Workspace) -> None:
    """Write numbers.json and numbers.tex, then typeset paper/paper.typ into paper.pdf."""
    for path in write_numbers(work.results(), work.build):
        work.adopt(path)
    version = importlib.metadata.version(PACKAGE)
    inputs = {
        "build": "/" + work.build.relative_to(work.root).as_posix(),
        "version": f"{PACKAGE} {version} · sources {work.source_digest[:10]}",
    }
    source = work.root / "paper" / "paper.typ"
    for path in typeset(source, work.build / "paper.pdf", root=work.root, inputs=inputs):
        work.adopt(path)

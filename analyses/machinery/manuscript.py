"""The paper and its supplement: numbers of all tasks into the manuscripts, and those into PDFs."""

from __future__ import annotations

import importlib.metadata

from analyses.machinery.workspace import Workspace
from econshrink.report import typeset, write_numbers

PACKAGE = "econshrink"


def numbers(work: Workspace) -> None:
    """Write numbers.json, which both documents read, and numbers.tex."""
    for path in write_numbers(work.results(), work.build):
        work.adopt(path)


def document(work: Workspace) -> None:
    """Typeset paper/NAME.typ into NAME.pdf, NAME being that of the task."""
    version = importlib.metadata.version(PACKAGE)
    inputs = {
        "build": "/" + work.build.relative_to(work.root).as_posix(),
        "document": work.task,
        "version": f"{PACKAGE} {version} · sources {work.source_digest[:10]}",
    }
    source = work.root / "paper" / f"{work.task}.typ"
    for path in typeset(source, work.build / f"{work.task}.pdf", root=work.root, inputs=inputs):
        work.adopt(path)

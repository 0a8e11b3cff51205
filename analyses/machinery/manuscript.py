"""The paper and its supplement: numbers of all tasks into the manuscripts, and those into PDFs."""

from __future__ import annotations

import importlib.metadata
from pathlib import Path

from analyses.machinery.workspace import Workspace
from econshrink.report import typeset, write_numbers

PACKAGE = "econshrink"


def numbers(work: Workspace) -> None:
    """Write numbers.json, which both documents read, and numbers.tex."""
    for path in write_numbers(work.results(), work.build):
        work.adopt(path)


def inputs(document: str, build: Path, root: Path, digest: str) -> dict[str, str]:
    """What the template reads: where the build lies, which document it is, and of what version."""
    version = importlib.metadata.version(PACKAGE)
    return {
        "build": "/" + build.relative_to(root).as_posix(),
        "document": document,
        "version": f"{PACKAGE} {version} · sources {digest[:10]}",
    }


def document(work: Workspace) -> None:
    """Typeset paper/NAME.typ into NAME.pdf, NAME being that of the task."""
    source = work.root / "paper" / f"{work.task}.typ"
    read = inputs(work.task, work.build, work.root, work.source_digest)
    for path in typeset(source, work.build / f"{work.task}.pdf", root=work.root, inputs=read):
        work.adopt(path)

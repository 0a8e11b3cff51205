"""Exhibits stand side by side: what two of them need is shared, and they use public names."""

import ast
import importlib
from pathlib import Path

import pytest

from analyses.config import TASKS

ROOT = Path(__file__).parents[2]
MACHINERY = ("analyses.machinery", "analyses.shared", "analyses.studies")
SCRIPTS = {task.module for task in TASKS if not task.module.startswith("analyses.machinery")}
FILES = sorted((ROOT / "analyses").rglob("*.py"))


def name_of(path):
    return ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")


def imported(path):
    """Modules that a file's import statements name, wherever they stand in it."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom):
            yield node.module or ""
            yield from (f"{node.module}.{alias.name}" for alias in node.names)
        elif isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)


def test_no_script_of_an_exhibit_is_imported():
    found = [(name_of(p), m) for p in FILES for m in imported(p) if m in SCRIPTS]
    assert found == []


def test_a_subject_uses_its_own_parts_and_what_is_shared():
    found = []
    for path in FILES:
        name = name_of(path)
        room = ".".join(name.split(".")[:2])
        if name.startswith(("analyses.config", "analyses.__main__")):
            continue
        allowed = (room, "analyses.machinery", "analyses.shared")
        if room not in MACHINERY:
            allowed += ("analyses.studies",)  # a study's plan, which its exhibit prints
        found += [
            (name, used)
            for used in imported(path)
            if used.startswith("analyses.") and not used.startswith(allowed)
        ]
    assert [(a, b) for a, b in found if b != "analyses.config"] == []


@pytest.mark.parametrize("folder", ["analyses", "benchmarks"])
def test_only_public_namespaces_are_imported(folder):
    found = [
        (path.relative_to(ROOT).as_posix(), used)
        for path in sorted((ROOT / folder).rglob("*.py"))
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("econshrink.")
        for used in [node.module]
        if used.count(".") > 1 and not used.startswith("econshrink.core.")
    ]
    assert found == []


@pytest.mark.parametrize("folder", ["analyses", "benchmarks"])
def test_every_name_taken_from_a_namespace_is_public_there(folder):
    found = [
        (path.relative_to(ROOT).as_posix(), node.module, alias.name)
        for path in sorted((ROOT / folder).rglob("*.py"))
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.ImportFrom)
        and (node.module or "").startswith("econshrink")
        and not node.module.startswith("econshrink.core")
        for alias in node.names
        if alias.name not in dir(importlib.import_module(node.module))
    ]
    assert found == []

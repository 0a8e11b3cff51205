"""ARCHITECTURE.md tells the truth: every module has its line, every line its module."""

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]


def modules():
    return {
        path.relative_to(ROOT).as_posix()
        for room in ("econshrink", "analyses")
        for path in (ROOT / room).rglob("*.py")
        if path.name != "__init__.py"
    }


def listed():
    text = (ROOT / "ARCHITECTURE.md").read_text(encoding="utf-8")
    table = text.split("## Topic -> files")[1].split("\n## ")[0]
    return set(re.findall(r"`((?:econshrink|analyses)/[\w/]+\.py)`", table))


def test_every_module_is_listed_under_a_topic():
    assert modules() - listed() == set()


def test_every_listed_module_exists():
    assert listed() - modules() == set()

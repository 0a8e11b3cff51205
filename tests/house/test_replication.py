"""REPLICATION.md lists every exhibit with the program that makes it."""

import json
import re
from pathlib import Path

ROOT = Path(__file__).parents[2]


def listed():
    text = (ROOT / "REPLICATION.md").read_text(encoding="utf-8")
    rows = re.findall(r"(?m)^\| (.+) \| `(analyses/\w+\.py)` \|$", text)
    return {(name, program) for names, program in rows for name in re.findall(r"`(\w+)`", names)}


def test_every_exhibit_of_a_number_is_listed():
    entries = json.loads((ROOT / "paper/expected/results.json").read_text(encoding="utf-8"))
    made = {entry["exhibit"] for entry in entries.values() if entry["exhibit"]}
    assert made - {name for name, _ in listed()} == set()


def test_every_exhibit_of_the_manuscript_is_listed():
    text = "".join(p.read_text("utf-8") for p in (ROOT / "paper").rglob("*.typ"))
    shown = set(re.findall(r'exhibit-(?:table|figure)\(\s*"(\w+)"', text))
    assert {name.removesuffix("_synthetic") for name in shown} - {n for n, _ in listed()} == set()


def test_every_listed_program_makes_what_is_listed():
    for name, program in listed():
        assert f'"{name}"' in (ROOT / program).read_text(encoding="utf-8"), (name, program)

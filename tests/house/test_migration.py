"""The way from 0.1: what the page and the changelog say is what the package does; one version."""

import importlib
import inspect
import re
import tomllib
from pathlib import Path

import econshrink

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs/howto/moving_from_0_1.md").read_text(encoding="utf-8")
CHANGES = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
NAMES = re.compile(r"^\| `(\w+)` \| `(\w+\.\w+)` \|$", re.MULTILINE)
WORDS = re.compile(r"`(\w+)=`")


def test_the_tables_of_names_are_those_the_package_tells():
    for text in (PAGE, CHANGES):
        assert dict(NAMES.findall(text)) == econshrink._RENAMED


def test_arguments_have_their_new_names_and_no_longer_the_old():
    part = PAGE.split("## Arguments that changed")[1].split("\n\n")[1]
    seen = 0
    for line in part.splitlines()[2:]:
        old, new, of = line.strip("|").split("|")
        for place in re.findall(r"`(\w+)\.(\w+)`", of):
            verb = getattr(importlib.import_module(f"econshrink.{place[0]}"), place[1])
            given = inspect.signature(verb).parameters
            if place[1] == "city_histories":
                continue
            assert set(WORDS.findall(new)) & set(given) or "–" in new, (line, place)
            kept = {"level", "cluster", "rng"}  # words of other things by now
            assert not (set(WORDS.findall(old)) - kept) & set(given), (line, place)
            seen += 1
    assert seen > 15


def test_one_version_everywhere():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]["version"]
    citation = (ROOT / "CITATION.cff").read_text("utf-8")
    cited = re.search(r"^version: (\S+)$", citation, re.MULTILINE)
    released = re.search(r"^date-released: (\S+)$", citation, re.MULTILINE)
    assert cited is not None
    assert released is not None
    assert project == econshrink.__version__ == cited[1]
    assert f"## [{project}] - {released[1]}" in CHANGES

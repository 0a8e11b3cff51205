"""Figures of the READMEs are the expected results; their snippets print what they show."""

import contextlib
import io
import json
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
ROW = re.compile(r"\| ([^|]+) \| (-?[\d,.]+) \| `([a-z0-9_.]+)` \|")
SNIPPET = re.compile(r"```python\n(.*?)```\n\n```text\n(.*?)```", re.DOTALL)
PICTURE = re.compile(r"!\[[^\]]+\]\(([^)]+)\)")
READMES = ("README.md", "README.zh.md")
KILOBYTES = 150


def text(name):
    return (ROOT / name).read_text(encoding="utf-8")


@pytest.mark.parametrize("name", READMES)
def test_the_readme_shows_the_expected_results(name):
    rows = ROW.findall(text(name))
    expected = json.loads(text("paper/expected/results.json"))
    assert len(rows) >= 7
    for _, shown, key in rows:
        assert float(shown.replace(",", "")) == expected[key]["value"], key


def test_the_snippets_print_what_stands_below_them():
    snippets = SNIPPET.findall(text("README.md"))
    assert len(snippets) == 3
    for code, shown in snippets:
        printed = io.StringIO()
        with contextlib.redirect_stdout(printed):
            exec(code, {})
        assert printed.getvalue().rstrip() == shown.rstrip()


def test_both_readmes_show_the_same_figures_and_snippets():
    english, chinese = (text(name) for name in READMES)
    assert SNIPPET.findall(chinese) == SNIPPET.findall(english)
    figures = [[row[1:] for row in ROW.findall(page)] for page in (english, chinese)]
    assert figures[0] == figures[1]
    assert re.findall(r"`make [^`]*`|^    make \S+", chinese, re.MULTILINE) == re.findall(
        r"`make [^`]*`|^    make \S+", english, re.MULTILINE
    )


@pytest.mark.parametrize("name", READMES)
def test_links_and_pictures_are_there_and_small(name):
    for target in re.findall(r"\]\(([^)]+)\)", text(name)):
        assert (ROOT / target).exists(), target
    pictures = PICTURE.findall(text(name))
    assert pictures
    assert all((ROOT / picture).stat().st_size < KILOBYTES * 1000 for picture in pictures)

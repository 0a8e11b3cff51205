"""No figure is typed by hand in the manuscript: digits come from results, or are years."""

import re
from pathlib import Path

import pytest

PAPER = Path(__file__).parents[2] / "paper"
MANUSCRIPT = [
    *(PAPER / f"{name}.typ" for name in ("title", "paper", "supplement")),
    *sorted((PAPER / "article").glob("*.typ")),
    *sorted((PAPER / "supplement").glob("*.typ")),
]
YEAR = r"(?:19|20)\d\d"


def prose(text):
    """The manuscript without what may hold digits: code arguments, labels, maths, comments."""
    text = re.sub(r"//[^\n]*", "", text)
    text = re.sub(r"#n\([^()]*\)", "", text)
    text = re.sub(r"#(?:import|include|exhibit-table)[^\n]*|<[\w-]+>", "", text)
    text = re.sub(r'"[^"\n]*"', "", text)
    text = re.sub(r"\$[^$]*\$", "", text)
    text = re.sub(r"@[\w-]+", "", text)
    return re.sub(rf"\b{YEAR}(?:–{YEAR})?\b", "", text)


def digits(text):
    return re.findall(r"[^\n]*\d[^\n]*", prose(text))


@pytest.mark.parametrize("path", MANUSCRIPT, ids=lambda path: f"{path.parent.name}-{path.stem}")
def test_no_digit_is_typed_in_the_manuscript(path):
    assert digits(path.read_text(encoding="utf-8")) == []


@pytest.mark.parametrize("typed", ["149 of 336", "about 5 %", "rose by 1.2", "in 1,200 cities"])
def test_the_search_finds_a_typed_figure(typed):
    assert digits(f"In 2010 it was {typed}.")


def test_the_search_lets_years_and_results_pass():
    assert not digits('From 2010–20 no. From 2010 to 2020 #n("a.b_2010", digits: 1) fell.'[15:])


def test_no_semicolon_after_a_number_is_swallowed():
    # Typst ends an expression at it; written with a backslash it is printed
    found = [
        f"{path.name}: {match}"
        for path in (ROOT / "paper").rglob("*.typ")
        for match in re.findall(r"#n\([^()]*\);", path.read_text("utf-8"))
    ]
    assert found == []

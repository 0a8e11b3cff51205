"""Numbers of the manuscript: rounding, signs, units, macros."""

from __future__ import annotations

import json

import pytest

from econshrink.core.errors import DataError
from econshrink.nouns.table import Cell
from econshrink.report.number import default_text, numbers_json, numbers_tex, printed


def entry(value, kind="estimate", unit="", synthetic=False):
    return {"value": value, "kind": kind, "unit": unit, "synthetic": synthetic}


@pytest.mark.parametrize(
    ("value", "style", "digits", "text"),
    [
        (-11011774, "fixed", 0, "−11,011,774"),
        (-11011774, "million", 1, "−11.0"),
        (1409778724, "million", 0, "1,410"),
        (15234, "thousand", 1, "15.2"),
        (0.4434523, "percent", 1, "44.3%"),
        (-0.0123, "points", 1, "−1.2"),
        (-0.00001, "percent", 1, "0.0%"),
        (-0.0004, "fixed", 3, "0.000"),
        (0.5, "fixed", 0, "0"),
        (1.5, "fixed", 0, "2"),
        ("census loss", "fixed", 0, "census loss"),
    ],
)
def test_printed(value, style, digits, text) -> None:
    assert printed(value, style, digits) == text


@pytest.mark.parametrize("value", [0.0005, 0.12345, 2.675, 0.285, 0.9995, 1234.5, -0.0149999])
def test_text_and_table_agree_in_the_last_digit(value: float) -> None:
    for digits in range(4):
        assert printed(value, "fixed", digits) == Cell(value, f",.{digits}f").text
        assert printed(value, "percent", digits) == Cell(value, f",.{digits}%").text


def test_unknown_styles_and_too_many_digits_are_errors() -> None:
    with pytest.raises(DataError, match="style 'roman'"):
        printed(1.0, "roman", 0)
    with pytest.raises(DataError, match="7 digits"):
        printed(1.0, "fixed", 7)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (entry(2020, "count", "year"), "2020"),
        (entry(149, "count", "cities"), "149"),
        (entry(1409778724, "count", "persons"), "1,409,778,724"),
        (entry(0.443, "estimate", "share"), "44.3%"),
        (entry(0.0123456), "0.012"),
        (entry(0.00099, "p"), "<0.001"),
        (entry(0.04, "p"), "0.040"),
        (entry("a & b", "label"), "a & b"),
    ],
)
def test_default_follows_kind_and_unit(value, text) -> None:
    assert default_text(value) == text


def test_json_holds_every_style_and_no_style_for_labels() -> None:
    tree = json.loads(numbers_json({"b.x": entry(0.5, unit="share"), "a.x": entry("no", "label")}))
    assert list(tree) == ["a.x", "b.x"]
    assert "styles" not in tree["a.x"]
    assert tree["b.x"]["styles"]["percent"] == ["50%", "50.0%", "50.00%", "50.000%"]
    assert tree["b.x"]["text"] == "50.0%"


def test_tex_macros_are_escaped_and_end_in_an_error() -> None:
    text = numbers_tex({"a.x_y": entry("R&D 5%", "label"), "a.n": entry(-2, "count")})
    assert r"\csname econ@a.x_y\endcsname{R\&D 5\%}" in text
    assert r"\csname econ@a.n\endcsname{$-$2}" in text
    assert r"\csname econ@a.n/million/1\endcsname" in text
    assert r"\PackageError{econshrink}{No number '#1'}" in text
    assert text.count("{") == text.count("}")

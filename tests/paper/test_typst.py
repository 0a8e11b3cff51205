"""Typesetting: equal bytes, missing glyphs, unknown numbers, tables of hard text."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from econshrink.core.errors import DataError, MissingExtra
from econshrink.nouns.table import Cell, Row, Span, Table
from econshrink.report import extras
from econshrink.report.number import write_numbers
from econshrink.report.table import write_table
from econshrink.report.typesetting import typeset

TEMPLATE = Path(__file__).resolve().parents[2] / "paper" / "template.typ"
HARD = r"1. a&b 5% x_1 #2 $3 <i> @ref *s* {c} [d] ~ ^ \e |p| // /* `r` -- ... 'q' 鹤岗 ≥ − ²"
HEAD = """#import "template.typ": elsewhere, exhibit-figure, exhibit-table, n, paper
#show: paper.with(title: [A title], authors: ("Someone",), abstract: [Short.])
"""


def entry(value, kind, unit=""):
    return {"value": value, "kind": kind, "unit": unit, "synthetic": False}


@pytest.fixture
def house(tmp_path: Path):
    """A folder with the template, numbers and a table; `house(text)` typesets a manuscript."""
    (tmp_path / "paper").mkdir()
    shutil.copy(TEMPLATE, tmp_path / "paper")
    write_numbers(
        {
            "toy.loss": entry(-11011774, "count", "persons"),
            "toy.share": entry(0.4434523, "estimate", "share"),
            "toy.rule": entry(HARD, "label"),
        },
        tmp_path / "build",
    )
    table = Table(
        "hard",
        HARD,
        ((Span(HARD), Span("Two", 2)), (Span("a"), Span("b"), Span("c"))),
        (
            Row((Cell(HARD),), "group"),
            Row((Cell(HARD), Cell(-1.5, ".1f"), Cell(None))),
            Row((Cell("- x"), Cell("= y"), Cell("+ z")), "rule"),
        ),
        (HARD,),
        synthetic=True,
    )
    write_table(table, tmp_path / "build" / "tables")
    none = {"table": {}, "figure": {}, "section": {}}
    there = {"table": {"far": "S3"}, "figure": {"off": "S1"}, "section": {"sec-far": "B.2"}}
    (tmp_path / "build" / "numbering.json").write_text(
        json.dumps(
            {
                "paper": none | {"table": {"hard": "1"}},
                "supplement": there,
                "formulas": ["alpha_1", "y"],
                "stored": ["table/hard_synthetic"],
            }
        )
    )

    def make(body: str, **options) -> tuple[Path, ...]:
        source = tmp_path / "paper" / "paper.typ"
        source.write_text(HEAD + body, encoding="utf-8")
        return typeset(source, tmp_path / "build" / "paper.pdf", root=tmp_path, **options)

    return make


def test_two_runs_write_the_same_bytes(house) -> None:
    (first,) = house('Loss of #n("toy.loss").')
    content = first.read_bytes()
    assert content.startswith(b"%PDF")
    assert house('Loss of #n("toy.loss").')[0].read_bytes() == content
    assert house('Loss of #n("toy.loss").', created=86400)[0].read_bytes() != content


def test_pages_as_pictures(house) -> None:
    _, *pages = house("One. #pagebreak() Two.", pages=40)
    assert [page.name for page in pages] == ["paper-01.png", "paper-02.png"]
    assert all(page.read_bytes().startswith(b"\x89PNG") for page in pages)


def test_a_missing_glyph_is_an_error(house) -> None:
    house("Hegang 鹤岗, Lüliang 吕梁.")
    with pytest.raises(DataError, match=r"paper\.typ"):
        house("A sign no font has: \U00012000.")


def test_an_unknown_number_is_an_error(house) -> None:
    with pytest.raises(DataError, match=r"no number 'toy\.typo'"):
        house('#n("toy.typo")')
    with pytest.raises(DataError, match="no style 'roman'"):
        house('#n("toy.loss", style: "roman")')
    with pytest.raises(DataError, match="too many digits"):
        house('#n("toy.loss", digits: 9)')
    with pytest.raises(DataError, match="is a label"):
        house('#n("toy.rule", digits: 1)')


def test_numbers_print_as_asked(house) -> None:
    house(
        '#assert.eq(n("toy.loss"), "−11,011,774")\n'
        '#assert.eq(n("toy.loss", magnitude: true), "11,011,774")\n'
        '#assert.eq(n("toy.loss", style: "million", digits: 1), "−11.0")\n'
        '#assert.eq(n("toy.share"), "44.3%")\n'
        '#assert.eq(n("toy.share", digits: 0), "44%")\n'
        '#assert.eq(n("toy.share", style: "points", digits: 1, sign: true), "+44.3")\n'
        '#assert.eq(n("toy.share", style: "fixed", digits: 3), "0.443")\n'
    )


def test_hard_text_survives_in_tables(house) -> None:
    (made,) = house('See @tab-hard_synthetic. #n("toy.rule") #exhibit-table("hard_synthetic")')
    assert made.read_bytes().startswith(b"%PDF")


def test_the_other_document_is_cited_by_number(house) -> None:
    house('#assert.eq(elsewhere("tab-nowhere"), none)\nSee @tab-far, @fig-off, @sec-far.')
    with pytest.raises(DataError, match=r"label `<tab-nowhere>` does not exist"):
        house("See @tab-nowhere.")


def test_the_supplement_refers_to_what_the_paper_shows(house) -> None:
    body = (
        '#exhibit-table("hard_synthetic") See @tab-hard_synthetic.\n'
        '#assert.eq(elsewhere("tab-hard_synthetic"), "Table\u00a01 of the paper")\n'
        "= Far <sec-far>\n"
    )
    with pytest.raises(DataError, match=r"'sec-far' is A, the other document says B\.2"):
        house(body, inputs={"document": "supplement"})
    house(
        "= One\n= Two\n== A\n" + body.replace("= Far", "== Far"), inputs={"document": "supplement"}
    )


def test_a_warning_is_an_error(house) -> None:
    with pytest.raises(DataError, match="warning: unknown font family"):
        house('#text(font: "No Such Font")[x]')


def test_a_failed_run_leaves_the_old_file(house) -> None:
    (made,) = house("Fine.")
    before = made.read_bytes()
    with pytest.raises(DataError, match="unknown variable"):
        house("#nothing")
    assert made.read_bytes() == before


def test_formulas_and_figures_are_read_aloud(house) -> None:
    (made,) = house("The slope $alpha_1$ and $ y $.")
    assert b"/StructTreeRoot" in made.read_bytes() or b"/MarkInfo" in made.read_bytes()
    house(
        '#context assert.eq(query(math.equation).map(it => it.alt), ("alpha_1", "y"))$alpha_1$$ y $'
    )
    with pytest.raises(DataError, match="missing alt text"):
        house("#image(bytes(\"<svg xmlns='http://www.w3.org/2000/svg' width='9' height='9'/>\"))")


def test_missing_extras_are_named(house, monkeypatch) -> None:
    monkeypatch.setattr(extras, "find", lambda _: None)
    with pytest.raises(MissingExtra, match=r"econshrink\[paper\]"):
        house("Fine.")

"""Printed numbers are read from the manuscripts, and name tasks on the command line."""

import json

import numpy as np
import pytest

from analyses.machinery.letters import check_letters
from analyses.machinery.numbering import formulas, numbering, owners, tasks_named
from econshrink.core.errors import DataError, SpecError
from econshrink.report import house_style, new_figure
from tools import pages, trace

MADE = {
    "table/counts": "census",
    "figure/map": "census",
    "table/rest": "rest",
    "table/moves_synthetic": "moves",
}


@pytest.fixture
def paper(tmp_path):
    files = {
        "paper.typ": '#include "article/one.typ"\n',
        "article/one.typ": '= One <s-one>\n#exhibit-table("counts") $x_1$\n'
        '#exhibit-figure(\n  "map",\n)\n// #exhibit-table("not")\n== Part <s-part>\n',
        "supplement.typ": '#include "supplement/a.typ"\n#include "supplement/b.typ"\n',
        "supplement/a.typ": '= A\n#exhibit-table("counts")\n#exhibit-table("rest")\n',
        "supplement/b.typ": '= B <s-b>\n== In <s-in>\n#exhibit-table("moves" + suffix) $#n("a")$\n',
    }
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text)
    return tmp_path


def test_numbers_follow_the_order_of_the_text_and_what_the_paper_shows_is_not_shown_again(paper):
    first, second = numbering(paper).values()
    assert first.tree() == {
        "table": {"counts": "1"},
        "figure": {"map": "1"},
        "section": {"s-one": "1", "s-part": "1.1"},
    }
    assert second.tree() == {
        "table": {"rest": "S1", "moves": "S2"},
        "figure": {},
        "section": {"s-b": "B", "s-in": "B.1"},
    }
    assert formulas(paper) == ["x_1"]


def test_every_exhibit_has_one_owner(paper):
    assert owners(paper, MADE) == {
        "table/counts": ("paper", "1"),
        "figure/map": ("paper", "1"),
        "table/rest": ("supplement", "S1"),
        "table/moves_synthetic": ("supplement", "S2"),
    }


def test_a_second_showing_or_a_label_in_both_is_refused(paper):
    (paper / "supplement" / "b.typ").write_text('#exhibit-table("rest")\n')
    with pytest.raises(SpecError, match="table 'rest' shown twice"):
        numbering(paper)
    (paper / "supplement" / "b.typ").write_text("= B <s-one>\n")
    with pytest.raises(SpecError, match="label 's-one' in both"):
        numbering(paper)


def test_printed_numbers_name_tasks(paper):
    words = ["table", "1", "Figure", "1", "Table", "s2", "closure"]
    assert tasks_named(words, paper, MADE) == ["census", "moves", "closure"]
    assert tasks_named(["closure"], paper, MADE) == ["closure"]
    with pytest.raises(SpecError, match="Table S9"):
        tasks_named(["Table", "S9"], paper, MADE)


def test_small_letters_are_refused():
    with house_style():
        figure, grid = new_figure("two")
        grid[0, 0].set_title("Readable", fontsize=7.0)
        check_letters(figure, "f")
        grid[0, 0].annotate("tiny", (0.5, 0.5), fontsize=6.5)
        with pytest.raises(DataError, match=r"'tiny' at 6\.5 points"):
            check_letters(figure, "f")


def test_ink_outside_the_text_block_is_seen():
    page = np.full((1170, 827), 255, dtype=np.uint8)
    page[120:1060, 150:600] = 0
    assert pages.measured(page, 1).blank < 0.05
    page[1160:, 300:310] = 0
    assert pages.measured(page, 1).outside


def test_a_number_is_traced_as_it_is_printed():
    entry = json.loads('{"text": "−44.3%", "styles": {"percent": ["−44%", "−44.3%"]}}')
    assert trace.printed(entry, {}) == "−44.3%"
    assert trace.printed(entry, {"digits": "0", "magnitude": "true"}) == "44%"
    assert trace.printed({"text": "7"}, {"sign": "true"}) == "+7"

"""Columns declared once become a table and its entries."""

import numpy as np
import pandas as pd
import pytest

from analyses.machinery.exhibit import Column, Exhibit
from analyses.machinery.workspace import Workspace
from econshrink import DataError, SpecError

COLUMNS = (
    Column("label", ""),
    Column("units", "Units", "d", "count", "cities", over="Losing"),
    Column("share", "Share", ".1%", "estimate", "share", over="Losing"),
    Column("points", "Points", ".2f", times=100, before="(", after=")", align="c"),
    Column("hidden", kind="p", id="test.{row}.p"),
)
FRAME = pd.DataFrame(
    {
        "label": ["Small", "Large"],
        "units": [7, 12],
        "share": [0.25, np.nan],
        "points": [0.0123, 0.5],
        "hidden": [0.04, 0.2],
        "kind": ["By size", "By size"],
    },
    index=["small", "large"],
)


def exhibit(**changes):
    settings = {"ids": "size.{column}.{row}", "columns": COLUMNS, "group": "kind"} | changes
    return Exhibit("sizes", "Sizes", **settings)


def test_the_table_is_what_was_declared():
    table = exhibit().table(FRAME, ("A note.",))
    assert [[(s.text, s.width) for s in line] for line in table.header] == [
        [("", 1), ("Losing", 2), ("", 1)],
        [("", 1), ("Units", 1), ("Share", 1), ("Points", 1)],
    ]
    assert [row.kind for row in table.rows] == ["group", "body", "body"]
    assert [cell.text for cell in table.rows[1].cells] == ["Small", "7", "25.0%", "(1.23)"]
    assert table.rows[2].cells[2].text == "–"
    assert (table.align, table.notes) == ("lrrc", ("A note.",))


def test_the_entries_are_what_was_declared_and_a_missing_number_has_none():
    found = {r.id: (r.value, r.kind, r.unit, r.exhibit) for r in exhibit().results(FRAME)}
    assert found == {
        "size.units.small": (7, "count", "cities", "sizes"),
        "size.units.large": (12, "count", "cities", "sizes"),
        "size.share.small": (0.25, "estimate", "share", "sizes"),
        "test.small.p": (0.04, "p", "", "sizes"),
        "test.large.p": (0.2, "p", "", "sizes"),
    }


def test_a_count_beside_a_missing_one_is_still_whole():
    frame = FRAME.assign(units=[7, np.nan])
    found = {r.id: r.value for r in exhibit().results(frame) if r.kind == "count"}
    assert found == {"size.units.small": 7}
    assert isinstance(found["size.units.small"], int)


def test_synthetic_marks_table_and_entries():
    made = exhibit(synthetic=True)
    assert made.table(FRAME).synthetic
    assert all(result.synthetic for result in made.results(FRAME))


def test_the_workspace_writes_both(tmp_path):
    work = Workspace("sizes", tmp_path, tmp_path)
    work.exhibit(exhibit(), FRAME)
    outputs = work.finish()
    assert "tables/sizes.typ" in outputs
    assert "results/sizes.json" in outputs


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"ids": "size.{city}"}, "city"),
        ({"columns": (*COLUMNS, COLUMNS[0])}, "'label' twice"),
        ({"columns": COLUMNS[-1:]}, "no column with a title"),
    ],
)
def test_a_wrong_declaration_is_refused(changes, words):
    with pytest.raises(SpecError, match=words):
        exhibit(**changes)


def test_a_frame_without_a_declared_column_is_refused():
    with pytest.raises(DataError, match="without 'share'"):
        exhibit().table(FRAME.drop(columns="share"))

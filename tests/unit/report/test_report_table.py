"""Table writers: escaping, widths, spans, groups, rules, notes; regression tables."""

from __future__ import annotations

import csv
import io
import re
from dataclasses import replace
from html.parser import HTMLParser

import numpy as np
import pytest
from hypothesis import given, settings, strategies as st

from econshrink.core.errors import DataError
from econshrink.core.files import inert
from econshrink.nouns.estimate import Estimate
from econshrink.nouns.spec import Spec
from econshrink.nouns.table import Cell, Row, Span, Table
from econshrink.report.escape import escape_html, escape_latex, escape_markdown, escape_typst
from econshrink.report.regression import regression_table
from econshrink.report.table import (
    to_csv,
    to_html,
    to_latex,
    to_markdown,
    to_typst,
    write_table,
)

HARD = r"a&b 5% x_1 #2 $3 <i> @ref *s* {c} [d] ~ ^ \e |p| 鹤岗"

TABLE = Table(
    "counts",
    f"Counts {HARD}",
    (
        (Span(""), Span("Census", 2), Span("Urban & rural", 2)),
        (Span("Region"), Span("Units"), Span("Fall"), Span("Units"), Span("Share")),
    ),
    (
        Row((Cell("All regions"),), "group"),
        Row((Cell(HARD), Cell(36, ",d"), Cell(33), Cell(-11011774, ",d"), Cell(1 / 3, ".1%"))),
        Row((Cell("[x]"), Cell(None), Cell(float("nan")), Cell("yes"), Cell(0.5, ".2f", "(", ")"))),
        Row((Cell("Sum"), Cell(1), Cell(2), Cell(3), Cell(4)), "rule"),
    ),
    ("Source: a_b & c", "Second."),
)


def test_escapes() -> None:
    assert escape_typst(HARD) == (
        r"a&b 5% x\_1 \#2 \$3 \<i\> \@ref \*s\* {c} \[d\] \~ ^ \\e |p| 鹤岗"
    )
    assert escape_latex(HARD) == (
        r"a\&b 5\% x\_1 \#2 \$3 \textless{}i\textgreater{} @ref *s* \{c\} [d] "
        r"\textasciitilde{} \textasciicircum{} \textbackslash{}e \textbar{}p\textbar{} 鹤岗"
    )
    assert escape_markdown(HARD) == (
        r"a\&b 5% x\_1 \#2 \$3 \<i\> @ref \*s\* \{c\} \[d\] \~ ^ \\e \|p\| 鹤岗"
    )
    assert escape_html("<a href='x'>&\"</a>") == "&lt;a href=&#x27;x&#x27;&gt;&amp;&quot;&lt;/a&gt;"
    assert escape_latex("−3 – ≥") == r"$-$3 -- $\geq$"


@pytest.mark.parametrize("text", ["1. East", "12. x", "- item", "+ item", "= head", "/ t: d"])
def test_typst_markup_at_the_start_is_disarmed(text: str) -> None:
    assert re.match(r"\\|\d+\\\.", escape_typst(text))


def test_latex_rows_have_the_right_number_of_cells() -> None:
    body = to_latex(TABLE).split(r"\midrule")[1:]
    rows = [line for part in body for line in part.splitlines() if line.endswith(r"\\")]
    assert rows[0] == r"\multicolumn{5}{l}{\emph{All regions}} \\"
    for row in rows[1:]:
        assert len(re.findall(r"(?<!\\)&", row)) == 4
    assert r"{}[x] & -- & -- & yes & (0.50) \\" in rows
    assert r"$-$11,011,774" in rows[1]
    assert rows[1].count("33.3\\%") == 1


def test_latex_has_booktabs_rules_spans_and_label() -> None:
    text = to_latex(TABLE)
    assert r" & \multicolumn{2}{c}{Census} & \multicolumn{2}{c}{Urban \& rural} \\" in text
    assert r"\cmidrule(lr){2-3}" in text
    assert r"\cmidrule(lr){4-5}" in text
    assert r"\begin{tabular}{lrrrr}" in text
    assert text.count(r"\midrule") == 2
    assert r"\label{tab:counts}" in text
    assert r"Source: a\_b \& c. Second." in text
    assert text.count("{") == text.count("}")


def test_csv_keeps_numbers_unrounded() -> None:
    rows = list(csv.reader(io.StringIO(to_csv(TABLE))))
    names = ["group", "Region", "Census: Units", "Census: Fall"]
    assert rows[0] == [*names, "Urban & rural: Units", "Urban & rural: Share"]
    assert rows[1] == ["All regions", HARD, "36", "33", "-11011774", repr(1 / 3)]
    assert rows[2] == ["All regions", "[x]", "", "", "yes", "0.5"]
    assert "\r" not in to_csv(TABLE)


def test_markdown_pipes() -> None:
    lines = to_markdown(TABLE).splitlines()
    table = [line for line in lines if line.startswith("|")]
    assert all(len(re.findall(r"(?<!\\)\|", line)) == 6 for line in table)
    assert table[1] == "|:--|--:|--:|--:|--:|"
    assert table[2] == "| *All regions* |  |  |  |  |"
    assert lines[-1] == r"*Notes:* Source: a\_b \& c. Second."


class Reader(HTMLParser):
    """Rows of cells, and the nesting."""

    def __init__(self) -> None:
        super().__init__()
        self.rows: list[list[str]] = []
        self.open: list[str] = []

    def handle_starttag(self, tag, _attributes) -> None:
        self.open.append(tag)
        if tag == "tr":
            self.rows.append([])
        if tag in ("td", "th"):
            self.rows[-1].append("")

    def handle_endtag(self, tag) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data) -> None:
        if self.open and self.open[-1] in ("td", "th"):
            self.rows[-1][-1] += data


def test_html_is_well_formed_and_complete() -> None:
    reader = Reader()
    reader.feed(to_html(TABLE))
    assert reader.open == []
    assert reader.rows[2] == ["All regions"]
    assert reader.rows[3] == [HARD, "36", "33", "−11,011,774", "33.3%"]
    assert 'data-value="0.3333333333333333"' in to_html(TABLE)
    assert to_html(TABLE) == to_html(TABLE)


@pytest.mark.parametrize(
    ("value", "plain"), [(np.float64(0.25), "0.25"), (np.int64(3), "3"), (0.25, "0.25"), (3, "3")]
)
def test_html_holds_plain_numbers(value: float, plain: str) -> None:
    table = Table("one", "One", ((Span("x"),),), (Row((Cell(value),)),))
    assert f'data-value="{plain}"' in to_html(table)


def test_typst_structure() -> None:
    text = to_typst(TABLE)
    assert "columns: 5" in text
    assert text.rstrip().endswith("<tab-counts>")
    assert "table.cell(colspan: 2, align: center)[Census]" in text
    assert "table.hline(start: 1, end: 3, stroke: 0.4pt)" in text
    assert "table.cell(colspan: 5, align: left)[#emph[All regions]]" in text
    assert text.count("table.hline(stroke: 0.4pt)") == 2  # below the heading, above the sum


def test_simulated_tables_say_so_everywhere(tmp_path) -> None:
    made = replace(TABLE, synthetic=True)
    paths = write_table(made, tmp_path)
    assert sorted(path.name for path in paths) == [
        f"counts_synthetic.{ending}" for ending in ("csv", "html", "md", "tex", "typ")
    ]
    for path in paths:
        if path.suffix != ".csv":
            assert "SYNTHETIC" in path.read_text(encoding="utf-8")
    assert "SYNTHETIC" not in to_markdown(TABLE)


@settings(max_examples=40, derandomize=True, deadline=None)
@given(st.text(st.characters(blacklist_categories=("Cs", "Cc")), max_size=30))
def test_any_text_survives_csv_and_html(text: str) -> None:
    table = Table("t", "T", ((Span("a"), Span("b")),), (Row((Cell(text), Cell("end"))),))
    assert list(csv.reader(io.StringIO(to_csv(table))))[1] == [inert(text), "end"]
    reader = Reader()
    reader.feed(to_html(table))
    assert reader.rows[1] == [text, "end"]
    row = to_markdown(table).splitlines()[4]
    assert len(re.findall(r"(?<!\\)(?:\\\\)*\|", row)) == 3


def estimate(values, terms=("a", "b"), rule="fixest", absorb=("city", "year"), **options):
    k = len(terms)
    return Estimate(
        "fixed effects",
        terms,
        np.array(values),
        np.diag(np.full(k, 0.04)),
        "clustered by city",
        rule,
        2345,
        clusters={"city": 297},
        stats={"r2_within": 0.5},
        spec=Spec("y", terms, absorb),
        **options,
    )


def test_regression_table_lays_out_columns() -> None:
    one = estimate([0.5, -0.2])
    two = estimate([1.0, 2.0], terms=("a", "c"), rule="linearmodels", absorb=("city",))
    table = regression_table(
        {"(1)": one, "(2)": two},
        name="fe",
        title="Growth",
        labels={"a": "Alpha"},
        stats={"r2_within": "Within R²"},
        outcomes={"(1)": "Growth", "(2)": "Growth"},
        stars=True,
        notes=("Years 2011–2019",),
    )
    rows = [[cell.text for cell in row.cells] for row in table.rows]
    assert table.header[0] == (Span(""), Span("Growth", 2))
    assert rows == [
        ["Alpha", "0.500**", "1.000***"],
        ["", "(0.200)", "(0.200)"],
        ["b", "−0.200", ""],
        ["", "(0.200)", ""],
        ["c", "", "2.000***"],
        ["", "", "(0.200)"],
        ["City effects", "yes", "yes"],
        ["Year effects", "yes", "no"],
        ["Observations", "2,345", "2,345"],
        ["Clusters (city)", "297", "297"],
        ["Within R²", "0.500", "0.500"],
    ]
    assert [row.kind for row in table.rows].index("rule") == 6
    assert table.notes[:2] == (
        "Years 2011–2019",
        "Standard errors in parentheses; column (1): clustered by city (small-sample rule: fixest);"
        " column (2): clustered by city (small-sample rule: linearmodels)",
    )
    assert table.rows[0].cells[1].value == 0.5  # unrounded behind the text


def test_regression_table_without_stars_and_with_a_shared_rule() -> None:
    table = regression_table({"(1)": estimate([0.5, 9.0])}, name="t", title="T", labels={})
    assert table.rows[0].cells[1].text == "0.500"
    assert table.notes == (
        "Standard errors in parentheses, clustered by city (small-sample rule: fixest)",
    )
    simulated = regression_table(
        {"(1)": estimate([0.5, 9.0], rule="none", synthetic=True)}, name="t", title="T", labels={}
    )
    assert simulated.synthetic
    assert "no small-sample correction" in simulated.notes[0]


def test_notes_of_rows_speak_the_words_of_the_table_and_name_their_columns() -> None:
    gap = "3 of 40 rows left out for missing values (lag_growth 2, y 1)"
    alone = "4 rows left out as singletons (province^year 4)"
    table = regression_table(
        {
            "(1)": estimate([0.5, 9.0], notes=(gap, alone)),
            "(2)": estimate([0.5, 9.0], notes=(gap,)),
        },
        name="t",
        title="T",
        labels={"lag_growth": "Growth, year before"},
    )
    assert table.notes[-2:] == (
        "3 of 40 rows left out for missing values (growth year before 2, y 1)",
        "Column (1): 4 rows left out as singletons (province by year 4)",
    )


def test_regression_table_refuses_unknown_terms() -> None:
    with pytest.raises(DataError, match="term 'z'"):
        regression_table(
            {"(1)": estimate([1.0, 2.0])}, name="t", title="T", labels={}, terms=("a", "z")
        )
    with pytest.raises(DataError, match="no estimate"):
        regression_table({}, name="t", title="T", labels={})

"""What SECURITY.md promises, and that every test it names is there."""

from __future__ import annotations

import ast
import csv
import io
import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from econshrink import CityPanel, EconshrinkError
from econshrink.cli.output import _inert
from econshrink.nouns import Cell, Row, Span, Table
from econshrink.panel import fit_fe
from econshrink.report import to_csv, to_html

ROOT = Path(__file__).resolve().parents[2]
FORBIDDEN = {
    "socket", "ssl", "urllib.request", "http.client", "ftplib", "smtplib", "requests", "httpx",
    "pickle", "marshal", "shelve", "dill", "cloudpickle", "subprocess",
}  # fmt: skip
CALLS = {"eval", "exec", "compile", "read_pickle", "to_pickle", "urlopen", "system", "popen"}
HOSTILE = ("=1+1", "+cmd|' /C calc'!A0", "@SUM(A1)", "-2+3", "\t=1", "<script>alert(1)</script>")


def test_no_module_opens_a_connection_or_unpickles():
    found = []
    for path in sorted((ROOT / "econshrink").rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            names = []
            if isinstance(node, ast.Import):
                names = [alias.name for alias in node.names]
            elif isinstance(node, ast.ImportFrom):
                names = [node.module or ""]
            elif isinstance(node, ast.Call):
                function = node.func
                name = (
                    function.id if isinstance(function, ast.Name) else getattr(function, "attr", "")
                )
                owner = getattr(getattr(function, "value", None), "id", "")
                if (name in CALLS and owner not in ("re", "_sources")) or any(
                    word.arg == "allow_pickle" and getattr(word.value, "value", True) is not False
                    for word in node.keywords
                ):
                    found.append(f"{path.name}:{node.lineno} {name}")
            found += [f"{path.name}:{node.lineno} {n}" for n in names if n in FORBIDDEN]
    assert found == []


@pytest.mark.parametrize(
    "term",
    [
        "__import__('os').system('touch hurt')",
        "x.__class__",
        "np.load('file')",
        "open('hurt', 'w')",
        "(lambda: 1)()",
        "[y for y in ().__class__.__bases__]",
        "np.ndarray.tofile(x, 'hurt')",
        "C(__import__('os'))",
    ],
)
def test_a_formula_runs_no_code(term, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    index = pd.MultiIndex.from_product([["a00001", "a00002"], range(2010, 2014)])
    frame = pd.DataFrame(
        np.random.default_rng(1).normal(size=(8, 2)),
        index=index.set_names(["city", "year"]),
        columns=["y", "x"],
    )
    with pytest.raises(EconshrinkError):
        fit_fe(CityPanel(frame), f"y ~ x + {term}")
    assert list(tmp_path.iterdir()) == []


def hostile_table() -> Table:
    rows = tuple(Row((Cell(name), Cell(-1.5), Cell("-0.5"))) for name in HOSTILE)
    return Table("t", HOSTILE[-1], ((Span("=name"), Span("value"), Span("text")),), rows)


def test_no_cell_of_a_csv_file_is_a_formula():
    frame = pd.DataFrame({"=a": [*HOSTILE, "Hegang"], "b": -1.0}, index=[*HOSTILE, "-0.5"])
    for text in (to_csv(hostile_table()), _inert(frame).to_csv()):
        cells = [cell for row in csv.reader(io.StringIO(text)) for cell in row]
        for cell in cells:
            if cell[:1] in tuple("=+-@\t\r"):
                float(cell)
        assert "'=1+1" in cells
        assert "-0.5" in cells


def test_hostile_names_stay_text_in_html():
    page = to_html(hostile_table())
    assert "<script" not in page
    assert "&lt;script&gt;" in page


def test_every_test_that_the_page_names_is_there():
    page = (ROOT / "SECURITY.md").read_text(encoding="utf-8")
    named = re.findall(r"`(tests/[\w/]+\.py)(?:::(\w+))?`", page)
    assert len(named) > 8
    for file, test in named:
        text = (ROOT / file).read_text(encoding="utf-8")
        assert f"def {test}" in text, f"{file}::{test}"

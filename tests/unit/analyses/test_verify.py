"""`make verify` and `make accept`: every kind of difference must be found."""

from __future__ import annotations

import gzip
import hashlib
import json
import os
from pathlib import Path

import pytest

from analyses.machinery import verify
from analyses.machinery.compare import compare, report, tally
from analyses.machinery.marks import file_digest
from analyses.machinery.results import dump, read
from analyses.machinery.tasks import Task

CODE = """
def run(work):
    work.count("toy.count", 149, "cities")
    work.result("toy.share", 0.443, "estimate", "share")
    work.result("toy.rule", "census loss", "label")
    work.write("tables/toy.csv", {content})
"""


EXHIBIT = """def run(work):
    work.write("tables/shown.csv", "a")"""


def entry(value, kind="estimate", **changes):
    return {"value": value, "kind": kind, "unit": "", "exhibit": "", "synthetic": False, **changes}


@pytest.mark.parametrize(
    ("kind", "want", "inside", "outside"),
    [
        ("estimate", 1.0, 1.0 + 0.99e-6, 1.0 + 1.01e-6),
        ("estimate", 0.0, 0.99e-9, 1.01e-9),
        ("estimate", -1e6, -1e6 + 0.99, -1e6 + 1.01),
        ("se", 1.0, 1.0 - 0.99e-6, 1.0 - 1.01e-6),
        ("iterative", 1.0, 1.0 + 0.99e-5, 1.0 + 1.01e-5),
        ("p", 0.5, 0.5 + 0.99e-6, 0.5 + 1.01e-6),
        ("p", 1e-9, 0.9e-6, 1.1e-6),
        ("mc", 100.0, 100.099, 100.101),
        ("count", 10, 10, 11),
        ("count", 11011774, 11011774, 11011775),
        ("label", "a", "a", "b"),
    ],
)
def test_tolerances_at_their_edges(kind, want, inside, outside) -> None:
    expected = {"toy.x": entry(want, kind)}
    assert compare(expected, {"toy.x": entry(inside, kind)}) == []
    (difference,) = compare(expected, {"toy.x": entry(outside, kind)})
    assert difference.status == "value"
    assert difference.kind == kind


def test_every_way_to_differ_has_its_name() -> None:
    expected = {
        "toy.gone": entry(1.0),
        "toy.kind": entry(1, "count"),
        "toy.unit": entry(1.0, unit="share"),
        "toy.made": entry(1.0),
        "toy.same": entry(1.0),
    }
    found = {
        "toy.new": entry(1.0),
        "toy.kind": entry(1.0, "estimate"),
        "toy.unit": entry(1.0, unit="percent"),
        "toy.made": entry(1.0, synthetic=True),
        "toy.same": entry(1.0, exhibit="another table is no difference"),
    }
    differences = compare(expected, found)
    assert {item.id: item.status for item in differences} == {
        "toy.gone": "missing",
        "toy.new": "extra",
        "toy.kind": "kind",
        "toy.unit": "unit",
        "toy.made": "synthetic",
    }
    counted = tally({**expected, **found}, differences)
    text = report(differences, counted)
    assert "| toy.gone | missing | estimate | 1.0 | – |" in text
    assert counted["estimate"] == {"ids": 6, "different": 4}
    assert "| **all** | | 6 | 5 |" in text


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """A project of one task with one embedded table and accepted results."""
    monkeypatch.delenv("CI", raising=False)
    monkeypatch.syspath_prepend(tmp_path)
    package = f"proj_{tmp_path.name.replace('-', '_')}"
    (tmp_path / package).mkdir()
    (tmp_path / package / "__init__.py").write_text("")
    data = tmp_path / "econshrink" / "data" / "china"
    data.mkdir(parents=True)
    (data / "units.csv.gz").write_bytes(gzip.compress(b"figures"))
    stated = {"tables": {"units": {"sha256": hashlib.sha256(b"figures").hexdigest()}}}
    (data / "manifest.json").write_text(json.dumps(stated))

    class Project:
        root = tmp_path
        tasks = (Task("toy", module=f"{package}.toy", heavy=False),)

        def __init__(self) -> None:
            self.lines: list[str] = []
            self.edits = 0

        def script(self, content: str = "'fixed'", **changes: str) -> None:
            code = CODE.replace("{content}", content)
            for old, new in changes.items():
                code = code.replace(old, new)
            path = tmp_path / package / "toy.py"
            path.write_text(code)
            # Python takes compiled code as fresh if size and whole seconds agree
            self.edits += 1
            os.utime(path, (1_700_000_000 + self.edits, 1_700_000_000 + self.edits))

        def verify(self, **options) -> int:
            self.lines.clear()
            return verify.verify(self.tasks, root=self.root, say=self.lines.append, **options)

        def accept(self) -> int:
            self.lines.clear()
            return verify.accept(self.tasks, root=self.root, say=self.lines.append)

        @property
        def said(self) -> str:
            return "\n".join(self.lines)

    made = Project()
    made.script()
    assert made.accept() == 0
    return made


def test_the_same_numbers_pass(project) -> None:
    assert project.verify() == 0
    assert "0 differences" in project.said
    assert json.loads((project.root / "build" / "verify.json").read_text())["ok"] is True
    assert "| label | equal | 1 | 0 |" in (project.root / "build" / "verify.md").read_text()


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("149", "150", "| toy.count | value | count | 149 | 150 | 1 | 0 |"),
        ("0.443", "0.444", "toy.share"),
        ("census loss", "urban loss", "| census loss | urban loss |"),
        ('work.count("toy.count", 149, "cities")', "pass", "| toy.count | missing |"),
        ("toy.share", "toy.other", "| toy.other | extra |"),
        ('"estimate", "share"', '"mc", "share"', "| toy.share | kind |"),
    ],
)
def test_a_changed_number_fails(project, old: str, new: str, told: str) -> None:
    project.script(**{old: new})
    assert project.verify() == 1
    assert told in project.said
    assert json.loads((project.root / "build" / "verify.json").read_text())["ok"] is False


def test_a_changed_input_fails_before_anything_runs(project) -> None:
    data = project.root / "econshrink" / "data" / "china"
    (data / "units.csv.gz").write_bytes(gzip.compress(b"other figures"))
    assert project.verify() == 1
    assert "units.csv.gz holds text with SHA-256" in project.said
    (data / "units.csv.gz").write_bytes(gzip.compress(b"figures")[:-6])
    assert project.verify() == 1
    assert "units.csv.gz cannot be decompressed" in project.said
    (data / "units.csv.gz").unlink()
    assert project.verify() == 1
    assert "units.csv.gz is missing" in project.said
    (data / "units.csv.gz").write_bytes(gzip.compress(b"figures"))
    (data / "stray.csv.gz").write_bytes(b"?")
    assert project.verify() == 1
    assert "stray.csv.gz is not in the manifest" in project.said
    (data / "manifest.json").unlink()
    assert project.verify() == 1
    assert "manifest.json is missing" in project.said


def test_no_expected_file_and_a_failed_task_fail(project) -> None:
    (project.root / "paper" / "expected" / "results.json").unlink()
    assert project.verify() == 1
    assert "make accept" in project.said
    project.accept()
    project.script(**{"149": "undefined_name"})
    assert project.verify() == 1
    assert "NameError" in project.said


def test_twice_finds_bytes_that_change(project) -> None:
    assert project.verify(twice=True) == 0
    assert "2 of 2 files identical" not in project.said  # results.json and the manifest count too
    assert "files identical" in project.said
    project.script(content="str(__import__('time').time_ns())")
    assert project.verify(twice=True) == 1
    assert "bytes differ: tables/toy.csv" in project.said
    assert not list((project.root / "build").glob(".twice-*"))


def test_accept_prints_the_difference_and_adopts(project) -> None:
    project.script(**{"149": "151"})
    assert project.accept() == 0
    assert "| toy.count | value | count | 149 | 151 |" in project.said
    held = read(project.root / "paper" / "expected" / "results.json")
    assert held["toy.count"]["value"] == 151
    assert "task" not in held["toy.count"]
    assert project.verify() == 0


def test_an_exhibit_that_goes_comes_or_moves_is_a_difference(tmp_path: Path) -> None:
    listed = tmp_path / verify.LISTED
    listed.parent.mkdir(parents=True)
    listed.write_text(json.dumps({"table/gone": "toy", "table/moved": "toy", "figure/kept": "toy"}))
    made = {"figure/kept": "toy", "table/moved": "other", "table/new": "toy"}
    assert verify.exhibit_differences(tmp_path, made) == [
        "table/gone of toy is not made",
        "table/new of toy is new",
        "table/moved comes from other, not from toy",
    ]
    assert verify.exhibit_differences(tmp_path, json.loads(listed.read_text())) == []


def test_a_new_exhibit_fails_until_it_is_accepted(project) -> None:
    project.script("'fixed'", **{"def run(work):": EXHIBIT})
    assert project.verify() == 1
    assert "table/shown of toy is new" in project.said
    assert project.accept() == 0
    assert project.verify() == 0


def test_accept_is_refused_on_a_build_server(project, monkeypatch) -> None:
    monkeypatch.setenv("CI", "true")
    project.script(**{"149": "151"})
    before = (project.root / "paper" / "expected" / "results.json").read_bytes()
    assert project.accept() == 1
    assert (project.root / "paper" / "expected" / "results.json").read_bytes() == before


def test_records_name_exhibits_and_machine(project) -> None:
    build = project.root / "build"
    record = json.loads((build / "run.json").read_text())
    assert record["tasks"]["toy"]["outputs"] == 2
    assert record["packages"]["numpy"]
    assert "units.csv.gz" in record["data"]
    assert "| toy | table |" in (build / "exhibits.md").read_text()
    line = f"{file_digest(build / 'tables' / 'toy.csv')}  tables/toy.csv"
    assert line in (build / "MANIFEST.sha256").read_text()


def test_an_expected_file_that_is_damaged_is_an_error(tmp_path: Path) -> None:
    path = tmp_path / "results.json"
    path.write_text("{")
    with pytest.raises(Exception, match=r"results\.json"):
        read(path)
    path.write_text(dump({"toy.x": entry("text", "count")}))
    with pytest.raises(Exception, match=r"toy\.x"):
        read(path)

"""The documentation: pages reachable, names in it real, nothing fetched, no result typed."""

import ast
import importlib
import importlib.util
import re
import sys
import types
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
PAGES = sorted(path for path in DOCS.rglob("*.md") if "made" not in path.parts)
EXECUTED = [page for page in PAGES if "{code-cell}" in page.read_text("utf-8")]
NAMES = [page.relative_to(DOCS).as_posix() for page in PAGES]
FENCE = re.compile(r"^(`{3,}|:{3,})([^\n]*)\n(.*?)^\1\s*$", re.MULTILINE | re.DOTALL)
FRONT = "---\nfile_format: mystnb\nkernelspec:\n  name: python3\n---\n"
# what a page may link to on a network: licences, digital object identifiers, how to cite
ALLOWED = ("https://doi.org/", "https://creativecommons.org/", "https://www.kogl.or.kr/")
# 12,345 or 0.0213 is a result; years, versions, thresholds and words with digits are none
RESULT = re.compile(r"(?<![\w.\-–,#])(?:\d{1,3}(?:,\d{3})+|\d+\.\d{3,})(?![\w.\-–])")


def text_of(page):
    return page.read_text(encoding="utf-8")


def cells(page):
    """Source of the code cells of a page."""
    found = []
    for _, head, body in FENCE.findall(text_of(page)):
        if head.strip().startswith("{code-cell}"):
            found.append(re.sub(r"\A(?::[^\n]*\n)+|^%.*$", "", body, flags=re.MULTILINE))
    return found


def prose(page):
    """A page without code, tables of calls and directives."""
    text = text_of(page).removeprefix(FRONT)
    return re.sub(r"`[^`\n]*`", "", FENCE.sub("", text))


def road(text, heading):
    """Lines of code of a section, without cells that are hidden or make the laboratory's table."""
    section = text.split(f"\n## {heading}")[1].split("\n## ")[0]
    bodies = [body for _, head, body in FENCE.findall(section) if "{code-cell}" in head]
    shown = [body for body in bodies if not re.match(r":tags: \[(hide-input|laboratory)", body)]
    return [line for body in shown for line in body.splitlines() if line.strip(" )")]


def listed(page):
    """Pages that the toctrees of a page name."""
    found = set()
    for _, head, body in FENCE.findall(text_of(page)):
        if not head.strip().startswith("{toctree}"):
            continue
        for line in body.splitlines():
            entry = line.strip()
            if not entry or entry.startswith(":"):
                continue
            place = page.parent
            matches = place.glob(f"{entry}.md") if "*" in entry else [place / f"{entry}.md"]
            found |= {path.resolve() for path in matches} - {page.resolve()}
    return found


def test_every_page_is_in_one_table_of_contents():
    reached, waiting = set(), [(DOCS / "index.md").resolve()]
    while waiting:
        page = waiting.pop()
        if page not in reached:
            reached.add(page)
            waiting += listed(page)
    assert {page.resolve() for page in PAGES} == reached


def test_every_link_between_pages_arrives():
    for page in PAGES:
        for target in re.findall(r"\]\(([^)#:\s]+\.md)(?:#[^)]*)?\)", text_of(page)):
            assert (page.parent / target).exists(), f"{page.name}: {target}"


@pytest.mark.parametrize("page", EXECUTED, ids=lambda p: p.relative_to(DOCS).as_posix())
def test_an_executed_page_says_so_and_parses(page):
    assert text_of(page).startswith(FRONT)
    for cell in cells(page):
        ast.parse(cell)


@pytest.mark.parametrize("page", EXECUTED, ids=lambda p: p.relative_to(DOCS).as_posix())
def test_what_a_page_imports_is_public_and_there(page):
    """A page may run from a copy of the docs alone: the package, its dependencies, no checkout."""
    beside = {path.stem for path in page.parent.glob("*.py")}
    for cell in cells(page):
        for node in ast.walk(ast.parse(cell)):
            if not isinstance(node, ast.ImportFrom | ast.Import):
                continue
            names = [node.module] if isinstance(node, ast.ImportFrom) else [
                one.name for one in node.names
            ]  # fmt: skip
            for name in names:
                top = name.partition(".")[0]
                assert top not in {"analyses", "benchmarks", "tests", "tools"}, name
                if top == "econshrink":
                    assert name.count(".") <= 1, f"{name} is no public namespace"
                    room = importlib.import_module(name)
                    for one in getattr(node, "names", []):
                        assert isinstance(node, ast.Import) or hasattr(room, one.name), one.name
                elif top not in beside:
                    assert importlib.util.find_spec(top), name


@pytest.mark.parametrize("page", PAGES, ids=NAMES)
def test_no_page_fetches_anything(page):
    found = re.findall(r"https?://[^\s)\"'>]+", text_of(page))
    assert [link for link in found if not link.startswith(ALLOWED)] == []


@pytest.mark.parametrize("page", EXECUTED, ids=lambda p: p.relative_to(DOCS).as_posix())
def test_results_are_printed_by_cells_not_typed(page):
    assert RESULT.findall(prose(page)) == [], "print the number in a cell"


@pytest.mark.parametrize("heading", ["Europe", "South Korea", "Counties"])
def test_a_road_through_another_country_has_fifteen_lines(heading):
    lines = road(text_of(DOCS / "tutorials" / "another_country.md"), heading)
    assert 5 < len(lines) <= 15


def extension(name, monkeypatch):
    """A module of `docs/_ext`, which need not find Sphinx here."""
    stub = types.ModuleType("sphinx.application")
    stub.Sphinx = object
    monkeypatch.setitem(sys.modules, "sphinx", types.ModuleType("sphinx"))
    monkeypatch.setitem(sys.modules, "sphinx.application", stub)
    spec = importlib.util.spec_from_file_location(name, DOCS / "_ext" / f"{name}.py")
    module = importlib.util.module_from_spec(spec)
    monkeypatch.setitem(sys.modules, name, module)
    spec.loader.exec_module(module)
    return module


def test_the_reference_has_every_public_name(monkeypatch):
    made = extension("namespaces", monkeypatch)
    rooms = {path.parent.name for path in (ROOT / "econshrink").glob("*/__init__.py")}
    assert set(made.namespaces()) <= rooms
    for name in made.namespaces():
        page = made.page(name)
        for word in dir(importlib.import_module(f"econshrink.{name}")):
            assert re.search(rf"\b{word}\b", page), f"{name}.{word}"
    assert "made/*" in text_of(DOCS / "reference" / "index.md")


def test_the_index_of_errors_knows_the_messages(monkeypatch):
    found = extension("fault_messages", monkeypatch).messages()
    assert {"data", "panel", "survival", "tables", "flows", "nouns"} <= {one.wing for one in found}
    (again,) = {one for one in found if one.seen == "key '…' again" and "registry" in one.module}
    assert (again.expected, again.remedy) == ("a key not yet taken", "Choose another.")
    written = sum(text_of(path).count("Fault(") for path in (ROOT / "econshrink").rglob("*.py"))
    assert len(found) > written / 2  # the rest repeat each other or are filled in altogether

"""Documents cannot drift: what is generated is fresh, what is said of a place is true."""

import ast
import json
import re
from pathlib import Path

import pytest

from analyses.config import TASKS
from analyses.machinery.numbering import LISTED, listed, owners
from tools import documents, replication, stranger

ROOT = Path(__file__).parents[2]
PACKAGES = sorted(
    path.parent for top in documents.TOPS for path in (ROOT / top).rglob("__init__.py")
)
WINGS = [folder for folder in PACKAGES if folder.parent.name == "econshrink"]


def read(name):
    return (ROOT / name).read_text(encoding="utf-8")


@pytest.mark.parametrize("name", documents.PARTS)
def test_what_is_generated_is_fresh(name):
    file, make = documents.PARTS[name]
    assert documents.between(read(file), name) == make(ROOT).strip(), (
        "run python -m tools.documents"
    )


def test_run_times_are_those_of_the_present_tasks():
    part = documents.between(read("REPLICATION.md"), "measured")
    measured = int(re.search(r"(\d+) tasks took", part)[1])
    # a measurement ages: one task more does not ask for a quiet machine, a tenth of them does
    assert abs(measured - len(TASKS)) <= 0.1 * len(TASKS), "run tools.documents --measured"
    named = set(re.findall(r"`(\w+)`", part))
    assert named - {task.name for task in TASKS} == set()


@pytest.mark.parametrize("folder", PACKAGES, ids=lambda f: f.relative_to(ROOT).as_posix())
def test_every_package_says_in_a_sentence_what_it_is_for(folder):
    text = ast.get_docstring(ast.parse((folder / "__init__.py").read_text("utf-8"))) or ""
    first = documents.first_sentence(folder)
    assert first.endswith((".", "``SOURCES.md``.")), first
    assert len(first.split()) >= 4
    if folder in WINGS:
        assert "What comes in" in text, "say what may come in and what goes out"


def test_no_two_packages_are_for_the_same():
    said = [documents.first_sentence(folder) for folder in PACKAGES]
    assert sorted(said) == sorted(set(said))


def test_every_exhibit_of_a_number_is_made():
    made = {name.partition("/")[2].removesuffix("_synthetic") for name in json.loads(read(LISTED))}
    entries = json.loads(read("paper/expected/results.json"))
    named = {entry["exhibit"] for entry in entries.values() if entry["exhibit"]}
    assert {name.removesuffix("_synthetic") for name in named} - made == set()


def test_every_exhibit_of_the_manuscript_is_made():
    made = {name.partition("/")[2].removesuffix("_synthetic") for name in json.loads(read(LISTED))}
    made |= {"yearbook_annual", "yearbook_beside", "yearbook_long"}  # with a user's yearbook only
    text = "".join(path.read_text("utf-8") for path in (ROOT / "paper").rglob("*.typ"))
    shown = set(re.findall(r'exhibit-(?:table|figure)\(\s*"(\w+)"', text))
    assert {name.removesuffix("_synthetic") for name in shown} - made == set()


def test_every_exhibit_stands_in_exactly_one_document():
    # the numbering refuses a second showing, so that what is missing is all that can be wrong
    assert replication.unplaced(ROOT) == []


def test_no_exhibit_of_the_paper_reads_a_stored_study():
    made = listed(ROOT)
    tasks = {task.name: task for task in TASKS}
    placed = owners(ROOT / "paper", made)
    reading = [
        f"{key} {number}"
        for key, (document, number) in placed.items()
        if document == "paper" and replication.studies(tasks[made[key]])
    ]
    assert reading == [], "only the sentence on the laboratory may"


def test_every_figure_says_in_words_what_it_shows():
    silent = [
        f"{path.name}, line {call.lineno}"
        for path in sorted((ROOT / "analyses").rglob("*.py"))
        for call in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(call, ast.Call)
        and isinstance(call.func, ast.Attribute)
        and call.func.attr == "figure"
        and getattr(call.func.value, "id", "") == "work"
        and not any(word.arg == "alt" for word in call.keywords)
    ]
    assert silent == [], "pass alt=, a sentence for readers who do not see the figure"


def test_every_place_that_architecture_names_is_there():
    text = read("ARCHITECTURE.md")
    places = set(re.findall(r"`((?:econshrink|analyses|tools|paper|tests)/[\w/.]*)`", text))
    assert {place for place in places if not (ROOT / place).exists()} == set()


def test_the_budget_of_the_build_server_is_stated_and_kept_within_its_sum():
    budget = documents.budget(read("CONTRIBUTING.md"))
    steps = re.findall(r"(?m)^step (\w+) ", read(".ci/run"))
    assert set(steps) <= set(budget)
    assert sum(budget.values()) <= 35 * 60


def test_a_stranger_finds_what_a_name_promises():
    found = stranger.answers()
    assert len(found) == 25
    assert sum(answer.verdict != "no" for answer in found) >= 20

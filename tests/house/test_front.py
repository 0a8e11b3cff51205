"""The front door: typed, complete, quick to open, and it tells where old names went."""

import ast
import importlib
import inspect
import re
import subprocess
import sys
import textwrap
import typing
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

import econshrink
from analyses.config import TASKS
from analyses.machinery.fingerprint import Sources
from econshrink.core.lazy import public_names

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "econshrink"
NAMESPACES = sorted(
    path.parent.name for path in PACKAGE.glob("*/__init__.py") if public_names(path)
)
HEAVY = ("numpy", "pandas", "scipy", "matplotlib", "statsmodels", "linearmodels", "sklearn")
FILES = 22


def namespace(name):
    return importlib.import_module(f"econshrink.{name}" if name else "econshrink")


def test_about_forty_names_at_the_top_and_the_namespaces():
    names = set(dir(econshrink)) - set(NAMESPACES)
    assert 30 <= len(names) <= 60
    assert set(NAMESPACES) <= set(dir(econshrink))


@pytest.mark.parametrize("name", ["", *NAMESPACES])
def test_every_public_name_is_there_and_explained(name):
    room = namespace(name)
    assert room.__all__ == dir(room)
    found = {word: getattr(room, word) for word in dir(room)}
    aliases = {word for word, thing in found.items() if typing.get_origin(thing)}
    assert [w for w, thing in found.items() if not thing.__doc__ and w not in aliases] == []


def test_an_unknown_name_is_an_attribute_error():
    with pytest.raises(AttributeError, match="no attribute 'nonsense'"):
        _ = econshrink.nonsense
    with pytest.raises(ImportError, match="nonsense"):
        exec("from econshrink.panel import nonsense")


# What public names mention


def own_types(hint):
    """Classes of the package inside a type."""
    for part in typing.get_args(hint):
        yield from own_types(part)
    origin = typing.get_origin(hint) or hint
    if isinstance(origin, type) and origin.__module__.startswith("econshrink"):
        yield origin


def routines(thing):
    """Functions whose signatures a public name shows."""
    if inspect.isclass(thing):
        for name, held in vars(thing).items():
            plain = held.fget if isinstance(held, property) else getattr(held, "__func__", held)
            if inspect.isfunction(plain) and (not name.startswith("_") or name == "__init__"):
                yield plain
    elif inspect.isfunction(inspect.unwrap(thing)):
        yield inspect.unwrap(thing)


def mentioned(thing):
    """Types of the package in the signatures and public fields of a public name."""
    if inspect.isclass(thing):
        hints = typing.get_type_hints(thing)
        for hint in (hint for name, hint in hints.items() if not name.startswith("_")):
            yield from own_types(hint)
    for routine in routines(thing):
        for hint in typing.get_type_hints(routine).values():
            yield from own_types(hint)
    if typing.get_origin(thing):  # a named type
        yield from own_types(thing)


@pytest.mark.parametrize("name", NAMESPACES)
def test_every_type_a_signature_mentions_is_public_there_or_at_the_top(name):
    room = namespace(name)
    public = {id(getattr(where, word)) for where in (room, econshrink) for word in dir(where)}
    missing = {
        (word, kind.__name__)
        for word in dir(room)
        for kind in mentioned(getattr(room, word))
        if id(kind) not in public
    }
    assert missing == set()


@pytest.mark.parametrize("name", ["", *NAMESPACES])
def test_every_public_function_is_typed(name):
    room = namespace(name)
    untyped = [
        (word, routine.__qualname__)
        for word in dir(room)
        for routine in routines(getattr(room, word))
        if "return" not in routine.__annotations__
        and routine.__name__ != "__init__"
        and (routine.__module__ or "").startswith("econshrink")
    ]
    assert untyped == []


def test_no_public_name_is_a_submodule_of_its_package():
    found = []
    for room in sorted(PACKAGE.rglob("__init__.py")):
        package = ".".join(room.parent.relative_to(ROOT).parts)
        names = {name for name, home in public_names(room).items() if home != package}
        below = {path.stem for path in room.parent.glob("*.py")}
        below |= {path.name for path in room.parent.iterdir() if path.is_dir()}
        found += [f"{package}.{name}" for name in sorted(names & below)]
    assert found == []


# Type checkers and editors

USER = """
    from econshrink import CityPanel, Clustered, Spec, fit_fe, identify, load_china
    from econshrink.panel import SystemGmm, fit_gmm
    from econshrink.shrinkage import ConsecutiveDecline
    from econshrink.survival import Weibull, fit_cox
    import econshrink

    panel: CityPanel = load_china()
    found = identify(panel, ConsecutiveDecline(3), (2011, 2019))
    count: int = found.count
    estimate = fit_fe(panel, Spec("growth", ("gdp",), ("city", "year")), Clustered("city"))
    slope: float = estimate.coefficient("gdp")
    lab = econshrink.lab.simulate(seed=1)
    reveal_type(fit_gmm)
    reveal_type(fit_cox)
    reveal_type(SystemGmm)
    reveal_type(Weibull)
"""


@pytest.mark.slow
def test_a_users_file_passes_a_strict_type_checker(tmp_path):
    file = tmp_path / "user.py"
    file.write_text(textwrap.dedent(USER), encoding="utf-8")
    command = [sys.executable, "-m", "mypy", "--strict", "--config-file", "", str(file)]
    # Whatever the checker holds against installed packages is not the user's file's.
    command += ["--follow-imports=silent", "--ignore-missing-imports", "--cache-dir", str(tmp_path)]
    done = subprocess.run(command, capture_output=True, text=True, cwd=ROOT, check=False)
    assert "error" not in done.stdout, done.stdout
    revealed = re.findall(r'Revealed type is "(.*)"', done.stdout)
    assert len(revealed) == 4
    assert all(text != "Any" for text in revealed)
    assert "econshrink.nouns.estimate.Estimate" in revealed[0]


def test_every_public_name_has_a_home():
    for room in ["", *NAMESPACES]:
        for name, home in public_names(PACKAGE / room / "__init__.py").items():
            place = ROOT / home.replace(".", "/")
            assert place.is_dir() or place.with_suffix(".py").is_file(), (room, name, home)


# What an import loads


def loaded(statement):
    """Modules that a fresh interpreter holds after a statement."""
    code = f"import sys; {statement}; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return done.stdout.split()


def test_importing_the_package_loads_nothing_heavy():
    modules = loaded("import econshrink")
    assert [name for name in HEAVY if name in modules] == []
    assert [m for m in modules if m.startswith("econshrink.")] == [
        "econshrink.core",
        "econshrink.core.lazy",
    ]


def test_importing_every_namespace_loads_nothing_heavy():
    rooms = ", ".join(f"econshrink.{name}" for name in NAMESPACES)
    modules = loaded(f"import {rooms}; [dir(room) for room in ({rooms},)]")
    assert [name for name in HEAVY if name in modules] == []


# Old flat names


def told(statement):
    with pytest.raises(ImportError) as problem:
        exec(statement, {"econshrink": econshrink})
    return str(problem.value)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("fit_gmm", "from econshrink.panel import fit_gmm"),
        ("aalen_johansen", "from econshrink.survival import aalen_johansen"),
        ("load_census_panel", "from econshrink.data import load_census_panel"),
        ("see", "from econshrink.forecast import information_set"),
        ("Design", "from econshrink.forecast import BacktestDesign"),
        ("breakdown", "from econshrink.causal import breakdown_value"),
    ],
)
def test_an_old_flat_name_ends_in_one_line_that_names_the_new_place(old, new):
    for statement in (f"econshrink.{old}", f"from econshrink import {old}"):
        words = told(statement)
        assert words == f"econshrink.{old} is now: {new}"
        exec(new)


def test_every_renamed_name_is_where_its_line_says():
    for old, place in econshrink._RENAMED.items():
        wing, _, name = place.rpartition(".")
        assert name in dir(namespace(wing)), old


# What an edit reruns


@pytest.fixture(scope="module")
def reached():
    sources = Sources(ROOT)
    return {
        task.name: {path.relative_to(ROOT).as_posix() for path in sources.reached(task.module)}
        for task in TASKS
    }


def modules(files):
    return {name for name in files if name.startswith("econshrink/") and name.endswith(".py")}


def test_an_edit_in_survival_reruns_no_panel_exhibit(reached):
    for task in ("panel_growth", "annual_panel", "long_difference", "iv", "expansion", "closure"):
        assert [f for f in modules(reached[task]) if f.startswith("econshrink/survival/c")] == []
        assert [f for f in modules(reached[task]) if "frailty" in f] == []


def test_an_exhibit_reaches_the_modules_it_names_and_not_the_package(reached):
    counts = sorted(len(modules(files)) for files in reached.values())
    everything = len(list(PACKAGE.rglob("*.py")))
    assert counts[len(counts) // 2] <= 170
    assert counts[-1] < 0.75 * everything


# The house


def test_no_folder_is_long():
    tops = [ROOT / top for top in ("econshrink", "analyses", "tools", "benchmarks")]
    folders = {path.parent for top in tops for path in top.rglob("*.py")}
    modules = {f: [p for p in f.glob("*.py") if p.name != "__init__.py"] for f in folders}
    long = {f.as_posix(): len(found) for f, found in modules.items() if len(found) > FILES}
    assert long == {}


def imports_of(path):
    """Modules of the package that a module names anywhere: at its top, late, or for types only."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("econshrink."):
            file = ROOT / f"{node.module.replace('.', '/')}.py"
            homes = public_names(file.with_suffix("") / "__init__.py") if not file.exists() else {}
            for alias in node.names:
                below = ROOT / node.module.replace(".", "/") / f"{alias.name}.py"
                home = homes.get(alias.name, "")
                place = ROOT / f"{home.replace('.', '/')}.py" if home else below
                yield file if file.exists() else place


def test_no_circle_not_even_behind_late_or_type_checking_imports():
    files = [path for path in PACKAGE.rglob("*.py") if path.name != "__init__.py"]
    graph = {path: {used for used in imports_of(path) if used.exists()} for path in files}
    assert sum(map(len, graph.values())) > 1000  # the search sees the imports
    try:
        tuple(TopologicalSorter(graph).static_order())
    except CycleError as problem:
        circle = " -> ".join(p.relative_to(ROOT).as_posix() for p in problem.args[1])
        pytest.fail(circle)

"""Seeded mutants of the numerics, and whether a test fails when a line is changed.

cosmic-ray makes the mutants (an operator swapped, a number moved, a condition turned). Places are
drawn first, equally many from every stratum, then one of the changes possible there: a line with
many operators is not tried many times, and changes that no float survives (``a * b`` to
``a << b``) are left out, for they would only flatter the score. `tools.soak.reach` says which tests
run the line; they are tried fastest first in a forked interpreter that imports the changed module
in place of the file, so that nothing on disk is touched. A mutant that no test notices survives;
the score is the share killed, with Wilson's interval. A run goes on where it was stopped.
"""

from __future__ import annotations

import ast
import gc
import hashlib
import importlib
import importlib.machinery
import json
import os
import pkgutil
import resource
import signal
import subprocess
import sys
import time
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np
from scipy.stats import norm

from econshrink.core.seeds import generator
from tools.soak.record import ROOT, setting

STRATA = {
    "inference": ("econshrink/inference/**/*.py",),
    "kernels": ("econshrink/*/kernel/*.py", "econshrink/forecast/scores/*.py"),
    "nouns": ("econshrink/nouns/*.py",),
}
FOLDER = ROOT / "build" / "mutants"
MAPS = {"quick": "not slow", "slow": "slow"}
# Annotations and decorators change no number; of arithmetic only what floats can do.
_LEFT_OUT = ("core/RemoveDecorator", "core/ReplaceBinaryOperator_BitOr", "core/Variable")
_BITS = ("BitAnd", "BitOr", "BitXor", "LShift", "RShift")
_ARITHMETIC = ("Add", "Sub", "Mul", "Div", "Pow", "FloorDiv", "Mod")
_MEMORY = 6 * 2**30
TESTS = 150  # of the tests that run a line, the fastest so many
LONGEST = 15.0  # and at most so many seconds of them, as the map measured
Mutant = dict[str, Any]


def _flattering(operator: str) -> bool:
    old, _, new = operator.removeprefix("core/ReplaceBinaryOperator_").partition("_")
    return old in _ARITHMETIC and new in _BITS


def files(root: Path = ROOT) -> dict[str, list[str]]:
    """The files of every stratum."""
    return {
        stratum: sorted(
            path.relative_to(root).as_posix()
            for path in {path for pattern in patterns for path in root.glob(pattern)}
            if path.name != "__init__.py"
        )
        for stratum, patterns in STRATA.items()
    }


def places(root: Path = ROOT) -> dict[str, list[list[Mutant]]]:
    """Every place where an operator of cosmic-ray can act, with the changes possible there."""
    from cosmic_ray.ast import ast_nodes, get_ast  # noqa: PLC0415  (group `soak`)
    from cosmic_ray.plugins import get_operator, operator_names  # noqa: PLC0415

    names = [n for n in sorted(operator_names()) if not n.startswith(_LEFT_OUT)]
    names = [name for name in names if not _flattering(name)]
    found: dict[str, list[list[Mutant]]] = {}
    for stratum, chosen in files(root).items():
        held: dict[tuple[str, tuple[int, int]], list[Mutant]] = {}
        for file in chosen:
            nodes = list(ast_nodes(get_ast((root / file).read_text(encoding="utf-8"))))
            for name in names:
                operator = get_operator(name)()
                spots = [p for node in nodes for p in operator.mutation_positions(node)]
                for occurrence, (start, _) in enumerate(spots):
                    entry = {"file": file, "operator": name, "line": start[0]}
                    held.setdefault((file, start), []).append({**entry, "occurrence": occurrence})
        found[stratum] = list(held.values())
    return found


def sample(count: int, seed: int, root: Path = ROOT) -> list[Mutant]:
    """Places drawn without repetition, equally many a stratum, one change each; random order."""
    chosen: list[Mutant] = []
    for stratum, spots in places(root).items():
        rng = generator(f"soak.mutants.{stratum}", seed)
        size = min(len(spots), -(-count // len(STRATA)))
        for i in rng.choice(len(spots), size, replace=False):
            change = spots[int(i)][int(rng.integers(len(spots[int(i)])))]
            chosen.append({"stratum": stratum, **change})
    order = generator("soak.mutants.order", seed).permutation(len(chosen))
    return [chosen[int(i)] for i in order][:count]


def change(mutant: Mutant, root: Path = ROOT) -> tuple[str, str, str]:
    """The changed module, and the first line that differs, before and after."""
    from cosmic_ray.mutating import mutate_code  # noqa: PLC0415
    from cosmic_ray.plugins import get_operator  # noqa: PLC0415

    code = (root / mutant["file"]).read_text(encoding="utf-8")
    changed = mutate_code(code, get_operator(mutant["operator"])(), mutant["occurrence"])
    lines = zip(code.splitlines(), (changed or code).splitlines(), strict=False)
    old, new = next(((old, new) for old, new in lines if old != new), ("", ""))
    return changed or code, old.strip(), new.strip()


def tests_of(mutant: Mutant, held: dict[str, Any]) -> list[str]:
    """Tests that run the statement changed, fastest first; of a signature those of its body."""
    lines = held["lines"].get(mutant["file"], {})
    code = (ROOT / mutant["file"]).read_text(encoding="utf-8")
    span = _statement(ast.parse(code), mutant["line"])
    found = {test for line in span for test in lines.get(line, ())}
    if not found:  # runs at import: whoever runs anything of this file
        found = {test for tests in lines.values() for test in tests}
    seconds = held["seconds"]
    ordered = sorted(found, key=lambda test: (round(seconds[test], 1), test))
    total = np.cumsum([seconds[test] for test in ordered])
    return [test for test, so_far in zip(ordered, total, strict=True) if so_far <= LONGEST][:TESTS]


def _statement(tree: ast.Module, line: int) -> range:
    """Lines of the innermost statement at a line; of one with a body the head, or all of a def."""
    best: ast.stmt | None = None
    for node in ast.walk(tree):
        if isinstance(node, ast.stmt) and node.lineno <= line <= (node.end_lineno or line):
            best = node
    if best is None:
        return range(line, line + 1)
    body = getattr(best, "body", None)
    if body and not isinstance(best, ast.FunctionDef | ast.AsyncFunctionDef):
        return range(best.lineno, max(best.lineno + 1, body[0].lineno))
    first = body[0].lineno if body else best.lineno
    return range(first, (best.end_lineno or line) + 1)


def mutate(count: int, seed: int, seconds: float = float("inf")) -> dict[str, Any]:
    """Draw, run and count; the record of the part `mutants`.

    Quick tests first, slow ones for what survives them. What was killed stays killed as long as
    the changed module is the same; a survivor is tried again when other tests run its line.
    """
    FOLDER.mkdir(parents=True, exist_ok=True)
    end = time.monotonic() + seconds
    chosen = sample(count, seed)
    log = FOLDER / f"done-{seed}.jsonl"
    done = {entry["key"]: entry for entry in _read(log)}
    held: dict[str, Any] = {"seconds": {}, "lines": {}}
    unsound: dict[str, bool] = {}
    known: dict[str, int] = {}
    for name, marks in MAPS.items():
        held = with_map(held, name, marks)
        known[name] = len(held["seconds"]) - sum(known.values())
        warm()
        with log.open("a", encoding="utf-8") as out:
            for mutant in chosen:
                code, old, new = change(mutant)
                key = mutant["key"] = _digest(mutant["file"], code)
                tests = tests_of(mutant, held)
                tried = _digest(*tests)
                last = done.get(key, {"became": "", "tried": ""})
                if last["became"] == "killed" or last["tried"] == tried or time.monotonic() > end:
                    continue
                became = judge(mutant["file"], code, tests, unsound) if new else {"became": "none"}
                done[key] = {**mutant, "tried": tried, "old": old, "new": new, **became}
                out.write(json.dumps(done[key]) + "\n")
                out.flush()
    record = count_up([done[m["key"]] for m in chosen if m["key"] in done], seed, count)
    return {**record, "tests": known}


def with_map(held: dict[str, Any], name: str, marks: str) -> dict[str, Any]:
    """The map so far and that of other tests, drawn if it is not there."""
    from tools.soak.reach import join  # noqa: PLC0415  (needs coverage)

    path = FOLDER / f"{name}.json"
    if not path.exists():
        every = [file for chosen in files().values() for file in chosen]
        command = [sys.executable, "-m", "tools.soak.reach", marks, str(path), *every]
        subprocess.run(command, check=True)  # a process of its own: nothing is imported before
    return join(held, json.loads(path.read_text(encoding="utf-8")))


def _digest(*texts: str) -> str:
    return hashlib.sha256("\n".join(texts).encode()).hexdigest()[:16]


def _read(path: Path) -> Iterable[Mutant]:
    if path.exists():
        for line in path.read_text(encoding="utf-8").splitlines():
            yield json.loads(line)


def warm() -> None:
    """Import everything once, then forget our own modules: a fork reads them anew."""
    for name in ("hypothesis", "openpyxl", "pytest", "_pytest.doctest", "_pytest.python"):
        importlib.import_module(name)
    import econshrink  # noqa: PLC0415

    for module in pkgutil.walk_packages(econshrink.__path__, "econshrink."):
        if ".cli" not in module.name and "__main__" not in module.name:
            try:
                importlib.import_module(module.name)
            except ImportError:  # an extra that is not installed
                continue
    gc.freeze()


def judge(file: str, code: str, tests: list[str], unsound: dict[str, bool]) -> dict[str, Any]:
    """Run the tests; a test that fails without the mutant as well, here and now, says nothing."""
    own = (ROOT / file).read_text(encoding="utf-8")
    while True:
        left = [test for test in tests if not unsound.get(test)]
        found = run(file, code, left)
        test = found.get("test", "")
        if test and test not in unsound:
            unsound[test] = run(file, own, [test])["became"] != "survived"
        if not unsound.get(test):
            return found


def run(file: str, code: str, tests: list[str]) -> dict[str, Any]:
    """Run the tests of one mutant in a fork; what became of it, and which test said so."""
    if not tests:
        return {"became": "survived", "by": "no test runs the line", "seconds": 0.0}
    began = time.monotonic()
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(reader)
        _child(file, code, tests, writer)
    os.close(writer)
    with os.fdopen(reader, encoding="utf-8") as pipe:
        told = pipe.read()
    _, status = os.waitpid(child, 0)
    if os.WIFSIGNALED(status):
        told = "killed\n\nended by signal " + signal.Signals(os.WTERMSIG(status)).name
    became, test, by = [*told.split("\n", 2), "", ""][:3]
    return {
        "became": became or "killed",
        "test": test,
        "by": by[:200],
        "tests": len(tests),
        "seconds": round(time.monotonic() - began, 1),
    }


def _child(file: str, code: str, tests: list[str], writer: int) -> None:
    """Import with the change, run the tests, tell, and leave without cleaning up."""
    import hypothesis  # noqa: PLC0415

    os.setsid()
    quiet = os.open(os.devnull, os.O_WRONLY)
    os.dup2(quiet, 1)
    os.dup2(quiet, 2)
    resource.setrlimit(resource.RLIMIT_CPU, (240, 250))
    resource.setrlimit(resource.RLIMIT_AS, (_MEMORY, _MEMORY))
    os.environ["HYPOTHESIS_STORAGE_DIRECTORY"] = str(FOLDER / "hypothesis")
    hypothesis.settings.register_profile("mutants", deadline=None, database=None)
    hypothesis.settings.load_profile("mutants")
    for name in [n for n in sys.modules if n.split(".")[0] in ("econshrink", "analyses")]:
        del sys.modules[name]
    _put_in_place(ROOT / file, code)
    watch = _Told()
    arguments = ["-x", "-q", "-p", "no:cacheprovider", "-p", "no:xdist", "-p", "no:cov"]
    # hypothesis is loaded already
    arguments += ["-W", "ignore::pytest.PytestAssertRewriteWarning", "--tb=line"]
    try:
        importlib.import_module(file.removesuffix(".py").replace("/", "."))
    except BaseException as problem:  # noqa: BLE001  (an import that fails is noticed by all)
        told, watch.by = "killed", f"import: {type(problem).__name__}"
    else:
        told = _status(arguments + tests, watch)
    os.write(writer, f"{told}\n{watch.test}\n{watch.by}".encode())
    os._exit(0)


def _status(arguments: list[str], watch: _Told) -> str:
    import pytest  # noqa: PLC0415

    try:
        status = int(pytest.main(arguments, plugins=[watch]))
    except BaseException as problem:  # noqa: BLE001  (told, and looked into by hand)
        watch.by = f"pytest: {problem!r}"
        return "unclear"
    return {0: "survived", 1: "killed", 2: "killed"}.get(status, "unclear")


class _Told:
    """A pytest plugin: the first test that failed and its words."""

    test = by = ""

    def pytest_runtest_logreport(self, report: Any) -> None:
        """Keep the first failure."""
        if report.failed and not self.by:
            words = str(report.longrepr).strip().splitlines() or [""]
            self.test, self.by = report.nodeid, words[-1]

    def pytest_collectreport(self, report: Any) -> None:
        """A file that cannot be read any more."""
        if report.failed and not self.by:
            self.by = f"{report.nodeid}: cannot be collected"


def _put_in_place(path: Path, code: str) -> None:
    """From now on this file is imported as `code`."""
    own = str(path)
    original = importlib.machinery.SourceFileLoader.get_code

    def get_code(self: Any, fullname: str) -> Any:
        if self.path == own:
            return compile(code, own, "exec", dont_inherit=True)
        return original(self, fullname)

    importlib.machinery.SourceFileLoader.get_code = get_code  # type: ignore[method-assign]


def count_up(done: list[Mutant], seed: int, drawn: int) -> dict[str, Any]:
    """The record: scores by stratum and the mutants left."""
    left = sorted(
        ({k: m[k] for k in ("file", "line", "operator", "old", "new")} for m in done
         if m["became"] == "survived"),
        key=lambda m: (m["file"], m["line"], m["operator"]),
    )  # fmt: skip
    return {
        **setting(seed),
        "drawn": drawn,
        "mutants": len(done),
        **_score(done),
        "strata": {name: _score([m for m in done if m["stratum"] == name]) for name in STRATA},
        "left": left,
    }


def _score(mutants: list[Mutant]) -> dict[str, Any]:
    """Killed and survived of what was run."""
    became = [mutant["became"] for mutant in mutants]
    return score(became.count("killed"), became.count("survived"))


def score(killed: int, lived: int) -> dict[str, Any]:
    """Killed and survived, the share killed and Wilson's 95 % interval."""
    n = killed + lived
    if not n:
        return {"killed": 0, "survived": 0}
    z = float(norm.ppf(0.975))
    share = killed / n
    middle = (share + z**2 / (2 * n)) / (1 + z**2 / n)
    half = z * float(np.sqrt(share * (1 - share) / n + z**2 / (4 * n**2))) / (1 + z**2 / n)
    return {
        "killed": killed,
        "survived": lived,
        "score": round(share, 3),
        "low": round(middle - half, 3),
        "high": round(middle + half, 3),
    }

"""Property tests for hours.

Every test that uses hypothesis runs again and again, each time with many more examples than in
`make test` and with a new seed, in an order drawn from the seed, until the budget is spent.
"""

from __future__ import annotations

import functools
import random
import time
from collections.abc import Callable
from typing import Any

import hypothesis
import pytest

from tools.soak.record import ROOT, setting

TIMES = 10  # as many examples as the test itself asks for
_SETTINGS = "_hypothesis_internal_use_settings"


class Soak:
    """A pytest plugin: one round over all property tests, ended by the clock."""

    def __init__(self, seed: int, end: float, tally: dict[str, dict[str, Any]]) -> None:
        self.seed = seed
        self.end = end
        self.tally = tally

    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        """Keep property tests, in an order of this seed, with settings of this round."""
        kept: list[Any] = [item for item in items if hasattr(item.obj, "hypothesis")]  # type: ignore[attr-defined]
        random.Random(self.seed).shuffle(kept)
        for item in kept:
            self._prepare(item)
        items[:] = kept

    def _prepare(self, item: Any) -> None:
        test = getattr(item.obj, "__func__", item.obj)
        entry = self.tally.setdefault(
            item.nodeid, {"examples": 0, "seconds": 0.0, "rounds": 0, "failed": []}
        )
        own = getattr(test, "_soak_settings", None) or getattr(test, _SETTINGS)
        test._soak_settings = own
        more = hypothesis.settings(
            own,
            max_examples=TIMES * own.max_examples,
            derandomize=False,
            database=None,
            deadline=None,
            print_blob=True,
            suppress_health_check=list(hypothesis.HealthCheck),
        )
        setattr(test, _SETTINGS, more)
        hypothesis.seed(self.seed)(test)
        inner = getattr(test, "_soak_inner", None) or test.hypothesis.inner_test
        test._soak_inner = inner
        test.hypothesis.inner_test = _counted(inner, entry)

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_setup(self) -> None:
        """Leave the rest of the round when the budget is spent."""
        if time.monotonic() > self.end:
            pytest.skip("the budget is spent")

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Add a test's time, and its failure with the seed that shows it."""
        if report.when != "call":
            return
        entry = self.tally[report.nodeid]
        entry["seconds"] = round(entry["seconds"] + report.duration, 2)
        entry["rounds"] += 1
        if report.failed:
            lines = [line for line in str(report.longrepr).splitlines() if line.startswith("E ")]
            message = " ".join(line[1:].strip() for line in lines[:4])
            entry["failed"].append({"seed": self.seed, "message": message[:300]})


def _counted(inner: Callable[..., object], entry: dict[str, Any]) -> Callable[..., object]:
    @functools.wraps(inner)
    def call(*arguments: Any, **named: Any) -> object:
        entry["examples"] += 1
        return inner(*arguments, **named)

    return call


def files() -> list[str]:
    """Test files that use hypothesis."""
    return [
        path.relative_to(ROOT).as_posix()
        for path in sorted((ROOT / "tests").rglob("test_*.py"))
        if "oracles" not in path.parts
        and "\nfrom hypothesis import" in path.read_text(encoding="utf-8")
    ]


def soak(seconds: float, seed: int) -> dict[str, Any]:
    """Run rounds until the budget is spent; return the record."""
    start = time.monotonic()
    tally: dict[str, dict[str, Any]] = {}
    rounds = 0
    while time.monotonic() < start + seconds:
        plugin = Soak(seed + rounds, start + seconds, tally)
        arguments = ["-q", "-p", "no:cacheprovider", "-p", "no:xdist", "--no-header", "-rN"]
        # hypothesis is loaded already, here and in every later round
        arguments += ["-W", "ignore::pytest.PytestAssertRewriteWarning"]
        status = pytest.main([*arguments, "--tb=short", *files()], plugins=[plugin])
        rounds += 1
        if status not in (pytest.ExitCode.OK, pytest.ExitCode.TESTS_FAILED):
            raise SystemExit(f"pytest ended with status {status}: mend the tests first")
    reached = [entry for entry in tally.values() if entry["rounds"]]
    return {
        **setting(seed),
        "budget_seconds": seconds,
        "seconds": round(time.monotonic() - start, 1),
        "rounds": rounds,
        "property_tests": len(tally),
        "reached": len(reached),
        "examples": sum(entry["examples"] for entry in reached),
        "failed": sum(bool(entry["failed"]) for entry in reached),
        "tests": dict(sorted(tally.items())),
    }

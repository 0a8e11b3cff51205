"""Which tests run which line: one run of the tests under coverage.py, a context for every test.

The map is what makes a mutant cheap: only the tests that run its line are tried, fastest first.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import coverage
import pytest

from econshrink.core.files import write_file
from tools.soak.record import ROOT

_SETUP = "|setup"


class _Watch:
    """A pytest plugin: one coverage context a test and phase, and how long each test took."""

    def __init__(self, cover: coverage.Coverage) -> None:
        self.cover = cover
        self.seconds: dict[str, float] = {}

    @pytest.hookimpl(hookwrapper=True)
    def pytest_runtest_setup(self, item: pytest.Item) -> Iterator[None]:
        """What a shared fixture runs is noted apart: other tests of the file read its result."""
        self.cover.switch_context(item.nodeid + _SETUP)
        yield

    @pytest.hookimpl(hookwrapper=True)
    def pytest_runtest_call(self, item: pytest.Item) -> Iterator[None]:
        """The test itself."""
        self.cover.switch_context(item.nodeid)
        began = time.perf_counter()
        yield
        self.seconds[item.nodeid] = time.perf_counter() - began
        self.cover.switch_context("")

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """A test that fails without a mutant is no test."""
        if report.failed or report.skipped:
            self.seconds.pop(report.nodeid, None)


def draw_map(files: Sequence[str], marks: str, path: Path) -> None:
    """Run the tests with `marks`; write file -> line -> tests and the seconds of each test."""
    data = path.with_suffix(".coverage")
    data.unlink(missing_ok=True)
    cover = coverage.Coverage(data_file=str(data), include=[str(ROOT / f) for f in files])
    cover.start()
    cover.switch_context("")
    watch = _Watch(cover)
    arguments = ["-q", "-p", "no:cacheprovider", "-p", "no:xdist", "-p", "no:cov", "-m", marks]
    pytest.main([*arguments, "--tb=line"], plugins=[watch])
    cover.stop()
    cover.save()
    found: dict[str, dict[int, list[str]]] = {}
    held = cover.get_data()
    for file in sorted(held.measured_files()):
        name = Path(file).relative_to(ROOT).as_posix()
        found[name] = {
            line: sorted(_tests(set(contexts), watch.seconds))
            for line, contexts in held.contexts_by_lineno(file).items()
        }
    data.unlink(missing_ok=True)
    write_file(path, json.dumps({"seconds": watch.seconds, "lines": found}) + "\n")


def _tests(contexts: set[str], seconds: dict[str, float]) -> set[str]:
    """Tests of the contexts of a line; a fixture's line belongs to every test of its file."""
    files = {c.removesuffix(_SETUP).split("::")[0] for c in contexts if c.endswith(_SETUP)}
    own = {context for context in contexts if context in seconds}
    return own | {test for test in seconds if test.split("::")[0] in files}


def join(held: dict[str, Any], more: dict[str, Any]) -> dict[str, Any]:
    """Two maps as one."""
    lines = {file: dict(tests) for file, tests in held["lines"].items()}
    for file, found in more["lines"].items():
        own = lines.setdefault(file, {})
        for line, tests in found.items():
            own[int(line)] = [*own.get(int(line), ()), *tests]
    return {"seconds": {**held["seconds"], **more["seconds"]}, "lines": lines}


if __name__ == "__main__":
    wanted, target, *measured = sys.argv[1:]
    draw_map(measured, wanted, Path(target))

"""Ten first attempts with the installed package, outside the checkout: `make wheel` runs this file.

It is a script on purpose: the clean environment holds the package and what it needs, no test tool.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd

import econshrink
from econshrink import (
    CityPanel,
    Clustered,
    Spec,
    SpellTable,
    fit_fe,
    identify,
    kaplan_meier,
    load_china,
)
from econshrink.core.errors import MissingExtra
from econshrink.data import load_census_panel
from econshrink.lab import LabSettings, simulate
from econshrink.report.extras import typesetter
from econshrink.shrinkage import NetLoss


def table() -> pd.DataFrame:
    """A small panel with a known slope."""
    rng = np.random.default_rng(1)
    rows = pd.DataFrame(
        [(f"{100000 + i}", year) for i in range(30) for year in range(2000, 2010)],
        columns=["city", "year"],
    )
    rows["x"] = rng.normal(size=len(rows))
    return rows.assign(y=2 * rows["x"] + rng.normal(size=len(rows)))


def count() -> str:
    """The count of the README."""
    found = identify(load_census_panel(), NetLoss("population"), (2010, 2020))
    assert (found.count, found.units) == (149, 336)
    return str(found)


def regression() -> str:
    """Fixed effects with a known slope."""
    estimate = fit_fe(
        CityPanel.from_long(table()), Spec("y", ("x",), ("city", "year")), Clustered("city")
    )
    assert abs(estimate.coefficient("x") - 2) < 0.3
    return f"slope {estimate.coefficient('x'):.2f}"


def curve() -> str:
    """A survival curve of a few durations."""
    rows = pd.DataFrame({"city": list("abcd"), "start": 0, "stop": [2, 3, 5, 8], "event": 1})
    found = kaplan_meier(SpellTable(rows, rule_id="example"))
    assert found.frame["estimate"].iloc[-1] == 0
    return f"{len(found.frame)} steps"


def laboratory() -> str:
    """The laboratory is marked synthetic."""
    panel = simulate(LabSettings(last_year=2012)).observed
    assert panel.synthetic
    return f"{len(panel.cities)} synthetic cities"


def extras() -> str:
    """An absent extra ends in an error that names it."""
    try:
        typesetter()
    except MissingExtra as problem:
        return str(problem)
    raise AssertionError("the environment should lack the extra")


def command() -> str:
    """The command line is installed."""
    program = Path(sys.executable).with_name("econshrink")
    shown = subprocess.run(
        [program, "identify", "--rule", "census_loss"], capture_output=True, text=True, check=True
    )
    assert shown.stdout.startswith("149 of 336")
    return "econshrink identify works"


def figures() -> str:
    """Embedded figures come with the wheel."""
    return f"{len(load_china().cities)} units"


def place() -> str:
    """The package is the installed one."""
    home = Path(str(econshrink.__file__))
    assert "site-packages" in home.parts, home
    assert (home.parent / "py.typed").exists()
    return econshrink.__version__


ATTEMPTS = (place, figures, count, regression, curve, laboratory, command, extras)

if __name__ == "__main__":
    for attempt in ATTEMPTS:
        print(f"ok  {attempt.__name__}: {attempt()}")
    print(f"{len(ATTEMPTS)} passed, 0 failed")

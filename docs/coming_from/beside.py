"""What the pages of this folder share: two tables of figures, and calls printed side by side.

The call in our column is run when the documentation is built; what it found stands beside it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from html import escape
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from econshrink import Backtest, Curve, Estimate, Forecast


def generated() -> pd.DataFrame:
    """300 units over 20 years with eight covariates: the panel other programs were run on too."""
    rng = np.random.default_rng(0)
    units, years = 300, 20
    own, common = rng.normal(size=units), rng.normal(size=years)
    x = rng.normal(size=(units * years, 8))
    x += 0.5 * np.repeat(own, years)[:, None] + 0.3 * np.tile(common, units)[:, None]
    shared = np.repeat(rng.normal(size=units), years)
    error = 0.3 * shared + rng.normal(size=units * years) * (1 + 0.5 * abs(x[:, 0]))
    table = pd.DataFrame(x, columns=[f"x{place}" for place in range(1, 9)])
    table["y"] = x @ np.linspace(0.5, -0.5, 8) + np.repeat(own, years) + np.tile(common, units)
    table["y"] += error
    table["city"] = np.repeat(np.arange(units), years)
    table["year"] = np.tile(np.arange(2004, 2004 + years), units)
    table["province"] = table["city"] % 31
    # further columns; the draws above stay as they are
    table["z"] = table["x1"] + rng.normal(size=len(table))
    table["workers"] = rng.poisson(np.exp(1 + 0.2 * table["x1"]))
    return table


def leukaemia() -> pd.DataFrame:
    """Weeks in remission of 23 patients, with and without maintenance (Embury et al. 1977)."""
    kept = [9, 13, -13, 18, 23, -28, 31, 34, -45, 48, -161]
    stopped = [5, 5, 8, 8, 12, -16, 23, 27, 30, 33, 43, 45]
    weeks = np.array(kept + stopped)  # negative: still in remission when last seen
    return pd.DataFrame(
        {
            "time": abs(weeks),
            "status": (weeks > 0).astype(int),
            "nonmaintained": [0] * len(kept) + [1] * len(stopped),
        }
    )


def found(result: Any) -> str:
    """A result in a few words."""
    if isinstance(result, dict):
        return f"{len(result)} models"
    estimate = getattr(result, "estimate", result)
    if isinstance(estimate, Estimate):
        slopes = [term for term in estimate.terms if "ntercept" not in term]
        place = estimate.terms.index("x1" if "x1" in slopes else slopes[0])
        error = float(np.sqrt(estimate.covariance[place, place]))
        return f"{estimate.terms[place]} {estimate.coefficients[place]:.4f} ({error:.4f})"
    if isinstance(result, Curve):
        last = result.frame.iloc[-1]
        return f"{len(result.frame)} rows, the last at {last['time']:g}"
    if isinstance(result, Forecast):
        total = float(np.median(result.draws[:, -1].sum(axis=0))) / 1e6
        return f"{total:.2f} million in {result.years[-1]}"
    if isinstance(result, Backtest):
        return f"{len(result.cases):,} cases"
    if isinstance(result, float):
        return f"{result:.4f}"
    if isinstance(result, str):
        return result
    if isinstance(result, Figure):
        return "figure"
    if isinstance(result, pd.DataFrame):
        return f"table of {len(result)} rows"
    if isinstance(result, pd.Series):
        return f"series of {len(result)}"
    for name in ("p_value", "statistic", "value"):
        if hasattr(result, name):
            return f"{name.replace('_', '-')} {float(getattr(result, name)):.4f}"
    return type(result).__name__


class SideBySide:
    """Their call, ours, and what ours found."""

    def __init__(
        self, theirs: str, pairs: Iterable[tuple[str, str]], known: Mapping[str, Any]
    ) -> None:
        self.heads = (theirs, "econshrink", "found")
        self.rows = [(one, ours, found(eval(ours, dict(known)))) for one, ours in pairs]

    def __repr__(self) -> str:
        return "\n".join(" | ".join(row) for row in (self.heads, *self.rows))

    def _repr_html_(self) -> str:
        cells = "".join(f"<th>{escape(head)}</th>" for head in self.heads)
        body = "".join(
            f"<tr><td><code>{escape(one)}</code></td><td><code>{escape(ours)}</code></td>"
            f"<td>{escape(result)}</td></tr>"
            for one, ours, result in self.rows
        )
        head = f"<thead><tr>{cells}</tr></thead>"
        return f'<table class="table beside">{head}<tbody>{body}</tbody></table>'


def compared(theirs: Mapping[str, tuple[float, float]]) -> pd.DataFrame:
    """Numbers printed by another program beside ours, and the relative difference."""
    table = pd.DataFrame(theirs, index=["theirs", "ours"]).T
    difference = (table["ours"] / table["theirs"] - 1).abs()
    return pd.DataFrame(
        {
            "theirs": table["theirs"].map("{:.10g}".format),
            "ours": table["ours"].map("{:.10g}".format),
            "relative difference": difference.map("{:.0e}".format),
        }
    )

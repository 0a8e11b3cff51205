"""Staggered designs through diff-diff, read into our nouns (extra ``policy``)."""

from __future__ import annotations

import importlib
import warnings
from dataclasses import dataclass
from importlib.metadata import version
from typing import Any

import numpy as np
import pandas as pd

from econshrink.causal.policy.adoption import Adoption
from econshrink.causal.policy.group_time import NeverTreated, NotYetTreated
from econshrink.core.arrays import Floats
from econshrink.core.errors import Fault, MissingExtra
from econshrink.core.field_types import typed_fields
from econshrink.nouns.estimate import Estimate

_INSTALL = "pip install 'econshrink[policy]'"


@dataclass(frozen=True)
@typed_fields
class CallawaySantAnna:
    """Doubly robust group-time effects, compared with `controls`."""

    controls: NeverTreated | NotYetTreated = NeverTreated()  # noqa: RUF009 - frozen

    @property
    def control_group(self) -> str:
        """The controls as diff-diff calls them."""
        return "never_treated" if isinstance(self.controls, NeverTreated) else "not_yet_treated"


@dataclass(frozen=True)
class SunAbraham:
    """Interaction-weighted event study (Sun and Abraham 2021)."""


@dataclass(frozen=True)
class Imputation:
    """Untreated outcomes imputed from two-way effects (Borusyak, Jaravel and Spiess 2024)."""


Method = CallawaySantAnna | SunAbraham | Imputation


def require(package: str) -> Any:
    """Import an optional package; raise `MissingExtra` with the command that installs it."""
    try:
        return importlib.import_module(package)
    except ImportError as problem:
        raise MissingExtra(
            Fault(f"no package {package}", f"{package}, of the extra 'policy'", f"Run {_INSTALL}.")
        ) from problem


def group_time_external(data: Adoption, method: CallawaySantAnna | None = None) -> pd.DataFrame:
    """Group-time effects by diff-diff, unconditional: ``group, time, estimate, std_error``.

    Before treatment each year is compared with the one before it.

    Parameters
    ----------
    data : Adoption
    method : CallawaySantAnna, optional

    Returns
    -------
    DataFrame

    Raises
    ------
    MissingExtra
        diff-diff is not installed.
    """
    package = require("diff_diff")
    chosen = method or CallawaySantAnna()
    fitted = _fitted(package.CallawaySantAnna(control_group=chosen.control_group), data)
    rows = [
        (int(group), int(time), float(cell["effect"]), float(cell["se"]))
        for (group, time), cell in fitted.group_time_effects.items()
    ]
    return pd.DataFrame(rows, columns=["group", "time", "estimate", "std_error"])


def event_study_external(data: Adoption, method: Method) -> Estimate:
    """Event study by diff-diff as an `Estimate` with terms ``"e-5" … "e5"``.

    Parameters
    ----------
    data : Adoption
    method : CallawaySantAnna, SunAbraham or Imputation
        The first with a universal base, so that pre-trends refer to the year −1. diff-diff gives
        no covariance between the terms of an imputation: there it is diagonal, and a note says
        so; use it for single terms only.

    Returns
    -------
    Estimate

    Raises
    ------
    MissingExtra
        diff-diff is not installed.
    """
    package = require("diff_diff")
    if isinstance(method, SunAbraham):
        fitted = _fitted(package.SunAbraham(), data)
        effects = {
            int(e): (float(cell["effect"]), float(cell["se"]))
            for e, cell in fitted.event_study_effects.items()
        }
        return _estimate(data, "Sun–Abraham", effects, _matrix(fitted, list(effects)))
    if isinstance(method, Imputation):
        fitted = _fitted(package.ImputationDiD(), data)
        return _estimate(data, "imputation", _cells(fitted.aggregate("event_study")), None)
    fitted = _fitted(
        package.CallawaySantAnna(control_group=method.control_group, base_period="universal"), data
    ).aggregate("event_study")
    effects = _cells(fitted)
    return _estimate(data, "Callaway–Sant'Anna", effects, _matrix(fitted, list(effects)))


def _fitted(estimator: Any, data: Adoption) -> Any:
    n, years = len(data.cities), len(data.years)
    frame = pd.DataFrame(
        {
            "city": np.repeat(np.arange(n), years),
            "year": np.tile(np.array(data.years), n),
            "y": data.outcome.ravel(),
            "first": np.repeat(np.where(np.isinf(data.first), 0, data.first).astype(int), years),
        }
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # advice on aggregation; the numbers are checked by us
        return estimator.fit(frame, "y", "city", "year", "first")


def _cells(result: Any) -> dict[int, tuple[float, float]]:
    """Event times that are estimated, with effect and standard error."""
    return {
        int(e): (float(effect), float(error))
        for e, effect, error in zip(result.event_time, result.att, result.se, strict=True)
        if np.isfinite(error) and error > 0
    }


def _matrix(result: Any, events: list[int]) -> Floats | None:
    """Covariance of the event-study terms, None where the package does not give it."""
    matrix = getattr(result, "vcov", None)
    index = getattr(result, "vcov_index", None)
    if matrix is None:
        matrix = getattr(result, "event_study_vcov", None)
        index = getattr(result, "event_study_vcov_index", None)
    if matrix is None or index is None:
        return None
    place = {int(e): number for number, e in enumerate(index)}
    if not set(events) <= set(place):
        return None
    chosen = [place[e] for e in events]
    return np.asarray(matrix, dtype=np.float64)[np.ix_(chosen, chosen)]


def _estimate(
    data: Adoption, name: str, effects: dict[int, tuple[float, float]], matrix: Floats | None
) -> Estimate:
    events = sorted(effects)
    order = [list(effects).index(e) for e in events]
    errors = np.array([effects[e][1] for e in events])
    notes = () if matrix is not None else ("covariances between terms are not known",)
    covariance = np.diag(errors**2) if matrix is None else matrix[np.ix_(order, order)]
    return Estimate(
        f"staggered difference in differences ({name})",
        tuple(f"e{e}" for e in events),
        np.array([effects[e][0] for e in events]),
        covariance,
        "clustered by city",
        "diff-diff",
        data.outcome.size,
        clusters={"city": len(data.cities)},
        notes=notes,
        provenance={"source": data.source, "diff-diff": version("diff-diff")},
        synthetic=data.synthetic,
        kind="group_time",
        vcov_kind="clustered",
    )

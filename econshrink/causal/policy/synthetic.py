"""Synthetic control of one treated city through pysyncon, with placebo inference of our own."""

from __future__ import annotations

import warnings
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from econshrink.causal.policy.adoption import NEVER, Adoption
from econshrink.causal.policy.external import require
from econshrink.core.arrays import Floats
from econshrink.core.errors import Fault, SpecError
from econshrink.nouns.curve import Curve


@dataclass(frozen=True, eq=False)
class SyntheticControl:
    """A city beside a weighted mean of untreated ones.

    Parameters
    ----------
    gap : Curve
        Actual less synthetic outcome by years since treatment; the band is the range of the
        placebo gaps at the level given.
    weights : Series
        Donor city -> weight, positive ones.
    rmspe_ratio : float
        Root mean square gap after over before treatment.
    p_value : float
        Share of cities, itself among them, whose ratio is at least as large: each donor is
        treated in turn (Abadie, Diamond and Hainmueller 2010).
    placebos : int
        Donors that took part.
    """

    gap: Curve
    weights: pd.Series
    rmspe_ratio: float
    p_value: float
    placebos: int


def synthetic_control(data: Adoption, city: str, level: float = 0.9) -> SyntheticControl:
    """Fit weights on the outcome before treatment and compare afterwards.

    Parameters
    ----------
    data : Adoption
        `city` is treated, its donors are the never treated.
    city : str
    level : float
        Of the placebo band.

    Returns
    -------
    SyntheticControl

    Raises
    ------
    MissingExtra
        pysyncon is not installed.
    SpecError
        A city that is not treated, or fewer than five donors or three years before.
    """
    package = require("pysyncon")
    row, start = _checked(data, city)
    donors = np.flatnonzero(np.isinf(data.first)).tolist()
    weights, gap = _gap(package, data, row, donors, start)
    others = np.array(
        [_gap(package, data, d, [e for e in donors if e != d], start)[1] for d in donors]
    )
    ratio = _ratio(gap, start)
    ratios = np.array([_ratio(other, start) for other in others])
    p_value = float((1 + (ratios >= ratio).sum()) / (len(ratios) + 1))
    tail = (1 - level) / 2
    low, high = np.quantile(others, [tail, 1 - tail], axis=0)
    first = int(data.first[row])
    frame = pd.DataFrame(
        {
            "time": np.array(data.years) - first,
            "estimate": gap,
            "std_error": np.nan,
            "conf_low": low,
            "conf_high": high,
            "group": city,
        }
    )
    held = pd.Series(weights, [data.cities[d] for d in donors], name="weight")
    curve = Curve(frame, "event_time", level, f"gap of {city}",
                  ("band: placebo gaps of untreated cities, not a confidence interval",),
                  data.synthetic)  # fmt: skip
    return SyntheticControl(curve, held[held > 1e-4], ratio, p_value, len(donors))


def one_city(data: Adoption, city: str) -> Adoption:
    """The data with `city` as the only treated one; other treated cities are left out."""
    keep = np.isinf(data.first) | (np.array(data.cities) == city)
    return replace(
        data,
        cities=tuple(np.array(data.cities)[keep].tolist()),
        outcome=data.outcome[keep],
        first=np.where(np.array(data.cities) == city, data.first, NEVER)[keep],
    )


def _gap(
    package: object, data: Adoption, row: int, donors: list[int], start: int
) -> tuple[Floats, Floats]:
    """Donor weights and the gap in every year; predictors are the outcomes before treatment."""
    before = pd.DataFrame(data.outcome[:, :start].T, columns=range(len(data.cities)))
    fit = package.Synth()  # type: ignore[attr-defined]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        fit.fit(
            X0=before[donors], X1=before[row], Z0=before[donors], Z1=before[row],
            custom_V=np.full(start, 1.0 / start),
        )  # fmt: skip
    weights = np.asarray(fit.W, dtype=np.float64)
    return weights, np.asarray(data.outcome[row] - weights @ data.outcome[donors])


def _ratio(gap: Floats, start: int) -> float:
    return float(np.sqrt((gap[start:] ** 2).mean() / max((gap[:start] ** 2).mean(), 1e-300)))


def _checked(data: Adoption, city: str) -> tuple[int, int]:
    if city not in data.cities or not np.isfinite(data.first[data.cities.index(city)]):
        raise SpecError(Fault(f"city '{city}'", "a treated city", "Choose one that is treated."))
    row = data.cities.index(city)
    start = data.years.index(int(data.first[row]))
    donors = int(np.isinf(data.first).sum())
    if start < 3 or donors < 5:
        seen = f"{start} years before and {donors} donors"
        raise SpecError(Fault(seen, "three years and five donors", "Lengthen the window."))
    return row, start

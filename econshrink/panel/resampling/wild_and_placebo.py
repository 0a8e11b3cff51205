"""Tests of one coefficient by resampling: wild cluster bootstrap and placebo permutation."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from econshrink.core.errors import DataError, Fault, SpecError, raise_all
from econshrink.inference.gram.wild import (
    TIE,
    Rademacher,
    Webb,
    wild_draws,
    wild_interval,
    wild_p_value,
    wild_parts,
)
from econshrink.inference.permutation import permute
from econshrink.inference.resampling import Resampling
from econshrink.inference.vcov import Clustered
from econshrink.nouns.draws import Draws
from econshrink.nouns.hypothesis import HypothesisTest
from econshrink.nouns.spec import Spec
from econshrink.panel.design.entrance import enter
from econshrink.panel.design.prepare import Design, prepare
from econshrink.panel.fixed_effects import fe_estimate, linear_fit, within
from econshrink.panel.resampling.engine import resampler


@dataclass(frozen=True, eq=False, repr=False, kw_only=True)
class PlaceboTest(HypothesisTest):
    """A permutation test of one coefficient, which is its own statistic.

    ``p_value`` is two-sided: (1 + #{|placebo| ≥ |estimate|}) / (B + 1).

    Parameters
    ----------
    term : str
    draws : Draws
        Coefficients with the paths of the regressor dealt out anew; a draw is lost where the dealt
        regressor is in the span of the controls.
    """

    term: str
    draws: Draws


@dataclass(frozen=True, repr=False, kw_only=True)
class WildTest(HypothesisTest):
    """A wild cluster bootstrap test of one coefficient.

    ``statistic`` is (estimate − null_value) / std_error, ``p_value`` two-sided, ``note`` such as
    ``"WCR, Rademacher, by province (31 clusters), 9999 draws, seed 1"``.

    Parameters
    ----------
    term : str
    estimate, null_value : float
    std_error : float
        Clustered (rule ``fixest``).
    conf_low, conf_high : float
        Limits of the nulls that are not rejected; may be infinite.
    level : float
        Coverage of the limits.
    """

    term: str
    estimate: float
    null_value: float
    std_error: float
    conf_low: float
    conf_high: float
    level: float


def wild_bootstrap_fe(
    data: Any,
    model: Spec | str,
    term: str,
    resampling: Resampling = Resampling(9999),  # noqa: B008
    *,
    unit: str | None = None,
    time: str | None = None,
    weights: Rademacher | Webb = Rademacher(),  # noqa: B008 - a frozen option, never changed
    restricted: bool = True,
    null: float = 0.0,
    level: float = 0.95,
) -> WildTest:
    """Test one coefficient by the studentised wild cluster bootstrap.

    Residuals under the null (WCR, `restricted`) or of the estimate (WCU) are multiplied by one
    random weight a cluster, the model is estimated again with all its effects, and |t*| of every
    draw is compared with |t|. The confidence interval holds the nulls that are not rejected.

    Parameters
    ----------
    data : CityPanel or any table
        A DataFrame of pandas, polars or pyarrow with `unit` and `time` named, or indexed so.
    model : Spec or str
    term : str
    resampling : Resampling
        By unit unless another cluster is named; no scheme, `weights` takes its place.
    weights : Rademacher or Webb
    restricted : bool
    null : float
    level : float
    unit, time : str, optional
        Columns that say who and when; not for a `CityPanel`.

    Returns
    -------
    WildTest

    Raises
    ------
    SpecError, DataError
        See `resampler`; an effect that is not nested in the clusters has more than 250 levels;
        unknown term; `level` not between 0 and 1; a perfect fit.

    Notes
    -----
    Cameron, Gelbach and Miller (2008); interval by test inversion, Roodman, Nielsen, MacKinnon and
    Webb (2019). Small-sample factors cancel between t and t*.

    Examples
    --------
    >>> from econshrink.nouns.panel import CityPanel
    >>> import pandas as pd
    >>> rng = np.random.default_rng(0)
    >>> panel = CityPanel.from_long(pd.DataFrame({
    ...     "city": np.repeat([f"{i:06d}" for i in range(20)], 4),
    ...     "year": [2010, 2011, 2012, 2013] * 20, "y": rng.normal(size=80),
    ...     "x": rng.normal(size=80)}))
    >>> test = wild_bootstrap_fe(panel, Spec("y", ("x",), ("city", "year")), "x",
    ...                          resampling=Resampling(999))
    >>> test.conf_low < test.estimate < test.conf_high, 0 < test.p_value <= 1
    (True, True)
    """
    also = (resampling.cluster or "", term)
    panel, spec, _ = enter(data, model, unit=unit, time=time, also=also)
    if not 0 < level < 1:
        seen = f"level {level}"
        raise SpecError(Fault(seen, "a share between 0 and 1", "Give 0.95."))
    chosen = resampling.without_scheme("a wild bootstrap").pinned()
    cluster = chosen.unit(panel.unit)
    engine = resampler(panel, spec, cluster)
    position = _position(engine.design, term)
    estimate = fe_estimate(panel, spec, engine.design, engine.fit, Clustered(cluster))
    if engine.fit.rss <= 1e-20 * float(engine.fit.y @ engine.fit.y):
        raise SpecError(Fault("a perfect fit", "residuals to resample", "Check the outcome."))
    focal = engine.inverse[position] / engine.scale
    parts = wild_parts(engine.grams, focal)
    found = wild_draws(parts, weights, chosen, task=f"wild_fe.{cluster}")
    value = float(engine.fit.coefficients[position])
    shift = (null - value) / engine.scale  # the Grams hold residuals of unit norm
    raw = -shift / parts.std_error
    low, high = wild_interval(found, parts.std_error, level, restricted)
    error = estimate.std_error(term)
    count = "all sign vectors" if found.exact else f"{chosen.draws} draws, seed {chosen.seed()}"
    kind = "WCR" if restricted else "WCU"
    return WildTest(
        name="wild cluster bootstrap",
        null=f"{term} = {null:g}",
        df=float("nan"),
        term=term,
        estimate=value,
        null_value=null,
        std_error=error,
        statistic=(value - null) / error,
        p_value=wild_p_value(found, raw, shift, restricted),
        conf_low=value + low * engine.scale,
        conf_high=value + high * engine.scale,
        level=level,
        note=f"{kind}, {type(weights).__name__}, by {cluster} "
        f"({len(engine.units)} clusters), {count}",
    )


def placebo_fe(
    data: Any,
    model: Spec | str,
    term: str,
    resampling: Resampling = Resampling(9999),  # noqa: B008
    *,
    unit: str | None = None,
    time: str | None = None,
) -> PlaceboTest:
    """Deal the regressor's paths over time to other cities at random, and estimate again.

    Tests the sharp null that the outcome does not depend on which city has which path. Outcome
    and controls stay with their city.

    Parameters
    ----------
    data : CityPanel or any table
        A DataFrame of pandas, polars or pyarrow with `unit` and `time` named, or indexed so.
    model : Spec or str
        Effects of city, year or both; no weights; every city in the sample has every year.
    term : str
    resampling : Resampling
        Number, randomness and workers; no scheme and no cluster.
    unit, time : str, optional
        Columns that say who and when; not for a `CityPanel`.

    Returns
    -------
    PlaceboTest

    Raises
    ------
    SpecError, DataError
        Unbalanced sample, weights, other effects, unknown term; see also `within`.

    Examples
    --------
    >>> from econshrink.nouns.panel import CityPanel
    >>> import pandas as pd
    >>> rng = np.random.default_rng(0)
    >>> panel = CityPanel.from_long(pd.DataFrame({
    ...     "city": np.repeat([f"{i:06d}" for i in range(20)], 4),
    ...     "year": [2010, 2011, 2012, 2013] * 20, "y": rng.normal(size=80),
    ...     "x": rng.normal(size=80)}))
    >>> test = placebo_fe(panel, Spec("y", ("x",), ("city", "year")), "x", Resampling(99))
    >>> 0 < test.p_value <= 1
    True
    """
    panel, spec, _ = enter(data, model, unit=unit, time=time, also=None)
    chosen = resampling.plain("a permutation").pinned()
    design = prepare(panel, spec)
    position = _position(design, term)
    raise_all(SpecError, _unpermutable(design))
    fit = linear_fit(design, within(design))
    cities = len(design.cities)
    years = design.nobs // cities
    controls = np.delete(fit.x, position, axis=1).reshape(cities, years, fit.slopes - 1)
    path, outcome = fit.x[:, position].reshape(cities, -1), fit.y.reshape(cities, -1)
    found = permute(path, outcome, controls, chosen)
    estimate = float(fit.coefficients[position])
    usable = found[np.isfinite(found)]
    reached = int((np.abs(usable) >= abs(estimate) * (1 - TIE)).sum())
    made = chosen.made("paths dealt to other cities")
    return PlaceboTest(
        name="placebo permutation",
        null=f"the outcome does not depend on which city has which path of {term}",
        statistic=estimate,
        df=float("nan"),
        p_value=(1 + reached) / (len(usable) + 1),
        note=made,
        term=term,
        draws=Draws((term,), found[:, None], made),
    )


def _unpermutable(design: Design) -> list[Fault]:
    """Why paths cannot be dealt to other cities."""
    faults = []
    if design.nobs != len(design.cities) * len(np.unique(design.year)):
        seen = f"{design.nobs} rows for {len(design.cities)} cities"
        expected = f"all {len(np.unique(design.year))} years for every city"
        faults.append(Fault(seen, expected, "Keep the cities and years that are complete."))
    if design.weights is not None:
        faults.append(Fault("weights", "no weights", "Paths of unlike weight do not permute."))
    other = sorted(set(design.effects) - {design.unit, design.time})
    if other:
        seen = f"effects {', '.join(other)}"
        faults.append(Fault(seen, "effects of city and year", "Other effects do not permute."))
    return faults


def _position(design: Design, term: str) -> int:
    if term not in design.names:
        fault = Fault(f"no term '{term}'", f"one of {', '.join(design.names)}", "Check it.")
        raise DataError(fault)
    return design.names.index(term)

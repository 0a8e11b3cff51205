"""Specification curve: one coefficient in many specifications, and inference on all jointly."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
import pandas as pd
from scipy import special

from econshrink.core.arrays import Floats, Ints
from econshrink.core.errors import Fault, SpecError, raise_all
from econshrink.core.parallel import parallel_map
from econshrink.inference.bootstrap import BLOCK, block_weights
from econshrink.inference.gram.curve import WORST_CONDITION, curve_draws, curve_points, fold
from econshrink.inference.multiplicity import romano_wolf
from econshrink.inference.resampling import Resampling, Scheme
from econshrink.inference.small_sample import checked_rule
from econshrink.nouns.draws import Draws
from econshrink.nouns.spec import Spec
from econshrink.panel.design.entrance import enter_all
from econshrink.panel.resampling.specification_grams import Engine, engine_of, grouped

PERFECT = 1e-13  # standard error on columns of unit norm that is rounding alone


@dataclass(frozen=True, eq=False)
class SpecificationCurve:
    """One coefficient in S specifications.

    Parameters
    ----------
    term : str
    table : DataFrame
        One row a specification, in the order given: formula, weights, estimate, std_error,
        statistic, p_value (t distribution, unadjusted), df_t, nobs, clusters.
    cluster, small_sample : str
    engines : tuple of Engine
    """

    term: str
    table: pd.DataFrame
    cluster: str
    small_sample: str
    engines: tuple[Engine, ...]


@dataclass(frozen=True, eq=False)
class CurveInference:
    """Joint inference on a specification curve.

    Parameters
    ----------
    draws : Draws
        Of the coefficient, a term a specification, every draw the same resampled clusters in all;
        lost where any specification is short of rank.
    summary : DataFrame
        One row a test of "no effect in any specification": ``median estimate``,
        ``share significant`` (at 5 %, in the direction of the median) and ``mean statistic``,
        with its value, the 95 % quantile under the null, and its p-value.
    adjusted : ndarray, shape (S,)
        Romano-Wolf p-values.
    label : str
    """

    draws: Draws
    summary: pd.DataFrame
    adjusted: Floats
    label: str


def specification_curve(
    data: Any,
    specs: Sequence[Spec | str],
    term: str,
    *,
    unit: str | None = None,
    time: str | None = None,
    cluster: str | None = None,
    small_sample: str = "fixest",
) -> SpecificationCurve:
    """Estimate the coefficient of `term` in many fixed-effects specifications.

    Specifications with the same rows (pattern of missing cells), effects and weights share one
    set of cluster Grams, each estimate equal to `fit_fe` of its own specification.

    Parameters
    ----------
    data : CityPanel or any table
        A DataFrame of pandas, polars or pyarrow with `unit` and `time` named, or indexed so.
    specs : sequence of Spec or str
        Distinct, each with `term` among its covariates and with effects.
    term : str
        A covariate that is one column.
    unit, time : str, optional
        Columns that say who and when; not for a `CityPanel`.
    cluster : str
    small_sample : str
        Rule of the clustered standard errors, see `Clustered`.

    Returns
    -------
    SpecificationCurve

    Raises
    ------
    SpecError, DataError
        No specifications, a repeat, one without `term` or effects; see `prepare`; variables
        absorbed by the effects; a perfect fit; specifications whose Gram has a condition number
        above 1e8.

    Examples
    --------
    >>> from econshrink.nouns.panel import CityPanel
    >>> rng = np.random.default_rng(0)
    >>> frame = pd.DataFrame(rng.normal(size=(80, 3)), columns=["y", "x", "z"])
    >>> frame["city"] = np.repeat([f"{i:06d}" for i in range(20)], 4)
    >>> frame["year"] = [2010, 2011, 2012, 2013] * 20
    >>> panel = CityPanel.from_long(frame)
    >>> specs = [Spec("y", names, ("city", "year")) for names in (("x",), ("x", "z"))]
    >>> specification_curve(panel, specs, "x").table["nobs"].tolist()
    [80, 80]
    """
    checked_rule(small_sample)
    panel, specs = enter_all(data, specs, unit=unit, time=time)
    cluster = cluster or panel.unit
    raise_all(SpecError, _spec_faults(specs, term))
    columns, groups = grouped(panel, specs)
    raise_all(SpecError, _focal_faults(columns, term))
    engines, rows = [], []
    for members in groups:
        engine, shapes = engine_of(panel, specs, term, members, columns, cluster, small_sample)
        grams = engine.grams
        points = curve_points(fold(grams), grams.slopes, grams.outcomes, engine.choices)
        poor = [m for m, c in zip(members, points.conditions, strict=True) if c > WORST_CONDITION]
        exact = [m for m, e in zip(members, points.std_errors, strict=True) if e < PERFECT]
        raise_all(SpecError, [_poor(specs[m]) for m in poor] + [_exact(specs[m]) for m in exact])
        for at, member in enumerate(members):
            shape = shapes[at]
            estimate = float(points.coefficients[at] * engine.scales[at])
            raw = float(points.std_errors[at] * abs(engine.scales[at]))
            error = raw * np.sqrt(shape.factor)
            rows.append(
                (
                    member,
                    specs[member].formula,
                    specs[member].weights or "",
                    estimate,
                    error,
                    estimate / error,
                    float(2 * special.stdtr(shape.df_t, -abs(estimate / error))),
                    shape.df_t,
                    shape.nobs,
                    len(engine.units),
                )
            )
        engines.append(engine)
    names = ["formula", "weights", "estimate", "std_error", "statistic", "p_value", "df_t"]
    table = pd.DataFrame(rows, columns=["position", *names, "nobs", "clusters"])
    table = table.sort_values("position").drop(columns="position").reset_index(drop=True)
    return SpecificationCurve(term, table, cluster, small_sample, tuple(engines))


def curve_inference(
    curve: SpecificationCurve,
    resampling: Resampling = Resampling(),  # noqa: B008 - a frozen option, never changed
    *,
    size: float = 0.05,
) -> CurveInference:
    """Test a whole specification curve, and each specification for all it has tried.

    Clusters are resampled once for all specifications. The draws about their estimates stand for
    the joint distribution under the null of no effect in any specification; statistics are
    scaled by the standard errors of the full sample, in estimates and draws alike.

    Parameters
    ----------
    curve : SpecificationCurve
    resampling : Resampling
        Its cluster is that of the curve.
    size : float
        Of the tests counted by ``share significant``.

    Returns
    -------
    CurveInference

    Raises
    ------
    SpecError
        Another cluster than the curve's; fewer than two draws of full rank in all
        specifications.

    Notes
    -----
    Simonsohn, Simmons and Nelson (2020), with a resampling of centred estimates for their
    permutations; Romano and Wolf (2005). p = (1 + #{null ≥ observed}) / (B + 1).

    Examples
    --------
    >>> from econshrink.nouns.panel import CityPanel
    >>> rng = np.random.default_rng(0)
    >>> frame = pd.DataFrame(rng.normal(size=(80, 3)), columns=["y", "x", "z"])
    >>> frame["city"] = np.repeat([f"{i:06d}" for i in range(20)], 4)
    >>> frame["year"] = [2010, 2011, 2012, 2013] * 20
    >>> specs = [Spec("y", names, ("city", "year")) for names in (("x",), ("x", "z"))]
    >>> curve = specification_curve(CityPanel.from_long(frame), specs, "x")
    >>> curve_inference(curve, Resampling(99)).draws.values.shape
    (99, 2)
    """
    if resampling.unit(curve.cluster) != curve.cluster:
        seen = f"cluster '{resampling.cluster}'"
        raise SpecError(Fault(seen, f"'{curve.cluster}', that of the curve", "Leave cluster out."))
    chosen = resampling.pinned()
    draws, scheme, seed = chosen.draws, chosen.weighting, chosen.seed()
    blocks = -(-draws // BLOCK)
    units = np.unique(np.concatenate([engine.units for engine in curve.engines]))
    places = tuple(np.searchsorted(units, engine.units) for engine in curve.engines)
    task = f"curve.{type(scheme).__name__}.{curve.cluster}"
    one = partial(_block, curve.engines, places, len(units), scheme, task, seed)
    parts = parallel_map(one, range(blocks), jobs=chosen.jobs, backend=chosen.backend)
    names = tuple(f"{row.formula} [{row.Index}]" for row in curve.table.itertuples())
    made = chosen.made(f"{scheme.label} by {curve.cluster}")
    found = Draws(names, np.concatenate(parts)[:draws], made)
    usable = found.usable
    if len(usable) < 2:
        seen = f"{len(usable)} of {draws} draws of full rank in all specifications"
        raise SpecError(Fault(seen, "at least 2", "Use Resampling(scheme=BayesianBootstrap())."))
    estimate, error = (curve.table[name].to_numpy() for name in ("estimate", "std_error"))
    away = usable - estimate
    critical = np.asarray(-special.stdtrit(curve.table["df_t"].to_numpy(), size / 2), dtype=float)
    return CurveInference(
        draws=found,
        summary=_summary(estimate, away, error, critical),
        adjusted=romano_wolf(estimate / error, away / error),
        label=f"{scheme.label} by {curve.cluster}, {len(usable)} draws, seed {seed}",
    )


def _summary(estimate: Floats, away: Floats, error: Floats, critical: Floats) -> pd.DataFrame:
    """The three statistics of a curve, for the estimates and for every draw under the null."""
    curves = np.vstack([estimate, away])
    median = np.median(curves, axis=1)
    ratio = curves / error
    agreeing = ratio * np.where(median < 0, -1.0, 1.0)[:, None]
    values = {
        "median estimate": median,
        "share significant": (agreeing >= critical).mean(axis=1),
        "mean statistic": ratio.mean(axis=1),
    }
    rows = []
    for name, each in values.items():
        null = np.abs(each[1:])
        reached = int((null >= abs(each[0])).sum())
        p_value = (1 + reached) / (len(null) + 1)
        rows.append((name, float(each[0]), float(np.quantile(null, 0.95)), p_value))
    return pd.DataFrame(rows, columns=["test", "value", "null_95", "p_value"])


def _block(
    engines: tuple[Engine, ...],
    places: tuple[Ints, ...],
    clusters: int,
    scheme: Scheme,
    task: str,
    seed: int,
    block: int,
) -> Floats:
    weights = block_weights(scheme, task, seed, clusters, block)
    found = np.empty((BLOCK, sum(len(engine.members) for engine in engines)))
    for engine, place in zip(engines, places, strict=True):
        drawn = curve_draws(engine.grams, engine.choices, np.ascontiguousarray(weights[:, place]))
        found[:, list(engine.members)] = drawn * engine.scales
    return found


def _spec_faults(specs: Sequence[Spec], term: str) -> list[Fault]:
    if not specs:
        return [Fault("no specifications", "at least one", "List specifications.")]
    faults = []
    if len(set(specs)) < len(specs):
        seen = f"{len(specs) - len(set(specs))} specifications given twice"
        faults.append(Fault(seen, "distinct specifications", "List each once."))
    for spec in specs:
        if term not in spec.covariates:
            faults.append(Fault(f"no '{term}' in it", f"'{term}'", "Add it.", spec.formula))
        if not spec.absorb:
            faults.append(Fault("no effects", "at least one", "Absorb effects.", spec.formula))
    return faults


def _focal_faults(columns: dict[str, dict[str, np.ndarray]], term: str) -> list[Fault]:
    if len(columns[term]) == 1:
        return []
    seen = f"{len(columns[term])} columns of '{term}'"
    return [Fault(seen, "one coefficient to follow", "Name one column.")]


def _poor(spec: Spec) -> Fault:
    return Fault(
        f"a condition number above {WORST_CONDITION:g}",
        "covariates none of which the others nearly determine",
        "Leave one of them out.",
        spec.formula,
    )


def _exact(spec: Spec) -> Fault:
    return Fault("a perfect fit", "residuals", "Check the outcome.", spec.formula)

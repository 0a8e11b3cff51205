"""Fixed effects resampled: the pairs and the Bayesian cluster bootstrap of a panel."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd
from scipy.linalg import solve_triangular

from econshrink.core.arrays import Floats, Ints, codes
from econshrink.core.errors import Fault, SpecError
from econshrink.inference.bootstrap import resample
from econshrink.inference.gram.grams import ClusterGrams, cluster_grams
from econshrink.inference.linear_fit import LinearFit
from econshrink.inference.multiplicity import romano_wolf
from econshrink.inference.resampling import Resampling
from econshrink.inference.vcov import Clustered
from econshrink.nouns.draws import Draws
from econshrink.nouns.estimate import Estimate
from econshrink.nouns.panel import CityPanel
from econshrink.nouns.spec import Spec
from econshrink.panel.design.entrance import enter
from econshrink.panel.design.prepare import Design, prepare, row_labels
from econshrink.panel.fixed_effects import fe_estimate, linear_fit, within


@dataclass(frozen=True, eq=False)
class Resampler:
    """A fixed-effects regression reduced to one Gram a cluster.

    The columns are the dummies of effects across clusters, an orthonormal basis Q of the swept
    regressors X = QR (by QR on the rows, so that the Grams are well conditioned), and the
    residuals: a resample's coefficients are b + R⁻¹d, d its regression of residuals on Q.

    Parameters
    ----------
    design : Design
    fit : LinearFit
    groups : ndarray of int, shape (n,)
        Dense codes of the clusters.
    units : tuple of str
        Label of each cluster.
    grams : ClusterGrams
    inverse : ndarray, shape (k, k)
        R⁻¹ times the scale of the residuals.
    scale : float
        Norm of the residuals.
    """

    design: Design
    fit: LinearFit
    groups: Ints
    units: tuple[str, ...]
    grams: ClusterGrams
    inverse: Floats
    scale: float

    def coefficients(self, changes: Floats) -> Floats:
        """Coefficients, shape (B, k), from those on the orthonormal basis, shape (B, k)."""
        # a plain sum of products, so that a draw's digits do not depend on the number of draws
        moved = (changes[:, None, :] * self.inverse[None]).sum(axis=2)
        return np.asarray(self.fit.coefficients + moved)


@dataclass(frozen=True, eq=False)
class Bootstrap:
    """Draws of the coefficients, and what was left out.

    Parameters
    ----------
    estimate : Estimate
        Of the full sample, clustered by the resampled unit.
    draws : Draws
        Of all coefficients; those short of rank are not usable.
    fewer_effects : int
        Draws in which a dummy was absent or redundant (a year without rows); the coefficients of
        the regressors are defined there.
    resampling : Resampling
        With its seed.
    """

    estimate: Estimate
    draws: Draws
    fewer_effects: int
    resampling: Resampling

    @property
    def short_of_rank(self) -> int:
        """Number of draws that are short of rank."""
        return self.draws.lost

    @property
    def covariance(self) -> Floats:
        """Covariance of the usable draws about their mean, shape (k, k)."""
        return self.draws.covariance

    def tidy(self, level: float = 0.95) -> pd.DataFrame:
        """One row a term: estimate, bias, std_error and percentile limits of the usable draws."""
        usable, limits = self.draws.usable, self.draws.intervals(level)
        return pd.DataFrame(
            {
                "term": list(self.estimate.terms),
                "estimate": self.estimate.coefficients,
                "bias": usable.mean(axis=0) - self.estimate.coefficients,
                "std_error": self.draws.std_errors,
                "conf_low": limits["conf_low"].to_numpy(),
                "conf_high": limits["conf_high"].to_numpy(),
                "draws": len(usable),
                "short_of_rank": self.short_of_rank,
            }
        )

    def adjusted(self) -> pd.Series:
        """Romano-Wolf p-values of all coefficients together, by the usable draws about b.

        Statistics and draws are scaled by the clustered standard errors of the full sample.
        """
        errors = self.estimate.std_errors
        away = (self.draws.usable - self.estimate.coefficients) / errors
        found = romano_wolf(self.estimate.coefficients / errors, away)
        return pd.Series(found, index=pd.Index(self.estimate.terms, name="term"))

    def as_estimate(self) -> Estimate:
        """The estimate with the covariance of the draws and normal critical values."""
        usable = len(self.draws.usable)
        counts = {
            "draws": float(usable),
            "draws_short_of_rank": float(self.short_of_rank),
            "draws_fewer_effects": float(self.fewer_effects),
        }
        by = next(iter(self.estimate.clusters))
        lost = (
            (f"{self.short_of_rank} of {len(self.draws)} draws were short of rank and left out",)
            if self.short_of_rank
            else ()
        )
        return replace(
            self.estimate,
            covariance=self.covariance,
            vcov_label=f"{self.resampling.weighting.label} by {by}, {usable} draws, "
            f"seed {self.resampling.seed()}",
            small_sample="none",
            vcov_kind="bootstrap",
            df_t=float("inf"),
            stats=self.estimate.stats | counts,
            notes=(*self.estimate.notes, *lost),
        )


def resampler(
    data: Any,
    model: Spec | str,
    cluster: str | None = None,
    *,
    unit: str | None = None,
    time: str | None = None,
) -> Resampler:
    """Fit a fixed-effects regression and reduce it to cluster Grams.

    Parameters
    ----------
    data : CityPanel or any table
        A DataFrame of pandas, polars or pyarrow with `unit` and `time` named, or indexed so.
    model : Spec or str
        With effects; city effects must be nested in the clusters or be few.
    cluster : str
        ``"city"``, ``"province"`` or another grouping; by default the unit.
    unit, time : str, optional
        Columns that say who and when; not for a `CityPanel`.

    Returns
    -------
    Resampler

    Raises
    ------
    SpecError, DataError
        See `prepare` and `within`; fewer than two clusters; more than 250 levels of effects that
        cross the clusters and hang together (province^year is one block a province).

    Examples
    --------
    >>> panel = CityPanel.from_long(pd.DataFrame({
    ...     "city": ["110000"] * 3 + ["120000"] * 3, "year": [2010, 2011, 2012] * 2,
    ...     "y": [1.0, 3.0, 4.0, 2.0, 2.0, 6.0], "x": [0.0, 1.0, 1.0, 1.0, 0.0, 3.0]}))
    >>> resampler(panel, Spec("y", ("x",), ("city",))).units
    ('110000', '120000')
    """
    panel, spec, _ = enter(data, model, unit=unit, time=time, also=(cluster or "",))
    cluster = cluster or panel.unit
    design = prepare(panel, spec)
    fit = linear_fit(design, within(design))
    labels = row_labels(panel, design, [cluster])[cluster]
    groups, _ = codes(labels)
    size = np.sqrt((fit.x**2).sum(axis=0))
    basis, triangle = np.linalg.qr(fit.x / size)
    scale = float(np.sqrt(fit.rss)) or 1.0
    inverse = solve_triangular(triangle, np.eye(fit.slopes)) / size[:, None] * scale
    residuals = (fit.residuals / scale)[:, None]
    grams = cluster_grams(fit.effects, basis, residuals, groups, design.weights)
    units = _unit_labels(panel, design, cluster, groups)
    return Resampler(design, fit, groups, units, grams, inverse, scale)


def bootstrap_fe(
    data: Any,
    model: Spec | str,
    resampling: Resampling = Resampling(9999),  # noqa: B008 - a frozen option, never changed
    *,
    unit: str | None = None,
    time: str | None = None,
) -> Bootstrap:
    """Resample whole clusters and estimate the fixed-effects regression in every resample.

    Equal to refitting the resampled rows, a cluster drawn twice counting as two with effects of
    their own, and years estimated afresh.

    Parameters
    ----------
    data : CityPanel or any table
        A DataFrame of pandas, polars or pyarrow with `unit` and `time` named, or indexed so.
    model : Spec or str
    resampling : Resampling
        Of units unless another cluster is named.
    unit, time : str, optional
        Columns that say who and when; not for a `CityPanel`.

    Returns
    -------
    Bootstrap

    Raises
    ------
    SpecError, DataError
        See `resampler`; fewer than two usable draws.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> panel = CityPanel.from_long(pd.DataFrame({
    ...     "city": np.repeat([f"{i:06d}" for i in range(20)], 4),
    ...     "year": [2010, 2011, 2012, 2013] * 20, "y": rng.normal(size=80),
    ...     "x": rng.normal(size=80)}))
    >>> bootstrap = bootstrap_fe(panel, Spec("y", ("x",), ("city", "year")), Resampling(99))
    >>> bootstrap.draws.values.shape, bootstrap.short_of_rank
    ((99, 1), 0)
    """
    also = (resampling.cluster or "",)
    panel, spec, _ = enter(data, model, unit=unit, time=time, also=also)
    chosen, cluster = resampling.pinned(), resampling.unit(panel.unit)
    draws, scheme = chosen.draws, chosen.weighting
    engine = resampler(panel, spec, cluster)
    found = resample(engine.grams, chosen, task=f"bootstrap_fe.{type(scheme).__name__}.{cluster}")
    if draws - found.short_of_rank < 2:
        seen = f"{found.short_of_rank} of {draws} draws short of rank"
        raise SpecError(
            Fault(
                seen,
                "resamples that identify the model",
                "Use Resampling(scheme=BayesianBootstrap()).",
            )
        )
    estimate = fe_estimate(panel, spec, engine.design, engine.fit, Clustered(cluster))
    changed = engine.coefficients(found.coefficients)
    made = chosen.made(f"{scheme.label} by {cluster}")
    return Bootstrap(estimate, Draws(estimate.terms, changed, made), found.fewer_effects, chosen)


def _unit_labels(panel: CityPanel, design: Design, cluster: str, groups: Ints) -> tuple[str, ...]:
    """Label of each cluster: a city, an attribute's text, or the years; else its number."""
    _, first = np.unique(groups, return_index=True)
    if panel.role(cluster) == "unit":
        return tuple(design.cities[code] for code in design.city[first])
    if cluster in panel.attributes.columns:
        column = panel.attribute(cluster).iloc[design.rows[first]]
        return tuple(map(str, column))
    if panel.role(cluster) == "time":
        return tuple(str(year) for year in design.year[first])
    return tuple(str(code) for code in groups[first])

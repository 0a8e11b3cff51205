"""Probability of a first fall below an edge, from discrete-time hazards of past origins."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from econshrink.core.arrays import Floats, Ints
from econshrink.core.errors import Fault, SpecError, raise_all
from econshrink.core.field_types import typed_fields
from econshrink.forecast.events.passage_rows import (
    CENSUS,
    COVARIATES,
    PassageRows,
    covariates,
    passage_rows,
)
from econshrink.forecast.models.model import check_horizons
from econshrink.forecast.view import InformationSet
from econshrink.nouns.estimate import Estimate
from econshrink.nouns.spells import SpellTable
from econshrink.survival.cox.penalised import Ridge
from econshrink.survival.discrete.design import (
    Duration,
    DurationLog,
    DurationPolynomial,
    duration_columns,
)
from econshrink.survival.discrete.ridge import fit_discrete_ridge
from econshrink.survival.options import ImportanceWeights


@dataclass(frozen=True)
@typed_fields
class PassageHazard:
    """How first passages are learnt from.

    Parameters
    ----------
    shares : tuple of float
        Ascending edges: at least that share below the level at the origin; 0 is any fall.
    longest : int
        Years after an origin that are learnt from; later ones have the hazard of the last.
    history : int
        Years of figures a past origin must have behind it.
    theta : float
        Ridge penalty: the effect of one standard deviation of a covariate is normal about zero
        with variance ``1 / theta``, against a likelihood in which each city-year counts once.
    extra : tuple of str
        Further figures of the view, such as natural growth by age.
    fewest : int
        City-origins with a passage, and without one, below which covariates are left out.
    """

    shares: tuple[float, ...] = (0.0, 0.05)
    longest: int = 10
    history: int = 5
    theta: float = 4.0
    extra: tuple[str, ...] = ()
    fewest: int = 10

    def __post_init__(self) -> None:
        faults = []
        ascending = list(self.shares) == sorted(set(self.shares))
        if not (self.shares and ascending and self.shares[0] >= 0 and self.shares[-1] < 1):
            faults.append(Fault(f"shares {self.shares}", "ascending, in [0, 1)", "Mend them."))
        if self.longest < 1 or self.history < 2 or self.fewest < 1:
            seen = f"{self.longest} years, history {self.history}, fewest {self.fewest}"
            faults.append(Fault(seen, "1, 2 and 1 or more", "Mend the options."))
        raise_all(SpecError, faults)
        Ridge(self.theta)

    @property
    def label(self) -> str:
        """The model in words."""
        return f"discrete-time hazard of first passage (ridge {self.theta:g})"

    def fit(self, view: InformationSet) -> PassageFit:
        """Learn from every past origin of a view, as far as the view reaches.

        Raises
        ------
        DataError
            No past origin.
        """
        return PassageFit(self, tuple(_fit_edge(self, view, share) for share in self.shares))


@dataclass(frozen=True, eq=False)
class EdgeFit:
    """What was learnt about one edge.

    Parameters
    ----------
    estimate : Estimate, optional
        Hazard with covariates; absent where there was too little to fit one.
    baseline : ndarray, shape (periods,)
        Hazard by period without covariates, ``(events + 1/2) / (rows + 1)``, used then. The last
        period is the longest that was seen; later ones have its hazard.
    duration : Duration
        Terms of the estimate.
    origins, events, left_out : int
        Past origins, first passages among their city-origins, city-origins without a row.
    note : str
        Why covariates were left out, all or some.
    """

    estimate: Estimate | None
    baseline: Floats
    duration: Duration
    origins: int
    events: int
    left_out: int
    note: str


@dataclass(frozen=True, eq=False)
class PassageFit:
    """Fitted hazards of every edge; says probabilities for the cities of a view.

    Parameters
    ----------
    options : PassageHazard
    edges : tuple of EdgeFit
    """

    options: PassageHazard
    edges: tuple[EdgeFit, ...]

    def chance(self, view: InformationSet, horizons: Ints) -> Floats:
        """Probability of a first passage within each horizon, shape (cities, shares, horizons).

        Rises with the horizon. Separate fits could cross; where they do, the probabilities of a
        horizon are put in the order of the edges (Chernozhukov and others 2010). NaN for cities
        whose covariates are not known.

        Raises
        ------
        SpecError
            A horizon below one year, or not ascending.
        """
        steps = check_horizons(horizons)
        x = covariates(view, self.options.extra)
        names = [*COVARIATES, *self.options.extra]
        total = np.stack(
            [_cumulative(edge, x, names, view, int(steps[-1])) for edge in self.edges], axis=1
        )
        found = -np.expm1(-total[:, :, steps - 1])
        return np.asarray(-np.sort(-found, axis=1))


def _fit_edge(options: PassageHazard, view: InformationSet, share: float) -> EdgeFit:
    rows = passage_rows(view, share, options.longest, options.history, options.extra)
    events = int(rows.event.sum())
    starts = int((rows.period == 1).sum())
    baseline, duration = _baseline(rows), _duration(rows)
    origins = len(np.unique(rows.origin))
    if min(events, starts - events) < options.fewest:
        note = f"{events} passages in {starts} city-origins: no covariates"
        return EdgeFit(None, baseline, duration, origins, events, rows.left_out, note)
    names = np.array([*COVARIATES, *options.extra, CENSUS])
    values = np.column_stack([rows.x, rows.census])
    varies = np.ptp(values, axis=0) > 1e-12
    kept = names[varies].tolist()
    table = pd.DataFrame(values[:, varies], columns=kept).assign(
        city=[f"{c}:{s}" for c, s in zip(rows.city, rows.origin, strict=True)],
        start=rows.period - 1,
        stop=rows.period,
        event=rows.event.astype(int),
        weight=rows.weight,
    )
    estimate = fit_discrete_ridge(
        SpellTable(table, rule_id=f"first passage of {share:g}", synthetic=view.synthetic),
        kept,
        Ridge(options.theta),
        duration=duration,
        weights=ImportanceWeights("weight"),
    )
    fixed = names[~varies]
    note = f"without {', '.join(fixed)}, which did not vary" if len(fixed) else ""
    return EdgeFit(estimate, baseline, duration, origins, events, rows.left_out, note)


def _duration(rows: PassageRows) -> Duration:
    """As many duration terms as the periods can tell apart."""
    periods = len(np.unique(rows.period))
    return DurationLog() if periods > 2 else DurationPolynomial(periods - 1)


def _baseline(rows: PassageRows) -> Floats:
    """Hazard of each period that somebody reached, without covariates."""
    at_risk = np.bincount(rows.period)[1:]
    events = np.bincount(rows.period, weights=rows.event)[1:]
    return np.asarray((events + 0.5) / (at_risk + 1))


def _cumulative(
    edge: EdgeFit, x: Floats, names: list[str], view: InformationSet, years: int
) -> Floats:
    """Cumulative hazard of each city over the coming years, shape (cities, years)."""
    held = np.minimum(np.arange(1, years + 1), len(edge.baseline))
    unknown = np.where(np.isnan(x).any(axis=1), np.nan, 0.0)[:, None]
    if edge.estimate is None:
        return np.asarray(np.cumsum(-np.log1p(-edge.baseline[held - 1])) + unknown)
    terms = dict(zip(edge.estimate.terms, edge.estimate.coefficients, strict=True))
    effects = np.array([terms.get(name, 0.0) for name in names])
    census = np.isin(view.origin + np.arange(1, years + 1), view.censuses)
    columns, labels = duration_columns(held.astype(float), edge.duration)
    course = terms["(Intercept)"] + terms.get(CENSUS, 0.0) * census
    for column, label in zip(columns, labels, strict=True):
        course = course + terms[label] * column[:, 0]
    return np.asarray(np.cumsum(np.exp((x @ effects)[:, None] + course), axis=1))

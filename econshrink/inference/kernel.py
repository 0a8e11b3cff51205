"""Covariances for errors correlated over time: Driscoll-Kraay and panel Newey-West."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from econshrink.core.arrays import Floats, Ints, codes, group_sums
from econshrink.core.errors import Fault, SpecError, raise_all
from econshrink.inference.linear_fit import TIME, UNIT, Covariance, Labels, LinearFit
from econshrink.inference.sandwich import repaired
from econshrink.inference.small_sample import (
    checked_rule,
    counts_of,
    degrees_of_freedom,
    factor,
    parameter_count,
)

_WORDS = {"driscoll_kraay": "Driscoll-Kraay", "newey_west": "Newey-West by city"}


@dataclass(frozen=True)
class DriscollKraay:
    """Errors correlated across all cities and over some years (Driscoll and Kraay 1998).

    With h_t = Σ_i x_it u_it, V = c · B [Γ_0 + Σ_{l=1}^{L} (1 − l/(L+1)) (Γ_l + Γ_l')] B, where
    Γ_l = Σ_t h_t h_{t−l}' over calendar years. Consistent as the number of *years* grows: with
    fewer than some twenty years it is too small.

    Parameters
    ----------
    lags : int, optional
        L; by default that of the program whose rule is taken: ⌊T^(1/4)⌋ as fixest and plm, with
        the rules of linearmodels its ⌊4 (T/100)^(2/9)⌋ (Newey and West 1994).
    small_sample : str
        ``fixest``: T/(T−1) · (N−1)/(N−K), year effects counted as one (pyfixest counts every
        effect and prints more: ``fixest_full``); ``linearmodels``:
        N/(N−K), all effects counted; ``none``: c = 1; the other names of `small_sample.RULES`
        as for clusters by year.

    Raises
    ------
    SpecError
        Negative lags, unknown rule; on use: not fewer lags than years.

    Examples
    --------
    >>> DriscollKraay(lags=2).groupings
    ('(time)',)
    """

    lags: int | None = None
    small_sample: str = "fixest"

    def __post_init__(self) -> None:
        _check(self.lags, self.small_sample)

    @property
    def groupings(self) -> tuple[str, ...]:
        """Row labels it needs."""
        return (TIME,)

    def covariance(self, fit: LinearFit, labels: Labels) -> Covariance:
        """Covariance of the coefficients of `fit`."""
        year = labels[TIME]
        lags = _lags(self.lags, year, self.small_sample)
        coded, _ = codes(year)
        sums = group_sums(fit.scores, (year - year.min()).astype(np.intp), int(np.ptp(year)) + 1)
        middle = sums.T @ sums
        for lag in range(1, lags + 1):
            cross = sums[lag:].T @ sums[:-lag]
            middle = middle + (1 - lag / (lags + 1)) * (cross + cross.T)
        return _finish(self.small_sample, fit, [coded], middle, "driscoll_kraay", lags)


@dataclass(frozen=True)
class NeweyWest:
    """Errors correlated over some years within a city (Newey and West 1987, for panels).

    V = c · B [Σ_i Σ_t s_it s_it' + Σ_{l=1}^{L} (1 − l/(L+1)) Σ_i Σ_t (s_it s_i,t−l' + transpose)] B
    with scores s_it = x_it u_it; lags are calendar years within a city.

    Parameters
    ----------
    lags : int, optional
        L; by default as `DriscollKraay`.
    small_sample : str
        ``fixest``: with G the smaller of cities and years, G/(G−1) · (N−1)/(N−K), city and year
        effects counted as one each (pyfixest counts every effect: ``fixest_full``); ``none`` and
        the others as there.

    Raises
    ------
    SpecError
        Negative lags, unknown rule; on use: not fewer lags than years.

    Examples
    --------
    >>> NeweyWest(lags=2).groupings
    ('(unit)', '(time)')
    """

    lags: int | None = None
    small_sample: str = "fixest"

    def __post_init__(self) -> None:
        _check(self.lags, self.small_sample)

    @property
    def groupings(self) -> tuple[str, ...]:
        """Row labels it needs."""
        return (UNIT, TIME)

    def covariance(self, fit: LinearFit, labels: Labels) -> Covariance:
        """Covariance of the coefficients of `fit`."""
        city, year = labels[UNIT].astype(np.int64), labels[TIME]
        lags = _lags(self.lags, year, self.small_sample)
        order = np.lexsort((year, city))
        scores = fit.scores[order]
        key = (city * (int(np.ptp(year)) + 1 + lags) + year - year.min())[order]
        middle = scores.T @ scores
        for lag in range(1, lags + 1):
            place = np.minimum(np.searchsorted(key, key - lag), len(key) - 1)
            later = np.flatnonzero(key[place] == key - lag)
            cross = scores[later].T @ scores[place[later]]
            middle = middle + (1 - lag / (lags + 1)) * (cross + cross.T)
        ways = [codes(labels[UNIT])[0], codes(year)[0]]
        return _finish(self.small_sample, fit, ways, middle, "newey_west", lags)


def default_lags(years: int, rule: str = "fixest") -> int:
    """Lags for T years that the program of a small-sample rule takes by default.

    Examples
    --------
    >>> default_lags(15), default_lags(15, "linearmodels")
    (1, 2)
    """
    if rule.startswith("linearmodels"):
        return int(4 * (years / 100) ** (2 / 9))
    return int(years**0.25 + 1e-9)


def _check(lags: int | None, rule: str) -> None:
    checked_rule(rule)
    if lags is not None and lags < 0:
        raise SpecError(Fault(f"lags={lags}", "zero or more", "Name a number of years."))


def _lags(asked: int | None, year: Ints, rule: str) -> int:
    span = int(np.ptp(year)) + 1
    lags = default_lags(len(np.unique(year)), rule) if asked is None else asked
    faults = []
    if lags >= span:
        seen = f"{lags} lags and {span} years"
        faults.append(Fault(seen, "fewer lags than years", "Choose fewer lags."))
    if span < 2:
        faults.append(Fault("one year", "at least two", "Use another covariance."))
    raise_all(SpecError, faults)
    return lags


def _finish(
    rule: str, fit: LinearFit, ways: list[Ints], middle: Floats, kind: str, lags: int
) -> Covariance:
    # linearmodels scales kernel covariances as unclustered ones
    clusters = [] if rule.startswith("linearmodels") else ways
    scale = factor(rule, fit, clusters)
    matrix, notes = repaired(scale * fit.bread @ middle @ fit.bread)
    label = f"{_WORDS[kind]}, Bartlett kernel, {lags} lags"
    stats = counts_of(rule, fit, ways, scale)
    stats |= {
        "vcov_parameters": float(parameter_count(rule, fit, clusters)),
        "vcov_lags": float(lags),
        "vcov_groups": float(min(int(codes.max()) + 1 for codes in ways)),
    }
    df_t = degrees_of_freedom(rule, fit, ways)
    return Covariance(matrix, label, rule, df_t, {}, stats, notes, kind)

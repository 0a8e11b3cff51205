"""Rubin's rules: one estimate from the same analysis of several imputed data sets."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from econshrink.core.arrays import Floats, symmetric
from econshrink.core.errors import Fault, SpecError, raise_all
from econshrink.nouns.estimate import Estimate


def combine(estimates: Sequence[Estimate]) -> Estimate:
    """Combine the estimates from m imputed data sets.

    With Q the mean of the coefficients, W the mean of their covariances and B the covariance of
    the coefficients between data sets (divisor m - 1), the combined covariance is
    T = W + (1 + 1/m) B. Term by term, with lambda = (1 + 1/m) B / T and nu0 the degrees of
    freedom that complete data would have,
    nu_m = (m - 1) / lambda^2, nu_obs = nu0 (nu0 + 1) / (nu0 + 3) (1 - lambda) and
    nu = 1 / (1 / nu_m + 1 / nu_obs); for an infinite nu0, nu = nu_m. With r = lambda /
    (1 - lambda) the fraction of missing information is (r + 2 / (nu + 3)) / (r + 1).

    Parameters
    ----------
    estimates : sequence of Estimate
        At least two, of the same method, terms, covariance estimator and data set but for the
        imputed cells.

    Returns
    -------
    Estimate
        `stats` holds, for each term, ``df[term]``, ``fmi[term]``, ``lambda[term]``,
        ``within_se[term]`` and ``between_se[term]``, and ``imputations``. One record has one
        `df_t`: the smallest over the terms, so no interval is too narrow. `nobs` and cluster
        counts are the smallest over the data sets. Fit statistics of single data sets are not
        averaged; they are left out.

    Raises
    ------
    SpecError
        Fewer than two estimates, or estimates that differ in what must be the same.

    Notes
    -----
    Valid if the imputations are draws from a model at least as rich as the analysis. Few
    extrapolation rules are not draws from a distribution: B then measures how far the rules
    disagree, and T is as wide as that disagreement, no wider.

    Source: Rubin (1987); degrees of freedom of Barnard and Rubin (1999).

    Examples
    --------
    >>> one = Estimate("ols", ("x",), np.array([1.0]), np.array([[0.01]]), "iid", "none", 50)
    >>> other = replace(one, coefficients=np.array([1.2]))
    >>> both = combine([one, other])
    >>> round(both.coefficient("x"), 3), round(both.std_error("x"), 4)
    (1.1, 0.2)
    >>> round(both.stats["lambda[x]"], 3), round(both.df_t, 3)
    (0.75, 1.778)
    """
    raise_all(SpecError, _faults(estimates))
    first, count = estimates[0], len(estimates)
    coefficients = np.array([each.coefficients for each in estimates])
    mean = coefficients.mean(axis=0)
    within = np.mean([each.covariance for each in estimates], axis=0)
    away = coefficients - mean
    between = away.T @ away / (count - 1)
    total = symmetric(within + (1 + 1 / count) * between)
    share = _shares((1 + 1 / count) * np.diag(between), np.diag(total))
    df = _degrees(share, count, min(each.df_t for each in estimates))
    stats = {"imputations": float(count)}
    columns = {
        "df": df,
        "fmi": _missing_information(share, df),
        "lambda": share,
        "within_se": np.sqrt(np.diag(within)),
        "between_se": np.sqrt(np.diag(between)),
    }
    for name, values in columns.items():
        stats |= {f"{name}[{t}]": float(v) for t, v in zip(first.terms, values, strict=True)}
    return replace(
        first,
        coefficients=mean,
        covariance=total,
        nobs=min(each.nobs for each in estimates),
        df_t=float(df.min()),
        clusters={name: min(each.clusters[name] for each in estimates) for name in first.clusters},
        stats=stats,
        notes=(*_notes(estimates), f"{count} imputations combined by Rubin's rules"),
        synthetic=any(each.synthetic for each in estimates),
    )


def _shares(part: Floats, whole: Floats) -> Floats:
    """Share of the variance that is due to the imputation; 0 where there is no variance."""
    share: Floats = np.divide(part, whole, out=np.zeros_like(part), where=whole > 0)
    return share


def _degrees(share: Floats, count: int, complete: float) -> Floats:
    """Degrees of freedom of Barnard and Rubin, by term."""
    with np.errstate(divide="ignore"):
        imputed: Floats = (count - 1) / share**2
        if np.isinf(complete):
            return imputed
        observed = complete * (complete + 1) / (complete + 3) * (1 - share)
        return np.asarray(1 / (1 / imputed + 1 / observed), dtype=float)


def _missing_information(share: Floats, df: Floats) -> Floats:
    """Fraction of missing information, (r + 2 / (df + 3)) / (r + 1), by the share r / (1 + r)."""
    information: Floats = share + (1 - share) * 2 / (df + 3)
    return information


def _notes(estimates: Sequence[Estimate]) -> tuple[str, ...]:
    """Every note of any of the estimates, once, in the order of first appearance."""
    return tuple(dict.fromkeys(note for each in estimates for note in each.notes))


def _faults(estimates: Sequence[Estimate]) -> list[Fault]:
    if len(estimates) < 2:
        remedy = "Impute at least twice; twenty draws are a usual number."
        return [Fault(f"{len(estimates)} estimates", "at least two", remedy)]
    first, faults = estimates[0], []
    for name in ("method", "terms", "vcov_label", "small_sample"):
        for place, each in enumerate(estimates[1:], start=1):
            if getattr(each, name) != getattr(first, name):
                seen = f"{name} {getattr(each, name)!r} beside {getattr(first, name)!r}"
                where = f"estimate {place}"
                faults.append(Fault(seen, "the same analysis", "Repeat it unchanged.", where))
    for place, each in enumerate(estimates[1:], start=1):
        if set(each.clusters) != set(first.clusters):
            seen = f"clusters {sorted(each.clusters)} beside {sorted(first.clusters)}"
            faults.append(Fault(seen, "the same clusters", "Mend it.", f"estimate {place}"))
    return faults

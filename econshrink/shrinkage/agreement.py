"""Whether rules agree on which cities shrink, and which choice moves the count."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from econshrink.core.arrays import Floats, least_norm
from econshrink.core.errors import DataError, Fault, SpecError
from econshrink.core.shapley import owen_values


def cohen_kappa(first: Floats, second: Floats) -> float:
    """Cohen's kappa of two 0/1 labellings, over the cities both label.

    kappa = (p_o - p_e) / (1 - p_e), with p_o the share of equal labels and p_e the share
    expected from the two marginal shares; missing if p_e is 1 (both rules give one label only).

    Source: Cohen 1960.

    Examples
    --------
    >>> cohen_kappa(np.array([1.0, 1.0, 0.0, 0.0]), np.array([1.0, 0.0, 0.0, 0.0]))
    0.5
    """
    both = np.isfinite(first) & np.isfinite(second)
    if not both.any():
        return float("nan")
    a, b = first[both], second[both]
    observed = float(np.mean(a == b))
    expected = float(a.mean() * b.mean() + (1 - a.mean()) * (1 - b.mean()))
    return (observed - expected) / (1 - expected) if expected < 1 else float("nan")


def jaccard(first: Floats, second: Floats) -> float:
    """Cities both rules call shrinking over cities either does, among those both label.

    Source: Jaccard 1901.
    """
    both = np.isfinite(first) & np.isfinite(second)
    either = float(np.maximum(first[both], second[both]).sum())
    return float((first[both] * second[both]).sum()) / either if either else float("nan")


def pairwise(labels: pd.DataFrame) -> pd.DataFrame:
    """Agreement of every pair of columns of city × run labels (1, 0 or missing).

    Columns ``first, second, units`` (cities both label), ``equal`` (share of equal labels),
    ``kappa`` and ``jaccard``.
    """
    values = labels.to_numpy(dtype=float)
    names = list(labels.columns)
    known = np.isfinite(values).astype(float)
    one = np.where(known == 1, values, 0.0)
    units = known.T @ known
    both = one.T @ one
    ones = one.T @ known  # ones of the row's run among cities both label
    with np.errstate(divide="ignore", invalid="ignore"):
        equal = (units - ones - ones.T + 2 * both) / units
        p, q = ones / units, ones.T / units
        expected = p * q + (1 - p) * (1 - q)
        kappa = np.where(expected < 1, (equal - expected) / (1 - expected), np.nan)
        either = ones + ones.T - both
        overlap = np.where(either > 0, both / either, np.nan)
    i, j = np.triu_indices(len(names), k=1)
    return pd.DataFrame(
        {
            "first": [names[k] for k in i],
            "second": [names[k] for k in j],
            "units": units[i, j].astype(int),
            "equal": equal[i, j],
            "kappa": kappa[i, j],
            "jaccard": overlap[i, j],
        }
    )


def fleiss_kappa(labels: pd.DataFrame) -> float:
    """Fleiss' kappa of all columns, over the cities every run labels.

    With n runs, N cities and x_i runs that call city i shrinking, P_i = (x_i (x_i - 1) +
    (n - x_i)(n - x_i - 1)) / (n (n - 1)), p = sum x_i / (N n), and kappa = (mean P - P_e) /
    (1 - P_e) with P_e = p^2 + (1 - p)^2.

    Raises
    ------
    DataError
        Fewer than two runs, or no city that every run labels.

    Source: Fleiss 1971.

    Examples
    --------
    >>> fleiss_kappa(pd.DataFrame({"a": [1.0, 0.0], "b": [1.0, 0.0]}))
    1.0
    """
    complete = labels.dropna().to_numpy(dtype=float)
    count, runs = complete.shape
    if runs < 2 or not count:
        raise DataError(
            Fault(
                f"{runs} runs and {count} cities that all of them label",
                "at least two runs and one city",
                "Choose runs on the same units.",
            )
        )
    x = complete.sum(axis=1)
    agree = (x * (x - 1) + (runs - x) * (runs - x - 1)) / (runs * (runs - 1))
    p = x.sum() / (count * runs)
    expected = p**2 + (1 - p) ** 2
    if expected == 1:
        return float("nan")
    return float((agree.mean() - expected) / (1 - expected))


def robust_and_fragile(
    support: pd.DataFrame, nearly_all: float = 0.9, few: float = 0.1
) -> pd.Series:
    """Sort cities by how many runs call them shrinking.

    Parameters
    ----------
    support : DataFrame
        As from `Multiverse.support`.
    nearly_all, few : float
        Shares of runs.

    Returns
    -------
    Series
        City -> ``nearly all`` (share at least `nearly_all`), ``few`` (above zero, at most
        `few`), ``none``, ``disputed`` (between), missing without any run.

    Raises
    ------
    SpecError
        Shares out of order.
    """
    if not 0 < few < nearly_all <= 1:
        seen = f"nearly_all {nearly_all:g}, few {few:g}"
        raise SpecError(Fault(seen, "0 < few < nearly_all <= 1", "Mend them."))
    share = support["support"].to_numpy()
    kind = np.select(
        [np.isnan(share), share == 0, share <= few, share >= nearly_all],
        ["", "none", "few", "nearly all"],
        "disputed",
    )
    words = pd.Series(kind, index=support.index, name="agreement", dtype="str")
    return words.mask(words == "")


def variance_decomposition(
    counts: pd.DataFrame, factors: Sequence[str], outcome: str = "share"
) -> pd.DataFrame:
    """Which choice moves the count: shares of the variance of `outcome` by factor.

    Main effects only: least squares of the outcome on dummies of each factor. A factor's share
    is its gain in R2 averaged over all orders of entry (Lindeman, Merenda and Gold; the Shapley
    value), so shares add up to the R2 of all main effects; in a balanced grid they equal the
    sums of squares of the analysis of variance over the total. What is left is interaction.

    Parameters
    ----------
    counts : DataFrame
        As `Multiverse.counts`.
    factors : sequence of str
        Columns; one with a single value gets a share of 0. At most ten.
    outcome : str
        ``share`` or ``count``.

    Returns
    -------
    DataFrame
        Index factor, then ``interactions``: ``levels``, ``share`` (of the variance) and
        ``range`` (largest less smallest mean outcome of a level).

    Raises
    ------
    DataError
        No such column, missing outcomes, or an outcome without variance.

    Examples
    --------
    >>> grid = pd.DataFrame({"a": [0, 0, 1, 1], "b": [0, 1, 0, 1], "share": [0.1, 0.2, 0.3, 0.4]})
    >>> variance_decomposition(grid, ["a", "b"])["share"].round(3).tolist()
    [0.8, 0.2, 0.0]
    """
    _check(counts, factors, outcome)
    y = counts[outcome].to_numpy(dtype=float)
    y = y - y.mean()
    dummies = [_dummies(counts[name]) for name in factors]

    def explained(chosen: tuple[int, ...]) -> Floats:
        return np.asarray(_r2(y, [dummies[i] for i in chosen]))

    shares = owen_values([[i] for i in range(len(factors))], explained).tolist()
    means = [counts.groupby(name)[outcome].mean() for name in factors]
    return pd.DataFrame(
        {
            "levels": [*(counts[name].nunique() for name in factors), 0],
            "share": [*shares, 1 - _r2(y, dummies)],
            "range": [*(float(mean.max() - mean.min()) for mean in means), np.nan],
        },
        index=pd.Index([*factors, "interactions"], name="factor"),
    )


def _check(counts: pd.DataFrame, factors: Sequence[str], outcome: str) -> None:
    absent = [name for name in [*factors, outcome] if name not in counts.columns]
    if absent or not factors or len(factors) > 10:
        seen = f"factors {', '.join(factors)} and outcome {outcome}"
        raise DataError(Fault(seen, "one to ten columns of the counts", "Check the names."))
    values = counts[outcome].to_numpy(dtype=float)
    if not np.isfinite(values).all() or np.ptp(values) == 0:
        seen = f"an outcome '{outcome}' with gaps or without variance"
        raise DataError(Fault(seen, "finite values that differ", "Drop empty runs first."))


def _dummies(column: pd.Series) -> Floats:
    matrix = pd.get_dummies(column, drop_first=True).to_numpy(dtype=float)
    centred: Floats = matrix - matrix.mean(axis=0)
    return centred


def _r2(y: Floats, blocks: list[Floats]) -> float:
    x = np.column_stack(blocks) if blocks else np.empty((len(y), 0))
    if not x.shape[1]:
        return 0.0
    fitted = x @ least_norm(x, y)[0]
    return float(fitted @ fitted / (y @ y))

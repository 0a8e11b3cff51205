"""Performance of an estimator over replicates: bias, error, standard-error ratio, coverage."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
import pandas as pd
from scipy import stats

from econshrink.core.errors import Fault, SpecError

NORMAL_95 = 1.959963984540054


class Answer(NamedTuple):
    """What an estimator says about one term; without limits, ±1.96 standard errors are used."""

    estimate: float
    std_error: float = math.nan
    conf_low: float = math.nan
    conf_high: float = math.nan


def summarise(replicates: pd.DataFrame) -> pd.DataFrame:
    """Performance by setting and term from a table of `replicate`."""
    failed = replicates[replicates["failure"].notna()].groupby("setting", sort=False).size()
    rows = []
    for (setting, term), part in replicates.dropna(subset="term").groupby(
        ["setting", "term"], sort=False
    ):
        measures = _performance(part)
        rows.append(
            {"setting": setting, "term": term, "failed": int(failed.get(setting, 0)), **measures}
        )
    names = ["setting", "term", "truth", "replicates", "failed"]
    frame = pd.DataFrame(rows)
    if frame.empty:
        raise SpecError(
            Fault(
                f"no finished replicate; first failure: {replicates['failure'].iloc[0]}",
                "at least one",
                "Try the estimator on a single data set first.",
            )
        )
    return frame[names + [c for c in frame.columns if c not in names]]


def coverage_test(summary: pd.DataFrame, nominal: float = 0.95, size: float = 0.05) -> pd.DataFrame:
    """Is each coverage the nominal one? Exact binomial tests, corrected by Bonferroni.

    Parameters
    ----------
    summary : DataFrame
        Rows of `summarise`; those without a coverage are left out.
    nominal : float
        Stated probability of the intervals.
    size : float
        Chance of at least one false alarm over all rows.

    Returns
    -------
    DataFrame
        ``setting, term, judged, coverage, p_value, nominal_holds``; the p-value is already
        multiplied by the number of rows (at most 1).

    Examples
    --------
    >>> rows = pd.DataFrame({"setting": ["a", "b"], "term": "x", "judged": 1000,
    ...                      "coverage": [0.951, 0.91]})
    >>> coverage_test(rows)["nominal_holds"].tolist()
    [True, False]
    """
    rows = summary.loc[summary["coverage"].notna(), ["setting", "term", "judged", "coverage"]]
    inside = np.rint(rows["coverage"] * rows["judged"]).astype(int)
    p_values = [
        stats.binomtest(int(hits), int(count), nominal).pvalue
        for hits, count in zip(inside, rows["judged"], strict=True)
    ]
    corrected = np.minimum(1.0, np.array(p_values) * len(rows))
    return rows.assign(p_value=corrected, nominal_holds=corrected >= size).reset_index(drop=True)


def _performance(part: pd.DataFrame) -> dict[str, float]:
    estimate, truth, se = (part[c].to_numpy() for c in ("estimate", "truth", "std_error"))
    error = estimate - truth
    count = len(error)
    root = math.sqrt(count)
    # Spread of the errors: equal to that of the estimates where the truth is one number.
    sd = float(error.std(ddof=1)) if count > 1 else math.nan
    rmse = float(np.sqrt(np.mean(error**2)))
    low = np.where(np.isnan(part["conf_low"]), estimate - NORMAL_95 * se, part["conf_low"])
    high = np.where(np.isnan(part["conf_high"]), estimate + NORMAL_95 * se, part["conf_high"])
    known = ~(np.isnan(low) | np.isnan(high))
    inside = ((low <= truth) & (truth <= high))[known]
    coverage = float(inside.mean()) if known.any() else math.nan
    mean_se = float(se.mean())
    ratio = mean_se / sd if sd > 0 else math.nan
    se_part = float(se.var(ddof=1)) / (count * mean_se**2) if count > 1 and mean_se > 0 else 0.0
    square_sd = float((error**2).std(ddof=1)) if count > 1 else math.nan
    return {
        "truth": float(truth.mean()),
        "replicates": count,
        "mean": float(estimate.mean()),
        "bias": float(error.mean()),
        "bias_mc": sd / root,
        "rmse": rmse,
        "rmse_mc": square_sd / (2.0 * rmse * root) if rmse > 0 else 0.0,
        "sd": sd,
        "mean_se": mean_se,
        "se_ratio": ratio,
        "se_ratio_mc": ratio * math.sqrt(1.0 / (2.0 * (count - 1)) + se_part)
        if count > 1
        else math.nan,
        "judged": int(known.sum()),
        "coverage": coverage,
        "coverage_mc": math.sqrt(coverage * (1.0 - coverage) / int(known.sum()))
        if known.any()
        else math.nan,
    }

"""Steps, periods and runs: the array work every rule shares."""

from __future__ import annotations

import numpy as np
import pandas as pd

from econshrink.core.arrays import Floats
from econshrink.core.errors import Fault, SpecError
from econshrink.nouns.panel import CityPanel
from econshrink.shrinkage.catalogue.gaps import LEAVE_GAPS, Gaps
from econshrink.shrinkage.catalogue.rule import loss_class
from econshrink.shrinkage.logic import disjunction


def stocks(panel: CityPanel, name: str, window: tuple[int, int]) -> Floats:
    """Positive figures of every year of the window, shape (cities, years); others NaN."""
    wide = panel.wide(name)
    values = wide.to_numpy()
    first = int(wide.columns[0])
    if first <= window[0] and window[1] <= int(wide.columns[-1]):
        values = values[:, window[0] - first : window[1] - first + 1]
    else:
        values = wide.reindex(columns=range(window[0], window[1] + 1)).to_numpy()
    return np.where(values > 0, values, np.nan)


def ends(panel: CityPanel, name: str, window: tuple[int, int]) -> tuple[Floats, Floats]:
    """Figures of the first year, where positive, and of the last year of the window."""
    wide = panel.wide(name)
    first, last = wide[window[0]].to_numpy(), wide[window[1]].to_numpy()
    return np.where(first > 0, first, np.nan), last


def log_steps(
    panel: CityPanel, name: str, window: tuple[int, int], missing: Gaps = LEAVE_GAPS
) -> Floats:
    """Yearly log growth inside the window, shape (cities, steps)."""
    return np.diff(np.log(missing.stocks(stocks(panel, name, window))), axis=1)


def period_growth(panel: CityPanel, name: str, window: tuple[int, int], step: int) -> Floats:
    """Log growth of each period of `step` years, shape (cities, periods).

    Raises
    ------
    SpecError
        The window is no whole number of periods.
    """
    periods(window, step)
    return np.diff(np.log(stocks(panel, name, window)[:, ::step]), axis=1)


def periods(window: tuple[int, int], step: int) -> int:
    """Number of periods of `step` years in the window, or a `SpecError` if they do not fit."""
    length = window[1] - window[0]
    if step < 1 or length < step or length % step:
        raise SpecError(
            Fault(
                f"window {window[0]}–{window[1]} with periods of {step} years",
                f"a window of {step}, {2 * step}, {3 * step} … years",
                "Choose a window that whole periods fill, or another period.",
            )
        )
    return length // step


def trailing(steps: Floats, years: int) -> Floats:
    """The last `years` steps at each end, shape (cities, ends, years)."""
    if steps.shape[1] < years:
        raise SpecError(
            Fault(
                f"a window with {steps.shape[1] + 1} years of stocks",
                f"at least {years + 1} for a run of {years}",
                "Widen the window or shorten the run.",
            )
        )
    return np.lib.stride_tricks.sliding_window_view(steps, years, axis=1)


def longest_run(flags: Floats) -> Floats:
    """Length of the longest run of ones in each row; undefined entries end a run."""
    current = np.zeros(len(flags))
    best = np.zeros(len(flags))
    for column in flags.T:
        current = np.where(column == 1, current + 1, 0.0)
        best = np.maximum(best, current)
    return best


def annual_loss(first: Floats, last: Floats, years: int) -> Floats:
    """Mean annual loss as a share: ``1 - (last / first) ** (1 / years)``."""
    loss: Floats = 1 - (last / first) ** (1 / years)
    return loss


def dated(
    panel: CityPanel,
    variable: str,
    window: tuple[int, int],
    years: int,
    truth: Floats,
    *,
    latest: bool = False,
) -> pd.DataFrame:
    """Label with onset (first fall of the first run), detection (its last), change and growth.

    `truth` (cities, ends) says "a run ends here"; `latest` counts only a run that ends with the
    window.
    """
    first_end = window[0] + years
    if latest:
        first_end, truth = window[1], truth[:, -1:]
    hit = truth == 1
    found = hit.any(axis=1)
    detection = np.where(found, first_end + hit.argmax(axis=1), np.nan)
    values = stocks(panel, variable, window)
    first, last = values[:, 0], values[:, -1]
    at = np.where(found, detection - window[0], years).astype(int)
    rows = np.arange(len(values))
    loss = annual_loss(values[rows, at - years], values[rows, at], years)
    label = disjunction(truth, axis=1)
    return pd.DataFrame(
        {
            "shrinking": label,
            "onset": detection - years + 1,
            "detection": detection,
            "runs": hit.sum(axis=1),
            "change": last - first,
            "growth": last / first - 1,
            "class": loss_class(loss, label),
        },
        index=panel.wide(variable).index,
    )


def set_small_aside(
    judged: pd.DataFrame, size: Floats, minimum: float, variable: str
) -> pd.DataFrame:
    """Label missing, with its reason, where `size` is below `minimum` persons."""
    if minimum <= 0:
        return judged
    small = size < minimum
    judged = judged.assign(reason=np.where(small, f"{variable} below {minimum:,.0f}", ""))
    judged.loc[small, "shrinking"] = np.nan
    if "class" in judged:
        judged.loc[small, "class"] = None
    return judged

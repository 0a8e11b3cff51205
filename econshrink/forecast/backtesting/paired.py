"""Two forecasts case by case: paired province bootstrap, independent origins, errors split."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from econshrink.core.errors import DataError, Fault
from econshrink.core.seeds import Rng, as_generator

_KEY = ["model", "origin", "horizon", "city"]


@dataclass(frozen=True)
class PairedGain:
    """By what share one model's mean score lies below another's, on the same cases.

    Parameters
    ----------
    gain, low, high : float
        Share of the other's mean score, and the ends of a central bootstrap interval.
    share_better : float
        Share of the resamples in which the gain is above zero.
    groups : int
        Provinces that were resampled.
    origins, independent : int
        Origins, and how many of them have windows that do not overlap.
    """

    gain: float
    low: float
    high: float
    share_better: float
    groups: int
    origins: int
    independent: int


def paired_gain(
    cases: pd.DataFrame,
    model: str,
    against: str,
    score: str = "crps",
    *,
    draws: int = 2000,
    level: float = 0.95,
    rng: Rng = None,
) -> PairedGain:
    """Compare two models by a bootstrap of whole provinces, which keeps each case paired.

    Parameters
    ----------
    cases : DataFrame
        Of a `Backtest` at one horizon.
    model, against : str
    score : str
        A column that is better when smaller, such as ``crps`` or ``winkler80``.
    draws : int
        Resamples.
    level : float
    rng : int or numpy.random.Generator, optional
        A seed, or a generator, which moves on; default the master seed.

    Returns
    -------
    PairedGain
        The interval is about units: however many provinces there are, few windows are independent.

    Raises
    ------
    DataError
        A model without cases, other cases of the two, or more than one horizon.

    Examples
    --------
    >>> rows = [(m, 2020, 1, f"{c}", c % 3, (1.0 if m == "a" else 2.0) + c)
    ...         for m in "ab" for c in range(6)]
    >>> table = pd.DataFrame(rows, columns=["model", "origin", "horizon", "city", "group", "crps"])
    >>> found = paired_gain(table, "a", "b")
    >>> round(found.gain, 3), found.low > 0, found.independent
    (0.222, True, 1)
    """
    horizons = cases["horizon"].unique()
    mine, other = (cases[cases["model"] == name] for name in (model, against))
    same = _alike(mine, other)
    if not same:  # the same cases in another order?
        mine, other = (table.sort_values(_KEY[1:], kind="stable") for table in (mine, other))
    if len(horizons) != 1 or not len(mine) or not (same or _alike(mine, other)):
        seen = f"{len(mine)} cases of {model}, {len(other)} of {against}, "
        seen += f"horizons {horizons.tolist()}"
        raise DataError(Fault(seen, "the same cases of one horizon", "Use one backtest's."))
    by_group = pd.DataFrame(
        {name: table[score].to_numpy() for name, table in (("mine", mine), ("other", other))}
    ).assign(g=mine["group"].to_numpy())
    sums = by_group.groupby("g")[["mine", "other"]].sum().to_numpy()
    drawing = as_generator(rng, "forecast.paired_gain")
    picks = drawing.multinomial(len(sums), np.full(len(sums), 1 / len(sums)), size=draws)
    resampled = picks @ sums
    gains = 1 - resampled[:, 0] / resampled[:, 1]
    low, high = np.quantile(gains, [(1 - level) / 2, (1 + level) / 2])
    origins = sorted(int(str(o)) for o in cases["origin"].unique())
    return PairedGain(
        float(1 - sums[:, 0].sum() / sums[:, 1].sum()),
        float(low),
        float(high),
        float((gains > 0).mean()),
        len(sums),
        len(origins),
        independent_origins(origins, int(horizons[0])),
    )


def _alike(one: pd.DataFrame, other: pd.DataFrame) -> bool:
    """Whether two models have the same cases in the same order."""
    return all(np.array_equal(one[key].to_numpy(), other[key].to_numpy()) for key in _KEY[1:])


def independent_origins(origins: list[int], horizon: int) -> int:
    """How many of some origins have windows that do not overlap.

    Examples
    --------
    >>> independent_origins([2015, 2016, 2017, 2018, 2019], 5), independent_origins([1, 2, 3], 1)
    (1, 3)
    """
    count, free = 0, -np.inf
    for origin in sorted(origins):
        if origin >= free:
            count, free = count + 1, origin + horizon
    return count


def split_errors(published: pd.DataFrame, closed: pd.DataFrame, by: list[str]) -> pd.DataFrame:
    """Split the squared error of medians into what people did and what the census corrected.

    Parameters
    ----------
    published, closed : DataFrame
        Cases of the same models, origins and horizons against published figures, and against
        series closed to the censuses; columns `truth` and `median`.
    by : list of str
        Columns of `published` to split by, such as ``["horizon"]`` or ``["horizon", "region"]``.

    Returns
    -------
    DataFrame
        One row a value of `by`: `cases`, `rmse` (published, log points), `demography` and
        `rebasing`: shares of the squared error that add up to 1, each with half of what the two
        have in common (so a share may be negative where one undoes the other).

    Raises
    ------
    DataError
        No case in both.
    """
    kept = published.dropna(subset=["truth", "median"])
    both = kept.merge(closed[[*_KEY, "truth"]], on=_KEY, suffixes=("", "_closed"))
    if both.empty:
        raise DataError(Fault("no case in both", "the same cases", "Score both alike."))
    error = both["truth"] - both["median"]
    people = both["truth_closed"] - both["median"]
    table = both.assign(
        square=error**2, demography=error * people, rebasing=error * (error - people)
    )
    found = table.groupby(by)[["square", "demography", "rebasing"]].sum()
    result = found[["demography", "rebasing"]].div(found["square"], axis=0)
    sizes = table.groupby(by).size()
    result.insert(0, "cases", sizes)
    result.insert(1, "rmse", np.sqrt(found["square"] / sizes))
    return result


@dataclass(frozen=True, eq=False)
class Choice:
    """Which model a rule picks from early targets alone.

    Parameters
    ----------
    model : str
    ratios : Series
        Model to mean CRPS over horizons, relative to the reference's; ascending.
    before : int
        No target of this year or later was looked at.
    """

    model: str
    ratios: pd.Series
    before: int


def choose_before(
    cases: pd.DataFrame, year: int, reference: str, default: str | None = None, margin: float = 0.01
) -> Choice:
    """Pick the model with the smallest mean CRPS over horizons from targets before a year alone.

    Parameters
    ----------
    cases : DataFrame
        Of a `Backtest`.
    year : int
        Targets of this year and later are not looked at.
    reference : str
        Model whose CRPS the others are divided by at each horizon.
    default : str, optional
        Kept unless another is better by more than `margin`, a share of the reference's CRPS.
    margin : float

    Raises
    ------
    DataError
        No target before the year, or no such reference or default.
    """
    early = cases[cases["origin"] + cases["horizon"] < year]
    table = early.pivot_table(index="horizon", columns="model", values="crps", sort=False)
    wanted = {reference, default or reference}
    if early.empty or not wanted <= set(table.columns):
        seen = f"{len(early)} cases before {year}, models {', '.join(map(str, table.columns))}"
        expected = f"some, {' and '.join(sorted(wanted))} among them"
        raise DataError(Fault(seen, expected, "Use earlier origins or other names."))
    ratios = table.div(table[reference], axis=0).mean().sort_values().rename("ratio")
    best = str(ratios.index[0])
    if default is not None and ratios.to_dict()[default] <= ratios.iloc[0] + margin:
        best = default
    return Choice(best, ratios, year)

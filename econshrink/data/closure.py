"""First closure: move an annual series onto the censuses at both ends of a decade."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from econshrink.data.boundaries import cell_status
from econshrink.data.old_base import UNSOUND, HoldGrowth, OldBaseRule, StraightLine, Wide
from econshrink.errors import DataError, Fault, raise_all
from econshrink.nouns.panel import CityPanel

DEFAULT = HoldGrowth(1)


@dataclass(frozen=True, eq=False)
class Closure:
    """A closed panel, what could not be closed, and how it was done.

    Parameters
    ----------
    panel : CityPanel
        The closed cities from the opening census year on: the closed variable under its own
        name, the series it came from as ``<variable>_raw``, every other variable untouched.
    excluded : DataFrame
        Columns `city` and `reason`: every city of either input that is not in `panel`.
    flagged : DataFrame
        Columns `city`, `year`, `status`: census figures that were used though `suspect`.
    rule : str
        The rule with all its options.
    """

    panel: CityPanel
    excluded: pd.DataFrame
    flagged: pd.DataFrame
    rule: str


def close_log_linear(
    annual: CityPanel,
    census: CityPanel,
    variable: str = "population",
    *,
    old_base: OldBaseRule | StraightLine = DEFAULT,
    censuses: tuple[int, int] = (2010, 2020),
) -> Closure:
    """Close an annual series to two censuses with a ratio that moves log-linearly between them.

    With A the annual figure, C the census and E the old-base level of the closing year,
    ln r(t) = (1 - w) ln(C0 / A0) + w ln(C1 / E), w = (t - t0) / (t1 - t0), and the closed
    series is r(t) A(t). Census years carry the census figure itself. After the closing census
    the ratio C1 / A1 to the observed cell of that year is carried forward, since later annual
    figures continue the new base. Years before the opening census are left out: no census is
    at hand to say how far the older base had drifted.

    Parameters
    ----------
    annual : CityPanel
        Annual series; boundary steps should be taken out first (`rebase_boundaries`).
    census : CityPanel
        Census figures of the same variable, same unit and boundary.
    variable : str
        Variable to close.
    old_base : HoldGrowth or ObservedCell or StraightLine
        By default `HoldGrowth(1)`. The annual cell of the closing year usually is the census
        already, so the figure on the old base was never observed; this option says what stands
        in for it.
    censuses : tuple of int
        Opening and closing census year.

    Returns
    -------
    Closure
        Cells that moved have status `estimated`, unless the annual cell was `suspect` or
        `wrong_concept`: such a cell stays flagged, as its error is still in it.

    Raises
    ------
    DataError
        The variable or a census year is missing, a figure is not positive, or one input is
        simulated and the other is not.

    Notes
    -----
    Closure corrects levels and the mean growth of the decade. It knows nothing about the course
    within the decade: closed less raw log growth is one constant per city between the opening
    census and the year before the closing one, so tests that compare raw with closed growth
    under city effects compare nothing. It uses a later census, so it must never enter a forecast
    that claims to be made before that census. Under `HoldGrowth` the closed growth of the
    closing year is that of the rule, not an observation.

    Examples
    --------
    >>> annual = CityPanel.from_long(pd.DataFrame({
    ...     "city": "230400", "year": range(2010, 2021),
    ...     "population": [100.0] * 10 + [80.0]}))
    >>> census = CityPanel.from_long(pd.DataFrame({
    ...     "city": "230400", "year": [2010, 2020], "population": [100.0, 80.0]}))
    >>> closed = close_log_linear(annual, census).panel.wide("population")
    >>> closed.loc["230400", [2010, 2015, 2020]].round(2).tolist()
    [100.0, 89.44, 80.0]
    """
    figures = _inputs(annual, census, variable, censuses)
    reasons, closed = _closed(figures, old_base, censuses)
    sound = np.array([not reason for reason in reasons])
    values = pd.DataFrame(closed, index=figures.cities, columns=figures.years)[sound]
    excluded = pd.DataFrame({"city": figures.cities, "reason": reasons})
    rule = f"close_log_linear({variable}; censuses {censuses[0]}, {censuses[1]}; {old_base!r})"
    return Closure(
        _panel(annual, census, variable, values, rule),
        excluded[~sound].reset_index(drop=True),
        _flagged(census, variable, values.index, censuses),
        rule,
    )


def base_shift(
    annual: CityPanel,
    census: CityPanel,
    variable: str = "population",
    *,
    old_base: OldBaseRule = DEFAULT,
    censuses: tuple[int, int] = (2010, 2020),
) -> pd.DataFrame:
    """How far the closing census lies from where the annual series was heading.

    Parameters
    ----------
    annual, census, variable, old_base, censuses
        As for `close_log_linear`.

    Returns
    -------
    DataFrame
        Index `city`, the cities with both figures: `old_base` and `census` (unit of the
        variable) and `shift` = census / old base - 1.

    Raises
    ------
    DataError
        As for `close_log_linear`.

    Examples
    --------
    >>> annual = CityPanel.from_long(pd.DataFrame({
    ...     "city": "230400", "year": range(2010, 2021), "population": [100.0] * 11}))
    >>> census = CityPanel.from_long(pd.DataFrame({
    ...     "city": "230400", "year": [2010, 2020], "population": [100.0, 80.0]}))
    >>> base_shift(annual, census)["shift"].round(3).tolist()
    [-0.2]
    """
    figures = _inputs(annual, census, variable, censuses)
    within = slice(figures.decade)
    level = old_base.level(figures.raw[:, within], figures.sound[:, within])
    table = pd.DataFrame({"old_base": level, "census": figures.closing}, index=figures.cities)
    return table.assign(shift=table["census"] / table["old_base"] - 1).dropna()


@dataclass(frozen=True, eq=False)
class _Inputs:
    """Figures of every city of either panel, years from the opening census on."""

    cities: pd.Index
    years: NDArray[np.int64]
    raw: Wide
    sound: NDArray[np.bool_]
    opening: Wide
    closing: Wide
    decade: int  # number of years from census to census, both counted


def _inputs(
    annual: CityPanel, census: CityPanel, variable: str, censuses: tuple[int, int]
) -> _Inputs:
    raw, counts = annual.wide(variable), census.wide(variable)
    raise_all(DataError, _faults(annual, census, raw, counts, censuses))
    start, end = censuses
    cities = raw.index.union(counts.index)
    years = np.arange(start, annual.years[-1] + 1)
    raw, counts = raw.reindex(index=cities, columns=years), counts.reindex(cities)
    status = annual.wide_status(variable).reindex(index=cities, columns=years)
    return _Inputs(
        cities,
        years,
        raw.to_numpy(dtype=float),
        raw.notna().to_numpy() & ~status.isin(UNSOUND).to_numpy(),
        counts[start].to_numpy(dtype=float),
        counts[end].to_numpy(dtype=float),
        end - start + 1,
    )


def _closed(
    figures: _Inputs,
    old_base: OldBaseRule | StraightLine,
    censuses: tuple[int, int],
) -> tuple[list[str], Wide]:
    """What each city lacks, and its closed series (without meaning where it lacks something)."""
    opening, closing, years = figures.opening, figures.closing, figures.decade
    series = figures.raw[:, :years]
    needed = {
        f"no census figure {censuses[0]}": opening,
        f"no census figure {censuses[1]}": closing,
    }
    if isinstance(old_base, StraightLine):
        within = opening[:, None] * _ratio(np.ones(len(opening)), closing / opening, years)
    else:
        level = old_base.level(series, figures.sound[:, :years])
        needed[f"no annual figure {censuses[0]}"] = series[:, 0]
        needed[f"no annual figures for {old_base!r}"] = level
        within = series * _ratio(opening / series[:, 0], closing / level, years)
    within[:, 0], within[:, -1] = opening, closing
    later = figures.raw[:, years:] * (closing / series[:, -1])[:, None]
    return _reasons(needed), np.hstack([within, later])


def _faults(
    annual: CityPanel,
    census: CityPanel,
    raw: pd.DataFrame,
    counts: pd.DataFrame,
    censuses: tuple[int, int],
) -> list[Fault]:
    faults = []
    if censuses[1] - censuses[0] < 2:
        faults.append(Fault(f"censuses {censuses}", "years at least two apart", "Mend `censuses`."))
    if annual.synthetic != census.synthetic:
        seen = f"annual synthetic={annual.synthetic}, census synthetic={census.synthetic}"
        faults.append(Fault(seen, "both real or both simulated", "Do not mix them."))
    for name, table in (("annual", raw), ("census", counts)):
        absent = [str(year) for year in censuses if year not in table.columns]
        if absent:
            expected = f"{censuses[0]} and {censuses[1]}"
            faults.append(
                Fault(f"no year {', '.join(absent)}", expected, "Check the panel.", f"{name} panel")
            )
        values = table.to_numpy(dtype=float)
        faults += [
            Fault(
                f"{values[row, column]:g}",
                "a positive figure",
                "Mend it.",
                f"{name} panel, {table.index[row]}, {table.columns[column]}",
            )
            for row, column in np.argwhere(values <= 0)
        ]
    return faults


def _ratio(first: Wide, last: Wide, years: int) -> Wide:
    """From one ratio to the other at constant growth, one row a city."""
    weight = np.linspace(0.0, 1.0, years)
    ratio: Wide = np.exp(np.outer(np.log(first), 1 - weight) + np.outer(np.log(last), weight))
    return ratio


def _reasons(needed: dict[str, Wide]) -> list[str]:
    """Why a city cannot be closed: everything it lacks, empty if nothing."""
    lacks = np.column_stack([np.isnan(values) for values in needed.values()])
    names = list(needed)
    return ["; ".join(name for name, gone in zip(names, row, strict=True) if gone) for row in lacks]


def _panel(
    annual: CityPanel, census: CityPanel, variable: str, values: pd.DataFrame, rule: str
) -> CityPanel:
    """The annual panel from the opening census on with the closed variable in place."""
    if values.empty:
        seen = "no city with the figures the closure needs"
        raise DataError(Fault(seen, "at least one", "Check that both panels share their codes."))
    city = annual.frame.index.get_level_values("city")
    year = annual.frame.index.get_level_values("year").to_numpy()
    keep = city.isin(values.index) & (year >= values.columns[0])
    rows = annual.frame.index[keep]
    place = values.index.get_indexer(rows.get_level_values("city"))
    column = values.columns.get_indexer(rows.get_level_values("year"))
    closed = pd.Series(values.to_numpy()[place, column], index=rows)
    raw = annual.column(variable)[keep]
    moved = pd.Series(closed.notna() & ~np.isclose(closed, raw, rtol=1e-12, atol=0.0), index=rows)
    before = cell_status(annual, variable)[keep]
    status = before.where(~moved | before.isin(UNSOUND), "estimated")
    known = cell_status(census, variable).reindex(rows)
    status = status.where(known.isna(), known)
    names = [variable, f"{variable}_raw"]
    return replace(
        annual,
        frame=annual.frame[keep].assign(**dict(zip(names, (closed, raw), strict=True))),
        status=annual.status[keep].assign(**dict(zip(names, (status, before), strict=True))),
        source=f"{annual.source}; {census.source}; {rule}",
    )


def _flagged(
    census: CityPanel, variable: str, cities: pd.Index, censuses: tuple[int, int]
) -> pd.DataFrame:
    status = cell_status(census, variable).rename("status").reset_index()
    used = status["city"].isin(cities) & status["year"].isin(censuses)
    return status[used & status["status"].isin(UNSOUND)].reset_index(drop=True)

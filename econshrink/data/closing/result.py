"""What a closure gives back, and how the closed panel is put together."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from econshrink.core.arrays import Floats
from econshrink.core.errors import DataError, Fault
from econshrink.data.closing.boundaries import cell_status
from econshrink.data.closing.figures import Figures, reasons
from econshrink.data.closing.old_base import UNSOUND
from econshrink.nouns.panel import CityPanel
from econshrink.nouns.show.page import Page, frame_grid
from econshrink.nouns.show.shown import Shown


@dataclass(frozen=True, eq=False, repr=False)
class Closure(Shown):
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
        The rule with all its options, the extrapolation to the closing year among them.
    """

    panel: CityPanel
    excluded: pd.DataFrame
    flagged: pd.DataFrame
    rule: str

    def _page(self) -> Page:
        panel, left = self.panel, len(self.excluded)
        brief = f"{len(panel.cities):,} units closed, {left:,} left out"
        facts = (
            ("Rule", self.rule),
            ("Closed", f"{len(panel.cities):,} units, {panel.years[0]}–{panel.years[-1]}"),
            ("Left out", f"{left:,}"),
            ("Census figures used though suspect", f"{len(self.flagged):,}"),
        )
        reasons = self.excluded["reason"].value_counts().rename_axis("reason")
        grids = (frame_grid(reasons.reset_index(name="units"), "Left out"),) if left else ()
        notes = ("The panel is in .panel, with the series it came from as <variable>_raw.",)
        return Page("Closed series", brief, facts, grids, notes, panel.synthetic)


def carry_on(figures: Figures, within: Floats) -> Floats:
    """Census years exact, and later years at the ratio of the census to the observed cell.

    Parameters
    ----------
    figures : Figures
    within : ndarray, shape (cities, decade)
        Closed series from census to census.

    Returns
    -------
    ndarray, shape (cities, years)
    """
    exact = within.copy()
    exact[:, 0], exact[:, -1] = figures.opening, figures.closing
    last = figures.raw[:, figures.decade - 1]
    later = figures.raw[:, figures.decade :] * (figures.closing / last)[:, None]
    return np.hstack([exact, later])


def assemble(
    annual: CityPanel,
    census: CityPanel,
    variable: str,
    figures: Figures,
    closed: Floats,
    needed: dict[str, Floats],
    rule: str,
) -> Closure:
    """Put the closed series in place of the annual one and list what was left out.

    Parameters
    ----------
    annual, census : CityPanel
        The panels `figures` were read from.
    variable : str
    figures : Figures
    closed : ndarray, shape (cities, years)
        Without meaning where a city lacks something.
    needed : dict of str to ndarray
        Reason for leaving a city out, and the figure whose absence is that reason.
    rule : str

    Returns
    -------
    Closure

    Raises
    ------
    DataError
        No city has what the closure needs.
    """
    lacks = reasons(needed)
    kept = np.array([not reason for reason in lacks])
    values = pd.DataFrame(closed, index=figures.cities, columns=figures.years)[kept]
    excluded = pd.DataFrame({"city": figures.cities, "reason": lacks})[~kept]
    if values.empty:
        seen = "no city with the figures the closure needs"
        raise DataError(Fault(seen, "at least one", "Check that both panels share their codes."))
    ends = (int(figures.years[0]), int(figures.years[figures.decade - 1]))
    return Closure(
        _panel(annual, census, variable, values, rule),
        excluded.reset_index(drop=True),
        _flagged(census, variable, values.index, ends),
        rule,
    )


def _panel(
    annual: CityPanel, census: CityPanel, variable: str, values: pd.DataFrame, rule: str
) -> CityPanel:
    """The annual panel from the opening census on with the closed variable in place."""
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

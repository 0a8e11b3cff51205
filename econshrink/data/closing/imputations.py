"""Several closed panels: the extrapolation rules and the smoother's draws as imputations."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from econshrink.core.errors import DataError, Fault, SpecError
from econshrink.data.closing.closure import close_log_linear
from econshrink.data.closing.old_base import HoldGrowth, HoldLevel, OldBaseRule
from econshrink.data.closing.smoother import SmoothedClosure, close_smoothed
from econshrink.nouns.panel import CityPanel
from econshrink.tables.panel_verb import takes_panels

RULES: tuple[OldBaseRule, ...] = (HoldLevel(), HoldGrowth(1), HoldGrowth(3))
FEWEST = 3
SMOOTHER = "smoother"


@dataclass(frozen=True, eq=False)
class Imputations:
    """Panels that are alike but for what had to be imputed.

    Parameters
    ----------
    panels : tuple of CityPanel
        Imputed cells have status `estimated`.
    labels : tuple of str
        How each panel came about.
    excluded : DataFrame
        Columns `city` and `reason`: cities of the input that are in no panel.
    note : str
        What a table that uses them must say.
    """

    panels: tuple[CityPanel, ...]
    labels: tuple[str, ...]
    excluded: pd.DataFrame
    note: str

    def __post_init__(self) -> None:
        if not self.panels or len(self.panels) != len(self.labels):
            seen = f"{len(self.panels)} panels and {len(self.labels)} labels"
            raise DataError(Fault(seen, "a label for every panel", "Mend them."))


@takes_panels
def closure_imputations(
    annual: CityPanel,
    census: CityPanel,
    variable: str = "population",
    *,
    rules: Sequence[OldBaseRule] = RULES,
    draws: int = 20,
    rng: np.random.Generator,
    smoothed: SmoothedClosure | None = None,
    censuses: tuple[int, int] = (2010, 2020),
) -> Imputations:
    """Draw closed panels over extrapolation rules and over the uncertainty of every year.

    Each draw takes one centre, in turn: the log-linear closure under each of `rules`, and the
    smoother. To the log of the centre it adds a draw of the smoother's deviations, which are
    zero in census years.

    Parameters
    ----------
    annual, census, variable, censuses
        As for `close_log_linear`.
    rules : sequence
        At least three different rules for the figure nobody observed: the closing year on the
        base of the years before.
    draws : int
        Number of panels; at least one for every rule and one for the smoother.
    rng : numpy.random.Generator
        Source of the draws, such as ``seeds.generator("closure.imputations")``.
    smoothed : SmoothedClosure, optional
        A smoother run on the same panels; by default it is run here.

    Returns
    -------
    Imputations
        Run the same analysis on every panel and combine with `econshrink.inference.multiple`.

    Raises
    ------
    SpecError
        Fewer than three different rules or too few draws.
    DataError
        As for `close_log_linear`; also a smoother of other cities or years.

    Notes
    -----
    The smoother's deviations hold its uncertainty about the last year too, so the spread over
    rules comes on top: combined standard errors err on the wide side. Neither adds information
    on the course within the decade; `guard_within_decade` refuses these panels as it does any
    closed one.

    Examples
    --------
    >>> from econshrink.data.china.panels import load_census_panel, load_china
    >>> several = closure_imputations(
    ...     load_china(), load_census_panel(), draws=4, rng=np.random.default_rng(1))
    >>> several.labels
    ('HoldLevel()', 'HoldGrowth(years=1)', 'HoldGrowth(years=3)', 'smoother')
    """
    if len({repr(rule) for rule in rules}) < FEWEST:
        seen = f"rules {', '.join(map(repr, rules)) or 'none'}"
        remedy = "One rule cannot show how much rests on it; add rules."
        raise SpecError(Fault(seen, f"at least {FEWEST} different rules", remedy))
    centres = len(rules) + 1
    if draws < centres:
        seen = f"{draws} draws for {centres} centres"
        raise SpecError(Fault(seen, f"at least {centres}", "Draw more."))
    smooth = smoothed or close_smoothed(annual, census, variable, censuses=censuses)
    _check_match(smooth, variable, censuses)
    closed = [
        close_log_linear(annual, census, variable, old_base=rule, censuses=censuses)
        for rule in rules
    ]
    panels = [closure.panel for closure in closed] + [smooth.closure.panel]
    names = [repr(rule) for rule in rules] + [SMOOTHER]
    common = sorted(set.intersection(*(set(panel.cities) for panel in panels)))
    absent = sorted(set(smooth.log_level.index.intersection(common)) ^ set(common))
    if absent or not common:
        seen = f"{len(common)} cities closed under every rule, {len(absent)} not smoothed"
        raise DataError(Fault(seen, "cities that all of them close", "Use the same panels."))
    shifts = smooth.deviations(draws, rng)
    kept = [panel.select(cities=common) for panel in panels]
    return Imputations(
        tuple(
            _moved(kept[draw % centres], variable, smooth.log_level, shifts[draw])
            for draw in range(draws)
        ),
        tuple(names[draw % centres] for draw in range(draws)),
        _left_out(annual, census, [c.excluded for c in (*closed, smooth.closure)], common),
        f"{draws} closed panels over the rules {', '.join(names)}",
    )


def _check_match(smooth: SmoothedClosure, variable: str, censuses: tuple[int, int]) -> None:
    years = smooth.log_level.columns
    same = (int(years[0]), int(years[-1])) == censuses
    if not same or f"{variable}_raw" not in smooth.closure.panel.variables:
        seen = f"a smoother from {years[0]} to {years[-1]} ({smooth.closure.rule[:40]} …)"
        expected = f"'{variable}' from {censuses[0]} to {censuses[1]}"
        raise DataError(Fault(seen, expected, "Leave `smoothed` out to run it here."))


def _moved(panel: CityPanel, variable: str, levels: pd.DataFrame, shift: np.ndarray) -> CityPanel:
    """The panel with the log of its variable shifted between the censuses."""
    table = pd.DataFrame(shift, levels.index, levels.columns)
    rows = panel.frame.index
    place = table.index.get_indexer(rows.get_level_values("city"))
    column = table.columns.get_indexer(rows.get_level_values("year"))
    move = np.where(column >= 0, table.to_numpy()[place, column], 0.0)
    values = panel.frame[variable] * np.exp(move)
    changed = (move != 0) & values.notna().to_numpy()
    before = panel.status[variable]
    # A flagged figure keeps its flag: its error is still in it.
    flagged = before.isin(("suspect", "wrong_concept"))
    status = before.where(~changed | flagged, "estimated")
    return replace(
        panel,
        frame=panel.frame.assign(**{variable: values}),
        status=panel.status.assign(**{variable: status}),
        source=f"{panel.source}; one of several imputations",
    )


def _left_out(
    annual: CityPanel, census: CityPanel, excluded: list[pd.DataFrame], common: list[str]
) -> pd.DataFrame:
    """Every city of the input that is in no panel, with the reasons of all closures."""
    every = pd.concat(excluded).groupby("city")["reason"].agg(lambda r: "; ".join(dict.fromkeys(r)))
    cities = sorted((set(annual.cities) | set(census.cities)) - set(common))
    return pd.DataFrame({"city": cities, "reason": every.reindex(cities).to_numpy()})

"""What the forecasting exhibits share: units, what was known when, truths, models."""

from __future__ import annotations

from functools import cache

import numpy as np
import pandas as pd

from analyses.shared.ages import natural_growth, natural_known
from analyses.shared.samples import annual_panel, boundary_units
from econshrink import CityPanel
from econshrink.data import (
    Publication,
    close_china,
    load_adjacency,
    load_boundary_changes,
    pseudo_vintage,
    rebase_boundaries,
)
from econshrink.forecast import (
    Boosted,
    Drift,
    InformationSet,
    LastValue,
    NaturalAndMigration,
    PathModel,
    PooledGrowth,
    ScaledDrift,
    Sees,
    ShareOfGrowth,
    ShiftShare,
    ShrunkDrift,
    Theta,
    TwoPart,
    information_set,
    national_mixture,
)

FIRST_TRUTH, LAST_YEAR, BASE, HORIZON_END = 2020, 2024, 2020, 2035
HORIZONS, USED = (1, 3, 5, 10), (5, 10)  # horizons scored; those where sums are reconciled
LOSS = 0.05
SOUND = ("reported", "rebased")  # a census step is what was published, and must be foreseen
# A compilation's census figures are out the year after the census.
PUBLISHED = Publication(rewritten={"rebased": 0})

NAIVE: dict[str, PathModel] = {"no_change": LastValue(), "drift": Drift()}
RULES: dict[str, PathModel] = {**NAIVE, "damped": Drift(damping=0.8), "boosted": Boosted()}
OTHERS: dict[str, PathModel] = {
    "shrunk": ShrunkDrift(),
    "share": ShareOfGrowth(),
    "shift": ShiftShare(),
    "theta": Theta(),
    "pooled": PooledGrowth(),
}
MIXTURE = "mixture"
NATIONAL = ("scaled", "two_part_8", "two_part_9", MIXTURE)  # models with a nation


def models(cities: tuple[str, ...]) -> dict[str, PathModel]:
    """The rules to beat, those with a nation, and the others, for these cities."""
    natural = natural_known(cities, LAST_YEAR, HORIZON_END - LAST_YEAR)
    return {
        **RULES,
        "scaled": ScaledDrift(natural),
        "two_part_8": TwoPart(natural, 0.8),
        "two_part_9": TwoPart(natural, 0.9),
        MIXTURE: national_mixture(natural),
        **OTHERS,
        # The tabulation of the census of 2010 was out in 2012.
        "cohort": NaturalAndMigration(natural_growth(cities, 2010, 25), 2011, 2012),
    }


@cache
def scored_panel() -> CityPanel:
    """Population of the units that have it every year and whose territory did not change."""
    panel = annual_panel()
    moved = boundary_units()
    units = [city for city in panel.cities if city not in moved]
    return panel.select(cities=units, variables=["population"])


@cache
def known_at(origin: int) -> InformationSet:
    """Pseudo-real-time: the compilation as far as it was out a year after the origin."""
    panel = scored_panel()
    vintage = pseudo_vintage(panel, origin + 1, PUBLISHED).panel
    return information_set(
        vintage, origin, usable=SOUND, pairs=load_adjacency(), cities=panel.cities
    )


def truth() -> pd.DataFrame:
    """Uncorrected published figures: persons, NaN where a cell is flagged or interpolated."""
    panel = scored_panel()
    status = panel.wide_status("population")
    return panel.wide("population").where(status.isin(SOUND))


def closed_panel() -> CityPanel:
    """The same units closed to both censuses: final data, which nobody had at the origin."""
    closed = close_china().panel
    return closed.select(cities=[c for c in scored_panel().cities if c in closed.cities])


def final_sees(panel: CityPanel) -> Sees:
    """Views of closed series cut at the origin: the later census is inside them."""

    @cache
    def sees(origin: int) -> InformationSet:
        kept = panel.select(years=[year for year in panel.years if year <= origin])
        return information_set(kept, origin, pairs=load_adjacency(), cities=panel.cities)

    return sees


@cache
def projection_view() -> tuple[InformationSet, pd.Series]:
    """All units at the last year, on one territory, and their residents of the base year."""
    people = annual_panel().select(variables=["population"])
    panel = rebase_boundaries(people, load_boundary_changes())
    view = information_set(
        pseudo_vintage(panel, LAST_YEAR + 1, PUBLISHED).panel,
        LAST_YEAR,
        usable=SOUND,
        pairs=load_adjacency(),
        cities=panel.cities,
    )
    return view, panel.wide("population")[BASE].where(~np.isnan(view.at(BASE)))

"""Read, flag and close figures: embedded tables of China, closure to the censuses."""

from econshrink.data.china.closed import close_china
from econshrink.data.china.loaders import (
    load_adjacency,
    load_annual_flags,
    load_boundaries,
    load_boundary_changes,
    load_census,
    load_census_age_sex,
    load_census_flags,
    load_census_profile,
)
from econshrink.data.china.national import (
    load_fertility,
    load_life_tables,
    load_national,
    load_national_ages,
    load_survival,
    national_population_known_in,
)
from econshrink.data.china.panels import load_census_panel, load_china, load_units
from econshrink.data.china.totals import check_official_totals
from econshrink.data.closing.boundaries import rebase_boundaries
from econshrink.data.closing.closure import (
    Closure,
    base_shift,
    close_log_linear,
    close_proportional,
)
from econshrink.data.closing.denton import Denton, close_denton, denton
from econshrink.data.closing.growth_model import GrowthMixture, GrowthModel
from econshrink.data.closing.guard import guard_raw_against_closed, guard_within_decade
from econshrink.data.closing.imputations import Imputations, closure_imputations
from econshrink.data.closing.old_base import HoldGrowth, HoldLevel, ObservedCell, StraightLine
from econshrink.data.closing.smoother import SmoothedClosure, close_smoothed, smooth_decade
from econshrink.data.vintage import Publication, Vintage, as_known_in

__all__ = [
    "Closure",
    "Denton",
    "GrowthMixture",
    "GrowthModel",
    "HoldGrowth",
    "HoldLevel",
    "Imputations",
    "ObservedCell",
    "Publication",
    "SmoothedClosure",
    "StraightLine",
    "Vintage",
    "as_known_in",
    "base_shift",
    "check_official_totals",
    "close_china",
    "close_denton",
    "close_log_linear",
    "close_proportional",
    "close_smoothed",
    "closure_imputations",
    "denton",
    "guard_raw_against_closed",
    "guard_within_decade",
    "load_adjacency",
    "load_annual_flags",
    "load_boundaries",
    "load_boundary_changes",
    "load_census",
    "load_census_age_sex",
    "load_census_flags",
    "load_census_panel",
    "load_census_profile",
    "load_china",
    "load_fertility",
    "load_life_tables",
    "load_national",
    "load_national_ages",
    "load_survival",
    "load_units",
    "national_population_known_in",
    "rebase_boundaries",
    "smooth_decade",
]

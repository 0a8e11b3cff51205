"""Read, flag and close figures: embedded tables of China, closure to the censuses."""

from econshrink.data.boundaries import rebase_boundaries
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
)
from econshrink.data.china.panels import load_census_panel, load_china, load_units
from econshrink.data.china.totals import check_official_totals
from econshrink.data.closure import Closure, base_shift, close_log_linear
from econshrink.data.old_base import HoldGrowth, ObservedCell, StraightLine

__all__ = [
    "Closure",
    "HoldGrowth",
    "ObservedCell",
    "StraightLine",
    "base_shift",
    "check_official_totals",
    "close_china",
    "close_log_linear",
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
    "rebase_boundaries",
]

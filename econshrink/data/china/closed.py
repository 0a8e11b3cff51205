"""The embedded annual population, on one territory and closed to both censuses."""

from __future__ import annotations

from econshrink.data.china.loaders import load_boundary_changes
from econshrink.data.china.panels import load_census_panel, load_china
from econshrink.data.closing.boundaries import rebase_boundaries
from econshrink.data.closing.closure import DEFAULT, Closure, close_log_linear
from econshrink.data.closing.old_base import OldBaseRule, StraightLine


def close_china(old_base: OldBaseRule | StraightLine = DEFAULT) -> Closure:
    """Close the annual population of China's prefecture-level units to the censuses 2010 and 2020.

    Parameters
    ----------
    old_base : HoldGrowth or ObservedCell or StraightLine
        What stands in for the figure of 2020 on the base of 2011-19; see `close_log_linear`,
        also for what closure cannot tell.

    Returns
    -------
    Closure
        297 of the 337 units: 39 have no annual population, Sansha no census figure of 2010
        (`StraightLine` needs no annual figure and closes 336). Years before a boundary step are
        first moved to the later territory (`rebase_boundaries`); `population_raw` is the series
        after that step.

    Raises
    ------
    DataError
        An embedded table is damaged.

    Examples
    --------
    >>> closure = close_china()
    >>> len(closure.panel.cities), len(closure.excluded)
    (297, 40)
    >>> closure.panel.wide("population").loc["230400", [2010, 2020]].tolist()
    [1058665.0, 891271.0]
    """
    annual = rebase_boundaries(load_china(), load_boundary_changes())
    return close_log_linear(annual, load_census_panel(), old_base=old_base)

"""Shares of the variance of a total that its components carry."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from econshrink.core.arrays import Floats
from econshrink.core.errors import DataError, Fault
from econshrink.decompose.rows import (
    Rows,
    assemble_decomposition,
    centred,
    clustered_errors,
    cross_section,
    draw_weights,
    moments,
    usual_cluster,
    with_totals,
)
from econshrink.inference.resampling import Resampling
from econshrink.nouns.decomposition import Decomposition
from econshrink.nouns.panel import CityPanel
from econshrink.nouns.spec import Spec
from econshrink.tables.panel_verb import takes_panels

ADDING_UP = 1e-9  # gap between a row's total and its components, relative to the largest total


@takes_panels
def covariance_shares(
    panel: CityPanel,
    total: str,
    components: Sequence[str],
    resampling: Resampling = Resampling(),  # noqa: B008 - a frozen option, never changed
) -> Decomposition:
    """Split the variance of a total: cov(component, total) / var(total).

    A share is the slope of the component on the total: how much of a place's distance from the
    mean the component makes up on average. It can be negative or exceed one.

    Parameters
    ----------
    panel : CityPanel or any table
        Of a table name ``unit=`` and ``time=``.
        One row a unit.
    total : str
        A variable that is the sum of the components in every row.
    components : sequence of str
    resampling : Resampling
        By province, or unit without one, unless named otherwise, as are the standard errors.

    Returns
    -------
    Decomposition
        Target ``"variance"``, total 1.

    Raises
    ------
    DataError
        Components that do not add up; see `prepare`.

    Examples
    --------
    >>> import pandas as pd
    >>> panel = CityPanel.from_long(pd.DataFrame({"city": ["110000", "120000", "130000"],
    ...     "year": 2020, "all": [0.0, 2.0, 4.0], "a": [0.0, 2.0, 1.0], "b": [0.0, 0.0, 3.0]}))
    >>> found = covariance_shares(panel, "all", ("a", "b"), Resampling(9, cluster="city"))
    >>> found.number("variance", "a"), found.number("variance", "b")
    (0.25, 0.75)
    """
    names = tuple(components)
    cluster = resampling.unit(usual_cluster(panel))
    rows = cross_section(
        panel,
        Spec(total, names),
        {name: (name,) for name in names},
        cluster,
    )
    checked_sum(rows, total)
    columns = np.column_stack([np.ones(len(rows.y)), rows.x, rows.y])
    weights = draw_weights(rows, resampling, f"covariance_shares.{rows.cluster}")
    _, centre = centred(moments(columns, rows.clusters, weights))
    shares = centre[:, :-1, -1] / centre[:, -1, -1, None]
    labels, values = with_totals([("variance", name) for name in names], shares)
    errors = clustered_errors(_influence(rows.x, rows.y, shares[0]), rows.clusters)
    return assemble_decomposition(
        rows,
        f"covariance shares of {total}",
        labels,
        values[0],
        values[1:],
        resampling,
        errors=np.append(errors, 0.0),
    )


def checked_sum(rows: Rows, total: str) -> None:
    """Raise a `DataError` unless the regressors of every row add up to its outcome."""
    gap = np.abs(rows.x.sum(axis=1) - rows.y)
    if gap.max() > ADDING_UP * np.abs(rows.y).max():
        worst = rows.design.cities[rows.design.city[int(gap.argmax())]]
        seen = f"components that miss '{total}' by up to {gap.max():.3g} (city {worst})"
        raise DataError(Fault(seen, "components that add up in every row", "Complete them."))


def _influence(x: Floats, y: Floats, shares: Floats) -> Floats:
    """Influence of each row on each share, shape (n, k)."""
    deviation = y - y.mean()
    left = (x - x.mean(axis=0)) - deviation[:, None] * shares
    return np.asarray(deviation[:, None] * left / (deviation @ deviation))

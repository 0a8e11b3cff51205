"""Mean change of each class of places, by component, and how two classes differ."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from econshrink.core.arrays import Floats
from econshrink.core.errors import Fault, SpecError
from econshrink.decompose.covariances import checked_sum
from econshrink.decompose.rows import (
    assemble_decomposition,
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


@takes_panels
def component_means(
    panel: CityPanel,
    total: str,
    components: Sequence[str],
    by: str,
    *,
    contrasts: Sequence[tuple[str, str]] = (),
    resampling: Resampling = Resampling(),  # noqa: B008 - a frozen option, never changed
) -> Decomposition:
    """Mean of a total in each class of places, as the sum of the components' means.

    Parameters
    ----------
    panel : CityPanel or any table
        Of a table name ``unit=`` and ``time=``.
        One row a unit; every unit counts alike.
    total : str
        A variable that is the sum of the components in every row.
    components : sequence of str
    by : str
        City attribute whose labels are the classes.
    contrasts : sequence of (str, str)
        Pairs of classes (a, b) to compare: target ``"a less b"``.
    resampling : Resampling
        By province, or unit without one, unless named otherwise, as are the standard errors.

    Returns
    -------
    Decomposition
        A target a class or contrast, a part a component.

    Raises
    ------
    SpecError, DataError
        Components that do not add up, a row without a label, a contrast of unknown classes; see
        `cross_section`.

    Examples
    --------
    >>> import pandas as pd
    >>> codes = ["110000", "120000", "130000", "140000"]
    >>> panel = CityPanel.from_long(pd.DataFrame({"city": codes, "year": 2020,
    ...     "all": [1.0, 3.0, -2.0, -4.0], "a": [1.0, 2.0, 1.0, 0.0], "b": [0.0, 1.0, -3.0, -4.0]}),
    ...     attributes=pd.DataFrame({"kind": ["up", "up", "down", "down"]}, index=codes))
    >>> found = component_means(panel, "all", ("a", "b"), "kind", contrasts=[("down", "up")],
    ...                         resampling=Resampling(9, cluster="city"))
    >>> found.wide().loc["down less up"].tolist()
    [-1.0, -4.0, -5.0]
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
    place = rows.attribute(by)
    classes = sorted(set(place))
    unknown = sorted({name for pair in contrasts for name in pair} - set(classes))
    if unknown:
        raise SpecError(
            Fault(f"class {', '.join(unknown)}", f"one of {', '.join(classes)}", "Check it.")
        )
    member = (place[:, None] == np.array(classes)).astype(np.float64)
    weights = draw_weights(rows, resampling, f"component_means.{by}.{rows.cluster}")
    products = moments(np.column_stack([rows.x, member]), rows.clusters, weights)
    k = len(names)
    count = np.einsum("bii->bi", products[:, k:, k:])
    with np.errstate(divide="ignore", invalid="ignore"):
        means = products[:, k:, :k] / count[:, :, None]  # draws, classes, components
    influence = _influence(rows.x, member, means[0])
    pairs = [(classes.index(a), classes.index(b)) for a, b in contrasts]
    targets = [*classes, *(f"{a} less {b}" for a, b in contrasts)]
    labels = [(target, name) for target in targets for name in names]
    named, values = with_totals(labels, _flat(means, pairs))
    _, errors = with_totals(labels, _flat(influence, pairs))
    return assemble_decomposition(
        rows,
        f"mean components of {total} by {by}",
        named,
        values[0],
        values[1:],
        resampling,
        errors=clustered_errors(errors, rows.clusters),
    )


def _influence(x: Floats, member: Floats, means: Floats) -> Floats:
    """Influence of each row on each class mean, shape (n, classes, components)."""
    deviation = x[:, None, :] - means[None]
    return np.asarray(member[:, :, None] * deviation / member.sum(axis=0)[None, :, None])


def _flat(values: Floats, pairs: list[tuple[int, int]]) -> Floats:
    """Classes, then differences of pairs, laid out flat: (B, targets × components)."""
    parts = [values, *((values[:, [a]] - values[:, [b]]) for a, b in pairs)]
    return np.concatenate(parts, axis=1).reshape(len(values), -1)

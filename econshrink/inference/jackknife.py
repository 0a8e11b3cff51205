"""Cluster jackknife covariance (CRV3): each cluster left out in turn, by Gram downdates."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from econshrink.arrays import Floats, Ints, codes, is_nested, symmetric
from econshrink.errors import Fault, SpecError, raise_all
from econshrink.inference.absorption import absorber, sweep
from econshrink.inference.linear_fit import Covariance, Labels, LinearFit, only_least_squares

MOST_DUMMIES = 400  # levels of effects not nested in the clusters; one solve a cluster
CENTRES = ("estimate", "mean")


@dataclass(frozen=True)
class Jackknife:
    """Delete-one-cluster jackknife (CRV3; MacKinnon, Nielsen and Webb 2023).

    V = (G−1)/G Σ_g (b_(g) − b)(b_(g) − b)', b_(g) estimated without cluster g, all effects
    estimated afresh. More reliable than CRV1 with few or unequal clusters.

    Parameters
    ----------
    by : str
        Clusters, as in `Clustered`; one way.
    centre : str
        ``estimate``: about b (CRV3); ``mean``: about the mean of the b_(g) (CRV3J).

    Raises
    ------
    SpecError
        Unknown centre; on use: fewer than two clusters, too many levels of effects that are not
        nested in the clusters, a cluster without which the coefficients are not identified.

    Examples
    --------
    >>> Jackknife("province").groupings
    ('province',)
    """

    by: str = "city"
    centre: str = "estimate"

    def __post_init__(self) -> None:
        if self.centre not in CENTRES:
            seen = f"centre '{self.centre}'"
            raise SpecError(Fault(seen, f"one of {', '.join(CENTRES)}", "Name a known centre."))

    @property
    def groupings(self) -> tuple[str, ...]:
        """Row labels it needs."""
        return (self.by,)

    def covariance(self, fit: LinearFit, labels: Labels) -> Covariance:
        """Covariance of the coefficients of `fit`."""
        only_least_squares(fit, "a jackknife")
        groups, count = codes(labels[self.by])
        if count < 2:
            seen = f"{count} cluster by {self.by}"
            raise SpecError(Fault(seen, "at least 2 clusters", "Cluster by a finer unit."))
        left_out = leave_one_out(fit, groups)
        centre = fit.coefficients if self.centre == "estimate" else left_out.mean(axis=0)
        spread = left_out - centre
        matrix = symmetric((count - 1) / count * spread.T @ spread)
        label = f"cluster jackknife (CRV3) by {self.by}, about the {self.centre}"
        stats = {"vcov_factor": (count - 1) / count}
        return Covariance(matrix, label, "none", count - 1.0, {self.by: count}, stats)


def leave_one_out(fit: LinearFit, groups: Ints) -> Floats:
    """Coefficients without each cluster in turn, shape (G, k).

    Parameters
    ----------
    fit : LinearFit
        Least squares, effects swept out.
    groups : ndarray of int, shape (n,)
        Dense codes of the clusters.

    Returns
    -------
    ndarray

    Raises
    ------
    SpecError
        Too many levels of effects across clusters, or a cluster that cannot be spared.

    Notes
    -----
    Effects nested in the clusters leave with them. The dummies of the others join the regressors:
    the swept regressors and these dummies span what the raw regressors and dummies span, so the
    coefficients are those of a literal refit.

    Examples
    --------
    >>> from econshrink.inference.linear_fit import least_squares
    >>> x, y = np.array([[1.0], [1.0], [1.0]]), np.array([1.0, 2.0, 6.0])
    >>> leave_one_out(LinearFit(y, x, *least_squares(y, x)), np.array([0, 1, 2])).ravel()
    array([4. , 3.5, 1.5])
    """
    dummies = _crossing_dummies(fit, groups)
    m = dummies.shape[1]
    columns = np.column_stack([dummies, fit.x, fit.y])
    scale = np.sqrt((columns**2).sum(axis=0))
    columns = columns / scale
    total = columns.T @ columns
    found = np.empty((int(groups.max()) + 1, fit.slopes))
    lost = []
    order = np.argsort(groups, kind="stable")
    edges = np.searchsorted(groups[order], np.arange(len(found) + 1))
    for g in range(len(found)):
        rows = columns[order[edges[g] : edges[g + 1]]]
        gram = total - rows.T @ rows
        rest = gram[m:, m:]
        if m:
            inverse = np.linalg.pinv(gram[:m, :m], rcond=1e-11, hermitian=True)
            rest = rest - gram[m:, :m] @ inverse @ gram[:m, m:]
        xx, xy = rest[:-1, :-1], rest[:-1, -1]
        if np.linalg.eigvalsh(symmetric(xx)).min() < 1e-10:
            lost.append(g)
            continue
        found[g] = np.linalg.solve(xx, xy)
    if lost:
        raise SpecError(
            Fault(
                f"{len(lost)} clusters without which some coefficient is not identified",
                "coefficients that no single cluster carries alone",
                "Leave out the covariate that varies in one cluster only, or use Clustered.",
            )
        )
    return np.asarray(found * (scale[-1] / scale[m:-1]))


def _crossing_dummies(fit: LinearFit, groups: Ints) -> Floats:
    """Dummies of effects that are not nested in the clusters, nested effects swept out."""
    nested = [e for e in fit.effects if is_nested(e, groups)]
    across = [e for e in fit.effects if not is_nested(e, groups)]
    levels = sum(int(e.max()) + 1 for e in across)
    if levels > MOST_DUMMIES:
        seen = f"{levels} levels of effects that are not nested in the clusters"
        raise_all(
            SpecError,
            [Fault(seen, f"at most {MOST_DUMMIES}", "Use Clustered or coarser clusters.")],
        )
    if not across:
        return np.empty((fit.nobs, 0))
    dummies = np.column_stack(
        [(e[:, None] == np.arange(1, int(e.max()) + 1)).astype(float) for e in across]
    )
    weights = fit.absorber.weights if fit.absorber is not None else None
    if nested:
        dummies = sweep(absorber(nested, weights), dummies)
    else:
        dummies = np.column_stack([np.ones(fit.nobs), dummies])
    if weights is not None:
        dummies = dummies * np.sqrt(weights)[:, None]
    size = np.sqrt((dummies**2).sum(axis=0))
    return np.asarray(dummies[:, size > 1e-10 * size.max()])

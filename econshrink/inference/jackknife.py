"""Cluster jackknife covariance (CRV3): each cluster left out in turn, by Gram downdates."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.linalg import solve_triangular

from econshrink.core.arrays import Floats, Ints, codes, symmetric
from econshrink.core.errors import Fault, SpecError
from econshrink.inference.gram.grams import ClusterGrams, cluster_grams, sums_without
from econshrink.inference.gram.partial import coefficients, partial_out
from econshrink.inference.linear_fit import UNIT, Covariance, Labels, LinearFit, only_least_squares
from econshrink.inference.small_sample import counts_of

BLOCK = 256  # clusters left out together, to bound the memory


@dataclass(frozen=True)
class Jackknife:
    """Delete-one-cluster jackknife (CRV3; MacKinnon, Nielsen and Webb 2023).

    V = (G−1)/G Σ_g (b_(g) − b)(b_(g) − b)', b_(g) estimated without cluster g, all effects
    estimated afresh. More reliable than CRV1 with few or unequal clusters.

    Parameters
    ----------
    by : str
        Clusters, as in `Clustered`; one way.
    about_mean : bool
        Spread about the mean of the b_(g) (CRV3J), not about b (CRV3).

    Raises
    ------
    SpecError
        On use: fewer than two clusters, more than 250 linked levels of effects
        that cross the clusters, a cluster without which the coefficients are not identified.

    Examples
    --------
    >>> Jackknife("province").groupings
    ('province',)
    """

    by: str = UNIT
    about_mean: bool = False

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
        centre = left_out.mean(axis=0) if self.about_mean else fit.coefficients
        spread = left_out - centre
        matrix = symmetric((count - 1) / count * spread.T @ spread)
        about = "mean" if self.about_mean else "estimate"
        label = f"cluster jackknife (CRV3) by {self.by}, about the {about}"
        stats = counts_of("none", fit, [groups], (count - 1) / count)
        return Covariance(
            matrix, label, "none", count - 1.0, {self.by: count}, stats, kind="jackknife"
        )


def leave_one_out(fit: LinearFit, groups: Ints) -> Floats:
    """Coefficients without each cluster in turn, shape (G, k).

    Takes `fit`: least squares, effects swept out; `groups` of shape (n,): dense codes of the
    clusters.

    Raises `SpecError`: too many levels of effects across clusters, or a cluster that cannot be
    spared.

    Effects nested in the clusters leave with them. The dummies of the others join the regressors:
    the swept regressors and these dummies span what the raw regressors and dummies span, so the
    coefficients are those of a literal refit.
    """
    size = np.sqrt((fit.x**2).sum(axis=0))
    basis, triangle = np.linalg.qr(fit.x / size)
    scale = float(np.sqrt(fit.rss)) or 1.0
    weights = fit.absorber.weights if fit.absorber is not None else None
    residuals = (fit.residuals / scale)[:, None]
    grams = cluster_grams(fit.effects, basis, residuals, groups, weights)
    changes = left_out_coefficients(grams)
    lost = int(np.isnan(changes).any(axis=1).sum())
    if lost:
        raise SpecError(
            Fault(
                f"{lost} clusters without which some coefficient is not identified",
                "coefficients that no single cluster carries alone",
                "Leave out the covariate that varies in one cluster only, or use Clustered.",
            )
        )
    return np.asarray(fit.coefficients + solve_triangular(triangle, changes.T).T / size * scale)


def left_out_coefficients(grams: ClusterGrams) -> Floats:
    """Coefficients without each cluster in turn, shape (G, k); NaN where not identified.

    Takes `grams`: with one outcome.

    Examples
    --------
    >>> x, y = np.array([[1.0], [2.0]]), np.array([[3.0], [4.0]])
    >>> left_out_coefficients(cluster_grams((), x, y, np.array([0, 1]))).ravel()
    array([2., 3.])
    """
    parts = []
    for start in range(0, grams.clusters, BLOCK):
        units = np.arange(start, min(start + BLOCK, grams.clusters))
        found = partial_out(grams, sums_without(grams, units))
        parts.append(coefficients(found, grams.slopes)[0])
    return np.concatenate(parts)

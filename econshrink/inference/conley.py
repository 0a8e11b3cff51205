"""Covariance for errors correlated between near cities and near years (Conley)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import sparse
from scipy.spatial import cKDTree

from econshrink.core.arrays import Floats, codes
from econshrink.core.errors import Fault, SpecError, raise_all
from econshrink.core.field_types import typed_fields
from econshrink.inference.linear_fit import TIME, UNIT, Covariance, Labels, LinearFit
from econshrink.inference.sandwich import repaired
from econshrink.inference.small_sample import checked_rule, degrees_of_freedom, factor

EARTH_RADIUS_KM = 6371.0088  # mean radius, IUGG


@dataclass(frozen=True)
class Bartlett:
    """K(z) = 1 − z below the cutoff z = 1, and 0 beyond.

    Examples
    --------
    >>> Bartlett().weights(np.array([0.0, 0.5, 1.0, 1.01]))
    array([1. , 0.5, 0. , 0. ])
    """

    label = "bartlett"

    def weights(self, distance: Floats) -> Floats:
        """Weights of distances in cutoffs."""
        return np.asarray(np.clip(1 - distance, 0.0, None))


@dataclass(frozen=True)
class Uniform:
    """K(z) = 1 up to the cutoff z = 1, and 0 beyond.

    Examples
    --------
    >>> Uniform().weights(np.array([0.0, 0.5, 1.0, 1.01]))
    array([1., 1., 1., 0.])
    """

    label = "uniform"

    def weights(self, distance: Floats) -> Floats:
        """Weights of distances in cutoffs."""
        return (distance <= 1.0).astype(float)


@dataclass(frozen=True)
@typed_fields
class Conley:
    """Errors correlated within a distance and within some years (Conley 1999).

    V = c · B [Σ_{i,j} Σ_{t,s} K(d_ij / D) w(|t − s|) s_it s_js'] B with scores s_it = x_it u_it,
    great-circle distance d_ij, spatial kernel K and w(l) = 1 − l/(L+1). With `own_lags_only` the
    terms between different cities in different years are left out (Hsiang 2010).

    A sum that is not positive semi-definite (possible: these kernels are not, in the plane) is
    repaired by setting negative eigenvalues to zero, and a note says so.

    Parameters
    ----------
    cutoff_km : float
        D, kilometres.
    lags : int
        L, calendar years; zero correlates rows of one year only.
    kernel : Bartlett or Uniform
    own_lags_only : bool
    small_sample : str
        c = N/(N−K) with K as the rule counts it without clusters; ``none`` for c = 1.
    latitude, longitude : str
        City attributes or variables, degrees.

    Raises
    ------
    SpecError
        Cutoff not positive, negative lags, unknown kernel or rule; on use: coordinates missing
        or out of range.

    Examples
    --------
    >>> Conley(200, lags=2).groupings
    ('(unit)', '(time)', 'number:latitude', 'number:longitude')
    """

    cutoff_km: float
    lags: int = 0
    kernel: Bartlett | Uniform = Bartlett()
    own_lags_only: bool = False
    small_sample: str = "none"
    latitude: str = "latitude"
    longitude: str = "longitude"

    def __post_init__(self) -> None:
        checked_rule(self.small_sample)
        faults = []
        if not self.cutoff_km > 0:
            faults.append(Fault(f"cutoff_km={self.cutoff_km}", "above zero", "Name a distance."))
        if self.lags < 0:
            faults.append(Fault(f"lags={self.lags}", "zero or more", "Name a number of years."))
        raise_all(SpecError, faults)

    @property
    def groupings(self) -> tuple[str, ...]:
        """Row labels it needs."""
        return (UNIT, TIME, f"number:{self.latitude}", f"number:{self.longitude}")

    def covariance(self, fit: LinearFit, labels: Labels) -> Covariance:
        """Covariance of the coefficients of `fit`."""
        city, cities = codes(labels[UNIT])
        latitude, longitude = (labels[name] for name in self.groupings[2:])
        raise_all(SpecError, _coordinate_faults(latitude, longitude))
        first = np.unique(city, return_index=True)[1]
        near = near_weights(latitude[first], longitude[first], self.cutoff_km, self.kernel)
        year = labels[TIME] - labels[TIME].min()
        scores = np.zeros((cities, int(year.max()) + 1, fit.slopes))
        np.add.at(scores, (city, year), fit.scores)
        middle = self._middle(scores, near)
        scale = factor(self.small_sample, fit)
        matrix, notes = repaired(scale * fit.bread @ middle @ fit.bread)
        label = f"Conley, {self.kernel.label} kernel to {self.cutoff_km:g} km, {self.lags} lags" + (
            " of the own city" if self.own_lags_only and self.lags else ""
        )
        stats = {
            "vcov_factor": scale,
            "vcov_cutoff_km": float(self.cutoff_km),
            "vcov_lags": float(self.lags),
            "vcov_neighbours": float((near.data > 0).sum() / cities - 1),
        }
        df_t = degrees_of_freedom(self.small_sample, fit)
        return Covariance(matrix, label, self.small_sample, df_t, {}, stats, notes, "conley")

    def _middle(self, scores: Floats, near: sparse.csr_array) -> Floats:
        """Sum over pairs of rows; `scores` of shape (cities, years, k)."""
        years, k = scores.shape[1:]
        smooth = (near @ scores.reshape(len(scores), -1)).reshape(scores.shape)
        middle = scores.reshape(-1, k).T @ smooth.reshape(-1, k)
        partner = scores if self.own_lags_only else smooth
        for lag in range(1, min(self.lags, years - 1) + 1):
            cross = scores[:, lag:].reshape(-1, k).T @ partner[:, :-lag].reshape(-1, k)
            middle = middle + (1 - lag / (self.lags + 1)) * (cross + cross.T)
        return np.asarray(middle)


def near_weights(
    latitude: Floats, longitude: Floats, cutoff_km: float, kernel: Bartlett | Uniform
) -> sparse.csr_array:
    """Kernel weights of all pairs of points up to the cutoff, shape (n, n), diagonal 1.

    A tree over points on the sphere finds the pairs, so that memory grows with their number and
    not with the square of n.

    Examples
    --------
    >>> near_weights(np.array([0.0, 0.0, 50.0]), np.zeros(3), 100.0, Uniform()).toarray()[0]
    array([1., 1., 0.])
    """
    phi, lam = np.radians(latitude), np.radians(longitude)
    points = np.column_stack([np.cos(phi) * np.cos(lam), np.cos(phi) * np.sin(lam), np.sin(phi)])
    angle = min(cutoff_km / EARTH_RADIUS_KM, np.pi)
    reach = 2 * np.sin(angle / 2) * (1 + 1e-12) + 1e-12  # the chord; the kernel decides the edge
    a, b = cKDTree(points).query_pairs(reach, output_type="ndarray").T
    weight = kernel.weights(_great_circle(phi[a], lam[a], phi[b], lam[b]) / cutoff_km)
    own = np.arange(len(latitude))
    rows, columns = np.concatenate([a, b, own]), np.concatenate([b, a, own])
    values = np.concatenate([weight, weight, np.ones(len(own))])
    return sparse.csr_array((values, (rows, columns)), shape=(len(own), len(own)))


def haversine(latitude: Floats, longitude: Floats) -> Floats:
    """Great-circle distances between all points (degrees), kilometres, shape (n, n).

    Time and memory grow with the square of the points.

    Examples
    --------
    >>> haversine(np.array([0.0, 0.0]), np.array([0.0, 180.0])).round(1)[0]
    array([    0. , 20015.1])
    """
    phi, lam = np.radians(latitude), np.radians(longitude)
    return _great_circle(phi[:, None], lam[:, None], phi, lam)


def _great_circle(phi1: Floats, lam1: Floats, phi2: Floats, lam2: Floats) -> Floats:
    """Kilometres between points given in radians, by the haversine formula."""
    half = np.sin((phi1 - phi2) / 2) ** 2 + np.cos(phi1) * np.cos(phi2) * (
        np.sin((lam1 - lam2) / 2) ** 2
    )
    return np.asarray(2 * EARTH_RADIUS_KM * np.arcsin(np.sqrt(np.clip(half, 0.0, 1.0))))


def _coordinate_faults(latitude: Floats, longitude: Floats) -> list[Fault]:
    wrong = (np.abs(latitude) > 90) | (np.abs(longitude) > 360)
    if not wrong.any():
        return []
    seen = f"coordinates out of range in {int(wrong.sum())} rows"
    return [Fault(seen, "degrees, latitude from -90 to 90", "Convert or exchange them.")]

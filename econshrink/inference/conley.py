"""Covariance for errors correlated between near cities and near years (Conley)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from econshrink.core.arrays import Floats, codes
from econshrink.core.errors import Fault, SpecError, raise_all
from econshrink.inference.linear_fit import TIME, UNIT, Covariance, Labels, LinearFit
from econshrink.inference.sandwich import repaired
from econshrink.inference.small_sample import checked_rule, degrees_of_freedom, factor

EARTH_RADIUS_KM = 6371.0088  # mean radius, IUGG
KERNELS = ("bartlett", "uniform")


@dataclass(frozen=True)
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
    kernel : str
        ``bartlett``: K(z) = 1 − z below the cutoff; ``uniform``: K(z) = 1 up to it.
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
    kernel: str = "bartlett"
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
        if self.kernel not in KERNELS:
            seen = f"kernel '{self.kernel}'"
            faults.append(Fault(seen, f"one of {', '.join(KERNELS)}", "Name a known kernel."))
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
        near = spatial_kernel(
            haversine(latitude[first], longitude[first]), self.cutoff_km, self.kernel
        )
        year = labels[TIME] - labels[TIME].min()
        scores = np.zeros((int(year.max()) + 1, cities, fit.slopes))
        np.add.at(scores, (year, city), fit.scores)
        middle = self._middle(scores, near)
        scale = factor(self.small_sample, fit)
        matrix, notes = repaired(scale * fit.bread @ middle @ fit.bread)
        label = f"Conley, {self.kernel} kernel to {self.cutoff_km:g} km, {self.lags} lags" + (
            " of the own city" if self.own_lags_only and self.lags else ""
        )
        stats = {
            "vcov_factor": scale,
            "vcov_cutoff_km": float(self.cutoff_km),
            "vcov_lags": float(self.lags),
            "vcov_neighbours": float((near > 0).sum() / cities - 1),
        }
        df_t = degrees_of_freedom(self.small_sample, fit)
        return Covariance(matrix, label, self.small_sample, df_t, {}, stats, notes)

    def _middle(self, scores: Floats, near: Floats) -> Floats:
        smooth = np.einsum("ij,tjk->tik", near, scores, optimize=True)
        middle = np.einsum("tik,til->kl", scores, smooth, optimize=True)
        partner = scores if self.own_lags_only else smooth
        for lag in range(1, min(self.lags, len(scores) - 1) + 1):
            cross = np.einsum("tik,til->kl", scores[lag:], partner[:-lag], optimize=True)
            middle = middle + (1 - lag / (self.lags + 1)) * (cross + cross.T)
        return np.asarray(middle)


def haversine(latitude: Floats, longitude: Floats) -> Floats:
    """Great-circle distances between points, kilometres, shape (n, n).

    Parameters
    ----------
    latitude, longitude : ndarray, shape (n,)
        Degrees.

    Examples
    --------
    >>> haversine(np.array([0.0, 0.0]), np.array([0.0, 180.0])).round(1)[0]
    array([    0. , 20015.1])
    """
    phi, lam = np.radians(latitude), np.radians(longitude)
    chord = (
        np.sin((phi[:, None] - phi) / 2) ** 2
        + np.cos(phi[:, None]) * np.cos(phi) * np.sin((lam[:, None] - lam) / 2) ** 2
    )
    return np.asarray(2 * EARTH_RADIUS_KM * np.arcsin(np.sqrt(np.clip(chord, 0.0, 1.0))))


def spatial_kernel(distance: Floats, cutoff: float, kernel: str) -> Floats:
    """Kernel weights of distances: 1 at zero, 0 beyond the cutoff.

    Examples
    --------
    >>> spatial_kernel(np.array([0.0, 50.0, 100.0, 101.0]), 100.0, "bartlett")
    array([1. , 0.5, 0. , 0. ])
    >>> spatial_kernel(np.array([0.0, 50.0, 100.0, 101.0]), 100.0, "uniform")
    array([1., 1., 1., 0.])
    """
    if kernel == "uniform":
        return (distance <= cutoff).astype(float)
    return np.asarray(np.clip(1 - distance / cutoff, 0.0, None))


def _coordinate_faults(latitude: Floats, longitude: Floats) -> list[Fault]:
    wrong = (np.abs(latitude) > 90) | (np.abs(longitude) > 360)
    if not wrong.any():
        return []
    seen = f"coordinates out of range in {int(wrong.sum())} rows"
    return [Fault(seen, "degrees, latitude from -90 to 90", "Convert or exchange them.")]

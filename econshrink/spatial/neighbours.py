"""Who borders whom, as a weights matrix, and how far the next core city is."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy import sparse

from econshrink.core.arrays import Floats
from econshrink.core.columns import values_of
from econshrink.core.errors import DataError, Fault, raise_all

EARTH_RADIUS_KM = 6371.0088  # mean radius, IUGG


@dataclass(frozen=True, eq=False)
class Neighbours:
    """Spatial weights of some cities, each with at least one neighbour among them.

    Parameters
    ----------
    cities : tuple of str
        Order of rows and columns.
    matrix : sparse matrix, shape (n, n)
        Weight of column j for row i; zero diagonal.
    isolated : tuple of str
        Cities left out because none of their neighbours is among the cities.
    """

    cities: tuple[str, ...]
    matrix: sparse.csr_array
    isolated: tuple[str, ...] = ()

    @classmethod
    def from_pairs(
        cls,
        pairs: pd.DataFrame,
        cities: Iterable[str] | None = None,
        *,
        row_standardised: bool = True,
    ) -> Neighbours:
        """Contiguity weights from a table of pairs.

        Parameters
        ----------
        pairs : DataFrame
            Columns ``city_a`` and ``city_b``, each pair of neighbours once (either order).
        cities : iterable of str, optional
            Cities to keep; default all that occur. Pairs with any other city are left out.
        row_standardised : bool
            Weights of a row sum to 1; otherwise each neighbour weighs 1.

        Raises
        ------
        DataError
            A city paired with itself, or no pair left.

        Examples
        --------
        >>> pairs = pd.DataFrame({"city_a": ["a", "b"], "city_b": ["b", "c"]})
        >>> Neighbours.from_pairs(pairs).matrix.toarray().tolist()
        [[0.0, 1.0, 0.0], [0.5, 0.0, 0.5], [0.0, 1.0, 0.0]]
        """
        a, b = (pairs[name].astype(str).to_numpy() for name in ("city_a", "city_b"))
        raise_all(
            DataError,
            [
                Fault(f"city {city} beside itself", "two cities", "Remove the pair.")
                for city in np.unique(a[a == b])
            ],
        )
        wanted = np.unique(np.concatenate([a, b]) if cities is None else np.array(list(cities)))
        among = pd.Index(wanted)  # hashed: a scan of every pair would grow with the square
        inside = (among.get_indexer(a) >= 0) & (among.get_indexer(b) >= 0)
        kept = np.unique(np.concatenate([a[inside], b[inside]]))
        if not len(kept):
            raise DataError(
                Fault("no two of the cities are neighbours", "some", "Check the codes.")
            )
        place = pd.Index(kept)
        i, j = place.get_indexer(a[inside]), place.get_indexer(b[inside])
        n = len(kept)
        ones = np.ones(2 * len(i))
        both = (np.concatenate([i, j]), np.concatenate([j, i]))
        matrix = sparse.coo_array((ones, both), shape=(n, n)).tocsr()
        matrix.data[:] = 1.0  # a pair given twice is still one border
        if row_standardised:
            degree = np.asarray(matrix.sum(axis=1)).ravel()
            matrix = sparse.csr_array(sparse.diags_array(1 / degree) @ matrix)
        isolated = tuple(str(city) for city in wanted[place.get_indexer(wanted) < 0])
        return cls(tuple(str(city) for city in kept), sparse.csr_array(matrix), isolated)


def haversine_km(lon1: Floats, lat1: Floats, lon2: Floats, lat2: Floats) -> Floats:
    """Great-circle distance in kilometres between points given in degrees."""
    a1, o1, a2, o2 = (np.radians(v) for v in (lat1, lon1, lat2, lon2))
    half = np.sin((a2 - a1) / 2) ** 2 + np.cos(a1) * np.cos(a2) * np.sin((o2 - o1) / 2) ** 2
    distance: Floats = 2 * EARTH_RADIUS_KM * np.arcsin(np.sqrt(np.clip(half, 0.0, 1.0)))
    return distance


def distance_to_core(places: pd.DataFrame, cores: Iterable[str]) -> pd.DataFrame:
    """Distance of every city to its nearest core city.

    Parameters
    ----------
    places : DataFrame
        Index city, columns ``lon`` and ``lat`` in degrees (points inside the units, so
        distances between large units are rough).
    cores : iterable of str
        Codes of the core cities.

    Returns
    -------
    DataFrame
        Index city: ``core`` (code of the nearest) and ``distance_km`` (0 for a core).

    Raises
    ------
    DataError
        A core that is not in `places`, no core, or a missing coordinate.
    """
    chosen = list(cores)
    absent = [name for name in ("lon", "lat") if name not in places.columns]
    if absent:
        columns = ", ".join(map(str, places.columns[:8]))
        remedy = f"Name them: places.rename(columns={{'...': '{absent[0]}'}})."
        seen = f"columns {columns} and no {' and no '.join(absent)}"
        raise DataError(Fault(seen, "lon and lat in degrees", remedy, "places"))
    faults = [
        Fault(f"core city {city}", "a city of the table", "Check the code.")
        for city in chosen
        if city not in places.index
    ]
    if not chosen:
        faults.append(Fault("no core city", "at least one", "Name the core cities."))
    gaps = places.index[places[["lon", "lat"]].isna().any(axis=1)].tolist()
    faults += [Fault(f"no coordinates of {city}", "lon and lat", "Complete it.") for city in gaps]
    raise_all(DataError, faults)
    lon, lat = values_of(places[["lon", "lat"]], "places").T
    at = places.index.get_indexer(pd.Index(chosen))
    table = haversine_km(lon[:, None], lat[:, None], lon[at][None, :], lat[at][None, :])
    nearest = table.argmin(axis=1)
    return pd.DataFrame(
        {"core": np.array(chosen)[nearest], "distance_km": table[np.arange(len(table)), nearest]},
        index=places.index,
    )

"""Regressors of a gravity model: distance, neighbours, the same group."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np

from econshrink.core.arrays import Floats
from econshrink.core.errors import DataError, Fault
from econshrink.nouns.flows import FlowNetwork

EARTH_KM = 6371.0088


def distances(coordinates: Floats) -> Floats:
    """Great-circle distances in km between n points given by longitude and latitude."""
    lon, lat = np.radians(np.asarray(coordinates, dtype=np.float64)).T
    half = np.sin((lat[:, None] - lat) / 2) ** 2
    half = half + np.cos(lat[:, None]) * np.cos(lat) * np.sin((lon[:, None] - lon) / 2) ** 2
    return np.asarray(2 * EARTH_KM * np.arcsin(np.sqrt(np.clip(half, 0.0, 1.0))))


def log_distance(network: FlowNetwork) -> Floats:
    """Log great-circle distance in km, shape (n, n), 0 on the diagonal.

    Raises
    ------
    DataError
        A network without coordinates, or two cities in one place.
    """
    if network.coordinates is None:
        raise DataError(
            Fault("no coordinates", "longitude and latitude", "Give `coordinates`.", network.label)
        )
    km = distances(network.coordinates)
    np.fill_diagonal(km, 1.0)
    if not (km > 0).all():
        i, j = np.argwhere(km <= 0)[0].tolist()
        raise DataError(
            Fault(
                f"{network.labels[i]} and {network.labels[j]} in one place",
                "distinct coordinates",
                "Mend one of them.",
            )
        )
    return np.asarray(np.log(km))


def neighbours(network: FlowNetwork, pairs: Iterable[tuple[str, str]]) -> Floats:
    """1 for pairs of cities that share a border, either order; shape (n, n).

    Pairs with a city outside the network are passed over: borders come from a national list.

    Examples
    --------
    >>> net = FlowNetwork(("a", "b", "c"), np.ones((3, 3)) - np.eye(3))
    >>> neighbours(net, [("a", "b"), ("b", "z")])[0]
    array([0., 1., 0.])
    """
    place = {city: number for number, city in enumerate(network.cities)}
    result = np.zeros((network.count, network.count))
    for first, second in pairs:
        if first in place and second in place:
            result[place[first], place[second]] = result[place[second], place[first]] = 1.0
    return result


def same_group(groups: Sequence[object]) -> Floats:
    """1 for ordered pairs of different units in one group, such as a province; shape (n, n)."""
    labels = np.array([str(group) for group in groups])
    return np.asarray((labels[:, None] == labels) & ~np.eye(len(labels), dtype=bool), dtype=float)

"""FlowNetwork: who moves from where to where in one year, and a panel of such years."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from econshrink.core.arrays import Floats
from econshrink.core.errors import DataError, Fault, raise_all
from econshrink.nouns.show.networks import flow_panel_page, network_page
from econshrink.nouns.show.page import Page
from econshrink.nouns.show.shown import Shown
from econshrink.nouns.storage import register

KINDS = ("counts", "shares")


@register
@dataclass(frozen=True, eq=False, repr=False)
class FlowNetwork(Shown):
    """Flows between n cities; a row is an origin, a column a destination.

    Parameters
    ----------
    cities : tuple of str
        Codes, each once.
    flows : ndarray, shape (n, n)
        Persons (or shares) moving from the row's city to the column's. The diagonal is zero. NaN
        marks a pair that the source does not list; its mass is in `unlisted_out` or `unlisted_in`.
    kind : str
        ``counts`` or ``shares``; only counts carry sampling error.
    names_en, names_zh : tuple of str
        Names in the order of `cities`; empty if unknown.
    stocks : ndarray, shape (n,), optional
        Persons of the same kind who live in each city.
    coordinates : ndarray, shape (n, 2), optional
        Longitude and latitude in degrees.
    year : int, optional
    unlisted_out : ndarray, shape (n,), optional
        Mass that leaves each city for destinations the source does not list.
    unlisted_in : ndarray, shape (n,), optional
        Mass that reaches each city from origins the source does not list.
    label : str
        What flows, and where the figures come from.
    notes : tuple of str
    synthetic : bool

    Raises
    ------
    DataError
        Negative or infinite flows, moves within a city, a city twice, wrong shapes; pairs that
        are not listed without any unlisted mass. All faults at once.

    Examples
    --------
    >>> net = FlowNetwork(("a", "b"), np.array([[0.0, 3.0], [1.0, 0.0]]))
    >>> net.out_strength, net.in_strength
    (array([3., 1.]), array([1., 3.]))
    """

    cities: tuple[str, ...]
    flows: Floats
    kind: str = "counts"
    names_en: tuple[str, ...] = ()
    names_zh: tuple[str, ...] = ()
    stocks: Floats | None = None
    coordinates: Floats | None = None
    year: int | None = None
    unlisted_out: Floats | None = None
    unlisted_in: Floats | None = None
    label: str = ""
    notes: tuple[str, ...] = ()
    synthetic: bool = False

    def __post_init__(self) -> None:
        object.__setattr__(self, "cities", tuple(str(city) for city in self.cities))
        for name in ("names_en", "names_zh", "notes"):
            object.__setattr__(self, name, tuple(getattr(self, name)))
        for name in ("flows", "stocks", "coordinates", "unlisted_out", "unlisted_in"):
            value = getattr(self, name)
            if isinstance(value, pd.DataFrame | pd.Series):
                value = _by_label(value, self.cities, name)
            if value is not None:
                array = np.array(value, dtype=np.float64)
                array.setflags(write=False)
                object.__setattr__(self, name, array)
        faults = [*_shape_faults(self), *_kind_faults(self)]
        raise_all(DataError, faults)
        raise_all(DataError, [*_flow_faults(self), *_mass_faults(self)])

    def _page(self) -> Page:
        return network_page(self)

    @property
    def count(self) -> int:
        """Number of cities n."""
        return len(self.cities)

    @property
    def complete(self) -> bool:
        """True if every pair is listed."""
        return not bool(np.isnan(self.flows).any())

    @property
    def out_strength(self) -> Floats:
        """Mass leaving each city, unlisted destinations included; shape (n,)."""
        listed = np.nansum(self.flows, axis=1)
        return np.asarray(listed if self.unlisted_out is None else listed + self.unlisted_out)

    @property
    def in_strength(self) -> Floats:
        """Mass reaching each city, unlisted origins included; needs a source that knows it."""
        if self.unlisted_out is not None:
            self.require_complete("in-strength")
        listed = np.nansum(self.flows, axis=0)
        return np.asarray(listed if self.unlisted_in is None else listed + self.unlisted_in)

    @property
    def labels(self) -> tuple[str, ...]:
        """English names, or codes where there are none."""
        return self.names_en or self.cities

    def require_complete(self, what: str) -> None:
        """Raise a `DataError` if some pairs are not listed, which `what` needs."""
        missing = int(np.isnan(self.flows).sum())
        if missing:
            raise DataError(
                Fault(
                    f"{missing} pairs that the source does not list",
                    f"every pair, for {what}",
                    "Use `strength_bounds`, or spread the unlisted mass with `spread_unlisted`.",
                    self.label,
                )
            )

    def require_counts(self, what: str) -> None:
        """Raise a `DataError` unless the flows are counts, which `what` needs."""
        if self.kind != "counts":
            raise DataError(
                Fault("shares", f"counts, for {what}", "Give the totals to the reader.", self.label)
            )

    def with_flows(self, flows: Floats, note: str = "") -> FlowNetwork:
        """The same cities with other, complete flows; `note` says what was done."""
        notes = (*self.notes, note) if note else self.notes
        return replace(self, flows=flows, unlisted_out=None, unlisted_in=None, notes=notes)

    def to_frame(self) -> pd.DataFrame:
        """Listed pairs as ``origin, destination, flow``."""
        rows, columns = np.nonzero(~np.isnan(self.flows) & ~np.eye(self.count, dtype=bool))
        names = np.array(self.cities)
        return pd.DataFrame(
            {
                "origin": names[rows],
                "destination": names[columns],
                "flow": self.flows[rows, columns],
            }
        )


@register
@dataclass(frozen=True, eq=False, repr=False)
class FlowPanel(Shown):
    """Flow networks of the same cities in several years, rising.

    Parameters
    ----------
    networks : tuple of FlowNetwork

    Raises
    ------
    DataError
        No network, cities or their order differ, kinds differ, years missing or not rising.
    """

    networks: tuple[FlowNetwork, ...]

    def __post_init__(self) -> None:
        object.__setattr__(self, "networks", tuple(self.networks))
        if not self.networks:
            raise DataError(Fault("no network", "at least one", "Read a file first."))
        first = self.networks[0]
        faults = []
        for network in self.networks[1:]:
            if network.cities != first.cities or network.kind != first.kind:
                odd = sorted(set(network.cities) ^ set(first.cities))
                seen = f"other cities ({', '.join(odd)})" if odd else "another order or kind"
                faults.append(
                    Fault(seen, "the first year's", "Align them.", f"year {network.year}")
                )
        years = [network.year for network in self.networks]
        known = [year for year in years if year is not None]
        if len(known) < len(years) or known != sorted(set(known)):
            faults.append(Fault(f"years {years}", "rising years", "Sort and name the years."))
        raise_all(DataError, faults)

    def _page(self) -> Page:
        return flow_panel_page(self)

    def __iter__(self) -> Iterator[FlowNetwork]:
        return iter(self.networks)

    @property
    def years(self) -> tuple[int, ...]:
        """The years."""
        return tuple(int(network.year or 0) for network in self.networks)

    @property
    def cube(self) -> Floats:
        """All flows, shape (T, n, n)."""
        return np.stack([network.flows for network in self.networks])

    def total(self) -> FlowNetwork:
        """All years added up, with the mean stock."""
        first = self.networks[0]
        first.require_counts("adding years")
        stocks = [network.stocks for network in self.networks if network.stocks is not None]
        mean = np.mean(stocks, axis=0) if len(stocks) == len(self.networks) else None
        merged = replace(first, stocks=mean, year=None)
        for network in self.networks:
            network.require_complete("adding years")
        note = f"sum of {len(self.networks)} years, {self.years[0]}–{self.years[-1]}"
        return merged.with_flows(self.cube.sum(axis=0), note)


def _by_label(table: pd.DataFrame | pd.Series, cities: tuple[str, ...], name: str) -> Floats:
    """A labelled table in the order of the cities; one that names other cities is refused."""
    axes = [list(map(str, axis)) for axis in table.axes[: 1 + (name == "flows")]]
    for labels in axes:
        if sorted(labels) != sorted(cities):
            odd = sorted(set(labels) ^ set(cities)) or labels
            raise DataError(
                Fault(
                    f"labels {', '.join(odd[:8])} in one of the two alone",
                    "the labels of `cities`",
                    "Label the table with the cities, or pass its `to_numpy()` in their order.",
                    name,
                )
            )
    places = [dict(zip(labels, range(len(labels)), strict=True)) for labels in axes]
    values = table.to_numpy(dtype=np.float64)
    for axis, place in enumerate(places):
        values = np.take(values, [place[city] for city in cities], axis=axis)
    return values


def _shape_faults(net: FlowNetwork) -> list[Fault]:
    n = len(net.cities)
    shapes = {
        "flows": (net.flows, (n, n)),
        "stocks": (net.stocks, (n,)),
        "coordinates": (net.coordinates, (n, 2)),
        "unlisted_out": (net.unlisted_out, (n,)),
        "unlisted_in": (net.unlisted_in, (n,)),
    }
    faults = [
        Fault(f"shape {array.shape}", f"{expected} for {n} cities", "Mend it.", name)
        for name, (array, expected) in shapes.items()
        if array is not None and array.shape != expected
    ]
    faults += [
        Fault(f"{len(names)} names", f"{n} or none", "Name every city.", where)
        for where, names in (("names_en", net.names_en), ("names_zh", net.names_zh))
        if names and len(names) != n
    ]
    twice = sorted({city for city in net.cities if net.cities.count(city) > 1})
    if twice:
        faults.append(Fault(f"{', '.join(twice)} twice", "each city once", "Add them up."))
    if n < 2:
        faults.append(Fault(f"{n} cities", "at least two", "Add cities."))
    return faults


def _kind_faults(net: FlowNetwork) -> list[Fault]:
    if net.kind in KINDS:
        return []
    return [Fault(f"kind '{net.kind}'", ", ".join(KINDS), "Choose one.")]


def _flow_faults(net: FlowNetwork) -> list[Fault]:
    names = net.labels
    with np.errstate(invalid="ignore"):
        bad = (net.flows < 0) | np.isinf(net.flows)
    faults = [
        Fault(
            f"flow {net.flows[i, j]:g}", "0 or more", "Mend it.", f"from {names[i]} to {names[j]}"
        )
        for i, j in np.argwhere(bad & ~np.eye(net.count, dtype=bool)).tolist()
    ]
    faults += [
        Fault(
            f"{net.flows[i, i]:g} moves within the city",
            "0 on the diagonal",
            "Leave moves within a city out; the readers do it with `within=SetAside()`.",
            names[i],
        )
        for i in np.flatnonzero(np.diag(net.flows) != 0).tolist()
    ]
    for name in ("stocks", "unlisted_out", "unlisted_in"):
        values = getattr(net, name)
        if values is not None and not (np.isfinite(values).all() and (values >= 0).all()):
            faults.append(Fault("a negative or missing value", "0 or more", "Mend it.", name))
    if not np.nansum(net.flows) > 0:
        faults.append(Fault("no flow at all", "at least one above 0", "Check the file."))
    return faults


def _mass_faults(net: FlowNetwork) -> list[Fault]:
    if net.complete or net.unlisted_out is not None or net.unlisted_in is not None:
        return []
    rows, columns = np.nonzero(np.isnan(net.flows))
    return [
        Fault(
            f"{len(rows)} pairs without a flow, the first from {net.labels[rows[0]]} to "
            f"{net.labels[columns[0]]}",
            "a flow for every pair, 0 where nobody moves",
            "Complete the pairs, or say how much mass is unlisted.",
        )
    ]

"""Call: one canonical use of a public verb, on plain tables, with its answer as named numbers."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np
import pandas as pd

World = dict[str, pd.DataFrame]


class Number(NamedTuple):
    """A number of the answer and its unit: column -> power of its unit."""

    value: float
    unit: Mapping[str, float] = {}


Answer = dict[tuple[str, ...], Number]


@dataclass(frozen=True)
class Call:
    """One canonical call.

    Parameters
    ----------
    verb : str
        ``"panel.fit_fe"``: namespace and name.
    world : callable
        Makes the tables it works on.
    run : callable
        Tables to the answer; ids of units stand in the keys as they are in the tables.
    rtol : float
        Relative to the largest number of the answer of its kind.
    scaled : tuple of str
        Columns that may be measured in any unit; the answer says in which powers it moves.
    shifted : tuple of str
        Columns to which a constant may be added without moving anything but numbers named so.
    moved : tuple of str
        First parts of keys that a shift may move (an intercept).
    weight : str
        Column of weights: a row may be split in two with half of its weight each.
    spells : bool
        A spell may be cut in two.
    but : mapping
        Transformation that does not apply -> why.
    """

    verb: str
    world: Callable[[], World]
    run: Callable[[World], Answer]
    rtol: float = 1e-8
    scaled: tuple[str, ...] = ()
    shifted: tuple[str, ...] = ()
    moved: tuple[str, ...] = ()
    weight: str = ""
    spells: bool = False
    but: Mapping[str, str] = field(default_factory=dict)


def numbers(
    name: str, values: pd.Series | Mapping, unit: Mapping[str, float] | None = None
) -> Answer:
    """Numbers of a labelled series."""
    return {
        (name, *map(str, key if isinstance(key, tuple) else (key,))): Number(
            float(value), unit or {}
        )
        for key, value in dict(values).items()
    }


def single(name: str, value: float, unit: Mapping[str, float] | None = None) -> Answer:
    """One number."""
    return {(name,): Number(float(value), unit or {})}


def table(
    frame: pd.DataFrame, keys: list[str], unit: Mapping[str, Mapping[str, float]] | None = None
) -> Answer:
    """Every number of a table, named by its column and by the columns `keys`."""
    found: Answer = {}
    for name in frame.columns:
        if name in keys or frame[name].dtype.kind not in "fiub":
            continue
        indexed = frame.set_index(keys)[name] if keys else frame[name]
        found |= numbers(str(name), indexed.astype(float), (unit or {}).get(str(name)))
    return found


def estimate(fit: object, outcome: str = "y", ratio: bool = True) -> Answer:
    """Coefficients with errors, measured in the outcome's unit over the term's, and p values."""
    rows = fit.tidy().set_index("term")
    found: Answer = {}
    for term, row in rows.iterrows():
        unit = {outcome: 1.0} if outcome and ratio else {}
        for part in str(term).split(":"):
            unit[part] = unit.get(part, 0.0) - 1.0
        for name in ("estimate", "std_error", "conf_low", "conf_high"):
            found[name, str(term)] = Number(float(row[name]), unit)
        found["p_value", str(term)] = Number(float(row["p_value"]))
    return found


_LABELS = ("year", "horizon", "group", "time", "trajectory", "age")  # numbers that are labels


def told(name: str, value: object, cities: tuple[str, ...] = (), unit=None) -> Answer:
    """Every number of a result, whatever it is; arrays of all cities are named by them."""
    if isinstance(value, bool | np.bool_ | int | float | np.number):
        return single(name, value, unit)
    if isinstance(value, pd.DataFrame):
        flat = value.reset_index() if value.index.names != [None] else value
        single_index = not isinstance(value.index, pd.MultiIndex)
        if single_index and not pd.api.types.is_numeric_dtype(value.index):
            flat = value.rename_axis("label").reset_index()
        keys = [c for c in flat.columns if flat[c].dtype.kind not in "fiub"]
        keys += [c for c in _LABELS if c in flat]
        wide = flat.rename(columns=str)
        keys = [
            str(key)
            for key in keys
            if flat[key].map(lambda v: isinstance(v, str | int | float)).all()
        ]
        units = {str(column): unit for column in wide.columns} if unit else None
        return {(name, *key): v for key, v in table(wide, keys, units).items()}
    if isinstance(value, pd.Series):
        if value.dtype.kind not in "fiub":
            return {(name, str(key), str(label)): Number(1.0) for key, label in value.items()}
        return numbers(name, value.astype(float), unit)
    if isinstance(value, np.ndarray):
        if value.dtype.kind not in "fiub":
            return {}
        first = cities if len(value) == len(cities) else tuple(range(len(value)))
        return {
            (name, str(label), *map(str, place)): Number(float(row[place]), unit or {})
            for label, row in zip(first, value, strict=True)
            for place in np.ndindex(np.shape(row))
        }
    if isinstance(value, dict):
        parts = value.items()
    elif dataclasses.is_dataclass(value):
        cities = tuple(getattr(value, "cities", cities) or cities)
        parts = ((f.name, getattr(value, f.name)) for f in dataclasses.fields(value))
    elif isinstance(value, tuple | list):
        pairs = zip(cities, value, strict=True) if len(value) == len(cities) else enumerate(value)
        parts = ((str(key), part) for key, part in pairs)
    else:
        return {}
    return {
        (name, *key): number
        for label, part in parts
        if label != "rng"
        for key, number in told(str(label), part, cities, unit).items()
    }


def codes(count: int) -> list[str]:
    """Six-character ids."""
    return [f"{110000 + 100 * i}" for i in range(count)]


def panel_world() -> World:
    """Twelve cities in eight years: outcome, two covariates, an instrument, weights, counts."""
    rng = np.random.default_rng(11)
    cities, years = codes(12), range(2010, 2018)
    frame = pd.DataFrame([(c, t) for c in cities for t in years], columns=["city", "year"])
    n = len(frame)
    level = np.repeat(rng.normal(size=12), 8)
    frame["z"] = rng.normal(size=n)
    hidden = rng.normal(size=n)
    frame["x"] = frame["z"] + level + 0.5 * hidden
    frame["v"] = rng.normal(size=n) + level
    frame["y"] = 0.8 * frame["x"] - 0.3 * frame["v"] + level + hidden + rng.normal(size=n)
    frame["w"] = rng.integers(1, 5, n).astype(float)
    frame["count"] = rng.poisson(np.exp(1.0 + 0.3 * frame["x"])).astype(float)
    units = pd.DataFrame(
        {
            "city": cities,
            "province": ["a", "b", "c", "d"] * 3,
            "latitude": rng.uniform(25, 45, 12),
            "longitude": rng.uniform(100, 125, 12),
        }
    )
    return {"panel": rounded(frame), "units": rounded(units)}


def spell_world() -> World:
    """Sixty spells of thirty cities with two covariates, groups, causes and weights."""
    rng = np.random.default_rng(12)
    n = 60
    start = rng.integers(0, 3, n).astype(float)
    frame = pd.DataFrame(
        {
            "city": [codes(30)[i % 30] for i in range(n)],
            "start": start,
            "stop": start + rng.integers(1, 7, n) * 2.0,
            "event": (rng.random(n) < 0.7).astype(float),
            "x": rng.normal(size=n),
            "v": rng.normal(size=n),
            "g": np.array(["a", "b"])[rng.integers(0, 2, n)],
            "region": [["north", "south", "west"][i % 3] for i in range(n)],
            "w": rng.integers(1, 4, n).astype(float),
        }
    )
    frame["start"] += np.arange(n) // 30 * 20.0
    frame["stop"] += np.arange(n) // 30 * 20.0
    frame["cause"] = np.where(frame["event"] == 1, np.array(["p", "q"])[rng.integers(0, 2, n)], "")
    return {"spells": rounded(frame)}


def growth_world() -> World:
    """Twelve cities from 2000 to 2020 that grow, shrink and turn."""
    rng = np.random.default_rng(13)
    cities, years = codes(12), range(2000, 2021)
    steps = rng.normal(0, 0.02, (12, 21)) + np.linspace(-0.02, 0.02, 12)[:, None]
    people = 2.0 ** rng.integers(18, 23, (12, 1)) * np.exp(np.cumsum(steps, axis=1))
    frame = pd.DataFrame([(c, t) for c in cities for t in years], columns=["city", "year"])
    frame["population"] = np.round(people).ravel()
    frame["night_lights"] = (people * rng.uniform(0.9, 1.1, (12, 21))).ravel() / 1000
    frame["built_up_km2"] = (people / 1e4 * np.exp(0.02 * np.arange(21))).ravel()
    frame["real_output"] = (
        people * np.exp(0.05 * np.arange(21) + rng.normal(0, 0.05, (12, 21)))
    ).ravel()
    units = pd.DataFrame({"city": cities, "province": ["a", "b", "c", "d"] * 3})
    return {"panel": rounded(frame), "units": units}


def size_world() -> World:
    """Sizes of twenty cities in four groups, and two raters' labels."""
    rng = np.random.default_rng(14)
    frame = pd.DataFrame(
        {
            "city": codes(20),
            "size": np.exp(rng.normal(10, 1, 20)),
            "later": np.exp(rng.normal(10, 1, 20)),
            "group": [f"g{i % 4}" for i in range(20)],
            "one": rng.integers(0, 2, 20).astype(float),
            "two": rng.integers(0, 2, 20).astype(float),
            "three": rng.integers(0, 2, 20).astype(float),
        }
    )
    return {"sizes": rounded(frame)}


def flow_world() -> World:
    """Moves between eight cities, and where these lie."""
    rng = np.random.default_rng(15)
    cities = codes(8)
    rows = [(i, j, float(rng.integers(5, 200))) for i in cities for j in cities if i != j]
    flows = pd.DataFrame(rows, columns=["origin", "destination", "flow"])
    places = pd.DataFrame(
        {
            "city": cities,
            "latitude": rng.uniform(25, 45, 8),
            "longitude": rng.uniform(100, 125, 8),
        }
    )
    return {"flows": rounded(flows), "units": rounded(places)}


def place_world() -> World:
    """Twenty places on a plane, each with its three nearest, and figures of a year."""
    rng = np.random.default_rng(16)
    frame = pd.DataFrame(
        {
            "city": codes(20),
            "latitude": rng.uniform(25, 45, 20),
            "longitude": rng.uniform(100, 125, 20),
            "value": rng.normal(size=20),
        }
    )
    apart = np.hypot(
        np.subtract.outer(*2 * (frame["latitude"].to_numpy(),)),
        np.subtract.outer(*2 * (frame["longitude"].to_numpy(),)),
    )
    np.fill_diagonal(apart, np.inf)
    near = [(i, j) for i in range(20) for j in np.argsort(apart[i])[:3]]
    pairs = sorted({(min(i, j), max(i, j)) for i, j in near})
    cities = frame["city"].to_list()
    linked = pd.DataFrame(
        {
            "city_a": [cities[i] for i, _ in pairs],
            "city_b": [cities[j] for _, j in pairs],
        }
    )
    return {"places": rounded(frame), "pairs": linked}


def yearly_world() -> World:
    """Rows at risk of one period each: forty cities for up to eight years."""
    rng = np.random.default_rng(17)
    rows = []
    for i, city in enumerate(codes(40)):
        for t in range(8):
            x, v = rng.normal(size=2)
            event = float(rng.random() < 1 - np.exp(-0.15 * np.exp(0.6 * x)))
            rows.append((city, float(t), t + 1.0, event, x, v, "abcde"[i % 5]))
            if event:
                break
    names = ["city", "start", "stop", "event", "x", "v", "region"]
    return {"spells": rounded(pd.DataFrame(rows, columns=names))}


def score_world() -> World:
    """Forecasts and what came: probabilities, events, points, limits."""
    rng = np.random.default_rng(18)
    truth = rng.normal(size=50)
    frame = pd.DataFrame(
        {
            "city": codes(50),
            "truth": truth,
            "point": truth + rng.normal(0, 0.5, 50),
            "low": truth - rng.uniform(-0.2, 2, 50),
            "high": truth + rng.uniform(0.2, 2, 50),
            "probability": rng.uniform(0.05, 0.95, 50),
            "event": rng.integers(0, 2, 50).astype(float),
        }
    )
    return {"scores": rounded(frame)}


def rounded(frame: pd.DataFrame) -> pd.DataFrame:
    """Round to what four bytes hold, so that a change of type changes no figure."""
    for name in frame.columns:
        if frame[name].dtype.kind == "f":
            frame[name] = frame[name].astype("float32").astype("float64")
    return frame

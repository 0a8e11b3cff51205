"""Hit and false-alarm rates of the rules, measured by planting known errors in clean figures."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from econshrink.core.arrays import Floats
from econshrink.core.seeds import MASTER_SEED, generator
from econshrink.data.quality.detect import DEFAULT_RULES, Detector, detect_all
from econshrink.data.quality.history import swapped
from econshrink.data.quality.wide import Mask, resolution, wide
from econshrink.nouns.country import CHINA
from econshrink.nouns.panel import CityPanel
from econshrink.tables.panel_verb import takes_panels

Planter = Callable[[Floats, np.random.Generator, int], tuple[Floats, Mask]]
RATE_COLUMNS = (
    "defect", "rule", "planted", "hits", "hit_rate", "hit_se",
    "clean", "false_alarms", "false_alarm_rate", "false_alarm_se",
)  # fmt: skip


@dataclass(frozen=True, eq=False)
class Defect:
    """A kind of error and the rules that ought to find it."""

    name: str
    rules: tuple[str, ...]
    plant: Planter


def _inner(
    values: Floats, rng: np.random.Generator, count: int, margin: int = 1
) -> list[tuple[int, int]]:
    """Cells that are not at the ends of a series, at most one a city."""
    cities = rng.permutation(values.shape[0])[:count]
    years = rng.integers(margin, values.shape[1] - margin, size=len(cities))
    return [(int(i), int(t)) for i, t in zip(cities, years, strict=True)]


def _scaled(factors: Sequence[float]) -> Planter:
    def planter(values: Floats, rng: np.random.Generator, count: int) -> tuple[Floats, Mask]:
        out, mask = values.copy(), np.zeros(values.shape, dtype=bool)
        for i, t in _inner(values, rng, count):
            length = min(int(rng.integers(1, 4)), values.shape[1] - t)
            out[i, t : t + length] *= rng.choice(factors)
            mask[i, t : t + length] = True
        return out, mask

    return planter


def _zeros(values: Floats, rng: np.random.Generator, count: int) -> tuple[Floats, Mask]:
    out, mask = values.copy(), np.zeros(values.shape, dtype=bool)
    for i, t in _inner(values, rng, count):
        out[i, t], mask[i, t] = 0.0, True
    return out, mask


def _spikes(values: Floats, rng: np.random.Generator, count: int) -> tuple[Floats, Mask]:
    out, mask = values.copy(), np.zeros(values.shape, dtype=bool)
    step = resolution(values)
    for i, t in _inner(values, rng, count):
        size = rng.uniform(0.08, 0.2) * rng.choice([-1, 1])
        out[i, t], mask[i, t] = np.round(values[i, t] * np.exp(size) / step) * step, True
    return out, mask


def _jumps(values: Floats, rng: np.random.Generator, count: int) -> tuple[Floats, Mask]:
    out, mask = values.copy(), np.zeros(values.shape, dtype=bool)
    step = resolution(values)
    for i, t in _inner(values, rng, count, 2):
        factor = np.exp(rng.uniform(0.12, 0.25) * rng.choice([-1, 1]))
        out[i, t:], mask[i, t] = np.round(values[i, t:] * factor / step) * step, True
    return out, mask


def _copies(values: Floats, rng: np.random.Generator, count: int) -> tuple[Floats, Mask]:
    out, mask = values.copy(), np.zeros(values.shape, dtype=bool)
    for i, t in _inner(values, rng, count):
        out[i, t], mask[i, t] = out[i, t - 1], True
    return out, mask


def _swaps(values: Floats, rng: np.random.Generator, count: int) -> tuple[Floats, Mask]:
    """Two neighbouring digits exchanged so that the figure moves by more than 3 per cent."""
    out, mask = values.copy(), np.zeros(values.shape, dtype=bool)
    step = resolution(values)
    for i, t in _inner(values, rng, count):
        true = values[i, t] / step
        others = [s for s in swapped(round(true)) if abs(np.log(s / true)) > 0.03]
        if others:
            out[i, t], mask[i, t] = float(rng.choice(others)) * step, True
    return out, mask


def _lines(rounded: bool) -> Planter:
    def planter(values: Floats, rng: np.random.Generator, count: int) -> tuple[Floats, Mask]:
        out, mask = values.copy(), np.zeros(values.shape, dtype=bool)
        step = resolution(values)
        for i, t in _inner(values, rng, count):
            length = int(rng.integers(2, 6))
            end = t + length
            if end >= values.shape[1]:
                continue
            line = np.linspace(values[i, t - 1], values[i, end], length + 2)[1:-1]
            out[i, t:end] = np.round(line / step) * step if rounded else line
            mask[i, t:end] = True
        return out, mask

    return planter


DEFECTS: tuple[Defect, ...] = (
    Defect("zero for missing", ("zero_between",), _zeros),
    Defect("unit slip x10", ("unit_slip",), _scaled((10.0, 0.1))),
    Defect("unit slip x100", ("unit_slip",), _scaled((100.0, 0.01))),
    Defect("unit slip x10000", ("unit_slip",), _scaled((1e4, 1e-4))),
    Defect("spike of 8-20 %", ("spike", "swapped_digits"), _spikes),
    Defect("step of 12-25 %", ("jump",), _jumps),
    Defect("year copied", ("copied_year",), _copies),
    Defect("digits swapped", ("swapped_digits", "spike"), _swaps),
    Defect("linear run, rounded", ("interpolation_run",), _lines(rounded=True)),
    Defect("linear run, not rounded", ("interpolation_run",), _lines(rounded=False)),
)


@takes_panels
def plant(
    panel: CityPanel, variable: str, defect: Defect, share: float, rng: np.random.Generator
) -> tuple[CityPanel, Mask]:
    """Damage one variable of a clean panel.

    Parameters
    ----------
    panel : CityPanel or any table
        Of a table name ``unit=`` and ``time=``. Clean figures, no cell of `variable` missing.
    variable : str
    defect : Defect
    share : float
        Share of the cities that get one error (which may run over several years).
    rng : numpy.random.Generator

    Returns
    -------
    panel : CityPanel
        Damaged.
    truth : ndarray of bool, shape (cities, years)
        The cells that are wrong now.
    """
    data = wide(panel, variable)
    count = max(1, round(share * len(data.cities)))
    values, truth = defect.plant(data.values, rng, count)
    index = pd.MultiIndex.from_product([data.cities, data.years], names=["city", "year"])
    return panel.with_variables({variable: pd.Series(values.ravel(), index=index)}), truth


@takes_panels
def detection_rates(
    panel: CityPanel,
    variable: str,
    *,
    defects: Sequence[Defect] = DEFECTS,
    rules: Sequence[Detector] = DEFAULT_RULES,
    share: float = 0.1,
    repeats: int = 5,
    seed: int = MASTER_SEED,
) -> pd.DataFrame:
    """Plant errors in clean figures and count what the rules find.

    Parameters
    ----------
    panel : CityPanel
        Figures known to be right; no cell of `variable` may be missing.
    variable : str
        The variable that is damaged.
    defects : sequence of Defect
        Kinds of error.
    rules : sequence of Detector
        Rules that are applied.
    share : float
        Share of cities damaged in each repetition.
    repeats : int
        Repetitions, each with its own errors.
    seed : int
        Master seed.

    Returns
    -------
    DataFrame
        For every defect its rules together: `planted` wrong cells, `hits` among them by the rules
        that ought to find it; `clean` right cells, `false_alarms` among them by those rules;
        rates with binomial standard errors. The last row, defect ``none``, counts alarms of all
        rules on the undamaged panel.

    Notes
    -----
    A right cell next to a wrong one counts as clean, so alarms that hit the neighbour are false.
    """
    rows = []
    for defect in defects:
        rng = generator(f"quality.{defect.name}", seed)
        counts = np.zeros(4, dtype=int)
        for _ in range(repeats):
            damaged, truth = plant(panel, variable, defect, share, rng)
            found = _flagged(damaged, variable, rules, defect.rules)
            counts += [truth.sum(), (found & truth).sum(), (~truth).sum(), (found & ~truth).sum()]
        rows.append((defect.name, "+".join(defect.rules), *_rates(counts)))
    found = _flagged(panel, variable, rules, None)
    rows.append(("none", "all", *_rates(np.array([0, 0, found.size, found.sum()]))))
    return pd.DataFrame(rows, columns=list(RATE_COLUMNS))


def _flagged(
    panel: CityPanel, variable: str, rules: Sequence[Detector], names: tuple[str, ...] | None
) -> Mask:
    wanted = [rule for rule in rules if names is None or rule.name in names]
    flags = detect_all(panel, wanted, country=CHINA)
    flags = flags[flags["variable"] == variable]
    if names is not None:
        flags = flags[flags["rule"].isin(names)]
    data = wide(panel, variable)
    index = pd.MultiIndex.from_product([data.cities, data.years])
    hits = pd.MultiIndex.from_frame(flags[["city", "year"]])
    return np.asarray(index.isin(hits)).reshape(data.values.shape)


def _rates(counts: np.ndarray) -> tuple[float, ...]:
    planted, hits, clean, alarms = (int(n) for n in counts)
    hit = hits / planted if planted else np.nan
    false = alarms / clean
    hit_se = float(np.sqrt(hit * (1 - hit) / planted)) if planted else np.nan
    return (
        planted,
        hits,
        hit,
        hit_se,
        clean,
        alarms,
        false,
        float(np.sqrt(false * (1 - false) / clean)),
    )

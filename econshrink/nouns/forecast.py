"""Forecast: joint draws of future population, from which everything else follows."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

import numpy as np
import pandas as pd

from econshrink.core.arrays import kept, read_only
from econshrink.core.errors import DataError, Fault, raise_all
from econshrink.nouns.selection import chosen
from econshrink.nouns.show.futures import forecast_page
from econshrink.nouns.show.page import Page
from econshrink.nouns.show.shown import Shown
from econshrink.nouns.storage import register

NAME = "forecast"


@register
@dataclass(frozen=True, eq=False, repr=False)
class Forecast(Shown):
    """Draws of the population of each city and future year.

    Parameters
    ----------
    cities : tuple of str
    years : tuple of int
        Future years, ascending, all after `origin`.
    draws : ndarray, shape (cities, years, draws)
        Persons; draw d is one joint future of all cities, so shocks may be common.
    base : ndarray, shape (cities,)
        Population in `base_year`, from which losses are counted.
    base_year : int
    origin : int
        Last year whose figures the model saw.
    model : str
        Model and its settings in words.
    notes : tuple of str
    synthetic : bool
    parts : mapping of str to ndarray, shape (cities or 1, years, draws)
        Parts of the log error that the draws hold, where the spread was learnt in parts:
        ``nation``, and ``rebasing`` if a census lies ahead. What is left is demography.
    variable : str
        What the figures are, where they are no residents.
    """

    cities: tuple[str, ...]
    years: tuple[int, ...]
    draws: np.ndarray
    base: np.ndarray
    base_year: int
    origin: int
    model: str
    notes: tuple[str, ...] = ()
    synthetic: bool = False
    parts: Mapping[str, np.ndarray] = field(default_factory=dict)
    variable: str = "population"

    def __post_init__(self) -> None:
        draws, base = kept(self.draws), kept(self.base)
        shape = (len(self.cities), len(self.years))
        faults = []
        if draws.ndim != 3 or draws.shape[:2] != shape or 0 in draws.shape:
            faults.append(
                Fault(f"draws of shape {draws.shape}", f"{shape} and at least one draw", "Mend it.")
            )
        elif not (draws.min() >= 0 and draws.max() < np.inf):  # neither holds with a NaN
            faults.append(
                Fault("draws that are negative or not finite", "persons, at least 0", "Mend them.")
            )
        if base.shape != shape[:1] or not (np.isfinite(base).all() and (base > 0).all()):
            faults.append(
                Fault("base populations missing or not positive", "one per city, above 0", "Mend.")
            )
        years = list(self.years)
        if years != sorted(set(years)) or (years and years[0] <= self.origin):
            faults.append(
                Fault(
                    f"years {years[:4]} … with origin {self.origin}",
                    "ascending years after the origin",
                    "Choose a horizon of at least one year.",
                )
            )
        for name, part in self.parts.items():
            if part.shape not in {draws.shape, (1, *draws.shape[1:])}:
                seen = f"a part {name} of shape {part.shape}"
                faults.append(Fault(seen, f"{draws.shape}, or one row", "Draw it alike."))
        raise_all(DataError, faults)
        object.__setattr__(self, "draws", draws)
        object.__setattr__(self, "base", base)
        object.__setattr__(self, "cities", tuple(self.cities))
        object.__setattr__(self, "years", tuple(int(year) for year in self.years))

    def _page(self) -> Page:
        return forecast_page(self)

    def at(self, year: int) -> np.ndarray:
        """Draws of one year, shape (cities, draws)."""
        if year not in self.years:
            raise DataError(
                Fault(
                    f"year {year}",
                    f"a forecast year ({self.years[0]} to {self.years[-1]})",
                    "Ask for a year inside the horizon.",
                )
            )
        return self.draws[:, self.years.index(year), :]

    def select(
        self, *, cities: Iterable[str] | None = None, years: Iterable[int] | None = None
    ) -> Forecast:
        """The same draws of some cities and years, in the order they have here.

        Raises
        ------
        DataError
            A city or year that is not there.
        """
        some = set(self.cities if cities is None else chosen("city", cities, self.cities, NAME))
        when = set(self.years if years is None else chosen("year", years, self.years, NAME))
        rows = [row for row, city in enumerate(self.cities) if city in some]
        columns = [column for column, year in enumerate(self.years) if year in when]
        parts = {
            name: part[:, columns][rows if len(part) > 1 else slice(None)]
            for name, part in self.parts.items()
        }
        return replace(
            self,
            cities=tuple(self.cities[row] for row in rows),
            years=tuple(self.years[column] for column in columns),
            draws=read_only(self.draws[:, columns][rows]),
            base=self.base[rows],
            parts=parts,
        )

    def of(self, kind: str) -> Forecast:
        """The forecast of ``people``, or of ``published`` figures, which a census may rebase.

        The same draws of the same futures; they differ only where a census lies ahead and the
        spread was learnt in parts.

        Raises
        ------
        DataError
            Another word.
        """
        if kind not in {"people", "published"}:
            raise DataError(Fault(f"a forecast of {kind!r}", "people or published", "Say which."))
        if kind == "published" or "rebasing" not in self.parts:
            return self
        parts = {name: part for name, part in self.parts.items() if name != "rebasing"}
        draws = self.draws.copy(order="K")
        for column in range(len(self.years)):  # a year at a time: the whole is larger than caches
            rebased = self.parts["rebasing"][:, column]
            if rebased.any():
                draws[:, column] /= np.exp(rebased)
        return replace(self, draws=read_only(draws), parts=parts)

    def part_sizes(self, year: int) -> pd.DataFrame:
        """Standard deviation of each part of the log error in one year, by city.

        Columns `demography`, `nation` and `rebasing`: the first is what the others leave.
        """
        log, place = np.log(self.at(year)), self.years.index(year)
        held = {name: part[:, place] for name, part in self.parts.items()}
        sizes = {"demography": (log - sum(held.values())).std(axis=1)}
        for name in ("nation", "rebasing"):
            own = held.get(name, np.zeros((1, log.shape[1]))).std(axis=1)
            sizes[name] = np.broadcast_to(own, (len(log),)).copy()
        return pd.DataFrame(sizes, index=pd.Index(self.cities, name="city"))

    def quantiles(self, probabilities: Iterable[float] = (0.1, 0.5, 0.9)) -> pd.DataFrame:
        """Quantiles by city and year: one column a probability, named ``q10`` and so on."""
        levels = list(probabilities)
        values = np.quantile(self.draws, levels, axis=2)
        index = pd.MultiIndex.from_product([self.cities, self.years], names=["city", "year"])
        names = [f"q{100 * level:g}" for level in levels]
        return pd.DataFrame(values.reshape(len(levels), -1).T, index=index, columns=names)

    def loss_probability(self, loss: float, year: int) -> pd.Series:
        """Probability that a city is at least the share `loss` below its base by `year`.

        "By" means in that year: a city that fell and recovered does not count. A loss that is no
        share below one raises `DataError`; a negative one is a growth.
        """
        fallen = self._fallen(loss, year)
        return pd.Series(
            fallen.mean(axis=1), index=pd.Index(self.cities, name="city"), name="probability"
        )

    def loss_counts(self, loss: float, year: int) -> np.ndarray:
        """Number of cities with at least that loss, one value a draw: shape (draws,)."""
        return np.asarray(np.count_nonzero(self._fallen(loss, year), axis=0))

    def _fallen(self, loss: float, year: int) -> np.ndarray:
        if not -1 < loss < 1:
            seen = f"a loss of {loss:g}"
            raise DataError(Fault(seen, "a share of the base", "Write 0.05 for 5 percent."))
        fallen: np.ndarray = self.at(year) <= (1 - loss) * self.base[:, None]
        return fallen

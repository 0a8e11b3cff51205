"""Natural growth by age and migration that closes over the nation; drift held to the nation."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol, runtime_checkable

import numpy as np

from econshrink.core.arrays import Floats, Ints, shrink
from econshrink.core.errors import Fault, SpecError
from econshrink.core.field_types import typed_fields
from econshrink.demography.projection.natural import NaturalGrowth
from econshrink.forecast.models.model import (
    PathModel,
    check_damping,
    check_horizons,
    damped_weights,
)
from econshrink.forecast.models.naive import WINDOW, Drift
from econshrink.forecast.models.shrunk import ShrunkDrift, sampling_variance
from econshrink.forecast.view import InformationSet, recent_growth


@runtime_checkable
class Noted(Protocol):
    """A model that has something to say about how it spoke."""

    def notes(self, view: InformationSet) -> tuple[str, ...]:
        """What a reader of its forecast from that view must know."""
        ...


@dataclass(frozen=True)
@typed_fields
class TwoPart:
    """Natural growth by age, plus migration that is shrunk, damped and closed over the units.

    Migration is recent growth less the natural growth of the same years, drawn towards the mean
    of the group as far as it is noise (as `ShrunkDrift` draws growth); its mean, weighted by
    people, is taken off, so that what some units gain others lose; it goes on times
    ``damping + damping² + …``.

    Parameters
    ----------
    natural : NaturalGrowth, optional
        Without it, and before its first origin, the model is `ShrunkDrift` with this damping.
    damping : float
    window : int

    Examples
    --------
    >>> from econshrink.demography.projection.natural import national_growth
    >>> level = np.array([[0.0, 0.02, 0.04], [0.0, 0.0, 0.0]])
    >>> view = InformationSet(("a", "b"), (2021, 2022, 2023), level, np.zeros(2, dtype=np.intp))
    >>> still = national_growth(("a", "b"), 0.0, first_origin=2021, last_year=2030)
    >>> TwoPart(still, damping=1.0).path(view, np.array([1])).round(4).tolist()
    [[0.0098], [-0.0102]]
    """

    natural: NaturalGrowth | None = None
    damping: float = 0.9
    window: int = WINDOW

    def __post_init__(self) -> None:
        check_damping(self.window, self.damping)

    @property
    def label(self) -> str:
        """The model and its settings."""
        if self.natural is None:
            return ShrunkDrift(self.window, damping=self.damping).label
        known = "nation" if self.natural.notes else "ages"  # notes say which units lack ages
        return f"two-part, {known} and migration ({self.damping:g})"

    def path(self, view: InformationSet, horizons: Ints) -> Floats:
        """Natural growth ahead plus damped migration.

        Raises
        ------
        DataError
            Natural growth of other units, or that does not reach the last horizon.
        """
        parts = self.parts(view, horizons)
        if parts is None:
            return ShrunkDrift(self.window, self.damping).path(view, horizons)
        return parts["natural"] + parts["migration"]

    def parts(self, view: InformationSet, horizons: Ints) -> dict[str, Floats] | None:
        """`natural` and `migration`, (cities, horizons) each, which add up to the path.

        None where no ages were out.
        """
        steps = check_horizons(horizons)
        table = self.natural.of(view.cities).known(view.origin) if self.natural else None
        if table is None:
            return None
        growth = recent_growth(view, self.window)
        moved = growth - table.past(view.origin, self.window)
        moved = shrink(moved, sampling_variance(view, self.window), view.groups)
        people = _people(view, growth)
        moved = moved - np.where(people > 0, moved, 0.0) @ people / max(people.sum(), 1.0)
        weights = damped_weights(steps, self.damping)
        return {
            "natural": table.ahead(view.origin, steps),
            "migration": moved[:, None] * weights,
        }

    def notes(self, view: InformationSet) -> tuple[str, ...]:
        """Whether ages were used."""
        return _notes(self.natural, view, "shrunk and damped growth")


@dataclass(frozen=True)
@typed_fields
class ScaledDrift:
    """Damped drift, shifted so that all units together grow as the nation does by its ages.

    Parameters
    ----------
    natural : NaturalGrowth, optional
        Without it, and before its first origin, the model is the damped drift.
    damping : float
    window : int
    """

    natural: NaturalGrowth | None = None
    damping: float = 0.9
    window: int = WINDOW

    def __post_init__(self) -> None:
        check_damping(self.window, self.damping)

    @property
    def label(self) -> str:
        """The model and its settings."""
        if self.natural is None:
            return Drift(self.window, self.damping).label
        return f"drift scaled to the nation ({self.damping:g})"

    def path(self, view: InformationSet, horizons: Ints) -> Floats:
        """Damped drift plus what all units lack to the nation's natural growth.

        Raises
        ------
        DataError
            Natural growth of other units, or that does not reach the last horizon.
        """
        steps = check_horizons(horizons)
        drift = Drift(self.window, self.damping).path(view, steps)
        table = self.natural.of(view.cities).known(view.origin) if self.natural else None
        if table is None:
            return drift
        people = _people(view, drift[:, 0])
        wanted = _together(table.ahead(view.origin, steps), people)
        return np.asarray(drift + wanted - _together(drift, people))

    def notes(self, view: InformationSet) -> tuple[str, ...]:
        """Whether the nation was used."""
        return _notes(self.natural, view, "damped growth, held to no nation")


@dataclass(frozen=True)
@typed_fields
class AveragePath:
    """The mean of the paths of some models, in logs.

    Unlike a `Mixture` of draws it has one record of past errors.

    Parameters
    ----------
    models : tuple of PathModel
    weights : tuple of float, optional
        Equal by default.

    Raises
    ------
    SpecError
        No model, or weights that are not one a model, not negative and adding up to 1.
    """

    models: tuple[PathModel, ...]
    weights: tuple[float, ...] = ()

    def __post_init__(self) -> None:
        count = len(self.models)
        given = self.weights or (1.0 / max(count, 1),) * count
        if not count or len(given) != count or min(given) < 0 or abs(sum(given) - 1) > 1e-9:
            seen = f"{count} models and weights {self.weights}"
            raise SpecError(Fault(seen, "one share a model, adding up to 1", "Mend the weights."))

    @property
    def label(self) -> str:
        """The models with their weights."""
        if not self.weights:
            return f"mean of {', '.join(model.label for model in self.models)}"
        parts = [f"{w:.0%} {m.label}" for w, m in zip(self.weights, self.models, strict=True)]
        return f"mean of {', '.join(parts)}"

    def path(self, view: InformationSet, horizons: Ints) -> Floats:
        """The weighted mean of the paths; NaN where one cannot say."""
        paths = np.stack([model.path(view, horizons) for model in self.models])
        return np.average(paths, axis=0, weights=self.weights or None)

    def notes(self, view: InformationSet) -> tuple[str, ...]:
        """What its models say, once each."""
        said = [note for m in self.models if isinstance(m, Noted) for note in m.notes(view)]
        return tuple(dict.fromkeys(said))


def national_mixture(natural: NaturalGrowth | None) -> AveragePath:
    """Equal mean of the scaled drift and two two-part models, damped .8 and .9."""
    return AveragePath((ScaledDrift(natural), TwoPart(natural, 0.8), TwoPart(natural, 0.9)))


def _people(view: InformationSet, known: Floats) -> Floats:
    """Residents at the origin of units with growth, zero elsewhere."""
    people = np.exp(view.at(view.origin))
    return np.where(np.isfinite(known) & np.isfinite(people), people, 0.0)


def _together(change: Floats, people: Floats) -> Floats:
    """Log change of all units' people together, shape (horizons,)."""
    rows = people > 0
    grown = people[rows] @ np.exp(change[rows])
    return np.asarray(np.log(grown / people[rows].sum()))


def _notes(natural: NaturalGrowth | None, view: InformationSet, instead: str) -> tuple[str, ...]:
    if natural is None:
        return (f"No ages and no national natural growth: {instead}.",)
    if natural.known(view.origin) is None:
        first = min(natural.tables)
        return (f"No ages were out in {view.origin} (first in {first}): {instead}.",)
    return natural.notes

"""Core and periphery by Borgatti and Everett, with nulls given from outside."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from econshrink.core.arrays import Floats
from econshrink.core.errors import DataError, Fault, SpecError
from econshrink.core.field_types import typed_fields
from econshrink.core.seeds import Rng, as_generator

EXHAUSTIVE = 20  # up to here all 2^n cores are tried
_CHUNK = 1 << 15


@dataclass(frozen=True)
@typed_fields
class BorgattiEverett:
    """Which ideal picture the flows are correlated with.

    Core to core is 1, periphery to periphery 0; flows between the two are `between`: None leaves
    them out, 0.5 puts them half way (flows that are a product of two sizes), 1 counts them as core.
    """

    between: float | None = 0.5

    def __post_init__(self) -> None:
        if self.between is not None and not 0 <= self.between <= 1:
            raise SpecError(Fault(f"between {self.between}", "None, or 0 to 1", "Choose 0.5."))


@dataclass(frozen=True, eq=False)
class Core:
    """A core and how well it fits.

    Parameters
    ----------
    members : ndarray of bool, shape (n,)
    fit : float
        Correlation of flows and ideal picture.
    """

    members: np.ndarray
    fit: float

    @property
    def size(self) -> int:
        """Number of core cities."""
        return int(self.members.sum())


def core_fit(flows: Floats, members: np.ndarray, model: BorgattiEverett | None = None) -> float:
    """Correlation of the flows off the diagonal with a picture whose core is `members`."""
    chosen = model or BorgattiEverett()
    return float(_correlations(flows, np.asarray(members, bool)[None], chosen)[0])


def core_exhaustive(
    flows: Floats, model: BorgattiEverett | None = None, sizes: range | None = None
) -> Core:
    """The best of all cores of the sizes allowed (n ≤ 20).

    Parameters
    ----------
    flows : ndarray, shape (n, n)
        Complete; often flows free of distance, or their logs.
    model : BorgattiEverett, optional
    sizes : range, optional
        Default 1 to n − 2; ties go to the smaller core, then to the earlier cities.

    Returns
    -------
    Core

    Raises
    ------
    SpecError
        More than 20 cities.
    DataError
        Flows that are all alike off the diagonal.
    """
    n = len(flows)
    if n > EXHAUSTIVE:
        raise SpecError(
            Fault(f"{n} cities", f"at most {EXHAUSTIVE}", "Use `core_search` for more.")
        )
    check_flows(flows)
    chosen, allowed = model or BorgattiEverett(), sizes or range(1, n - 1)
    best = Core(np.zeros(n, dtype=bool), -np.inf)
    bits = np.arange(n)
    for start in range(0, 1 << n, _CHUNK):
        numbers = np.arange(start, min(start + _CHUNK, 1 << n))
        sets = (numbers[:, None] >> bits) & 1 == 1
        sets = sets[np.isin(sets.sum(axis=1), list(allowed))]
        if len(sets):
            fits = _correlations(flows, sets, chosen)
            best = _better(best, sets, fits)
    return best


def core_by_size(flows: Floats, sizes: Floats, model: BorgattiEverett | None = None) -> Core:
    """The core by rule: the k cities of largest size whose picture fits the flows best.

    Candidates are nested, so that a city between two cores, which moves many people because it is
    near them, enters only if its size free of distance is among the largest; k runs from 1 to
    half the cities. The flows themselves choose k.

    Parameters
    ----------
    flows : ndarray, shape (n, n)
        Observed flows.
    sizes : ndarray, shape (n,)
        Sizes free of distance, such as gravity effects; only their order counts.
    model : BorgattiEverett, optional
        Default `between` 0.5, which allows a single core.

    Returns
    -------
    Core

    Examples
    --------
    >>> flows = np.array([[0.0, 9, 3, 3], [9, 0, 3, 3], [3, 3, 0, 1], [3, 3, 1, 0]])
    >>> core_by_size(flows, np.array([3.0, 2.9, 1.0, 1.1])).members
    array([ True,  True, False, False])
    """
    check_flows(flows)
    order = np.argsort(-sizes, kind="stable")
    place = np.empty(len(order), dtype=np.intp)
    place[order] = np.arange(len(order))
    sets = place[None, :] < np.arange(1, len(order) // 2 + 1)[:, None]
    fits = _correlations(flows, sets, model or BorgattiEverett())
    return Core(sets[int(fits.argmax())], float(fits.max()))


def separation(sizes: Floats) -> float:
    """Largest share of the variance of sizes that lies between a top group and the rest.

    Top groups of 1 to n/2 cities are tried (Otsu 1979). Sizes of one smooth hierarchy reach about
    two thirds; a core set apart reaches more.

    Takes `sizes` of shape (n,): log sizes, not all alike.

    Examples
    --------
    >>> round(separation(np.array([5.0, 5.0, 1.0, 1.0, 1.0])), 9)
    1.0
    """
    ordered = np.sort(np.asarray(sizes, dtype=np.float64))[::-1]
    n = len(ordered)
    gap = ordered - ordered.mean()
    top = np.cumsum(gap)[: n // 2]
    count = np.arange(1, n // 2 + 1)
    between = top**2 * (1.0 / count + 1.0 / (n - count))
    return float(between.max() / (gap**2).sum())


def core_search(
    flows: Floats,
    rng: Rng = None,
    model: BorgattiEverett | None = None,
    *,
    tries: int = 20,
) -> Core:
    """A core no exchange of one city can improve, best of several starts (any n).

    Starts: the cities of largest strength, and chance sets. Each step adds or drops the one city
    that raises the fit most. Time grows with the cube of the cities a step, and a step is needed
    for every city that changes sides.

    Parameters
    ----------
    flows : ndarray, shape (n, n)
    rng : int or numpy.random.Generator, optional
    model : BorgattiEverett, optional
    tries : int

    Returns
    -------
    Core
    """
    check_flows(flows)
    chosen, n = model or BorgattiEverett(), len(flows)
    order = np.argsort(-(flows.sum(axis=0) + flows.sum(axis=1)), kind="stable")
    best, drawn = Core(np.zeros(n, dtype=bool), -np.inf), as_generator(rng, "core_search")
    for number in range(tries):
        members = np.zeros(n, dtype=bool)
        if number < tries // 2:
            members[order[: 1 + int(number * (n - 2) / max(tries // 2, 1) / 2)]] = True
        else:
            members[drawn.choice(n, drawn.integers(1, n - 1), replace=False)] = True
        fit = core_fit(flows, members, chosen)
        while True:
            moves = members ^ np.eye(n, dtype=bool)
            inside = moves.sum(axis=1)
            moves = moves[(inside >= 1) & (inside <= n - 2)]
            fits = _correlations(flows, moves, chosen)
            step = int(fits.argmax())
            if fits[step] <= fit + 1e-12:
                break
            members, fit = moves[step], float(fits[step])
        best = _better(best, members[None], np.array([fit]))
    return best


def core_p_value(observed: float, null_fits: Floats) -> float:
    """(1 + null fits at least as large) / (draws + 1)."""
    return float((1 + (null_fits >= observed).sum()) / (len(null_fits) + 1))


def null_fits(nulls: Floats, statistic: Callable[[Floats], float]) -> Floats:
    """The statistic of each null network; `nulls` has shape (draws, n, n)."""
    return np.array([statistic(flows) for flows in nulls], dtype=np.float64)


def _correlations(flows: Floats, sets: np.ndarray, model: BorgattiEverett) -> Floats:
    """Correlations for many sets at once, shape (m,); −inf where one is undefined."""
    matrix = flows.copy()
    np.fill_diagonal(matrix, 0.0)
    n = len(matrix)
    inside = sets.astype(np.float64)
    outside = 1.0 - inside
    cores = inside.sum(axis=1)
    rest = n - cores
    core_sum = ((inside @ matrix) * inside).sum(axis=1)
    rest_sum = ((outside @ matrix) * outside).sum(axis=1)
    core_count, rest_count = cores * (cores - 1), rest * (rest - 1)
    if model.between is None:
        square = matrix**2
        squares = ((inside @ square) * inside).sum(axis=1)
        squares += ((outside @ square) * outside).sum(axis=1)
        count, total = core_count + rest_count, core_sum + rest_sum
        level, level_square, cross = core_count, core_count, core_sum
    else:
        mixed, mixed_count = matrix.sum() - core_sum - rest_sum, 2 * cores * rest
        squares, total = np.full(len(sets), (matrix**2).sum()), np.full(len(sets), matrix.sum())
        count = np.full(len(sets), float(n * (n - 1)))
        level = core_count + model.between * mixed_count
        level_square = core_count + model.between**2 * mixed_count
        cross = core_sum + model.between * mixed
    with np.errstate(invalid="ignore", divide="ignore"):
        covariance = cross / count - total / count * level / count
        spread = (squares / count - (total / count) ** 2) * (
            level_square / count - (level / count) ** 2
        )
        fits = covariance / np.sqrt(spread)
    return np.asarray(np.where(np.isfinite(fits) & (spread > 1e-300), fits, -np.inf))


def _better(best: Core, sets: np.ndarray, fits: Floats) -> Core:
    top = float(fits.max())
    if top < best.fit - 1e-12:
        return best
    ties = sets[fits >= top - 1e-12]
    if top <= best.fit + 1e-12:
        ties = np.vstack([best.members[None], ties])
    order = np.lexsort((*(~ties.T[::-1]), ties.sum(axis=1)))
    return Core(ties[order[0]], max(top, best.fit))


def check_flows(flows: Floats) -> None:
    """Raise `DataError` unless a core can be told: four cities, finite flows that differ."""
    off = ~np.eye(len(flows), dtype=bool)
    values = flows[off]
    if len(flows) < 4 or not np.isfinite(values).all() or np.ptp(values) == 0:
        raise DataError(
            Fault(
                f"{len(flows)} cities, flows missing or all alike",
                "four cities or more with complete, unequal flows",
                "Complete the network; log flows need flows above zero.",
            )
        )

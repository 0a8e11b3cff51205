"""Which rows a regression can use: singletons, empty and constant columns, and what was lost."""

from __future__ import annotations

import numpy as np

from econshrink.core.arrays import Floats, Ints
from econshrink.core.errors import Fault

CONSTANT_TOLERANCE = 1e-12  # range of a column relative to its largest absolute value


def drop_singletons(effects: dict[str, Ints], rows: Ints) -> dict[str, Ints]:
    """Find the rows that are alone in a level of an effect, again and again until none is left.

    Takes `effects`: effect to codes, shape (n,); `rows`: positions to look at.

    Returns effect to the positions it singles out; effects without any are absent.

    Examples
    --------
    >>> drop_singletons({"city": np.array([0, 0, 1])}, np.arange(3))
    {'city': array([2])}
    """
    alone: dict[str, list[Ints]] = {name: [] for name in effects}
    found = True
    while found:
        found = False
        for name, levels in effects.items():
            if not len(rows):
                break
            here = levels[rows]
            sizes = np.bincount(here)
            if (sizes == 1).any():
                single = sizes[here] == 1
                alone[name].append(rows[single])
                rows, found = rows[~single], True
    return {name: np.concatenate(parts) for name, parts in alone.items() if parts}


def empty_columns(labels: list[str], gaps: np.ndarray) -> list[Fault]:
    """Faults of columns without any figure.

    Takes `labels`: names of the k columns; `gaps` of shape (n, k): True where a cell is missing.

    Examples
    --------
    >>> empty_columns(["x"], np.array([[True], [True]]))[0].seen
    "no figure at all for 'x'"
    """
    return [
        Fault(
            f"no figure at all for '{label}'",
            "figures in some rows",
            "Leave it out or fill it from a source.",
        )
        for label, empty in zip(labels, np.atleast_1d(gaps.all(axis=0)), strict=True)
        if empty
    ]


def sample_faults(
    table: Floats, labels: list[str], effects: dict[str, Ints], counts: dict[str, int]
) -> list[Fault]:
    """Faults of the rows that are used: none, a constant column, an effect with one level.

    Takes `table` of shape (n, k): outcome and covariates of the rows that are used; `labels`:
    names, at least k; `effects`: effect to codes of these rows; `counts`: reason to rows left out,
    for the message.
    """
    if not len(table):
        lost = ", ".join(f"{name} {count}" for name, count in counts.items() if count)
        seen = f"no rows left (left out: {lost})"
        return [Fault(seen, "rows with all variables", "Drop the emptiest variable or effects.")]
    faults = []
    for position, label in enumerate(labels[: table.shape[1]]):
        column = table[:, position]
        low, high = float(column.min()), float(column.max())
        if high - low <= CONSTANT_TOLERANCE * max(abs(low), abs(high)):
            faults.append(
                Fault(
                    f"'{label}' is constant ({column[0]:.6g}) in the {len(table)} rows used",
                    "a variable that varies",
                    "Leave it out, or look at which rows were left out.",
                )
            )
    for name, levels in effects.items():
        if levels.min() == levels.max():
            faults.append(
                Fault(
                    f"one level of effect '{name}' in the {len(table)} rows used",
                    "at least two levels to compare",
                    f"Leave '{name}' out of the effects or widen the sample.",
                )
            )
    return faults


def loss_notes(
    size: int,
    counts: dict[str, int],
    labels: list[str],
    gaps: np.ndarray,
    unlabelled: dict[str, np.ndarray],
    alone: dict[str, Ints],
) -> tuple[str, ...]:
    """Tell in words how many rows were left out, and because of which variable or effect.

    Takes `size`: rows of the panel; `counts`: rows left out as ``missing``, ``zero_weight`` and
    ``singleton``; `gaps` of shape (size, len(labels)); `unlabelled`: effect to a mask of rows
    without its label; `alone`: effect to the rows it singles out.
    """
    lost = {label: int(n) for label, n in zip(labels, gaps.sum(axis=0), strict=True) if n}
    lost |= {name: int(mask.sum()) for name, mask in unlabelled.items() if mask.any()}
    return loss_words(size, counts, lost, {name: len(rows) for name, rows in alone.items()})


def loss_words(
    size: int, counts: dict[str, int], lost: dict[str, int], alone: dict[str, int]
) -> tuple[str, ...]:
    """The same from counts: `lost` of gaps by variable, `alone` of singletons by effect.

    Examples
    --------
    >>> loss_words(9, {"missing": 1, "zero_weight": 0, "singleton": 0}, {"x": 1}, {})
    ('1 of 9 rows left out for missing values (x 1)',)
    """
    notes = []
    if counts["missing"]:
        detail = ", ".join(f"{name} {n}" for name, n in lost.items())
        notes.append(f"{counts['missing']} of {size} rows left out for missing values ({detail})")
    if counts["zero_weight"]:
        notes.append(f"{counts['zero_weight']} rows left out for zero weight")
    if counts["singleton"]:
        detail = ", ".join(f"{name} {n}" for name, n in alone.items())
        notes.append(f"{counts['singleton']} rows left out as singletons ({detail})")
    return tuple(notes)

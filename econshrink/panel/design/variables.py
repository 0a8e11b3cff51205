"""Effects, clusters and coordinates of a panel by row, and covariates that hold the outcome."""

from __future__ import annotations

import re
from collections.abc import Iterable
from difflib import get_close_matches

import numpy as np
import pandas as pd

from econshrink.core.arrays import Ints, codes
from econshrink.core.columns import as_numbers
from econshrink.core.errors import Fault
from econshrink.nouns.panel import CityPanel


def containing(outcome: str, terms: Iterable[str]) -> list[Fault]:
    """Faults of covariates that contain the outcome of the same year.

    Takes `outcome`: variable or expression; `terms`: covariates. Earlier values, ``lag(…)``, may be
    there.

    Examples
    --------
    >>> [fault.seen for fault in containing("y", ["x:y", "lag(y)", "yield", "diff(y)"])]
    ["the outcome 'y' in the covariate 'x:y'", "the outcome 'y' in the covariate 'diff(y)'"]
    """
    wanted = outcome.replace(" ", "")
    pattern = rf"\b{re.escape(wanted)}\b" if wanted.isidentifier() else re.escape(wanted)
    faults = []
    for term in terms:
        now = re.sub(r"\blag\([^()]*(\([^()]*\)[^()]*)*\)", "", term.replace(" ", ""))
        if re.search(pattern, now):
            seen = f"the outcome '{outcome}' in the covariate '{term}'"
            faults.append(Fault(seen, "covariates without it", "Use a lag of it instead."))
    return faults


def effect_codes(panel: CityPanel, effect: str) -> tuple[Ints, list[Fault]]:
    """Codes of an effect or cluster by row of the panel; −1 where an attribute is missing.

    Takes `effect`: ``"city"``, ``"year"`` or what the panel calls them, a city attribute, a label,
    a variable whose values are groups, or a product such as ``"province^year"``.

    Returns codes, shape (rows of the panel,), not necessarily dense; faults.

    Examples
    --------
    >>> panel = CityPanel.from_long(pd.DataFrame({
    ...     "city": ["110000", "110000", "120000", "120000"], "year": [2010, 2011] * 2,
    ...     "y": [1.0, 2.0, 4.0, 3.0], "x": [0.0, 1.0, 1.0, 3.0]}))
    >>> effect_codes(panel, "city^year")[0]
    array([0, 1, 2, 3])
    """
    parts = [effect] if _is_known(panel, effect) else [part.strip() for part in effect.split("^")]
    unknown = [part for part in parts if not _is_known(panel, part)]
    if unknown:
        close = [hit for part in unknown for hit in get_close_matches(part, panel.groupings, 2)]
        return np.empty(0, dtype=np.intp), [
            Fault(
                f"no effect {', '.join(map(repr, unknown))} in '{effect}'",
                f"one of {', '.join(panel.groupings[:40])}, or a product such as 'province^year'",
                f"Did you mean {' or '.join(map(repr, close))}?"
                if close
                else "Attach the attribute to the panel or check the spelling.",
            )
        ]
    joint = _part_codes(panel, parts[0])
    for part in parts[1:]:
        other = _part_codes(panel, part)
        width = int(other.max()) + 1
        joint = np.where((joint < 0) | (other < 0), -1, joint * width + other)
    return joint, []


def numbers(panel: CityPanel, name: str, rows: Ints) -> tuple[np.ndarray, list[Fault]]:
    """A numeric variable or city attribute in the given rows, complete, and what is wrong with it.

    Returns values, shape (len(rows),); faults.

    Examples
    --------
    >>> panel = CityPanel.from_long(pd.DataFrame({
    ...     "city": ["110000", "110000", "120000", "120000"], "year": [2010, 2011] * 2,
    ...     "y": [1.0, 2.0, 4.0, 3.0], "x": [0.0, 1.0, 1.0, 3.0]}))
    >>> numbers(panel, "x", np.array([1, 3]))[0]
    array([1., 3.])
    """
    if name in panel.variables:
        values = panel.frame[name].to_numpy(dtype=float)
    elif name in panel.attributes.columns:
        by_row = panel.attribute(name)
        values, wrong = as_numbers(by_row, name, decode=True)
        if wrong:
            return values[rows], wrong
    else:
        fault = Fault(
            f"no variable or city attribute '{name}'",
            "numbers for every city",
            "Attach it to the panel or name the column that holds it.",
        )
        return np.empty(0), [fault]
    found = values[rows]
    lost = int(np.isnan(found).sum())
    if lost:
        seen = f"'{name}' missing or not a number in {lost} rows"
        return found, [Fault(seen, "numbers for every city", "Complete the attribute.")]
    return found, []


def _is_known(panel: CityPanel, name: str) -> bool:
    return bool(panel.role(name)) or name in panel.groupings


def _part_codes(panel: CityPanel, part: str) -> Ints:
    index = panel.frame.index
    assert isinstance(index, pd.MultiIndex)
    role = panel.role(part)
    if not role and part not in panel.attributes.columns:
        column = panel.labels[part] if part in panel.labels.columns else panel.frame[part]
        return pd.factorize(column)[0].astype(np.intp)
    position = 1 if role == "time" else 0
    level, _ = codes(np.asarray(index.codes[position]))
    if role:
        return level
    labels = panel.attributes[part].reindex(list(panel.cities))
    try:
        by_city, _ = pd.factorize(labels, sort=True)
    except TypeError:  # labels of several kinds have no order; their numbers need none
        by_city, _ = pd.factorize(labels)
    return by_city.astype(np.intp)[level]

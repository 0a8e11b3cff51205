"""Values as short JSON: plain numbers, lists with holes, labels three to a letter."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
import pandas as pd

LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZa"  # 27 triples of labels no, yes, undefined
CLASSES = "0123456789"  # classes of a map, one digit each
STATUSES = {
    "reported": ".",
    "interpolated": "i",
    "rebased": "r",
    "wrong_concept": "w",
    "revised": "v",
    "estimated": "e",
    "suspect": "s",
}


def number(value: Any) -> int | float | None:
    """A number without a needless fraction; missing and infinite ones are None."""
    plain = float(value)
    if not math.isfinite(plain):
        return None
    return int(plain) if plain.is_integer() and abs(plain) < 2**53 else plain


def numbers(values: Iterable[Any]) -> list[int | float | None]:
    """`number` of each."""
    return [number(value) for value in values]


def rows(frame: pd.DataFrame, units: Sequence[str]) -> list[list[int | float | None] | None]:
    """A list a unit, None for a unit without any figure."""
    aligned = frame.reindex(list(units)).to_numpy(dtype=float)
    return [numbers(row) if np.isfinite(row).any() else None for row in aligned]


def status_rows(
    status: pd.DataFrame, values: pd.DataFrame, units: Sequence[str]
) -> list[str | None]:
    """A letter a cell, empty for a unit whose figures are all reported."""
    made: list[str | None] = []
    aligned = status.reindex(index=list(units), columns=list(values.columns))
    known = values.reindex(list(units)).notna().to_numpy()
    for words, held in zip(aligned.to_numpy(dtype=object), known, strict=True):
        letters = [
            STATUSES.get(str(word), ".") if there else "."
            for word, there in zip(words, held, strict=True)
        ]
        made.append("".join(letters) if set(letters) != {"."} else None)
    return made


def pack_labels(labels: Sequence[float]) -> str:
    """Labels 0, 1 and missing, three to a letter.

    Examples
    --------
    >>> pack_labels([1, 0, float("nan"), 1])
    'TZ'
    """
    digits = [2 if not math.isfinite(label) else int(label) for label in labels]
    digits += [2] * (-len(digits) % 3)
    return "".join(
        LETTERS[digits[k] + 3 * digits[k + 1] + 9 * digits[k + 2]] for k in range(0, len(digits), 3)
    )


def unpack_labels(text: str, count: int) -> list[float]:
    """What `pack_labels` packed."""
    digits = []
    for letter in text:
        code = LETTERS.index(letter)
        digits += [code % 3, code // 3 % 3, code // 9]
    return [math.nan if digit == 2 else float(digit) for digit in digits[:count]]


def pack_classes(classes: Iterable[int]) -> str:
    """A digit a unit, a hyphen for none."""
    return "".join("-" if place < 0 else CLASSES[place] for place in classes)


def script_json(tree: Any) -> str:
    """JSON that may stand inside a script element: no ``<``, no line separators, no NaN."""
    text = json.dumps(tree, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    for sign in ("<", ">", "&", "\u2028", "\u2029"):
        text = text.replace(sign, f"\\u{ord(sign):04x}")
    return text

"""Values nobody should pass: numbers, text, containers and columns."""

from __future__ import annotations

import datetime
import decimal
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd

Rng = np.random.Generator

TEXTS = (
    "", " ", "\x00", "nan", "NaT", "None", "-1", "1e999", "０１２３", "١٢٣", "城市", "x" * 500,
    "x\ny", "=1+1", "=cmd|' /C calc'!A0", "@SUM(A1)", "+1", "-x", "<script>alert(1)</script>",
    "'; DROP TABLE", "../../etc/passwd", "{0.__class__}", "%s%n", "\ud83d", "\u202e", "\ufeff",
    "city", "year", "province", "y", "x", "Intercept", "fixest", "HC3", "population", "A&(B|C)",
    "(",
    "1,234.5", "12%", "三万", "2010年", "1/0", "__import__('os')",
)  # fmt: skip
NUMBERS: tuple[Any, ...] = (
    0, 1, -1, 2, 3, 10, 1000, 0.0, -0.0, 0.5, 1.0, 1.5, -0.5, 1e-9, 1e-300, 5e-324, 1e9, 1e300,
    float("nan"), float("inf"), float("-inf"), 2**31, 2**63, 2**64, 10**40, -(2**63), True, False,
)  # fmt: skip


def scalar(rng: Rng) -> Any:
    """One hostile scalar."""
    kind = int(rng.integers(8))
    if kind <= 2:
        return NUMBERS[int(rng.integers(len(NUMBERS)))]
    if kind <= 4:
        return TEXTS[int(rng.integers(len(TEXTS)))]
    if kind == 5:
        return float(rng.normal() * 10.0 ** rng.integers(-8, 9))
    rare = (
        None, 1j, b"bytes", np.float32(1.5), np.int8(3), np.nan, np.datetime64("NaT"), pd.NaT,
        pd.NA, pd.Timestamp("2010-01-01"), datetime.date(2010, 1, 1), decimal.Decimal("1.5"),
        decimal.Decimal("NaN"), object, len, np.str_("y"), np.bool_(True), ...,
    )  # fmt: skip
    return rare[int(rng.integers(len(rare)))]


def anything(rng: Rng, depth: int = 0) -> Any:
    """A hostile scalar, or a container of some."""
    if depth > 1 or rng.random() < 0.6:
        return scalar(rng)
    parts = [anything(rng, depth + 1) for _ in range(int(rng.integers(0, 4)))]
    kind = int(rng.integers(6))
    if kind <= 2:
        return tuple(parts)
    if kind == 3:
        return parts
    if kind == 4:
        return {_key(part): part for part in parts}
    return np.array([float(rng.normal()) for _ in parts])


def _key(part: Any) -> Any:
    try:
        hash(part)
    except TypeError:
        return str(part)
    return part


def column(rng: Rng, rows: int) -> Any:
    """A column of a table as users have them, and worse."""
    plain = rng.normal(size=rows)
    return _COLUMNS[int(rng.integers(len(_COLUMNS)))](rng, plain)


_COLUMNS: tuple[Callable[[Rng, np.ndarray], Any], ...] = (
    *(5 * (lambda _, plain: plain,)),
    lambda rng, plain: plain * 10.0 ** int(rng.choice([8, -8, 150, -150])),
    lambda rng, plain: np.where(rng.random(len(plain)) < rng.random(), np.nan, plain),
    lambda rng, plain: np.where(rng.random(len(plain)) < 0.1, rng.choice([np.inf, -np.inf]), plain),
    lambda rng, plain: np.full(len(plain), float(rng.choice([0.0, 1.0, np.nan, 1e300]))),
    lambda rng, plain: rng.integers(-3, 4, len(plain)),
    lambda rng, plain: rng.random(len(plain)) < 0.5,
    lambda rng, plain: pd.array(rng.integers(0, 9, len(plain)), dtype="Int64"),
    lambda rng, plain: pd.array(
        np.where(rng.random(len(plain)) < 0.2, np.nan, plain), dtype="Float64"
    ),
    lambda rng, plain: pd.Categorical(rng.integers(0, 3, len(plain))),
    lambda _, plain: plain.astype("float32"),
    lambda rng, plain: (
        pd.Timestamp("2010-01-01") + pd.to_timedelta(rng.integers(0, 999, len(plain)), unit="D")
    ),
    lambda _, plain: plain + 1j,
    lambda rng, plain: np.array([*(scalar(rng) for _ in plain), None], dtype=object)[:-1],
    lambda rng, plain: [TEXTS[int(i)] for i in rng.integers(0, len(TEXTS), len(plain))],
    lambda _, plain: pd.period_range("2010", periods=len(plain), freq="Y"),
    lambda rng, plain: pd.arrays.SparseArray(np.where(rng.random(len(plain)) < 0.8, 0.0, plain)),
)

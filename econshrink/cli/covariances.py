"""Words of the command line to covariance options."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from econshrink.inference.linear_fit import Vcov
    from econshrink.nouns.spells import SpellTable
    from econshrink.survival.options import SurvivalCovariance

WORDS = "iid, robust, hc2, hc3, cluster[:A[,B]], jackknife[:A], dk[:LAGS], nw[:LAGS], conley:KM"
SURVIVAL_WORDS = "iid, robust, cluster[:COLUMN]"
PLACES = ("latitude", "longitude")


def add_vcov(parser: argparse.ArgumentParser, words: str = WORDS, default: str = "") -> None:
    """Option ``--vcov``."""
    said = f"standard errors: {words} (default: {default or 'clustered by the unit'})"
    parser.add_argument("--vcov", metavar="WORD", help=said)


def vcov_of(word: str | None, places: tuple[str, str] = PLACES) -> Vcov | None:
    """The option that a word stands for; None if none was given.

    Parameters
    ----------
    word : str or None
        Such as ``robust``, ``cluster:firm``, ``dk:2`` or ``conley:200``; ``conley:200,lat,lon``
        names the columns of the places.
    places : tuple of str
        Columns of latitude and longitude if the word does not name them.

    Raises
    ------
    SpecError
        Another word, or a number that is none.
    """
    from econshrink import (  # noqa: PLC0415
        Clustered,
        Conley,
        DriscollKraay,
        Heteroskedastic,
        Iid,
        Jackknife,
        NeweyWest,
    )

    if word is None:
        return None
    name, colon, rest = word.partition(":")
    parts = tuple(part.strip() for part in rest.split(",")) if colon else ()
    kind = name.strip().lower()
    if not all(parts):
        raise _unknown(word)
    if kind in {"iid", "robust", "hc0", "hc1", "hc2", "hc3"} and not parts:
        if kind == "iid":
            return Iid()
        return Heteroskedastic("HC1" if kind == "robust" else kind.upper())
    if kind == "cluster":
        return Clustered(parts) if parts else Clustered()
    if kind == "jackknife" and len(parts) < 2:
        return Jackknife(parts[0]) if parts else Jackknife()
    if kind in {"dk", "nw"} and len(parts) < 2:
        lags = _whole(parts[0], word) if parts else None
        return DriscollKraay(lags) if kind == "dk" else NeweyWest(lags)
    if kind == "conley" and len(parts) in {1, 3}:
        latitude, longitude = parts[1:] or places
        return Conley(_number(parts[0], word), latitude=latitude, longitude=longitude)
    raise _unknown(word)


def survival_vcov_of(word: str | None, spells: SpellTable, default: str) -> SurvivalCovariance:
    """The same for survival models, which know iid, robust and one cluster, by default the unit."""
    from econshrink import Clustered, Heteroskedastic, Iid  # noqa: PLC0415

    found = vcov_of(word or default)
    if isinstance(found, Iid | Heteroskedastic):
        return found
    if isinstance(found, Clustered) and isinstance(found.by, str):
        own = found.by == Clustered().by
        return Clustered("city" if own else spells.place(found.by))
    raise _unknown(str(word), SURVIVAL_WORDS)


def names_in(word: str | None) -> str:
    """What may be names of columns in a word."""
    return (word or "").partition(":")[2]


def _whole(text: str, word: str) -> int:
    try:
        return int(text)
    except ValueError:
        raise _unknown(word) from None


def _number(text: str, word: str) -> float:
    try:
        return float(text)
    except ValueError:
        raise _unknown(word) from None


def _unknown(word: str, words: str = WORDS) -> Exception:
    from econshrink.core.errors import Fault, SpecError  # noqa: PLC0415

    return SpecError(
        Fault(f"--vcov {word}", f"one of {words}", "Write --vcov cluster:COLUMN, for example.")
    )

"""Exact arithmetic on numbers written as text, shared by the modules that reshape."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal

Rows = list[dict[str, str]]


def scaled(text: str, power: int = 0) -> str:
    """Move the decimal point of a number written as text, exactly.

    Parameters
    ----------
    text : str
        A decimal number, or empty.
    power : int
        Power of ten to multiply by.

    Returns
    -------
    str
        Plain notation without superfluous zeros; empty for empty.

    Examples
    --------
    >>> scaled("13.52", -2), scaled("1245.6", 4), scaled("8946843.0"), scaled("")
    ('0.1352', '12456000', '8946843', '')
    """
    if text == "":
        return ""
    number = Decimal(text).scaleb(power)
    return format(number.normalize() + 0, "f")


def city_year(row: Mapping[str, str]) -> dict[str, str]:
    """Key of a row."""
    return {"city": row["unit_code"], "year": row["year"]}


def flagged(row: Mapping[str, str], variable: str, status: str, reason: str) -> dict[str, str]:
    """A row of a table of statuses."""
    return city_year(row) | {"variable": variable, "status": status, "reason": reason}

"""Cells that several exhibits print alike."""

from __future__ import annotations

from econshrink.nouns import Cell

SMALLEST = 0.001  # p-values below print as such


def p_cell(value: float) -> Cell:
    """A p-value with three decimals, or ``<0.001``.

    Examples
    --------
    >>> p_cell(0.0421).text, p_cell(0.0001).text
    ('0.042', '<0.001')
    """
    return Cell(f"<{SMALLEST}") if value < SMALLEST else Cell(float(value), ".3f")

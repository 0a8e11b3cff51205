"""Which unit a figure has, and where that is said."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from econshrink.core.errors import Fault
from econshrink.data.yearbook.shape.context import Context
from econshrink.data.yearbook.shape.header import Heading
from econshrink.data.yearbook.shape.headings import OWN_UNIT, Indicator
from econshrink.data.yearbook.words.units import Unit, read_unit


@dataclass(frozen=True)
class Measure:
    """Printed unit, exact factor to our unit, and where the unit stands."""

    unit: str
    factor: Decimal
    source: str


def unit_of(
    indicator: Indicator,
    heading: Heading,
    row_unit: str,
    cell_unit: str,
    context: Context,
    given: Mapping[str, str],
) -> Measure | Fault:
    """Unit of a cell: behind the figure, in the row, in the heading, given, or in the caption.

    Parameters
    ----------
    indicator : Indicator
        What is measured.
    heading : Heading
        Heading of the column (with the indicator's own unit in a long table).
    row_unit, cell_unit : str
        Text of the row's unit cell, and text behind the figure.
    context : Context
        Units in captions: taken if exactly one of them measures the indicator.
    given : Mapping
        Units the user gave by term.

    Returns
    -------
    Measure or Fault
        A fault if a printed unit does not measure the indicator, or if none is known and none
        may be taken for granted.
    """
    for text, source in ((cell_unit, "behind the figure"), (row_unit, "unit column")):
        if text.strip():
            return _measured(read_unit(text), text, indicator, source)
    if heading.unit is not None:
        return _measured(heading.unit, heading.unit.text, indicator, "heading")
    entry = heading.entry
    if entry is not None and entry.unit == OWN_UNIT:
        return Measure("", Decimal(1), "our own name and unit")
    if entry is not None and entry.unit:
        return _measured(read_unit(entry.unit), entry.unit, indicator, "heading table")
    if indicator.term in given:
        text = given[indicator.term]
        return _measured(read_unit(text), text, indicator, "given by the user")
    fitting = {u.text: f for u in context.units if (f := u.factor(indicator.dimension)) is not None}
    if len(set(fitting.values())) == 1:
        text, factor = next(iter(fitting.items()))
        return Measure(text, factor, "caption")
    if indicator.usual_unit and not fitting:
        return _measured(
            read_unit(indicator.usual_unit),
            indicator.usual_unit,
            indicator,
            "assumed, none printed",
        )
    seen = f"units {', '.join(fitting)} in the caption" if fitting else "no unit"
    return Fault(
        f"{seen} for {indicator.term} (heading '{heading.text}')",
        f"a unit of {indicator.dimension}",
        f"Pass units={{'{indicator.term}': '…'}} with the unit as the yearbook prints it.",
    )


def _measured(unit: Unit | None, text: str, indicator: Indicator, source: str) -> Measure | Fault:
    factor = unit.factor(indicator.dimension) if unit is not None else None
    if factor is None:
        return Fault(
            f"the unit '{text}' ({source}) for {indicator.term}",
            f"a unit of {indicator.dimension}",
            "Mend the unit, or map the heading to another term with `headings`.",
        )
    return Measure(text, factor, source)

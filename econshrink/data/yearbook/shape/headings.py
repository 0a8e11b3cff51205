"""One table from printed headings to terms, which users extend with a mapping."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from importlib.resources import files

from econshrink.core.errors import DataError, Fault, raise_all
from econshrink.core.options import option
from econshrink.data.open.text import key
from econshrink.data.yearbook.words.units import read_unit

Extension = Mapping[str, str | tuple[str, str]]
DISTRICTS = "_districts"
OWN_UNIT = "own"
BY_USER = "heading given by the user"


@option
class Indicator:
    """A term the reader knows.

    Parameters
    ----------
    term : str
        Name of the variable in the panel.
    dimension : str
        What it measures (persons, money, area, floor, price, count, person_years, share, rate,
        index): decides which units may be printed over it.
    additive : bool
        Whether parts sum to the whole.
    usual_unit : str
        The unit taken if the file names none; empty where no unit can be taken for granted.
    label_zh, label_en : str
        Labels.
    """

    term: str
    dimension: str
    additive: bool
    usual_unit: str
    label_zh: str
    label_en: str


@option
class Entry:
    """What a heading means: its term, the unit it implies and a caution."""

    term: str
    unit: str = ""
    note: str = ""

    @property
    def candidates(self) -> tuple[str, ...]:
        """The terms it may mean, if the heading alone does not tell; else empty."""
        return tuple(self.term[1:].split("/")) if self.term.startswith("?") else ()


@dataclass(frozen=True, eq=False)
class HeadingTable:
    """Headings in Chinese, English and coded form, and the terms they stand for.

    Parameters
    ----------
    entries : Mapping of str to Entry
        By heading, as `econshrink.data.open.text.key` compares it.
    indicators : Mapping of str to Indicator
        By term.

    Examples
    --------
    >>> table = heading_table({"Gdpct01": ("gdp_nominal", "万元")})
    >>> table.lookup("gdpct01").unit, table.lookup("年末常住人口").term
    ('万元', 'population')
    """

    entries: Mapping[str, Entry]
    indicators: Mapping[str, Indicator]

    def lookup(self, heading: str) -> Entry | None:
        """Entry of a heading, None if the table does not have it.

        A heading spelled exactly like one of our terms is that term in our own unit, unless the
        user's table says otherwise.
        """
        found = self.entries.get(key(heading))
        if found is not None and found.note == BY_USER:
            return found
        if heading.strip().removesuffix(DISTRICTS) in self.indicators:
            return Entry(heading.strip(), OWN_UNIT)
        return found

    def extended(self, extension: Extension) -> HeadingTable:
        """Table with further headings: ``{heading: term}`` or ``{heading: (term, unit)}``.

        Raises
        ------
        DataError
            A term that the table does not know, or a unit that does not measure it.
        """
        faults, entries = [], dict(self.entries)
        for heading, meaning in extension.items():
            term, unit = (meaning, "") if isinstance(meaning, str) else meaning
            base = term.removesuffix(DISTRICTS)
            if base not in self.indicators:
                known = ", ".join(sorted(self.indicators))
                faults.append(
                    Fault(
                        f"term '{term}'",
                        f"one of {known}",
                        "Check the spelling.",
                        f"heading {heading}",
                    )
                )
                continue
            parsed = read_unit(unit) if unit else None
            dimension = self.indicators[base].dimension
            if unit and (parsed is None or parsed.factor(dimension) is None):
                faults.append(
                    Fault(
                        f"unit '{unit}'",
                        f"a unit of {dimension}",
                        "Write it as the yearbook prints it.",
                        f"heading {heading}",
                    )
                )
                continue
            entries[key(heading)] = Entry(term, unit, BY_USER)
        raise_all(DataError, faults)
        return replace(self, entries=entries)


def heading_table(extension: Extension | None = None) -> HeadingTable:
    """The table of ``headings.csv``, extended by the user's own headings.

    Parameters
    ----------
    extension : mapping, optional
        ``{heading: term}`` or ``{heading: (term, unit)}``; overrides the table.

    Returns
    -------
    HeadingTable

    Raises
    ------
    DataError
        Unknown term or unit.

    Notes
    -----
    年末总人口 ("total population at year-end") is registered population in most yearbooks before
    about 2016 and is read as `hukou_population` with a note; a bare 人口 is ambiguous.
    """
    table = _table()
    return table.extended(extension) if extension else table


@lru_cache(maxsize=1)
def _table() -> HeadingTable:
    indicators = {
        row["term"]: Indicator(
            row["term"],
            row["dimension"],
            row["additive"] == "1",
            row["usual_unit"],
            row["label_zh"],
            row["label_en"],
        )
        for row in _rows("indicators.csv")
    }
    entries: dict[str, Entry] = {}
    clashes = []
    for row in _rows("headings.csv"):
        entry = Entry(row["term"], row["unit"], row["note"])
        before = entries.setdefault(key(row["heading"]), entry)
        if before.term != entry.term:
            clashes.append(
                Fault(
                    f"{before.term} and {entry.term}",
                    "one term a heading",
                    "Mend headings.csv.",
                    f"heading {row['heading']}",
                )
            )
    raise_all(DataError, clashes)
    return HeadingTable(entries, indicators)


def _rows(name: str) -> list[dict[str, str]]:
    source = files("econshrink.data.yearbook") / name
    with source.open(encoding="utf-8") as file:
        return list(csv.DictReader(file))

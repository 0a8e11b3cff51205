"""Models side by side, whatever package fitted them: one table in every format.

Stands above the rooms: it takes its estimates from `interop` and its tables from `report`, which
know nothing of each other.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from econshrink.core.errors import DataError, Fault, SpecError
from econshrink.core.files import write_file
from econshrink.interop.adapting import as_estimate
from econshrink.nouns.estimate import Estimate
from econshrink.nouns.show.page import Page
from econshrink.nouns.show.regressions import LABELS
from econshrink.nouns.show.shown import Shown
from econshrink.nouns.show.tables import table_page
from econshrink.nouns.table import Table
from econshrink.report.regression import regression_table
from econshrink.report.table import to_csv, to_html, to_latex, to_markdown, to_typst
from econshrink.report.word import to_word

_WRITERS: dict[str, Callable[[Table], str]] = {
    ".html": to_html,
    ".tex": to_latex,
    ".typ": to_typst,
    ".md": to_markdown,
    ".csv": to_csv,
}
_USUAL = ("r2_within", "r2", "pseudo_r2", "loglik", "events")
_MOST = 3  # statistics rows nobody asked for


@dataclass(frozen=True, eq=False, repr=False)
class Comparison(Shown):
    """Estimates side by side; print it, show it in a notebook, or take it in a format.

    Parameters
    ----------
    table : Table
    estimates : dict
        Heading of the column -> estimate.
    """

    table: Table
    estimates: dict[str, Estimate]

    def _page(self) -> Page:
        return table_page(self.table)

    def text(self) -> str:
        """For a terminal."""
        return str(self)

    def html(self) -> str:
        """An HTML table."""
        return to_html(self.table)

    def latex(self) -> str:
        r"""A LaTeX table; needs ``\usepackage{booktabs}``."""
        return to_latex(self.table)

    def typst(self) -> str:
        """A Typst figure."""
        return to_typst(self.table)

    def markdown(self) -> str:
        """A pipe table."""
        return to_markdown(self.table)

    def csv(self) -> str:
        """Unrounded numbers, separated by commas."""
        return to_csv(self.table)

    def word(self, path: str | Path) -> Path:
        """Write a Word document; needs the extra ``econshrink[word]``."""
        return to_word(self.table, path)

    def save(self, path: str | Path) -> Path:
        """Write a file in the format of its ending: html, tex, typ, md, csv, docx or txt."""
        target = Path(path)
        if target.suffix == ".docx":
            return self.word(target)
        if target.suffix == ".txt":
            return write_file(target, f"{self.text()}\n")
        if target.suffix not in _WRITERS:
            endings = ", ".join([*_WRITERS, ".docx", ".txt"])
            seen = f"ending '{target.suffix}'"
            raise DataError(Fault(seen, f"one of {endings}", "Name the file so."))
        return write_file(target, _WRITERS[target.suffix](self.table))


def compare(
    *models: Any,
    names: Sequence[str] | None = None,
    stars: bool = False,
    stats: Sequence[str] | Mapping[str, str] | None = None,
    notes: Sequence[str] = (),
    labels: Mapping[str, str] | None = None,
    terms: Sequence[str] | None = None,
    digits: int = 3,
    title: str = "Estimates side by side",
    name: str = "comparison",
) -> Comparison:
    """Put models side by side: ours, and those of linearmodels, statsmodels, pyfixest, lifelines.

    Parameters
    ----------
    *models
        An `Estimate`, a result that holds one, or a fitted result of another package; at least
        one. A mapping of headings to models, given alone, works too.
    names : sequence of str, optional
        Headings of the columns; default (1), (2) …
    stars : bool
        Mark p-values below 0.01, 0.05 and 0.1. Off by default: standard errors say more.
    stats : sequence or mapping, optional
        Keys of `Estimate.stats` to print, with their texts if a mapping; default the usual ones
        (R², log likelihood, events) that any model has. ``()`` prints none.
    notes : sequence of str
        Printed first under the table.
    labels : mapping, optional
        Term -> text.
    terms : sequence of str, optional
        Which terms, in which order.
    digits : int
        Decimals of coefficients and standard errors.
    title, name : str
        Of the table; `name` is its key for cross references.

    Returns
    -------
    Comparison
        Under the table stand the covariance and the small-sample rule of every column.

    Raises
    ------
    SpecError
        No model, names that do not fit.
    DataError
        Something that is no fitted model, a term that no model has.

    Examples
    --------
    >>> import numpy as np
    >>> one = Estimate("m", ("x",), np.array([0.5]), np.array([[0.01]]), "iid", "none", 20)
    >>> print(compare(one, names=["Base"]))
    Estimates side by side
    ─────────────────────
                     Base
    ─────────────────────
    x               0.500
                  (0.100)
    Observations       20
    ─────────────────────
    Standard errors in parentheses, iid (no small-sample correction)
    """
    if len(models) == 1 and isinstance(models[0], Mapping):
        names = [str(key) for key in models[0]] if names is None else names
        models = tuple(models[0].values())
    elif len(models) == 1 and isinstance(models[0], list | tuple):
        models = tuple(models[0])
    if not models:
        remedy = "Call compare(model_1, model_2)."
        raise SpecError(Fault("no model", "at least one", remedy))
    headings = [f"({place})" for place in range(1, len(models) + 1)]
    headings = headings if names is None else [str(heading) for heading in names]
    if len(headings) != len(models) or len(set(headings)) < len(headings):
        seen = f"names {headings} for {len(models)} models"
        raise SpecError(Fault(seen, "one name a model, all different", "Give names=[...]."))
    columns = {
        heading: as_estimate(model, f"column {heading}")
        for heading, model in zip(headings, models, strict=True)
    }
    if len(columns) > 1:
        columns = {key: _named_notes(key, one, columns) for key, one in columns.items()}
    outcomes = {key: getattr(one.spec, "depvar", "") for key, one in columns.items()}
    table = regression_table(
        columns,
        name=name,
        title=title,
        labels=labels,
        stats=_chosen(columns, stats),
        outcomes=outcomes if any(outcomes.values()) else None,
        terms=terms,
        stars=stars,
        digits=digits,
        notes=notes,
    )
    return Comparison(table, columns)


def _named_notes(heading: str, one: Estimate, columns: Mapping[str, Estimate]) -> Estimate:
    """The estimate, its notes with the column in front unless all columns have them."""
    shared = [note for note in one.notes if all(note in other.notes for other in columns.values())]
    named = [note if note in shared else f"column {heading}: {note}" for note in one.notes]
    return replace(one, notes=tuple(named))


def _chosen(
    columns: Mapping[str, Estimate], asked: Sequence[str] | Mapping[str, str] | None
) -> dict[str, str]:
    held = {key for one in columns.values() for key in one.stats}
    if asked is None:
        usual = [key for key in _USUAL if key in held][:_MOST]
        return {key: _label(key) for key in usual}
    chosen = dict(asked) if isinstance(asked, Mapping) else {key: _label(key) for key in asked}
    unknown = [key for key in chosen if key not in held]
    if unknown:
        seen = f"no statistic {', '.join(unknown)}"
        raise SpecError(Fault(seen, f"some of {', '.join(sorted(held))}", "Check the spelling."))
    return chosen


def _label(key: str) -> str:
    text = LABELS.get(key, key)
    return text[:1].upper() + text[1:]

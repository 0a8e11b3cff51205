"""Regression tables: estimates side by side, standard errors below, the covariance named."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence

import pandas as pd

from econshrink.core.errors import DataError, Fault, raise_all
from econshrink.nouns.estimate import Estimate
from econshrink.nouns.table import Cell, Row, Span, Table

STAR_LEVELS = ((0.01, "***"), (0.05, "**"), (0.1, "*"))
EFFECTS = {
    "city": "City effects",
    "year": "Year effects",
    "province^year": "Province × year effects",
    "province": "Province effects",
    "region": "Region effects",
}


def regression_table(
    estimates: Mapping[str, Estimate] | Sequence[Estimate],
    *,
    name: str = "estimates",
    title: str = "Estimates",
    labels: Mapping[str, str] | None = None,
    stats: Mapping[str, str] | None = None,
    outcomes: Mapping[str, str] | None = None,
    terms: Sequence[str] | None = None,
    stars: bool = False,
    digits: int = 3,
    notes: Sequence[str] = (),
) -> Table:
    """Lay out estimates in columns.

    Parameters
    ----------
    estimates : mapping or sequence
        Heading of the column -> estimate, left to right; a sequence is headed (1), (2) …
    name, title : str
        Of the table.
    labels : mapping, optional
        Term -> text; a term without one prints as it is.
    stats : mapping, optional
        Key in `Estimate.stats` -> text of the row, such as ``{"r2_within": "Within R²"}``.
    outcomes : mapping, optional
        Heading of the column -> outcome, printed as a line above the headings.
    terms : sequence of str, optional
        Which terms, in which order; default all, in order of appearance.
    stars : bool
        Mark p-values below 0.01, 0.05 and 0.1; the note then says so.
    digits : int
        Decimals of coefficients and standard errors.
    notes : sequence of str
        Printed before the note on standard errors.

    Returns
    -------
    Table
        Coefficients, standard errors in parentheses, absorbed effects, observations, clusters,
        `stats`; a note that names covariance and small-sample rule of each column.

    Raises
    ------
    DataError
        No estimate, or a term that none has.
    """
    if not isinstance(estimates, Mapping):
        estimates = {f"({place})": one for place, one in enumerate(estimates, start=1)}
    labels = labels or {}
    found = [term for estimate in estimates.values() for term in estimate.terms]
    shown = list(terms) if terms is not None else list(dict.fromkeys(found))
    faults = [
        Fault(f"term '{term}'", "a term of some estimate", "Check the spelling.", name)
        for term in shown
        if term not in found
    ]
    if not estimates:
        faults.append(Fault("no estimate", "at least one", "Pass an estimate.", name))
    raise_all(DataError, faults)
    columns = list(estimates.values())
    tidies = [estimate.tidy().set_index("term") for estimate in columns]
    rows: list[Row] = []
    for term in shown:
        rows += _term_rows(labels.get(term, term), term, tidies, stars, digits)
    rows += _foot_rows(columns, stats or {})
    header = [(Span(""), *(Span(heading) for heading in estimates))]
    if outcomes:
        header.insert(0, (Span(""), *_merged([outcomes[heading] for heading in estimates])))
    said = [*notes, *_error_notes(estimates)]
    if stars:
        said.append("*** p < 0.01, ** p < 0.05, * p < 0.1")
    said += _row_notes(estimates, labels)
    return Table(
        name,
        title,
        tuple(header),
        tuple(rows),
        tuple(dict.fromkeys(said)),
        align="l" + "c" * len(columns),
        synthetic=any(estimate.synthetic for estimate in columns),
    )


def _row_notes(estimates: Mapping[str, Estimate], labels: Mapping[str, str]) -> list[str]:
    """Notes of the estimates in the table's words, with the columns that they hold for."""
    columns: dict[str, list[str]] = {}
    for heading, estimate in estimates.items():
        for note in estimate.notes:
            columns.setdefault(_in_words(note, labels), []).append(heading)
    return [
        note if len(headings) == len(estimates) else f"Column {', '.join(headings)}: {note}"
        for note, headings in columns.items()
    ]


def _in_words(note: str, labels: Mapping[str, str]) -> str:
    """Names of variables before a count, as in ``(x 3)``, become their labels."""
    for name, label in sorted(labels.items(), key=lambda pair: -len(pair[0])):
        words = label[:1].lower() + label[1:].replace(",", "").replace("\\", "")
        note = re.sub(rf"(?<![\w^]){re.escape(name)}(?= \d)", words, note)
    return note.replace("^", " by ")


def _term_rows(
    label: str, term: str, tidies: list[pd.DataFrame], stars: bool, digits: int
) -> list[Row]:
    estimates, errors = [Cell(label)], [Cell("")]
    for tidy in tidies:
        if term not in tidy.index:
            estimates.append(Cell(""))
            errors.append(Cell(""))
            continue
        row = tidy.loc[[term]].to_dict("records")[0]
        mark = next((sign for level, sign in STAR_LEVELS if row["p_value"] < level), "")
        estimates.append(Cell(float(row["estimate"]), f".{digits}f", after=mark if stars else ""))
        errors.append(Cell(float(row["std_error"]), f".{digits}f", "(", ")"))
    return [Row(tuple(estimates)), Row(tuple(errors))]


def _foot_rows(columns: list[Estimate], stats: Mapping[str, str]) -> list[Row]:
    rows: list[Row] = []

    def add(label: str, cell: Callable[[Estimate], Cell]) -> None:
        cells = (Cell(label), *(cell(estimate) for estimate in columns))
        rows.append(Row(cells, "body" if rows else "rule"))

    absorbed = dict.fromkeys(effect for estimate in columns for effect in _absorbed(estimate))
    for effect in absorbed:
        add(
            EFFECTS.get(effect, f"{effect} effects"),
            lambda e, effect=effect: Cell("yes" if effect in _absorbed(e) else "no"),  # type: ignore[misc]
        )
    add("Observations", lambda e: Cell(e.nobs, ",d"))
    for cluster in dict.fromkeys(key for estimate in columns for key in estimate.clusters):
        add(f"Clusters ({cluster})", lambda e, key=cluster: Cell(e.clusters.get(key), ",d"))  # type: ignore[misc]
    for key, label in stats.items():
        add(label, lambda e, key=key: _stat(e.stats.get(key)))  # type: ignore[misc]
    return rows


def _absorbed(estimate: Estimate) -> tuple[str, ...]:
    """Absorbed effects, if the specification is of a kind that has them."""
    return tuple(getattr(estimate.spec, "absorb", ()))


def _stat(value: float | None) -> Cell:
    if value is None:
        return Cell(None)
    whole = float(value).is_integer() and abs(value) >= 10
    return Cell(value, ",.0f" if whole else ",.3f")


def _error_notes(estimates: Mapping[str, Estimate]) -> list[str]:
    """Name covariance and small-sample rule, once if all columns share them."""
    kinds: dict[str, list[str]] = {}
    for heading, estimate in estimates.items():
        rule = estimate.small_sample
        said = "no small-sample correction" if rule == "none" else f"small-sample rule: {rule}"
        kinds.setdefault(f"{estimate.vcov_label} ({said})", []).append(heading)
    if len(kinds) == 1:
        return [f"Standard errors in parentheses, {next(iter(kinds))}"]
    texts = [f"column {', '.join(headings)}: {kind}" for kind, headings in kinds.items()]
    return [f"Standard errors in parentheses; {'; '.join(texts)}"]


def _merged(texts: list[str]) -> list[Span]:
    """Neighbouring equal texts as one span."""
    spans: list[Span] = []
    for text in texts:
        if spans and spans[-1].text == text:
            spans[-1] = Span(text, spans[-1].width + 1)
        else:
            spans.append(Span(text))
    return spans

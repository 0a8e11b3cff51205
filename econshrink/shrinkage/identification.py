"""Apply an identification rule to a panel."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping

import pandas as pd

from econshrink.core.errors import DataError, Fault, raise_all
from econshrink.nouns.identification import Identification
from econshrink.nouns.panel import CityPanel
from econshrink.shrinkage.catalogue.rule import Rule
from econshrink.tables.panel_verb import takes_panels


@takes_panels
def identify(
    panel: CityPanel,
    rule: Rule,
    window: tuple[int, int] | None = None,
    *,
    series: str = "",
    concept: str = "",
    sample: str = "",
) -> Identification:
    """Label the cities of a panel by a rule.

    Parameters
    ----------
    panel : CityPanel or any table
        Of a table name ``unit=`` and ``time=``.
    rule : Rule
        Such as ``NetLoss("population")``.
    window : (int, int), optional
        First and last year of the stocks; default: the whole panel.
    series, concept, sample : str
        Which series, population concept and units these are, in words; printed with every
        count. By default the panel's source, the variable's name and the number of units.

    Returns
    -------
    Identification
        Cities whose label is undefined stay in the frame with a missing label and are listed
        in ``excluded`` with the reason, which the printed line repeats.

    Raises
    ------
    DataError
        The panel lacks a variable the rule needs, or the window lies outside its years.

    Examples
    --------
    >>> import pandas as pd
    >>> from econshrink.shrinkage.catalogue.loss import NetLoss
    >>> panel = CityPanel.from_long(pd.DataFrame({"city": ["230400"] * 2 + ["110000"] * 2,
    ...     "year": [2010, 2020] * 2, "population": [1058665, 891271, 19612368, 21893095]}))
    >>> identify(panel, NetLoss("population")).shrinking
    ('230400',)
    """
    span = window or (panel.years[0], panel.years[-1])
    raise_all(DataError, unmet(panel.variables, (panel.years[0], panel.years[-1]), rule, span))
    judged = rule.judge(panel, span)
    return identification(
        judged,
        rule,
        span,
        lambda: _empty_years(panel, rule, span),
        concept=concept or rule.needs[0],
        series=series or panel.source,
        sample=sample or f"{len(panel.cities)} units of the panel",
        synthetic=panel.synthetic,
    )


def identification(
    judged: pd.DataFrame,
    rule: Rule,
    window: tuple[int, int],
    empty_years: Callable[[], str],
    *,
    concept: str,
    series: str,
    sample: str,
    synthetic: bool,
) -> Identification:
    """Labels as a rule gave them, with the reason of each that is missing."""
    label = judged["shrinking"].astype("Float64").astype("boolean")
    missing = judged.index[label.isna()]
    wanting = f"figures that {rule.rule_id} needs are missing"
    if label.isna().all():
        wanting += empty_years()
    given = judged["reason"] if "reason" in judged else pd.Series("", index=judged.index)
    reasons = [text or wanting for text in given[label.isna()].astype(str)]
    excluded = pd.DataFrame({"city": list(missing), "reason": reasons}, dtype="str")
    return Identification(
        judged.drop(columns="reason", errors="ignore").assign(shrinking=label),
        rule.rule_id,
        concept,
        window,
        series,
        sample,
        excluded,
        synthetic=synthetic,
    )


def unmet(
    variables: Collection[str], years: tuple[int, int], rule: Rule, window: tuple[int, int]
) -> list[Fault]:
    """What a panel of these variables, from a first to a last year, lacks for the rule."""
    faults = [
        Fault(
            f"no variable '{name}'",
            f"the variables {', '.join(rule.needs)} that rule {rule.rule_id} needs",
            "Add the variable or choose a rule that does without it.",
        )
        for name in rule.needs
        if name not in variables
    ]
    first, last = years
    if not first <= window[0] < window[1] <= last:
        faults.append(
            Fault(
                f"window {window[0]}–{window[1]}",
                f"two years inside {first}–{last}, first before last",
                "Choose a window the panel covers.",
            )
        )
    return faults


def _empty_years(panel: CityPanel, rule: Rule, window: tuple[int, int]) -> str:
    """Years of the window in which no city has a figure, such as those between two censuses."""
    found = {}
    for name in rule.needs:
        wide = panel.wide(name).reindex(columns=range(window[0], window[1] + 1))
        years = [int(year) for year in wide.columns[wide.isna().all()]]
        found[name] = years
    return empty_years_words(found)


def empty_years_words(years: Mapping[str, list[int]]) -> str:
    """The years without any figure of each variable, in words."""
    found = [f"no city has {name} in {_spans(each)}" for name, each in years.items() if each]
    return f": {'; '.join(found)}" if found else ""


def _spans(years: list[int]) -> str:
    """Ascending years in words, runs as first–last."""
    starts = [year for year in years if year - 1 not in years]
    ends = [year for year in years if year + 1 not in years]
    return ", ".join(f"{a}–{b}" if b > a else f"{a}" for a, b in zip(starts, ends, strict=True))

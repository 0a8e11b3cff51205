"""What the accounting finds in countries whose births, deaths and moves are known."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from analyses.machinery.studies.plan import Plan
from analyses.studies.lab_ages import END, lab_book, truth
from econshrink import Accounting
from econshrink.demography import ByMothers, ClosedNation
from econshrink.lab import Answer, LabRun, LabSettings, Study

HARSH = 1.15  # factor on the force of mortality: life expectancy too short by about 1.5 years


def books(run: LabRun) -> dict[str, Accounting]:
    """The country accounted under each rule."""
    return {
        "own survival": lab_book(run),
        "children with mothers": lab_book(run, children=ByMothers()),
        "harsh table, open": lab_book(run, force=HARSH),
        "harsh table, closed": lab_book(run, force=HARSH, nation=ClosedNation()),
    }


def estimate(run: LabRun, rng: np.random.Generator) -> Mapping[str, Answer]:  # noqa: ARG001
    """Mean natural change and migration of losing cities, migration's share, by rule."""
    answers = {}
    for rule, book in books(run).items():
        parts = book.rates()
        for name, value in summary(parts["natural"], parts["migration"], parts["change"]).items():
            answers[f"{name}, {rule}"] = Answer(value)
    return answers


def true_values(run: LabRun) -> dict[str, float]:
    """The same from what took place."""
    flows = truth(run)
    first = lab_book(run).components()["population_start"].to_numpy(dtype=float)
    natural = (flows["births"] - flows["deaths"]) / first
    moved = flows["net_migration"] / first
    values = summary(natural, moved, natural + moved)
    return {f"{name}, {rule}": value for name, value in values.items() for rule in books(run)}


def summary(natural: pd.Series, migration: pd.Series, change: pd.Series) -> dict[str, float]:
    """Three numbers of a country.

    Examples
    --------
    >>> natural, moved = pd.Series([0.0, 0.01, 0.0]), pd.Series([0.1, -0.03, 0.2])
    >>> found = summary(natural, moved, natural + moved)
    >>> {name: round(value, 3) for name, value in found.items()}
    {'natural change of losers': 0.01, 'migration of losers': -0.03, 'share of migration': 1.047}
    """
    losing = (change < 0).to_numpy()
    joint = np.cov(migration, change)
    return {
        "natural change of losers": float(natural[losing].mean()),
        "migration of losers": float(migration[losing].mean()),
        "share of migration": float(joint[0, 1] / joint[1, 1]),
    }


PLANS = (
    Plan(
        Study("accounting", estimate, true_values),
        {"default country": LabSettings(last_year=END)},
        60,
        "The accounting identity with known births, deaths and moves",
        "analyses.studies.accounting",
        chunk=20,
    ),
)

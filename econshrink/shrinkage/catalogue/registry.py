"""The list of registered rules, open to rules of the user."""

from __future__ import annotations

import importlib
import pkgutil
from functools import cache
from pathlib import Path

import pandas as pd

from econshrink.core.errors import Fault, SpecError
from econshrink.shrinkage.catalogue.rule import BUILT_IN, Rule


def register(rule: Rule, key: str, title: str) -> Rule:
    """Add a rule to the registry under a key; a key already taken is an error.

    Parameters
    ----------
    rule : Rule
        Any object with the members of `Rule`: name, source, formula, classes, rule_id, needs
        and judge.
    key : str
        Short name, such as ``"census_loss"``.
    title : str
        What the rule says, for tables.

    Returns
    -------
    Rule
        The same object.

    Raises
    ------
    SpecError
        The key is taken, or the object lacks a member of a rule.

    Examples
    --------
    A rule of one's own, ten lines:

    >>> from dataclasses import dataclass
    >>> @dataclass(frozen=True)
    ... class Halved:
    ...     name, source, formula = "halved", "own rule", "P[end] < P[start] / 2"
    ...     classes, needs, rule_id = (), ("population",), "halved(population)"
    ...     def judge(self, panel, window):
    ...         wide = panel.wide("population")
    ...         ratio = wide[window[1]] / wide[window[0]]
    ...         return pd.DataFrame({"shrinking": (ratio < 0.5).where(ratio.notna())})
    >>> rule = register(Halved(), "halved", "Lost more than half of its people")

    It now works wherever the package's own rules do:

    >>> from econshrink.shrinkage.identification import identify
    >>> from econshrink.nouns.panel import CityPanel
    >>> panel = CityPanel.from_long(pd.DataFrame({"city": ["230400"] * 2 + ["110000"] * 2,
    ...     "year": [2010, 2020] * 2, "population": [100, 49, 100, 50]}))
    >>> identify(panel, registered()["halved"][0]).shrinking
    ('230400',)
    >>> withdraw("halved")
    """
    members = ("name", "source", "formula", "classes", "rule_id", "needs", "judge")
    lacking = [member for member in members if not hasattr(rule, member)]
    if lacking:
        raise SpecError(
            Fault(
                f"a {type(rule).__name__} without {', '.join(lacking)}",
                f"the members {', '.join(members)}",
                "Complete the rule.",
            )
        )
    if key in _registry():
        raise SpecError(Fault(f"key '{key}' again", "a key not yet taken", "Choose another."))
    _registry()[key] = (rule, title)
    return rule


def withdraw(key: str) -> None:
    """Take a rule off the registry, such as one defined again in a notebook."""
    if key not in _registry():
        known = ", ".join(sorted(_registry()))
        raise SpecError(Fault(f"key '{key}'", f"one of {known}", "Check the spelling."))
    del _registry()[key]


def registered() -> dict[str, tuple[Rule, str]]:
    """All registered rules, by key in alphabetical order: key to (rule, title)."""
    return dict(sorted(_registry().items()))


def rule_table() -> pd.DataFrame:
    """The registry as a table: key, title, rule_id, source, formula, needs and classes.

    Examples
    --------
    >>> "three_falls" in rule_table().index
    True
    """
    rows = {
        key: {
            "title": title,
            "rule_id": rule.rule_id,
            "source": rule.source,
            "formula": rule.formula,
            "needs": ", ".join(rule.needs),
            "classes": ", ".join(rule.classes),
        }
        for key, (rule, title) in registered().items()
    }
    return pd.DataFrame.from_dict(rows, orient="index").rename_axis("key")


@cache
def _registry() -> dict[str, tuple[Rule, str]]:
    """The list itself: every module of this folder is imported once, and its classes are listed."""
    for module in pkgutil.iter_modules([str(Path(__file__).parent)]):
        importlib.import_module(f"{__package__}.{module.name}")
    return {key: (maker(), title) for key, (maker, title) in BUILT_IN.items()}

"""A frailty model on arrays, at its variance."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from econshrink.core.arrays import codes, group_sums
from econshrink.core.errors import Fault, SpecError
from econshrink.nouns.spells import SpellTable
from econshrink.survival.cox.fit import CoxFit, fit_arrays
from econshrink.survival.design import SurvivalArrays, SurvivalDesign, survival_arrays
from econshrink.survival.frailty.likelihood import FrailtyLaw, FrailtyModel
from econshrink.survival.frailty.variance import FrailtyInformation, best_theta
from econshrink.survival.kernel.intervals import Floats
from econshrink.survival.kernel.newton import Solution
from econshrink.survival.options import Breslow, Efron, required_column


@dataclass(frozen=True, eq=False)
class FittedFrailty:
    """A frailty model at its theta, with the plain model it extends."""

    design: SurvivalDesign
    arrays: SurvivalArrays
    plain: CoxFit
    model: FrailtyModel
    names: tuple[str, ...]
    theta: float
    solution: Solution
    start: Floats


def fit_frailty_model(
    spells: SpellTable,
    covariates: tuple[str, ...],
    group: str,
    law: FrailtyLaw,
    theta: float | None,
    information: FrailtyInformation,
    ties: Efron | Breslow,
    strata: str | Sequence[str] | None,
) -> FittedFrailty:
    """Fit at the theta given, or at the best one; see `fit_frailty` for the parameters."""
    if theta is not None and not (np.isfinite(theta) and theta > 0):
        raise SpecError(Fault(f"theta {theta:g}", "a variance above 0", "Leave it out."))
    grouping = (strata,) if isinstance(strata, str) else tuple(strata or ())
    design = SurvivalDesign(covariates, ties.name, grouping)
    labels = required_column(spells, group, "frailty group")
    numbers, count = codes(labels.to_numpy())
    if count < 2:
        raise SpecError(Fault(f"one group in '{group}'", "two or more", "Check the column."))
    arrays = survival_arrays(spells, design)
    plain = fit_arrays(arrays, design)
    mine = numbers[plain.sets.rows]
    events = group_sums(plain.sets.weight * plain.sets.event, mine, count)
    model = FrailtyModel(plain.sets, mine, count, law, events)
    start = np.concatenate([plain.scaled_beta, np.zeros(count)])
    value = best_theta(model, start, information) if theta is None else theta
    solution = model.fit(value, start) if value > 0 else plain.solution
    names = tuple(str(name) for name in labels.groupby(numbers).first())
    return FittedFrailty(design, arrays, plain, model, names, value, solution, start)

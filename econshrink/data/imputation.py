"""Multiple imputation of missing figures by chained equations."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from statsmodels.imputation.mice import MICEData

from econshrink.core.errors import DataError, Fault, SpecError, raise_all
from econshrink.core.field_types import typed_fields
from econshrink.data.closing.boundaries import cell_status
from econshrink.data.closing.imputations import Imputations
from econshrink.nouns.panel import CityPanel
from econshrink.tables.panel_verb import takes_panels


@dataclass(frozen=True)
@typed_fields
class ChainedEquations:
    """Options of the chain.

    Parameters
    ----------
    burn_in : int
        Rounds over all variables before the first draw is kept.
    between : int
        Rounds from one kept draw to the next.
    donors : int
        Predictive mean matching: each missing figure takes the value of one of so many observed
        figures with the nearest predictions. It therefore never leaves the observed range.
    city_means : bool
        True adds each variable's mean over the city's observed years to the predictors, so that
        an analysis with city effects meets imputations that know of them.
    """

    burn_in: int = 10
    between: int = 3
    donors: int = 5
    city_means: bool = True

    def __post_init__(self) -> None:
        faults = [
            Fault(f"{name} {getattr(self, name)}", "at least 1", "Mend it.")
            for name in ("burn_in", "between", "donors")
            if getattr(self, name) < 1
        ]
        raise_all(SpecError, faults)


DEFAULT = ChainedEquations()


@takes_panels
def impute(
    panel: CityPanel,
    variables: Sequence[str],
    draws: int,
    rng: np.random.Generator,
    *,
    auxiliary: Sequence[str] = (),
    options: ChainedEquations = DEFAULT,
) -> Imputations:
    """Fill the gaps of several variables several times (chained equations, Gaussian models).

    Each variable is regressed on the others, on `auxiliary`, on the year and, if asked for, on
    city means; coefficients are drawn from their normal law; a gap takes the observed value of a
    donor with a near prediction.

    Parameters
    ----------
    panel : CityPanel or any table
        Of a table name ``unit=`` and ``time=``.
    variables : sequence of str
        At least one of them has gaps. Take the outcome of the later analysis in, and transform
        first (logs) what enters it transformed.
    draws : int
        Number of completed panels, at least two.
    rng : numpy.random.Generator
    auxiliary : sequence of str
        Complete variables that help to predict and are not imputed.
    options : ChainedEquations

    Returns
    -------
    Imputations
        Panels with no gap in `variables` on the rows of `panel`; filled cells have status
        `estimated`, all others are untouched. Analyse each, then combine by Rubin's rules.

    Raises
    ------
    SpecError
        Fewer than two draws, no variable, or a variable named twice.
    DataError
        No gap at all, a variable with fewer observed figures than ten or four times the donors,
        a gap in an auxiliary variable, or nothing to predict from.

    Notes
    -----
    Valid if, given what is observed, gaps do not depend on the missing figures themselves. A
    census figure that waits for its census is not such a gap: do not fill years between
    censuses with this and then study growth within the decade (`guard_within_decade` refuses
    it).

    Source: van Buuren (2018); the chain is statsmodels' ``MICEData``.

    Examples
    --------
    >>> rng = np.random.default_rng(1)
    >>> table = pd.DataFrame({
    ...     "city": np.repeat([f"{c:06d}" for c in range(110100, 112100, 100)], 4),
    ...     "year": np.tile(range(2010, 2014), 20), "x": rng.normal(size=80)})
    >>> table["y"] = table["x"] + rng.normal(size=80)
    >>> table.loc[::5, "y"] = np.nan
    >>> several = impute(CityPanel.from_long(table), ["x", "y"], 3, rng)
    >>> len(several.panels), int(several.panels[0].column("y").isna().sum())
    (3, 0)
    """
    names = list(variables)
    raise_all(SpecError, _request_faults(names, list(auxiliary), draws))
    raise_all(DataError, _figure_faults(panel, names, list(auxiliary), options.donors))
    table = _predictors(panel, names, list(auxiliary), city_means=options.city_means)
    if len(table.columns) < 2 or table.isna().all(axis=1).any():
        seen = f"{len(table.columns)} usable variables, {int(table.isna().all(axis=1).sum())} rows"
        expected = "a predictor for every figure"
        raise DataError(Fault(f"{seen} without any figure", expected, "Add auxiliary variables."))
    chain = MICEData(table, k_pmm=options.donors, rng=rng)
    chain.update_all(options.burn_in)
    completed = []
    for draw in range(draws):
        if draw:
            chain.update_all(options.between)
        completed.append(chain.data[[f"v{i}" for i in range(len(names))]].to_numpy(copy=True))
    gaps = panel.frame[names].isna().to_numpy()
    note = (
        f"{int(gaps.sum())} gaps of {', '.join(names)} filled {draws} times by chained equations "
        "with predictive mean matching"
    )
    return Imputations(
        tuple(_filled(panel, names, values, gaps) for values in completed),
        tuple(f"draw {draw + 1}" for draw in range(draws)),
        pd.DataFrame({"city": [], "reason": []}, dtype="str"),
        note,
    )


def _predictors(
    panel: CityPanel, names: list[str], auxiliary: list[str], *, city_means: bool
) -> pd.DataFrame:
    """Plain table with safe names: v0 … imputed, x0 … complete; constant columns left out."""
    frame = panel.frame[names].reset_index(drop=True)
    city = panel.frame.index.get_level_values("city")
    helpers = [panel.frame[name].to_numpy() for name in auxiliary]
    helpers.append(panel.frame.index.get_level_values("year").to_numpy(dtype=float))
    if city_means:
        means = frame.groupby(city).transform("mean")
        helpers += [means[name].fillna(means[name].mean()).to_numpy() for name in names]
    columns = {f"v{i}": frame[name].to_numpy() for i, name in enumerate(names)}
    useful = [values for values in helpers if np.ptp(values) > 0]
    # Standardised, so that no unit upsets the regressions; matching takes observed values.
    columns |= {f"x{i}": (v - v.mean()) / v.std() for i, v in enumerate(useful)}
    return pd.DataFrame(columns)


def _filled(panel: CityPanel, names: list[str], values: np.ndarray, gaps: np.ndarray) -> CityPanel:
    frame = panel.frame.copy()
    frame[names] = np.where(gaps, values, frame[names].to_numpy())
    status = panel.status.copy()
    for place, name in enumerate(names):
        status[name] = cell_status(panel, name).where(~gaps[:, place], "estimated")
    return replace(
        panel,
        frame=frame,
        status=status,
        source=f"{panel.source}; gaps of {', '.join(names)} imputed",
    )


def _request_faults(names: list[str], auxiliary: list[str], draws: int) -> list[Fault]:
    faults = []
    if draws < 2:
        remedy = "One draw hides the uncertainty; twenty are a usual number."
        faults.append(Fault(f"{draws} draws", "at least two", remedy))
    if not names:
        faults.append(Fault("no variable", "at least one", "Name what has gaps."))
    both = [*names, *auxiliary]
    repeated = sorted({name for name in both if both.count(name) > 1})
    if repeated:
        faults.append(Fault(f"{', '.join(repeated)} twice", "each once", "Remove the repeats."))
    return faults


def _figure_faults(
    panel: CityPanel, names: list[str], auxiliary: list[str], donors: int
) -> list[Fault]:
    faults = []
    for name in names:
        known = int(panel.column(name).notna().sum())
        least = max(4 * donors, 10)
        if known < least:
            seen = f"{known} observed figures of '{name}'"
            faults.append(Fault(seen, f"at least {least}", "Leave it out or use fewer donors."))
    for name in auxiliary:
        gaps = int(panel.column(name).isna().sum())
        if gaps:
            remedy = "Move it to `variables` to have it imputed."
            faults.append(Fault(f"{gaps} gaps in '{name}'", "a complete variable", remedy))
    if not faults and not panel.frame[names].isna().to_numpy().any():
        faults.append(Fault("no gap", "something to impute", "Use the panel as it is."))
    return faults

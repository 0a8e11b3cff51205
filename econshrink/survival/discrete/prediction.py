"""Hazard, survival and marginal effects of a discrete-time model along paths of covariates."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy import stats as distributions

from econshrink.core.arrays import Floats
from econshrink.core.errors import DataError, Fault, SpecError, raise_all
from econshrink.nouns.curve import Curve
from econshrink.nouns.estimate import Estimate
from econshrink.nouns.spells import SpellTable
from econshrink.survival.design import SurvivalDesign
from econshrink.survival.discrete.design import (
    DurationDummies,
    duration_columns,
    duration_from_text,
)
from econshrink.survival.discrete.likelihood import Cloglog, Link, Logit, terms


@dataclass(frozen=True, eq=False)
class _Path:
    """Probability and log survival of each row, with their derivatives in the coefficients."""

    mean: Floats
    mean_pull: Floats
    log_survival: Floats
    log_pull: Floats


def predict_hazard(estimate: Estimate, paths: pd.DataFrame, level: float = 0.95) -> Curve:
    r"""Probability of the event in each row of a path, given none before.

    Parameters
    ----------
    estimate : Estimate
        From `fit_discrete_hazard` or `fit_hidden_onset`.
    paths : DataFrame
        Columns ``path, start, stop``, the covariates and the offset of the model, if it has one.
    level : float
        Level of the band: normal in the predictor, so it stays inside 0 and 1.

    Returns
    -------
    Curve
        Kind ``"hazard"``, one group a path.

    Raises
    ------
    DataError
        Columns missing, values not finite, rows of a path that leave gaps or overlap, or a duration
        whose intercept was not estimated.

    Examples
    --------
    >>> from econshrink.survival.discrete.design import DurationPolynomial
    >>> from econshrink.survival.discrete.hazard import fit_discrete_hazard
    >>> spells = SpellTable(pd.DataFrame({"city": list("abcd"), "start": 0, "stop": 1,
    ...     "event": [1, 0, 0, 0]}), rule_id="example")
    >>> fit = fit_discrete_hazard(spells, [], duration=DurationPolynomial(0))
    >>> path = pd.DataFrame({"path": ["p"], "start": [0], "stop": [1]})
    >>> predict_hazard(fit, path).frame["estimate"].round(4).tolist()
    [0.25]
    """
    tables = []
    link = _link(estimate)
    reach = float(distributions.norm.ppf(0.5 + level / 2))
    for name, path in _sorted(estimate, paths):
        design = _rows(estimate, path)
        eta = design @ estimate.coefficients + _offset(estimate, path)
        error = np.sqrt(np.einsum("ij,jk,ik->i", design, estimate.covariance, design))
        middle, low, high = (terms(eta + s * reach * error, link).mean for s in (0, -1, 1))
        at = _path(estimate, path)
        columns = {
            "time": path["stop"].to_numpy(float),
            "estimate": middle,
            "std_error": _errors(at.mean_pull, estimate),
            "conf_low": low,
            "conf_high": high,
            "group": str(name),
        }
        tables.append(pd.DataFrame(columns))
    return _curve(estimate, tables, "hazard", "hazard", level)


def predict_onset(estimate: Estimate, paths: pd.DataFrame, level: float = 0.95) -> Curve:
    """Probability of an event by the end of each row of a path, given none before the path.

    Parameters, columns and errors are those of `predict_hazard`; the band is normal for the log of
    the cumulative hazard.

    Returns
    -------
    Curve
        Kind ``"incidence"``, with a first row of 0 where each path starts.
    """
    tables = []
    reach = float(distributions.norm.ppf(0.5 + level / 2))
    for name, path in _sorted(estimate, paths):
        at = _path(estimate, path)
        hazard = -np.cumsum(at.log_survival)
        pull = -np.cumsum(at.log_pull, axis=0)
        error = _errors(pull, estimate)
        factor = np.exp(reach * error / hazard)
        share = [-np.expm1(-h) for h in (hazard, hazard / factor, hazard * factor)]
        columns = {
            "time": path["stop"].to_numpy(float),
            "estimate": share[0],
            "std_error": np.exp(-hazard) * error,
            "conf_low": share[1],
            "conf_high": share[2],
        }
        zero = dict.fromkeys(columns, 0.0) | {"time": float(path["start"].iloc[0])}
        table = pd.concat([pd.DataFrame([zero]), pd.DataFrame(columns)], ignore_index=True)
        tables.append(table.assign(group=str(name)))
    return _curve(estimate, tables, "incidence", "probability of an event", level)


def marginal_effects(
    spells: SpellTable, estimate: Estimate, covariates: Sequence[str] | None = None
) -> pd.DataFrame:
    r"""Average over the rows at risk of :math:`\partial p / \partial x_j`, by the delta method.

    Parameters
    ----------
    spells : SpellTable
        The table the model was fitted to, or another with its covariates.
    estimate : Estimate
        From `fit_discrete_hazard` or `fit_hidden_onset`.
    covariates : sequence of str, optional
        By default all of them.

    Returns
    -------
    DataFrame
        Columns ``term, estimate, std_error, mean_hazard``: change of the yearly probability for one
        unit of the covariate, and the mean predicted hazard beside it.
    """
    names = SurvivalDesign.from_text(estimate.provenance["design"]).covariates
    wanted = tuple(covariates or names)
    unknown = [name for name in wanted if name not in names]
    if unknown:
        raise SpecError(Fault(", ".join(unknown), f"one of {', '.join(names)}", "Mend it."))
    frame = spells.frame
    design = _rows(estimate, frame)
    eta = design @ estimate.coefficients + _offset(estimate, frame)
    at = terms(eta, _link(estimate))
    survive = np.exp(at.log_survival)
    slope = -survive * at.slope_survival
    bend = survive * (at.bend_survival - at.slope_survival**2)
    rows = []
    for name in wanted:
        j = estimate.terms.index(name)
        beta = float(estimate.coefficients[j])
        pull = beta * (bend[:, None] * design).mean(axis=0)
        pull[j] += slope.mean()
        error = float(np.sqrt(pull @ estimate.covariance @ pull))
        rows.append((name, beta * float(slope.mean()), error, float(at.mean.mean())))
    return pd.DataFrame(rows, columns=["term", "estimate", "std_error", "mean_hazard"])


def _path(estimate: Estimate, path: pd.DataFrame) -> _Path:
    design = _rows(estimate, path)
    eta = design @ estimate.coefficients + _offset(estimate, path)
    at = terms(eta, _link(estimate))
    slope = -np.exp(at.log_survival) * at.slope_survival
    return _Path(
        at.mean, slope[:, None] * design, at.log_survival, at.slope_survival[:, None] * design
    )


def _errors(pull: Floats, estimate: Estimate) -> Floats:
    return np.asarray(np.sqrt(np.einsum("ij,jk,ik->i", pull, estimate.covariance, pull)))


def _curve(
    estimate: Estimate, tables: list[pd.DataFrame], kind: str, what: str, level: float
) -> Curve:
    frame = pd.concat(tables, ignore_index=True)
    rule = estimate.provenance.get("rule_id", "")
    label = f"{what} along a covariate path ({rule})"
    notes = ("Conditional on reaching the start of the path without an event.",)
    return Curve(frame, kind, level, label, notes, estimate.synthetic)


def _link(estimate: Estimate) -> Link:
    return Logit() if estimate.provenance["link"] == "logit" else Cloglog()


def _rows(estimate: Estimate, frame: pd.DataFrame) -> Floats:
    """Design of the rows in the order of the terms."""
    design = SurvivalDesign.from_text(estimate.provenance["design"])
    duration = duration_from_text(estimate.provenance["duration"])
    time = frame["stop"].to_numpy(dtype=float)
    x = [frame[name].to_numpy(dtype=float)[:, None] for name in design.covariates]
    if isinstance(duration, DurationDummies):
        own = [float(t.partition("=")[2]) for t in estimate.terms if t.startswith("duration=")]
        lacking = sorted(set(time.tolist()) - set(own))
        if lacking:
            seen = f"durations {', '.join(f'{t:g}' for t in lacking)}"
            raise DataError(Fault(seen, "durations of the fit", "Shorten the path."))
        x += [(time[:, None] == np.array(own)).astype(float)]
        return np.hstack(x)
    columns, _ = duration_columns(time, duration)
    return np.hstack([*x, *columns, np.ones((len(time), 1))])


def _offset(estimate: Estimate, frame: pd.DataFrame) -> Floats:
    name = SurvivalDesign.from_text(estimate.provenance["design"]).offset
    return frame[name].to_numpy(dtype=float) if name else np.zeros(len(frame))


def _sorted(estimate: Estimate, paths: pd.DataFrame) -> list[tuple[object, pd.DataFrame]]:
    if "link" not in estimate.provenance or "group" in estimate.provenance:
        raise DataError(
            Fault(
                f"an estimate by {estimate.method}",
                "a discrete-time hazard without random intercepts",
                "Use fit_discrete_hazard or fit_hidden_onset.",
            )
        )
    design = SurvivalDesign.from_text(estimate.provenance["design"])
    numeric = ["start", "stop", *design.covariates, *([design.offset] if design.offset else [])]
    missing = [name for name in ("path", *numeric) if name not in paths.columns]
    if missing:
        seen = f"no column {', '.join(missing)}"
        raise DataError(Fault(seen, "the columns of the model", "Add it."))
    faults = [
        Fault(f"gaps or text in '{name}'", "finite numbers", "Complete the path.")
        for name in numeric
        if not np.isfinite(pd.to_numeric(paths[name], errors="coerce").to_numpy(float)).all()
    ]
    raise_all(DataError, faults)
    groups: list[tuple[object, pd.DataFrame]] = list(
        paths.sort_values(["path", "start"]).groupby("path", sort=False)
    )
    for name, path in groups:
        start, stop = path["start"].to_numpy(float), path["stop"].to_numpy(float)
        if (stop <= start).any() or (start[1:] != stop[:-1]).any():
            expected = "rows that follow one another"
            faults.append(Fault("gaps or overlaps", expected, "Mend it.", f"path {name}"))
    raise_all(DataError, faults)
    return groups

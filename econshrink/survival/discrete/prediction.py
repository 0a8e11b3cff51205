"""Hazard, survival and marginal effects of a discrete-time model along paths of covariates."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import stats as distributions

from econshrink.core.arrays import Floats, Ints
from econshrink.core.columns import as_numbers
from econshrink.core.errors import DataError, Fault, SpecError, raise_all
from econshrink.nouns.curve import Curve
from econshrink.nouns.estimate import Estimate
from econshrink.nouns.spells import SpellTable
from econshrink.nouns.survival_spec import SurvivalSpec
from econshrink.survival.design import bracketed, fitted_spec
from econshrink.survival.discrete.design import DurationDummies, duration_columns, duration_of
from econshrink.survival.discrete.likelihood import Cloglog, Link, Logit, terms
from econshrink.survival.entrance import takes_tables

_KINDS = ("discrete", "discrete_ridge", "hidden_onset")


@dataclass(frozen=True, eq=False)
class _Periods:
    """The periods of the model, or shares of them, that n rows of a path cover; m pieces.

    Parameters
    ----------
    first : ndarray of int, shape (n,)
        First piece of every row.
    row : ndarray of int, shape (m,)
    time : ndarray, shape (m,)
        Duration at which the hazard of the piece is taken: the end of its period.
    share : ndarray, shape (m,)
        Length of the piece in periods, 1 at most.
    """

    first: Ints
    row: Ints
    time: Floats
    share: Floats

    @property
    def alone(self) -> NDArray[np.bool_]:
        """Rows of one piece."""
        return np.asarray(np.diff(np.append(self.first, len(self.row))) == 1)


@dataclass(frozen=True, eq=False)
class _Path:
    """Probability and log survival of each row, with their derivatives in the coefficients."""

    mean: Floats
    mean_pull: Floats
    log_survival: Floats
    log_pull: Floats


def predict_hazard(estimate: Estimate, paths: pd.DataFrame, level: float = 0.95) -> Curve:
    r"""Probability of the event in each row of a path, given none before.

    A row may be longer or shorter than the periods the model was fitted on: its chance is put
    together from those of the periods it covers, :math:`1 - \prod_j (1 - p_j)`, each at its own
    duration with the covariates of the row. Under the complementary log-log link a share s of a
    period has the hazard of the whole times s, :math:`1 - (1 - p)^s`; under the logit link a part
    of a period has no hazard. Periods end at whole multiples of their length, except in rows of a
    whole number of periods, where they are counted from the row's start.

    Parameters
    ----------
    estimate : Estimate
        From `fit_discrete_hazard`, `fit_discrete_ridge` or `fit_hidden_onset`.
    paths : DataFrame
        Columns ``path, start, stop``, the covariates and the offset of the model, if it has one
        (not the length of the row, which is read from ``start`` and ``stop``).
    level : float
        Level of the band: normal in the predictor, and in the log of the cumulative hazard of a
        row of several periods, so it stays inside 0 and 1.

    Returns
    -------
    Curve
        Kind ``"hazard"``, one group a path.

    Raises
    ------
    DataError
        Columns missing, values not finite, rows of a path that leave gaps or overlap, parts of a
        period under the logit link, or a duration whose intercept was not estimated.

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
    spec = _spec(estimate)
    reach = float(distributions.norm.ppf(0.5 + level / 2))
    for name, path in _sorted(spec, paths):
        periods = _periods(spec, path, f"path {name}")
        at = _path(estimate, spec, path, periods)
        single = periods.first  # of the rows of one piece: there the band is that of the predictor
        design = _rows(estimate, spec, path.iloc[periods.row[single]], periods.time[single])
        eta = design @ estimate.coefficients + _offset(spec, path) + np.log(periods.share[single])
        error = np.sqrt(np.einsum("ij,jk,ik->i", design, estimate.covariance, design))
        bounds = [terms(eta + s * reach * error, _link(spec)).mean for s in (-1, 1)]
        hazard = -at.log_survival
        factor = np.exp(reach * _errors(at.log_pull, estimate) / hazard)
        joint = [-np.expm1(-h) for h in (hazard / factor, hazard * factor)]
        columns = {
            "time": path["stop"].to_numpy(float),
            "estimate": at.mean,
            "std_error": _errors(at.mean_pull, estimate),
            "conf_low": np.where(periods.alone, bounds[0], joint[0]),
            "conf_high": np.where(periods.alone, bounds[1], joint[1]),
            "group": str(name),
        }
        tables.append(pd.DataFrame(columns))
    return _curve(estimate, spec, tables, "hazard", "hazard", level)


def predict_onset(estimate: Estimate, paths: pd.DataFrame, level: float = 0.95) -> Curve:
    """Probability of an event by the end of each row of a path, given none before the path.

    Parameters, columns, errors and rows of other lengths are as in `predict_hazard`; the band is
    normal for the log of the cumulative hazard.

    Returns
    -------
    Curve
        Kind ``"incidence"``, with a first row of 0 where each path starts.
    """
    tables = []
    reach = float(distributions.norm.ppf(0.5 + level / 2))
    spec = _spec(estimate)
    for name, path in _sorted(spec, paths):
        at = _path(estimate, spec, path, _periods(spec, path, f"path {name}"))
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
    return _curve(estimate, spec, tables, "incidence", "probability of an event", level)


@takes_tables
def marginal_effects(
    spells: SpellTable, estimate: Estimate, covariates: Sequence[str] | None = None
) -> pd.DataFrame:
    r"""Average over the rows at risk of :math:`\partial p / \partial x_j`, by the delta method.

    Parameters
    ----------
    spells : SpellTable or any table
        Of a table name ``duration=, event=, entry=, unit=``, or ``start=, stop=``.
        The table the model was fitted to, or another with its covariates.
    estimate : Estimate
        From `fit_discrete_hazard` or `fit_hidden_onset`.
    covariates : sequence of str, optional
        By default all of them.

    Returns
    -------
    DataFrame
        Columns ``term, estimate, std_error, mean_hazard``: change of the probability in a period
        for one unit of the covariate, and the mean predicted hazard beside it.

    Raises
    ------
    SpecError
        A covariate that is not in the model.
    DataError
        No discrete-time hazard, or rows of another length than the model's periods.
    """
    spec = _spec(estimate)
    names = spec.covariates
    wanted = tuple(covariates or names)
    unknown = [name for name in wanted if name not in names]
    if unknown:
        raise SpecError(Fault(", ".join(unknown), f"one of {', '.join(names)}", "Mend it."))
    frame = spells.frame
    _require_periods(spec, frame)
    design = _rows(estimate, spec, frame, frame["stop"].to_numpy(dtype=float))
    eta = design @ estimate.coefficients + _offset(spec, frame)
    at = terms(eta, _link(spec))
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


def _path(estimate: Estimate, spec: SurvivalSpec, path: pd.DataFrame, periods: _Periods) -> _Path:
    """Put the pieces of every row together."""
    pieces = path.iloc[periods.row]
    design = _rows(estimate, spec, pieces, periods.time)
    eta = design @ estimate.coefficients + _offset(spec, pieces) + np.log(periods.share)
    at = terms(eta, _link(spec))
    first = periods.first
    log_survival = np.add.reduceat(at.log_survival, first)
    log_pull = np.add.reduceat(at.slope_survival[:, None] * design, first, axis=0)
    mean = np.where(periods.alone, at.mean[first], -np.expm1(log_survival))
    return _Path(mean, -np.exp(log_survival)[:, None] * log_pull, log_survival, log_pull)


def _periods(spec: SurvivalSpec, path: pd.DataFrame, where: str) -> _Periods:
    """Cut the rows of a path into periods of the model.

    Raises
    ------
    DataError
        A part of a period under the logit link.
    """
    start, stop = path["start"].to_numpy(float), path["stop"].to_numpy(float)
    width = spec.width or 1.0
    length = (stop - start) / width
    count = np.rint(length)
    exact = (count >= 1) & (np.abs(length - count) <= 1e-9 * np.maximum(count, 1))
    if not exact.all() and spec.link == "logit":
        row = int(np.flatnonzero(~exact)[0])
        raise DataError(
            Fault(
                f"a row of {stop[row] - start[row]:g} units of time, where the periods of the "
                f"model have {width:g}",
                "rows of whole periods: a logit says nothing on a part of one",
                "Change the rows, or fit with Cloglog(), whose hazard can be divided.",
                where,
            )
        )
    rows, times, shares = [], [], []
    for i, (begin, end) in enumerate(zip(start, stop, strict=True)):
        if exact[i]:
            time = begin + width * np.arange(1.0, count[i] + 1)
            time[-1] = end
            share = np.ones(len(time))
        else:
            low = np.floor(begin / width + 1e-9)
            high = np.ceil(end / width - 1e-9)
            time = width * np.arange(low + 1, high + 1)
            share = np.diff(np.concatenate([[begin], time[:-1], [end]])) / width
        rows.append(np.full(len(time), i, dtype=np.intp))
        times.append(time)
        shares.append(share)
    sizes = np.array([len(each) for each in rows], dtype=np.intp)
    joined = (np.concatenate(rows), np.concatenate(times), np.concatenate(shares))
    return _Periods(np.cumsum(sizes) - sizes, *joined)


def _require_periods(spec: SurvivalSpec, frame: pd.DataFrame) -> None:
    length = (frame["stop"] - frame["start"]).to_numpy(dtype=float)
    width = spec.width or 1.0
    if (np.abs(length - width) > 1e-9 * width).any():
        raise DataError(
            Fault(
                f"rows of {length.min():g} to {length.max():g} units of time",
                f"rows of one period of the model, {width:g}",
                "Use split_periods.",
            )
        )


def _errors(pull: Floats, estimate: Estimate) -> Floats:
    return np.asarray(np.sqrt(np.einsum("ij,jk,ik->i", pull, estimate.covariance, pull)))


def _curve(
    estimate: Estimate,
    spec: SurvivalSpec,
    tables: list[pd.DataFrame],
    kind: str,
    what: str,
    level: float,
) -> Curve:
    frame = pd.concat(tables, ignore_index=True)
    label = f"{what} along a covariate path{bracketed(spec.rule_id)}"
    notes = ("Conditional on reaching the start of the path without an event.",)
    return Curve(frame, kind, level, label, notes, estimate.synthetic)


def _link(spec: SurvivalSpec) -> Link:
    return Logit() if spec.link == "logit" else Cloglog()


def _rows(estimate: Estimate, spec: SurvivalSpec, frame: pd.DataFrame, time: Floats) -> Floats:
    """Design of the rows at these durations, in the order of the terms."""
    duration = duration_of(spec)
    x = [frame[name].to_numpy(dtype=float)[:, None] for name in spec.covariates]
    if isinstance(duration, DurationDummies):
        own = [float(t.partition("=")[2]) for t in estimate.terms if t.startswith("duration=")]
        away = np.abs(time[:, None] - np.array(own))
        nearest = away.argmin(axis=1)
        # Terms name durations with six digits.
        found = away.min(axis=1) <= 1e-5 * np.abs(time) + 1e-9 * (spec.width or 1.0)
        lacking = sorted(set(time[~found].tolist()))
        if lacking:
            seen = f"durations {', '.join(f'{t:g}' for t in lacking)}"
            raise DataError(Fault(seen, "durations of the fit", "Shorten the path."))
        return np.hstack([*x, np.eye(len(own))[nearest]])
    columns, _ = duration_columns(time, duration)
    return np.hstack([*x, *columns, np.ones((len(time), 1))])


def _offset(spec: SurvivalSpec, frame: pd.DataFrame) -> Floats:
    return frame[spec.offset].to_numpy(dtype=float) if spec.offset else np.zeros(len(frame))


def _spec(estimate: Estimate) -> SurvivalSpec:
    return fitted_spec(
        estimate,
        _KINDS,
        "a discrete-time hazard without random intercepts",
        "fit_discrete_hazard or fit_hidden_onset",
    )


def _sorted(spec: SurvivalSpec, paths: pd.DataFrame) -> list[tuple[object, pd.DataFrame]]:
    numeric = ["start", "stop", *spec.covariates, *([spec.offset] if spec.offset else [])]
    missing = [name for name in ("path", *numeric) if name not in paths.columns]
    if missing:
        seen = f"no column {', '.join(missing)}"
        raise DataError(Fault(seen, "the columns of the model", "Add it."))
    faults = [
        Fault(f"gaps or text in '{name}'", "finite numbers", "Complete the path.")
        for name in numeric
        if not np.isfinite(as_numbers(paths[name], name, decode=True)[0]).all()
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

"""Instrumental variables with absorbed effects and several endogenous regressors."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from econshrink.core.arrays import Floats, symmetric
from econshrink.core.errors import Fault, SpecError, raise_all
from econshrink.inference.linear_fit import Labels, LinearFit, Vcov
from econshrink.inference.vcov import Iid
from econshrink.nouns.estimate import Estimate
from econshrink.nouns.spec import Spec
from econshrink.panel.design.assemble import INTERCEPT, assemble, rank_faults_plain
from econshrink.panel.design.entrance import enter_iv, refuse_instrumented, several
from econshrink.panel.design.prepare import Design, prepare, row_labels
from econshrink.panel.fixed_effects import within
from econshrink.panel.kernel.k_class import k_class, liml_kappa, orthonormal
from econshrink.panel.kernel.weak_instruments import (
    anderson_rubin,
    conditional_f,
    cragg_donald,
    effective_f,
    hansen_j,
    moment_weight,
    reduced_form,
)

WEAK = 10.0  # effective F below which a note warns


@dataclass(frozen=True)
class Instrumented:
    """Which covariates are endogenous, and what instruments them.

    Parameters
    ----------
    endogenous : tuple of str
        Some of the covariates of the specification.
    instruments : tuple of str
        Excluded instruments, at least as many.

    Raises
    ------
    SpecError
        None of either, fewer instruments than endogenous covariates, or one in both.
    """

    endogenous: tuple[str, ...]
    instruments: tuple[str, ...]

    def __post_init__(self) -> None:
        given: Any  # what the user passed may be of any type
        for role, given in (("endogenous", self.endogenous), ("instruments", self.instruments)):
            if isinstance(given, str):
                seen = f"{role} given as the text {given!r}"
                remedy = f'Write ("{given}",).'
                raise SpecError(Fault(seen, "a tuple of names", remedy))
        object.__setattr__(self, "endogenous", tuple(self.endogenous))
        object.__setattr__(self, "instruments", tuple(self.instruments))
        count, wanted = len(self.instruments), len(self.endogenous)
        faults = []
        if not wanted:
            remedy = "Write y ~ x + [endog ~ z] | firm; without instruments use fit_fe."
            faults.append(Fault("no endogenous covariate", "at least one", remedy))
        if count < wanted:
            seen = f"{count} instruments for {wanted} endogenous covariates"
            faults.append(Fault(seen, "at least as many", "Add instruments."))
        both = sorted(set(self.endogenous) & set(self.instruments))
        if both:
            seen = f"{', '.join(both)} endogenous and an instrument"
            faults.append(Fault(seen, "one role each", "Choose one."))
        raise_all(SpecError, faults)


@dataclass(frozen=True)
class TwoStage:
    """Two-stage least squares."""


@dataclass(frozen=True)
class Liml:
    """Limited information maximum likelihood, less biased with weak instruments.

    Parameters
    ----------
    fuller : float
        Fuller's (1977) α: κ − α / (n − parameters of the first stage); 1 is usual, 0 is LIML.
    """

    fuller: float = 0.0

    def __post_init__(self) -> None:
        if self.fuller < 0:
            seen = f"fuller={self.fuller}"
            raise SpecError(Fault(seen, "zero or more", "Use 0 for LIML or 1 for Fuller."))


@dataclass(frozen=True)
class TwoStepGmm:
    """Two-step efficient GMM; moments are weighted as the covariance option sees the errors.

    With `Iid` errors it equals `TwoStage`; just identified, so it does with any.
    """


@several
def fit_iv(
    data: Any,
    model: Spec | str,
    instrumented: Instrumented | None = None,
    method: TwoStage | Liml | TwoStepGmm = TwoStage(),
    vcov: Vcov | None = None,
    *,
    unit: str | None = None,
    time: str | None = None,
    weights: str | None = None,
) -> Estimate:
    """Estimate y = x'b + effects + u with endogenous covariates, the effects swept out exactly.

    Parameters
    ----------
    data : CityPanel or any table
        A DataFrame of pandas, polars or pyarrow with `unit` and `time` named, or indexed so.
    model : Spec or str
        A formula such as ``"y ~ x + [endog ~ z] | firm"`` or ``"y ~ x | firm | endog ~ z"``; a
        Spec holds all covariates, endogenous ones too. Without absorbed effects an intercept is
        added.
    instrumented : Instrumented, optional
        Beside a Spec; a formula says it itself.
    method : TwoStage, Liml or TwoStepGmm
    vcov : Vcov
        `Iid`, HC0/HC1, `Clustered`, kernels or `Conley`; not HC2/HC3 or `Jackknife`.
    unit, time : str, optional
        Columns that say who and when; not for a `CityPanel`.
    weights : str, optional
        Column of analytic weights, beside a formula.

    Returns
    -------
    Estimate
        Stats: ``effective_f`` (one endogenous covariate) or ``conditional_f[x]`` of each of
        several (Sanderson and Windmeijer, for iid errors), ``cragg_donald``, ``ar`` with its
        p-value (all endogenous coefficients zero, right with weak instruments), ``hansen_j``
        with df and p-value if overidentified, ``kappa``. A note warns if the effective F, or any
        conditional F, is below 10.

    Raises
    ------
    SpecError, DataError
        See `prepare` and `within`; endogenous terms that are not covariates; instruments that do
        not identify the coefficients.

    Notes
    -----
    After Frisch, Waugh and Lovell the effects leave all variables, instruments too.

    Examples
    --------
    >>> from econshrink.nouns.panel import CityPanel
    >>> import pandas as pd
    >>> rng = np.random.default_rng(3)
    >>> z, v = rng.normal(size=(2, 200))
    >>> x = z + v
    >>> panel = CityPanel.from_long(pd.DataFrame({
    ...     "city": np.repeat([f"{i:06d}" for i in range(20)], 10),
    ...     "year": [*range(2000, 2010)] * 20,
    ...     "y": 2 * x + v + 0.1 * rng.normal(size=200), "x": x, "z": z}))
    >>> estimate = fit_iv(panel, Spec("y", ("x",), ("city",)), Instrumented(("x",), ("z",)))
    >>> bool(abs(estimate.coefficient("x") - 2) < 0.2), estimate.stats["effective_f"] > 100
    (True, True)
    """
    refuse_instrumented(instrumented, Instrumented)
    also = () if instrumented is None else (*instrumented.endogenous, *instrumented.instruments)
    panel, found, vcov = enter_iv(
        data, model, vcov, unit=unit, time=time, weights=weights, also=also
    )
    spec = found.spec
    if instrumented is None:
        instrumented = Instrumented(found.endogenous, found.instruments)
    elif found.instruments:
        seen = "instruments both in the formula and as Instrumented"
        raise SpecError(Fault(seen, "one of them", "Leave the argument out."))
    stray = [name for name in instrumented.endogenous if name not in spec.covariates]
    shared = [name for name in instrumented.instruments if name in spec.covariates]
    faults = []
    if stray:
        seen = f"endogenous {', '.join(stray)} not among the covariates"
        faults.append(Fault(seen, f"some of {', '.join(spec.covariates)}", "List them in both."))
    if shared:
        seen = f"instruments {', '.join(shared)} among the covariates"
        faults.append(Fault(seen, "instruments that are excluded", "Remove them from one list."))
    raise_all(SpecError, faults)
    joint = replace(spec, covariates=spec.covariates + instrumented.instruments)
    design = prepare(panel, joint, computed=instrumented.instruments)
    y, x, z, names, like = iv_arrays(design, instrumented)
    labels = row_labels(panel, design, vcov.groupings)
    fit, kappa, stats, notes = _estimate(y, x, z, names, like, instrumented, method, vcov, labels)
    label = "two-stage least squares"
    if isinstance(method, TwoStepGmm):
        label = "two-step GMM"
    if isinstance(method, Liml):
        label = f"Fuller({method.fuller:g}) LIML" if method.fuller else "LIML"
    if spec.absorb:
        label += f" with {len(spec.absorb)}-way fixed effects"
    stats = design.stats | stats | {"kappa": kappa}
    notes = (*design.notes, *notes)
    return assemble(panel, spec, label, names, fit, vcov, labels, stats, notes, kind="iv")


def iv_arrays(
    design: Design, instrumented: Instrumented
) -> tuple[Floats, Floats, Floats, tuple[str, ...], LinearFit]:
    """Swept columns of a design whose last covariates are the excluded instruments.

    Takes `design`: of the specification with the instruments added to its covariates.

    Returns outcome (n,), covariates (n, k) and excluded instruments (n, L), effects swept out and
    root weights multiplied in; names of the k covariates, an intercept first if there are no
    effects; an empty fit that carries the effects for the small-sample rules.

    Raises `SpecError`: collinear columns; an instrument that makes several columns.
    """
    outside = list(instrumented.instruments)
    missing = [term for term in outside if term not in design.names]
    if missing:
        seen = f"instruments {', '.join(missing)} that make several columns"
        raise SpecError(Fault(seen, "one column each", "Name the columns one by one."))
    excluded = [design.names.index(term) for term in outside]
    kept = [i for i in range(len(design.names)) if i not in excluded]
    if design.effects:
        swept = within(design)
        y, columns = swept.y, swept.x
        rank, projection = swept.absorber.rank, swept.absorber
    else:
        root = np.ones(design.nobs) if design.weights is None else np.sqrt(design.weights)
        y, columns, rank, projection = design.y * root, design.x * root[:, None], 0, None
    x, names = columns[:, kept], tuple(design.names[i] for i in kept)
    if not design.effects:
        everything, every = columns, design.names
        if design.intercept:
            everything, every = np.column_stack([root, columns]), (INTERCEPT, *every)
            x, names = np.column_stack([root, x]), (INTERCEPT, *names)
        raise_all(SpecError, rank_faults_plain(everything, every))
    empty = np.empty(0)
    shell = LinearFit(
        y,
        x,
        empty,
        empty,
        np.empty((0, 0)),
        tuple(design.effects.values()),
        tuple(design.effects),
        rank,
        projection,
        least_squares=False,
        unit=design.unit,
    )
    return y, x, columns[:, excluded], names, shell


def _estimate(
    y: Floats,
    x: Floats,
    z: Floats,
    names: tuple[str, ...],
    shell: LinearFit,
    instrumented: Instrumented,
    method: TwoStage | Liml | TwoStepGmm,
    vcov: Vcov,
    labels: Labels,
) -> tuple[LinearFit, float, dict[str, float], tuple[str, ...]]:
    inner = [i for i, name in enumerate(names) if name in instrumented.endogenous]
    partial, excluded, exogenous = partial_out(y, x, z, inner, instrumented)
    basis = np.column_stack([exogenous, excluded])
    parameters = basis.shape[1] + shell.effects_rank
    kappa = 1.0
    if isinstance(method, Liml):
        kappa = liml_kappa(y, x[:, inner], exogenous, basis)
        kappa -= method.fuller / (len(y) - parameters)
    found = k_class(y, x, basis, kappa)
    fit = replace(
        shell,
        x=found.projected,
        coefficients=found.coefficients,
        residuals=found.residuals,
        bread=found.bread,
    )
    if isinstance(method, TwoStepGmm) and not isinstance(vcov, Iid):
        fit = _second_step(fit, y, x, basis, vcov, labels)
    stats = {"cragg_donald": cragg_donald(partial[:, 1:], excluded, parameters)}
    notes = []
    if len(inner) == 1:
        first = reduced_form(shell, partial[:, 1], excluded, exogenous)
        stats["effective_f"] = effective_f(first, excluded.shape[1], vcov, labels)
        if stats["effective_f"] < WEAK:
            notes.append(f"weak instruments: effective F = {stats['effective_f']:.2f}")
    else:
        each = conditional_f(partial[:, 1:], excluded, parameters)
        found_f = {names[i]: float(f) for i, f in zip(inner, each, strict=True)}
        stats |= {f"conditional_f[{name}]": value for name, value in found_f.items()}
        notes += _weak_note(found_f, stats["cragg_donald"], vcov)
    reduced = reduced_form(shell, partial[:, 0], excluded, exogenous)
    test = anderson_rubin(reduced, excluded.shape[1], vcov, labels)
    stats |= {"ar": test.statistic, "ar_df": test.df, "ar_p": test.p_value}
    if basis.shape[1] > x.shape[1]:
        first_step = k_class(y, x, basis).residuals
        over = hansen_j(replace(fit, residuals=first_step), y, x, basis, vcov, labels)
        stats |= {
            "hansen_j": over.statistic,
            "hansen_j_df": over.df,
            "hansen_j_p": over.p_value,
        }
    return fit, kappa, stats, tuple(notes)


def _weak_note(conditional: dict[str, float], smallest: float, vcov: Vcov) -> list[str]:
    """Warn of instruments that are weak for one of several endogenous covariates, given the others.

    The two statistics are for iid errors; nothing as simple is known for others.
    """
    weak = [f"{name} {value:.2f}" for name, value in conditional.items() if value < WEAK]
    if not weak:
        return []
    note = (
        f"weak instruments: conditional F (Sanderson-Windmeijer) of {', '.join(weak)}, "
        f"Cragg-Donald F = {smallest:.2f}"
    )
    if not isinstance(vcov, Iid):
        note += "; both hold for iid errors, and with clustered ones strength may be overstated"
    return [f"{note}; the Anderson-Rubin test holds anyway"]


def partial_out(
    y: Floats, x: Floats, z: Floats, inner: list[int], instrumented: Instrumented
) -> tuple[Floats, Floats, Floats]:
    """Outcome, endogenous covariates and instruments without the exogenous covariates.

    Takes `y, x, z`: from `iv_arrays`; `inner`: columns of the endogenous covariates in `x`.

    Returns outcome and endogenous covariates side by side (n, 1 + p), an orthonormal basis of the
    excluded instruments (n, L), and one of the exogenous covariates (n, q).

    Raises `SpecError`: instruments that do not identify the endogenous covariates.
    """
    outer = [i for i in range(x.shape[1]) if i not in inner]
    exogenous = orthonormal(x[:, outer])
    partial = np.column_stack([y, x[:, inner]])
    partial = partial - exogenous @ (exogenous.T @ partial)
    excluded = orthonormal(z - exogenous @ (exogenous.T @ z))
    _identified(partial[:, 1:], excluded, instrumented)
    return partial, excluded, exogenous


def _second_step(
    first: LinearFit, y: Floats, x: Floats, basis: Floats, vcov: Vcov, labels: Labels
) -> LinearFit:
    """Efficient GMM after two-stage least squares, in the form of a linear fit."""
    weight, rank = moment_weight(first, basis, vcov, labels)
    cross = basis.T @ x
    information = symmetric(np.asarray(cross.T @ weight @ cross, dtype=np.float64))
    size = np.sqrt(np.abs(np.diag(information)))
    if rank < x.shape[1] or np.linalg.eigvalsh(information / np.outer(size, size)).min() < 1e-12:
        seen = f"a moment covariance of rank {rank} for {x.shape[1]} coefficients"
        raise SpecError(Fault(seen, "more clusters than coefficients", "Use TwoStage."))
    inverse: Floats = np.asarray(np.linalg.inv(information), dtype=np.float64)
    bread = symmetric(inverse)
    coefficients = bread @ (cross.T @ weight @ (basis.T @ y))
    return replace(
        first,
        x=basis @ weight @ cross,
        coefficients=coefficients,
        residuals=y - x @ coefficients,
        bread=bread,
    )


def _identified(endogenous: Floats, excluded: Floats, instrumented: Instrumented) -> None:
    """Raise if the instruments do not move the endogenous covariates independently."""
    size = np.sqrt((endogenous**2).sum(axis=0))
    strength = np.linalg.svd((excluded.T @ endogenous) / size, compute_uv=False)
    if len(strength) < endogenous.shape[1] or strength.min() < 1e-9:
        raise SpecError(
            Fault(
                f"instruments {', '.join(instrumented.instruments)} that do not identify "
                f"{', '.join(instrumented.endogenous)}",
                "as many independent instruments as endogenous covariates",
                "Add instruments, or look at which of them move which covariate.",
            )
        )

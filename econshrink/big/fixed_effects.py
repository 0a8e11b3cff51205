"""Fixed effects of unit and time on a table that need not fit in memory."""

from __future__ import annotations

import platform
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from importlib.metadata import version
from typing import Any

import numpy as np
import scipy

from econshrink.big.extras import extra
from econshrink.big.kernel.left_out import changes_one_way, left_out_changes
from econshrink.big.kernel.moments import (
    Moments,
    Sample,
    TimeEffects,
    added,
    moments,
    sample,
    swept_rows,
    time_effects,
    unit_grams,
)
from econshrink.big.ordering import Ordered, ordered
from econshrink.big.reading import read_part
from econshrink.big.source import BigTable, checked_table
from econshrink.big.terms import Terms, terms_of
from econshrink.big.workspace import Place, at_work
from econshrink.core.arrays import Floats, Ints, symmetric
from econshrink.core.errors import DataError, Fault, SpecError, raise_all
from econshrink.inference.gram.grams import square_index
from econshrink.inference.jackknife import Jackknife
from econshrink.inference.linear_fit import UNIT, Covariance
from econshrink.inference.small_sample import Sizes, counts_of, degrees_of_freedom, factor
from econshrink.inference.vcov import Clustered, Iid
from econshrink.inference.within_blocks import MOST_LEVELS
from econshrink.nouns.estimate import Estimate
from econshrink.nouns.spec import Spec
from econshrink.panel.design.rank import (
    ABSORBED_TOLERANCE,
    ROUNDING_TOLERANCE,
    collinear_sets,
)
from econshrink.panel.design.sample import CONSTANT_TOLERANCE, loss_words
from econshrink.panel.design.variables import containing
from econshrink.panel.fixed_effects import PERFECT
from econshrink.tables.formula import read_formula

COLLINEAR = 1e-12  # smallest eigenvalue of the Gram of unit columns
ROUNDED = 3e-8  # norm left of a column, from differences of sums of squares, that is rounding
REFINED = 3  # passes of Grams at most; one does but for columns that nearly explain the outcome
SMALL = 1e-10  # last move of a coefficient, in residual norms


Design = Callable[[int], tuple[Sample, list[Any]]]


@dataclass(frozen=True, eq=False)
class Fitted:
    """A regression on disk after its passes over the rows.

    Parameters
    ----------
    spec : Spec
    design : callable
        Part to its sample and units.
    rows : Ordered
    two_way : bool
    total : Moments
    effects : TimeEffects, optional
    shift : ndarray, shape (v, T), optional
        Time effects of outcome and regressors.
    first : ndarray, shape (k,)
        Coefficients of the first pass.
    coefficients : ndarray, shape (k,)
        … refined by the second.
    gram : ndarray, shape (k + 1, k + 1)
        Cross products of swept regressors and residuals.
    bread : ndarray, shape (k, k)
    meat : ndarray, shape (k, k)
        Sum over units of the products of their scores.
    """

    spec: Spec
    design: Design
    rows: Ordered
    two_way: bool
    total: Moments
    effects: TimeEffects | None
    shift: Floats | None
    first: Floats
    coefficients: Floats
    gram: Floats
    bread: Floats
    meat: Floats

    @property
    def units(self) -> int:
        """Units that are used."""
        return int(self.total.counts[2])

    @property
    def used(self) -> int:
        """Rows that are used."""
        return int(self.total.counts[1])

    @property
    def names(self) -> tuple[str, ...]:
        """Outcome, covariates and weights."""
        spec = self.spec
        return (spec.depvar, *spec.covariates, *((spec.weights,) if spec.weights else ()))

    @property
    def rss(self) -> float:
        """Residual sum of squares."""
        return float(self.gram[-1, -1])

    @property
    def times(self) -> int:
        """Times with a usable row."""
        return int((self.total.times[0] > 0).sum())


def fit_fe(
    table: BigTable,
    model: Spec | str,
    vcov: Iid | Clustered | Jackknife | None = None,
    *,
    weights: str | None = None,
    keep_singletons: bool = False,
) -> Estimate:
    """Estimate y = x'b + effects of unit (and time) + u on a table on disk.

    The rows are read two times, three for the jackknife, a part of whole units at a time.

    Parameters
    ----------
    table : BigTable
    model : Spec or str
        A formula such as ``"y ~ x + np.log(z) + lag(x) | cell + year"``: columns, arithmetic and
        lags; the effects are the table's unit, or unit and time.
    vcov : Iid, Clustered or Jackknife, optional
        By the unit, which is the default.
    weights : str, optional
        Column or arithmetic of analytic weights, beside a formula.
    keep_singletons : bool
        As in `panel.fit_fe`.

    Returns
    -------
    Estimate
        As from `panel.fit_fe`, with the same statistics.

    Raises
    ------
    SpecError
        Another effect, another covariance, terms that need all rows at once, collinear covariates.
    DataError
        No usable rows, constant columns, more than 256 times; see `ordered`.

    Notes
    -----
    Equal to `panel.fit_fe` up to rounding. Frisch and Waugh (1933), Lovell (1963): the normal
    equations need one number a pair of columns, a time and a column, and a pair of times.

    Examples
    --------
    >>> fit_fe(scan("cells", unit="cell", time="year"),
    ...     "y ~ x | cell + year")  # doctest: +SKIP
    """
    checked_table(table, "fit_fe")
    spec = big_spec(table, model, weights)
    option = _option(table, vcov)
    terms = terms_of(table, spec)
    rows = ordered(table, terms.columns)
    with at_work(table.workspace, "fit-fe", *fit_key(table, spec, keep_singletons)) as place:
        fitted = fitted_on_disk(table, place, spec, terms, rows, keep_singletons)
        covariance = _covariance(table, place, fitted, option)
    return big_estimate(table, fitted, covariance)


def fit_key(table: BigTable, spec: Spec, keep_singletons: bool) -> tuple[object, ...]:
    """What the passes of a regression depend on."""
    return (table.source.fingerprint, table.unit, table.time, spec, spec.weights, keep_singletons)


def fitted_on_disk(
    table: BigTable, place: Place, spec: Spec, terms: Terms, rows: Ordered, keep_singletons: bool
) -> Fitted:
    """Go through the rows: normal equations, then Grams by unit."""
    two_way = len(spec.absorb) == 2
    if two_way and len(rows.times) > MOST_LEVELS:
        seen = f"{len(rows.times)} values of '{table.time}'"
        remedy = f"Absorb '{table.unit}' alone, or take coarser times."
        raise DataError(Fault(seen, f"at most {MOST_LEVELS} beside '{table.unit}'", remedy))
    alone = np.zeros(0, dtype=np.intp)
    while True:
        weighted = bool(spec.weights)
        design = partial(part_sample, table, rows, terms, alone, weighted, keep_singletons)
        summing = partial(_moments_task, design, len(rows.times), two_way)
        label = "moments" if not len(alone) else f"moments without {len(alone)} times"
        total = added(
            [Moments.unpacked(kept) for kept in place.over(summing, range(rows.parts), label)]
        )
        _check(table, terms, total, two_way)
        single = np.flatnonzero(total.times[0] == 1)
        if keep_singletons or not two_way or not len(single):
            break
        alone = np.union1d(alone, single)
    effects = time_effects(total) if two_way else None
    shift = (total.sums @ effects.inverse) if effects is not None else None
    gram = symmetric(total.gram - (shift @ total.sums.T if shift is not None else 0.0))
    units = int(total.counts[2])
    _rank(spec, total, gram, units + (effects.rank if effects is not None else 0))
    first: Floats = np.asarray(np.linalg.solve(gram[1:, 1:], gram[1:, 0]), dtype=float)
    for turn in range(REFINED):  # residuals of coefficients that are exact but for rounding
        task = partial(_gram_task, design, shift, first)
        label = "grams" if not turn else f"grams again {turn}"
        second = np.sum(np.array(place.over(task, range(rows.parts), label)), axis=0)
        k = len(first)
        size = (k + 1) * (k + 2) // 2
        whole = second[:size][square_index(k + 1)].reshape(k + 1, k + 1)
        moved = np.linalg.solve(whole[:-1, :-1], whole[:-1, -1])
        if (np.abs(moved) * np.sqrt(np.diag(whole)[:-1]) <= SMALL * np.sqrt(whole[-1, -1])).all():
            break
        first = first + moved
    whole[-1, -1] -= float(moved @ whole[:-1, -1])
    meat = second[size:][square_index(k)].reshape(k, k)
    bread: Floats = symmetric(np.asarray(np.linalg.inv(whole[:-1, :-1]), dtype=float))
    return Fitted(
        spec,
        design,
        rows,
        two_way,
        total,
        effects,
        shift,
        first,
        first + moved,
        whole,
        bread,
        meat,
    )


def big_estimate(table: BigTable, fitted: Fitted, covariance: Covariance) -> Estimate:
    """The estimate of a fitted regression."""
    spec = fitted.spec
    total_squares = float(fitted.total.outcome[2])
    gram = fitted.total.gram
    swept = float(gram[0, 0])
    if fitted.shift is not None:
        swept -= float(fitted.shift[0] @ fitted.total.sums[0])
    if fitted.rss <= PERFECT**2 * swept:
        seen = f"a perfect fit of '{spec.depvar}' by {', '.join(spec.covariates)}"
        remedy = "Look for a covariate that contains the outcome."
        raise SpecError(Fault(seen, "residuals", remedy))
    sizes = big_sizes(table, fitted)
    df_resid = sizes.nobs - sizes.slopes - sizes.rank
    counts = _losses(fitted.total)
    stats = {
        "r2_within": 1 - fitted.rss / swept,
        "r2": 1 - fitted.rss / total_squares,
        "rmse": float(np.sqrt(fitted.rss / df_resid)),
        "rss": fitted.rss,
        "df_resid": float(df_resid),
        "slopes": float(sizes.slopes),
        "n_effects": float(sum(sizes.levels)),
        "effects_rank": float(sizes.rank),
        "mean_depvar": float(fitted.total.outcome[1]),
        "cities": float(fitted.units),
        "years": float(fitted.times),
        "rows_dropped": float(sum(counts.values())),
        **{f"rows_{reason}": float(count) for reason, count in counts.items()},
    }
    return Estimate(
        method=f"{'two' if fitted.two_way else 'one'}-way fixed effects",
        terms=spec.covariates,
        coefficients=fitted.coefficients,
        covariance=covariance.matrix,
        vcov_label=covariance.label,
        small_sample=covariance.small_sample,
        nobs=fitted.used,
        df_t=covariance.df_t,
        clusters=covariance.clusters,
        stats=stats | covariance.stats,
        spec=spec,
        notes=(*_notes(table, fitted, counts), *covariance.notes),
        provenance=_provenance(table),
        synthetic=table.synthetic,
        kind="fe",
        vcov_kind=covariance.kind,
    )


def big_sizes(table: BigTable, fitted: Fitted, *, clustered: bool = True) -> Sizes:
    """The counts that small-sample rules need."""
    rank = fitted.units + (fitted.effects.rank if fitted.effects is not None else 0)
    names = fitted.spec.absorb
    nested = tuple((name == table.unit,) for name in names)
    order = tuple(fitted.units if name == table.unit else fitted.times for name in names)
    return Sizes(
        fitted.used,
        len(fitted.coefficients),
        order,
        rank,
        (fitted.units,) if clustered else (),
        nested if clustered else tuple(() for _ in names),
        names,
        table.unit,
    )


def clustered_covariance(table: BigTable, fitted: Fitted, rule: str) -> Covariance:
    """Clustered by unit (CRV1)."""
    sizes = big_sizes(table, fitted)
    scale = factor(rule, sizes)
    matrix = symmetric(fitted.bread @ fitted.meat @ fitted.bread)
    stats = counts_of(rule, sizes, (), scale)
    return Covariance(
        scale * matrix,
        f"clustered by {table.unit}",
        rule,
        degrees_of_freedom(rule, sizes),
        {table.unit: fitted.units},
        stats,
        kind="clustered",
    )


def part_sample(
    table: BigTable,
    rows: Ordered,
    terms: Terms,
    alone: Ints,
    weighted: bool,
    keep_singletons: bool,
    part: int,
) -> tuple[Sample, list[Any]]:
    """The usable rows of a part, and the identifiers of its units."""
    found = read_part(table, rows, part, terms.columns)
    columns, faults = terms.values(found)
    raise_all(DataError, faults)
    if np.isinf(np.array([column.sum() for column in columns])).any():
        raise_all(DataError, _infinite(terms, columns))
    weights = columns.pop() if weighted else None
    level = np.searchsorted(rows.times, found.time)
    one = sample(columns, weights, level, found.lengths, alone, keep_singletons=keep_singletons)
    return one, found.units


def _infinite(terms: Terms, columns: list[Floats]) -> list[Fault]:
    return [
        Fault(
            f"{int(np.isinf(column).sum())} infinite figures in '{name}'",
            "a finite number or an empty cell",
            "Clean the cells.",
        )
        for name, column in zip(terms.names, columns, strict=True)
        if np.isinf(column).any()
    ]


def _moments_task(design: Design, times: int, two_way: bool, part: int) -> dict[str, Any]:
    one, _ = design(part)
    rows = sum(one.counts.values()) + len(one.level)
    return moments(one, rows, times, two_way=two_way).packed()


def _gram_task(design: Design, shift: Floats | None, first: Floats, part: int) -> Floats:
    """Cross products of regressors and residuals, then of scores, both packed."""
    one, _ = design(part)
    k = len(first)
    if not len(one.level):
        return np.zeros((k + 1) * (k + 2) // 2 + k * (k + 1) // 2)
    rows = residual_rows(one, shift, first)
    grams = unit_grams(rows, one.weights, one.units)
    last = square_index(k + 1).reshape(k + 1, k + 1)[:k, k]
    scores = grams[:, last]
    return np.concatenate([grams.sum(axis=0), (scores.T @ scores)[np.triu_indices(k)]])


def residual_rows(one: Sample, shift: Floats | None, coefficients: Floats) -> Floats:
    """Swept regressors and, last, residuals: shape (k + 1, n)."""
    swept = swept_rows(one, shift)
    rows = np.concatenate([swept[1:], swept[:1]])
    rows[-1] -= coefficients @ rows[:-1]
    return rows


def _jackknife_task(
    design: Design,
    shift: Floats | None,
    coefficients: Floats,
    whole: Floats,
    inverse: Floats | None,
    part: int,
) -> Floats:
    """How many units cannot be spared, then the sum of the changes and of their products."""
    one, _ = design(part)
    k = len(coefficients)
    if not len(one.level):
        return np.zeros(1 + k + k * k)
    rows = residual_rows(one, shift, coefficients)
    if inverse is None:
        grams = unit_grams(rows, one.weights, one.units)[:, square_index(k + 1)]
        changes, lost = changes_one_way(grams.reshape(-1, k + 1, k + 1), whole)
    else:
        bread: Floats = np.asarray(np.linalg.inv(whole[:-1, :-1]), dtype=float)
        changes, lost = left_out_changes(rows, one, bread, inverse, len(inverse))
    return np.concatenate([[float(lost)], changes.sum(axis=0), (changes.T @ changes).ravel()])


def _covariance(
    table: BigTable, place: Place, fitted: Fitted, option: Iid | Clustered | Jackknife
) -> Covariance:
    if isinstance(option, Iid):
        sizes = big_sizes(table, fitted, clustered=False)
        rule = option.small_sample
        scale = factor(rule, sizes)
        matrix = symmetric(scale * fitted.rss / fitted.used * fitted.bread)
        stats = counts_of(rule, sizes, (), scale)
        df_t = degrees_of_freedom(rule, sizes)
        return Covariance(matrix, "iid", rule, df_t, {}, stats, kind="iid")
    if fitted.units < 2:
        seen = f"{fitted.units} cluster by {table.unit}"
        raise SpecError(Fault(seen, "at least 2 clusters", "Use another covariance."))
    if isinstance(option, Clustered):
        return clustered_covariance(table, fitted, option.small_sample)
    inverse = None if fitted.effects is None else fitted.effects.inverse
    task = partial(
        _jackknife_task, fitted.design, fitted.shift, fitted.coefficients, fitted.gram, inverse
    )
    parts = place.over(task, range(fitted.rows.parts), "units left out")
    sums = np.sum(np.array(parts), axis=0)
    if sums[0]:
        seen = f"{sums[0]:.0f} units without which some coefficient is not identified"
        remedy = "Leave out the covariate that varies in one unit only, or use Clustered."
        raise SpecError(Fault(seen, "coefficients that no single unit carries alone", remedy))
    k, count = len(fitted.coefficients), fitted.units
    spread = sums[1 + k :].reshape(k, k)
    if option.about_mean:
        mean = sums[1 : 1 + k] / count
        spread = spread - count * np.outer(mean, mean)
    share = (count - 1) / count
    about = "mean" if option.about_mean else "estimate"
    label = f"cluster jackknife (CRV3) by {table.unit}, about the {about}"
    stats = counts_of("none", big_sizes(table, fitted), (), share)
    return Covariance(
        symmetric(share * spread),
        label,
        "none",
        count - 1.0,
        {table.unit: count},
        stats,
        kind="jackknife",
    )


def big_spec(table: BigTable, model: Any, weights: str | None) -> Spec:
    """The specification, with effects that a table on disk can absorb."""
    if isinstance(model, str):
        found = read_formula(model, weights)
        if len(found) > 1 or found[0].instruments:
            seen = f"several models or instruments in '{model}'"
            raise SpecError(Fault(seen, "one model by least squares", "Write them one by one."))
        spec = found[0].spec
    elif isinstance(model, Spec):
        if weights is not None and model.weights not in {None, weights}:
            seen = f"weights='{weights}' beside a Spec with weights '{model.weights}'"
            raise SpecError(Fault(seen, "one of them", "Leave weights= out."))
        spec = replace(model, weights=weights or model.weights)
    else:
        seen = f"a model of type {type(model).__name__}"
        raise SpecError(Fault(seen, "a formula or a Spec", 'Write "y ~ x | cell + year".'))
    raise_all(SpecError, containing(spec.depvar, spec.covariates))
    if set(spec.absorb) not in ({table.unit}, {table.unit, table.time}):
        seen = f"effects {' + '.join(spec.absorb) or 'none'}"
        remedy = "Absorb these; others need the table in memory: panel.fit_fe."
        expected = f"'{table.unit}', or '{table.unit} + {table.time}'"
        raise SpecError(Fault(seen, expected, remedy))
    return spec


def _option(table: BigTable, vcov: Any) -> Iid | Clustered | Jackknife:
    if vcov is None:
        return Clustered()
    by = getattr(vcov, "by", UNIT)
    if isinstance(vcov, Iid | Clustered | Jackknife) and by in {UNIT, table.unit}:
        return vcov
    unit = f'"{table.unit}"'
    raise SpecError(
        Fault(
            f"vcov={vcov!r}",
            f"Iid(), Clustered({unit}) or Jackknife({unit})",
            "Take one of these; others need the table in memory: panel.fit_fe.",
        )
    )


def _check(table: BigTable, terms: Terms, total: Moments, two_way: bool) -> None:
    """Refuse what no regression can be made of."""
    v = len(total.low)
    rows, used, units = (int(count) for count in total.counts[:3])
    gaps = dict(zip(terms.names, total.counts[7:].astype(int).tolist(), strict=False))
    faults = [
        Fault(f"no figure at all for '{name}'", "figures in some rows", "Leave it out.")
        for name, count in gaps.items()
        if count == rows
    ]
    if total.negative[0]:
        seen = f"{int(total.negative[0])} negative weights"
        expected, where = "weights of zero or more", f"column {terms.names[-1]}"
        faults.append(Fault(seen, expected, "Mend them.", where))
    raise_all(DataError, faults)
    if not used:
        seen = f"no rows left of {rows}"
        remedy = "Drop the emptiest variable or effects."
        raise DataError(Fault(seen, "rows with all variables", remedy))
    for name, low, high in zip(terms.names[:v], total.low, total.high, strict=True):
        if high - low <= CONSTANT_TOLERANCE * max(abs(low), abs(high)):
            seen = f"'{name}' is constant ({low:.6g}) in the {used} rows used"
            faults.append(Fault(seen, "a variable that varies", "Leave it out."))
    counted = ((table.unit, units), (table.time, int((total.times[0] > 0).sum())))
    for name, count in counted[: 1 + two_way]:
        if count < 2:
            seen = f"one level of effect '{name}' in the {used} rows used"
            faults.append(Fault(seen, "at least two levels to compare", f"Leave '{name}' out."))
    raise_all(DataError, faults)


def _rank(spec: Spec, total: Moments, gram: Floats, rank: int) -> None:
    """Refuse columns that the effects or the others explain."""
    n = float(total.counts[1])
    left = np.sqrt(np.maximum(np.diag(gram), 0.0) * n / total.outcome[0])
    about, size = np.sqrt(total.raw[:, 1]), np.sqrt(total.raw[:, 2])
    gone = left <= np.maximum(ABSORBED_TOLERANCE * about, ROUNDING_TOLERANCE * size)
    # from sums of squares, not rows: what is left of an absorbed column is their rounding
    gone |= left <= ROUNDED * about
    joint = " and ".join(spec.absorb)
    faults = []
    if gone[0]:
        seen = f"outcome '{spec.depvar}' has no variation left within {joint}"
        faults.append(Fault(seen, "an outcome that varies", "Absorb less."))
    for name, lost in zip(spec.covariates, gone[1:], strict=True):
        if lost:
            seen = f"'{name}' has no variation left within {joint}"
            remedy = "Leave it out, interact it, or absorb less."
            faults.append(Fault(seen, "covariates that vary within the absorbed effects", remedy))
    kept = np.flatnonzero(~gone[1:]) + 1
    if len(kept):
        scale = np.sqrt(np.diag(gram)[kept])
        values, vectors = np.linalg.eigh(gram[np.ix_(kept, kept)] / np.outer(scale, scale))
        if values[0] < COLLINEAR:
            root = np.sqrt(np.where(values < COLLINEAR, 0.0, values))[:, None] * vectors.T
            names = [spec.covariates[i - 1] for i in kept]
            for members in collinear_sets(root, names):
                seen = f"{', '.join(map(repr, members))} are collinear within {joint}"
                expected = "covariates none of which the others determine"
                faults.append(Fault(seen, expected, "Leave one of them out."))
    parameters = len(spec.covariates) + rank
    if n <= parameters:
        seen = f"{n:.0f} rows and {parameters} parameters"
        faults.append(Fault(seen, "more rows than parameters", "Use fewer covariates or effects."))
    raise_all(SpecError, faults)


def _losses(total: Moments) -> dict[str, int]:
    missing, idle, time, unit = total.counts[3:7].astype(int).tolist()
    return {"missing": missing, "zero_weight": idle, "singleton": time + unit}


def _notes(table: BigTable, fitted: Fitted, counts: dict[str, int]) -> tuple[str, ...]:
    gaps = fitted.total.counts[7:].astype(int).tolist()
    lost = {name: gap for name, gap in zip(fitted.names, gaps, strict=False) if gap}
    _, _, time, unit = fitted.total.counts[3:7].astype(int).tolist()
    alone = {name: count for name, count in ((table.unit, unit), (table.time, time)) if count}
    return loss_words(int(fitted.total.counts[0]), counts, lost, alone)


def _provenance(table: BigTable) -> dict[str, str]:
    return {
        "unit": table.unit,
        "time": table.time,
        "source": table.source.fingerprint[:64],
        "econshrink": version("econshrink"),
        "numpy": np.__version__,
        "scipy": scipy.__version__,
        "pyarrow": extra("pyarrow").__version__,
        "python": platform.python_version(),
    }

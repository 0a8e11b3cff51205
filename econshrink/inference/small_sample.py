"""Named small-sample rules: what each program multiplies a covariance by, and why.

With N rows, k coefficients, absorbed effects of L_1 … L_m levels and G clusters, the variance
factor is ``group × numerator / (N − K)``; the rules differ in K, in N or N−1, and in G/(G−1).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from econshrink.core.arrays import Ints, is_nested
from econshrink.core.errors import Fault, SpecError
from econshrink.inference.linear_fit import LinearFit

ONE_WAY_ONLY = ("stata_areg", "stata_xtreg")


@dataclass(frozen=True)
class SmallSampleRule:
    """One program's convention.

    Parameters
    ----------
    name : str
    formula : str
        The clustered variance factor, in words.
    count : str
        How absorbed effects enter K: ``nothing`` (no division at all), ``slopes``, ``nested``,
        ``levels``, ``rank``, ``xtreg``, ``linearmodels`` or ``effects only``.
    less_one : bool
        The numerator is N − 1, not N.
    group : str
        ``no``, ``min`` (smallest G/(G−1) times the whole) or ``each`` component its own.
    """

    name: str
    formula: str
    count: str
    less_one: bool
    group: str


_TABLE = (
    SmallSampleRule("none", "1", "nothing", False, "no"),
    SmallSampleRule(
        "fixest",
        "G/(G-1) (N-1)/(N-K); effects nested in a cluster count as one parameter",
        "nested",
        True,
        "min",
    ),
    SmallSampleRule(
        "fixest_none", "G/(G-1) (N-1)/(N-k); no absorbed effect counted", "slopes", True, "min"
    ),
    SmallSampleRule(
        "fixest_full", "G/(G-1) (N-1)/(N-K); all absorbed effects counted", "levels", True, "min"
    ),
    SmallSampleRule(
        "fixest_conventional",
        "as fixest, but each component of a multi-way sum has its own G/(G-1)",
        "nested",
        True,
        "each",
    ),
    SmallSampleRule(
        "linearmodels",
        "N/(N-K); all absorbed effects counted unless a single one is nested in the clusters",
        "linearmodels",
        False,
        "no",
    ),
    SmallSampleRule(
        "linearmodels_slopes",
        "N/(N-k); auto_df=False, count_effects=False",
        "slopes",
        False,
        "no",
    ),
    SmallSampleRule(
        "linearmodels_effects",
        "N/(N-(K-k)); debiased=False counts the effects but not the regressors",
        "effects only",
        False,
        "no",
    ),
    SmallSampleRule(
        "linearmodels_group",
        "G/(G-1) (N-1)/(N-K); group_debias=True",
        "linearmodels",
        True,
        "each",
    ),
    SmallSampleRule(
        "linearmodels_effects_group",
        "G/(G-1) (N-1)/(N-(K-k)); debiased=False, group_debias=True",
        "effects only",
        True,
        "each",
    ),
    SmallSampleRule(
        "stata_areg", "G/(G-1) (N-1)/(N-K); all absorbed effects counted", "rank", True, "min"
    ),
    SmallSampleRule(
        "stata_xtreg",
        "G/(G-1) (N-1)/(N-K); city effects, nested in the clusters, count as one constant",
        "xtreg",
        True,
        "min",
    ),
)
RULES: dict[str, SmallSampleRule] = {rule.name: rule for rule in _TABLE}


def checked_rule(name: str) -> str:
    """Return `name` if it is a small-sample rule, else raise a `SpecError` that lists them.

    Examples
    --------
    >>> checked_rule("stata_xtreg")
    'stata_xtreg'
    """
    if not isinstance(name, str) or name not in RULES:
        raise SpecError(
            Fault(f"small-sample rule '{name}'", f"one of {', '.join(RULES)}", "Name a known rule.")
        )
    return name


@dataclass(frozen=True)
class Sizes:
    """The counts that small-sample rules need, whether the rows are at hand or not.

    Parameters
    ----------
    nobs, slopes : int
    levels : tuple of int
        Levels of each absorbed effect.
    rank : int
        Rank of their dummies together.
    clusters : tuple of int
        Clusters of each clustering.
    nested : tuple of tuple of bool
        For each effect, whether it is nested in each clustering.
    effects : tuple of str
        Names of the effects.
    unit : str
        Name of the effect that is the panel's unit.
    """

    nobs: int
    slopes: int
    levels: tuple[int, ...] = ()
    rank: int = 0
    clusters: tuple[int, ...] = ()
    nested: tuple[tuple[bool, ...], ...] = ()
    effects: tuple[str, ...] = ()
    unit: str = "city"


def sizes_of(fit: LinearFit | Sizes, clusters: Sequence[Ints] = ()) -> Sizes:
    """The counts of a fit; sizes as they are.

    Examples
    --------
    >>> sizes_of(Sizes(10, 2)).nobs
    10
    """
    if isinstance(fit, Sizes):
        return fit
    return Sizes(
        fit.nobs,
        fit.slopes,
        tuple(int(each.max()) + 1 for each in fit.effects),
        fit.effects_rank,
        tuple(int(each.max()) + 1 for each in clusters),
        tuple(tuple(is_nested(effect, each) for each in clusters) for effect in fit.effects),
        fit.effect_names,
        fit.unit,
    )


def parameter_count(name: str, fit: LinearFit | Sizes, clusters: Sequence[Ints] = ()) -> int:
    """Number of parameters K that rule `name` subtracts from the rows.

    Takes `name`: a key of `RULES`; `clusters`: codes of the clusterings; empty for iid and
    heteroskedastic covariances.

    Raises `SpecError`: ``stata_xtreg`` without city effects, or with cities that are not nested in
    the clusters.

    Examples
    --------
    >>> import numpy as np
    >>> from econshrink.inference.linear_fit import least_squares
    >>> x, y = np.arange(1.0, 7.0)[:, None], np.array([1.0, 3.0, 4.0, 2.0, 5.0, 5.0])
    >>> city = np.array([0, 0, 1, 1, 2, 2])
    >>> fit = LinearFit(y, x, *least_squares(y, x), (city,), ("city",), 3)
    >>> [parameter_count(rule, fit, [city]) for rule in ("fixest", "stata_areg", "linearmodels")]
    [2, 4, 1]
    """
    how, sizes = RULES[name].count, sizes_of(fit, clusters)
    slopes, levels = sizes.slopes, sizes.levels
    counted = sum(levels) - (len(levels) - 1) if levels else 0
    if how == "nothing":
        return 0
    if how == "slopes":
        return slopes
    if how == "rank":
        return slopes + sizes.rank
    if how == "effects only":
        return counted
    if how == "xtreg":
        return _xtreg_count(sizes)
    if how == "nested":
        inside = [size for size, each in zip(levels, sizes.nested, strict=True) if any(each)]
        return slopes + counted - sum(size - 1 for size in inside)
    if how == "linearmodels" and len(levels) == 1 and sizes.clusters:
        return slopes + (0 if all(sizes.nested[0]) else counted)
    return slopes + counted


def _xtreg_count(sizes: Sizes) -> int:
    if sizes.unit not in sizes.effects:
        raise SpecError(
            Fault(
                f"rule stata_xtreg with effects {', '.join(sizes.effects) or 'none'}",
                "city effects, the panels of xtreg",
                f"Absorb '{sizes.unit}' or choose the rule stata_areg.",
            )
        )
    if not sizes.clusters:
        return sizes.slopes + sizes.rank
    unit = sizes.effects.index(sizes.unit)
    if not all(sizes.nested[unit]):
        raise SpecError(
            Fault(
                "rule stata_xtreg with cities that are not nested in the clusters",
                "each city in one cluster",
                "Choose the rule stata_areg or fixest.",
            )
        )
    return sizes.slopes + sizes.rank - sizes.levels[unit] + 1


def factor(name: str, fit: LinearFit | Sizes, clusters: Sequence[Ints] = ()) -> float:
    """Variance factor of rule `name`, without the G/(G-1) of single components.

    Takes `clusters`: clusterings; with none the factor is N/(N − K).

    Raises `SpecError`: there are at least as many parameters as rows, or a single cluster.

    Examples
    --------
    >>> import numpy as np
    >>> from econshrink.inference.linear_fit import least_squares
    >>> x, y = np.arange(1.0, 7.0)[:, None], np.array([1.0, 3.0, 4.0, 2.0, 5.0, 5.0])
    >>> city = np.array([0, 0, 1, 1, 2, 2])
    >>> fit = LinearFit(y, x, *least_squares(y, x), (city,), ("city",), 3)
    >>> factor("fixest", fit, [city]) == 3 / 2 * 5 / 4
    True
    """
    rule, sizes = RULES[name], sizes_of(fit, clusters)
    nobs, parameters = sizes.nobs, parameter_count(name, sizes)
    if nobs <= parameters:
        raise SpecError(
            Fault(
                f"{parameters} parameters and {nobs} rows",
                "more rows than parameters",
                "Use fewer covariates or effects.",
            )
        )
    if rule.count == "nothing":
        return 1.0
    if not sizes.clusters:
        return nobs / (nobs - parameters)
    value = (nobs - 1 if rule.less_one else nobs) / (nobs - parameters)
    if rule.group == "min":
        groups = min(sizes.clusters)
        if groups < 2:
            seen = "one cluster (city, year or other unit)"
            raise SpecError(Fault(seen, "at least two", "Use another covariance."))
        value *= groups / (groups - 1)
    return value


def degrees_of_freedom(name: str, fit: LinearFit | Sizes, clusters: Sequence[Ints] = ()) -> float:
    """Degrees of freedom of t: smallest G − 1 with clusters, else N − K.

    The linearmodels rules use N − K in both cases, as PanelOLS does.

    Examples
    --------
    >>> import numpy as np
    >>> from econshrink.inference.linear_fit import least_squares
    >>> x, y = np.arange(1.0, 7.0)[:, None], np.array([1.0, 3.0, 4.0, 2.0, 5.0, 5.0])
    >>> city = np.array([0, 0, 1, 1, 2, 2])
    >>> fit = LinearFit(y, x, *least_squares(y, x), (city,), ("city",), 3)
    >>> degrees_of_freedom("fixest", fit, [city]), degrees_of_freedom("fixest", fit)
    (2.0, 2.0)
    """
    sizes = sizes_of(fit, clusters)
    absorbed = sum(sizes.levels) - (len(sizes.levels) - 1) if sizes.levels else 0
    full = float(sizes.nobs - sizes.slopes - absorbed)
    if name.startswith("linearmodels"):
        return full
    if sizes.clusters:
        return float(min(sizes.clusters) - 1)
    return float(max(sizes.nobs - parameter_count(name, sizes), 1)) if name != "none" else full


def counts_of(
    name: str, fit: LinearFit | Sizes, clusters: Sequence[Ints], scale: float
) -> dict[str, float]:
    """The factor that was used, its K, and the other counts of parameters that programs use.

    Examples
    --------
    >>> import numpy as np
    >>> from econshrink.inference.linear_fit import least_squares
    >>> x, y = np.arange(1.0, 7.0)[:, None], np.array([1.0, 3.0, 4.0, 2.0, 5.0, 5.0])
    >>> counts_of("none", LinearFit(y, x, *least_squares(y, x)), (), 1.0)["parameters_levels"]
    1.0
    """
    sizes = sizes_of(fit, clusters)
    return {
        "vcov_factor": scale,
        "vcov_parameters": float(parameter_count(name, sizes)),
        "parameters_nested": float(parameter_count("fixest", sizes)),
        "parameters_levels": float(parameter_count("fixest_full", sizes)),
        "parameters_rank": float(parameter_count("stata_areg", sizes)),
    }

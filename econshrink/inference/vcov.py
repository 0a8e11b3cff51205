"""Covariance options for linear fits: iid, heteroskedastic, clustered."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from econshrink.core.arrays import Floats, Ints, codes, symmetric
from econshrink.core.errors import Fault, SpecError, raise_all
from econshrink.core.field_types import typed_fields
from econshrink.inference.absorption import leverages
from econshrink.inference.linear_fit import UNIT, Covariance, Labels, LinearFit, only_least_squares
from econshrink.inference.sandwich import clustered_matrix, sandwich
from econshrink.inference.small_sample import (
    ONE_WAY_ONLY,
    RULES,
    checked_rule,
    counts_of,
    degrees_of_freedom,
    factor,
    sizes_of,
)

HC_KINDS = ("HC0", "HC1", "HC2", "HC3")


@dataclass(frozen=True)
@typed_fields
class Iid:
    """Errors independent with one variance: V = c · (u'u / N) (X'X)⁻¹, c = N / (N − K).

    Parameters
    ----------
    small_sample : str
        Rule for K, a key of `small_sample.RULES`; ``"fixest"`` counts all absorbed effects here,
        ``"none"`` sets c = 1.

    Examples
    --------
    >>> Iid().groupings
    ()
    """

    small_sample: str = "fixest"

    def __post_init__(self) -> None:
        checked_rule(self.small_sample)

    @property
    def groupings(self) -> tuple[str, ...]:
        """Row labels it needs: none."""
        return ()

    def covariance(self, fit: LinearFit, labels: Labels) -> Covariance:  # noqa: ARG002
        """Covariance of the coefficients of `fit`."""
        scale = factor(self.small_sample, fit)
        matrix = scale * fit.rss / fit.nobs * fit.bread
        df_t = degrees_of_freedom(self.small_sample, fit)
        stats = counts_of(self.small_sample, fit, (), scale)
        return Covariance(symmetric(matrix), "iid", self.small_sample, df_t, {}, stats, kind="iid")


@dataclass(frozen=True)
@typed_fields
class Heteroskedastic:
    """Errors independent with unlike variances (White 1980): V = B Σ ω_i x_i x_i' u_i² B.

    B = (X'X)⁻¹. HC0 has ω = 1, HC1 ω = N/(N − K), HC2 ω_i = 1/(1 − h_i) and HC3
    ω_i = 1/(1 − h_i)², with h_i the leverage of row i on regressors *and* absorbed dummies
    (MacKinnon and White 1985).

    Parameters
    ----------
    kind : str
        ``"HC0"``, ``"HC1"``, ``"HC2"`` or ``"HC3"``.
    small_sample : str
        Rule for K in HC1.

    Raises
    ------
    SpecError
        Unknown kind or rule; on use: HC2 or HC3 with a row that is fitted perfectly.
    """

    kind: str = "HC1"
    small_sample: str = "fixest"

    def __post_init__(self) -> None:
        checked_rule(self.small_sample)
        if self.kind not in HC_KINDS:
            raise SpecError(
                Fault(f"kind '{self.kind}'", f"one of {', '.join(HC_KINDS)}", "Name a known kind.")
            )

    @property
    def groupings(self) -> tuple[str, ...]:
        """Row labels it needs: none."""
        return ()

    def covariance(self, fit: LinearFit, labels: Labels) -> Covariance:  # noqa: ARG002
        """Covariance of the coefficients of `fit`."""
        rule = self.small_sample if self.kind == "HC1" else "none"
        scores = fit.scores
        if self.kind in {"HC2", "HC3"}:
            only_least_squares(fit, self.kind)
            slack = _slack(fit)
            scores = scores / (np.sqrt(slack) if self.kind == "HC2" else slack)[:, None]
        scale = factor(rule, fit)
        matrix = scale * sandwich(fit.bread, scores)
        df_t = degrees_of_freedom(self.small_sample, fit)
        stats = counts_of(rule, fit, (), scale)
        label = f"heteroskedasticity-robust ({self.kind})"
        return Covariance(matrix, label, rule, df_t, {}, stats, kind=self.kind.lower())


@dataclass(frozen=True)
@typed_fields
class Clustered:
    """Errors correlated within clusters, in one or several ways.

    One way (Liang and Zeger 1986): V = c · B (Σ_g s_g s_g') B with B = (X'X)⁻¹ and cluster scores
    s_g = Σ_{i in g} x_i u_i. Several ways (Cameron, Gelbach and Miller 2011): the sum over all
    non-empty sets of the clusterings, with sign + for odd and − for even sets, of the one-way
    matrix of their intersection. A sum that is not positive semi-definite is repaired by setting
    negative eigenvalues to zero, and says so in its notes.

    Parameters
    ----------
    by : str or tuple of str
        ``"city"``, ``"year"``, a city attribute, a product such as ``"province^year"``, or
        several of them; by default the unit of the panel, whatever its name.
    small_sample : str
        Name of the rule for c:

        - ``fixest``: G/(G−1) · (N−1)/(N−K), K without the levels (but one) of effects nested in a
          cluster; several ways use the smallest G for the whole sum.
        - ``fixest_none``, ``fixest_full``: K = k, or all absorbed effects counted.
        - ``fixest_conventional``: each component its own G/(G−1).
        - ``linearmodels``: N/(N−K), all effects counted unless a single one is nested.
        - ``linearmodels_slopes``, ``linearmodels_effects``, ``linearmodels_group``: its options
          count_effects=False, debiased=False and group_debias=True; the last two together are
          ``linearmodels_effects_group``.
        - ``stata_areg``: G/(G−1) · (N−1)/(N−K) with the rank of all effects.
        - ``stata_xtreg``: the same, with city effects counted as one constant.
        - ``none``: c = 1.

    Raises
    ------
    SpecError
        Unknown rule, no clustering, a Stata rule with several ways; on use, fewer than two
        clusters.

    Examples
    --------
    >>> Clustered(("city", "year")).groupings
    ('city', 'year')
    """

    by: str | tuple[str, ...] = UNIT
    small_sample: str = "fixest"

    def __post_init__(self) -> None:
        names = (self.by,) if isinstance(self.by, str) else tuple(self.by)
        if isinstance(self.small_sample, str) and self.small_sample not in RULES:
            both = ", ".join(f'"{name}"' for name in (*names, self.small_sample))
            seen, remedy = f"small-sample rule '{self.small_sample}'", f"Clustered(({both}))"
            hint = f"Name a known rule; several ways of clustering are one tuple: {remedy}."
            raise SpecError(Fault(seen, f"one of {', '.join(RULES)}", hint))
        checked_rule(self.small_sample)
        object.__setattr__(self, "by", names[0] if len(names) == 1 else names)
        faults = []
        if not names or len(set(names)) < len(names):
            faults.append(
                Fault(f"clusters {list(names)}", "distinct names, at least one", "Name them once.")
            )
        if len(names) > 1 and self.small_sample in ONE_WAY_ONLY:
            faults.append(
                Fault(
                    f"rule {self.small_sample} with {len(names)} clusterings",
                    "one clustering",
                    "Use 'fixest' or 'fixest_conventional'.",
                )
            )
        raise_all(SpecError, faults)

    @property
    def groupings(self) -> tuple[str, ...]:
        """Row labels it needs."""
        return (self.by,) if isinstance(self.by, str) else self.by

    def covariance(self, fit: LinearFit, labels: Labels) -> Covariance:
        """Covariance of the coefficients of `fit`."""
        groups = {name: codes(labels[name]) for name in self.groupings}
        raise_all(SpecError, _few_clusters(groups))
        ways = [coded for coded, _ in groups.values()]
        sizes = sizes_of(fit, ways)
        scale = factor(self.small_sample, sizes)
        each = RULES[self.small_sample].group == "each"
        matrix, notes = clustered_matrix(fit.bread, fit.x, fit.residuals, ways, each)
        label = f"clustered by {' and '.join(self.groupings)}"
        counts = {name: count for name, (_, count) in groups.items()}
        stats = counts_of(self.small_sample, sizes, (), scale)
        if len(ways) > 1:  # what the rules with a factor a component need, see explain_std_errors
            other, _ = clustered_matrix(fit.bread, fit.x, fit.residuals, ways, not each)
            shares = np.diag(matrix) / np.diag(other) if each else np.diag(other) / np.diag(matrix)
            stats |= {f"vcov_each[{j}]": float(share) for j, share in enumerate(shares)}
        notes = (*notes, *_few_for(fit, min(counts.values())))
        df_t = degrees_of_freedom(self.small_sample, sizes)
        return Covariance(
            scale * matrix, label, self.small_sample, df_t, counts, stats, notes, "clustered"
        )


def _slack(fit: LinearFit) -> Floats:
    hat = ((fit.x @ fit.bread) * fit.x).sum(axis=1)
    if fit.absorber is not None:
        hat = hat + leverages(fit.absorber)
    slack = 1.0 - hat
    perfect = slack < 1e-9
    if perfect.any():
        raise SpecError(
            Fault(
                f"{int(perfect.sum())} rows with leverage 1 (fitted perfectly)",
                "leverages below 1 for HC2 and HC3",
                "Use HC1, or drop the effects or dummies that single these rows out.",
            )
        )
    return np.asarray(slack)


def _few_for(fit: LinearFit, clusters: int) -> tuple[str, ...]:
    if clusters > fit.slopes:
        return ()
    return (
        f"{clusters} clusters for {fit.slopes} coefficients: the covariance has rank "
        f"{clusters - 1} at most, so no test of all of them together",
    )


def _few_clusters(groups: Mapping[str, tuple[Ints, int]]) -> list[Fault]:
    return [
        Fault(
            f"{count} cluster by {name}",
            "at least 2 clusters",
            "Cluster by a finer unit or use another covariance.",
        )
        for name, (_, count) in groups.items()
        if count < 2
    ]

"""Hausman tests of random against fixed effects: classic and robust."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from econshrink.core.arrays import group_means
from econshrink.core.errors import SpecError, raise_all
from econshrink.inference.hypothesis import wald
from econshrink.inference.linear_fit import Vcov
from econshrink.inference.vcov import Iid
from econshrink.nouns.hypothesis import HypothesisTest
from econshrink.nouns.spec import Spec
from econshrink.panel.design.assemble import no_effects
from econshrink.panel.design.entrance import enter
from econshrink.panel.design.prepare import Design, prepare
from econshrink.panel.design.rank import absorbed
from econshrink.panel.fixed_effects import linear_fit, within
from econshrink.panel.mundlak import fit_cre, with_city_means
from econshrink.panel.random_effects import SwamyArora, VarianceComponents, random_effects

NULL = "city effects uncorrelated with the covariates"


def hausman(
    data: Any,
    model: Spec | str,
    vcov: Vcov | None = None,
    components: VarianceComponents = SwamyArora(),  # noqa: B008 - frozen
    *,
    unit: str | None = None,
    time: str | None = None,
) -> HypothesisTest:
    """Test random against fixed city effects.

    Parameters
    ----------
    data : CityPanel or any table
        A DataFrame of pandas, polars or pyarrow with `unit` and `time` named, or indexed so.
    model : Spec or str
        Without absorbed effects: the city effects are what is tested.
    vcov : Vcov, optional
        Without it, the classic statistic (Hausman 1978): q'(V_fe − V_re)⁻¹q with q = b_fe − b_re
        and iid covariances. With it, the robust regression form (Arellano 1993): a Wald test that
        the city means in `fit_cre` have zero coefficients, with this covariance.
    components : VarianceComponents
    unit, time : str, optional
        Columns that say who and when; not for a `CityPanel`.

    Returns
    -------
    HypothesisTest
        Chi-squared with as many degrees of freedom as slopes are compared.

    Raises
    ------
    SpecError
        V_fe − V_re is not positive definite (then use the robust form); see `fit_re`.

    Examples
    --------
    >>> from econshrink.nouns.panel import CityPanel
    >>> import pandas as pd
    >>> from econshrink.inference.vcov import Clustered
    >>> rng = np.random.default_rng(2)
    >>> panel = CityPanel.from_long(pd.DataFrame({
    ...     "city": np.repeat([f"{i:06d}" for i in range(30)], 5),
    ...     "year": [*range(2000, 2005)] * 30,
    ...     "x": rng.normal(size=150), "y": rng.normal(size=150)}))
    >>> hausman(panel, Spec("y", ("x",)), Clustered()).df
    1.0
    """
    panel, spec, _ = enter(data, model, unit=unit, time=time)
    if vcov is not None:
        estimate = fit_cre(panel, spec, vcov, components)
        terms = estimate.terms
        wanted = [f"mean({term})" for term in terms]
        places = [terms.index(term) for term in wanted if term in terms]
        b, v = estimate.coefficients[places], estimate.covariance[np.ix_(places, places)]
        return wald(f"Hausman, robust ({estimate.vcov_label})", NULL, b, v)
    raise_all(SpecError, no_effects(spec, "a Hausman test", "Leave out the effects under test."))
    design = prepare(panel, spec)
    means = with_city_means(design)[0].names[len(design.names) :]
    shared = [i for i, name in enumerate(design.names) if f"mean({name})" in means]
    varying = _varying(design)
    fixed = linear_fit(varying, within(varying))
    b_fixed, v_fixed = fixed.coefficients, Iid().covariance(fixed, {}).matrix
    random, names, _, _ = random_effects(design, components)
    b_random, v_random = random.coefficients, Iid().covariance(random, {}).matrix
    here = [varying.names.index(design.names[i]) for i in shared]
    there = [names.index(design.names[i]) for i in shared]
    return wald(
        "Hausman, classic",
        NULL,
        b_fixed[here] - b_random[there],
        v_fixed[np.ix_(here, here)] - v_random[np.ix_(there, there)],
    )


def _varying(design: Design) -> Design:
    """The design with city effects and only the covariates that vary within cities."""
    swept = design.x - group_means(design.x, design.city)[design.city]
    kept = np.flatnonzero(~absorbed(design.x, swept))
    return replace(
        design,
        x=design.x[:, kept],
        names=tuple(design.names[i] for i in kept),
        effects={design.unit: design.city},
    )

"""In the laboratory: a wage curve measured with error, and raw against closed series."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd

from analyses.machinery.studies.plan import Plan
from analyses.studies.light_panel import answer
from econshrink import CityPanel, Clustered, Estimate, Heteroskedastic, Spec, fit_fe, fit_iv
from econshrink.lab import Answer, Decade, LabRun, LabSettings, Study, closed, smoothed_country
from econshrink.panel import Instrumented, TwoStage, fit_pooled

WAGE_TERMS = ("fixed effects", "2SLS, demand-shock instruments")
GROWTH_TERMS = ("published, last year before the census", "closed to the census")
FIRST, LAST = 2010, 2020


def wage_curve(run: LabRun, rng: np.random.Generator) -> dict[str, Answer]:  # noqa: ARG001
    """Elasticity of the wage to unemployment, both as published, with noise.

    In the country ln wage − ln wage* = −(wage_response / unemployment_response) ln(u / u*). The
    noise in unemployment pulls least squares towards zero; the labour-demand shocks of this
    year and the two before know nothing of the noise.
    """
    frame = run.observed.frame[["wage", "unemployment"]].copy()
    shock = run.true.frame["job_shock"].reindex(frame.index)
    # the rate is bounded; chosen by its true value, or the noise would decide who is in
    inside = run.true.frame["unemployment"].reindex(frame.index).between(0.006, 0.34)
    frame = np.log(frame.where(inside))
    frame["z0"], frame["z1"], frame["z2"] = (
        shock.groupby(level="city").shift(lag) for lag in range(3)
    )
    panel = CityPanel(
        frame.dropna(),
        attributes=run.observed.attributes[["province"]],
        source=run.observed.source,
        synthetic=True,
    )
    spec = Spec("wage", ("unemployment",), ("city", "year"))
    roles = Instrumented(("unemployment",), ("z0", "z1", "z2"))
    return {
        "fixed effects": answer(fit_fe(panel, spec, Clustered("city")), "unemployment"),
        "2SLS, demand-shock instruments": answer(
            fit_iv(panel, spec, roles, TwoStage(), Clustered("city")), "unemployment"
        ),
    }


def elasticity(run: LabRun) -> dict[str, float]:
    """The structural elasticity."""
    jobs = run.settings.jobs
    return dict.fromkeys(WAGE_TERMS, -jobs.wage_response / jobs.unemployment_response)


def growth_slope(run: LabRun, rng: np.random.Generator) -> dict[str, Answer]:  # noqa: ARG001
    """Slope of population growth 2010–2019 on the decade's labour-demand shock, by series."""
    return {
        name: Answer(_slope(run, series).coefficient("shock"))
        for name, series in _published(run).items()
    }


def slope_of_true_growth(run: LabRun) -> dict[str, float]:
    """The same slope on the true series of the same country."""
    series = run.true.wide("population").loc[:, FIRST:LAST].to_numpy()
    value = _slope(run, series).coefficient("shock")
    return dict.fromkeys(GROWTH_TERMS, value)


def _published(run: LabRun) -> dict[str, np.ndarray]:
    raw = run.observed.wide("population").loc[:, FIRST:LAST].to_numpy()
    return dict(zip(GROWTH_TERMS, (raw, closed(Decade(raw))), strict=True))


def _slope(run: LabRun, series: np.ndarray) -> Estimate:
    """Growth over the nine years for which an annual figure is published before the census."""
    shock = run.true.wide("job_shock").loc[:, FIRST + 1 : LAST - 1].sum(axis=1)
    growth = np.log(series[:, -2] / series[:, 0])
    table = pd.DataFrame({"growth": growth, "shock": shock.to_numpy()}, index=shock.index)
    frame = table.assign(year=LAST - 1).set_index("year", append=True)
    frame.index.names = ["city", "year"]
    panel = CityPanel(frame, synthetic=True)
    return fit_pooled(panel, Spec("growth", ("shock",)), Heteroskedastic("HC1"))


def _noisy(noise: float) -> LabSettings:
    country = LabSettings()
    return replace(country, observation=replace(country.observation, other_noise=noise))


PLANS = (
    Plan(
        Study("lab_wage_curve", wage_curve, elasticity),
        {"noise of 1%": _noisy(0.01), "noise of 10%": _noisy(0.10)},
        replicates=40,
        title="A wage curve in the laboratory's country, published with error",
        module="analyses.studies.lab_country",
    ),
    Plan(
        Study("lab_growth_series", growth_slope, slope_of_true_growth),
        {"70% of migration missed": smoothed_country(LabSettings(), 0.7, 0.002)},
        replicates=40,
        title="Growth on the labour-demand shock by published and by closed series",
        module="analyses.studies.lab_country",
    ),
)

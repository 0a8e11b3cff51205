"""Fixed effects, random effects and instruments, with and without endogeneity."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from analyses.machinery.studies.plan import Plan, Setting
from analyses.studies.light_panel import answer, panel_of, persistent
from econshrink import CityPanel, Clustered, Jackknife, Spec, fit_iv
from econshrink.lab import Answer, Study
from econshrink.panel import (
    Instrumented,
    Liml,
    TwoStage,
    TwoStepGmm,
    fe_estimate,
    fit_re,
    linear_fit,
    prepare,
    within,
)

TRUTH = 0.5


@dataclass(frozen=True)
class StaticPanel(Setting):
    """y = 0.5 x − 0.3 w + city + year + u; x depends on z1, z2, the effects and, if asked, u.

    Parameters
    ----------
    endogeneity : float
        Weight of u's innovation in x; the bias of least squares has its sign.
    correlated : bool
        The city effect moves x: random effects are then inconsistent.
    missing : float
        Share of rows left out at random.
    """

    endogeneity: float = 0.0
    correlated: bool = True
    cities: int = 120
    years: int = 8
    missing: float = 0.1


def draw(settings: StaticPanel, seed: int) -> CityPanel:
    """Errors with memory within cities and unlike variances."""
    rng = np.random.default_rng(seed)
    shape = (settings.cities, settings.years)
    city, year = rng.normal(size=(shape[0], 1)), rng.normal(size=(1, shape[1]))
    z1, z2, w, own = rng.normal(size=(4, *shape))
    u = persistent(rng, shape, 0.4) * np.exp(0.3 * rng.normal(size=(shape[0], 1)))
    x = 0.5 * z1 + 0.4 * z2 + 0.3 * w + own + settings.endogeneity * u + 0.5 * year
    x = x + city if settings.correlated else x
    y = TRUTH * x - 0.3 * w + city + year + u
    columns = {"y": y, "x": x, "w": w, "z1": z1, "z2": z2}
    dummies = {
        f"t{t}": np.tile(np.arange(shape[1]) == t, (shape[0], 1)) for t in range(1, shape[1])
    }
    panel = panel_of(columns | {name: column.astype(float) for name, column in dummies.items()})
    keep = rng.random(y.size) >= settings.missing
    return CityPanel(panel.frame[keep], source=panel.source, synthetic=True)


def estimate(panel: CityPanel, rng: np.random.Generator) -> dict[str, Answer]:  # noqa: ARG001
    """The coefficient of x by six estimators."""
    spec = Spec("y", ("x", "w"), ("city", "year"))
    roles = Instrumented(("x",), ("z1", "z2"))
    design = prepare(panel, spec)
    fit = linear_fit(design, within(design))
    years = tuple(name for name in panel.variables if name.startswith("t"))
    return {
        "fixed effects": answer(fe_estimate(panel, spec, design, fit, Clustered("city")), "x"),
        "fixed effects, CRV3": answer(
            fe_estimate(panel, spec, design, fit, Jackknife("city")), "x"
        ),
        "random effects": answer(fit_re(panel, Spec("y", ("x", "w", *years))), "x"),
        "2SLS": answer(fit_iv(panel, spec, roles, TwoStage()), "x"),
        "LIML": answer(fit_iv(panel, spec, roles, Liml()), "x"),
        "two-step GMM": answer(fit_iv(panel, spec, roles, TwoStepGmm()), "x"),
    }


TERMS = (
    "fixed effects",
    "fixed effects, CRV3",
    "random effects",
    "2SLS",
    "LIML",
    "two-step GMM",
)
PLANS = (
    Plan(
        Study("panel_static", estimate, dict.fromkeys(TERMS, TRUTH), draw=draw),
        {
            "exogenous, effects uncorrelated": StaticPanel(correlated=False),
            "exogenous, effects correlated": StaticPanel(),
            "endogenous": StaticPanel(endogeneity=0.5),
        },
        replicates=2000,
        title="Fixed and random effects, 2SLS, LIML and GMM where x is or is not endogenous",
        module="analyses.studies.panel_static",
    ),
)

"""Coverage with weak instruments and few clusters: t intervals fail, inverted tests hold."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from analyses.machinery.studies.plan import Plan, Setting
from econshrink import Clustered
from econshrink.causal import ar_critical, ar_statistic, clr_test, half_width
from econshrink.core.arrays import Floats
from econshrink.core.seeds import generator
from econshrink.inference import LinearFit
from econshrink.lab import Answer, Study
from econshrink.panel import joint_reduced_form, k_class, orthonormal, reduced_form

LEVEL = 0.95
VCOV = Clustered("province")
TERMS = ("two-stage", "anderson-rubin", "conditional LR")


@dataclass(frozen=True)
class WeakSetting(Setting):
    """A cross-section of cities in provinces with one endogenous regressor.

    Parameters
    ----------
    strength : float
        First-stage coefficient of every instrument.
    instruments : int
    provinces, cities : int
        Provinces, and cities in each.
    endogeneity : float
        Correlation of the two errors.
    province_share : float
        Share of the variance of instruments and errors that is common to a province.
    """

    strength: float
    instruments: int = 1
    provinces: int = 30
    cities: int = 10
    endogeneity: float = 0.9
    province_share: float = 0.3


@dataclass(frozen=True, eq=False)
class Sample:
    """Outcome, regressor, instruments and province of every city; the coefficient is zero."""

    outcome: Floats
    regressor: Floats
    instruments: Floats
    province: np.ndarray


def draw(setting: WeakSetting, seed: int) -> Sample:
    """Draw one cross-section."""
    rng = generator("study.weak_instruments", seed)
    rows = setting.provinces * setting.cities
    province = np.repeat(np.arange(setting.provinces), setting.cities)

    def noise(columns: int) -> Floats:
        own = rng.normal(size=(rows, columns))
        common = rng.normal(size=(setting.provinces, columns))[province]
        share = setting.province_share
        return np.asarray(math.sqrt(1 - share) * own + math.sqrt(share) * common)

    z, errors = noise(setting.instruments), noise(2)
    rho = setting.endogeneity
    u = rho * errors[:, 0] + math.sqrt(1 - rho**2) * errors[:, 1]
    return Sample(u, setting.strength * z.sum(axis=1) + errors[:, 0], z, province)


def estimate(data: Sample, rng: np.random.Generator) -> dict[str, Answer]:  # noqa: ARG001
    """Two-stage least squares with a clustered t interval, and the two tests at the truth.

    The limits of a test only say whether it keeps the truth: its set is the line if it does.
    """
    one = np.full((len(data.outcome), 1), 1 / math.sqrt(len(data.outcome)))
    columns = np.column_stack([data.outcome, data.regressor, data.instruments])
    columns = columns - one @ (one.T @ columns)
    y, x, z = columns[:, 0], columns[:, 1], orthonormal(columns[:, 2:])
    empty = np.empty(0)
    shell = LinearFit(y, x[:, None], empty, empty, np.empty((0, 0)), least_squares=False)
    labels = {"province": data.province}
    outcome, first = (reduced_form(shell, column, z, one) for column in (y, x))
    form = joint_reduced_form(outcome, first, z.shape[1], VCOV, labels)
    full = np.column_stack([np.ones(len(y)), data.regressor])
    fit = k_class(data.outcome, full, np.column_stack([one, z]))
    second = LinearFit(
        data.outcome, fit.projected, fit.coefficients, fit.residuals, fit.bread, least_squares=False
    )
    found = VCOV.covariance(second, labels)
    error = math.sqrt(found.matrix[1, 1])
    point = float(fit.coefficients[1])
    reach = half_width(error, found.df_t, LEVEL)
    kept = ar_statistic(form, 0.0) <= ar_critical(form, LEVEL)
    answers = {
        TERMS[0]: Answer(point, error, point - reach, point + reach),
        TERMS[1]: _keeps(point, bool(kept)),
    }
    if z.shape[1] > 1:  # with one instrument the two sets are the same
        answers[TERMS[2]] = _keeps(point, clr_test(form, 0.0) >= 1 - LEVEL)
    return answers


def _keeps(point: float, kept: bool) -> Answer:
    return Answer(point, math.nan, -math.inf if kept else math.inf, math.inf)


PLANS = (
    Plan(
        Study("weak_instruments", estimate, dict.fromkeys(TERMS, 0.0), draw),
        {
            "none": WeakSetting(0.0),
            "weak": WeakSetting(0.1),
            "moderate": WeakSetting(0.25),
            "strong": WeakSetting(0.8),
            "three weak": WeakSetting(0.08, instruments=3),
        },
        replicates=2000,
        title="Coverage of 95 % intervals and sets with weak instruments and 30 clusters",
        module="analyses.studies.weak_instruments",
        chunk=200,
    ),
)

"""Estimate: the numbers an estimator found, and nothing else."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd
from scipy import special

from econshrink.core.elsewhere import answers
from econshrink.core.errors import DataError, Fault, raise_all
from econshrink.nouns.show.page import Page
from econshrink.nouns.show.regressions import estimate_page
from econshrink.nouns.show.shown import Shown
from econshrink.nouns.spec import Spec
from econshrink.nouns.storage import register
from econshrink.nouns.survival_spec import SurvivalSpec


@register
@dataclass(frozen=True, eq=False, repr=False)
class Estimate(Shown):
    """Coefficients with their covariance, how they were obtained, and fit statistics.

    Parameters
    ----------
    method : str
        Estimator in words, such as ``"two-way fixed effects"``.
    terms : tuple of str
        Names of the k coefficients.
    coefficients : ndarray, shape (k,)
    covariance : ndarray, shape (k, k)
    vcov_label : str
        The covariance estimator, such as ``"clustered by city"``.
    small_sample : str
        Name of the small-sample rule, such as ``"fixest"``, ``"linearmodels"`` or ``"none"``.
    nobs : int
        Observations used.
    df_t : float
        Degrees of freedom of the t statistics; ``inf`` for the normal distribution.
    clusters : dict
        Clustering variable to number of clusters.
    stats : dict
        Scalars: ``r2_within``, ``loglik``, ``events`` and the like.
    spec : Spec or SurvivalSpec, optional
    notes : tuple of str
        What a reader of the table must know.
    provenance : dict
        Data digest, package versions, and so on; text only.
    synthetic : bool
        True if the figures were simulated.
    kind : str
        What kind of model it is, for code to read: ``"fe"``, ``"cox"``, ``"discrete"`` ...;
        `method` is for people.
    vcov_kind : str
        What kind of covariance it is, for code to read: ``"iid"``, ``"hc1"``, ``"clustered"``,
        ``"driscoll_kraay"`` ...; `vcov_label` is for people.
    """

    method: str
    terms: tuple[str, ...]
    coefficients: np.ndarray
    covariance: np.ndarray
    vcov_label: str
    small_sample: str
    nobs: int
    df_t: float = float("inf")
    clusters: dict[str, int] = field(default_factory=dict)
    stats: dict[str, float] = field(default_factory=dict)
    spec: Spec | SurvivalSpec | None = None
    notes: tuple[str, ...] = ()
    provenance: dict[str, str] = field(default_factory=dict)
    synthetic: bool = False
    kind: str = ""
    vcov_kind: str = ""

    def __post_init__(self) -> None:
        k = len(self.terms)
        coefficients = np.array(self.coefficients, dtype=float)
        covariance = np.array(self.covariance, dtype=float)
        faults = []
        if coefficients.shape != (k,) or covariance.shape != (k, k):
            faults.append(
                Fault(
                    f"{k} terms, coefficients {coefficients.shape}, covariance {covariance.shape}",
                    "matching shapes",
                    "This is a fault of the estimator: report it.",
                )
            )
        elif not (np.isfinite(coefficients).all() and np.isfinite(covariance).all()):
            faults.append(
                Fault(
                    "coefficients or covariance that are not finite",
                    "finite numbers",
                    "Check the data for separation or extreme scales.",
                )
            )
        raise_all(DataError, faults)
        coefficients.setflags(write=False)
        covariance.setflags(write=False)
        object.__setattr__(self, "coefficients", coefficients)
        object.__setattr__(self, "covariance", covariance)
        object.__setattr__(self, "terms", tuple(self.terms))

    def _page(self) -> Page:
        return estimate_page(self)

    @property
    def std_errors(self) -> np.ndarray:
        """Standard errors, shape (k,)."""
        return np.sqrt(np.diag(self.covariance))

    @answers
    def coefficient(self, term: str) -> float:
        """Return the coefficient of one term."""
        return float(self.coefficients[self._position(term)])

    @answers
    def std_error(self, term: str) -> float:
        """Return the standard error of one term."""
        return float(self.std_errors[self._position(term)])

    @answers
    def p_value(self, term: str) -> float:
        """Two-sided p-value of one term."""
        return float(self.tidy()["p_value"].iloc[self._position(term)])

    @answers
    def tidy(self, level: float = 0.95) -> pd.DataFrame:
        """One row a term: estimate, std_error, statistic, p_value, conf_low, conf_high."""
        errors = self.std_errors
        with np.errstate(divide="ignore", invalid="ignore"):
            statistic = self.coefficients / errors
        normal = np.isinf(self.df_t)
        upper = 0.5 + level / 2
        reach = (special.ndtri(upper) if normal else special.stdtrit(self.df_t, upper)) * errors
        tail = -np.abs(statistic)
        p_value = 2 * (special.ndtr(tail) if normal else special.stdtr(self.df_t, tail))
        return pd.DataFrame(
            {
                "term": list(self.terms),
                "estimate": self.coefficients,
                "std_error": errors,
                "statistic": statistic,
                "p_value": p_value,
                "conf_low": self.coefficients - reach,
                "conf_high": self.coefficients + reach,
            }
        )

    @answers
    def confint(self, level: float = 0.95) -> pd.DataFrame:
        """Confidence limits: index term, columns conf_low and conf_high."""
        if not 0 < level < 1:
            seen = f"level {level}"
            raise DataError(Fault(seen, "a share between 0 and 1", "Give 0.95 for 95%."))
        return self.tidy(level).set_index("term")[["conf_low", "conf_high"]]

    def glance(self) -> pd.DataFrame:
        """One row: method, nobs, covariance, small-sample rule, clusters and fit statistics."""
        row: dict[str, Any] = {
            "method": self.method,
            "nobs": self.nobs,
            "vcov": self.vcov_label,
            "small_sample": self.small_sample,
            "df_t": self.df_t,
            **{f"clusters_{name}": count for name, count in self.clusters.items()},
            **self.stats,
        }
        return pd.DataFrame([row])

    def _position(self, term: str) -> int:
        if term not in self.terms:
            raise DataError(
                Fault(f"no term '{term}'", f"one of {', '.join(self.terms)}", "Check the spelling.")
            )
        return self.terms.index(term)

    # The members below let the maketables package print an Estimate; nothing is imported from it.

    @property
    def __maketables_coef_table__(self) -> pd.DataFrame:
        tidy = self.tidy().set_index("term")
        names = {"estimate": "b", "std_error": "se", "statistic": "t", "p_value": "p"}
        return tidy.rename(columns=names)[["b", "se", "t", "p"]]

    def __maketables_stat__(self, key: str) -> float | int | None:
        return self.nobs if key == "N" else self.stats.get(key)

    @property
    def __maketables_depvar__(self) -> str:
        return str(getattr(self.spec, "depvar", ""))

    @property
    def __maketables_fixef_string__(self) -> str | None:
        return "+".join(getattr(self.spec, "absorb", ())) or None

    @property
    def __maketables_vcov_info__(self) -> dict[str, str]:
        return {"vcov_type": f"{self.vcov_label} ({self.small_sample})"}

"""The primary regression of the evidence and its families of tests, written once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from econshrink import CityPanel, Clustered, Resampling, Spec, fit_fe
from econshrink.inference import Rademacher, Webb, romano_wolf, wild_draws, wild_parts
from econshrink.panel import resampler

PROVINCE = ("province",)
BY_PROVINCE = Clustered("province")
DRAWS = 9_999

DRIVERS = {
    "share_65_plus": "65 and over",
    "child_woman_ratio": "Children per 100 women",
    "jobs_2005_10": "Jobs 2005–10",
    "jobs_2013_19": "Jobs 2013–19",
    "investment_level": "Investment a head 2008–10",
    "investment_growth": "Investment 2013–17",
}
STRUCTURE = ("log_gdp_head", "share_tertiary", "log_population")
INDUSTRY = ("share_agriculture", "share_mining", "share_manufacturing")
CONTROLS = (*STRUCTURE, *INDUSTRY)
SAMPLES = {"census": "growth_census", "annual": "growth_annual"}
OUTCOMES = ("migration", "natural")
SECTOR_GROUPS: dict[str, tuple[str, ...]] = {
    "mining": ("mining",),
    "manufacturing": ("manufacturing",),
    "market": (
        "transport_storage_post",
        "information",
        "wholesale_retail",
        "hotels_catering",
        "finance",
        "real_estate",
        "leasing_business",
        "resident_services",
    ),
    "public": (
        "science_technology",
        "water_environment_public_facilities",
        "education",
        "health_social_work",
        "culture_sports_entertainment",
        "public_administration",
    ),
    "others": ("agriculture", "utilities", "construction"),
}
SECTOR_TITLES = {
    "mining": "Mining",
    "manufacturing": "Manufacturing",
    "market": "Market services",
    "public": "Public services",
    "others": "Farms, utilities, construction",
}


def primary(outcome: str, persistence: str = "growth_census") -> Spec:
    """The regression fixed after looking: six drivers, persistence, structure, provinces.

    With growth 2000-10 itself as the outcome, the placebo, persistence falls away.
    """
    held = () if outcome == persistence else (persistence,)
    return Spec(outcome, (*DRIVERS, *held, *CONTROLS), PROVINCE)


def bare(outcome: str, *terms: str) -> Spec:
    """An outcome on these terms and province effects."""
    return Spec(outcome, terms, PROVINCE)


@dataclass(frozen=True)
class Line:
    """One coefficient with its clustered error, wild p-value and sample."""

    estimate: float
    se: float
    wild: float
    nobs: int

    def row(self, label: str, **more: object) -> dict[str, object]:
        """As a row of an exhibit's frame."""
        numbers = {"estimate": self.estimate, "se": self.se, "wild": self.wild}
        return {"label": label, **numbers, "nobs": self.nobs, **more}


def line(panel: CityPanel, spec: Spec, term: str, draws: int = DRAWS) -> Line:
    """Coefficient, error clustered by province and restricted wild p-value (Rademacher)."""
    found = family(panel, spec, (term,), draws=draws, weights={"rademacher": Rademacher()})
    row = found.loc[term]
    return Line(row["estimate"], row["se"], row["wcr_rademacher"], int(row["nobs"]))


def family(
    panel: CityPanel,
    spec: Spec,
    terms: Sequence[str],
    *,
    draws: int = DRAWS,
    weights: dict[str, Rademacher | Webb] | None = None,
) -> pd.DataFrame:
    """Test several coefficients of one regression by the wild cluster bootstrap, jointly.

    Every term has its null imposed on its own residuals; the weights of the provinces are the
    same for all terms, so that the draws are joint and Romano and Wolf's step-down applies.

    Returns a table, index term: estimate, se, ``wcr_<weights>`` and ``wcu_<weights>`` p-values
    with the null imposed and not, `rw` (adjusted, null imposed, Rademacher) and nobs.
    """
    fit = fit_fe(panel, spec, BY_PROVINCE)
    engine = resampler(panel, spec, "province")
    chosen = Resampling(draws, cluster="province").pinned()
    schemes = weights or {"rademacher": Rademacher(), "webb": Webb()}
    rows: dict[str, dict[str, float]] = {}
    nulls, sizes = [], []
    for term in terms:
        place = engine.design.names.index(term)
        parts = wild_parts(engine.grams, engine.inverse[place] / engine.scale)
        shift = -float(engine.fit.coefficients[place]) / engine.scale
        size = abs(shift) / parts.std_error
        row = {"estimate": fit.coefficient(term), "se": fit.std_error(term)}
        for name, points in schemes.items():
            drawn = wild_draws(parts, points, chosen, task=f"evidence.{name}")
            for kind, at in (("wcr", shift), ("wcu", 0.0)):
                values = drawn.statistics(at)
                row[f"{kind}_{name}"] = (1 + int((values >= size).sum())) / (len(values) + 1)
                if (kind, name) == ("wcr", "rademacher"):
                    nulls.append(values)
                    sizes.append(size)
        rows[term] = row | {"nobs": fit.nobs}
    table = pd.DataFrame.from_dict(rows, orient="index")
    finite = [np.where(np.isfinite(values), values, 1e9) for values in nulls]
    table["rw"] = romano_wolf(np.array(sizes), np.column_stack(finite))
    return table

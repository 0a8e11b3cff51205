"""Change between the censuses on structure before it: the main table, and flagged units."""

from __future__ import annotations

import numpy as np

from analyses.machinery.workspace import Workspace, slug
from analyses.shared.samples_long import CONTROLS, DRIVERS, OUTCOMES, LongSample, long_sample
from analyses.shared.specs_long import BY_PROVINCE, MIGRATION, PROVINCE, labels, main_fits, spec
from econshrink import CityPanel, Estimate, Table, fit_fe
from econshrink.data import load_units
from econshrink.nouns import Cell, Row, Span
from econshrink.report import regression_table

SHORT = {"net_migration_rate": "Migration", "natural_rate": "Natural", "total_rate": "Total"}
NOTE = (
    "Rates and shares in percent; covariates of 2010. Migration is the cohort residual at national "
    "survival, with children born since counted where they live; total change is the sum of the "
    "other two, and so is every coefficient. Units alone in their province drop out under "
    "province effects. Associations."
)


def run(work: Workspace) -> None:
    """Count units, fit the main specifications, compare samples."""
    sample = long_sample()
    _counts(work, sample)
    fitted = main_fits(sample.comparable)
    for key, estimate in fitted.items():
        work.estimate(f"drivers.long.{key}", estimate, "long_difference")
        work.result(
            f"drivers.long.{key}.r2_within",
            estimate.stats["r2_within"],
            "estimate",
            "share",
            "long_difference",
        )
    work.result(
        "drivers.long.adding_up", adding_up(fitted), "estimate", "points", "long_difference"
    )
    work.table(_main_table(fitted))
    work.table(_flagged(work, sample))


def adding_up(fitted: dict[str, Estimate]) -> float:
    """Largest gap between a coefficient of total change and the sum of its two parts."""
    parts = fitted["net_migration.main"].coefficients + fitted["natural.main"].coefficients
    return float(np.abs(fitted["total.main"].coefficients - parts).max())


def _counts(work: Workspace, sample: LongSample) -> None:
    units = int(load_units()["in_337"].sum())
    work.count("drivers.sample.units", units, "units", "long_flagged")
    work.count("drivers.sample.both", len(sample.panel.cities), "units", "long_flagged")
    work.count("drivers.sample.comparable", len(sample.comparable.cities), "units", "long_flagged")
    for reason, count in sample.reasons["reason"].value_counts().items():
        work.count(f"drivers.sample.left_out.{slug(str(reason))}", int(count), "units")
    frame = sample.comparable.frame
    losing = frame[frame["total_rate"] < 0]
    work.count("drivers.sample.losers", len(losing), "units", "long_flagged")
    positive = int((losing["natural_rate"] > 0).sum())
    work.count("drivers.sample.losers_natural_gain", positive, "units", "long_flagged")
    for outcome in OUTCOMES:
        mean = float(losing[outcome].mean())
        work.result(f"drivers.sample.losers.{outcome}", mean, "estimate", "percent", "long_flagged")
    shares = np.cov(frame["net_migration_rate"], frame["total_rate"])
    work.result("drivers.sample.migration_covariance_share", shares[0, 1] / shares[1, 1],
                "estimate", "share")  # fmt: skip


def _main_table(fitted: dict[str, Estimate]) -> Table:
    order = [
        *((f"{o}.drivers", f"{o}_rate") for o in ("net_migration", "natural", "total")),
        *((f"{o}.main", f"{o}_rate") for o in ("net_migration", "natural", "total")),
        ("net_migration.region", "net_migration_rate"),
    ]
    columns = {f"({i + 1})": fitted[key] for i, (key, _) in enumerate(order)}
    outcomes = {f"({i + 1})": SHORT[outcome] for i, (_, outcome) in enumerate(order)}
    return regression_table(
        columns,
        name="long_difference",
        title="Change of population 2010–2020 on structure in 2010",
        labels=labels(DRIVERS + CONTROLS),
        stats={"r2_within": "Within R²"},
        outcomes=outcomes,
        digits=2,
        notes=(NOTE,),
    )


def _flagged(work: Workspace, sample: LongSample) -> Table:
    """The drivers with and without units whose territory or figures are in doubt."""
    cases = {
        "comparable": ("Comparable", sample.comparable, MIGRATION),
        "everything": ("All units", sample.panel, MIGRATION),
        "csr": ("Census survival ratios", sample.comparable, "csr_migration_rate"),
        "prior": ("With growth 2000–10", _with_prior(sample.comparable), MIGRATION),
    }
    fits = {}
    for key, (_, panel, outcome) in cases.items():
        fits[key] = fit_fe(panel, spec(outcome, absorb=PROVINCE), BY_PROVINCE)
        work.estimate(f"drivers.flagged.{key}", fits[key], "long_flagged")
    head = tuple(Span(title) for title, _, _ in cases.values())
    names = labels(DRIVERS)
    rows = []
    for term in DRIVERS:
        rows.append(
            Row((Cell(names[term]), *(Cell(f.coefficient(term), ".2f") for f in fits.values())))
        )
        errors = (Cell(f.std_error(term), ".2f", "(", ")") for f in fits.values())
        rows.append(Row((Cell(""), *errors)))
    rows.append(Row((Cell("Observations"), *(Cell(f.nobs, "d") for f in fits.values())), "rule"))
    left = "; ".join(
        f"{reason}: {', '.join(names)}"
        for reason, names in (
            sample.reasons.join(load_units()["name_en"]).groupby("reason")["name_en"]
        )
    )
    return Table(
        "long_flagged",
        "The drivers of net migration in other samples",
        ((Span(""), *head),),
        tuple(rows),
        (
            "Specification of column (4) of the main table, province effects, standard errors "
            "clustered by province in parentheses. First column: same territory in both. Second: "
            "age counts of units whose territory changed are scaled to the boundaries of 2020. "
            "Third: net migration with the national adjustment at every age.",
            f"Left out of the main sample: {left}.",
        ),
        align="lcccc",
    )


def _with_prior(panel: CityPanel) -> CityPanel:
    known = panel.column("prior_growth").dropna()
    return panel.select(cities=known.index.get_level_values("city"))

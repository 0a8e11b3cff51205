"""One coefficient, every error rule: clusters, distance, wild bootstrap, exposure, permutation."""

from __future__ import annotations

from dataclasses import dataclass

from analyses.machinery.workspace import Workspace
from analyses.shared.cells import p_cell
from analyses.shared.samples_long import DRIVERS, long_sample, share_names, with_shares
from analyses.shared.specs_long import BY_PROVINCE, FAR, INCOMPLETE, MIGRATION, NEAR, labels, spec
from econshrink import CityPanel, Heteroskedastic, Jackknife, Resampling, Spec, Table, fit_fe
from econshrink.causal import ExposureRobust
from econshrink.nouns import Cell, Row, Span
from econshrink.panel import permutation_test, wild_bootstrap_fe

DRAWS = 9_999
EXHIBIT = "long_inference"
RULES = {
    "hc1": Heteroskedastic("HC1"),
    "province": BY_PROVINCE,
    "jackknife": Jackknife("province"),
    "near": NEAR,
    "far": FAR,
}


@dataclass(frozen=True)
class Question:
    """A coefficient to be tested: its specification, its term, its place in the table."""

    key: str
    title: str
    spec: Spec
    term: str


def run(work: Workspace) -> None:
    """Fit every question under every rule."""
    sample = long_sample()
    panel = with_shares(sample.comparable, sample.bartik.share_table)
    exposure = ExposureRobust(share_names(sample.bartik.sectors))
    rows: list[Row] = []
    for heading, questions in _questions().items():
        rows.append(Row((Cell(heading),), "group"))
        for question in questions:
            rows += _rows(work, panel, question, exposure)
    work.count("drivers.inference.draws", DRAWS, "draws", EXHIBIT)
    work.count("drivers.inference.sectors", len(exposure.shares), "sectors", EXHIBIT)
    work.table(_table(rows))


def _questions() -> dict[str, list[Question]]:
    names = labels(DRIVERS)
    main = spec(MIGRATION)
    drivers = [Question(term, names[term], main, term) for term in DRIVERS]
    ageing = [
        Question(
            f"ageing.{outcome}",
            f"Predicted share 65+ on {short}",
            spec(outcome, ("predicted_65_plus",)),
            "predicted_65_plus",
        )
        for outcome, short in (
            ("net_migration_rate", "net migration"),
            ("natural_rate", "natural change"),
            ("total_rate", "total change"),
        )
    ]
    jobs = Question(
        "jobs", "Job shock on net migration", spec(MIGRATION, ("bartik", INCOMPLETE)), "bartik"
    )
    return {
        "Drivers of net migration, all controls": drivers,
        "Reduced forms of the instruments": [*ageing, jobs],
    }


def _rows(
    work: Workspace, panel: CityPanel, question: Question, exposure: ExposureRobust
) -> list[Row]:
    key = f"drivers.inference.{question.key}"
    fits = {rule: fit_fe(panel, question.spec, vcov) for rule, vcov in RULES.items()}
    estimate = fits["province"].coefficient(question.term)
    errors = {rule: fit.std_error(question.term) for rule, fit in fits.items()}
    if question.term == "bartik":
        fitted = fit_fe(panel, question.spec, exposure)
        errors["exposure"] = fitted.std_error("bartik")
    wild = wild_bootstrap_fe(
        panel, question.spec, question.term, resampling=Resampling(DRAWS, cluster="province")
    )
    dealt = permutation_test(
        panel, question.spec, question.term, within="province", resampling=Resampling(DRAWS)
    )
    work.result(f"{key}.estimate", estimate, "estimate", "points", EXHIBIT)
    for rule, error in errors.items():
        work.result(f"{key}.se.{rule}", error, "se", "points", EXHIBIT)
    work.result(f"{key}.p.wild", wild.p_value, "p", "", EXHIBIT)
    work.result(f"{key}.p.permutation", dealt.p_value, "p", "", EXHIBIT)
    order = ("hc1", "province", "jackknife", "near", "far", "exposure")
    return [
        Row(
            (
                Cell(question.title),
                Cell(estimate, ".2f"),
                *(Cell(errors.get(rule), ".2f") for rule in order),
                p_cell(wild.p_value),
                p_cell(dealt.p_value),
            )
        )
    ]


def _table(rows: list[Row]) -> Table:
    return Table(
        EXHIBIT,
        "The same coefficients under every error rule",
        (
            (Span("", 2), Span("Standard error", 6), Span("p-value", 2)),
            (
                Span(""),
                Span("Estimate"),
                Span("HC1"),
                Span("Province"),
                Span("CRV3"),
                Span("200 km"),
                Span("500 km"),
                Span("AKM"),
                Span("Wild"),
                Span("Permuted"),
            ),
        ),
        tuple(rows),
        (
            "Province effects throughout. Province: clustered, rule fixest; CRV3: jackknife over "
            "provinces; kilometres: Conley with a Bartlett kernel; AKM: exposure-robust, defined "
            "for the job shock alone, with the sum of the shares among the controls. Wild: "
            "restricted wild cluster bootstrap over provinces, Rademacher weights; permuted: the "
            f"covariate dealt out anew within provinces, studentised; {DRAWS:,} draws each. The "
            "permutation treats units of a province as exchangeable, which neighbours are not: "
            "compare it with the distance-robust errors.",
        ),
    )

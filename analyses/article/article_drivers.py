"""The primary regression with its placebo, as a table, as a figure, and as verdicts by driver."""

from __future__ import annotations

import math

import pandas as pd
from matplotlib.figure import Figure
from scipy.stats import t

from analyses.article.wording import Found, chance, figure, values, with_error
from analyses.machinery.exhibit import Column, Exhibit
from analyses.machinery.workspace import Workspace
from analyses.shared.sample_evidence import complete, evidence_panel
from analyses.shared.specs_evidence import DRIVERS, SAMPLES, primary
from econshrink.report import GREY, house_style, new_figure, panel_letter

SIZE, LEVEL, BLACK = 0.05, 0.95, "#111111"
OUTCOMES = {
    "migration": "Net migration 2010–20",
    "natural": "Natural change 2010–20",
    "placebo": "Growth 2000–10 (placebo)",
}
LABELS = {
    "share_65_plus": "Aged 65 and over, points",
    "child_woman_ratio": "Children per 100 women",
    "jobs_2005_10": "Jobs 2005–10, log",
    "jobs_2013_19": "Jobs 2013–19, log",
    "investment_level": "Investment 2008–10, log",
    "investment_growth": "Investment 2013–17, log",
}
SHORT = {
    "share_65_plus": "Aged 65 and over",
    "child_woman_ratio": "Children per 100 women",
    "jobs_2005_10": "Jobs 2005–10",
    "jobs_2013_19": "Jobs 2013–19",
    "investment_level": "Investment 2008–10",
    "investment_growth": "Investment 2013–17",
}

JOINT = Exhibit(
    "article_joint",
    "Net migration and natural change on the four drivers together, with the placebo beside",
    "article.joint.{row}.{column}",
    (
        Column("label", ""),
        Column("migration", "Coefficient", over=OUTCOMES["migration"], align="r"),
        Column("wild", "p", over=OUTCOMES["migration"], align="r"),
        Column("adjusted", "adj. p", over=OUTCOMES["migration"], align="r"),
        Column("detectable", "80% power", ".1f", over=OUTCOMES["migration"]),
        Column("natural", "Coefficient", over=OUTCOMES["natural"], align="r"),
        Column("natural_adjusted", "adj. p", over=OUTCOMES["natural"], align="r"),
        Column("placebo", "Coefficient", over=OUTCOMES["placebo"], align="r"),
        Column("placebo_wild", "p", over=OUTCOMES["placebo"], align="r"),
    ),
    group="sample",
)
DRIVER = Exhibit(
    "article_drivers",
    "What the record supports for each driver, and the check that it fails",
    "article.drivers.{row}.{column}",
    (
        Column("label", "Driver"),
        Column("migration", "Net migration", align="l"),
        Column("fails", "Check that it fails", align="l"),
        Column("verdict", "What may be said", align="l"),
    ),
)


def run(work: Workspace) -> None:
    """Print, draw and judge the coefficients of the joint regression."""
    found = values(work)
    work.exhibit(
        JOINT,
        pd.DataFrame([row for sample in SAMPLES for row in _lines(found, sample)]),
        (
            "Percent of the residents of 2010 for one unit of the regressor. Held as well: growth "
            "2000–10 (not in the placebo), output a head, tertiary schooling, residents, shares "
            "of agriculture, mining and manufacturing, province effects. Standard errors in "
            "parentheses, clustered by province. p: wild cluster bootstrap with the null imposed; "
            "adj. p: Romano–Wolf, for the six coefficients of a column together. 80% power: the "
            "coefficient that a test at 5% would find four times in five. Natural change includes "
            "coverage. The regressors were chosen after earlier runs had been seen.",
        ),
    )
    work.figure(
        _draw(found),
        "article_forest",
        alt="Two panels of coefficients with intervals for six drivers and two samples. Left: net "
        "migration 2010 to 2020, largest for investment a head. Right: growth 2000 to 2010, "
        "clearly negative for the share aged 65 and over.",
    )
    _in_words(work, found)
    work.exhibit(
        DRIVER,
        pd.DataFrame(_verdicts(found)),
        (
            f"Coefficients (standard errors) for {found['evidence.joint.census.nobs']} units, "
            "p-values for both samples. A placebo fails at p below "
            f"{SIZE}. An adjusted p above that limit is no evidence of no effect: the regression "
            "table prints what could have been found.",
        ),
    )


def _in_words(work: Workspace, found: Found) -> None:
    """What two coefficients mean for steps a reader can picture, and a count as a word."""
    stem = "evidence.joint.census"
    for name, term, step in (
        ("jobs_ten_percent", "jobs_2013_19", 1.1),
        ("investment_double", "investment_level", 2.0),
    ):
        value = found[f"{stem}.{term}.migration.estimate"] * math.log(step)
        work.result(f"article.joint.{name}", value, "estimate", "points", JOINT.name)
    passing = found["evidence.iv.passing"]
    work.result("article.iv.passing_words", str(passing) if passing else "none", "label")


def _lines(found: Found, sample: str) -> list[dict[str, object]]:
    """The six coefficients of a sample."""
    size = found[f"evidence.joint.{sample}.nobs"]
    provinces = found[f"evidence.joint.{sample}.provinces"]
    origin = "two censuses" if sample == "census" else "annual estimates"
    rows = []
    for term, label in LABELS.items():
        stem = f"evidence.joint.{sample}.{term}"

        def both(outcome: str, stem: str = stem) -> str:
            key = f"{stem}.{outcome}"
            return with_error(found[f"{key}.estimate"], found[f"{key}.se"], 2)

        rows.append(
            {
                "sample": f"Growth 2000–10 from {origin}: {size} units in {provinces} provinces",
                "label": label,
                "migration": both("migration"),
                "wild": chance(found[f"{stem}.migration.wcr_rademacher"]),
                "adjusted": chance(found[f"{stem}.migration.rw"]),
                "detectable": found[f"evidence.rules.{sample}.{term}.detectable"],
                "natural": both("natural"),
                "natural_adjusted": chance(found[f"{stem}.natural.rw"]),
                "placebo": both("placebo"),
                "placebo_wild": chance(found[f"{stem}.placebo.wcr_rademacher"]),
            }
        )
    return rows


def _spreads() -> dict[str, pd.Series]:
    """Standard deviation of every driver within provinces, by sample."""
    panel = evidence_panel()
    found = {}
    for sample, persistence in SAMPLES.items():
        spec = primary("migration", persistence)
        held = complete(panel, (spec.depvar, *spec.covariates))
        frame = held.frame.droplevel("year")[list(DRIVERS)]
        province = held.attributes["province"].reindex(frame.index)
        found[sample] = (frame - frame.groupby(province.to_numpy()).transform("mean")).std()
    return found


def _draw(found: Found) -> Figure:
    """Coefficients for one standard deviation within provinces: outcome left, placebo right."""
    spreads = _spreads()
    looks = {"census": ("o", 0.14, True), "annual": ("o", -0.14, False)}
    with house_style():
        figure_, grid = new_figure("two", 2.7, 1, 2, sharey=True, sharex=True)
        for place, (outcome, colour) in enumerate((("migration", BLACK), ("placebo", GREY))):
            axes = grid[0, place]
            axes.axvline(0, color=GREY, linewidth=0.6)
            for sample, (mark, shift, filled) in looks.items():
                clusters = found[f"evidence.joint.{sample}.provinces"]
                reach = float(t.ppf((1 + LEVEL) / 2, clusters - 1))
                for row, term in enumerate(SHORT):
                    key = f"evidence.joint.{sample}.{term}.{outcome}"
                    unit = spreads[sample][term]
                    middle, error = found[f"{key}.estimate"] * unit, found[f"{key}.se"] * unit
                    axes.errorbar(
                        middle, row - shift, xerr=reach * error, fmt=mark, color=colour,
                        markerfacecolor=colour if filled else "white", markersize=4,
                        elinewidth=1.0, markeredgewidth=0.9,
                    )  # fmt: skip
            axes.set_title(OUTCOMES[outcome])
            axes.set_xlabel("Points for one standard deviation")
        grid[0, 0].set_yticks(range(len(SHORT)), list(SHORT.values()))
        grid[0, 0].set_ylim(len(SHORT) - 0.5, -0.5)
        for axes in grid[0]:
            axes.tick_params(axis="y", length=0)
        panel_letter(grid[0, 0], 0)
        panel_letter(grid[0, 1], 1)
    return figure_


def _verdicts(found: Found) -> list[dict[str, str]]:
    """One line a driver: numbers, the check that fails, and what may be said."""

    def cell(term: str) -> str:
        key = f"evidence.joint.census.{term}.migration"
        return with_error(found[f"{key}.estimate"], found[f"{key}.se"], 2)

    def adjusted(term: str) -> str:
        both = (found[f"evidence.joint.{sample}.{term}.migration.rw"] for sample in SAMPLES)
        return " and ".join(map(chance, both))

    def before(term: str) -> str:
        both = (
            found[f"evidence.joint.{sample}.{term}.placebo.wcr_rademacher"] for sample in SAMPLES
        )
        return " and ".join(map(chance, both))

    path = found["evidence.path.bare.census.estimate"]
    joint = found["evidence.path.joint.census.estimate"]
    timing = [found[f"evidence.timing.people_after_jobs.{part}"] for part in ("estimate", "se")]
    estates = [found[f"evidence.prices.people_given.region.{part}"] for part in ("estimate", "se")]
    return [
        {
            "label": "Ageing",
            "migration": f"{cell('share_65_plus')}; adj. p {adjusted('share_65_plus')}",
            "fails": f"Placebo: p {before('share_65_plus')} for growth before 2010",
            "verdict": "Supported for births and deaths. Not identified for migration.",
        },
        {
            "label": "Low fertility",
            "migration": f"{cell('child_woman_ratio')}; adj. p {adjusted('child_woman_ratio')}",
            "fails": f"Stability: {figure(path, 2)} alone, {figure(joint, 2)} jointly",
            "verdict": "Supported for births and deaths. Contradicted as the main cause of loss: "
            f"{found['evidence.counts.zero_migration.closed']} of "
            f"{found['evidence.counts.observed.closed']} would lose without migration.",
        },
        {
            "label": "Job loss",
            "migration": f"{cell('jobs_2013_19')}; adj. p {adjusted('jobs_2013_19')}",
            "fails": f"Instruments: {found['evidence.iv.passing']} of "
            f"{found['evidence.iv.instruments']} pass. Lead on growth 2020–23: "
            f"{with_error(*timing, 2)}",
            "verdict": "Goes with migration of the same years and passes the placebo. Direction "
            "and cause not identified.",
        },
        {
            "label": "Real estate, level",
            "migration": f"{cell('investment_level')}; adj. p {adjusted('investment_level')}",
            "fails": f"Placebo: p {before('investment_level')} for growth before 2010",
            "verdict": "The closest companion of migration. A lasting trait of places, and no "
            "event.",
        },
        {
            "label": "Real estate, stagnation",
            "migration": f"{cell('investment_growth')}; adj. p {adjusted('investment_growth')}",
            "fails": f"Lead of prices on growth 2020–23: {with_error(*estates, 3)}",
            "verdict": "Not told from zero. Prices follow people and do not lead them with the "
            "sign of the claim.",
        },
    ]

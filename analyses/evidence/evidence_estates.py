"""Real estate in depth: level against growth, prices before and after August 2021, who leads."""

from __future__ import annotations

import numpy as np
import pandas as pd
from scipy.stats import t

from analyses.machinery.exhibit import Column, Exhibit
from analyses.machinery.workspace import Workspace
from analyses.shared.evidence_lines import (
    AGES,
    GROWTH,
    NOTE,
    Blocks,
    line_rows,
    lines_exhibit,
)
from analyses.shared.sample_evidence import evidence_panel, investment, residents, spread
from analyses.shared.specs_evidence import BY_PROVINCE, CONTROLS, bare, line
from econshrink import CityPanel, Spec
from econshrink.causal import coefficient_stability
from econshrink.data import load_price_months, load_units
from econshrink.panel import fit_pooled

LEVEL = "investment_level"
PEAK = (2021, 8)  # last month of rising second-hand prices in the median city
SPANS: dict[str, tuple[tuple[int, int], tuple[int, int]]] = {
    "prices_2011_15": ((2010, 12), (2015, 12)),
    "prices_2016_20": ((2015, 12), (2020, 12)),
    "prices_after": (PEAK, (2025, 12)),
}
REGION = ("region",)
POWER, SIZE = 0.8, 0.05

LINES = lines_exhibit(
    "evidence_estates",
    "Net migration 2010–20 and real-estate investment; the same regressor on growth 2000–10",
    "evidence.estates",
)
PRICES = Exhibit(
    "evidence_prices",
    "Second-hand prices of 69 cities and residents",
    "evidence.prices.{row}.{column}",
    (
        Column("label", "Outcome on regressor"),
        *(
            column
            for key, over in (("plain", "No effects"), ("region", "Region effects"))
            for column in (
                Column(f"{key}.estimate", "Estimate", ".3f", "estimate", over=over),
                Column(f"{key}.se", "Error", ".3f", "se", over=over, before="(", after=")"),
            )
        ),
        Column("region.wild", "Wild", ".3f", "p", over="Region effects"),
        Column("nobs", "Cities", "d", "count", "cities"),
    ),
)


def run(work: Workspace) -> None:
    """Fit the lines of investment, then prices."""
    panel = _with_building(evidence_panel())
    _investment(work, panel)
    _prices(work, _price_panel(panel))


def _with_building(panel: CityPanel) -> CityPanel:
    """Further levels and changes of investment a head of 2010."""
    spent, people = investment(), residents(2010)

    def level(*years: int) -> pd.Series:
        return pd.Series(np.log(spent[list(years)].mean(axis=1, skipna=False) / people))

    return spread(
        panel,
        {
            "level_early": level(2003, 2004, 2005),
            "level_late": level(2016, 2017),
            "growth_2010_17": pd.Series(np.log(spent[2017] / spent[2010])),
        },
    )


def _investment(work: Workspace, panel: CityPanel) -> None:
    full = (*AGES, *CONTROLS)
    blocks: Blocks = {
        "Level a head 2008–10, log": {
            "bare": ("Province effects only", LEVEL, ()),
            "growth": ("and growth 2000–10", LEVEL, (GROWTH,)),
            "controls": ("ages and structure", LEVEL, full),
            "full": ("ages, structure and growth 2000–10", LEVEL, (*full, GROWTH)),
        },
        "An earlier level, log": {
            "early": ("2003–05, province effects only", "level_early", ()),
            "early_full": ("2003–05, ages, structure and growth", "level_early", (*full, GROWTH)),
        },
        "Growth of investment": {
            "growth_2010_17": ("2010–17, province effects only", "growth_2010_17", ()),
            "growth_2013_17": ("2013–17, province effects only", "investment_growth", ()),
            "growth_full": ("2013–17, ages, structure", "investment_growth", full),
        },
        "Level and growth as two levels in one regression": {
            "first": ("2008–10", LEVEL, ("level_late",)),
            "second": ("2016–17", "level_late", (LEVEL,)),
        },
    }
    work.exhibit(LINES, line_rows(panel, blocks), (NOTE,))
    found = coefficient_stability(panel, bare("migration", LEVEL, *full), LEVEL)
    work.result("evidence.estates.oster.delta", found.delta, "estimate", "", LINES.name)
    work.result("evidence.estates.oster.bound", found.bound, "estimate", "points", LINES.name)


def _price_panel(panel: CityPanel) -> CityPanel:
    """Every city with a price index: growth of residents and log changes of prices, × 100."""
    months = load_price_months()
    months = months[(months["series"] == "second_hand") & months["city"].notna()]
    number = (12 * months["year"] + months["month"]).astype(int)
    wide = months.assign(number=number).pivot(index="city", columns="number", values="on_month")
    frame = pd.DataFrame({name: _log_change(wide, *span) for name, span in SPANS.items()})
    growth = 100 * np.log(residents(2020) / residents(2010)).reindex(frame.index)
    after = panel.frame["growth_2020_23"].droplevel("year")
    frame = frame.assign(
        growth=growth,
        lost=growth.clip(upper=0),
        gained=growth.clip(lower=0),
        later=after.reindex(frame.index),
    )
    long = frame.rename_axis("city").reset_index().assign(year=2020)
    return CityPanel.from_long(long, attributes=load_units())


def _log_change(wide: pd.DataFrame, start: tuple[int, int], end: tuple[int, int]) -> pd.Series:
    """Sum of the logs of the month indices after `start` up to `end`, × 100."""
    first, last = 12 * start[0] + start[1] + 1, 12 * end[0] + end[1]
    found: pd.Series = 100 * np.log(wide.loc[:, first:last]).sum(axis=1, skipna=False)
    return found


def _prices(work: Workspace, panel: CityPanel) -> None:
    questions: dict[str, tuple[str, str, str, tuple[str, ...]]] = {
        "before": ("Prices 2016–20 on growth 2010–20", "prices_2016_20", "growth", ()),
        "after": ("Prices August 2021–2025 on growth 2010–20", "prices_after", "growth", ()),
        "after_given": ("The same, given prices 2016–20", "prices_after", "growth",
                        ("prices_2016_20",)),
        "people": ("Growth 2020–23 on prices 2016–20", "later", "prices_2016_20", ()),
        "people_given": ("The same, given growth 2010–20", "later", "prices_2016_20",
                         ("growth",)),
        "losers": ("Prices 2016–20 on growth 2010–20, losers", "prices_2016_20", "lost",
                   ("gained",)),
        "gainers": ("Prices 2016–20 on growth 2010–20, gainers", "prices_2016_20", "gained",
                    ("lost",)),
    }  # fmt: skip
    rows = {}
    for key, (label, outcome, term, held) in questions.items():
        plain = fit_pooled(panel, Spec(outcome, (term, *held)), BY_PROVINCE)
        found = line(panel, Spec(outcome, (term, *held), REGION), term)
        rows[key] = {
            "label": label,
            "plain.estimate": plain.coefficient(term),
            "plain.se": plain.std_error(term),
            **{f"region.{part}": getattr(found, part) for part in ("estimate", "se", "wild")},
            "nobs": found.nobs,
        }
    losers = int((panel.frame["growth"] < 0).sum())
    work.count("evidence.prices.cities", len(panel.cities), "cities", PRICES.name)
    work.count("evidence.prices.losers", losers, "cities", PRICES.name)
    gap = panel.with_variables({"size": panel.frame["growth"].abs()})
    bent = fit_pooled(gap, Spec("prices_2016_20", ("growth", "size")), BY_PROVINCE)
    difference = bent.tidy().set_index("term").loc["size"]
    work.result("evidence.prices.bend.p", float(difference["p_value"]), "p", "", PRICES.name)
    # growth + size is twice the gain or nothing: losers' slope less gainers' is −2 times the term.
    error = 2 * float(difference["std_error"])
    reach = float(t.ppf(1 - SIZE / 2, bent.df_t) + t.ppf(POWER, bent.df_t))
    slope = -2 * float(difference["estimate"])
    work.result("evidence.prices.bend.estimate", slope, "estimate", "", PRICES.name)
    work.result("evidence.prices.bend.se", error, "se", "", PRICES.name)
    work.result("evidence.prices.bend.detectable", reach * error, "estimate", "", PRICES.name)
    fallen = panel.frame["prices_after"]
    work.count("evidence.prices.falling", int((fallen < 0).sum()), "cities", PRICES.name)
    work.result("evidence.prices.median_fall", float(fallen.median()), "estimate", "points")
    work.exhibit(
        PRICES,
        pd.DataFrame.from_dict(rows, orient="index"),
        (
            "Log changes × 100 of chained month indices, Dali left out; census growth 2010–20, "
            "log × 100; growth 2020–23 where both ends come from one source. Errors clustered by "
            "province, wild cluster bootstrap, null imposed. The index is that of a matched sample "
            f"in city districts, growth that of the whole unit; {losers} of the cities lost "
            "residents, so that a slope among losers rests on few: without effects it is "
            f"{slope:.2f} ({error:.2f}) above that of gainers; {reach * error:.2f} would be "
            "found four times in five.",
        ),
    )

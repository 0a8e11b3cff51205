"""How the accounting depends on its rules, and which claims on causes it can judge."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from analyses.demography.accounting_tables import components_panel
from analyses.machinery.workspace import Workspace
from analyses.shared.census_span import START, national_ratios
from econshrink import Accounting, Decomposition, Resampling, Table, account
from econshrink.data import (
    MERGED_TERRITORIES,
    Territories,
    load_census_profile,
    load_life_tables,
)
from econshrink.decompose import component_means, covariance_shares
from econshrink.demography import (
    ByMothers,
    ClosedNation,
    SurvivalRatios,
    predicted_structure,
    relative_mortality,
)
from econshrink.inference import BayesianBootstrap
from econshrink.nouns import SEXES, Cell, Row, Span

EARLIER = (2005, 2000)  # starts of the spans whose heavier mortality is tried
GAP = "losing less growing"
CAUSES = ("ageing", "fertility", "coverage", "migration")
# Claims R1.6 and R1.7 of the report that a component of the accounting stands for.
CLAIMS = {"out_migration": "migration", "low_births": "fertility", "ageing": "ageing"}
TINY = ("460300",)  # Sansha: a few hundred persons in 2010


@dataclass(frozen=True, eq=False)
class Variant:
    """One way to account."""

    key: str
    label: str
    book: Accounting
    units: list[str]


def checks(work: Workspace, held: Territories) -> None:
    """Account again under other rules; set the claims beside what was found."""
    rows = [_row(work, held, variant) for variant in variants(held)]
    heads = ("Losing", "Change", "Natural", "Migr.", "Cover.", "Natural > 0", "Share of migr.")
    work.table(
        Table(
            "accounting_checks",
            "The accounting of losing units under other rules, means of units in percent",
            ((Span("Rule"), *(Span(head) for head in heads)),),
            tuple(rows),
            (
                "Means over losing units in percent of the persons of 2010, standard errors "
                "clustered by province in parentheses. Natural > 0: losing units with more births "
                "than deaths. Share of migration: cov(migration, change) / var(change) over all "
                "units. Without the national adjustment, net migration contains the nation's "
                "residual.",
                "Mortality by province: national forces times reported over expected deaths of "
                "the census year, relative to the nation's.",
            ),
        )
    )
    _claims(work, _causes(work, held))


def variants(held: Territories) -> list[Variant]:
    """The rules that are tried; the first is the plain one."""
    now = national_ratios()
    pair = held.before, held.after
    main = held.main
    force = _province_mortality(held, now)
    wide = [city for city in held.before.cities if held.places.loc[city, "kind"] != "county"]
    wide = [city for city in wide if city not in TINY]
    plain = account(*pair, now)
    found = [
        Variant("open", "No national adjustment", plain, main),
        Variant(
            "closed", "National adjustment (main)", account(*pair, now, nation=ClosedNation()), main
        ),
        Variant(
            "mothers", "Children with mothers", account(*pair, now, children=ByMothers()), main
        ),
        Variant(
            "province",
            "Mortality by province",
            account(*pair, now, relative_mortality=force),
            main,
        ),
    ]
    for year in EARLIER:
        older = account(*pair, national_ratios(year))
        label = f"Survival of {year}–{year + 10}"
        found.append(Variant(f"survival_{year}", label, older, main))
    return [*found, Variant("wide", "With merged and other units", plain, wide)]


def _row(work: Workspace, held: Territories, variant: Variant) -> Row:
    panel = components_panel(variant.book.select(variant.units), held.places)
    natural = panel.column("births") + panel.column("deaths")
    panel = panel.with_variables({"natural": natural})
    parts = ("natural", "migration", "coverage")
    if not panel.column("coverage").any():
        parts = parts[:2]
    means = component_means(panel, "change", parts, "kind", resampling=Resampling(2))
    shares = covariance_shares(panel, "change", parts, resampling=Resampling(2))
    losing = panel.attribute("kind") == "losing"
    positive = int((natural[losing] > 0).sum())
    stem = f"accounting.check.{variant.key}"
    work.count(f"{stem}.losing", int(losing.sum()), "units", "accounting_checks")
    work.count(f"{stem}.natural_positive", positive, "units", "accounting_checks")
    cells = [Cell(variant.label), Cell(int(losing.sum()), "d")]
    cells.append(Cell(100 * means.number("losing", "total"), ".1f"))
    for part in ("natural", "migration", "coverage"):
        if part not in parts:
            cells.append(Cell(None))
            continue
        value = means.number("losing", part)
        error = means.number("losing", part, "std_error")
        work.result(f"{stem}.{part}", value, "estimate", "share", "accounting_checks")
        work.result(f"{stem}.{part}.se", error, "se", "share", "accounting_checks")
        cells.append(Cell(100 * value, ".1f", after=f" ({100 * error:.1f})"))
    share = shares.number("variance", "migration")
    error = shares.number("variance", "migration", "std_error")
    work.result(f"{stem}.variance_share", share, "estimate", "", "accounting_checks")
    work.result(f"{stem}.variance_share.se", error, "se", "", "accounting_checks")
    cells += [Cell(positive, "d"), Cell(share, ".2f", after=f" ({error:.2f})")]
    return Row(tuple(cells))


def _causes(work: Workspace, held: Territories) -> Decomposition:
    """Split change by what ages at national rates imply, by fertility beyond it, and by moves."""
    now = national_ratios()
    book = account(held.before, held.after, now, nation=ClosedNation()).select(held.main)
    panel = components_panel(book, held.places)
    expected = predicted_structure(held.before.select(held.main), now)["births"]
    share = expected.to_numpy() / held.before.select(held.main).total
    structure = pd.Series(share, index=panel.frame.index)
    panel = panel.with_variables(
        {
            "structure": structure,
            "ageing": structure + panel.column("deaths"),
            "fertility": panel.column("births") - structure,
        }
    )
    common = {
        "contrasts": [("losing", "growing")],
        "resampling": Resampling(scheme=BayesianBootstrap()),
    }
    births = component_means(panel, "births", ("structure", "fertility"), "kind", **common)
    for part in ("structure", "fertility", "total"):
        stem = f"accounting.births.gap.{part}"
        work.result(stem, births.number(GAP, part), "estimate", "share")
        work.result(f"{stem}.se", births.number(GAP, part, "std_error"), "se", "share")
    return component_means(panel, "change", CAUSES, "kind", **common)


def _claims(work: Workspace, causes: Decomposition) -> None:
    """Verdicts on the claimed causes that a component stands for."""
    whole = causes.number(GAP, "total")
    for claim, part in CLAIMS.items():
        low, high = (causes.number(GAP, part, side) for side in ("conf_low", "conf_high"))
        share = causes.number(GAP, part) / whole
        stem = f"claims.causes.{claim}"
        work.result(f"{stem}.verdict", verdict(high, share), "label")
        work.result(f"{stem}.gap", causes.number(GAP, part), "estimate", "share")
        work.result(f"{stem}.gap.se", causes.number(GAP, part, "std_error"), "se", "share")
        work.result(f"{stem}.gap.low", low, "mc", "share")
        work.result(f"{stem}.gap.high", high, "mc", "share")
        work.result(f"{stem}.share", share, "estimate", "share")


def verdict(high: float, share: float) -> str:
    """Word for a component's part in the gap between losing and growing units.

    Parameters
    ----------
    high : float
        Upper limit of the component's difference, losing less growing units; a component that
        speaks for a claimed cause is lower in losing units.
    share : float
        Its share of the difference in change.

    Examples
    --------
    >>> verdict(-0.1, 0.7), verdict(-0.01, 0.2), verdict(0.01, 0.02)
    ('supported', 'supported in part', 'not supported')
    """
    if high >= 0:
        return "not supported"
    return "supported" if share >= 0.5 else "supported in part"


def _province_mortality(held: Territories, ratios: SurvivalRatios) -> pd.Series:
    """Reported over expected deaths of 2010 by province, relative to the nation's."""
    profile = load_census_profile()
    profile = profile[profile["year"] == START].set_index("city")
    home = held.places["province"]
    labels = {code: home[members[0]] for members, _ in MERGED_TERRITORIES for code in members}
    province = pd.Series(profile.index.map(labels | home.to_dict()), index=profile.index)
    deaths = (profile["death_rate"] * profile["population"]).groupby(province).sum()
    people = profile["population"].groupby(province).sum()
    ages = held.before.merged(home.to_dict())
    found = relative_mortality(ages, deaths / people, _death_rates(ratios))
    return found.reindex(home).set_axis(home.index)


def _death_rates(ratios: SurvivalRatios) -> np.ndarray:
    """National death rates of 2010-2015 by sex and five-year group to 85 and over, (2, 18)."""
    table = load_life_tables()
    table = table[table["year_from"] == START]
    wide = table.pivot(index="sex", columns="age_from", values="mx").loc[list(SEXES)]
    young = (wide[0] + 4 * wide[1]) / 5
    weights = ratios.open_weights(85)
    old = wide[[85, 90]].to_numpy() * weights[:, :2]
    last = (old.sum(axis=1) + weights[:, 2] * wide[95].to_numpy())[:, None]
    middle = wide[list(range(5, 85, 5))].to_numpy()
    return np.concatenate([young.to_numpy()[:, None], middle, last], axis=1)

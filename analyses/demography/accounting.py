"""Births, deaths and net migration between the censuses, for every unit, region and the nation."""

from __future__ import annotations

import pandas as pd

from analyses.demography.accounting_checks import checks
from analyses.demography.accounting_tables import (
    COMPONENTS,
    age_profile,
    components_panel,
    left_out_table,
    persons_table,
    provinces_table,
    rates_table,
    residual_table,
)
from analyses.machinery.workspace import Workspace, slug
from analyses.shared.census_span import national_ratios
from econshrink import Accounting, CityPanel, Decomposition, Resampling, account
from econshrink.data import Territories, load_national, load_territories
from econshrink.decompose import component_means, covariance_shares
from econshrink.demography import ClosedNation, national_residual
from econshrink.inference import BayesianBootstrap
from econshrink.report import CATEGORIES, GAIN, GREY, LOSS, plot_profiles, plot_stacked

PARTS = {"Births": GAIN, "Deaths": LOSS, "Net migration": CATEGORIES[2], "Coverage": GREY}
REGIONS = {"east": "East", "central": "Central", "west": "West", "northeast": "Northeast"}
RESIDUAL_AGES = (10, 15, 25, 30, 85)  # cited one by one
DECADE = range(2011, 2021)  # calendar years nearest to the span from census to census


def run(work: Workspace) -> None:
    """Account, tabulate, draw, and judge what an accounting can judge."""
    held = load_territories()
    book = account(held.before, held.after, national_ratios(), nation=ClosedNation())
    work.save(book, "book")
    panel = components_panel(book.select(held.main), held.places)
    work.save(panel, "panel")
    units = held.places.drop(columns="resource_stage").join(book.components())
    work.write("data/accounting_units.csv", units.rename_axis("unit").to_csv(lineterminator="\n"))
    _nation(work, book)
    means = _means(work, panel)
    shares = covariance_shares(
        panel, "change", COMPONENTS, resampling=Resampling(scheme=BayesianBootstrap())
    )
    _shares(work, shares)
    groups = _groups(book, held, panel)
    work.table(rates_table(groups, panel, means))
    work.table(persons_table(groups))
    work.table(provinces_table(book, held.places))
    work.table(residual_table(national_residual(book)))
    work.table(left_out_table(held))
    checks(work, held)
    _figures(work, book, held, panel)


def _nation(work: Workspace, book: Accounting) -> None:
    """The nation's components beside published births and deaths."""
    nation = book.by(["nation"] * len(book.units)).components().iloc[0]
    for name, value in nation.items():
        work.count(f"accounting.nation.{name}", int(value), "persons", "accounting_persons")
    series = load_national().set_index(["series", "year"])["value"]
    for name in ("births", "deaths"):
        official = int(sum(series[f"{name}_from_rate", year] for year in DECADE))
        work.count(f"accounting.official.{name}", official, "persons")
        work.result(
            f"accounting.official.{name}_ratio", nation[name] / official - 1, "estimate", "share"
        )
    gap = national_residual(book)
    work.count("accounting.residual.total", int(gap["residual"].sum()), "persons")
    for age in RESIDUAL_AGES:
        row = gap.loc[age]
        work.count(f"accounting.residual.age_{age}", int(row["residual"]), "persons")
        key = f"accounting.residual.relative_{age}"
        work.result(key, float(row["relative"]), "estimate", "share", "accounting_residual")
    old = gap.loc[65:, "residual"].sum()
    work.count("accounting.residual.age_65_plus", int(old), "persons", "accounting_residual")


def _means(work: Workspace, panel: CityPanel) -> Decomposition:
    """Mean components of losers and growers, with errors clustered by province."""
    means = component_means(
        panel,
        "change",
        COMPONENTS,
        "kind",
        contrasts=[("losing", "growing")],
        resampling=Resampling(scheme=BayesianBootstrap()),
    )
    exhibit = "accounting_rates"
    for row in means.frame.itertuples():
        stem = f"accounting.{slug(str(row.target))}.{row.part}"
        work.result(f"{stem}.mean", float(row.estimate), "estimate", "share", exhibit)
        work.result(f"{stem}.se", float(row.std_error), "se", "share", exhibit)
        work.result(f"{stem}.low", float(row.conf_low), "mc", "share", exhibit)
        work.result(f"{stem}.high", float(row.conf_high), "mc", "share", exhibit)
    losing = (panel.attribute("kind") == "losing").to_numpy()
    natural = panel.column("births") + panel.column("deaths")
    work.count("accounting.units", len(panel.cities), "units", exhibit)
    work.count("accounting.losing.units", int(losing.sum()), "units", exhibit)
    work.count("accounting.growing.units", int((~losing).sum()), "units", exhibit)
    positive = int((natural[losing] > 0).sum())
    work.count("accounting.losing.natural_positive", positive, "units", exhibit)
    northeast = (panel.attribute("region") == "northeast").to_numpy()
    worse = int((natural[losing & northeast] <= 0).sum())
    work.count("accounting.losing.northeast", int((losing & northeast).sum()), "units")
    work.count("accounting.losing.northeast_natural_negative", worse, "units")
    away = panel.column("migration")[losing]
    work.count("accounting.losing.migration_negative", int((away < 0).sum()), "units", exhibit)
    open_away = away + panel.column("coverage")[losing]
    work.count("accounting.losing.open_negative", int((open_away < 0).sum()), "units")
    for name, chosen in (("losing", losing), ("growing", ~losing)):
        mean = float(natural[chosen].mean())
        work.result(f"accounting.{name}.natural.mean", mean, "estimate", "share", exhibit)
        moved = (panel.column("migration") + panel.column("coverage"))[chosen].mean()
        work.result(f"accounting.{name}.open.mean", float(moved), "estimate", "share", exhibit)
        inside = natural[chosen & northeast]
        key = f"accounting.{name}.natural_northeast.mean"
        work.result(key, float(inside.mean()), "estimate", "share")
        outside = natural[chosen & ~northeast]
        key = f"accounting.{name}.natural_elsewhere.mean"
        work.result(key, float(outside.mean()), "estimate", "share")
    gap = means.wide().loc["losing less growing"]
    for part in COMPONENTS:
        share = float(gap[part] / gap["total"])
        work.result(f"accounting.gap.{part}.share", share, "estimate", "share", exhibit)
    return means


def _shares(work: Workspace, shares: Decomposition) -> None:
    for row in shares.frame.itertuples():
        stem = f"accounting.variance.{row.part}"
        work.result(f"{stem}.share", float(row.estimate), "estimate", "share", "accounting_checks")
        work.result(f"{stem}.se", float(row.std_error), "se", "share", "accounting_checks")
    work.save(shares, "shares")


def _groups(book: Accounting, held: Territories, panel: CityPanel) -> dict[str, Accounting]:
    """Groups of the main table: nation and regions of all territories, the rest of single units."""
    places = held.places.loc[list(book.units)]
    main = book.select(held.main)
    kind = panel.attribute("kind").to_numpy()
    stage = places.loc[held.main, "resource_stage"].to_numpy()
    regions = book.by(places["region"].tolist())
    stages = main.by([str(name) for name in stage])
    kinds = main.by([str(name) for name in kind])
    found = {"nation": book.by(["nation"] * len(book.units))}
    found |= {f"region:{name}": regions.select([name]) for name in REGIONS}
    found |= {f"kind:{name}": kinds.select([name]) for name in ("losing", "growing")}
    order = ("growing", "mature", "declining", "regenerating", "none")
    return found | {f"stage:{name}": stages.select([name]) for name in order}


def _figures(work: Workspace, book: Accounting, held: Territories, panel: CityPanel) -> None:
    main = book.select(held.main)
    kinds = main.by([str(name) for name in panel.attribute("kind")])
    regions = book.by(held.places.loc[list(book.units), "region"].tolist())
    by_region = age_profile(regions)[list(REGIONS)].rename(columns=REGIONS)
    by_kind = age_profile(kinds)[["losing", "growing"]]
    by_kind = by_kind.rename(columns={"losing": "Losing units", "growing": "Growing units"})
    figure = plot_profiles(
        [("By change", by_kind), ("By region", by_region)],
        xlabel="First year of the age group in 2020",
        ylabel="Net migrants per expected survivor",
        colours={"Losing units": LOSS, "Growing units": GAIN},
    )
    work.figure(
        figure,
        "accounting_ages",
        alt=(
            "Two panels of net migration by age. Losing units lose most in their twenties, "
            "where growing ones gain most; the Northeast loses at every age."
        ),
    )
    rows = {label: regions.rates().loc[name] for name, label in REGIONS.items()}
    losers = main.select(panel.attributes.index[panel.attributes["kind"] == "losing"].tolist())
    where = held.places.loc[list(losers.units), "region"]
    inside = losers.by(where.tolist()).rates()
    rows |= {f"{label}, losing units": inside.loc[name] for name, label in REGIONS.items()}
    table = pd.DataFrame(rows).T
    shown = pd.DataFrame(
        {
            "Births": table["births"],
            "Deaths": -table["deaths"],
            "Net migration": table["migration"],
            "Coverage": table["coverage"],
        }
    )
    work.figure(
        plot_stacked(shown, xlabel="Percent of the persons of 2010", total="Change", colours=PARTS),
        "accounting_components",
        alt="Stacked bars of births, deaths, net migration and coverage by region, all units and "
        "losing ones. Losing units of every region lost migrants; only in the Northeast do deaths "
        "exceed births.",
    )

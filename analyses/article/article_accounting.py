"""Births, deaths and net migration of losing units: by region, by age, and unit by unit."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from analyses.article.wording import values
from analyses.machinery.exhibit import Column, Exhibit
from analyses.machinery.workspace import Workspace
from econshrink import Accounting, CityPanel
from econshrink.report import BLUE, GREY, VERMILION, house_style, new_figure, panel_letter

REGIONS = {"northeast": "Northeast", "central": "Central", "west": "West", "east": "East"}
PARTS = ("total", "births", "deaths", "coverage", "migration")
AGES = {0: "", 10: "10–19", 20: "20–29", 30: "30–44", 45: "45–64", 65: "65+"}  # in 2020
YOUNG, OLDER = 20, 40  # first years of the age groups cited in the text
GAINERS_SHOWN = 45.0  # percent: the axes end here, and what lies beyond is counted in the note
NORTHEAST, ELSEWHERE, GROWING = "Losing, Northeast", "Losing, elsewhere", "Growing"
COLOURS = {NORTHEAST: "#7F0000", ELSEWHERE: VERMILION, GROWING: BLUE}
MARKS = {NORTHEAST: "s", ELSEWHERE: "o", GROWING: "^"}

ACCOUNT = Exhibit(
    "article_accounting",
    "Births, deaths and net migration 2010–2020, percent of the residents of 2010",
    "article.accounting.{row}.{column}",
    (
        Column("label", ""),
        Column("units", "Units", "d"),
        Column("more_births", "With more births", "d"),
        Column("total", "Change", ".1f"),
        Column("births", "Births", ".1f"),
        Column("deaths", "Deaths", ".1f"),
        Column("coverage", "Coverage", ".1f"),
        Column("migration", "Net migr.", ".1f"),
        *(
            Column(f"age_{age}", head, ".1f", over="Net migration by age in 2020")
            for age, head in AGES.items()
            if head
        ),
    ),
    group="group",
)


def run(work: Workspace) -> None:
    """Tabulate and draw the accounting that its task saved."""
    book: Accounting = work.load("accounting", "book")
    panel: CityPanel = work.load("accounting", "panel")
    main = book.select(list(panel.cities))
    rows = pd.DataFrame([*_means(work, main, panel), *_regions(main, panel)]).set_index("row")
    for name in ("units", "more_births"):
        for row, count in rows[name].items():
            if count != "":
                work.count(f"article.accounting.{row}.{name}", int(count), "units", ACCOUNT.name)
    work.exhibit(
        ACCOUNT,
        rows,
        (
            "Units tabulated on one territory in both censuses. Change = births − deaths + "
            "coverage + net migration. Net migration: persons of a cohort counted in 2020 beyond "
            "its survivors, after the nation's own surplus or gap at each sex and age (coverage: "
            "what one census missed and what the survival table misfits) is taken out, so that "
            "it adds up to zero over the nation. Births: children of 2020 over their survival, "
            "where they live in 2020. Standard errors of means in parentheses, from reweighting "
            "provinces.",
        ),
    )
    work.figure(
        _draw(main, panel),
        "article_components",
        alt="Two panels. Left: scatter of net migration against births less deaths, one point a "
        "unit; losing units lie below the line of no change, those of the Northeast left of zero, "
        "the others right of it. Right: net migration by age; losing units lose most in their "
        "twenties, growing units gain then.",
    )
    _ages_in_words(work, main, panel)
    change = 100 * panel.column("change")
    beyond = int((change > GAINERS_SHOWN).sum())
    work.count("article.accounting.beyond_axes", beyond, "units", "article_components")
    moved = 100 * np.asarray(panel.column("migration"))
    east = (panel.attribute("region") == "east").to_numpy()
    for name, chosen in (("east", east), ("elsewhere", ~east)):
        mean = float(moved[chosen].mean())
        work.result(f"article.accounting.coast.{name}", mean, "estimate", "points")


def _ages_in_words(work: Workspace, main: Accounting, panel: CityPanel) -> None:
    """Net migrants over expected survivors of losing units: early twenties, forty and over."""
    kinds = _kinds(panel)
    book = main.by([str(kind) for kind in kinds.reindex(list(main.units))])
    born = book.children
    moved = book.migration[:, :, born:].sum(axis=1)
    expected = (book.arrived + book.coverage)[:, :, born:].sum(axis=1)
    ages = np.asarray(book.lower[born:])
    for kind, name in ((NORTHEAST, "northeast"), (ELSEWHERE, "elsewhere")):
        place = list(book.units).index(kind)
        for label, chosen in (("young", ages == YOUNG), ("older", ages >= OLDER)):
            rate = moved[place, chosen].sum() / expected[place, chosen].sum()
            key = f"article.accounting.age.{name}.{label}"
            work.result(key, float(rate), "estimate", "share", "article_components")


def _kinds(panel: CityPanel) -> pd.Series:
    """Kind of every unit: losing in the Northeast, losing elsewhere, growing."""
    places = panel.attributes
    losing = places["kind"] == "losing"
    north = places["region"] == "northeast"
    named = np.where(~losing, GROWING, np.where(north, NORTHEAST, ELSEWHERE))
    return pd.Series(named, places.index)


def _means(work: Workspace, main: Accounting, panel: CityPanel) -> list[dict[str, object]]:
    """Means over units with their errors, and the gap between losers and growers."""
    found = values(work)
    natural = panel.column("births") + panel.column("deaths")
    first = main.components()["population_start"]
    ages = 100 * main.migration_by_age(list(AGES)).div(first, axis=0)
    kind = panel.attribute("kind")
    group = "Means of units"
    rows: list[dict[str, object]] = []
    for key, label in (("losing", "Losing"), ("growing", "Growing")):
        chosen = (kind == key).to_numpy()
        row = {"row": key, "group": group, "label": label, "units": int(chosen.sum())}
        row |= {"more_births": int((natural[chosen] > 0).sum())}
        row |= {part: _mean(found, key, part) for part in PARTS}
        held = ages.loc[list(np.array(panel.cities)[chosen])].mean()
        row |= {f"age_{age}": float(held[age]) for age in AGES}
        rows += [row, _errors(found, key, group)]
    gap = {"row": "gap", "group": group, "label": "Difference", "units": "", "more_births": ""}
    gap |= {part: _mean(found, "losing_less_growing", part) for part in PARTS}
    gap |= {f"age_{age}": rows[0][f"age_{age}"] - rows[2][f"age_{age}"] for age in AGES}  # type: ignore[operator]
    return [*rows, gap, _errors(found, "losing_less_growing", group)]


def _mean(found: dict[str, float], key: str, part: str) -> float:
    """In percent; deaths, held as losses, are printed as deaths."""
    sign = -100 if part == "deaths" else 100
    return sign * float(found[f"accounting.{key}.{part}.mean"])


def _errors(found: dict[str, float], key: str, group: str) -> dict[str, object]:
    """The line of errors below a mean."""
    shown = {part: f"({100 * float(found[f'accounting.{key}.{part}.se']):.1f})" for part in PARTS}
    blank = dict.fromkeys(("label", "units", "more_births", *(f"age_{age}" for age in AGES)), "")
    return {"row": f"{key}_se", "group": group, **blank, **shown}


def _regions(main: Accounting, panel: CityPanel) -> list[dict[str, object]]:
    """Losing units of each region added up."""
    places = panel.attributes
    natural = panel.column("births") + panel.column("deaths")
    rows: list[dict[str, object]] = []
    for key, label in REGIONS.items():
        chosen = ((places["kind"] == "losing") & (places["region"] == key)).to_numpy()
        units = list(places.index[chosen])
        book = main.select(units).by(["all"] * len(units))
        rates, ages = book.rates().iloc[0], book.migration_by_age(list(AGES)).iloc[0]
        people = book.components()["population_start"].iloc[0]
        row: dict[str, object] = {
            "row": f"losing_{key}",
            "group": "Losing units of a region, added up",
            "label": label,
            "units": int(chosen.sum()),
            "more_births": int((natural[chosen] > 0).sum()),
            "total": 100 * rates["change"],
        }
        row |= {part: 100 * rates[part] for part in PARTS[1:]}
        row |= {f"age_{age}": 100 * ages[age] / people for age in AGES}
        rows.append(row)
    return rows


def _draw(main: Accounting, panel: CityPanel) -> Figure:
    """Left: net migration against births less deaths. Right: net migration by age."""
    kinds = _kinds(panel)
    with house_style():
        figure, grid = new_figure("two", 3.2, 1, 2, width_ratios=(1.1, 1.0))
        _scatter(grid[0, 0], panel, kinds)
        _profiles(grid[0, 1], main, kinds)
        panel_letter(grid[0, 0], 0)
        panel_letter(grid[0, 1], 1)
    return figure


def _scatter(axes: Axes, panel: CityPanel, kinds: pd.Series) -> None:
    natural = 100 * (panel.column("births") + panel.column("deaths"))
    moved = 100 * panel.column("migration")
    edge = np.array([-12.0, 25.0])
    zero = -edge - 100 * float(panel.column("coverage").mean())
    axes.fill_between(edge, -60, zero, color=VERMILION, alpha=0.07, linewidth=0)
    axes.plot(edge, zero, color=GREY, linewidth=0.8)
    axes.axhline(0, color=GREY, linewidth=0.5)
    axes.axvline(0, color=GREY, linewidth=0.5)
    for kind in (GROWING, ELSEWHERE, NORTHEAST):
        mine = (kinds == kind).to_numpy()
        axes.plot(
            natural[mine], moved[mine], MARKS[kind], color=COLOURS[kind], markersize=2.6,
            markeredgewidth=0, alpha=0.8,
        )  # fmt: skip
    axes.set(
        xlim=edge, ylim=(-45, 45), xlabel="Births less deaths, percent",
        ylabel="Net migration, percent",
    )  # fmt: skip
    axes.annotate("population falls", (-11.3, -42), color=GREY, fontsize=7.5)
    for kind, place in ((GROWING, (15, 21)), (ELSEWHERE, (6, -24)), (NORTHEAST, (-11.3, -36))):
        text = f"{kind}: {int((kinds == kind).sum())}".replace(", N", ",\nN")
        axes.annotate(text, place, color=COLOURS[kind], fontsize=7.5)


def _profiles(axes: Axes, main: Accounting, kinds: pd.Series) -> None:
    book = main.by([str(kind) for kind in kinds.reindex(list(main.units))])
    born = book.children
    moved = book.migration[:, :, born:].sum(axis=1)
    expected = (book.arrived + book.coverage)[:, :, born:].sum(axis=1)
    ages = list(book.lower[born:])
    profile = pd.DataFrame(100 * (moved / expected).T, index=ages, columns=list(book.units))
    axes.axhline(0, color=GREY, linewidth=0.5)
    for kind in (GROWING, ELSEWHERE, NORTHEAST):
        axes.plot(
            profile.index, profile[kind], color=COLOURS[kind], marker=MARKS[kind], markersize=2.6
        )
    for kind, age, shift in ((GROWING, 35, 1.5), (ELSEWHERE, 40, 7.4), (NORTHEAST, 45, -3.5)):
        axes.annotate(kind, (age, float(profile[kind].to_dict()[age]) + shift), color=COLOURS[kind],
                      fontsize=7.5)  # fmt: skip
    axes.set(
        xlabel="First year of the age group in 2020",
        ylabel="Net migrants, percent of expected survivors",
    )

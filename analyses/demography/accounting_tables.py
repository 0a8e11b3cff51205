"""Tables of the accounting: rates, persons, provinces, the nation's residual, units left out."""

from __future__ import annotations

import numpy as np
import pandas as pd

from analyses.shared.census_span import END, START
from econshrink import Accounting, CityPanel, Decomposition, Table
from econshrink.data import Territories
from econshrink.nouns import Cell, Row, Span

COMPONENTS = ("births", "deaths", "coverage", "migration")  # deaths as a loss, negative
AGES = (0, 10, 20, 30, 45, 65)  # of 2020; the first group moved by rule or not at all
AGE_HEADS = ("10–19", "20–29", "30–44", "45–64", "65+")
LABELS = {
    "nation": "Nation",
    "region:east": "East",
    "region:central": "Central",
    "region:west": "West",
    "region:northeast": "Northeast",
    "kind:losing": "Losing units",
    "kind:growing": "Growing units",
    "stage:growing": "Growing",
    "stage:mature": "Mature",
    "stage:declining": "Declining",
    "stage:regenerating": "Regenerating",
    "stage:none": "Not listed",
}
HEADINGS = {
    "nation": "All territories, added up",
    "kind:losing": "Comparable units, added up",
    "stage:growing": "Comparable units by stage on the 2013 list of resource cities, added up",
}
RULES = (
    "Census tabulations by sex and age; survivors at UN national ratios; births are the children "
    "of 2020 over their survival, counted where they live in 2020; deaths include those "
    "of these children. Net migration is the residual of cohorts, adjusted so that it is zero "
    "for the "
    "nation at every sex and age; coverage is what the adjustment takes out: what one census "
    "missed of an age group, and "
    "the misfit of the survival table. Change = births − deaths + coverage + net migration, to the "
    "person in every row."
)


def components_panel(book: Accounting, places: pd.DataFrame) -> CityPanel:
    """One row a unit: components as shares of the persons at the start, deaths negative."""
    rates = book.rates()
    frame = pd.DataFrame(
        {
            "births": rates["births"],
            "deaths": -rates["deaths"],
            "coverage": rates["coverage"],
            "migration": rates["migration"],
            "change": rates["change"],
        }
    )
    attributes = places.reindex(list(book.units))[["province", "region", "resource_stage"]]
    losing = (rates["change"] < 0).to_numpy()
    attributes = attributes.assign(kind=np.where(losing, "losing", "growing"))
    table = frame.rename_axis("city").reset_index().assign(year=book.end)
    return CityPanel.from_long(
        table,
        attributes=attributes.rename_axis("city"),
        source=book.source,
        synthetic=book.synthetic,
    )


def age_profile(book: Accounting) -> pd.DataFrame:
    """Net migrants over expected survivors: index age at the end, a column a unit."""
    born = book.children
    moved = book.migration[:, :, born:].sum(axis=1)
    expected = (book.arrived + book.coverage)[:, :, born:].sum(axis=1)
    return pd.DataFrame((moved / expected).T, index=list(book.lower[born:]), columns=book.units)


def rates_table(groups: dict[str, Accounting], panel: CityPanel, means: Decomposition) -> Table:
    """Percent of the persons of 2010, with mean rates of losers and growers and their errors."""
    rows = []
    for key, book in groups.items():
        if key in HEADINGS:
            rows.append(Row((Cell(HEADINGS[key]),), "group"))
        rates, ages = book.rates().iloc[0], book.migration_by_age(AGES).iloc[0]
        first = book.components()["population_start"].iloc[0]
        values = [
            rates["change"],
            rates["births"],
            rates["deaths"],
            rates["coverage"],
            rates["migration"],
            *(ages[age] / first for age in AGES[1:]),
        ]
        rows.append(Row((Cell(LABELS[key]), *(Cell(100 * v, ".1f") for v in values))))
    rows.append(Row((Cell("Comparable units, means of units"),), "group"))
    rows += _mean_rows(means)
    header = (
        (Span("", 6), Span("Net migration by age in 2020", 5)),
        (
            Span(""),
            Span("Change"),
            Span("Births"),
            Span("Deaths"),
            Span("Cover."),
            Span("Migr."),
            *(Span(head) for head in AGE_HEADS),
        ),
    )
    counts = panel.attributes["kind"].value_counts()
    return Table(
        "accounting_rates",
        f"Components of change {START}–{END}, percent of the persons of {START}",
        header,
        tuple(rows),
        (
            RULES,
            f"{counts['losing']} losing and {counts['growing']} growing units; standard errors "
            f"of means in parentheses, clustered by {next(iter(means.clusters or {}))}.",
        ),
        synthetic=panel.synthetic,
    )


def _mean_rows(means: Decomposition) -> list[Row]:
    names = {
        "losing": "Losing units",
        "growing": "Growing units",
        "losing less growing": "Difference",
    }
    rows = []
    for target, label in names.items():
        estimate, error = means.wide().loc[target], means.wide("std_error").loc[target]
        order = ("total", "births", "deaths", "coverage", "migration")
        # deaths are held as losses: print them as deaths
        sign = {"deaths": -1.0}
        empty = tuple(Cell("") for _ in AGE_HEADS)
        shown = [Cell(100 * sign.get(p, 1.0) * float(estimate[p]), ".1f") for p in order]
        rows.append(Row((Cell(label), *shown, *empty)))
        errors = [Cell(100 * float(error[p]), ".1f", "(", ")") for p in order]
        rows.append(Row((Cell(""), *errors, *empty)))
    return rows


def persons_table(groups: dict[str, Accounting]) -> Table:
    """Thousand persons."""
    rows = []
    for key, book in groups.items():
        if key in HEADINGS:
            rows.append(Row((Cell(HEADINGS[key]),), "group"))
        parts, ages = book.components().iloc[0], book.migration_by_age(AGES).iloc[0]
        names = ("population_start", "births", "deaths", "coverage", "migration")
        numbers = [int(parts[name]) for name in names] + [int(ages[age]) for age in AGES[1:]]
        numbers.append(int(parts["population_end"]))
        rows.append(Row((Cell(LABELS[key]), *(Cell(n / 1000, ",.0f") for n in numbers))))
    header = (
        (Span("", 6), Span("Net migration by age in 2020", 5), Span("")),
        (
            Span(""),
            Span(f"{START}"),
            Span("Births"),
            Span("Deaths"),
            Span("Cover."),
            Span("Migr."),
            *(Span(head) for head in AGE_HEADS),
            Span(f"{END}"),
        ),
    )
    return Table(
        "accounting_persons",
        f"Components of change {START}–{END}, thousand persons",
        header,
        tuple(rows),
        (RULES, "Rows add up before rounding to thousands."),
    )


def provinces_table(book: Accounting, places: pd.DataFrame) -> Table:
    """Every province, by region, percent of the persons of 2010."""
    home = places.loc[list(book.units)]
    rates = book.by(home["province"].tolist()).rates()
    people = book.by(home["province"].tolist()).components()["change"]
    region = home.drop_duplicates("province").set_index("province")["region"]
    rows = []
    for key in ("region:northeast", "region:central", "region:west", "region:east"):
        rows.append(Row((Cell(LABELS[key]),), "group"))
        inside = rates[region.reindex(rates.index) == key.split(":")[1]]
        for name, row in inside.sort_values("change", kind="stable").iterrows():
            parts = ("change", "births", "deaths", "natural", "coverage", "migration")
            cells = [Cell(100 * float(row[part]), ".1f") for part in parts]
            thousand = Cell(int(people[name]) / 1000, ",.0f")
            rows.append(Row((Cell(str(name)), *cells, thousand)))
    heads = ("", "Change", "Births", "Deaths", "Natural", "Coverage", "Migration", "Thousand")
    return Table(
        "accounting_provinces",
        f"Components of change {START}–{END} by province, percent of the persons of {START}",
        (tuple(Span(head) for head in heads),),
        tuple(rows),
        (RULES, "The last column is the change in thousand persons. All territories."),
    )


def residual_table(gap: pd.DataFrame) -> Table:
    """The nation's residual by age."""
    rows = []
    ages = gap.index.tolist()
    for age, following in zip(ages, [*ages[1:], None], strict=True):
        label = f"{age}–{following - 1}" if following else f"{age} and over"
        line = gap.loc[age]
        rows.append(
            Row(
                (
                    Cell(label),
                    *(Cell(line[c] / 1000, ",.0f") for c in ("expected", "counted", "residual")),
                    Cell(float(line["relative"]), ".1%"),
                )
            )
        )
    total = gap[["expected", "counted", "residual"]].sum()
    cells = tuple(Cell(value / 1000, ",.0f") for value in total)
    share = Cell(float(total["residual"] / total["expected"]), ".1%")
    rows.append(Row((Cell("All"), *cells, share), "rule"))
    heads = ("Age in 2020", "Expected", "Counted", "Residual", "Share")
    return Table(
        "accounting_residual",
        "The nation's residual by age: persons counted in 2020 and expected from 2010, thousand",
        (tuple(Span(head) for head in heads),),
        tuple(rows),
        (
            "Expected: counted in 2010 and survived at UN national ratios. Neither count includes "
            "servicemen nor, in 2010, persons whose residence could not be determined. China's "
            "net migration across the border is small beside these numbers.",
        ),
    )


def left_out_table(held: Territories) -> Table:
    """Prefecture-level units outside the main sample, by reason."""
    rows = []
    for reason, group in held.left_out.groupby("reason", sort=False):
        merged = held.places["reason"].eq(reason) & held.places["kind"].eq("merged")
        fate = "merged" if merged.any() else "apart"
        rows.append(Row((Cell(", ".join(group["name"])), Cell(str(reason)), Cell(fate))))
    return Table(
        "accounting_left_out",
        "Prefecture-level units outside the comparable sample of the accounting",
        (
            (
                Span("Units"),
                Span("Reason"),
                Span("Kept"),
            ),
        ),
        tuple(rows),
        (
            "Merged: one row with the units it exchanged territory with (and with county-level "
            "units under direct administration where these were founded from it), in the regions' "
            "and the nation's rows. Apart: a row of its own there.",
        ),
        align="lll",
    )

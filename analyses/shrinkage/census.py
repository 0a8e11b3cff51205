"""Which units lost people between the censuses: counts by rule, province and region, and a map."""

from __future__ import annotations

import pandas as pd

from analyses.machinery.workspace import Workspace, slug
from analyses.shared.report_claims import HEILONGJIANG
from analyses.shared.samples import CENSUS_RESIDENTS, CENSUS_URBAN, NOT_DRAWN, bilingual_names
from econshrink import CityPanel, Identification, Table, identify
from econshrink.data import (
    load_boundaries,
    load_boundary_changes,
    load_census_flags,
    load_census_panel,
)
from econshrink.nouns import Cell, Row, Span
from econshrink.report import Binned, draw_map, map_caption
from econshrink.shrinkage import NetLoss

WINDOW = (2010, 2020)
PRESS_UNITS = 333  # the press tabulation's number of units, with the same 149 losers
REGIONS = {"east": "East", "central": "Central", "west": "West", "northeast": "Northeast"}
# Urban figures of 2010 on the old boundary: named by the source's own flags.
DEPTHS = (5, 10, 20)  # percent lost
OLD_BOUNDARY = "old_boundary"


def run(work: Workspace) -> None:
    """Identify, count, tabulate and draw."""
    panel = load_census_panel()
    sample = "337 prefecture-level units"
    residents = identify(
        panel, NetLoss("population"), WINDOW, series="census", concept=CENSUS_RESIDENTS,
        sample=sample,
    )  # fmt: skip
    urban = identify(
        panel, NetLoss("urban"), WINDOW, series="census", concept=CENSUS_URBAN, sample=sample
    )
    work.save(residents, "residents")
    work.save(urban, "urban")
    _counts(work, panel, residents, urban)
    _provinces(work, panel, residents)
    _map(work, residents)


def _counts(
    work: Workspace, panel: CityPanel, residents: Identification, urban: Identification
) -> None:
    prefix = "identify.census_2010_2020"
    growth = residents.frame["growth"].dropna()
    deeper = {loss: int((growth < -loss / 100).sum()) for loss in DEPTHS}
    lines = [
        (prefix, "Residents fell", residents.count, residents.units),
        ("", "Residents fell, as the press counts units", residents.count, PRESS_UNITS),
        *(
            (f"{prefix}.deeper_than_{loss}", f"Residents fell by more than {loss}%", n, len(growth))
            for loss, n in deeper.items()
        ),
        ("identify.census_urban_2010_2020", "Urban residents fell", urban.count, urban.units),
    ]
    for key, _, count, units in lines:
        if "deeper" in key:
            work.count(key, count, "units", "census_counts")
        elif key:
            work.count(f"{key}.shrinking", count, "units", "census_counts")
            work.count(f"{key}.units", units, "units", "census_counts")
            work.result(f"{key}.share", count / units, "estimate", "share", "census_counts")
    work.count(f"{prefix}.press_units", PRESS_UNITS, "units", "census_counts")
    press = residents.count / PRESS_UNITS
    work.result(f"{prefix}.press_share", press, "estimate", "share", "census_counts")
    artefact = _old_boundary(panel)
    for city, made in artefact.items():
        name = slug(panel.attributes.loc[city, "name_en"])
        label = "made by the boundary" if made else "remains on the new boundary"
        key = f"identify.census_urban_2010_2020.flagged.{name}"
        work.result(key, label, "label", "", "census_counts")
    rows = tuple(
        Row((Cell(text), Cell(count, "d"), Cell(units, "d"), Cell(count / units, ".1%")))
        for _, text, count, units in lines
    )
    work.table(_counts_table(rows, residents, urban, artefact))


def _counts_table(
    rows: tuple[Row, ...],
    residents: Identification,
    urban: Identification,
    artefact: dict[str, bool],
) -> Table:
    return Table(
        "census_counts",
        "Shrinking units between the censuses of 2010 and 2020, by rule",
        ((Span("Rule"), Span("Shrinking"), Span("Units"), Span("Share")),),
        rows,
        (
            f"A unit counts if it has fewer people in {WINDOW[1]} than in {WINDOW[0]}: "
            f"{residents.concept}; {urban.concept}. Of {residents.sample} those with both values "
            "are judged. The press tabulation finds the same number of "
            f"losers among {PRESS_UNITS} units.",
            "Urban residents of 2010 on the old boundary, counted all the same: "
            + "; ".join(_verdict(city, made) for city, made in artefact.items())
            + " (2010 scaled by residents on the new over residents on the old boundary).",
        ),
    )


def _old_boundary(panel: CityPanel) -> dict[str, bool]:
    """Units with urban 2010 on the old boundary: True if scaling it undoes the fall."""
    flags = load_census_flags()
    old = flags[(flags["variable"] == "urban") & flags["reason"].str.contains(OLD_BOUNDARY)]
    changes = load_boundary_changes().set_index("city")
    urban = panel.wide("urban")
    verdict = {}
    for city in sorted(set(old["city"]) & set(panel.cities)):
        factor = (
            changes.loc[city, "population_2010"] / changes.loc[city, "population_2010_tabulation"]
        )
        verdict[city] = bool(urban.loc[city, 2020] >= factor * urban.loc[city, 2010])
    return verdict


def _verdict(city: str, made: bool) -> str:
    fate = "whose fall the boundary made" if made else "whose fall remains on the new boundary"
    return f"{bilingual_names()[city]}, {fate}"


def _provinces(work: Workspace, panel: CityPanel, residents: Identification) -> None:
    places = panel.attributes
    provinces = residents.tabulate(places["province"])
    regions = residents.tabulate(places["region"])
    for table in (provinces, regions):
        for name, row in table.iterrows():
            _record(work, slug(str(name)), row)
    chinese = places.drop_duplicates("province").set_index("province")["province_zh"]
    home = places.drop_duplicates("province").set_index("province")["region"]
    rows = []
    for key, label in REGIONS.items():
        rows.append(Row((Cell(label),), "group"))
        inside = provinces[home.reindex(provinces.index) == key]
        order = inside.sort_values("share", ascending=False, kind="stable")
        rows += [_row(f"{name} {chinese[name]}", row) for name, row in order.iterrows()]
        rows.append(_row(f"{label}, all", regions.loc[key], "rule"))
    work.table(
        Table(
            "provinces",
            "Units losing residents between the censuses, by province and region",
            ((Span("Province"), Span("Shrinking"), Span("Units"), Span("Share"), Span("Change")),),
            tuple(rows),
            (
                f"A unit counts if it has fewer people in {WINDOW[1]} than in {WINDOW[0]}; "
                f"{residents.concept}. Change in thousand persons, the sum over the units "
                "counted. Regions as defined by the National Bureau of Statistics.",
                f"The report claims {HEILONGJIANG[0]} of Heilongjiang's {HEILONGJIANG[1]} cities "
                "and a concentration in the Northeast.",
            ),
        )
    )


def _record(work: Workspace, key: str, row: pd.Series) -> None:
    prefix = "identify.census_2010_2020"
    work.count(f"{prefix}.shrinking.{key}", int(row["shrinking"]), "units", "provinces")
    work.count(f"{prefix}.units.{key}", int(row["units"]), "units", "provinces")
    work.count(f"{prefix}.change.{key}", int(row["change"]), "persons", "provinces")


def _row(name: str, row: pd.Series, kind: str = "body") -> Row:
    return Row(
        (
            Cell(name),
            Cell(int(row["shrinking"]), "d"),
            Cell(int(row["units"]), "d"),
            Cell(float(row["share"]), ".0%"),
            Cell(row["change"] / 1000, ",.0f"),
        ),
        kind,
    )


def _map(work: Workspace, residents: Identification) -> None:
    change = residents.frame["growth"].dropna()
    boundaries = load_boundaries()
    scale = Binned((-0.2, -0.1, -0.05, 0.0, 0.05, 0.1, 0.2), "Change in residents 2010–2020")
    work.figure(
        draw_map(change, boundaries, scale),
        "map_census",
        alt=(
            "Map of prefecture-level units by change in residents between two censuses. "
            "Losses fill the Northeast and reach through the North into the Centre; gains "
            "lie in the West and along the coast."
        ),
    )
    work.write(
        "captions/map_census.txt", map_caption(change, boundaries, bilingual_names(), NOT_DRAWN)
    )

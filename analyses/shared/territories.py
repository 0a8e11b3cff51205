"""Units with census ages on one territory in 2010 and 2020, and the rest of the nation beside them.

Age tabulations stand on the boundaries of each census. Units that exchanged territory are merged,
so that every person counted in either census is in one row and rows add up to the nation.
"""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from econshrink import AgeStructure
from econshrink.data import (
    load_boundary_changes,
    load_census_age_sex,
    load_fertility,
    load_survival,
    load_units,
)
from econshrink.demography import SurvivalRatios, survival_ratios

START, END = 2010, 2020
BOUNDS = tuple(range(0, 90, 5))
SOURCE = "census tabulations by sex and age, 2010 and 2020"

# Units whose tabulations cover one territory only together, and why.
MERGED: tuple[tuple[tuple[str, ...], str], ...] = (
    (("340100", "340200", "340500", "341400"), "Chaohu was divided among the other three in 2011"),
    (("340400", "341500"), "Shou County moved"),
    (("340700", "340800"), "Zongyang County moved"),
    (("370100", "371200"), "Laiwu joined Jinan in 2019"),
    (("220100", "220300"), "Gongzhuling moved"),
    (("510100", "512000"), "Jianyang moved"),
    (("130600", "130900"), "townships moved to Xiongan"),
    (("610100", "610400"), "Xixian New Area lies in both"),
    (("420100", "420500", "429004"), "bulletins and tabulation disagree in 2020; sums agree"),
    (("652700", "659007"), "Shuanghe was founded in between"),
    (("652800", "659006"), "Tiemenguan was founded in between"),
    (("653200", "659009"), "Kunyu was founded in between"),
    (("654000", "659008"), "Kokdala was founded in between"),
    (("654200", "659010"), "Huyanghe was founded in between"),
    (("654300", "659005"), "Beitun was founded in between"),
)
# Tabulated on one territory in both years, although published totals leave a part out, or do not
# fit: kept as they are, outside the main sample.
SINGLE = {
    "220600": "published total of 2020 leaves out a zone",
    "222400": "published totals leave out a zone",
    "440300": "published totals count a zone that the tabulations give to Shanwei",
    "441500": "tabulations count a zone that published totals give to Shenzhen",
    "445300": "published total of 2010 differs without a documented change",
    "460400": "published totals leave out a zone",
    "460300": "2010 covers Xisha only",
}


@dataclass(frozen=True, eq=False)
class Territories:
    """Ages of every territory at both censuses.

    Parameters
    ----------
    before, after : AgeStructure
        The same rows, five-year groups to 85 and over.
    places : DataFrame
        Index territory. `name`, `province`, `region`, `resource_stage` (of single units),
        `kind` (``main``: prefecture-level units on one territory; ``merged``; ``outside``:
        prefecture-level units kept out; ``county``: county-level units under direct
        administration) and `reason` for what is not main.
    """

    before: AgeStructure
    after: AgeStructure
    places: pd.DataFrame

    @property
    def main(self) -> list[str]:
        """Codes of the main sample."""
        return self.places.index[self.places["kind"] == "main"].tolist()


def territories() -> Territories:
    """Read the tabulations and merge what exchanged territory."""
    table = load_census_age_sex()
    labels = {code: members[0] for members, _ in MERGED for code in members}
    before, after = (
        AgeStructure.from_long(table, year, source=SOURCE).grouped(BOUNDS).merged(labels)
        for year in (START, END)
    )
    return Territories(before, after, _places(before.cities))


def national_ratios(year: int = START) -> SurvivalRatios:
    """UN survival and fertility over ten years from `year` (fertility from 2010 on only)."""
    fertility = load_fertility() if year == START else None
    ratios = survival_ratios(load_survival(), year, END - START, fertility)
    return SurvivalRatios(START, ratios.step, ratios.steps, ratios.newborn, ratios.fertility)


def left_out() -> pd.DataFrame:
    """Prefecture-level units outside the main sample: index city, columns name and reason."""
    units = load_units()
    reasons = {code: reason for members, reason in MERGED for code in members} | SINGLE
    kept = [code for code in reasons if code in units.index and units.loc[code, "in_337"]]
    names = units["name_en"] + " " + units["name_zh"]
    frame = pd.DataFrame({"name": names, "reason": pd.Series(reasons)}).reindex(sorted(kept))
    return frame.rename_axis("city")


def _places(cities: tuple[str, ...]) -> pd.DataFrame:
    units = load_units().reindex(list(cities))
    members = {codes[0]: codes for codes, _ in MERGED}
    reasons = SINGLE | {codes[0]: reason for codes, reason in MERGED}
    moved = load_boundary_changes()
    changed = set(moved.loc[moved["cause"] == "boundary", "city"])
    names = load_units()["name_en"]
    rows = []
    for city, unit in units.iterrows():
        kind = "main" if unit["in_337"] and city not in changed | set(reasons) else "outside"
        if not unit["in_337"]:
            kind = "county"
        if city in members:
            kind = "merged"
        together = [str(names[code]) for code in members.get(str(city), (str(city),))]
        rows.append(
            {
                "name": ", ".join(together),
                "province": unit["province"],
                "region": unit["region"],
                "resource_stage": "" if kind == "merged" else unit["resource_stage"],
                "kind": kind,
                "reason": reasons.get(str(city), ""),
            }
        )
    return pd.DataFrame(rows, index=units.index)

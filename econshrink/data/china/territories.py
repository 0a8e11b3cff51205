"""Units with census ages on one territory in 2010 and 2020, and the rest of the nation beside them.

Age tabulations stand on the boundaries of each census. Units that exchanged territory are merged,
so that every person counted in either census is in one row and rows add up to the nation.
"""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from econshrink.data.china.loaders import load_boundary_changes, load_census_age_sex
from econshrink.data.china.panels import load_units
from econshrink.nouns.ages import AgeStructure

YEARS = (2010, 2020)
BOUNDS = tuple(range(0, 90, 5))
SOURCE = "census tabulations by sex and age, 2010 and 2020"

# Units whose tabulations cover one territory only together, and why.
MERGED_TERRITORIES: tuple[tuple[tuple[str, ...], str], ...] = (
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
_SINGLE = {
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

    @property
    def left_out(self) -> pd.DataFrame:
        """Prefecture-level units outside the main sample: index city, columns name and reason."""
        units = load_units()
        merged = {code: reason for members, reason in MERGED_TERRITORIES for code in members}
        reasons = merged | _SINGLE
        kept = [code for code in reasons if code in units.index and units.loc[code, "in_337"]]
        names = units["name_en"] + " " + units["name_zh"]
        frame = pd.DataFrame({"name": names, "reason": pd.Series(reasons)}).reindex(sorted(kept))
        return frame.rename_axis("city")


def load_territories() -> Territories:
    """Ages at the censuses of 2010 and 2020 of units on one territory.

    Returns
    -------
    Territories
        `before` and `after` for `econshrink.account`, `places` with what each row is, `main` with
        the units that never changed, `left_out` with the reasons for the others.

    Raises
    ------
    DataError
        An embedded table is damaged.

    Examples
    --------
    >>> held = load_territories()
    >>> held.before.year, int(held.before.total.sum()), int(held.after.total.sum())
    (2010, 1332810869, 1409778724)
    >>> len(held.main), held.places.loc["370100", ["name", "kind"]].tolist()
    (306, ['Jinan, Laiwu', 'merged'])
    """
    table = load_census_age_sex()
    labels = {code: members[0] for members, _ in MERGED_TERRITORIES for code in members}
    before, after = (
        AgeStructure.from_long(table, year, source=SOURCE).grouped(BOUNDS).merged(labels)
        for year in YEARS
    )
    return Territories(before, after, _places(before.cities))


def _places(cities: tuple[str, ...]) -> pd.DataFrame:
    units = load_units().reindex(list(cities))
    members = {codes[0]: codes for codes, _ in MERGED_TERRITORIES}
    reasons = _SINGLE | {codes[0]: reason for codes, reason in MERGED_TERRITORIES}
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

"""Published counts of shrinking places in China, to stand beside our own.

Read mostly in abstracts or second hand, as `verified` says; units and windows differ, so a
difference from our count is expected and its reason belongs in the text.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass

import pandas as pd


@dataclass(frozen=True)
class PublishedCount:
    """One count from the literature.

    Parameters
    ----------
    source : str
    rule : str
        Name of the rule object that comes closest (`Rule.name`).
    parameters : str
        Parameters of the `rule_id` after the variable that restate the published rule exactly;
        empty if no setting does, and then the count is never put beside one of ours.
    concept : str
        Population concept: ``residents``, ``urban`` or ``lights``.
    window : (int, int)
    unit : str
        What was counted.
    count : int or None
        Shrinking places; None where only a share was given.
    total : int or None
        Places examined.
    share : float or None
        Share as printed, where the count was not.
    verified : bool
        True if read in the source itself (abstract or text), False if second hand.
    note : str
    """

    source: str
    rule: str
    concept: str
    window: tuple[int, int]
    unit: str
    count: int | None
    total: int | None
    share: float | None = None
    verified: bool = True
    note: str = ""
    parameters: str = ""


PUBLISHED: tuple[PublishedCount, ...] = (
    PublishedCount(
        "Long and Wu 2016", "long_wu", "residents", (2000, 2010), "cities from townships", 180, 654
    ),
    PublishedCount(
        "Zhang, Liu and Lyu 2016",
        "net_loss",
        "residents",
        (2000, 2010),
        "prefecture-level units",
        None,
        None,
        share=0.2671,
        parameters="threshold=0",
    ),
    PublishedCount(
        "Zhang, Liu and Lyu 2016",
        "net_loss",
        "residents",
        (2000, 2010),
        "counties",
        None,
        2865,
        share=0.3716,
        parameters="threshold=0",
    ),
    PublishedCount(
        "Wu Kang 2019",
        "consecutive_decline",
        "urban",
        (2007, 2016),
        "cities of the urban construction yearbook",
        80,
        660,
        verified=False,
        note="three falls in a row of urban-district population; likely ancestor of the report",
        parameters="years=3, tolerance=0",
    ),
    PublishedCount(
        "Li and Mykhnenko 2018",
        "li_mykhnenko",
        "urban",
        (1990, 2000),
        "own urban areas",
        164,
        None,
        parameters="step=10",
    ),
    PublishedCount(
        "Li and Mykhnenko 2018",
        "li_mykhnenko",
        "urban",
        (2000, 2010),
        "own urban areas",
        281,
        None,
        parameters="step=10",
    ),
    PublishedCount(
        "Li, Cao and Yu 2020",
        "li_cao_yu",
        "urban",
        (2010, 2015),
        "cities",
        22,
        338,
        note="narrow",
        parameters="narrow=yes, beside=population",
    ),
    PublishedCount(
        "Li, Cao and Yu 2020",
        "li_cao_yu",
        "residents",
        (2010, 2015),
        "cities",
        84,
        338,
        note="broad",
        parameters="narrow=no, beside=urban",
    ),
    PublishedCount(
        "Zhang Shuai et al. 2020",
        "composite_degree",
        "residents",
        (2011, 2017),
        "cities",
        10,
        288,
        note="composite degree; population alone 41, economy 28, social 3",
    ),
    PublishedCount(
        "Zhang Shuai et al. 2020",
        "net_loss",
        "residents",
        (2011, 2017),
        "cities",
        41,
        288,
        note="population dimension",
        parameters="threshold=0",
    ),
    PublishedCount(
        "Jiang, Zhai, Meng and Long 2020",
        "night_light_loss",
        "lights",
        (2013, 2016),
        "natural cities",
        798,
        2862,
        parameters="threshold=0",
    ),
    PublishedCount(
        "Tan et al. 2023",
        "intensity_frequency",
        "lights",
        (1992, 2020),
        "cities",
        36,
        None,
        note="window of the light series; 644 counties beside",
    ),
    PublishedCount(
        "Ma and Yoon 2025",
        "path_clusters",
        "residents",
        (2004, 2022),
        "cities",
        82,
        285,
        note="40 both fall, 42 population only; 40 more economy only",
    ),
    PublishedCount(
        "2020 census tabulation in the press",
        "net_loss",
        "residents",
        (2010, 2020),
        "prefecture-level units",
        149,
        333,
        note="East 14, Central 47, West 55, Northeast 33",
        parameters="threshold=0",
    ),
    PublishedCount(
        "Self-organising-map paper in Land 2022",
        "net_loss",
        "residents",
        (2010, 2020),
        "cities",
        130,
        None,
        parameters="threshold=0",
    ),
    PublishedCount(
        "Geographical Research, through a magazine",
        "net_loss",
        "urban",
        (2010, 2020),
        "cities of all levels",
        48,
        693,
        verified=False,
        note="second hand",
        parameters="threshold=0",
    ),
    PublishedCount(
        "Analysis of China's shrinking cities, 14 September 2025",
        "report_standard",
        "urban",
        (2010, 2023),
        "cities",
        139,
        None,
        verified=False,
        note="window, series and list not published; claim R1.3, not a target",
    ),
)


def published_counts() -> pd.DataFrame:
    """All published counts as a table, one row a count.

    Returns
    -------
    DataFrame
        Columns of `PublishedCount`, with ``first`` and ``last`` for the window and ``share``
        filled from count and total where both are known.

    Examples
    --------
    >>> table = published_counts()
    >>> table.loc[table["source"].str.startswith("Wu Kang"), "count"].tolist()
    [80.0]
    """
    table = pd.DataFrame([asdict(entry) for entry in PUBLISHED])
    first, last = zip(*table.pop("window"), strict=True)
    table = table.assign(first=first, last=last).astype({"count": "float64", "total": "float64"})
    return table.assign(
        share=table["share"].astype("float64").fillna(table["count"] / table["total"])
    )


def published_beside(rule_id: str, concept: str, window: tuple[int, int]) -> PublishedCount | None:
    """The published count of this very rule, concept and window with the most units, if any.

    `rule_id` is that of a rule object; the name of the variable in it does not matter, `concept`
    does.
    """
    name, _, rest = rule_id.partition("(")
    parameters = rest.removesuffix(")").partition(", ")[2]
    same = [
        entry
        for entry in PUBLISHED
        if (entry.rule, entry.concept, entry.window) == (name, concept, window)
        and entry.parameters
        and entry.parameters == parameters
        and entry.count is not None
    ]
    return max(same, key=lambda entry: entry.total or 0) if same else None

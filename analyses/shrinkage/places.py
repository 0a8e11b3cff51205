"""Where units shrink: by resource stage, size and distance to a core, and in clusters."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pandas as pd

from analyses.machinery.exhibit import Column, Exhibit
from analyses.machinery.workspace import Workspace, slug
from analyses.shared.samples import CORES, NOT_DRAWN, bilingual_names
from econshrink import CityPanel, Identification, Resampling, moran
from econshrink.core.seeds import generator
from econshrink.data import load_adjacency, load_boundaries, load_census_panel, load_units
from econshrink.report import GAIN, LOSS, Kinds, draw_map, map_caption
from econshrink.shrinkage import LevelErrors, run_probability, size_classes
from econshrink.spatial import Neighbours, distance_to_core, local_moran

BANDS = (0.0, 100.0, 200.0, 400.0, np.inf)
ORDER = ("growing", "mature", "declining", "regenerating", "none")
ORDER += ("small", "medium", "large II", "large I", "very large", "super-large")
ORDER += ("core city", "0–100 km", "100–200 km", "200–400 km", "beyond 400 km")
PERMUTATIONS = 9_999
LEVEL_ERROR = 0.002  # standard error of a yearly level's logarithm, an assumption
# Low, high, low among high, high among low: warm is loss, pale is the odd one out.
QUADRANT_COLOURS = (LOSS, GAIN, "#F4A582", "#92C5DE")
QUADRANTS = ("low-low", "high-high", "low-high", "high-low", "not significant")

PLACES = Exhibit(
    "places",
    "Units losing residents between the censuses, by kind of place",
    "identify.census_2010_2020.{column}.{row}",
    (
        Column("label", ""),
        Column("shrinking", "Shrinking", "d", "count", "units"),
        Column("units", "Units", "d", "count", "units"),
        Column("share", "Share", ".0%"),
        Column("thousand", "Change", ",.0f"),
    ),
    group="heading",
)


def run(work: Workspace) -> None:
    """Tabulate by kind of place, measure clustering, and draw the clusters."""
    labels: Identification = work.load("census", "residents")
    work.exhibit(
        PLACES,
        _frame(labels),
        (
            f"Fewer people in 2020 than in 2010; {labels.concept}. Change in thousand persons. The "
            "list of 2013 has one more mature unit, Laiwu, which no longer existed in 2020. "
            "Size classes "
            "as the State Council defines them, by urban residents of the whole unit. Core cities: "
            + ", ".join(bilingual_names()[city] for city in CORES)
            + "; great-circle distance between points inside the units.",
        ),
    )
    _clusters(work, labels)
    _probability(work)


def _groups(labels: Identification) -> dict[str, pd.Series]:
    units = load_units().loc[labels.frame.index]
    urban = load_census_panel().wide("urban")[2010].reindex(units.index)
    distance = distance_to_core(units[["lon", "lat"]], CORES)["distance_km"]
    names = [f"{low:.0f}–{high:.0f} km" for low, high in pairwise(BANDS[:-1])]
    band = pd.cut(distance, list(BANDS), labels=[*names, f"beyond {BANDS[-2]:.0f} km"])
    return {
        "Stage on the official list of resource cities": units["resource_stage"],
        "Urban residents in 2010": size_classes(urban),
        "Distance to the nearest core city": band.astype(object).where(distance > 0, "core city"),
    }


def _frame(labels: Identification) -> pd.DataFrame:
    parts = []
    for heading, groups in _groups(labels).items():
        known = groups.dropna()
        kept = labels.frame.loc[labels.frame.index.intersection(known.index)]
        table = replace(labels, frame=kept).tabulate(known.astype(str))
        table = table.reindex([name for name in ORDER if name in table.index])
        texts = [str(name) if name != "none" else "not on the list" for name in table.index]
        table["label"] = [text[:1].upper() + text[1:] for text in texts]
        table["thousand"] = table["change"] / 1000
        table["heading"] = heading
        table.index = pd.Index(
            [f"{slug(heading.split()[0])}.{slug(str(name))}" for name in table.index]
        )
        parts.append(table)
    return pd.concat(parts)


def _clusters(work: Workspace, labels: Identification) -> None:
    growth = np.log1p(labels.frame["growth"].dropna())
    neighbours = Neighbours.from_pairs(load_adjacency(), growth.index)
    values = growth.loc[list(neighbours.cities)]
    found = moran(values, neighbours, Resampling(PERMUTATIONS, rng=generator("places.moran")))
    work.result("identify.moran.statistic", found.statistic, "estimate", "", "map_clusters")
    work.result("identify.moran.std_error", found.std_error, "se", "", "map_clusters")
    work.result("identify.moran.expectation", found.expectation, "estimate", "", "map_clusters")
    work.result("identify.moran.p", found.p_value, "mc", "", "map_clusters")
    work.count("identify.moran.units", found.units, "units", "map_clusters")
    work.count("identify.moran.permutations", PERMUTATIONS, "draws", "map_clusters")
    local = local_moran(values, neighbours, Resampling(PERMUTATIONS, rng=generator("places.local")))
    kind = local["quadrant"].where(local["significant"], QUADRANTS[-1])
    for name in QUADRANTS:
        count = int((kind == name).sum())
        work.count(f"identify.moran.local.{slug(name)}", count, "units", "map_clusters")
    low = kind.index[kind == "low-low"]
    inside = int((load_units()["region"].reindex(low) == "northeast").sum())
    work.count("identify.moran.local.low_low.northeast", inside, "units", "map_clusters")
    code = kind.map({name: float(i) for i, name in enumerate(QUADRANTS)})
    names = tuple(name.replace("-", " among ") for name in QUADRANTS)
    boundaries = load_boundaries()
    work.figure(
        draw_map(
            code,
            boundaries,
            Kinds(names, "Change of a unit among its neighbours", True, QUADRANT_COLOURS),
        ),
        "map_clusters",
        alt="Map of local clusters. Low among low covers most of the Northeast; a few units of the "
        "South, of the lower Yangtze and of the West are high among high.",
    )
    caption = map_caption(code, boundaries, bilingual_names(), NOT_DRAWN)
    work.write("captions/map_clusters.txt", caption)


def _probability(work: Workspace) -> None:
    """Probability of three falls in a row, given an error of the yearly levels."""
    closed: CityPanel = work.load("closure", "hold_1")
    chance = run_probability(
        closed, (2010, 2020), LevelErrors(LEVEL_ERROR), generator("places.probability")
    ).dropna()
    work.result("identify.probability.expected", float(chance.sum()), "mc", "units")
    unsure = int(((chance > 0.1) & (chance < 0.9)).sum())
    work.count("identify.probability.unsure", unsure, "units")
    work.count("identify.probability.units", len(chance), "units")
    work.result("identify.probability.error", LEVEL_ERROR, "estimate", "share")

"""Which path of transformation the structure of each losing unit points to."""

from __future__ import annotations

import numpy as np
import pandas as pd

from analyses.machinery.workspace import Workspace, slug
from analyses.shared.samples import CORES, NOT_DRAWN, bilingual_names
from econshrink import Identification, Table
from econshrink.core.seeds import generator
from econshrink.data import load_boundaries, load_census_panel, load_census_profile, load_units
from econshrink.nouns import Cell, Row, Span
from econshrink.report import Kinds, draw_map, map_caption
from econshrink.shrinkage import PATHS, Typology, cluster_check, path_types
from econshrink.spatial import distance_to_core

EXAMPLES = 3


def run(work: Workspace) -> None:
    """Assign paths to the losing units, tabulate and draw."""
    labels: Identification = work.load("census", "residents")
    counts = _employment()
    places = _places(labels)
    found = path_types(counts, places, generator("typology"))
    check = cluster_check(
        found.scores, found.frame["path"], len(PATHS), generator("typology.clusters")
    )
    for path, row in found.table().iterrows():
        stem = f"identify.paths.{slug(str(path))}"
        work.count(f"{stem}.units", int(row["cities"]), "units", "typology")
        work.result(f"{stem}.expected", float(row["expected"]), "mc", "units", "typology")
    work.count("identify.paths.units", len(found.frame), "units", "typology")
    work.count("identify.paths.left_out", len(found.left_out), "units", "typology")
    sure = int((found.frame["probability"] >= 0.8).sum())
    work.count("identify.paths.sure", sure, "units", "typology")
    work.result("identify.paths.rand", float(check.agreement), "mc", "", "typology")
    work.save(found.frame, "paths")
    work.table(_table(found, float(check.agreement)))
    code = found.frame["path"].map({path: float(i) for i, path in enumerate(PATHS)})
    boundaries = load_boundaries()
    scale = Kinds(tuple(path.capitalize() for path in PATHS), "Most probable path")
    work.figure(
        draw_map(code, boundaries, scale, missing="not losing, or no value"),
        "map_typology",
        alt="Map of losing units by their most probable path: resource paths in the North and "
        "Northwest, ecological ones in the far north and southwest, smart shrinkage in the Centre.",
    )
    caption = map_caption(
        code, {c: boundaries[c] for c in code.index}, bilingual_names(), NOT_DRAWN
    )
    work.write("captions/map_typology.txt", caption)


def _employment() -> pd.DataFrame:
    """Employed by industry in 2020, long-form counts of all units."""
    profile = load_census_profile()
    profile = profile[profile["year"] == 2020].set_index("city")
    names = [n for n in profile if n.startswith("employed_") and n != "employed_sample"]
    table = profile[names].rename(
        columns=lambda n: n.removeprefix("employed_").removesuffix("_sample")
    )
    table = table.drop(columns="international_organisations").dropna()
    return table[table.sum(axis=1) > 0]


def _places(labels: Identification) -> pd.DataFrame:
    known = load_units().query("valid_2020")
    units = known.loc[list(labels.shrinking)]
    core = distance_to_core(known[["lon", "lat"]], CORES)["distance_km"]
    census = load_census_panel()
    people, urban = census.wide("population"), census.wide("urban")
    shift = np.log(urban[2020] / urban[2010]) - np.log(people[2020] / people[2010])
    return pd.DataFrame(
        {
            "resource_stage": units["resource_stage"],
            "density": people[2020].reindex(units.index) / units["land_area_km2"],
            "distance_km": core.reindex(units.index),
            "urban_shift": shift.reindex(units.index),
        }
    )


def _table(found: Typology, agreement: float) -> Table:
    label = bilingual_names()
    rows = []
    for path, row in found.table().iterrows():
        inside = found.frame[found.frame["path"] == path]
        lead = inside.sort_values("probability", ascending=False, kind="stable").head(EXAMPLES)
        rows.append(
            Row(
                (
                    Cell(str(path).capitalize()),
                    Cell(int(row["cities"]), "d"),
                    Cell(float(row["expected"]), ".1f"),
                    Cell(float(row["stability"]), ".2f"),
                    Cell(", ".join(label[city] for city in lead.index)),
                )
            )
        )
    left = ", ".join(label[city] for city in found.left_out["city"])
    return Table(
        "typology",
        "Paths of transformation that the structure of losing units points to",
        ((Span("Path"), Span("Units"), Span("Expected"), Span("Stability"), Span("Clearest")),),
        tuple(rows),
        (
            "Units that lost residents 2010–2020. Scores from location quotients of the 2020 "
            "long-form census (mining; hotels, catering, culture; agriculture), the official list "
            "of resource cities, density, distance to a core city and urban against resident "
            "growth. Units: most probable path; expected: sum of probabilities; stability: share "
            "of draws over sampling error and weights that agree.",
            "The census has no list of tourist or ecological cities, so hotels, catering and "
            "culture stand for the former, agriculture with low density for the latter. Thresholds "
            "are ours. Clusters drawn without them agree only weakly with the paths (adjusted Rand "
            f"index {agreement:.2f}). Left out, a value missing: {left or 'none'}.",
        ),
        align="lrrrl",
    )

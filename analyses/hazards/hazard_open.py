"""Risk sets of the checks: shrinking neighbours, every onset, onsets known to an interval."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd

from analyses.shared.hazard_sample import (
    COVARIATES,
    closed_panels,
    covariate_panel,
    onset_histories,
    onset_rows,
    watched_rules,
)
from econshrink import CityPanel, SpellTable
from econshrink.data import load_adjacency

_HALF = 0.5


def with_neighbours(count: int) -> list[SpellTable]:
    """First onsets with the share of adjoining units that were in a run the year before."""
    primary, covariates = watched_rules()[0], covariate_panel()
    tables = []
    for panel in closed_panels()[:count]:
        share = _neighbour_share(panel)
        keys = [covariates.frame.index.get_level_values(name) for name in ("city", "year")]
        before = pd.MultiIndex.from_arrays([keys[0], keys[1] - 1])
        column = pd.Series(share.reindex(before).to_numpy(), covariates.frame.index)
        wider = covariates.with_variables({"neighbours": column})
        tables.append(onset_rows(panel, primary, wider, names=(*COVARIATES, "neighbours")))
    return tables


def _neighbour_share(panel: CityPanel) -> pd.Series:
    """Share of the neighbours whose fate is known that are in a run, by city and year."""
    frame = onset_histories(panel, watched_rules()[0]).frame
    known = frame[~frame["fate"].isin(("unknown", "distrusted"))]
    falling = known["fate"].isin(("onset", "shrinking")).astype(float)
    wide = falling.groupby([known["city"], known["year"]]).first().unstack("year")
    pairs = load_adjacency()
    both = np.vstack([pairs[["city_a", "city_b"]], pairs[["city_b", "city_a"]]])
    links = pd.DataFrame(both, columns=["city", "other"])
    links = links[links["other"].isin(wide.index)]
    values = wide.reindex(links["other"]).reset_index(drop=True)
    mean = values.groupby(links["city"].to_numpy()).mean()
    stacked: pd.Series = mean.stack()
    return stacked


def with_every_onset(count: int) -> list[SpellTable]:
    """Risk sets that go on after a recovery."""
    primary, covariates = watched_rules()[0], covariate_panel()
    return [onset_rows(panel, primary, covariates, every=True) for panel in closed_panels()[:count]]


def interval_spells(tables: list[SpellTable]) -> SpellTable:
    """One table of all panels: each onset between the earliest and the latest year they name.

    A unit is at risk if it is in at least half of the panels, and has an onset if it has one in at
    least half of those. Others are censored where the panels' rows end on average.
    """
    frame = pd.concat([t.frame.assign(panel=j) for j, t in enumerate(tables)], ignore_index=True)
    dates = frame[frame["event"] == 1].groupby("city")["year"].agg(["min", "max", "size"])
    seen = frame.groupby("city")["panel"].nunique()
    ends = frame.groupby(["city", "panel"])["year"].max().groupby("city").mean().round()
    rows = frame.drop_duplicates(["city", "year"]).sort_values(["city", "year"])
    kept = []
    for city, part in rows.groupby("city"):
        if seen[city] < _HALF * len(tables):
            continue
        hit = city in dates.index and dates.loc[city, "size"] >= _HALF * seen[city]
        last = int(dates.loc[city, "max"]) if hit else int(ends[city])
        own = part[part["year"] <= last]
        first = int(dates.loc[city, "min"]) if hit else last + 1
        inside = (own["year"] >= first).astype(int)
        event = (own["year"] == own["year"].max()).astype(int) * int(hit)
        kept.append(own.assign(uncertain=inside, event=event))
    joined = pd.concat(kept, ignore_index=True).drop(columns="panel")
    return replace(tables[0], frame=joined)

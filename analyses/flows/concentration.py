"""Concentration of R&D staff: what the report's shares imply, and residents beside its claims."""

from __future__ import annotations

import numpy as np
import pandas as pd

from analyses.machinery.workspace import Workspace, slug
from analyses.shared.flow_source import CLAIMED, region
from econshrink import Table
from econshrink.core.seeds import generator
from econshrink.data import load_census_panel, load_census_profile
from econshrink.flows import polycentricity
from econshrink.lab import BALANCED
from econshrink.nouns import Cell, Row, Span
from econshrink.report import city_label
from econshrink.shrinkage import (
    beta_convergence,
    concentration,
    primacy,
    rank_size,
    share_arithmetic,
    sigma_convergence,
    theil_decomposition,
)

# R2.5–R2.7 as printed.
READINGS = {"times": 1.5, "growth": 2.5}
BEIJING = (0.53, 0.58)
CAPITALS = ("110000", "120000")


def run(work: Workspace) -> None:
    """Work out the shares, decompose residents and graduates, set residents beside the claims."""
    _arithmetic(work)
    table = _measured()
    _decomposition(work, table)
    _population(work, table)


def _arithmetic(work: Workspace) -> None:
    for name, growth in READINGS.items():
        part, rest = share_arithmetic(growth, *BEIJING)
        stem = f"network.rd.{name}"
        for key, value in (("total", growth), ("beijing", part), ("rest", rest)):
            work.result(f"{stem}.{key}", value, "estimate", "")
        gain = (part * BEIJING[0] - BEIJING[0]) / (growth - 1)
        work.result(f"{stem}.beijing_part", gain, "estimate", "share")
    for key, share in zip(("first", "last"), BEIJING, strict=True):
        work.result(f"network.rd.share.{key}", share, "estimate", "share")
    # Two sizes only are known, Beijing and the rest: between them, nothing inside.
    gaps = [float(share * np.log(share / 0.5) + (1 - share) * np.log(2 * (1 - share)))
            for share in BEIJING]  # fmt: skip
    for key, gap in zip(("first", "last"), gaps, strict=True):
        work.result(f"network.rd.theil.{key}", gap, "estimate", "")


def _measured() -> pd.DataFrame:
    """Census residents and holders of a college degree or more in both years, the 13 units."""
    units = region()
    people = load_census_panel().wide("population").loc[units.index]
    profile = load_census_profile().set_index(["city", "year"])["tertiary_educated"].unstack()
    return pd.DataFrame(
        {
            "name_en": units["name_en"],
            "name_zh": units["name_zh"],
            "residents_2010": people[2010],
            "residents_2020": people[2020],
            "graduates_2010": profile[2010].reindex(units.index),
            "graduates_2020": profile[2020].reindex(units.index),
        }
    )


def _decomposition(work: Workspace, table: pd.DataFrame) -> None:
    groups = ["capital" if city in CAPITALS else "hebei" for city in table.index]
    rows = []
    for what, text in (("residents", "Residents"), ("graduates", "College graduates")):
        rows.append(Row((Cell(text),), "group"))
        for year in (2010, 2020):
            sizes = table[f"{what}_{year}"].to_numpy(dtype=float)
            whole, split = concentration(sizes), theil_decomposition(sizes, groups)
            capital = float(split.groups.loc["capital", "share"])
            stem = f"network.concentration.{what}.{year}"
            values = {
                "beijing": float(sizes[0] / sizes.sum()),
                "capital": capital,
                "gini": float(whole["gini"]),
                "theil": split.total,
                "between": split.between,
                "within": split.within,
                "primacy": primacy(sizes),
                "centres": float(whole["centres"]),
                "polycentricity": polycentricity(sizes),
            }
            for key, value in values.items():
                unit = "share" if key in {"beijing", "capital", "primacy"} else ""
                work.result(f"{stem}.{key}", value, "estimate", unit, "concentration")
            cells = [Cell(value, ".1%" if k in {"beijing", "capital"} else ".3f")
                     for k, value in values.items()]  # fmt: skip
            rows.append(Row((Cell(str(year)), *cells)))
        _converge(work, table, what)
    head = ("", "Beijing", "Beijing + Tianjin", "Gini", "Theil", "between", "within")
    work.table(
        Table(
            "concentration",
            "Concentration in Beijing, Tianjin and the eleven cities of Hebei, by census",
            (tuple(Span(t) for t in (*head, "Primacy", "Centres", "Polycentr.")),),
            tuple(rows),
            (
                "Theil's T split into a part between the two municipalities and Hebei and parts "
                "within; primacy: largest over the two largest; centres: exponential of entropy "
                "(at most 13); polycentricity: one less the dispersion of shares over its largest "
                "possible. Residents on the boundaries of 2020; graduates as tabulated in each "
                "census (ages 6+ in 2010, 3+ in 2020), on the boundaries of that census: they "
                "show structure, and their change carries the boundary changes. R&D personnel by "
                "city are not among our data.",
            ),
        )
    )


def _converge(work: Workspace, table: pd.DataFrame, what: str) -> None:
    first, last = table[f"{what}_2010"], table[f"{what}_2020"]
    beta = beta_convergence(first, last, 10)
    sigma = sigma_convergence(
        pd.DataFrame({2010: first, 2020: last}), generator(f"concentration.sigma.{what}")
    )
    stem = f"network.convergence.{what}"
    work.estimate(f"{stem}.beta", beta, "concentration")
    work.result(f"{stem}.sigma.log_ratio", sigma.log_ratio, "estimate", "", "concentration")
    work.result(f"{stem}.sigma.p", sigma.p_value, "p", "", "concentration")
    slope, error = rank_size(last.to_numpy(dtype=float))
    work.result(f"{stem}.rank_size", slope, "estimate", "", "concentration")
    work.result(f"{stem}.rank_size_se", error, "se", "", "concentration")


def _population(work: Workspace, table: pd.DataFrame) -> None:
    order = {role: number for number, role in enumerate(dict.fromkeys(CLAIMED.values()))}
    cities = sorted(CLAIMED, key=lambda city: (order[CLAIMED[city]], city))
    claims = {
        "core": "Dual core",
        "two-way node": "Moves talent both ways",
        "receiver": "Attracts more and more",
        "loser": "Loses talent",
    }
    rows = []
    for city in [*cities, *(c for c in table.index if c not in CLAIMED)]:
        row = table.loc[city]
        change = float(row["residents_2020"] / row["residents_2010"] - 1)
        stem = f"network.population.{slug(str(row['name_en']))}"
        work.result(f"{stem}.change", change, "estimate", "share", "claimed_roles")
        shares = [
            float(row[f"graduates_{y}"] / table[f"graduates_{y}"].sum()) for y in (2010, 2020)
        ]
        rows.append(
            Row(
                (
                    Cell(city_label(str(row["name_en"]), str(row["name_zh"]))),
                    Cell(claims.get(CLAIMED.get(city, BALANCED), "not named")),
                    Cell(float(row["residents_2010"]) / 1e6, ",.2f"),
                    Cell(float(row["residents_2020"]) / 1e6, ",.2f"),
                    Cell(change, ".1%"),
                    *(Cell(share, ".1%") for share in shares),
                )
            )
        )
    losers = [c for c in CLAIMED if CLAIMED[c] == "loser"]
    falling = [c for c in losers if table.loc[c, "residents_2020"] < table.loc[c, "residents_2010"]]
    work.count("network.population.claimed_losers", len(losers), "cities", "claimed_roles")
    work.count("network.population.falling_losers", len(falling), "cities", "claimed_roles")
    names = " and ".join(str(table.loc[c, "name_en"]) for c in falling)
    work.result("network.population.falling_names", names, "label", "", "claimed_roles")
    head = ("City", "Claim", "2010", "2020", "Change", "2010", "2020")
    work.table(
        Table(
            "claimed_roles",
            "What the report says of each city's talent, beside its residents",
            (
                (Span("", 2), Span("Residents (million)", 3), Span("Share of graduates", 2)),
                tuple(Span(text) for text in head),
            ),
            tuple(rows),
            (
                "Census residents, boundaries of 2020 (Baoding without Dingzhou and Xiong'an). "
                "Share of graduates: of the region's holders of a college degree or more, as "
                "tabulated in each census. Talent flow is not population change, and a stock is "
                "not a flow: neither column tests the claims.",
            ),
            align="llrrrrr",
        )
    )

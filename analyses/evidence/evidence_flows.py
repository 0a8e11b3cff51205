"""Observed trips of thirteen cities beside the roles a report claims, and research staff."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd

from analyses.machinery.exhibit import Column, Exhibit
from analyses.machinery.workspace import Workspace, slug
from analyses.shared.flow_source import CLAIMED, synthetic_flows
from econshrink import FlowNetwork, Resampling
from econshrink.core.seeds import generator
from econshrink.data import flows_installed, load_flow_totals, load_flows, load_rd_personnel
from econshrink.flows import (
    BALANCED,
    TWO_WAY,
    RoleRule,
    core_tests,
    flow_roles,
    probabilities,
    strengths,
)
from econshrink.lab import CORE, LOSER, RECEIVER
from econshrink.nouns import FlowPanel

# The index has no unit. It is read as this many trips a unit; errors come from the scatter around
# a gravity model and hardly move with it, which a second scale shows.
SCALE, OTHER_SCALE = 10_000.0, 1_000.0
NULLS, DRAWS = 99, 400
DAYS = 8  # over which the index is a mean
TAUS = (0.02, 0.05, 0.10, 0.20)
SHORT = {TWO_WAY: "two-way", BALANCED: "balanced"}
KINDS = {
    CORE: "Core",
    TWO_WAY: "Two-way",
    RECEIVER: "Receiver",
    LOSER: "Loser",
    BALANCED: "Balanced",
}
BEIJING, TIANJIN = "110000", "120000"
STEP, MOST = 0.05, 4.0  # Tianjin's flows are raised in these steps up to this factor
CENTRES = ("Beijing", "Tianjin", "Hebei")
YEARS = (2010, 2014, 2015, 2020, 2023)

RESEARCH = Exhibit(
    "evidence_rd",
    "Research and development personnel, person-years",
    "evidence.rd.{row}.{column}",
    (
        Column("label", "Year"),
        *(
            Column(name.lower(), name, ",.0f", "count", "person-years")
            for name in (*CENTRES, "Region")
        ),
        Column("share", "Beijing's share", ".1%", "estimate", "share"),
        Column("theil", "Theil", ".3f", "estimate"),
    ),
)


def run(work: Workspace) -> None:
    """Label the cities, test the core, set the claims beside; then research staff."""
    observed = flows_installed()
    _roles(work, observed)
    _research(work)


def week(scale: float, *, observed: bool) -> FlowNetwork:
    """The observed week read as counts, or the synthetic network where the tables are absent."""
    if not observed:
        panel: FlowPanel = synthetic_flows()
        first = panel.networks[0]
        total = np.sum([network.flows for network in panel.networks], axis=0)
        return first.with_flows(np.asarray(total))
    found = load_flows()
    return replace(found.with_flows(np.asarray(found.flows) * scale), kind="counts")


def _exhibit(*, observed: bool) -> Exhibit:
    return Exhibit(
        "evidence_flows",
        "Trips between thirteen cities in one week, and the roles a report claims for talent",
        "evidence.flows.{row}.{column}",
        (
            Column("label", "City"),
            Column("out", "Out", ".2f", "estimate", over="Trips (index)"),
            Column("into", "In", ".2f", "estimate", over="Trips (index)"),
            Column("outside", "Outside", ".0%", "estimate", "share", over="Trips (index)"),
            Column("to_beijing", "Beijing", ".0%", "estimate", "share", over="Bound for"),
            Column("to_tianjin", "Tianjin", ".0%", "estimate", "share", over="Bound for"),
            Column("effectiveness", "Thirteen", ".3f", "estimate", over="Balance"),
            Column("se", "Error", ".3f", "iterative", over="Balance", before="(", after=")"),
            Column("balance_all", "All trips", ".3f", "estimate", over="Balance"),
            Column("claimed", "Claimed", kind="label", align="l"),
            Column("found", "By rule", kind="label", align="l"),
            Column("chance", "Chance", ".2f", "mc"),
        ),
        synthetic=not observed,
    )


def _roles(work: Workspace, observed: bool) -> None:
    network = week(SCALE, observed=observed)
    rng = "evidence.flows"
    found = flow_roles(network, resampling=Resampling(NULLS, rng=generator(f"{rng}.roles")))
    chance = probabilities(found, Resampling(DRAWS, rng=generator(f"{rng}.chance")))
    tests = core_tests(found, Resampling(NULLS, rng=generator(f"{rng}.core")))
    unit = SCALE if observed else 1.0
    frame = found.roles.frame
    table = strengths(network)
    flows = np.asarray(network.flows)
    going = pd.DataFrame(flows, index=network.cities, columns=network.cities)
    share = going.div(going.sum(axis=1), axis=0)
    outside = pd.Series(np.nan, index=network.cities)
    everywhere = outside.copy()
    if observed:
        totals = load_flow_totals().set_index("city")
        rest = totals["out_rest"] + totals["in_rest"]
        both = totals["out_total"] + totals["in_total"]
        outside = rest / both
        everywhere = (totals["in_total"] - totals["out_total"]) / both
    rows = {}
    for number, city in enumerate(network.cities):
        claim = CLAIMED.get(city, "")
        rows[network.labels[number].lower()] = {
            "label": network.labels[number],
            "out": table.loc[city, "out"] / unit,
            "into": table.loc[city, "in"] / unit,
            "outside": outside[city],
            "to_beijing": share.loc[city, BEIJING] if city != BEIJING else np.nan,
            "to_tianjin": share.loc[city, TIANJIN] if city != TIANJIN else np.nan,
            "effectiveness": frame.loc[city, "effectiveness"],
            "se": frame.loc[city, "std_error"],
            "balance_all": everywhere[city],
            "claimed": SHORT.get(claim, claim) or "–",
            "found": SHORT.get(frame.loc[city, "role"], frame.loc[city, "role"]),
            "chance": chance.loc[city, claim] if claim else np.nan,
        }
    exhibit = _exhibit(observed=observed)

    def put(name: str, value: object, kind: str, unit: str = "") -> None:
        work.result(f"{rng}.{name}", value, kind, unit, exhibit.name, not observed)

    put("suffix", "" if observed else "_synthetic", "label")
    put("source", network.label, "label")
    named = {city: role for city, role in CLAIMED.items() if city in frame.index}
    put("claims", len(named), "count", "claims")
    met = sum(frame.loc[city, "role"] == role for city, role in named.items())
    put("claims_met", met, "count", "claims")
    put("core.size", found.core.size, "count", "cities")
    put("core.fit", found.core.fit, "iterative")
    put("core.fit_with_tianjin", picture_fit(flows, _places(network, BEIJING, TIANJIN)),
        "iterative")  # fmt: skip
    put("core.tianjin_chance", float(chance.loc[TIANJIN, CORE]), "mc")
    needed = {"tianjin": _needed(network), "two": _needed(network, BEIJING, TIANJIN)}
    for key, reached in needed.items():
        if reached is not None:
            put(f"core.{key}_factor", reached[0], "estimate")
            put(f"core.{key}_size", reached[1], "count", "cities")
    for null, row in tests.iterrows():
        put(f"core.{null}.p", float(row["p_value"]), "p")
    variants = _variants(network, week(OTHER_SCALE, observed=observed), needed, named)
    for key, row in variants.items():
        if key.startswith("tau_"):
            put(f"claims_met.{key}", row["met"], "count", "claims")
    put("same_at_other_scale", variants["scale"]["same"], "count", "cities")
    notes = (
        "Rows are origins. Mean daily index, 2–9 January 2020, all trips, before the Spring "
        "Festival rush; Baidu Migration. Mobility of one week: not migration, not talent."
        if observed
        else "The tables of observed trips are not installed: a synthetic network with the "
        "claimed roles planted in it.",
        "Balance: (in − out)/(in + out), with its error from the scatter around a gravity model. "
        "Bound for: share of the trips to the twelve others; outside: share of all trips whose "
        "other end lies outside the thirteen. Chance: of "
        f"the claimed role, in {DRAWS} draws of the flows with that scatter, without the tests "
        "behind the role by rule. The index has no unit; read as "
        f"{SCALE:,.0f} or {OTHER_SCALE:,.0f} trips a unit it gives the same roles.",
    )
    work.exhibit(exhibit, pd.DataFrame.from_dict(rows, orient="index"), notes)
    work.exhibit(
        _roles_exhibit(observed=observed),
        pd.DataFrame.from_dict(variants, orient="index"),
        (
            "Cities by role. Tolerance: how far from zero a balance may lie and still count as "
            f"even; {100 * RoleRule().tau:.0f} percent in the text. Trips of one day: the index "
            f"read as an eighth of the trips; the shipped table is the mean of {DAYS} days, so "
            "that days themselves cannot be compared. Same: cities that keep their role.",
        ),
    )


def _roles_exhibit(*, observed: bool) -> Exhibit:
    return Exhibit(
        "evidence_roles",
        "Roles by rule under other tolerances, with fewer trips, and with more of Tianjin",
        "evidence.roles.{row}.{column}",
        (
            Column("label", ""),
            *(Column(slug(kind), head, "d", "count", "cities") for kind, head in KINDS.items()),
            Column("same", "Same", "d", "count", "cities"),
            Column("met", "Claims met", "d", "count", "claims"),
        ),
        synthetic=not observed,
    )


def _variants(
    network: FlowNetwork,
    fewer: FlowNetwork,
    needed: dict[str, tuple[float, int] | None],
    named: dict[str, str],
) -> dict[str, dict[str, Any]]:
    """Roles by rule where the tolerance, the number of trips or Tianjin's trips are others."""
    plain = RoleRule()
    cases = {
        f"tau_{round(100 * tau)}": (f"Tolerance {tau:.0%}", network, RoleRule(tau=tau))
        for tau in TAUS
    }
    day = network.with_flows(np.asarray(network.flows) / DAYS)
    cases["day"] = ("As many trips as of one day", day, plain)
    cases["scale"] = ("A tenth of the trips", fewer, plain)
    for key, reached in needed.items():
        if reached is not None:
            raised = _raised(network, reached[0])
            cases[key] = (f"Tianjin's trips times {reached[0]:.2f}", raised, plain)
    usual = flow_roles(network, plain, _nulls()).roles.labels
    rows = {}
    for key, (label, case, rule) in cases.items():
        roles = flow_roles(case, rule, _nulls()).roles
        by_city = dict(zip(case.cities, roles.labels, strict=True))
        counts = {slug(kind): list(roles.labels).count(kind) for kind in KINDS}
        rows[key] = {
            "label": label,
            **counts,
            "same": sum(a == b for a, b in zip(roles.labels, usual, strict=True)),
            "met": sum(by_city[city] == role for city, role in named.items()),
        }
    return rows


def _nulls() -> Resampling:
    return Resampling(NULLS, rng=generator("evidence.flows.roles"))


def _raised(network: FlowNetwork, factor: float) -> FlowNetwork:
    """Tianjin's trips, out and in, times a factor."""
    at = network.cities.index(TIANJIN)
    flows = np.array(network.flows)
    flows[at] *= factor
    flows[:, at] *= factor
    return network.with_flows(flows)


def picture_fit(flows: np.ndarray, core: np.ndarray) -> float:
    """Correlation of flows with the picture of a core: one inside, a half across, zero outside."""
    member = core.astype(float)
    picture = (member[:, None] + member[None, :]) / 2
    off = ~np.eye(len(flows), dtype=bool)
    return float(np.corrcoef(flows[off], picture[off])[0, 1])


def _places(network: FlowNetwork, *cities: str) -> np.ndarray:
    return np.isin(network.cities, cities)


def _needed(network: FlowNetwork, *alone: str) -> tuple[float, int] | None:
    """Smallest factor on Tianjin's trips that makes it a core, and how many cores there are then.

    With cities named in `alone`, the core must be these and no others.
    """
    at = network.cities.index(TIANJIN)
    for number in range(round((MOST - 1) / STEP) + 1):
        factor = 1 + number * STEP
        raised = _raised(network, factor)
        nulls = Resampling(2, rng=generator("evidence.factor"))
        core = flow_roles(raised, resampling=nulls).core
        members = {
            city for city, inside in zip(network.cities, core.members, strict=True) if inside
        }
        if core.members[at] and (not alone or members == set(alone)):
            return factor, core.size
    return None


def _research(work: Workspace) -> None:
    staff = load_rd_personnel()
    wide = staff.pivot(index="year", columns="province", values="personnel")[list(CENTRES)]
    table = wide.rename(columns=str.lower).assign(region=wide.sum(axis=1))
    table["share"] = table["beijing"] / table["region"]
    part = wide.div(wide.sum(axis=1), axis=0)
    table["theil"] = (part * np.log(part * len(CENTRES))).sum(axis=1)
    shown = table.loc[list(YEARS)]
    frame = shown.assign(label=[str(year) for year in YEARS]).rename(index=lambda y: f"y{y}")
    first, last = 2014, 2023
    work.result(
        "evidence.rd.times", table["region"][last] / table["region"][first], "estimate", "ratio"
    )
    for name in ("beijing", "tianjin", "hebei"):
        ratio = table[name][last] / table[name][first]
        work.result(f"evidence.rd.times.{name}", ratio, "estimate", "ratio")
    since = table.loc[first:, "share"]
    for name, year in (("lowest", since.idxmin()), ("highest", since.idxmax())):
        work.count(f"evidence.rd.share.{name}.year", int(year), "year", RESEARCH.name)
        work.result(
            f"evidence.rd.share.{name}", float(table["share"][year]), "estimate", "share",
            RESEARCH.name,
        )  # fmt: skip
    work.exhibit(
        RESEARCH,
        frame,
        (
            "Full-time equivalents, China Statistical Yearbook on Science and Technology. Theil: "
            "inequality of the three shares. Five provinces of the source move by more than a "
            "fifth in 2018 for no known reason, none of these three.",
        ),
    )

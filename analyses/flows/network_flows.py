"""The network of Beijing, Tianjin and Hebei: map, roles with probabilities, tests of the core."""

from __future__ import annotations

import numpy as np
import pandas as pd

from analyses.machinery.workspace import Workspace, slug
from analyses.shared.flow_source import load_flows, planted_roles
from econshrink import FlowPanel, Resampling, Table
from econshrink.core.seeds import generator
from econshrink.data import load_boundaries
from econshrink.flows import (
    BALANCED,
    EXHAUSTIVE,
    ROLES,
    TWO_WAY,
    BorgattiEverett,
    FlowRoles,
    communities,
    core_exhaustive,
    core_tests,
    effectiveness_trend,
    flips,
    flow_roles,
    minres,
    network_effectiveness,
    network_reciprocity,
    polycentricity,
    polycentricity_change,
    probabilities,
    rombach,
    stability,
)
from econshrink.nouns import Cell, Row, Span
from econshrink.report import city_label, plot_flows
from econshrink.shrinkage import theil

DRAWS, FLIP_DRAWS, NULL_DRAWS = 300, 100, 99
SHORT = {TWO_WAY: "two-way", BALANCED: "balanced"}


def run(work: Workspace) -> None:
    """Label the cities, say how sure that is, and draw."""
    panel = load_flows(work.root)
    found = flow_roles(panel, resampling=Resampling(NULL_DRAWS, rng=generator("network.roles")))
    chance = probabilities(found, Resampling(DRAWS, rng=generator("network.probabilities")))
    steady = stability(found)
    turned = flips(found, Resampling(FLIP_DRAWS, rng=generator("network.flips")))
    tests = core_tests(found, Resampling(NULL_DRAWS, rng=generator("network.core")))
    _results(work, panel, found, tests, turned)
    work.table(_table(panel, found, chance, steady, turned))
    kinds = dict(zip(found.network.cities, found.roles.labels, strict=True))
    figure = plot_flows(
        found.network,
        kinds,
        ROLES,
        outlines={c: load_boundaries()[c] for c in found.network.cities},
    )
    work.figure(
        figure,
        "network_flows",
        synthetic=_synthetic(panel),
        alt="Map of thirteen cities with arrows for moves between them. The widest run between "
        "Beijing 北京市 and Tianjin 天津市.",
    )
    work.save(panel, "flows")


def _synthetic(panel: FlowPanel) -> bool:
    return panel.networks[0].synthetic


def _results(
    work: Workspace, panel: FlowPanel, found: FlowRoles, tests: pd.DataFrame, turned: pd.Series
) -> None:
    made = _synthetic(panel)

    def put(name: str, value: object, kind: str, unit: str = "") -> None:
        work.result(f"network.{name}", value, kind, unit, "network_roles", made)

    put("suffix", "_synthetic" if made else "", "label")
    put("source", panel.networks[0].label, "label")
    put("cities", found.network.count, "count", "cities")
    put("years", len(panel.networks), "count", "years")
    put("moves", round(float(found.network.flows.sum())), "count", "moves")
    put("kappa", found.kappa, "iterative")
    put("core.size", found.core.size, "count", "cities")
    put("core.names", _named(found, np.flatnonzero(found.core.members).tolist()), "label")
    put("core.fit", found.core.fit, "iterative")
    for null, row in tests.iterrows():
        put(f"core.{null}.p", float(row["p_value"]), "p")
        put(f"core.{null}.mean", float(row["mean"]), "mc")
        put(f"core.{null}.observed", float(row["observed"]), "iterative")
    decay = found.gravity.estimate
    put("decay.estimate", decay.coefficient("log_km"), "iterative")
    put("decay.se", decay.std_error("log_km"), "iterative")
    flows = np.asarray(found.network.flows)
    put("effectiveness", network_effectiveness(flows), "estimate", "share")
    put("reciprocity", network_reciprocity(flows), "estimate", "share")
    put("polycentricity", polycentricity(flows.sum(axis=0)), "estimate")
    put("theil", theil(flows.sum(axis=0)), "estimate")
    groups, q = communities(flows, generator("network.communities"))
    put("communities", len(set(groups.tolist())), "count", "groups")
    put("modularity", q, "mc")
    put("flips.mean", float(turned.mean()), "mc", "share")
    put("flips.most", float(turned.max()), "mc", "share")
    for name, members in _other_cores(found).items():
        put(f"core.{name}", _named(found, members), "label")
    if len(panel.networks) > 1:
        first, last = (np.asarray(panel.networks[k].flows) for k in (0, -1))
        change = polycentricity_change(
            first,
            last,
            Resampling(rng=generator("network.polycentricity")),
            dispersion=1 + found.kappa * first.mean(),
        )
        put("polycentricity_change", change.difference, "estimate")
        put("polycentricity_change_low", change.conf_low, "mc")
        put("polycentricity_change_high", change.conf_high, "mc")
    for role in ROLES:
        put(f"role.{slug(role)}", found.roles.labels.count(role), "count", "cities")
    if made:
        truth = planted_roles(found.network.cities)
        put("as_planted", sum(a == b for a, b in zip(truth, found.roles.labels, strict=True)),
            "count", "cities")  # fmt: skip


def _other_cores(found: FlowRoles) -> dict[str, list[int]]:
    """The same number of cities by other methods: exact on raw flows, MINRES, Rombach."""
    flows, k = np.asarray(found.network.flows), found.core.size
    out, into = minres(flows)
    rank = np.argsort(-rombach(flows, generator("network.rombach")), kind="stable")
    cores = {
        "minres": np.argsort(-(out * into), kind="stable")[:k].tolist(),
        "rombach": rank[:k].tolist(),
    }
    if found.network.count <= EXHAUSTIVE:
        exact = core_exhaustive(flows, BorgattiEverett(1.0))
        cores["exact"] = np.flatnonzero(exact.members).tolist()
    return cores


def _named(found: FlowRoles, members: list[int]) -> str:
    names = [found.network.labels[i] for i in sorted(members)]
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"


def _table(
    panel: FlowPanel,
    found: FlowRoles,
    chance: pd.DataFrame,
    steady: pd.DataFrame,
    turned: pd.Series,
) -> Table:
    made, frame, net = _synthetic(panel), found.roles.frame, found.network
    truth = planted_roles(net.cities) if made else ("",) * net.count
    order = sorted(range(net.count), key=lambda i: (ROLES.index(frame["role"].iloc[i]), i))
    trend = effectiveness_trend(panel, found.kappa) if len(panel.networks) > 1 else None
    rows = []
    for i in order:
        city, row = net.cities[i], frame.iloc[i]
        name = city_label(net.labels[i], net.names_zh[i].removesuffix("市") if net.names_zh else "")
        rows.append(
            Row(
                (
                    Cell(name),
                    *([Cell(SHORT.get(truth[i], truth[i]))] if made else []),
                    Cell(SHORT.get(str(row["role"]), str(row["role"]))),
                    Cell(float(row["effectiveness"]), ".3f"),
                    Cell(float(row["std_error"]), ".3f", "(", ")"),
                    Cell(None if trend is None else 100 * float(trend.loc[city, "slope"]), ".1f"),
                    Cell(float(row["turnover"]), ".1%"),
                    *(Cell(float(chance.loc[city, role]), ".2f") for role in ROLES),
                    Cell(float(steady.loc[city, row["role"]]), ".2f"),
                    Cell(float(turned[city]), ".2f"),
                )
            )
        )
    lead = (
        "City",
        *(["Planted"] if made else []),
        "Found",
        "Effect.",
        "(s.e.)",
        "Trend",
        "Turn.",
    )
    columns = (*lead, "C", "T", "R", "L", "B", "Stable", "Flips")
    head = (
        Span("", len(lead)),
        Span("Probability", 5),
        Span("", 2),
    )
    source = (
        "The matrix is drawn on the real map with the roles that the report claims planted in it; "
        "it says what the rule finds if they are true, and nothing about real flows."
        if made
        else f"Source: {net.label}."
    )
    return Table(
        "network_roles",
        f"Roles of the {net.count} cities, and how sure they are",
        (head, tuple(Span(text) for text in columns)),
        tuple(rows),
        (
            source,
            f"Effect.: (in − out)/(in + out) over {len(panel.networks)} years; trend: its slope a "
            "year × 100; turn.: (in + out) over stock. Probabilities of core, two-way node, "
            f"receiver, loser, peripheral-balanced: shares of {DRAWS} gamma draws; they divide the "
            "plane of effectiveness and turnover without the tests behind the role found. Stable: "
            "share of 36 choices of thresholds with the same role. Flips: share of "
            f"{FLIP_DRAWS} draws that leave out one mover in ten and change it.",
        ),
        align="ll" + ("l" if made else "") + "r" * (len(columns) - 2 - made),
        synthetic=made,
    )

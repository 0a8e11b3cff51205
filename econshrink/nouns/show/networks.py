"""Pages of flow networks; read by their fields."""

from __future__ import annotations

from typing import Any

import numpy as np

from econshrink.nouns.show.page import NOTHING, Grid, Page, number, share

_TOP = 10


def network_page(network: Any) -> Page:
    """Size, strengths of the strongest cities, and the largest flows."""
    total = float(np.nansum(network.flows))
    when = f", {network.year}" if network.year is not None else ""
    pairs = network.count * (network.count - 1)
    listed = pairs - int(np.isnan(network.flows).sum())
    facts = [
        ("Shows", network.label or f"{network.kind} of flows"),
        ("Cities", f"{network.count:,}"),
        ("Pairs with a flow", f"{int((np.nan_to_num(network.flows) > 0).sum()):,} of {pairs:,}"),
        ("Total", number(total)),
    ]
    if listed < pairs:
        facts.append(("Not listed", f"{pairs - listed:,} pairs"))
    leaving = network.out_strength
    arriving = network.in_strength if network.unlisted_out is None or network.complete else None
    order = np.argsort(-leaving, kind="stable")[:_TOP]
    cities = Grid(
        ("city", "leaving", "arriving", "net"),
        tuple(
            (
                str(network.labels[i]),
                number(float(leaving[i])),
                NOTHING if arriving is None else number(float(arriving[i])),
                NOTHING if arriving is None else number(float(arriving[i] - leaving[i])),
            )
            for i in order
        ),
        caption=f"The {len(order)} cities that most leave",
    )
    held = np.nan_to_num(network.flows)
    rows = []
    for place in np.argsort(-held, axis=None, kind="stable")[:_TOP].tolist():
        i, j = divmod(place, network.count)
        if held[i, j] > 0:
            flow = number(float(held[i, j]))
            rows.append((network.labels[i], network.labels[j], flow, share(held[i, j] / total)))
    flows = Grid(
        ("origin", "destination", "flow", "of all"), tuple(rows), frozenset({0, 1}), "Largest flows"
    )
    brief = f"{network.count:,} cities{when}, total {number(total)} ({network.kind})"
    title = f"Flow network{when}"
    grids = (cities, flows)
    return Page(title, brief, tuple(facts), grids, tuple(network.notes), network.synthetic)


def flow_panel_page(panel: Any) -> Page:
    """One line a year."""
    rows = tuple(
        (str(network.year), number(float(np.nansum(network.flows)))) for network in panel.networks
    )
    first = panel.networks[0]
    years = f"{panel.years[0]}–{panel.years[-1]}"
    notes = tuple(note for network in panel.networks for note in network.notes)
    return Page(
        f"Flow networks, {years}",
        f"{first.count:,} cities, {len(rows)} years ({years})",
        (("Shows", first.label or first.kind), ("Cities", f"{first.count:,}")),
        (Grid(("year", "total"), rows),),
        notes,
        any(network.synthetic for network in panel.networks),
    )

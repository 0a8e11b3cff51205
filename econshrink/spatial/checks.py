"""What can be wrong with a spatial panel: effects, gaps, and weights that do not fit the cities."""

from __future__ import annotations

import numpy as np
from scipy import sparse

from econshrink.core.errors import Fault
from econshrink.nouns.panel import CityPanel
from econshrink.nouns.spec import Spec
from econshrink.panel.design.prepare import Design
from econshrink.spatial.neighbours import Neighbours

ROW_SUM_TOLERANCE = 1e-10


def spec_faults(panel: CityPanel, spec: Spec) -> list[Fault]:
    """Faults of effects and weights that a spatial panel, or the cross-section of one year, has."""
    faults = []
    single = len(panel.years) == 1 and not spec.absorb
    if not single and (not spec.absorb or not all(map(panel.role, spec.absorb))):
        faults.append(
            Fault(
                f"effects ({', '.join(spec.absorb)})",
                f"{panel.unit} and {panel.time}, or one of them, in a spatial panel",
                f"Absorb ('{panel.unit}', '{panel.time}'): without effects of the time common "
                "shocks pass for spillover.",
            )
        )
    if not spec.intercept:
        seen = "'- 1' in a spatial panel"
        faults.append(Fault(seen, "a constant or effects", "Remove '- 1'."))
    if spec.weights:
        faults.append(
            Fault(f"weights '{spec.weights}'", "no weights in a spatial panel", "Leave them out.")
        )
    return faults


def balance_faults(panel: CityPanel, design: Design) -> list[Fault]:
    """Faults of a panel that is not balanced in the variables of a design."""
    years = len(np.unique(design.year))
    counts = np.bincount(design.city)
    short = [design.cities[i] for i in np.flatnonzero(counts < years)]
    lost = sorted(set(map(str, panel.cities)) - set(design.cities))
    faults = []
    if short:
        some = ", ".join(f"{city} {counts[design.cities.index(city)]}" for city in short[:5])
        faults.append(
            Fault(
                f"{len(short)} cities with fewer than {years} years ({some})",
                "a balanced panel: every city in every year with all variables",
                "Select cities or years without gaps; the neighbours of a missing cell are lost.",
            )
        )
    if lost:
        faults.append(
            Fault(
                f"{len(lost)} cities without a complete row ({', '.join(lost[:5])})",
                "a balanced panel: every city in every year with all variables",
                "Leave these cities out with CityPanel.select and build the weights anew.",
            )
        )
    return faults


def weights_faults(cities: tuple[str, ...], neighbours: Neighbours) -> list[Fault]:
    """Faults of weights: islands, other cities, rows that do not sum to one, a diagonal."""
    here, there = set(cities), set(neighbours.cities)
    islands = sorted(here & set(neighbours.isolated))
    faults = [_cities_fault("islands, cities without neighbours,", islands)] if islands else []
    absent = sorted(here - there - set(neighbours.isolated))
    faults += [_cities_fault("no weights for", absent)] if absent else []
    others = sorted(there - here)
    faults += [_cities_fault("weights for other cities:", others)] if others else []
    matrix = sparse.csr_array(neighbours.matrix)
    if matrix.shape != (len(neighbours.cities),) * 2:
        seen = f"weights of shape {matrix.shape} for {len(neighbours.cities)} cities"
        return [*faults, Fault(seen, "a square matrix, a row a city", "Build it anew.")]
    if not np.isfinite(matrix.data).all() or (matrix.data < 0).any():
        seen = "weights that are negative or not finite"
        return [*faults, Fault(seen, "weights of zero or more", "Mend the weights.")]
    sums = np.asarray(matrix.sum(axis=1)).ravel()
    empty = [neighbours.cities[i] for i in np.flatnonzero(sums == 0)]
    faults += [_cities_fault("islands, cities without neighbours,", empty)] if empty else []
    if (np.abs(sums[sums > 0] - 1) > ROW_SUM_TOLERANCE).any():
        seen = f"rows that sum to {sums[sums > 0].min():.6g} up to {sums.max():.6g}"
        faults.append(Fault(seen, "rows that sum to 1", "Use row_standardised=True."))
    if (matrix.diagonal() != 0).any():
        faults.append(Fault("a city that is its own neighbour", "a zero diagonal", "Remove it."))
    return faults


def _cities_fault(what: str, cities: list[str]) -> Fault:
    some = ", ".join(cities[:5]) + (" …" if len(cities) > 5 else "")
    return Fault(
        f"{what} {len(cities)} cities ({some})",
        "weights for exactly the cities of the panel, each with a neighbour",
        "Build them with Neighbours.from_pairs(pairs, cities=panel.cities); drop islands from "
        "the panel or give them a neighbour.",
    )

"""A forecast for the commands that need one: China's units, or a panel of the user's."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING, Any

from econshrink.cli.figures import add_data, panel_of

if TYPE_CHECKING:
    from econshrink.nouns.forecast import Forecast
    from econshrink.nouns.panel import CityPanel

SOUND = ("reported", "rebased")  # statuses of China's figures that a forecast starts from
COUNTED = 2020  # the census from which China's losses are counted


def add_projection(parser: argparse.ArgumentParser) -> None:
    """Options of a forecast."""
    parser.add_argument("--to", type=int, metavar="YEAR", help="last year (default: six years on)")
    parser.add_argument("--origin", type=int, metavar="YEAR", help="last year that is used")
    parser.add_argument(
        "--base", type=int, metavar="YEAR", help="losses count from it (default: China 2020)"
    )
    parser.add_argument(
        "--variable", default="population", metavar="COLUMN", help="persons (default: population)"
    )
    parser.add_argument("--group", metavar="COLUMN", help="units of a group share shocks")
    parser.add_argument("--draws", type=int, default=1000, help="joint draws (default: 1000)")
    parser.add_argument("--seed", type=int, help="seed of the draws (default: the package's)")
    add_data(parser)


def forecast_of(options: argparse.Namespace) -> Forecast:
    """Half damped drift, half no change; spread from each model's own past errors.

    Units without a recent figure or a base are left out and named in the notes.
    """
    from dataclasses import replace  # noqa: PLC0415

    from econshrink.cli.progress import stages  # noqa: PLC0415
    from econshrink.core.errors import DataError, Fault  # noqa: PLC0415
    from econshrink.forecast import Drift, Mixture, NoChange, bridge, unusable  # noqa: PLC0415
    from econshrink.forecast.projection import project  # noqa: PLC0415

    own = bool(options.data or options.yearbook)
    with stages("reading", "projecting") as done:
        panel = panel_of(options, _china)
        origin = options.origin or panel.years[-1]
        base_year = options.base or (origin if own else COUNTED)
        view, _ = bridge(_view(options, panel, origin, own))
        base = panel.wide(options.variable).reindex(columns=[base_year])[base_year]
        gone = unusable(view, base)
        kept = [unit for unit in view.cities if unit not in gone.index]
        if not kept:
            seen = f"no unit that can be projected from {origin} ({gone.iloc[0]})"
            raise DataError(Fault(seen, "some years of figures", "Try another --origin or --base."))
        small, _ = bridge(_view(options, panel.select(cities=kept), origin, own))
        done()
        made = project(
            small,
            Mixture((Drift(damping=0.8), NoChange()), (0.5, 0.5)),
            options.to or origin + 6,
            base,
            base_year,
            options.draws,
            options.seed,
        )
        done()
    lost = [
        f"{len(units)} units left out, {reason}: {', '.join(map(str, list(units)[:5]))}"
        f"{' …' if len(units) > 5 else ''}."
        for reason, units in gone.groupby(gone).groups.items()
    ]
    return replace(made, notes=(*made.notes, *lost))


def _china() -> CityPanel:
    """Annual figures on the territory of the last year."""
    from econshrink.data import (  # noqa: PLC0415
        load_boundary_changes,
        load_china,
        rebase_boundaries,
    )

    return rebase_boundaries(load_china(), load_boundary_changes())


def _view(options: argparse.Namespace, panel: CityPanel, origin: int, own: bool) -> Any:
    """What was known at the origin; China's figures as far as they were out a year later."""
    from dataclasses import replace  # noqa: PLC0415

    from econshrink.core.errors import Fault, SpecError  # noqa: PLC0415
    from econshrink.data import Publication, load_adjacency, pseudo_vintage  # noqa: PLC0415
    from econshrink.forecast import information_set  # noqa: PLC0415

    if options.variable not in panel.variables:
        known = ", ".join(panel.variables)
        remedy = "Name one with --variable."
        raise SpecError(Fault(f"no variable '{options.variable}'", f"one of {known}", remedy))
    if not panel.years[0] < origin <= panel.years[-1]:
        seen = f"origin {origin} of figures {panel.years[0]}–{panel.years[-1]}"
        raise SpecError(Fault(seen, "a year inside them", "Choose another --origin."))
    if not own:
        vintage = pseudo_vintage(panel, origin + 1, Publication(rewritten={"rebased": 0})).panel
        return information_set(
            vintage,
            origin,
            variable=options.variable,
            usable=SOUND,
            pairs=load_adjacency(),
            cities=panel.cities,
        )
    known_then = panel.select(years=[year for year in panel.years if year <= origin])
    group = options.group or "(all units)"
    if options.group is None:
        attributes = panel.attributes.reindex(list(panel.cities)).assign(**{group: "all"})
        known_then = replace(known_then, attributes=attributes)
    elif group not in panel.attributes.columns:
        known = ", ".join(map(str, panel.attributes.columns)) or "none"
        raise SpecError(Fault(f"--group {group}", f"a fixed column ({known})", "Name another."))
    view = information_set(
        known_then, origin, variable=options.variable, group=group, cities=panel.cities
    )
    return replace(view, censuses=())

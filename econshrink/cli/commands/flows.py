"""``econshrink flows``: who gains and who loses by flows between cities."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING, Any

from econshrink.cli.figures import add_data
from econshrink.cli.output import add_output, emit, records

if TYPE_CHECKING:
    import pandas as pd

    from econshrink.nouns.flows import FlowNetwork

NAME = "flows"
HELP = "measure flows between cities: in, out, net, effectiveness, reciprocity"
EXAMPLES = (
    "flows",
    "flows --data moves.csv --out strengths.csv",
    "flows --data moves.xlsx --json",
    "flows --data moves.csv --origin from --destination to --flow movers",
)
ROLES = ("origin", "destination", "flow", "year")


def add(parser: argparse.ArgumentParser) -> None:
    """Add the options."""
    parser.description = (
        f"{HELP[0].upper()}{HELP[1:]}. Embedded: one week of mobility in Beijing-Tianjin-Hebei. "
        "A file has columns origin, destination, flow and, for several years, year, or others that "
        "you name; every pair of cities in a row of its own, 0 where nobody moved."
    )
    add_data(parser, unit=False, time=False, yearbook=False)
    for role in ROLES:
        parser.add_argument(f"--{role}", metavar="COLUMN", help=f"column of it (default: {role})")
    add_output(parser)


def run(options: argparse.Namespace) -> int:
    """Measure and print."""
    from econshrink.data import load_flows, read_flow_list  # noqa: PLC0415

    if options.data is None:
        networks: list[FlowNetwork] = [load_flows()]
    else:
        named = {role: getattr(options, role) for role in ROLES}
        columns = {role: name for role, name in named.items() if name}
        label = options.data.name
        networks = list(read_flow_list(options.data, columns=columns, label=label))
    emit(
        options,
        lambda: "\n\n".join(_text(network) for network in networks),
        lambda: [_tree(network) for network in networks],
        lambda: _stacked(networks),
    )
    return 0


def _strengths(network: FlowNetwork) -> pd.DataFrame:
    from econshrink.flows import strengths  # noqa: PLC0415

    table = strengths(network)
    if network.names_en:
        table.insert(0, "name", list(network.names_en))
    return table


def _text(network: FlowNetwork) -> str:
    from econshrink.nouns.show.page import Page, frame_grid, share  # noqa: PLC0415
    from econshrink.nouns.show.text import as_text  # noqa: PLC0415

    whole = _whole(network)
    facts = tuple((name.capitalize(), share(value)) for name, value in whole.items())
    grid = frame_grid(_strengths(network), most=max(network.count, 2))
    return f"{network}\n\n{as_text(Page('Strengths', '', facts, (grid,)))}"


def _whole(network: FlowNetwork) -> dict[str, float]:
    from econshrink.flows import network_effectiveness, network_reciprocity  # noqa: PLC0415

    return {
        "effectiveness": network_effectiveness(network.flows),
        "reciprocity": network_reciprocity(network.flows),
    }


def _tree(network: FlowNetwork) -> dict[str, Any]:
    return {
        "label": network.label,
        "year": network.year,
        "kind": network.kind,
        **_whole(network),
        "cities": records(_strengths(network)),
        "notes": list(network.notes),
        "synthetic": network.synthetic,
    }


def _stacked(networks: list[FlowNetwork]) -> pd.DataFrame:
    import pandas as pd  # noqa: PLC0415

    tables = [_strengths(network) for network in networks]
    for table, network in zip(tables, networks, strict=True):
        table.insert(0, "year", network.year)
    return pd.concat(tables)

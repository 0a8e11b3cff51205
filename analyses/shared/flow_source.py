"""The flows the network exhibits run on: the user's file, or a labelled synthetic network."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd

from analyses.machinery.user_files import FLOWS
from econshrink import DataError, Fault, FlowPanel
from econshrink.core.errors import raise_all
from econshrink.core.seeds import MASTER_SEED
from econshrink.data import load_units, read_flow_list
from econshrink.lab import BALANCED, CORE, LOSER, RECEIVER, TWO_WAY, FlowSettings, plant_roles

# What the report says of each city (R2.1–R2.4); cities it does not name are planted as balanced.
CLAIMED = {
    "110000": CORE,
    "120000": CORE,
    "131100": TWO_WAY,
    "131000": TWO_WAY,
    "130600": RECEIVER,
    "130100": RECEIVER,
    "130900": LOSER,
    "130400": LOSER,
    "130800": LOSER,
}
FIRST_YEAR, YEARS, PER_PAIR, KAPPA = 2019, 5, 60.0, 0.005
KM_PER_DEGREE = 111.2


def load_flows(root: Path) -> FlowPanel:
    """The user's flows if there are any, else the synthetic network of the 13 units."""
    file = root / FLOWS
    return user_flows(file) if file.is_file() else synthetic_flows()


def region() -> pd.DataFrame:
    """The 13 units of Beijing, Tianjin and Hebei."""
    units = load_units()
    return units[units["in_bth"] & units["valid_2020"]]


def synthetic_flows() -> FlowPanel:
    """Planted roles on the real map: the claims of the report, made true by construction."""
    units = region()
    lon, lat = units["lon"].to_numpy(), units["lat"].to_numpy()
    x = (lon - lon[0]) * KM_PER_DEGREE * np.cos(np.radians(lat.mean()))
    y = (lat - lat[0]) * KM_PER_DEGREE
    settings = FlowSettings(
        roles=planted_roles(tuple(units.index)),
        sites=tuple(zip(x.tolist(), y.tolist(), strict=True)),
        flow_per_pair=PER_PAIR,
        inverse_shape=KAPPA,
        years=YEARS,
    )
    planted = plant_roles(settings, MASTER_SEED)
    return FlowPanel(
        tuple(
            replace(
                network,
                cities=tuple(units.index),
                names_en=tuple(units["name_en"]),
                names_zh=tuple(units["name_zh"]),
                coordinates=np.column_stack([lon, lat]),
                year=FIRST_YEAR + number,
                label="a synthetic network with planted roles",
            )
            for number, network in enumerate(planted.panel)
        )
    )


def planted_roles(cities: tuple[str, ...]) -> tuple[str, ...]:
    """Roles planted in the synthetic network."""
    return tuple(CLAIMED.get(code, BALANCED) for code in cities)


def user_flows(file: Path) -> FlowPanel:
    """Read a list of flows between units given by code, English or Chinese name."""
    panel = read_flow_list(file, label="the user's flows")
    units = load_units().query("valid_2020")
    codes = [_code(city, units) for city in panel.networks[0].cities]
    raise_all(
        DataError,
        [
            Fault(
                f"city '{city}'",
                "a six-digit code, or a name that one unit alone has",
                "Write the code of the unit.",
                file.name,
            )
            for city, code in zip(panel.networks[0].cities, codes, strict=True)
            if code is None
        ],
    )
    known = units.loc[[code for code in codes if code is not None]]
    return FlowPanel(
        tuple(
            replace(
                network,
                cities=tuple(known.index),
                names_en=tuple(known["name_en"]),
                names_zh=tuple(known["name_zh"]),
                coordinates=known[["lon", "lat"]].to_numpy(),
            )
            for network in panel
        )
    )


def _code(city: str, units: pd.DataFrame) -> str | None:
    if city in units.index:
        return city
    short = units["name_zh"].str.removesuffix("市")
    hits = units.index[(units["name_en"] == city) | (units["name_zh"] == city) | (short == city)]
    return str(hits[0]) if len(hits) == 1 else None

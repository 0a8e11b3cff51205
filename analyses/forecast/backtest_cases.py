"""Cases of the backtest as its exhibits use them: with regions, and by horizon."""

from __future__ import annotations

import pandas as pd

from analyses.machinery.workspace import Workspace
from analyses.shared.forecast_setup import FIRST_TRUTH
from econshrink import Backtest
from econshrink.data import load_units

Cases = dict[str, pd.DataFrame]


def loaded_cases(work: Workspace) -> Cases:
    """Cases against published figures and closed series, with the region."""
    region = load_units()["region"].astype(str)
    cases: Cases = {}
    for kind, name in (("published", "backtest"), ("closed", "closed")):
        held: Backtest = work.load("forecast_scores", name)
        cases[kind] = held.cases.assign(region=held.cases["city"].map(region))
    return cases


def late(cases: pd.DataFrame, horizon: int, post: bool = False) -> pd.DataFrame:
    """Cases of one horizon with targets from 2020 on, or origins from 2020 on."""
    since = cases["origin"] if post else cases["origin"] + cases["horizon"]
    return cases[(cases["horizon"] == horizon) & (since >= FIRST_TRUTH)]

"""Tables on disk in the forms that users keep them in."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

KINDS = ("csv", "dta", "xlsx")


def write(table, path: Path):
    """Write a table in the form of the ending."""
    if path.suffix == ".dta":
        table.to_stata(path, write_index=False)
    elif path.suffix == ".xlsx":
        table.to_excel(path, index=False)
    else:
        table.to_csv(path, index=False)
    return path


@pytest.fixture(params=KINDS)
def firms(request, tmp_path):
    """Firms and years with an outcome, covariates, an instrument and places."""
    rng = np.random.default_rng(5)
    table = pd.DataFrame({"firm": np.repeat([f"{i:03d}" for i in range(12)], 8)})
    table["t"] = np.tile(np.arange(2000, 2008), 12)
    table["cost"] = rng.normal(size=96)
    shared = rng.normal(size=96)
    table["x"] = table["cost"] + shared
    table["z"] = rng.normal(size=96)
    table["y"] = 2 * table["x"] + shared + 0.1 * rng.normal(size=96)
    table["moves"] = rng.poisson(np.exp(0.3 * table["z"] + 1)).astype(float)
    table["latitude"] = np.repeat(np.linspace(30, 31, 12), 8)
    table["longitude"] = np.repeat(np.linspace(110, 111, 12), 8)
    return write(table, tmp_path / f"firms.{request.param}")


@pytest.fixture(params=KINDS)
def durations(request, tmp_path):
    """Firms with the time until they closed."""
    rng = np.random.default_rng(9)
    table = pd.DataFrame({"firm": [f"f{i}" for i in range(80)], "x": rng.normal(size=80)})
    table["years"] = np.ceil(rng.exponential(4 * np.exp(-0.5 * table["x"]))).clip(None, 6)
    table["closed"] = (table["years"] < 6).astype(int)
    table["trade"] = np.where(np.arange(80) % 2, "ore", "rail")
    return write(table, tmp_path / f"durations.{request.param}")


@pytest.fixture(params=KINDS[:2])
def towns(request, tmp_path):
    """Towns that lose people, with codes that begin with zero, in two states."""
    rng = np.random.default_rng(3)
    rows = []
    for place in range(12):
        level = 1e5 * (1 + place)
        for year in range(2000, 2021):
            level *= np.exp(0.002 * (place - 8) + 0.004 * rng.normal())
            rows.append((f"{place:05d}", year, round(level), "A" if place < 6 else "B"))
    table = pd.DataFrame(rows, columns=["fips", "when", "people", "state"])
    return write(table, tmp_path / f"towns.{request.param}")


@pytest.fixture(params=KINDS[::2])
def ages(request, tmp_path):
    """Ages of two units in 2010 and 2015, and the survival of a nation between."""
    bounds = [5 * k for k in range(18)]
    rows = [
        (unit, year, sex, age, 1000 + 10 * age + (50 if year == 2015 else 0), region)
        for unit, region in (("u1", "north"), ("u2", "south"))
        for year in (2010, 2015)
        for sex in ("male", "female")
        for age in bounds
    ]
    columns = ["unit", "year", "sex", "age_from", "population", "region"]
    survival = pd.DataFrame(
        [(sex, 2010, age, 0.97) for sex in ("male", "female") for age in [-5, *bounds]],
        columns=["sex", "year_from", "age_from", "survival"],
    )
    return (
        write(pd.DataFrame(rows, columns=columns), tmp_path / f"ages.{request.param}"),
        write(survival, tmp_path / f"survival.{request.param}"),
    )


@pytest.fixture(params=KINDS[::2])
def moves(request, tmp_path):
    """Moves between three cities in two years."""
    pairs = [(a, b) for a in "abc" for b in "abc" if a != b]
    rows = [(a, b, ord(a) - 90 + year % 7, year) for year in (2010, 2011) for a, b in pairs]
    table = pd.DataFrame(rows, columns=["origin", "destination", "flow", "year"])
    return write(table, tmp_path / f"moves.{request.param}")

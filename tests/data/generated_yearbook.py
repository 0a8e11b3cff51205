"""A yearbook file with made-up jobs, wages, investment and prices for real cities."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

from econshrink.data import load_china
from econshrink.seeds import generator

HEADINGS = {
    "jobs": "城镇单位从业人员期末人数（万人）",
    "wage": "在岗职工平均工资（元）",
    "investment": "房地产开发投资完成额（亿元）",
    "price": "商品房平均销售价格（元/平方米）",
}


def write_generated_yearbook(path: Path, cities: int = 80, columns=tuple(HEADINGS)) -> pd.DataFrame:
    """Write a long csv in GB18030; return the figures in our units."""
    rng = generator("test.generated_yearbook")
    panel = load_china()
    covered = panel.wide("population").loc[:, 2009:2018].notna().all(axis=1)
    chosen = covered.index[covered][:cities]
    years = range(2009, 2019)
    index = pd.MultiIndex.from_product([chosen, years], names=["city", "year"])
    n = len(index)
    steps = rng.normal(0.03, 0.04, size=(cities, len(years))).cumsum(axis=1).ravel()
    frame = pd.DataFrame(
        {
            "jobs": np.round(np.exp(3 + steps + rng.normal(0, 0.01, n)), 2),
            "wage": np.round(40_000 * np.exp(2 * steps)),
            "investment": np.round(np.exp(4 + rng.normal(0, 0.5, n)), 2),
            "price": np.round(4_000 * np.exp(steps + rng.normal(0, 0.02, n))),
        },
        index=index,
    )
    names = panel.attributes["name_zh"]
    table = frame[list(columns)].reset_index()
    table.insert(0, "城市", names.reindex(table["city"]).to_numpy())
    table = table.rename(columns={"year": "年份", **HEADINGS}).drop(columns="city")
    path.write_bytes(table.to_csv(index=False).encode("gb18030"))
    return frame

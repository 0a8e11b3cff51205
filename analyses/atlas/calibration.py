"""How well past forecasts did, for the atlas: coverage, reliability, the targets set before."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from econshrink import Backtest, load
from econshrink.data import load_units
from econshrink.forecast import calibration_curve, coverage, score
from econshrink.report import Item, Sheet, Text

HORIZON, SINCE = 5, 2020
EVENT = "05"
REGIONS = {
    "east": Text("East", "东部"),
    "central": Text("Centre", "中部"),
    "west": Text("West", "西部"),
    "northeast": Text("Northeast", "东北"),
}
_MODELS = {
    "mixture": Text("mixture (the model of the forecast)", "混合（预测所用模型）"),
    "stacked": Text("stacked models", "叠加模型"),
    "no_change": Text("no change", "不变"),
    "last value": Text("last value", "末值"),
    "drift": Text("drift", "漂移"),
    "damped": Text("damped drift", "阻尼漂移"),
    "damped drift": Text("damped drift", "阻尼漂移"),
}


def sheets(found: Mapping[str, Any], build: Path) -> list[Sheet]:
    """Reliability of the model used and scores of all, or nothing if no backtest was built."""
    path = build / "nouns" / "forecast_scores" / "backtest.npz"
    if not path.is_file():
        return []
    tested: Backtest = load(path)
    used = next(
        (name for name in ("mixture", str(found.get("forecast.winner.key"))) if name
         in tested.models), tested.models[0],
    )  # fmt: skip
    return [_reliability(tested, used), _covered(tested, used), _scores(tested, used)]


def _name(model: str) -> Text:
    return _MODELS.get(model, Text(model, model))


def _reliability(tested: Backtest, used: str) -> Sheet:
    cases = tested.of(HORIZON, SINCE)
    own = cases[cases["model"] == used]
    event = EVENT if f"chance_{EVENT}" in own else "00"
    chance, came = own[f"chance_{event}"].to_numpy(), own[f"event_{event}"].to_numpy()
    known = np.isfinite(chance) & np.isfinite(came)
    curve = calibration_curve(chance[known], came[known])
    loss = f"{int(event)}%"
    return Sheet(
        "reliability",
        Text(f"Stated and observed, loss of {loss}, {HORIZON} years ahead: {_name(used).en}",
             f"预测概率与实际频率，损失{loss}，{HORIZON}年期：{_name(used).zh}"),
        (Text("Stated probability", "预测概率"), Text("Observed", "实际频率"),
         Text("Low (95%)", "下限（95%）"), Text("High (95%)", "上限（95%）"),
         Text("Cases", "案例数")),
        tuple(
            tuple(Item(float(value), form) for value, form in
                  zip(row, ("share", "share", "share", "share", "persons"), strict=True))
            for row in zip(curve.probability, curve.frequency, curve.low, curve.high, curve.cases,
                           strict=True)
        ),
        (Text(f"Origins whose target lies in {SINCE} or later; figures as they were known then.",
              f"目标年在{SINCE}年及以后的起点；使用当时已知的数据。"),),
    )  # fmt: skip


def _covered(tested: Backtest, used: str) -> Sheet:
    """Share of truths inside the central 80% interval, by region and horizon."""
    region = load_units()["region"].astype(str)
    rows = []
    for horizon in sorted(tested.cases["horizon"].unique().tolist()):
        cases = tested.of(int(horizon), SINCE)
        cases = cases[cases["model"] == used].assign(region=lambda c: c["city"].map(region))
        inside = coverage(cases, "region").loc[used]
        rows.append((Item(float(horizon), "persons"),
                     *(Item(float(inside[name]), "whole") for name in REGIONS)))  # fmt: skip
    return Sheet(
        "coverage",
        Text(f"Truths inside the central 80% interval: {_name(used).en}",
             f"落入80%区间的比例：{_name(used).zh}"),
        (Text("Years ahead", "预测年数"), *REGIONS.values()),
        tuple(rows),
        (Text("A share far below 80% says that intervals of that region are too narrow.",
              "比例远低于80%说明该区域的区间偏窄。"),),
    )  # fmt: skip


def _scores(tested: Backtest, used: str) -> Sheet:
    against = next((m for m in ("last value", "no_change") if m in tested.models),
                   tested.models[0])  # fmt: skip
    table = score(tested, against)
    rows = []
    for (horizon, model), row in table.iterrows():  # type: ignore[misc]
        if model == used or str(model) in _MODELS:
            rows.append((
                Item(_name(str(model)), "text"),
                Item(float(horizon), "persons"),
                Item(float(row["mape"]), "share"),
                Item(float(row["crps"]), "number"),
                Item(float(row["gain"]), "points"),
                Item(float(row["inside80"]), "whole"),
            ))  # fmt: skip
    return Sheet(
        "scores",
        Text("Scores of past forecasts", "历史预测得分"),
        (Text("Model", "模型"), Text("Years ahead", "预测年数"),
         Text("Absolute error of the median", "中位数绝对误差"),
         Text("CRPS, log points", "CRPS（对数点）"),
         Text(f"Gain over {_name(against).en}", f"较{_name(against).zh}的改进"),
         Text("Inside the 80% interval", "落入80%区间")),
        tuple(rows),
    )  # fmt: skip

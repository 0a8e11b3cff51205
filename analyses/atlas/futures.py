"""What may come, for the atlas: the locked prediction, its variants, the scenarios."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from analyses.atlas.what_if import COMMON, scenario_words
from analyses.machinery.fingerprint import Sources
from analyses.shared.forecast_parts import headline, last_figures, left_out, projected_units
from analyses.shared.forecast_setup import LAST_YEAR
from econshrink import DataError, Fault, load, save
from econshrink.atlas import future_of, no_forecast_text
from econshrink.core.files import write_file
from econshrink.forecast import (
    already_lost,
    growth_paths,
    probability_drivers,
)
from econshrink.report import Future, Text

DRAWS, LOSS = 4000, 0.05
YEARS = (2030, 2035)
AHEAD = YEARS[0]
LEVELS = (0.05, 0.1, 0.25, 0.5, 0.75, 0.9, 0.95)
FORECAST = Text("Forecast", "预测")
PRESENT = Text("Present model, not locked", "现行模型，未锁定")
SCENARIOS = Text("What if (cohort projection, no forecast)", "假设情景（队列推算，非预测）")
DRIVER_TITLES = {
    "base": Text("With none of these", "以下皆无时"),
    "since": Text("Change since the census of 2020", "2020年普查以来的变化"),
    "nation": Text("The nation's trend", "全国趋势"),
    "province": Text("The province's trend", "全省趋势"),
    "city": Text("Its own trend", "自身趋势"),
}
Frames = dict[str, pd.DataFrame]


def last_locked(root: Path) -> Path:
    """File of the latest locked prediction."""
    return max((root / "paper" / "forecasts").glob("*.csv"))


def locked_table(root: Path) -> pd.DataFrame:
    """The locked prediction, if its digest is the one recorded.

    Raises
    ------
    DataError
        The file changed.
    """
    path = last_locked(root)
    record = json.loads(path.with_suffix(".json").read_text(encoding="utf-8"))
    found = hashlib.sha256(path.read_bytes()).hexdigest()
    if found != record["sha256"]:
        seen = f"{path.name} with digest {found[:12]}…"
        raise DataError(Fault(seen, f"digest {record['sha256'][:12]}…", "Restore it."))
    return pd.read_csv(path, dtype={"city": "str"})


def computed(root: Path, folder: Path, say: Callable[[str], None]) -> Frames:
    """Frames that take seconds; made once for a state of the code, then read."""
    key = Sources(root).of("analyses.atlas.futures")
    mark, file = folder / "futures.key", folder / "futures.npz"
    if file.is_file() and mark.is_file() and mark.read_text(encoding="utf-8") == key:
        held: Frames = load(file)
        return held
    say("atlas: computing variants of the forecast (once for a state of the code)")
    frames = _compute()
    save(frames, file)
    write_file(mark, key)
    return frames


def _compute() -> Frames:
    made = headline(DRAWS)
    frames: Frames = {}
    people = made.of("people").units
    for name, forecast in (("published", made.units), ("people", people)):
        frames |= _frames(name, future_of(forecast, name, FORECAST, FORECAST, YEARS))
    view, _ = projected_units()
    since = view.at(view.origin) - np.log(made.units.base)
    parts = {"since": since, **growth_paths(view, AHEAD - view.origin)}
    frames["drivers"] = probability_drivers(made.units, parts, LOSS, AHEAD)
    frames["already"] = already_lost(made.units, last_figures(), LOSS, AHEAD)[["share", "lost"]]
    gone, _ = left_out()
    frames["gone"] = gone.rename("reason").to_frame()
    return frames


def _frames(name: str, future: Future) -> Frames:
    """A future as frames: chances, numbers of units, quantiles one after the other."""
    held = {
        f"{name}.chances": future.chances,
        f"{name}.expected": pd.DataFrame(future.expected, index=["low", "middle", "high"]),
    }
    if future.quantiles:
        held[f"{name}.quantiles"] = pd.concat(future.quantiles, names=["level"])
    return held


def futures(
    root: Path, frames: Frames, scenarios: pd.DataFrame, found: Mapping[str, Any]
) -> list[Future]:
    """The locked prediction first; the present model if it says something else; what-ifs."""
    month, locked = last_locked(root).stem, locked_table(root)
    names = ("p_loss05", "p_loss05_people", *(f"q{100 * level:g}" for level in LEVELS))
    wide = {name: locked.pivot(index="city", columns="year", values=name) for name in names}
    quantiles = {level: wide[f"q{100 * level:g}"] for level in LEVELS}
    same = reproduced(locked, frames)
    note = Text(
        f"Locked {month}, before the figures it foretells were out: 4,000 joint draws from "
        f"figures to {LAST_YEAR}. The published figure of 2030 will be a census, which may "
        "rebase: the fan holds that.",
        f"{month}锁定，先于其所预测的数据公布：由截至{LAST_YEAR}年的数据作4,000次联合抽样。"
        "2030年的公布数将是普查数，可能重新核定：扇形包含此不确定性。",
    )
    bare = Text("People, without what a census may rebase.", "真实人口，不含普查重新核定。")
    years = list(YEARS)
    published = Text("Published figures, with rebasing", "公布数据（含普查核定）")
    people = Text("People, without rebasing", "真实人口（不含核定）")
    now = {
        "published": Text("Present model: published figures", "现行模型：公布数据"),
        "people": Text("Present model: people", "现行模型：真实人口"),
    }
    made = [
        Future("locked", published, wide["p_loss05"][years], quantiles,
               _expected(frames, "published") if same else {}, FORECAST, note, "locked",
               "people" if same else "now_people"),
        Future("people", people, wide["p_loss05_people"][years],
               _quantiles(frames, "people") if same else {},
               _expected(frames, "people") if same else {}, FORECAST, bare, "locked"),
    ]  # fmt: skip
    if not same:
        moved = Text(
            f"Computed now: figures were corrected since {month}, which stays as it was locked "
            "and will be scored.",
            f"现算：{month}之后数据有更正；锁定预测保持原样，待评分。",
        )
        with_census = Text("With what the census of 2030 may correct.", "含2030年普查可能的核定。")
        for key, beside, words in (("published", "now_people", with_census), ("people", "", bare)):
            made.append(Future(
                f"now_{key}", now[key], frames[f"{key}.chances"], _quantiles(frames, key),
                _expected(frames, key), PRESENT, words, beside=beside, common=moved,
            ))  # fmt: skip
    for place, (name, part) in enumerate(scenarios.groupby("scenario", sort=False)):
        chances = part.set_index("city")[[f"p{year}" for year in YEARS]]
        title, words = scenario_words(str(name), found)
        made.append(Future(f"if_{place}", title, chances.set_axis(years, axis=1),
                           group=SCENARIOS, note=words, common=COMMON))  # fmt: skip
    return made


def reproduced(locked: pd.DataFrame, frames: Frames) -> bool:
    """Whether the present model still gives the locked medians, to the person."""
    then = locked.pivot(index="city", columns="year", values="q50")
    now = _quantiles(frames, "published")[0.5].reindex(then.index)
    return bool((then - now).abs().max().max() <= 1)


def _expected(frames: Frames, name: str) -> dict[int, tuple[float, float, float]]:
    table = frames[f"{name}.expected"]
    return {int(str(year)): (float(table.loc["low", year]), float(table.loc["middle", year]),
                             float(table.loc["high", year])) for year in table}  # fmt: skip


def _quantiles(frames: Frames, name: str) -> dict[float, pd.DataFrame]:
    table = frames[f"{name}.quantiles"]
    return {float(str(level)): table.xs(level, level="level")
            for level in table.index.unique("level")}  # fmt: skip


def without(units: list[str], locked: pd.DataFrame, gone: pd.DataFrame) -> dict[str, Text]:
    """A line for every unit that the locked prediction does not hold."""
    held = set(locked["city"])
    reasons = gone["reason"].to_dict()
    return {unit: no_forecast_text(str(reasons.get(unit, ""))) for unit in units
            if unit not in held}  # fmt: skip

"""The atlas of the paper, assembled and written to ``build/atlas.html``."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pandas as pd

from analyses.atlas import what_if
from analyses.atlas.calibration import sheets
from analyses.atlas.claims import MEANING, claims
from analyses.atlas.futures import (
    AHEAD,
    DRIVER_TITLES,
    LAST_YEAR,
    LOSS,
    computed,
    futures,
    locked_table,
    reproduced,
    without,
)
from analyses.atlas.talent import region
from econshrink import DataError, Fault, load
from econshrink.atlas import (
    ChinaFigures,
    agreement,
    china_atlas,
    citation,
    data_digest,
    grid_of,
)
from econshrink.report import AtlasContent, Classes, Measure, Text, write_atlas
from econshrink.shrinkage import Multiverse

START = ("residents census 2020", "2010–2020", "census_loss")
NEEDED = ("multiverse/counts.npz", "scenarios/units.npz", "typology/paths.npz")
_PATHS = {
    "smart shrinkage": Text("smart shrinkage", "精明收缩"),
    "resource": Text("resource-based renewal", "资源转型"),
    "cultural tourism": Text("culture and tourism", "文化旅游"),
    "ecological": Text("ecology", "生态"),
    "regional collaboration": Text("regional collaboration", "区域协作"),
}
METHOD = (
    Text(
        "Every number was computed by the package and stands in results.json, in the frame of an "
        "exhibit, or in the locked prediction; the browser only selects and sorts.",
        "所有数字由软件包算出，来自results.json、论文图表的数据框或锁定预测；浏览器只做选择与排序。",
    ),
    Text(
        "Published annual figures are wrong before 2020 in many units: the census of 2020 rebased "
        "them. Series closed to the censuses give decade means, no yearly movements; labels are "
        "shown on both.",
        "许多单位2020年以前的公布数据有误，2020年普查后重新核定。闭合序列只给出十年平均，不反映逐年"
        "波动；两类序列的判定都列出。",
    ),
    Text(
        "Detection is not onset: a rule of three annual falls knows only in the third year.",
        "识别不等于起始：连续三年下降的规则要到第三年才能判定。",
    ),
    Text(
        "Probabilities come from joint draws of all units and the nation. Below: how past "
        "forecasts did, also by region.",
        "概率来自所有单位与全国的联合抽样。历史预测的表现（含分区域）见下。",
    ),
)


def write(root: Path, say: Callable[[str], None] = print) -> Path:
    """Assemble and write; the path of the file.

    Raises
    ------
    DataError
        The paper's results are not built.
    """
    began = time.monotonic()
    path = write_atlas(paper_atlas(root, say), root / "build" / "atlas.html")
    size = path.stat().st_size / 1e6
    say(f"atlas: {path} ({size:.2f} MB, {time.monotonic() - began:.1f} s)")
    return path


def paper_atlas(root: Path, say: Callable[[str], None] = print) -> AtlasContent:
    """Everything the atlas of the paper shows."""
    build = root / "build"
    nouns = build / "nouns"
    lost = [name for name in NEEDED if not (nouns / name).is_file()]
    if lost or not (build / "results.json").is_file():
        seen = f"a build without {', '.join(lost) or 'results.json'}"
        raise DataError(Fault(seen, "the results of the paper", "Run `make paper` first."))
    entries = json.loads((build / "results.json").read_text(encoding="utf-8"))
    found: dict[str, Any] = {key: entry["value"] for key, entry in entries.items()}
    figures = ChinaFigures.read()
    title = Text("atlas of the paper on shrinking cities in China", "中国收缩城市论文图集")
    base = china_atlas(figures, citation(title), data_digest())
    runs = Multiverse(
        load(nouns / "multiverse" / "counts.npz"),
        _numbered(load(nouns / "multiverse" / "labels.npz")),
        load(nouns / "multiverse" / "skipped.npz"),
    )
    frames = computed(root, build / "atlas", say)
    locked = locked_table(root)
    same = reproduced(locked, frames)
    path, chance = _paths(load(nouns / "typology" / "paths.npz"))
    lines = without(list(base.remarks), locked, frames["gone"])
    remarks = {
        unit: (*((lines[unit],) if unit in lines else ()), *held)
        for unit, held in base.remarks.items()
    }
    return replace(
        base,
        measures=[*base.measures, agreement(runs), _already(frames["already"]), chance],
        attributes={**base.attributes, "path": (Text("Path (losing units)", "转型路径"), path)},
        grid=grid_of(runs, START),
        futures=futures(root, frames, load(nouns / "scenarios" / "units.npz"), found),
        loss=LOSS,
        drivers=frames["drivers"],
        driver_titles=DRIVER_TITLES,
        driver_note=_whose(same),
        driver_future="locked" if same else "now_published",
        remarks=remarks,
        region=region(found, build),
        claims=claims(found),
        claims_note=MEANING,
        sheets=[*what_if.sheets(found), *sheets(found, build)],
        method=METHOD,
    )


def _whose(locked: bool) -> Text:
    """Whose probability the drivers add up to."""
    if locked:
        return Text(f"Locked probability, {AHEAD}.", f"锁定预测在{AHEAD}年的概率。")
    return Text(f"Present model, {AHEAD}.", f"现行模型在{AHEAD}年的概率。")


def _numbered(labels: pd.DataFrame) -> pd.DataFrame:
    """Columns as whole numbers, as `counts` names the runs."""
    return labels.set_axis([int(run) for run in labels.columns], axis=1)


def _paths(table: pd.DataFrame) -> tuple[pd.Series, Measure]:
    """Most probable path of transformation, and how probable."""
    path = table["path"].map(_PATHS)
    note = Text("Of the path that the structure of a losing unit points to.",
                "收缩单位结构所指路径的概率。")  # fmt: skip
    title = Text("Probability of its path", "所指路径的概率")
    return path, Measure("path_probability", title, table["probability"], "whole", "rules", note)


def _already(table: pd.DataFrame) -> Measure:
    return Measure(
        "already_lost",
        Text(f"Share of a 5% loss already gone in {LAST_YEAR}",
             f"到{LAST_YEAR}年5%损失中已发生的比例"),
        table["share"],
        "whole",
        "risk",
        Text(f"Against 2020; a probability in {AHEAD} rests on it and on what is still to come.",
             f"相对2020年；{AHEAD}年的概率由此与将来变化共同决定。"),
        Classes((0.001, 0.25, 0.5, 0.75, 0.999)),
    )  # fmt: skip

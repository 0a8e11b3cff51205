"""The atlas of China as far as embedded figures and the package carry it."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import replace
from importlib.resources import files

from econshrink import __version__
from econshrink.atlas.china import ChinaFigures, china_atlas
from econshrink.atlas.futures import china_futures
from econshrink.atlas.rules import agreement, china_runs, grid_of
from econshrink.report import AtlasContent, Text

START = ("residents census 2020", "2010–2020", "census_loss")
PAPER_ONLY = (
    Text(
        "The full grid of rules, the locked prediction, scenarios, paths, the talent region, "
        "calibration and the claims of the reports: they rest on the paper's results, and "
        "`make atlas` shows them.",
        "完整规则网格、锁定预测、情景、转型路径、人才区域、校准与报告论断：它们依赖论文结果，"
        "请用 `make atlas` 生成。",
    ),
)
METHOD = (
    Text(
        "Figures are read, flagged and closed as the package does; nothing on this page was "
        "computed by the browser, which only selects and sorts.",
        "数据的读取、标记与闭合均由本软件包完成；浏览器只做选择与排序，不计算任何数字。",
    ),
    Text(
        "Published annual figures are wrong before 2020 in many units: the census of 2020 rebased "
        "them. Series closed to the censuses give decade means, no yearly movements.",
        "许多单位2020年以前的公布数据有误：2020年普查后重新核定。闭合序列只给出十年平均，不反映逐年波动。",
    ),
)


def data_digest() -> str:
    """Digest of the embedded tables."""
    manifest = files("econshrink") / "data" / "china" / "manifest.json"
    return hashlib.sha256(manifest.read_bytes()).hexdigest()


def citation(what: Text) -> Text:
    """How to cite an atlas; the digest follows it on the page."""
    return Text(
        f"econshrink {__version__}, {what.en}. Data digest:",
        f"econshrink {__version__}，{what.zh}。数据摘要：",
    )


def china_content(done: Callable[[], None]) -> AtlasContent:
    """Rules, accounting and forecasts computed here; `done` is called after each stage."""
    figures = ChinaFigures.read()
    words = citation(Text("atlas of the embedded figures of China", "中国内嵌数据图集"))
    base = china_atlas(figures, words, data_digest())
    done()
    runs = china_runs(figures.census, figures.annual, figures.closed)
    done()
    future, remarks = china_futures(figures)
    done()
    held = {unit: (*lines, *remarks.get(unit, ())) for unit, lines in base.remarks.items()}
    return replace(
        base,
        measures=[*base.measures, agreement(runs)],
        grid=grid_of(runs, START),
        futures=(future,),
        remarks=held,
        method=METHOD,
        absent=PAPER_ONLY,
    )

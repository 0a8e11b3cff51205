"""The answer of ``econshrink atlas``: gather, write, say what is absent."""

from __future__ import annotations

import argparse
import hashlib
from dataclasses import replace
from importlib.resources import files

from econshrink import __version__
from econshrink.cli.gathering.china import Figures, gathered
from econshrink.cli.gathering.futures import china_futures
from econshrink.cli.gathering.own import own_content
from econshrink.cli.gathering.rules import agreement, china_runs, grid_of
from econshrink.cli.progress import stages
from econshrink.core.errors import DataError, Fault
from econshrink.report import AtlasContent, Text, write_atlas

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


def answer(options: argparse.Namespace) -> int:
    """Gather, write, say what is absent; the exit status."""
    own = options.data is not None or options.yearbook is not None
    content = own_content(options) if own else china_content()
    try:
        write_atlas(content, options.out)
    except OSError as problem:
        seen = f"a file that cannot be written ({problem.strerror})"
        raise DataError(
            Fault(seen, "a place to write to", "Check --out.", str(options.out))
        ) from None
    print(f"{options.out}: {len(content.units):,} units, {len(content.measures)} measures")
    for text in content.absent:
        print(f"absent: {text.en}")
    return 0


def china_content() -> AtlasContent:
    """The atlas of the embedded figures: rules, accounting and forecasts computed here."""
    with stages("reading", "rules", "forecast") as done:
        figures = Figures.read()
        words = citation(Text("atlas of the embedded figures of China", "中国内嵌数据图集"))
        base = gathered(figures, words, data_digest())
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

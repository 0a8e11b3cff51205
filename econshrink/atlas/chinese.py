"""Notes and faults of the package in Chinese, as far as an atlas of a user's panel meets them."""

from __future__ import annotations

import re

_OTHER = "另有说明，见英文页面。"
_NOTES = (
    (r"No province: ", "没有省份：误差仅由全体单位共享。"),
    (r"No census declared", "未声明普查：抽样不含普查核定。"),
    (r"A census seems due in (\d+)", r"\1年似有普查但未声明：抽样不含普查核定。"),
    (r"No past census in the figures", "数据中没有以往的普查：将来的普查不作核定。"),
    (r"(\d+) units left out, .*: ([^:]+)\.$", r"\1个单位未预测：\2。"),
    (
        r"(\d+) units start from a figure before (\d+): (.+)\.$",
        r"\1个单位从\2年以前的数据出发：\3。",
    ),
    (r"No ages .*: damped growth", "没有年龄结构和全国自然增长：采用阻尼增长。"),
    (r"No ages .*: shrunk", "没有年龄结构和全国自然增长：采用收缩阻尼增长。"),
    (r"Spread from .* up to (\d+)", r"离散程度取自模型截至\1年的历史误差。"),
    (r"Every draw of the units", "各次抽样均按全国总量调整。"),
)
_FAULTS = (
    (r"two years inside|a later year", "只有一年数据。"),
    (r"figures every (\d+) years", r"数据每\1年才有一次，需要逐年数据。"),
    (r"persons above zero", "有零或负的人口数。"),
    (r"no unit that can be projected", "没有单位具备足够的近年数据。"),
    (r"no combination", "数据不支持任何规则。"),
)  # fmt: skip


def note_zh(note: str) -> str:
    """A note of a forecast.

    Examples
    --------
    >>> note_zh("A census seems due in 2030 and is not declared: no rebasing in the draws.")
    '2030年似有普查但未声明：抽样不含普查核定。'
    """
    return _said(note, _NOTES, _OTHER)


def fault_zh(problem: Exception) -> str:
    """Why something could not be made."""
    return _said(str(problem), _FAULTS, "数据不满足要求。")


def _said(text: str, known: tuple[tuple[str, str], ...], other: str) -> str:
    for pattern, zh in known:
        found = re.search(pattern, text)
        if found:
            return found.expand(zh)
    return other

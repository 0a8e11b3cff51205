"""The maps at the head of README.md and README.zh.md: ``python -m tools.picture``.

Drawn by the package from the embedded figures; the count in the heading is the one identified.
"""

from __future__ import annotations

import io
from pathlib import Path

from matplotlib.figure import Figure
from matplotlib.text import Text
from PIL import Image

from econshrink import Identification, identify
from econshrink.data import load_boundaries, load_census_panel
from econshrink.report import Binned, draw_map, house_style
from econshrink.shrinkage import NetLoss

FOLDER = Path(__file__).resolve().parents[1] / "docs" / "_static"
EDGES = (-0.2, -0.1, -0.05, 0.0, 0.05, 0.1, 0.2)
LEGEND = {"below ": "低于 ", " to ": " 至 ", " and more": " 及以上"}  # in Chinese
COLOURS = 64  # of the palette: a map in eight classes needs no more, and stays small
WORDS = {
    "census_change.png": (
        "{count} of {units} prefecture-level units lost residents, 2010–2020",
        "Change in residents 2010–2020",
        "no value",
        "Censuses of 2010 and 2020, on the boundaries of 2020. Hatched: no value. No figures nor "
        "outlines here: Taiwan. Outlines are a drawing aid, no statement on any border.",
    ),
    "census_change_zh.png": (
        "{units} 个地级单元中 {count} 个常住人口减少，2010–2020 年",
        "常住人口变化 2010–2020",
        "无数值",
        "2010 年与 2020 年人口普查，按 2020 年区划口径。斜线：无数值。"
        "台湾：此处无数据与轮廓。边界仅为示意。",
    ),
}


def found() -> Identification:
    """Units that lost residents from census to census."""
    return identify(load_census_panel(), NetLoss("population"), (2010, 2020))


def _translate(figure: Figure) -> None:
    """Write the classes of the legend in Chinese."""
    for text in figure.findobj(Text):
        shown = text.get_text()
        for english, chinese in LEGEND.items():
            shown = shown.replace(english, chinese)
        text.set_text(shown)


def main() -> None:
    """Draw both maps."""
    labels = found()
    change = labels.frame["growth"].dropna()
    for name, (title, legend, missing, note) in WORDS.items():
        figure = draw_map(change, load_boundaries(), Binned(EDGES, legend), missing=missing)
        with house_style():
            heading = title.format(count=labels.count, units=labels.units)
            figure.suptitle(heading, fontsize=12)
            figure.text(0.5, -0.02, note, ha="center", va="bottom", fontsize=7)
            if name.endswith("_zh.png"):
                _translate(figure)
            drawn = io.BytesIO()
            figure.savefig(drawn, dpi=150, facecolor="white", bbox_inches="tight")
        whole = Image.open(drawn).convert("RGB").quantize(COLOURS, dither=Image.Dither.NONE)
        whole.save(FOLDER / name, optimize=True)


if __name__ == "__main__":
    main()

"""House style of figures: sizes, fonts, colours, and settings that fix every byte."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any

import matplotlib as mpl
import seaborn as sns
from matplotlib import font_manager

from econshrink.report.extras import chinese_fonts

WIDTHS = {"one": 3.25, "two": 6.2}  # inches: one column, the text's width

# Okabe and Ito (2008): distinguishable with any colour vision.
BLUE, ORANGE, GREEN, VERMILION = "#0072B2", "#E69F00", "#009E73", "#D55E00"
SKY, PURPLE, YELLOW, BLACK = "#56B4E9", "#CC79A7", "#F0E442", "#000000"
INK = "#333333"
LOSS, GAIN = VERMILION, BLUE  # in every figure: warm is loss, cool is gain
# For what neither gains nor loses; the two colours of those come last.
CATEGORIES = (INK, GREEN, PURPLE, SKY, ORANGE, YELLOW, BLUE, VERMILION)
DASHES: tuple[Any, ...] = ("-", (0, (5, 2)), (0, (1, 1.2)), (0, (6, 1.5, 1, 1.5)))
MARKERS = ("o", "s", "^", "D", "v", "P", "X", "*")
GREY = "#6E6E6E"
MISSING = "#E3E3E3"

_RC: dict[str, Any] = {
    "font.size": 8,
    "axes.titlesize": 8,
    "axes.labelsize": 8,
    "xtick.labelsize": 7.5,
    "ytick.labelsize": 7.5,
    "legend.fontsize": 7.5,
    "figure.titlesize": 8,
    "axes.linewidth": 0.6,
    "xtick.major.width": 0.6,
    "ytick.major.width": 0.6,
    "xtick.major.size": 3,
    "ytick.major.size": 3,
    "xtick.bottom": True,
    "ytick.left": True,
    "lines.linewidth": 1.3,
    "lines.markersize": 4,
    "patch.linewidth": 0.4,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.edgecolor": "#333333",
    "axes.labelcolor": "#111111",
    "text.color": "#111111",
    "xtick.color": "#333333",
    "ytick.color": "#333333",
    "axes.grid": False,
    "legend.frameon": False,
    "mathtext.fontset": "stix",
    "axes.unicode_minus": True,
    "figure.dpi": 100,
    "savefig.dpi": 300,
    "figure.constrained_layout.use": True,
    "svg.fonttype": "path",  # no reader needs our fonts
    "svg.hashsalt": "econshrink",  # else ids inside an SVG are random
    "pdf.fonttype": 42,
    "pdf.use14corefonts": False,
}


@cache
def chinese_family() -> str | None:
    """Family name of the Chinese serif font, or None (with a warning) without the font wheel."""
    fonts = chinese_fonts()
    if fonts is None:
        warnings.warn(
            "no Chinese font: names are printed in pinyin; pip install 'econshrink[paper]'",
            stacklevel=2,
        )
        return None
    path = str(fonts[0])
    font_manager.fontManager.addfont(path)
    return str(font_manager.FontProperties(fname=path).get_name())


def settings() -> Any:
    """Matplotlib settings of the house style."""
    family = chinese_family()
    fonts = ["STIXGeneral", *([family] if family else [])]
    return {**sns.axes_style("ticks"), **_RC, "font.family": fonts}


@contextmanager
def house_style() -> Iterator[None]:
    """Draw in the house style inside the ``with`` block; the caller's settings come back after it.

    Examples
    --------
    >>> with house_style():
    ...     mpl.rcParams["svg.hashsalt"]
    'econshrink'
    """
    with mpl.rc_context(settings()):
        yield


def city_label(name_en: str, name_zh: str) -> str:
    """English name, and the Chinese one behind it if there is a font for it."""
    return f"{name_en} {name_zh}" if chinese_family() and name_zh else name_en

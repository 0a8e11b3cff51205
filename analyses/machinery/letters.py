"""Letters of figures must be readable at the size at which they are printed."""

from __future__ import annotations

from matplotlib.figure import Figure
from matplotlib.text import Text

from econshrink import DataError, Fault

SMALLEST = 7.0  # points
TEXT_WIDTH = 6.22  # inches: a wider figure is made to fit, letters and all


def check_letters(figure: Figure, name: str) -> None:
    """Refuse text below `SMALLEST` points in print.

    Raises
    ------
    DataError
        With the smallest text found.
    """
    scale = min(1.0, TEXT_WIDTH / figure.get_figwidth())
    figure.draw_without_rendering()  # labels of axes are known only then
    shown = [
        (text.get_fontsize() * scale, text.get_text())
        for text in figure.findobj(Text)
        if text.get_visible() and text.get_text().strip()
    ]
    size, words = min(shown, default=(SMALLEST, ""))
    if size < SMALLEST - 1e-9:
        raise DataError(
            Fault(
                f"'{words}' at {size:.1f} points in print",
                f"at least {SMALLEST:g}",
                "Enlarge it, or make the figure narrower.",
                f"figure {name}",
            )
        )

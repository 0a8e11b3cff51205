"""Plots of parts: what is drawn where, equal bytes, bad input."""

import numpy as np
import pandas as pd
import pytest

from econshrink.core.errors import DataError
from econshrink.nouns.decomposition import Decomposition
from econshrink.report.canvas import save_figure
from econshrink.report.parts_plot import plot_parts, plot_profiles, plot_stacked


def decomposition(scale=1.0):
    frame = pd.DataFrame(
        {
            "target": ["east"] * 3 + ["west"] * 3,
            "part": ["jobs", "age", "total"] * 2,
            "estimate": [1.0, -2.0, -1.0, 0.5, 0.5, 1.0],
        }
    )
    frame["estimate"] *= scale
    frame = frame.assign(
        std_error=0.2, conf_low=frame["estimate"] - 1, conf_high=frame["estimate"] + 1
    )
    return Decomposition(frame, "toy")


def test_bars_stack_away_from_zero_and_the_mark_is_the_sum():
    frame = pd.DataFrame({"births": [0.1, 0.2], "deaths": [-0.3, -0.1]}, index=["a", "b"])
    axes = plot_stacked(frame.assign(moves=[-0.1, 0.05]), xlabel="Share").axes[0]
    left = {round(bar.get_x(), 9) for bar in axes.patches[4:]}
    assert left == {-0.3, 0.2}  # moves begin where deaths or births end
    np.testing.assert_allclose(axes.lines[0].get_xdata(), [-0.3, 0.15])
    with pytest.raises(DataError, match="a part without a value"):
        plot_stacked(frame.assign(moves=[np.nan, 0.0]), xlabel="Share")


def test_profiles_share_one_scale():
    frame = pd.DataFrame({"losing": [-0.1, -0.3], "growing": [0.1, 0.2]}, index=[10, 20])
    figure = plot_profiles([("One", frame), ("Two", 2 * frame)], xlabel="Age", ylabel="Rate")
    first, second = figure.axes
    assert first.get_ylim() == second.get_ylim()
    assert [text.get_text() for text in first.texts] == [
        "losing",
        "growing",
    ]
    assert first.texts[0].xy[1] == pytest.approx(-0.3, abs=0.03)


def test_parts_by_target_with_bands(tmp_path):
    results = {"Change": decomposition(), "Moves": decomposition(0.5)}
    labels = {"age": "Ageing", "jobs": "Jobs", "total": "Total"}
    figure = plot_parts(
        results, {"east": "East", "west": "West"}, labels, xlabel="Points", columns=2
    )
    east = figure.axes[0]
    assert [tick.get_text() for tick in east.get_yticklabels()] == ["Ageing", "Jobs", "Total"]
    points = np.concatenate([line.get_xdata() for line in east.lines[1:]])
    assert set(points) == {-2.0, 1.0, -1.0, 0.5, -0.5}
    again = plot_parts(
        results, {"east": "East", "west": "West"}, labels, xlabel="Points", columns=2
    )
    one = save_figure(figure, tmp_path / "one", "f")
    two = save_figure(again, tmp_path / "two", "f")
    assert [path.read_bytes() for path in one] == [path.read_bytes() for path in two]

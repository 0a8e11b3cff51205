"""Figures and maps: equal bytes, labels of simulated figures, what is drawn, bad input."""

from __future__ import annotations

import matplotlib as mpl
import numpy as np
import pandas as pd
import pytest

from econshrink.core.errors import DataError, SpecError
from econshrink.nouns.curve import Curve
from econshrink.nouns.estimate import Estimate
from econshrink.nouns.forecast import Forecast
from econshrink.nouns.ranking import Ranking
from econshrink.report import (
    Binned,
    Diverging,
    Sequential,
    draw_map,
    map_caption,
    new_figure,
    plot_coefficients,
    plot_curve,
    plot_fan,
    plot_ranking,
    rings_from_geojson,
    save_figure,
    style,
)

RING = np.array([[100.0, 30.0], [104.0, 30.0], [104.0, 34.0], [100.0, 34.0], [100.0, 30.0]])
BOUNDARIES = {f"{i}": [RING + np.array([5.0 * i, 0.0])] for i in range(4)}
VALUES = pd.Series({"0": -0.2, "1": 0.05, "2": 0.0, "9": 1.0})


def curve(groups=("all",), **options) -> Curve:
    frames = [
        pd.DataFrame(
            {
                "time": [1.0, 2.0, 4.0],
                "estimate": [0.9, 0.7, 0.4],
                "std_error": 0.05,
                "conf_low": [0.8, 0.6, 0.3],
                "conf_high": [1.0, 0.8, 0.5],
                "at_risk": [100, 80, 12],
                "events": 3,
                "group": group,
            }
        )
        for group in groups
    ]
    return Curve(pd.concat(frames), options.pop("kind", "survival"), **options)


def forecast() -> Forecast:
    draws = 1e6 * np.exp(np.random.default_rng(1).normal(-0.1, 0.05, (2, 3, 200)))
    return Forecast(("a", "b"), (2024, 2025, 2026), draws, np.full(2, 1e6), 2020, 2023, "toy")


def bytes_of(figure, folder, **options):
    return [path.read_bytes() for path in save_figure(figure, folder, "f", **options)]


def test_two_runs_write_the_same_bytes(tmp_path) -> None:
    def draw():
        return plot_curve(curve(("east 东", "west 西")), xlabel="Years")

    first = bytes_of(draw(), tmp_path / "one")
    assert first == bytes_of(draw(), tmp_path / "two")
    svg, pdf, png = first
    assert svg.lstrip().startswith(b"<?xml")
    assert b"<dc:date>" not in svg
    assert pdf.startswith(b"%PDF")
    assert b"CreationDate" not in pdf
    assert png.startswith(b"\x89PNG")


def test_simulated_figures_say_so(tmp_path) -> None:
    figure = plot_curve(curve(), xlabel="Years").figure
    plain = save_figure(figure, tmp_path, "km")
    marked = save_figure(figure, tmp_path, "km", synthetic=True)
    assert [path.name for path in marked] == [f"km_synthetic.{e}" for e in ("svg", "pdf", "png")]
    assert plain[2].read_bytes() != marked[2].read_bytes()
    assert [text.get_text() for text in figure.texts] == ["SYNTHETIC"]
    save_figure(figure, tmp_path, "km", synthetic=True)
    assert len(figure.texts) == 1


def test_the_callers_settings_come_back() -> None:
    before = mpl.rcParams["font.size"]
    with style.house_style():
        assert mpl.rcParams["font.size"] == 8
        assert mpl.rcParams["svg.fonttype"] == "path"
    assert mpl.rcParams["font.size"] == before


def test_survival_steps_start_at_one_and_numbers_at_risk_are_right() -> None:
    figure = plot_curve(curve(), xlabel="Years since 2011").figure
    (axes,) = figure.axes
    x, y = axes.lines[0].get_data()
    assert (x[0], y[0]) == (0.0, 1.0)
    assert axes.lines[0].get_drawstyle() == "steps-post"
    labels = {text.get_text().split("\n")[0]: text.get_text() for text in axes.get_xticklabels()}
    assert labels["0"].endswith("\n100")
    assert labels["2"].endswith("\n80")
    assert labels["3"].endswith("\n12")
    assert axes.get_xlabel() == "Years since 2011"


def test_several_curves_have_a_legend_and_lines_of_counts() -> None:
    figure = plot_curve(curve(("east", "west")), xlabel="Years").figure
    (axes,) = figure.axes
    assert [text.get_text() for text in axes.get_legend().get_texts()] == ["east", "west"]
    assert all(text.get_text().count("\n") == 2 for text in axes.get_xticklabels())
    hazard = plot_curve(curve(kind="event_time"), xlabel="Years", at_risk=False).figure
    assert hazard.axes[0].get_ylabel() == "Effect"


def test_fan_shows_quantiles_in_millions() -> None:
    shown = forecast()
    past = pd.DataFrame({"city": "a", "year": [2022, 2023], "population": [1.1e6, 1.0e6]})
    figure = plot_fan(shown, ["a", "b"], past, {"a": "Alpha", "b": "Beta"}, columns=2)
    axes = figure.axes[0]
    median = axes.lines[1].get_ydata()
    expected = shown.quantiles([0.5]).loc[["a"], "q50"].to_numpy() / 1e6
    np.testing.assert_allclose(median[1:], expected)
    assert median[0] == 1.0  # opens at the last known figure
    assert [axes.get_title(loc="left") for axes in figure.axes] == ["Alpha", "Beta"]
    with pytest.raises(DataError, match="no forecast or no name of z"):
        plot_fan(shown, ["z"], past, {})


def test_coefficients_and_bars_and_ranking() -> None:
    estimate = Estimate("m", ("a", "b"), np.array([1.0, 2.0]), np.eye(2), "iid", "none", 9)
    figure = plot_coefficients({"M": estimate}, {"a": "Alpha"}, xlabel="Effect").figure
    assert [text.get_text() for text in figure.axes[0].get_yticklabels()] == ["Alpha", "b"]
    with pytest.raises(DataError, match="no term z"):
        plot_coefficients({"M": estimate}, {}, xlabel="", terms=["z"])
    frame = pd.DataFrame(
        {"city": ["a"], "probability": [0.7], "rank": [1], "rank_low": [1], "rank_high": [2]}
    )
    ranked = plot_ranking(Ranking(frame, "a loss", "toy", 10), {"a": "Alpha"}).figure
    assert ranked.axes[0].texts[0].get_text() == "70%, rank 1–2"


@pytest.mark.parametrize(
    "scale",
    [
        Diverging(0.1, "Change"),
        Sequential(1.0, "Probability"),
        Binned((-0.1, 0.0, 0.1), "Change"),
        Binned((10.0, 100.0), "Area", percent=False, diverging=False),
    ],
)
def test_maps_write_the_same_bytes(tmp_path, scale) -> None:
    one = save_figure(draw_map(VALUES, BOUNDARIES, scale), tmp_path / "one", "m")
    two = save_figure(draw_map(VALUES, BOUNDARIES, scale), tmp_path / "two", "m")
    assert [path.read_bytes() for path in one] == [path.read_bytes() for path in two]


def test_a_value_on_an_edge_belongs_to_the_class_above() -> None:
    figure = draw_map(VALUES, BOUNDARIES, Binned((-0.1, 0.0, 0.1), "Change"), inset=False)
    filled, empty = figure.axes[0].collections
    colours = [filled.to_rgba(value) for value in (-0.11, -0.1, 0.0, 0.1)]
    assert len(set(colours)) == 4
    filled.update_scalarmappable()
    assert tuple(filled.get_facecolor()[2]) == pytest.approx(filled.to_rgba(0.05))  # unit 2: 0.0
    assert len(filled.get_paths()) == 3
    assert len(empty.get_paths()) == 1  # unit 3 has no value and is hatched
    texts = [text.get_text() for text in figure.axes[0].get_legend().get_texts()]
    assert texts == ["below −10%", "−10% to 0%", "0% to 10%", "10% and more", "no value"]


def test_caption_names_units_and_denies_statements_on_borders() -> None:
    text = map_caption(VALUES, BOUNDARIES, {"3": "Sansha", "9": "Taiwan"}, ("Macao",))
    assert text.startswith("Without a value: Sansha (1 unit). Without an outline: Taiwan (1 unit).")
    assert "Neither figures nor outlines: Macao." in text
    assert "no statement on any border" in text


def test_outlines_come_from_geojson() -> None:
    text = (
        '{"features": [{"properties": {"unit_code": "110000"}, "geometry": '
        '{"type": "MultiPolygon",'
        '"coordinates": [[[[1, 2], [3, 2], [3, 4], [1, 2]]], '
        "[[[5, 5], [6, 5], [6, 6], [5, 5]]]]}}]}"
    )
    rings = rings_from_geojson(text)
    assert [ring.shape for ring in rings["110000"]] == [(4, 2), (4, 2)]


def test_bad_maps_are_refused() -> None:
    with pytest.raises(DataError, match="no value with an outline"):
        draw_map(pd.Series({"z": 1.0}), BOUNDARIES, Sequential(1, ""))
    with pytest.raises(DataError, match="a city twice"):
        draw_map(pd.Series([1.0, 2.0], index=["0", "0"]), BOUNDARIES, Sequential(1, ""))
    with pytest.raises(DataError, match="infinite"):
        draw_map(pd.Series({"0": np.inf}), BOUNDARIES, Sequential(1, ""))
    with pytest.raises(SpecError, match="zero among them"):
        draw_map(VALUES, BOUNDARIES, Binned((0.1, 0.2), ""))
    with pytest.raises(SpecError, match="positive"):
        draw_map(VALUES, BOUNDARIES, Diverging(0.0, ""))
    with pytest.raises(SpecError, match="width 'wide'"):
        new_figure("wide")


def test_without_the_font_wheel_names_are_pinyin_and_a_warning_comes(monkeypatch) -> None:
    style.chinese_family.cache_clear()
    monkeypatch.setattr(style, "chinese_fonts", lambda: None)
    with pytest.warns(UserWarning, match="pinyin"):
        assert style.city_label("Hegang", "鹤岗") == "Hegang"
    style.chinese_family.cache_clear()
    monkeypatch.undo()
    assert style.city_label("Hegang", "鹤岗") == "Hegang 鹤岗"

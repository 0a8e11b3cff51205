"""The atlas before any browser: values, labels, outlines, colours, policy."""

import hashlib
import json
import math
import re
from base64 import b64encode

import numpy as np
import pandas as pd
import pytest

from econshrink import DataError, SpecError
from econshrink.report import AtlasContent, Classes, Groups, Measure, Text, Yearly
from econshrink.report.atlas.axes import axis
from econshrink.report.atlas.colour_classes import (
    NO_FIGURE,
    PAPER,
    class_colours,
    class_names,
    class_numbers,
    contrast,
    distance,
    nearest,
)
from econshrink.report.atlas.outlines import draw_outlines
from econshrink.report.atlas.packing import pack_labels, script_json, unpack_labels
from econshrink.report.atlas.page import atlas_html
from econshrink.report.atlas.payload import CHANCES, payload, words

EIGHT = Classes((-0.2, -0.1, -0.05, 0.0, 0.05, 0.1, 0.2), middle=0.0)
SCALES = [EIGHT, CHANCES, Classes((0.1, 0.25, 0.5, 0.75, 0.9))]


def content(**more):
    units = pd.DataFrame(
        {"name_en": ["One", ""], "name_zh": [None, "二"]}, index=pd.Index(["a", "b"], name="city")
    )
    change = pd.Series([-0.05, np.nan], index=["a", "b"])
    measure = Measure("change", Text("Change", "变化"), change, "change", "change", classes=EIGHT)
    return AtlasContent(
        Text("T", "题"), Text("C", "引"), "d" * 64, units, measures=[measure], **more
    )


def test_missing_names_fall_back_to_the_unit():
    tree = payload(content())
    assert tree["units"]["en"] == ["One", "b"]
    assert tree["units"]["zh"] == ["a", "二"]


def test_values_are_given_whole_and_classes_by_python():
    (measure,) = payload(content())["measures"]
    assert measure["v"] == [-0.05, None]
    assert measure["c"] == "3-"  # a value on an edge belongs to the class above it
    assert measure["scale"]["names"][3] == ("−5% to 0%", "−5% 至 0%")


def test_labels_survive_packing():
    rng = np.random.default_rng(1)
    labels = rng.choice([0.0, 1.0, math.nan], 337).tolist()
    assert np.array_equal(unpack_labels(pack_labels(labels), 337), labels, equal_nan=True)


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("scale", SCALES, ids=["change", "chance", "share"])
def test_classes_can_be_told_apart_by_everyone(scale, theme):
    colours = class_colours(scale, theme)
    for vision in ("full", "protan", "deutan"):
        assert nearest(colours, vision) >= 9, vision
        none = min(distance(NO_FIGURE[theme], colour, vision) for colour in colours)
        assert none >= 9, vision


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_the_frame_of_the_chosen_unit_is_seen_on_every_class(theme):
    ink = {"light": "#1b1d21", "dark": "#eceae4"}[theme]
    for scale in SCALES:
        for colour in class_colours(scale, theme):
            assert max(contrast(ink, colour), contrast(PAPER[theme], colour)) >= 3


def test_ordered_classes_have_ordered_lightness():
    for theme, way in (("light", -1), ("dark", 1)):
        colours = class_colours(CHANCES, theme)
        steps = np.diff([contrast("#000000", colour) for colour in colours])
        assert (way * steps > 0).all()


def test_groups_keep_their_colours_and_gaps():
    scale = Groups((("x", "甲"), ("y", "乙")), rest=True)
    assert class_numbers(pd.Series([1.0, np.nan]), scale).tolist() == [1, -1]
    assert len(class_colours(scale, "dark")) == len(class_names(scale)) == 2


@pytest.mark.parametrize("edges", [(), (0.1, 0.1), (0.2, 0.1)])
def test_edges_that_do_not_ascend_are_refused(edges):
    with pytest.raises(SpecError, match="ascending"):
        Classes(edges)


def test_outlines_keep_areas_and_close():
    square = np.array([[100.0, 30], [101, 30], [101, 31], [100, 31], [100, 30]])
    east = square + np.array([1.0, 0.0])
    drawn = draw_outlines({"w": [square], "e": [east], "dot": [np.full((5, 2), 30.0)]})
    assert re.fullmatch(r"M-?\d+ -?\d+l[-\d ]+z", drawn.paths["w"])
    assert drawn.paths["dot"].endswith("h2v2h-2z")
    assert drawn.points["w"][0] < drawn.points["e"][0]
    _, _, wide, high = drawn.boxes[0]
    assert wide > 0
    assert high > 0
    assert max(wide, high) <= 4000


def test_outlines_on_both_sides_of_the_equator():
    ring = np.array([[10.0, -5], [12, -5], [12, 5], [10, 5], [10, -5]])
    assert draw_outlines({"a": [ring]}).paths["a"].startswith("M")


def test_axes_hold_their_values():
    for values in ([3.0], [0, 1e9], [-0.2, 0.3], [891271, 1058665, 685500]):
        low, high, step = axis(values)
        assert low <= min(values) <= max(values) <= high
        assert step > 0
        assert round((high - low) / step) <= 5


def test_every_word_is_there_in_both_languages():
    assert all(len(pair) == 2 and all(pair) for pair in words().values())


def test_json_in_a_script_cannot_end_it():
    text = script_json({"a": "</script>\u2028<!--&"})
    assert "<" not in text
    assert json.loads(text) == {"a": "</script>\u2028<!--&"}


def test_the_policy_names_what_stands_in_the_page():
    page = atlas_html(content())
    for tag, kind in (("style", "style-src"), ("script", "script-src")):
        body = page[page.rindex(f"<{tag}>") + len(tag) + 2 : page.rindex(f"</{tag}>")]
        mark = b64encode(hashlib.sha256(body.encode()).digest()).decode()
        assert f"{kind} 'sha256-{mark}'" in page
    policy = re.search('content="(default-src[^"]*)"', page).group(1)
    assert "unsafe" not in policy
    assert "http" not in policy
    assert not re.search(r"https?://(?!www\.w3\.org/2000/svg)", page)


def test_the_scripts_write_text_only_as_text():
    page = atlas_html(content())
    for word in ("innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "eval(",
                 "fetch(", "XMLHttpRequest", "localStorage"):  # fmt: skip
        assert word not in page, word


def test_an_atlas_without_units_or_with_a_key_twice_is_refused():
    bare = content()
    with pytest.raises(DataError, match="without units"):
        AtlasContent(bare.title, bare.citation, "", bare.units.iloc[:0])
    with pytest.raises(DataError, match="'change' twice"):
        AtlasContent(bare.title, bare.citation, "", bare.units, measures=[*bare.measures] * 2)


def test_flags_travel_with_yearly_figures():
    values = pd.DataFrame({2019: [1.0, np.nan], 2020: [2.0, np.nan]}, index=["a", "b"])
    status = pd.DataFrame({2019: ["suspect", "reported"], 2020: "reported"}, index=["a", "b"])
    line = Yearly("p", Text("P", "人"), values, "population", "persons", status=status)
    tree = payload(content(yearly=[line]))["yearly"][0]
    assert tree["v"] == [[1, 2], None]
    assert tree["s"] == ["s.", None]

"""From what an atlas shows to the tree of plain values that the page reads."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from importlib.resources import files
from itertools import chain
from json import loads
from typing import Any

import numpy as np
import pandas as pd

from econshrink.report.atlas.axes import axis
from econshrink.report.atlas.colour_classes import (
    NO_FIGURE,
    Classes,
    Groups,
    class_colours,
    class_names,
    class_numbers,
)
from econshrink.report.atlas.content import (
    AtlasContent,
    FlowRegion,
    Future,
    Measure,
    RuleGrid,
    Sheet,
    Text,
    Yearly,
)
from econshrink.report.atlas.outlines import Drawing, draw_outlines
from econshrink.report.atlas.packing import (
    number,
    numbers,
    pack_classes,
    pack_labels,
    rows,
    status_rows,
)

Tree = dict[str, Any]
CHANCES = Classes((0.05, 0.2, 0.4, 0.6, 0.8, 0.95))
ZERO_BASED = ("jobs", "investment")  # charts whose axis starts at zero


def payload(content: AtlasContent) -> Tree:
    """Everything the page shows, as numbers, texts and lists of them."""
    units = [str(unit) for unit in content.units.index]
    drawing = _drawing(content, units)
    return {
        "title": content.title,
        "citation": content.citation,
        "digest": content.digest,
        "synthetic": content.synthetic,
        "loss": content.loss,
        "words": words(),
        "noFigure": NO_FIGURE,
        "units": {
            "id": units,
            "en": _texts(content.units, "name_en", units),
            "zh": _texts(content.units, "name_zh", units),
            "py": _texts(content.units, "pinyin", [""] * len(units)),
        },
        "attributes": [_attribute(*item, units) for item in content.attributes.items()],
        "map": _map(content, drawing, units),
        "measures": [_measure(one, units) for one in content.measures],
        "yearly": [_yearly(one, units) for one in content.yearly],
        "axes": _axes(content, units),
        "futures": [_future(one, units) for one in content.futures],
        "chances": _scale(CHANCES),
        "parts": _table(content.parts, content.part_titles, units),
        "drivers": _table(content.drivers, content.driver_titles, units),
        "driverNote": content.driver_note,
        "driverFuture": content.driver_future,
        "remarks": _remarks(content, units),
        "neighbours": _neighbours(content.neighbours, units),
        "grid": None if content.grid is None else grid(content.grid, units),
        "region": None if content.region is None else _region(content.region, units, drawing),
        "claims": [[*list(map(list, (c.report, c.claim, c.finding, c.verdict))), c.number]
                   for c in content.claims],
        "claimsNote": content.claims_note,
        "sheets": [_sheet(sheet) for sheet in content.sheets],
        "method": list(content.method),
        "absent": list(content.absent),
    }  # fmt: skip


def words() -> dict[str, list[str]]:
    """Texts of the page: key to English and Chinese."""
    text = (files("econshrink.report.atlas") / "words.json").read_text(encoding="utf-8")
    found: dict[str, list[str]] = loads(text)
    return found


def slug(text: str) -> str:
    """A name that may stand in an address.

    Examples
    --------
    >>> slug("report A&(B|C), nation"), slug("2010–2020")
    ('report_a_and_b_or_c_nation', '2010_2020')
    """
    spelt = text.lower().replace("&", " and ").replace("|", " or ").replace("%", " percent")
    return re.sub(r"[^a-z0-9.]+", "_", spelt).strip("_")


def _texts(units: pd.DataFrame, column: str, instead: Sequence[str]) -> list[str]:
    if column not in units:
        return list(instead)
    return [
        str(text) if isinstance(text, str) and text.strip() else other
        for text, other in zip(units[column], instead, strict=True)
    ]


def _attribute(key: str, given: tuple[Text, pd.Series], units: Sequence[str]) -> Tree:
    title, series = given
    held = [series.get(unit) for unit in units]
    names = list(dict.fromkeys(text for text in held if isinstance(text, Text)))
    place = {name: number for number, name in enumerate(names)}
    of = [place[text] if isinstance(text, Text) else -1 for text in held]
    return {"key": key, "title": title, "names": names, "of": of}


def _drawing(content: AtlasContent, units: Sequence[str]) -> Drawing | None:
    if not content.outlines or not set(content.outlines) & set(units):
        return None
    return draw_outlines(content.outlines, content.windows)


def _map(content: AtlasContent, drawing: Drawing | None, units: Sequence[str]) -> Tree | None:
    if drawing is None:
        return None
    others = sorted(set(drawing.paths) - set(units))
    return {
        "boxes": drawing.boxes,
        "paths": [drawing.paths.get(unit) for unit in units],
        "points": [drawing.points.get(unit) for unit in units],
        "extents": [drawing.extents.get(unit) for unit in units],
        "others": [[drawing.paths[o], *content.ghosts.get(o, Text(o, o))] for o in others],
        "without": [place for place, unit in enumerate(units) if unit not in drawing.paths],
    }


def _scale(scale: Classes | Groups) -> Tree:
    return {
        "names": class_names(scale),
        "light": class_colours(scale, "light"),
        "dark": class_colours(scale, "dark"),
    }


def _measure(one: Measure, units: Sequence[str]) -> Tree:
    values = one.values.reindex(list(units))
    tree: Tree = {
        "key": one.key,
        "title": one.title,
        "note": one.note,
        "form": one.form,
        "group": one.group,
        "column": one.column,
        "mark": one.mark,
        "v": numbers(values),
    }
    if one.classes is not None:
        tree["scale"] = _scale(one.classes)
        tree["c"] = pack_classes(class_numbers(values, one.classes))
    return tree


def _yearly(one: Yearly, units: Sequence[str]) -> Tree:
    tree: Tree = {
        "key": one.key,
        "title": one.title,
        "note": one.note,
        "chart": one.chart,
        "form": one.form,
        "mark": one.mark,
        "years": [int(year) for year in one.values.columns],
        "v": rows(one.values, units),
    }
    if one.status is not None:
        tree["s"] = status_rows(one.status, one.values, units)
    return tree


def _axes(content: AtlasContent, units: Sequence[str]) -> Tree:
    """By chart and unit: ends and step of its axis."""
    charts: dict[str, list[pd.DataFrame]] = {}
    for one in content.yearly:
        charts.setdefault(one.chart, []).append(one.values)
    for future in content.futures:
        charts.setdefault("population", []).extend(future.quantiles.values())
    made: Tree = {}
    for chart, frames in charts.items():
        held = [frame.reindex(list(units)).to_numpy(dtype=float) for frame in frames]
        made[chart] = [
            axis(chain.from_iterable(values[place] for values in held), zero=chart in ZERO_BASED)
            for place in range(len(units))
        ]
    return made


def _future(one: Future, units: Sequence[str]) -> Tree:
    chances = one.chances.reindex(list(units))
    some = next(iter(one.quantiles.values()), None)
    return {
        "key": one.key,
        "title": one.title,
        "group": one.group,
        "note": one.note,
        "mark": one.mark,
        "beside": one.beside,
        "common": one.common,
        "years": [int(year) for year in chances.columns],
        "p": [numbers(chances[year]) for year in chances.columns],
        "c": [pack_classes(class_numbers(chances[year], CHANCES)) for year in chances.columns],
        "expected": {str(year): list(ends) for year, ends in one.expected.items()},
        "levels": list(one.quantiles),
        "qyears": [] if some is None else [int(year) for year in some.columns],
        "q": [rows(frame, units) for frame in one.quantiles.values()],
    }


def _table(
    frame: pd.DataFrame | None, titles: Mapping[str, Text], units: Sequence[str]
) -> Tree | None:
    if frame is None:
        return None
    names = list(titles)
    return {"titles": [titles[name] for name in names], "v": rows(frame[names], units)}


def _remarks(content: AtlasContent, units: Sequence[str]) -> Tree:
    lines = list(dict.fromkeys(line for unit in units for line in content.remarks.get(unit, ())))
    place = {line: number for number, line in enumerate(lines)}
    return {
        "texts": lines,
        "of": [[place[line] for line in content.remarks.get(unit, ())] for unit in units],
    }


def _neighbours(pairs: pd.DataFrame | None, units: Sequence[str]) -> list[list[int]] | None:
    if pairs is None:
        return None
    place = {unit: number for number, unit in enumerate(units)}
    beside: list[set[int]] = [set() for _ in units]
    for first, second in zip(pairs["city_a"].astype(str), pairs["city_b"].astype(str), strict=True):
        if first in place and second in place:
            beside[place[first]].add(place[second])
            beside[place[second]].add(place[first])
    return [sorted(found) for found in beside]


def grid(given: RuleGrid, units: Sequence[str]) -> Tree:
    """Series, windows and rules as lists; a run names their places, counts and packed labels."""
    counts, skipped = given.counts, given.skipped
    series = list(dict.fromkeys(map(_series, counts.to_dict("records"))))
    windows = sorted(set(counts["window"]))
    rules = [rule for rule in given.names if rule in set(counts["rule"])]
    sets = list(dict.fromkeys(counts["units"]))
    labels = given.labels.reindex(list(units))
    columns: dict[Any, list[float]] = dict(
        zip(labels.columns, labels.to_numpy(dtype=float).T.tolist(), strict=True)
    )
    tallies: dict[int, list[list[int]]] = {}
    chosen: dict[int, Any] = {}
    for row in counts.to_dict("records"):
        tally = tallies.setdefault(row["run"], [[0, 0] for _ in sets])
        tally[sets.index(row["units"])] = [int(row["count"]), int(row["unit_count"])]
        chosen.setdefault(row["run"], row)
    runs = [
        [
            series.index(_series(row)),
            windows.index(row["window"]),
            rules.index(row["rule"]),
            tallies[run],
            pack_labels(columns[run]),
        ]
        for run, row in sorted(chosen.items())
    ]
    reasons = list(dict.fromkeys(zip(skipped["reason_en"], skipped["reason_zh"], strict=True)))
    gaps = {}
    for row in skipped.to_dict("records"):
        where = (_series(row), row["window"], row["rule"])
        if where[0] in series and where[1] in windows and where[2] in rules:
            key = f"{series.index(where[0])}.{windows.index(where[1])}.{rules.index(where[2])}"
            gaps[key] = reasons.index((row["reason_en"], row["reason_zh"]))
    start = given.start
    return {
        "series": [[slug(" ".join(one)), *_named(one, given)] for one in series],
        "windows": [[slug(window), window] for window in windows],
        "rules": [[slug(rule), *given.names[rule]] for rule in rules],
        "sets": [[slug(one), *given.words.get(one, Text(one, one))] for one in sets],
        "runs": runs,
        "reasons": reasons,
        "gaps": gaps,
        "start": [slug(text) for text in start],
    }


def _series(row: Any) -> tuple[str, str, str]:
    return str(row["concept"]), str(row["series"]), str(row["boundary"])


def _named(parts: tuple[str, str, str], given: RuleGrid) -> Text:
    held = [given.words.get(part, Text(part, part)) for part in parts]
    return Text(", ".join(part.en for part in held), "，".join(part.zh for part in held))


def _sheet(sheet: Sheet) -> Tree:
    return {
        "key": sheet.key,
        "title": sheet.title,
        "columns": sheet.columns,
        "rows": [
            [
                ["text", list(cell.value)]
                if isinstance(cell.value, Text)
                else [cell.form, None if cell.value is None else number(cell.value)]
                for cell in row
            ]
            for row in sheet.rows
        ],
        "notes": sheet.notes,
        "mark": sheet.mark,
        "page": sheet.page,
    }


def _region(given: FlowRegion, units: Sequence[str], drawing: Drawing | None) -> Tree:
    place = {unit: number for number, unit in enumerate(units)}
    cities = [place[city] for city in given.cities if city in place]
    flows = np.asarray(given.flows, dtype=float)
    top = np.nanmax(flows)
    arrows: list[tuple[int, int, float, float]] = []
    for i, j in np.argwhere(flows > 0).tolist():
        first, second = given.cities[i], given.cities[j]
        if first in place and second in place:
            share = float(flows[i, j] / top)
            arrows.append((place[first], place[second], float(flows[i, j]), round(share, 4)))
    arrows.sort(key=lambda arrow: arrow[3])
    box = None
    if drawing is not None:
        boxes = [drawing.extents[city] for city in given.cities if city in drawing.extents]
        if boxes:
            held = np.array(boxes)
            low = held[:, :2].min(axis=0)
            high = (held[:, :2] + held[:, 2:]).max(axis=0)
            box = [*low.tolist(), *(high - low).tolist()]
    return {
        "title": given.title,
        "note": given.note,
        "mark": given.mark,
        "cities": cities,
        "kinds": [given.kinds.get(city, Text("", "")) for city in given.cities if city in place],
        "arrows": arrows,
        "box": box,
        "sheets": [_sheet(sheet) for sheet in given.sheets],
        "lines": [
            {
                "title": line.title,
                "form": line.form,
                "years": [int(year) for year in line.values.columns],
                "names": [str(name) for name in line.values.index],
                "v": [numbers(row) for row in line.values.to_numpy(dtype=float)],
                "axis": axis(line.values.to_numpy(dtype=float).ravel(), zero=True),
            }
            for line in given.lines
        ],
    }

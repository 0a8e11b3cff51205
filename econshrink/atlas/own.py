"""A panel of the user's as an atlas shows it, and what cannot be shown of it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd

from econshrink.atlas.chinese import fault_zh, note_zh
from econshrink.atlas.futures import LOSS, future_of
from econshrink.atlas.rules import WORDS, agreement, grid_of, own_runs
from econshrink.core.errors import DataError, EconshrinkError, Fault, SpecError
from econshrink.forecast import project
from econshrink.nouns.country import Country
from econshrink.nouns.panel import CityPanel
from econshrink.report import (
    AtlasContent,
    Classes,
    Future,
    Measure,
    RuleGrid,
    Text,
    Yearly,
    rings_from_geojson,
)
from econshrink.shrinkage import PopulationSeries
from econshrink.tables.panel_verb import takes_panels

CHANGE = Classes((-0.2, -0.1, -0.05, 0.0, 0.05, 0.1, 0.2), middle=0.0)
AHEAD = 6  # years of the projection
FEW_TEXTS = 60  # an attribute with more is no filter
NAMES = (("name_en", "name", "name_zh"), ("name_zh", "name", "name_en"))  # first that is there
Absent = list[Text]


@takes_panels
def panel_atlas(
    panel: CityPanel,
    population: str | None = None,
    *,
    group: str | None = None,
    names: tuple[str | None, str | None] = (None, None),
    outlines: Path | None = None,
) -> AtlasContent:
    """What an atlas shows of any panel; `absent` says what it cannot.

    Parameters
    ----------
    panel : CityPanel or any table
        Of a table name ``unit=`` and ``time=``.
    population : str, optional
        Variable that holds the persons; by default ``population``, or the only variable there is.
    group : str, optional
        An attribute; units of a group share shocks of the forecast.
    names : tuple of str
        Attributes that hold names, and Chinese names.
    outlines : Path, optional
        GeoJSON in degrees with the property ``unit_code``; a broken file is said, not raised.

    Returns
    -------
    AtlasContent

    Raises
    ------
    DataError
        Not one figure.
    SpecError
        No such variable or attribute.
    """
    absent: Absent = []
    digest, panel = panel.digest(), _named_by_text(panel)
    variable = _persons(panel, population)
    values = panel.wide(variable)
    seen = values.columns[values.notna().any()]
    if not len(seen):
        fault = Fault(f"not one figure in '{variable}'", "persons", "Name another variable.")
        raise DataError(fault)
    first, last = int(seen[0]), int(seen[-1])
    change = (values[last] / values[first] - 1).replace([np.inf, -np.inf], np.nan)
    what = Text("Population", "人口") if variable == "population" else Text(variable, variable)
    measures = [
        Measure(f"{variable}_{last}", Text(f"{what.en} {last}", f"{last}年{what.zh}"),
                values[last], "persons", "people", column=True),
    ]  # fmt: skip
    if change.notna().any() and first < last:
        measures.append(Measure(
            f"change_{first}_{last}", Text(f"Change {first}–{last}", f"{first}–{last}年变化"),
            change, "change", "change", classes=CHANGE, column=True,
        ))  # fmt: skip
    elif first < last:
        absent.append(Text(f"No change {first}–{last}: no unit has figures of both years.",
                           f"没有{first}–{last}年变化：没有单位同时具备两年数据。"))  # fmt: skip
    else:
        absent.append(Text("No change: figures of one year only.", "只有一年数据，没有变化。"))
    grid, agreed = _rules(panel, variable, (first, last), absent)
    future = _future(panel, variable, group, absent)
    rings = _outlines(outlines, panel, absent)
    absent += [
        Text("No births, deaths and migration: give ages to `econshrink account`.",
             "没有出生、死亡与迁移核算：请用 `econshrink account` 并提供分年龄数据。"),
        Text("No talent region, claims or scenarios: they belong to the paper on China.",
             "没有人才区域、论断与情景：它们属于中国论文。"),
    ]  # fmt: skip
    from econshrink import __version__  # noqa: PLC0415  (the package is loaded by now)

    made = Text(
        f"econshrink {__version__}, atlas of {panel.source or 'a table'}. Data digest:",
        f"econshrink {__version__}，数据：{panel.source or '用户表格'}。数据摘要：",
    )
    return AtlasContent(
        title=Text("Atlas of units", "单位图集"),
        citation=made,
        digest=digest,
        units=_units(panel, names),
        attributes=_attributes(panel, group),
        measures=[*measures, *agreed],
        yearly=[Yearly("published", what, values, "population", "persons",
                       status=panel.wide_status(variable))],
        futures=future,
        remarks=_without_forecast(panel, future),
        loss=LOSS,
        outlines=rings,
        grid=grid,
        method=[Text("Computed by the package from the table given.",
                     "由本软件包根据所给表格计算。")],
        absent=absent,
        synthetic=panel.synthetic,
    )  # fmt: skip


def _named_by_text(panel: CityPanel) -> CityPanel:
    """Units by the text of their identifier: pages and addresses hold texts only."""
    if all(isinstance(unit, str) for unit in panel.cities):
        return panel

    def spelt(table: pd.DataFrame) -> pd.DataFrame:
        level = 0 if table.index.nlevels > 1 else None
        return table.rename(index=str, level=level) if len(table.columns) else table

    return replace(
        panel,
        frame=spelt(panel.frame),
        status=spelt(panel.status),
        attributes=spelt(panel.attributes),
        labels=spelt(panel.labels),
    )


def _persons(panel: CityPanel, given: str | None) -> str:
    """The variable that holds the persons."""
    known = tuple(name for name in map(str, panel.variables) if not panel.role(name))
    if given in panel.attributes or given in panel.labels:
        remedy = "Read the column as numbers, without signs between thousands."
        raise SpecError(Fault(f"texts in '{given}'", "persons", remedy))
    if given is None and ("population" in known or len(known) == 1):
        return "population" if "population" in known else known[0]
    if given is None or given not in known:
        seen = "several variables" if given is None else f"no variable '{given}'"
        remedy = 'Say population="..." (--variable on the command line).'
        raise SpecError(Fault(seen, f"one of {', '.join(known) or 'none'}", remedy))
    return given


def _units(panel: CityPanel, names: tuple[str | None, str | None]) -> pd.DataFrame:
    """Names as far as the panel holds them; the identifier stands in for a missing one."""
    units = pd.DataFrame(index=pd.Index([str(city) for city in panel.cities], name="city"))
    known = panel.attributes
    for column, given, usual in zip(("name_en", "name_zh"), names, NAMES, strict=True):
        if given is not None and given not in known:
            remedy = f"Name one of {', '.join(map(str, known.columns)) or 'none'}."
            raise SpecError(Fault(f"no attribute '{given}'", "a text per unit", remedy))
        source = given or names[0] or next((name for name in usual if name in known), None)
        if source is not None:
            held = known[source].reindex(list(panel.cities))
            units[column] = [text if isinstance(text, str) else "" for text in held]
    return units


def _attributes(panel: CityPanel, group: str | None) -> dict[str, tuple[Text, pd.Series]]:
    """The group, and other attributes with few texts, as filters."""
    made: dict[str, tuple[Text, pd.Series]] = {}
    for name in panel.attributes.columns:
        column = panel.attributes[name]
        texts = column[[isinstance(value, str) for value in column]]
        few = 1 < texts.nunique() <= FEW_TEXTS and texts.nunique() < len(texts)
        if name == group or (few and str(name) not in {"name_en", "name_zh", "name"}):
            words = pd.Series([Text(text, text) for text in texts],
                              index=[str(city) for city in texts.index])  # fmt: skip
            made[f"a{len(made)}_{name}"] = (Text(str(name), str(name)), words)
    return made


def _rules(
    panel: CityPanel, variable: str, span: tuple[int, int], absent: Absent
) -> tuple[RuleGrid | None, list[Measure]]:
    series = PopulationSeries(panel, variable, "table", "as given", variable)
    first, last = span
    windows = [span, *((year, last) for year in range(last - 5, last - 15, -5) if year > first)]
    try:
        runs = own_runs([series], windows)
        grid = grid_of(runs, (f"{variable} table as given", f"{first}–{last}",
                              str(runs.counts["rule"].iloc[0])))  # fmt: skip
    except (EconshrinkError, IndexError) as problem:
        absent.append(Text(f"No rules: {_short(problem)}", f"没有规则判定：{fault_zh(problem)}"))
        return None, []
    more = {"table": Text("table", "表格"), "as given": Text("as given", "原样")}
    grid = RuleGrid(grid.counts, grid.labels, grid.skipped, grid.names, WORDS | more, grid.start)
    return grid, [agreement(runs)]


def _future(
    panel: CityPanel, variable: str, group: str | None, absent: Absent
) -> tuple[Future, ...]:
    try:
        made = project(
            panel,
            panel.years[-1] + AHEAD,
            country=Country(group),
            variable=variable,
        )
    except EconshrinkError as problem:
        absent.append(Text(f"No forecast: {_short(problem)}", f"没有预测：{fault_zh(problem)}"))
        return ()
    note = Text(" ".join(made.notes), "".join(dict.fromkeys(map(note_zh, made.notes))))
    years = (made.years[AHEAD // 2 - 1], made.years[-1])
    return (future_of(made, "default", Text("Default projection", "默认预测"), note, years),)


def _without_forecast(panel: CityPanel, made: tuple[Future, ...]) -> dict[str, tuple[Text, ...]]:
    """A line for every unit that the projection left out."""
    line = Text("No forecast: no recent figure, or a series too short or broken.",
                "没有预测：没有近年数据，或序列过短、中断。")  # fmt: skip
    held = {str(unit) for one in made for unit in one.chances.index}
    return {str(unit): (line,) for unit in panel.cities if made and str(unit) not in held}


def _outlines(
    path: Path | None, panel: CityPanel, absent: Absent
) -> dict[str, list[np.ndarray]] | None:
    if path is None:
        absent.append(Text("No map: no outlines were given (--outlines).",
                           "没有地图：未提供轮廓（--outlines）。"))  # fmt: skip
        return None
    try:
        rings = rings_from_geojson(path.read_text(encoding="utf-8"))
        sound = {unit: held for unit, held in rings.items() if _sound(held)}
    except (OSError, ValueError, KeyError, TypeError, IndexError, AttributeError) as problem:
        why = f"{path.name} is no GeoJSON of outlines ({type(problem).__name__})"
        absent.append(Text(f"No map: {why}.", f"没有地图：{path.name} 不是可用的 GeoJSON 轮廓。"))
        return None
    broken = sorted(set(rings) - set(sound))
    if broken:
        listed = ", ".join(broken[:5])
        absent.append(Text(f"{len(broken)} broken outlines are not drawn: {listed}.",
                           f"{len(broken)}个损坏的轮廓未绘制：{listed}。"))  # fmt: skip
    if not set(sound) & {str(city) for city in panel.cities}:
        absent.append(Text(f"No map: no outline of {path.name} belongs to a unit of the table.",
                           f"没有地图：{path.name} 中没有表中单位的轮廓。"))  # fmt: skip
        return None
    return sound


def _sound(rings: list[np.ndarray]) -> bool:
    """Three points or more, in degrees."""
    return bool(rings) and all(
        ring.ndim == 2
        and ring.shape[0] >= 3
        and bool(np.isfinite(ring).all())
        and bool((np.abs(ring[:, 0]) <= 360).all())
        and bool((np.abs(ring[:, 1]) <= 90).all())
        for ring in rings
    )


def _short(problem: Exception) -> str:
    text = str(problem)
    return text if len(text) <= 300 else text[:299] + "…"

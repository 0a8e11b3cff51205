"""Every rule on every series and window: the multiverse of counts, and which choice moves it."""

from __future__ import annotations

import numpy as np
import pandas as pd

from analyses.machinery.workspace import Workspace, slug
from analyses.shared.samples import NOT_DRAWN, annual_panel, benchmarks, bilingual_names
from econshrink import CityPanel, Table
from econshrink.data import (
    load_boundaries,
    load_boundary_changes,
    load_census_panel,
    rebase_boundaries as rebase,
)
from econshrink.nouns import Cell, Row, Span
from econshrink.report import (
    GREY,
    VERMILION,
    Binned,
    draw_map,
    house_style,
    map_caption,
    new_figure,
)
from econshrink.shrinkage import (
    ConsecutiveDecline,
    Multiverse,
    NetLoss,
    PopulationSeries,
    ReportStandard,
    Rule,
    fleiss_kappa,
    multiverse,
    published_counts,
    registered,
    robust_and_fragile,
    variance_decomposition,
    weighted_mean_growth_by,
)

CENSUS_WINDOW = (2010, 2020)
WINDOWS = ((2010, 2019), (2010, 2020), (2011, 2019), (2011, 2020), (2014, 2020), (2014, 2023))
WINDOWS = (*WINDOWS, (2020, 2024))
NEARLY_ALL = 0.9  # of the units a series can judge
CLOSURES = ("observed_cell", "straight_line", "hold_1", "hold_3")
REPORT = {
    "Three falls, output slower": "A&B",
    "Three falls, built-up area grew": "A&C",
    "Three falls, slower or built-up": "A&(B|C)",
    "All three parts": "A&B&C",
}
AGAINST = ("nation", "sample", "province")
FAMILIES: dict[str, tuple[str, ...]] = {
    "Any loss over the window": (
        "census_loss",
        "li_mykhnenko",
        "beauregard",
        "li_cao_yu_broad",
        "long_wu",
        "turok_mykhnenko",
    ),
    "Loss beyond 5%": ("net loss beyond 5%",),
    "Loss beyond 10%": ("net loss beyond 10%", "oswalt_rieniets"),
    "Loss beyond 0.15% a year": ("wolff_wiechmann",),
    "Below an earlier peak": ("alves_shapes",),
    "2 yearly falls in a row": ("2 falls in a row",),
    "3 yearly falls": ("three_falls", "report_standard"),
    "3 falls beyond 0.5%": ("3 falls beyond 0.5%",),
    "4 yearly falls": ("4 falls in a row",),
    "5 yearly falls": ("5 falls in a row",),
    **{
        name: (f"report {parts}", *(f"report {parts}, {against}" for against in AGAINST))
        for name, parts in REPORT.items()
    },
}
SERIES = {"Censuses": "census", "Annual, as published": "raw", "Annual, adjusted": "closed"}
FACTORS = ["rule", "concept", "series", "boundary", "window", "units"]


def run(work: Workspace) -> None:
    """Run the grid, tabulate, draw the curve and the map of agreement."""
    panel, census = annual_panel(), load_census_panel()
    kind = census.attributes["kind"]
    units = {
        "all": list(census.cities),
        "cities": list(kind.index[kind.isin(["municipality", "prefecture_city"])]),
        "with annual figures": list(panel.cities),
    }
    grid = multiverse(_rules(panel), _figures(work, panel, census), WINDOWS, units)
    counts = _judged(grid.counts)
    runs = counts["run"].nunique()
    work.count("identify.rules", len(registered()), "rules", "multiverse")
    work.count("identify.multiverse.runs", runs, "runs", "multiverse")
    partial = len(grid.labels.columns) - runs
    work.count("identify.multiverse.partial", partial, "runs", "multiverse")
    labels = grid.labels[sorted(counts["run"].unique())]
    grid = Multiverse(counts, labels, grid.skipped)
    for name in ("counts", "labels", "skipped"):
        work.save(getattr(grid, name), name)
    work.count("identify.multiverse.counts", len(counts), "counts", "multiverse")
    work.count("identify.multiverse.skipped", len(grid.skipped), "runs", "multiverse")
    one = counts[counts["units"] == "all"]
    rules = counts["rule"].nunique()
    work.count("identify.multiverse.rules", rules, "rules", "multiverse")
    for level in (0, 10, 50, 90, 100):
        value = float(np.percentile(one["share"], level))
        stem = f"identify.multiverse.share_q{level}"
        work.result(stem, value, "estimate", "share", "multiverse")
    kappa = fleiss_kappa(labels)
    work.result("identify.multiverse.fleiss_kappa", kappa, "estimate", "", "multiverse")
    _agreement(work, grid)
    work.table(_table(one))
    work.table(_choices(work, counts))
    work.table(_published())
    _curve(work, grid)


def _judged(counts: pd.DataFrame) -> pd.DataFrame:
    """Runs that judge nearly all units of their series.

    Where a figure ends early, Kleene logic leaves only the units that fail another part: a count
    of zero among those few would say nothing.
    """
    most = counts.groupby(["concept", "series", "boundary", "units"])["unit_count"].transform("max")
    short = counts["unit_count"] < NEARLY_ALL * most
    return counts[~counts["run"].isin(set(counts.loc[short, "run"]))].reset_index(drop=True)


def _rules(panel: CityPanel) -> dict[str, Rule]:
    """Registered rules with their own parameters, and the variants papers differ in."""
    yardsticks = benchmarks(panel)
    province = weighted_mean_growth_by(panel, "real_growth", "gdp_nominal", "the province")
    rules = {key: rule for key, (rule, _) in registered().items()}
    rules |= {f"net loss beyond {t:.0%}": NetLoss(threshold=t) for t in (0.05, 0.1)}
    rules |= {f"{k} falls in a row": ConsecutiveDecline(k) for k in (2, 4, 5)}
    rules["3 falls beyond 0.5%"] = ConsecutiveDecline(3, tolerance=0.005)
    for parts in ("A&B", "A&C", "A&B&C", "A&(B|C)"):
        for name, against in (
            ("nation", yardsticks.nation),
            ("sample", yardsticks.sample),
            ("province", province),
        ):
            if "B" in parts:
                rules[f"report {parts}, {name}"] = ReportStandard(parts, against)
    rules["report A&C"] = ReportStandard("A&C")
    return rules


def _figures(work: Workspace, panel: CityPanel, census: CityPanel) -> list[PopulationSeries]:
    on_2020 = rebase(panel, load_boundary_changes())
    held = [
        PopulationSeries(census, "residents", "census", "2020", windows=(CENSUS_WINDOW,)),
        PopulationSeries(census, "urban residents", "census", "2020", "urban", (CENSUS_WINDOW,)),
        PopulationSeries(panel, "residents", "raw", "as published"),
        PopulationSeries(on_2020, "residents", "raw", "2020"),
    ]
    for name in CLOSURES:
        closed: CityPanel = work.load("closure", name)
        grown = closed.with_variables({"real_growth": np.log(closed.column("gdp_index"))})
        held.append(
            PopulationSeries(grown, "residents", f"closed: {name.replace('_', ' ')}", "2020")
        )
    return held


def _agreement(work: Workspace, grid: Multiverse) -> None:
    support = grid.support()
    kinds = robust_and_fragile(support).value_counts()
    for kind in ("nearly all", "few", "none", "disputed"):
        work.count(
            f"identify.multiverse.cities.{slug(kind)}",
            int(kinds.get(kind, 0)),
            "units",
            "map_agreement",
        )
    share = support["support"].dropna()
    scale = Binned(
        (0.1, 0.25, 0.5, 0.75, 0.9), "Share of runs that call a unit shrinking", diverging=False
    )
    boundaries = load_boundaries()
    work.figure(
        draw_map(share, boundaries, scale),
        "map_agreement",
        alt=(
            "Map of prefecture-level units by the share of runs that call each shrinking. "
            "High shares fill the Northeast and bands of the Centre; the West and the coast "
            "are low."
        ),
    )
    caption = map_caption(share, boundaries, bilingual_names(), NOT_DRAWN)
    work.write("captions/map_agreement.txt", caption)


def _table(counts: pd.DataFrame) -> Table:
    rows = []
    grouped = counts.groupby("rule")
    order = grouped["share"].median().sort_values(kind="stable").index
    titles = {key: title for key, (_, title) in registered().items()}
    for rule in order:
        part = grouped.get_group(rule)
        example = part[(part["series"] == "raw") & (part["window"] == "2011–2019")]
        example = example[example["boundary"] == "as published"]
        census = part[(part["series"] == "census") & (part["concept"] == "residents")]
        rows.append(
            Row(
                (
                    Cell(titles.get(rule, rule[:1].upper() + rule[1:])),
                    Cell(len(part), "d"),
                    Cell(int(part["count"].min()), "d"),
                    Cell(float(part["count"].median()), ".0f"),
                    Cell(int(part["count"].max()), "d"),
                    _count(example),
                    _count(census),
                )
            )
        )
    return Table(
        "multiverse",
        "The multiverse of counts: shrinking units by rule, over series and windows",
        (
            (Span(""), Span(""), Span("Count over runs", 3), Span("Raw"), Span("Census")),
            (
                Span("Rule"),
                Span("Runs"),
                Span("Least"),
                Span("Median"),
                Span("Most"),
                Span("2011–2019"),
                Span("2010–2020"),
            ),
        ),
        tuple(rows),
        (
            "A run is a rule on a population concept, a series (census, annual as published on two "
            "boundaries, closed by four rules) and a window; all 337 units are eligible, and those "
            "with a label count. Runs the data cannot support, and runs that leave more than a "
            "tenth of the units undefined, are left out. Rules that need "
            "vacancies, a crisis flag or night lights have no run here.",
        ),
    )


def _count(rows: pd.DataFrame) -> Cell:
    if rows.empty or not rows["unit_count"].iloc[0]:
        return Cell(None)
    return Cell(int(rows["count"].iloc[0]), "d", after=f"/{int(rows['unit_count'].iloc[0])}")


def _choices(work: Workspace, counts: pd.DataFrame) -> Table:
    shares = variance_decomposition(counts, FACTORS, "share")["share"]
    labels = {
        "rule": "Rule",
        "concept": "Population concept",
        "series": "Series",
        "boundary": "Boundary",
        "window": "Window",
        "units": "Set of units",
    }
    rows = []
    for factor, value in shares.items():
        key = slug(str(factor))
        work.result(
            f"identify.multiverse.variance.{key}", float(value), "estimate", "share", "choices"
        )
        rows.append(
            Row((Cell(labels.get(str(factor), str(factor).capitalize())), Cell(value, ".1%")))
        )
    return Table(
        "choices",
        "Which choice moves the share of shrinking units",
        ((Span("Choice"), Span("Share of variance")),),
        tuple(rows),
        (
            "Main effects over all counts of the multiverse, each factor's gain in R² averaged "
            "over all orders of entry; what is left is interaction.",
        ),
    )


def _published() -> Table:
    rows = tuple(
        Row(
            (
                Cell(f"{entry.source}{'' if entry.verified else ' †'}"),
                Cell(str(entry.unit)),
                Cell(str(entry.years)),
                Cell(int(entry.count) if np.isfinite(entry.count) else None, ",d"),
                Cell(int(entry.total) if np.isfinite(entry.total) else None, ",d"),
            )
        )
        for entry in _published_rows().itertuples()
    )
    return Table(
        "published_counts",
        "Published counts of shrinking cities in China, on other units and data",
        (
            (
                Span("Source"),
                Span("Unit"),
                Span("Years"),
                Span("Count"),
                Span("Of"),
            ),
        ),
        rows,
        (
            "As reported in the literature; not recomputed here, since units, concepts or data "
            "differ from ours. Two counts on our units can be reproduced: 149 losing units "
            "by census residents, and 25 of urban residents. † Second hand, or without a stated "
            "window.",
        ),
        align="lllrr",
    )


def _published_rows() -> pd.DataFrame:
    table = published_counts()
    years = (
        table["first"].astype("Int64").astype(str) + "–" + table["last"].astype("Int64").astype(str)
    )
    return table.assign(years=years)


def _curve(work: Workspace, grid: Multiverse) -> None:
    """Shares in ascending order, and the rule, series and window behind each run."""
    curve = grid.curve()
    curve = curve[curve["units"] == "all"].reset_index(drop=True)
    blocks = {
        "Rule": {name: curve["rule"].isin(rules) for name, rules in FAMILIES.items()},
        "Series": {name: curve["series"].str.startswith(start) for name, start in SERIES.items()},
        "Window": {str(level): curve["window"] == level for level in sorted(set(curve["window"]))},
    }
    urban = curve["concept"].str.startswith("urban")
    blocks["Rule"] = {name: chosen & ~urban for name, chosen in blocks["Rule"].items()}
    blocks["Rule"]["Urban residents, any rule"] = urban
    rows = pd.DataFrame({(head, name): held for head, block in blocks.items()
                         for name, held in block.items()})  # fmt: skip
    rows = rows.loc[:, rows.any()]
    with house_style():
        fig, axes = new_figure("two", height=5.4, rows=2, height_ratios=(1.0, 1.35), sharex=True)
        top, below = axes[:, 0]
        place = np.arange(len(curve))
        top.plot(place, 100 * curve["share"], color=GREY, lw=1.4)
        level = 100 * curve.loc[curve["series"] == "census", "share"].max()
        top.axhline(level, color=VERMILION, lw=0.8)
        top.annotate(
            "residents fell between the censuses", (0, level), xytext=(2, 3),
            textcoords="offset points", fontsize=7.5, color=VERMILION,
        )  # fmt: skip
        top.set(ylabel="Shrinking units, percent", ylim=(0, None))
        below.imshow(
            1.0 - rows.to_numpy().T, aspect="auto", cmap="gray", vmin=0, vmax=1,
            interpolation="nearest", extent=(-0.5, len(curve) - 0.5, rows.shape[1] - 0.5, -0.5),
        )  # fmt: skip
        below.set_yticks(range(rows.shape[1]), [name for _, name in rows.columns], fontsize=7)
        heads = [head for head, _ in rows.columns]
        for row in range(1, len(heads)):
            new = heads[row] != heads[row - 1]
            below.axhline(row - 0.5, color=GREY if new else "#D9D9D9", lw=0.9 if new else 0.3)
        below.set_xlabel("Runs, in ascending order of the share of shrinking units")
        below.tick_params(axis="y", length=0)
    work.figure(
        fig,
        "specification_curve",
        alt=(
            "A line in ascending order: the share of shrinking units in every run, from a few "
            "percent to three quarters. Below, rows of marks show the rule, the series and the "
            "window behind each run; the rules lie in order, the rest is spread over the width."
        ),
    )

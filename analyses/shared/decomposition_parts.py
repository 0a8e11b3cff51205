"""Drivers of the decompositions of China, and their tables."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from analyses.machinery.workspace import Workspace, slug
from econshrink import Decomposition, Spec, Table
from econshrink.inference import BayesianBootstrap
from econshrink.nouns import TOTAL, Cell, Row, Span

# Everything is measured in 2010 (at the start), before the change that is decomposed.
PARTS: dict[str, tuple[str, ...]] = {
    "age": ("share_65_plus",),
    "children": ("child_woman_ratio",),
    "employment": ("employment_rate",),
    "housing": ("floor_area", "share_purchased"),
    "industry": ("share_agriculture", "share_mining", "share_manufacturing"),
    "education": ("share_tertiary",),
    "migrants": ("in_migrants",),
    "size": ("log_population",),
}
LABELS = {
    "age": "Aged 65 and over",
    "children": "Child-woman ratio",
    "employment": "Employment rate",
    "housing": "Housing",
    "industry": "Industry",
    "education": "Education",
    "migrants": "Migrant stock",
    "size": "Size",
    "unexplained": "Not explained",
    TOTAL: "Total",
}
OUTCOMES = {
    "total_rate": "Change",
    "net_migration_rate": "Net migration",
    "natural_rate": "Natural change",
}
REGIONS = {"east": "East", "central": "Central", "west": "West", "northeast": "Northeast"}
SCHEME = BayesianBootstrap()
MEASURED = (
    "Drivers in 2010: share aged 65 and over; children 0–4 per woman 15–49; employed per person "
    "15 and over; floor area a head and share of purchased homes (housing); shares of "
    "agriculture, mining and manufacturing in employment (industry); share with tertiary "
    "education; migrants registered in another county; log persons (size)."
)


def spec(outcome: str, parts: Mapping[str, Sequence[str]], *first: str) -> Spec:
    """The regression of an outcome on all drivers, `first` before them."""
    return Spec(outcome, (*first, *(name for members in parts.values() for name in members)))


def record(
    work: Workspace, prefix: str, found: Decomposition, exhibit: str, *, synthetic: bool = False
) -> None:
    """Estimate, error and limits of every part as results."""
    for row in found.frame.to_dict("records"):
        stem = f"{prefix}.{slug(str(row['target']))}.{slug(str(row['part']))}"
        for key, column, kind in (
            ("estimate", "estimate", "estimate"),
            ("se", "std_error", "mc" if "delta" not in found.error_label else "se"),
            ("low", "conf_low", "mc"),
            ("high", "conf_high", "mc"),
        ):
            work.result(f"{stem}.{key}", float(row[column]), kind, "", exhibit, synthetic)


def parts_table(
    name: str,
    title: str,
    found: Mapping[str, Decomposition],
    targets: Mapping[str, str],
    labels: Mapping[str, str],
    notes: Sequence[str],
    *,
    digits: str = ".1f",
) -> Table:
    """Parts down, results and targets across, errors in parentheses beneath."""
    rows = []
    for part, label in labels.items():
        held = [
            (result, target)
            for result in found.values()
            for target in targets
            if part in result.frame.loc[result.frame["target"] == target, "part"].tolist()
        ]
        if not held:
            continue
        numbers, errors = [Cell(label)], [Cell("")]
        for result in found.values():
            for target in targets:
                there = (result, target) in held
                value = result.number(target, part) if there else None
                error = result.number(target, part, "std_error") if there else None
                numbers.append(Cell(value, digits))
                errors.append(Cell(error, digits, "(", ")") if there else Cell(""))
        kind = "rule" if part == TOTAL else "body"
        rows += [Row(tuple(numbers), kind), Row(tuple(errors))]
    first = (Span(""), *(Span(result, len(targets)) for result in found))
    second = (Span(""), *(Span(label) for _ in found for label in targets.values()))
    header = (first, second) if len(targets) > 1 else (first,)
    any_result = next(iter(found.values()))
    errors_from = any_result.error_label
    return Table(
        name,
        title,
        header,
        tuple(rows),
        (*notes, f"{any_result.nobs} units. {errors_from[:1].upper()}{errors_from[1:]}."),
        synthetic=any_result.synthetic,
    )

"""The stored study of forecasts on true vintages of the laboratory, as a table."""

from __future__ import annotations

from analyses.machinery.studies.store import read_study
from analyses.machinery.workspace import Workspace
from analyses.shared.forecast_tables import LABELS
from econshrink import Table
from econshrink.nouns import Cell, Row, Span

KINDS = {"vintage": "True vintages", "pseudo": "Compilation cut", "true": "True figures"}
MODELS = ("no_change", "damped")


def run(work: Workspace) -> None:
    """Tabulate error and coverage by what the forecaster could see."""
    study = read_study("forecast_vintages", work.root)
    found = study["rows"].set_index("term")
    rows = []
    for model in MODELS:
        cells = [Cell(LABELS[model])]
        for kind in KINDS:
            for key, form in (("mape", ".1%"), ("inside80", ".0%")):
                value = float(found.loc[f"{key}.{model}.{kind}", "mean"])
                stem = f"forecast.lab.{key}.{model}.{kind}"
                work.result(stem, value, "mc", "share", "forecast_vintages", True)
                cells.append(Cell(value, form))
        rows.append(Row(tuple(cells)))
    work.count("forecast.lab.replicates", study["replicates"], "countries", "forecast_vintages")
    work.table(
        Table(
            "forecast_vintages",
            "Five-year forecasts of synthetic countries scored on the truth, by what was seen",
            (
                (Span(""), *(Span(text, 2) for text in KINDS.values())),
                (Span("Model"), *(Span(x) for _ in KINDS for x in ("MAPE", "80%"))),
            ),
            tuple(rows),
            (
                f"Stored study: mean of {study['replicates']} synthetic countries. True "
                "vintages: values as they stood at the origin. Compilation cut: the latest "
                "compilation up to the origin, revisions and all, as the real exhibits have to do.",
            ),
            synthetic=True,
        )
    )

"""The tasks of the paper, in the order in which its sections use them."""

from analyses.tasks import Task

TASKS = (
    Task("official_totals"),
    Task("data_quality"),
    Task("census"),
    Task("closure"),
    Task("closure_family", needs=("closure",)),
    Task("detectors"),
    Task("lab_calibration"),
    Task("lab_detection"),
    Task("report_rule", needs=("closure",)),
    Task("multiverse", needs=("closure",)),
    Task("places", needs=("census", "closure")),
    Task("typology", needs=("census",)),
    Task("expansion", needs=("census",)),
    Task("panel_growth"),
    Task("onset"),
    Task("forecast_scores"),
    Task("forecast_calibration", needs=("forecast_scores",)),
    Task("forecast_cohort"),
    Task("forecast_monitor"),
    Task("forecast_vintages", inputs=("paper/studies/forecast_vintages.json",)),
    Task("risk", needs=("forecast_scores",)),
    Task("claims", needs=("census", "report_rule", "expansion")),
    Task(
        "paper",
        needs=("*",),
        module="analyses.manuscript",
        heavy=False,
        inputs=("paper/**/*.typ", "paper/refs.bib"),
    ),
)

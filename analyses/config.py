"""The tasks of the paper, in the order in which its sections use them."""

from pathlib import Path

from analyses.tasks import Task
from econshrink.errors import DataError, Fault

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
    Task("accounting"),
    Task("accounting_lab", inputs=("paper/studies/accounting.json",)),
    Task("places", needs=("census", "closure")),
    Task("typology", needs=("census",)),
    Task("expansion", needs=("census",)),
    Task("panel_growth"),
    Task("annual_panel"),
    Task("housing_bust"),
    Task("long_difference"),
    Task("long_inference"),
    Task("iv"),
    Task("long_spatial"),
    Task("long_heterogeneity"),
    Task("long_curve"),
    Task("stability"),
    Task("decomposition"),
    Task("decomposition_lab", inputs=("paper/studies/decomposition.json",)),
    Task("drivers_lab", inputs=("paper/studies/*.json",)),
    Task("onset"),
    Task("hazard_main"),
    Task("hazard_rules"),
    Task("hazard_paths", needs=("hazard_main",)),
    Task("hazard_course"),
    Task("hazard_lab"),
    Task("risk"),
    Task("forecast_scores"),
    Task("forecast_calibration", needs=("forecast_scores",)),
    Task("risk", needs=("forecast_scores",)),
    Task("claims", needs=("census", "report_rule", "expansion")),
    Task("methods_errors"),
    Task(
        "methods_references",
        inputs=("tests/reference/panel.csv", "tests/reference/data/*.csv"),
    ),
    Task("methods_studies", inputs=("paper/studies/*.json",)),
    Task("methods_speed", inputs=("benchmarks/results/*.json",), heavy=False),
    Task(
        "claims_causes",
        needs=("long_difference", "long_inference", "iv", "housing_bust"),
    ),
    Task(
        "paper",
        needs=("*",),
        module="analyses.manuscript",
        heavy=False,
        inputs=("paper/**/*.typ", "paper/refs.bib"),
    ),
)


def with_data(file: str) -> tuple[Task, ...]:
    """The tasks of the paper and one for a user's yearbook, whose exhibits it adds.

    Raises
    ------
    DataError
        There is no such file.

    Examples
    --------
    >>> [task.name for task in with_data(__file__)][0]
    'yearbook'
    """
    path = Path(file).expanduser().resolve()
    if not path.exists():
        raise DataError(
            Fault(
                f"no file {file}",
                "a yearbook file, or a folder of them",
                "Check the path: make paper DATA=path/to/file.xlsx.",
                "DATA",
            )
        )
    return (Task("yearbook", inputs=(str(path),)), *TASKS)

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
    Task("hazard_main"),
    Task("hazard_rules"),
    Task("hazard_paths", needs=("hazard_main",)),
    Task("hazard_claims", needs=("hazard_main",)),
    Task("hazard_course"),
    Task("hazard_checks", needs=("hazard_main", "lab_detection")),
    Task("hazard_lab"),
    Task("hazard_study", inputs=("paper/studies/hidden_onsets.json",)),
    Task("risk"),
    Task("claims", needs=("census", "report_rule", "expansion")),
    Task(
        "paper",
        needs=("*",),
        module="analyses.manuscript",
        heavy=False,
        inputs=("paper/**/*.typ", "paper/refs.bib"),
    ),
)

"""Any table walks in: every public verb on a panel or on spells takes it, or says why not."""

import importlib
import inspect
from pathlib import Path

import econshrink

ROOMS = [
    name
    for name in dir(econshrink)
    if (Path(econshrink.__file__).parent / name / "__init__.py").exists()
]
NAMED = ({"unit", "time"}, {"duration", "event"})
EXEMPT = {
    "panel.fe_estimate": "a step of an estimator: panel, design and fit come from the step before",
    "panel.moment_data": "a step of an estimator, for who writes one",
    "panel.prepare": "a step of an estimator, for who writes one",
    "data.pseudo_vintage": "a DataFrame is a table of releases there, with its own columns",
    "report.plot_forecast": "the report knows nouns, no readers of tables; its error says as_panel",
}


def insisting():
    """Public functions that take a panel or spells and no table."""
    found = set()
    for room in ["", *ROOMS]:
        space = importlib.import_module(f"econshrink.{room}" if room else "econshrink")
        for name in dir(space):
            verb = getattr(space, name)
            if name[0] == "_" or inspect.isclass(verb) or not inspect.isfunction(verb):
                continue
            parameters = inspect.signature(verb).parameters
            takes = [str(one.annotation) for one in parameters.values()]
            wanted = any("CityPanel" in one or "SpellTable" in one for one in takes)
            if wanted and not any(names <= {*parameters} for names in NAMED):
                found.add(f"{room}.{name}")
    return found


def test_every_verb_on_a_panel_or_spells_takes_any_table():
    assert insisting() == set(EXEMPT), "decorate it with takes_panels or takes_tables, or say why"

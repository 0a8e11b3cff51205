"""Rows at risk for the survival commands: China's onsets of shrinking, or a file of durations."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from econshrink.cli.figures import add_data, table_of

if TYPE_CHECKING:
    from econshrink.nouns.spells import SpellTable
    from econshrink.tables.survival_model import SurvivalModel

FIRST, LAST = 2012, 2020  # years of the embedded rows
COUNTED = 2010  # the census of their covariates


def add_spells(parser: argparse.ArgumentParser) -> None:
    """A formula and the columns of durations."""
    parser.add_argument(
        "formula",
        help='such as "Surv(weeks, arrest) ~ age + C(race) + strata(site)"; only the right side '
        "for the embedded rows or with --duration and --event",
    )
    parser.add_argument("--duration", metavar="COLUMN", help="column of durations, or of exits")
    parser.add_argument("--event", metavar="COLUMN", help="column that is 1 if the event came")
    parser.add_argument("--entry", metavar="COLUMN", help="column of entries, if not all at 0")
    add_data(parser, time=False, yearbook=False)


def spells_and_model(options: argparse.Namespace) -> tuple[SpellTable, SurvivalModel]:
    """Rows at risk and the model, its terms made into columns."""
    from econshrink.tables import spells, survival_formula  # noqa: PLC0415
    from econshrink.tables.spell_table import spells_of  # noqa: PLC0415

    model = survival_formula(options.formula)
    roles = {f"--{role}": getattr(options, role) for role in ("duration", "event", "entry", "unit")}
    given = {option: name for option, name in roles.items() if name is not None}
    if options.data is None:
        _refuse_roles(options, given, model)
        return spells_of(onsets(), options.formula)
    table = table_of(options.data, given)
    if model.stop is not None:
        _refuse_roles(options, {k: v for k, v in given.items() if k != "--unit"}, None)
        return spells_of(table, options.formula, unit=options.unit)
    made = spells(
        table,
        duration=options.duration,
        event=options.event,
        entry=options.entry,
        unit=options.unit,
    )
    return spells_of(made, options.formula)


def onsets() -> SpellTable:
    """City-years at risk of a first run of three falls, with what the census of 2010 counted.

    The panel is closed to both censuses. Covariates are of 2010, before any row: age groups and
    urban residents in percent, household size, sex ratio, log of population; and region, province,
    resource stage.
    """
    from dataclasses import replace  # noqa: PLC0415

    import numpy as np  # noqa: PLC0415

    from econshrink.data import close_china, load_census_panel, load_units  # noqa: PLC0415
    from econshrink.shrinkage import (  # noqa: PLC0415
        CalendarTime,
        ConsecutiveDecline,
        Watch,
        city_histories,
        risk_spells,
    )

    watch = Watch(ConsecutiveDecline(3), 3, FIRST - 1, LAST + 2)
    made = risk_spells(
        city_histories(close_china().panel, watch),
        clock=CalendarTime(FIRST - 1),
        years=(FIRST, LAST),
    )
    census = load_census_panel().frame.xs(COUNTED, level="year")
    percent = {
        name.replace("share", "percent"): 100 * census[name]
        for name in census.columns
        if name.startswith("share_")
    }
    known = census[["household_size", "sex_ratio"]].assign(
        **percent,
        percent_urban=100 * census["urban"] / census["population"],
        log_population=np.log(census["population"]),
    )
    known = known.join(load_units()[["region", "province", "resource_stage"]])
    note = f"Covariates are of the census of {COUNTED}; population closed to both censuses."
    return replace(made, frame=made.frame.join(known, on="home"), notes=(*made.notes, note))


def _refuse_roles(
    options: argparse.Namespace, given: dict[str, str], model: SurvivalModel | None
) -> None:
    from econshrink.core.errors import Fault, SpecError  # noqa: PLC0415

    if model is not None and model.stop is not None:
        seen = f"'{options.formula}' for the embedded onsets"
        remedy = "Leave out the left side, or name your own --data FILE."
        raise SpecError(Fault(seen, "covariates alone", remedy))
    if given and model is not None:
        seen = f"{', '.join(given)} without --data"
        raise SpecError(Fault(seen, "a table these columns are in", "Name it: --data FILE."))
    if given:
        seen = f"{', '.join(given)} beside '{options.formula}'"
        remedy = "Leave out one: Surv(...) in the formula or the options."
        raise SpecError(Fault(seen, "the roles once", remedy))

"""The span of the accounting: the censuses of 2010 and 2020, and survival between them."""

from __future__ import annotations

from econshrink.data import load_fertility, load_survival
from econshrink.demography import SurvivalRatios, survival_ratios

START, END = 2010, 2020


def national_ratios(year: int = START) -> SurvivalRatios:
    """UN survival and fertility over ten years from `year` (fertility from 2010 on only)."""
    fertility = load_fertility() if year == START else None
    ratios = survival_ratios(load_survival(), year, END - START, fertility)
    return SurvivalRatios(START, ratios.step, ratios.steps, ratios.newborn, ratios.fertility)

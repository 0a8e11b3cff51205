"""Ages, births, deaths and migration: accounting between censuses and cohort projection.

What comes in: `AgeStructure` and rates; what goes out: an `Accounting` or joint draws.
"""

from typing import TYPE_CHECKING

from econshrink.core.lazy import namespace

if TYPE_CHECKING:
    from econshrink.demography.accounting import (
        account as account,
        national_residual as national_residual,
        relative_mortality as relative_mortality,
    )
    from econshrink.demography.accounting_options import (
        ByMothers as ByMothers,
        ByResidence as ByResidence,
        Children as Children,
        ClosedNation as ClosedNation,
        Nation as Nation,
        OpenNation as OpenNation,
    )
    from econshrink.demography.ageing import (
        SurvivalRatios as SurvivalRatios,
        predicted_ages as predicted_ages,
        predicted_structure as predicted_structure,
        spread_ages as spread_ages,
        survival_ratios as survival_ratios,
    )
    from econshrink.demography.projection.calibration import (
        Calibration as Calibration,
        as_nation as as_nation,
        calibrate as calibrate,
        project_nation as project_nation,
    )
    from econshrink.demography.projection.component import (
        CohortStart as CohortStart,
        Projection as Projection,
        RateRisk as RateRisk,
        Shift as Shift,
        project_cohorts as project_cohorts,
    )
    from econshrink.demography.projection.earlier import (
        levels_between as levels_between,
        process_from_steps as process_from_steps,
    )
    from econshrink.demography.projection.fertility import relative_fertility as relative_fertility
    from econshrink.demography.projection.hamilton_perry import hamilton_perry as hamilton_perry
    from econshrink.demography.projection.migration import (
        MigrationProcess as MigrationProcess,
        Profiles as Profiles,
        process_from_decades as process_from_decades,
        profiles as profiles,
        step_levels as step_levels,
    )
    from econshrink.demography.projection.natural import (
        NaturalGrowth as NaturalGrowth,
        NaturalTable as NaturalTable,
        Tabulation as Tabulation,
        growth_without_migration as growth_without_migration,
        held_ratios as held_ratios,
        national_growth as national_growth,
        natural_growth as natural_growth,
        rates_of as rates_of,
    )

__getattr__, __dir__ = namespace(__name__, __file__)

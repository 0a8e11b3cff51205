"""The synthetic laboratory: a country whose truth is known, and figures damaged as real ones.

What comes in: settings; what goes out: panels marked synthetic, and the truth behind them.
"""

from typing import TYPE_CHECKING

from econshrink.core.lazy import namespace

if TYPE_CHECKING:
    from econshrink.lab.calibration import calibration_table as calibration_table
    from econshrink.lab.country.demography import survival_rates as survival_rates
    from econshrink.lab.country.economy import (
        HousingSettings as HousingSettings,
        JobSettings as JobSettings,
        PolicySettings as PolicySettings,
        Sector as Sector,
        ShockSettings as ShockSettings,
    )
    from econshrink.lab.country.migration import age_profile as age_profile
    from econshrink.lab.country.path import Path as Path, run_path as run_path
    from econshrink.lab.country.people import (
        DemographySettings as DemographySettings,
        MigrationSettings as MigrationSettings,
        PlaceSettings as PlaceSettings,
        Region as Region,
    )
    from econshrink.lab.country.places import Places as Places
    from econshrink.lab.country.policy import NEVER as NEVER
    from econshrink.lab.detection import (
        REPAIRS as REPAIRS,
        Decade as Decade,
        closed as closed,
        detection_experiment as detection_experiment,
        detection_experiments as detection_experiments,
        smoothed_country as smoothed_country,
    )
    from econshrink.lab.montecarlo import (
        Settings as Settings,
        Study as Study,
        monte_carlo as monte_carlo,
        replicate as replicate,
    )
    from econshrink.lab.observe import Releases as Releases
    from econshrink.lab.performance import (
        Answer as Answer,
        coverage_test as coverage_test,
        summarise as summarise,
    )
    from econshrink.lab.planted_flows import (
        BALANCED as BALANCED,
        CORE as CORE,
        LOSER as LOSER,
        RECEIVER as RECEIVER,
        ROLES as ROLES,
        TWO_WAY as TWO_WAY,
        FlowSettings as FlowSettings,
        PlantedFlows as PlantedFlows,
        plant_roles as plant_roles,
    )
    from econshrink.lab.settings import (
        Intervention as Intervention,
        LabSettings as LabSettings,
        ObservationSettings as ObservationSettings,
    )
    from econshrink.lab.simulation import (
        LabRun as LabRun,
        simulate as simulate,
        true_vintage as true_vintage,
    )
    from econshrink.lab.truth import (
        AGEING as AGEING,
        JOB_GROWTH as JOB_GROWTH,
        Lever as Lever,
        Outcome as Outcome,
        policy_effect as policy_effect,
        structural as structural,
        total_effect as total_effect,
    )

__getattr__, __dir__ = namespace(__name__, __file__)

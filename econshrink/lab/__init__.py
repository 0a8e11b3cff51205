"""The synthetic laboratory: a country whose truth is known, and figures damaged as real ones."""

from econshrink.lab.calibration import calibration_table
from econshrink.lab.country.economy import (
    HousingSettings,
    JobSettings,
    PolicySettings,
    Sector,
    ShockSettings,
)
from econshrink.lab.country.people import (
    DemographySettings,
    MigrationSettings,
    PlaceSettings,
    Region,
)
from econshrink.lab.detection import detection_experiment, smoothed_country
from econshrink.lab.montecarlo import Study, monte_carlo, replicate
from econshrink.lab.performance import Answer, coverage_test, summarise
from econshrink.lab.settings import Intervention, LabSettings, ObservationSettings
from econshrink.lab.simulation import LabRun, as_known_in, simulate
from econshrink.lab.truth import Lever, Outcome, policy_effect, structural, total_effect

__all__ = [
    "Answer",
    "DemographySettings",
    "HousingSettings",
    "Intervention",
    "JobSettings",
    "LabRun",
    "LabSettings",
    "Lever",
    "MigrationSettings",
    "ObservationSettings",
    "Outcome",
    "PlaceSettings",
    "PolicySettings",
    "Region",
    "Sector",
    "ShockSettings",
    "Study",
    "as_known_in",
    "calibration_table",
    "coverage_test",
    "detection_experiment",
    "monte_carlo",
    "policy_effect",
    "replicate",
    "simulate",
    "smoothed_country",
    "structural",
    "summarise",
    "total_effect",
]

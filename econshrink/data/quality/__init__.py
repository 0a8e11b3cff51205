"""Detectors: stated rules that flag cells of a panel, with measured hit and false-alarm rates."""

from econshrink.data.quality.concept import HukouInResident, PartAboveWhole
from econshrink.data.quality.detect import DEFAULT_RULES, Detector, apply_flags, detect, detect_all
from econshrink.data.quality.drivers import (
    DriverColumns,
    MedianStep,
    Negative,
    check_drivers,
    check_flow_direction,
)
from econshrink.data.quality.history import (
    CopiedYear,
    Jump,
    Spike,
    SwappedDigits,
    UnitSlip,
    ZeroBetween,
)
from econshrink.data.quality.lines import InterpolationRun, SharedValue
from econshrink.data.quality.planted import DEFECTS, Defect, detection_rates, plant
from econshrink.data.quality.sums import check_sums

__all__ = [
    "DEFAULT_RULES",
    "DEFECTS",
    "CopiedYear",
    "Defect",
    "Detector",
    "DriverColumns",
    "HukouInResident",
    "InterpolationRun",
    "Jump",
    "MedianStep",
    "Negative",
    "PartAboveWhole",
    "SharedValue",
    "Spike",
    "SwappedDigits",
    "UnitSlip",
    "ZeroBetween",
    "apply_flags",
    "check_drivers",
    "check_flow_direction",
    "check_sums",
    "detect",
    "detect_all",
    "detection_rates",
    "plant",
]

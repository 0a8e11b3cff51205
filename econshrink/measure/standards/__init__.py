"""The rules that call a city shrinking, as objects with source, formula and parameters.

A rule is any frozen object with the members of `Rule`; `register` adds one to the list that
`registered` shows. `identify` in the sibling module applies a rule to a panel.
"""

from econshrink.measure.standards.ages import WomenToElderly, YoungWomenLoss
from econshrink.measure.standards.builtin import register_built_in
from econshrink.measure.standards.composite import CompositeDegree
from econshrink.measure.standards.decades import (
    Beauregard,
    LiMykhnenko,
    WolffWiechmann,
    prevalence,
)
from econshrink.measure.standards.falls import ConsecutiveDecline, Scirn
from econshrink.measure.standards.gaps import BreakAtGaps, BridgeGaps, LeaveGaps
from econshrink.measure.standards.lights import (
    IntensityFrequency,
    LightsAndPeople,
    NightLightLoss,
)
from econshrink.measure.standards.loss import (
    LiCaoYu,
    LongWu,
    NetLoss,
    OswaltRieniets,
    SchillingLogan,
)
from econshrink.measure.standards.paths import PathClusters
from econshrink.measure.standards.registry import register, registered, rule_table, withdraw
from econshrink.measure.standards.report import PARTS, ReportStandard
from econshrink.measure.standards.rule import Rule
from econshrink.measure.standards.trajectories import AlvesShapes, TurokMykhnenko

__all__ = [
    "PARTS",
    "AlvesShapes",
    "Beauregard",
    "BreakAtGaps",
    "BridgeGaps",
    "CompositeDegree",
    "ConsecutiveDecline",
    "IntensityFrequency",
    "LeaveGaps",
    "LiCaoYu",
    "LiMykhnenko",
    "LightsAndPeople",
    "LongWu",
    "NetLoss",
    "NightLightLoss",
    "OswaltRieniets",
    "PathClusters",
    "ReportStandard",
    "Rule",
    "SchillingLogan",
    "Scirn",
    "TurokMykhnenko",
    "WolffWiechmann",
    "WomenToElderly",
    "YoungWomenLoss",
    "prevalence",
    "register",
    "registered",
    "rule_table",
    "withdraw",
]

register_built_in()

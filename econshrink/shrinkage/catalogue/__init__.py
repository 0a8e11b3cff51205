"""The rules that call a city shrinking, as objects with source, formula and parameters.

A rule is any frozen object with the members of `Rule`; `register` adds one to the list that
`registered` shows. `identify` in the sibling module applies a rule to a panel.
"""

from econshrink.shrinkage.catalogue.ages import WomenToElderly, YoungWomenLoss
from econshrink.shrinkage.catalogue.builtin import register_built_in
from econshrink.shrinkage.catalogue.composite import CompositeDegree
from econshrink.shrinkage.catalogue.decades import (
    Beauregard,
    LiMykhnenko,
    WolffWiechmann,
    prevalence,
)
from econshrink.shrinkage.catalogue.falls import ConsecutiveDecline, Scirn
from econshrink.shrinkage.catalogue.gaps import BreakAtGaps, BridgeGaps, LeaveGaps
from econshrink.shrinkage.catalogue.lights import (
    IntensityFrequency,
    LightsAndPeople,
    NightLightLoss,
)
from econshrink.shrinkage.catalogue.loss import (
    LiCaoYu,
    LongWu,
    NetLoss,
    OswaltRieniets,
    SchillingLogan,
)
from econshrink.shrinkage.catalogue.paths import PathClusters
from econshrink.shrinkage.catalogue.registry import register, registered, rule_table, withdraw
from econshrink.shrinkage.catalogue.report import PARTS, ReportStandard
from econshrink.shrinkage.catalogue.rule import Rule
from econshrink.shrinkage.catalogue.trajectories import AlvesShapes, TurokMykhnenko

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

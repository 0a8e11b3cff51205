"""The rules of the literature and of the 2025 report, put on the registry."""

from __future__ import annotations

from econshrink.shrinkage.catalogue.ages import WomenToElderly, YoungWomenLoss
from econshrink.shrinkage.catalogue.composite import CompositeDegree
from econshrink.shrinkage.catalogue.decades import Beauregard, LiMykhnenko, WolffWiechmann
from econshrink.shrinkage.catalogue.falls import ConsecutiveDecline, Scirn
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
from econshrink.shrinkage.catalogue.registry import register, registered
from econshrink.shrinkage.catalogue.report import ReportStandard
from econshrink.shrinkage.catalogue.rule import Rule
from econshrink.shrinkage.catalogue.trajectories import AlvesShapes, TurokMykhnenko

BUILT_IN: tuple[tuple[str, Rule, str], ...] = (
    ("census_loss", NetLoss("population"), "Residents fell between two censuses"),
    ("census_urban_loss", NetLoss("urban"), "Urban residents fell between two censuses"),
    ("report_standard", ReportStandard("A"), "Three-part standard of the 2025 report"),
    ("three_falls", ConsecutiveDecline(3), "Three annual falls in a row"),
    ("oswalt_rieniets", OswaltRieniets(), "Lost 10 percent, or more than 1 percent a year"),
    ("scirn", Scirn(), "Falls for more than two years with a structural crisis"),
    ("schilling_logan", SchillingLogan(), "Industrial city, lost a quarter, vacancy rose"),
    ("beauregard", Beauregard(), "Losing decades: prevalence, severity, persistence"),
    ("turok_mykhnenko", TurokMykhnenko(), "Trajectory of five-year periods"),
    ("wolff_wiechmann", WolffWiechmann(), "Annual rate below -0.15 percent in a decade"),
    ("alves_shapes", AlvesShapes(), "Below the peak, by the shape of the path"),
    ("long_wu", LongWu(), "People and density both fell"),
    ("li_mykhnenko", LiMykhnenko(), "Net loss in the last decade"),
    ("li_cao_yu_narrow", LiCaoYu(narrow=True), "Urban people fell (narrow)"),
    ("li_cao_yu_broad", LiCaoYu(narrow=False), "Residents fell (broad)"),
    ("composite_degree", CompositeDegree(), "Weighted change of several dimensions below zero"),
    ("night_lights", NightLightLoss(), "Mean radiance fell"),
    ("intensity_frequency", IntensityFrequency(), "Falls on average and in most years"),
    ("lights_and_people", LightsAndPeople(), "Lights and people both slope down"),
    ("path_clusters", PathClusters(), "Cluster of population and economy paths ends lower"),
    ("women_to_elderly", WomenToElderly(), "Fewer than one young woman per two elderly"),
    ("young_women_loss", YoungWomenLoss(), "Young women halve over the window"),
)


def register_built_in() -> None:
    """Put every built-in rule on the registry that is not there yet."""
    present = registered()
    for key, rule, title in BUILT_IN:
        if key not in present:
            register(rule, key, title)

"""How often the formal rule finds planted roles, beside naive rules."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from analyses.machinery.studies.plan import Plan
from econshrink import Resampling
from econshrink.flows import BorgattiEverett, RoleRule, core_exhaustive, flow_roles, strengths
from econshrink.lab import (
    BALANCED,
    CORE,
    LOSER,
    RECEIVER,
    ROLES,
    TWO_WAY,
    Answer,
    FlowSettings,
    PlantedFlows,
    Study,
    plant_roles,
)

TAU = RoleRule().tau
LOW = FlowSettings(flow_per_pair=10.0, inverse_shape=0.05)
MIDDLE = FlowSettings(flow_per_pair=50.0, inverse_shape=0.005)
HIGH = FlowSettings(flow_per_pair=200.0, inverse_shape=0.0005)
GRID = {
    "low": LOW,
    "middle": MIDDLE,
    "high": HIGH,
    "five_years": FlowSettings(flow_per_pair=50.0, inverse_shape=0.005, years=5),
    "high_loose": replace(HIGH, inverse_shape=0.01),
    "high_one_core": replace(HIGH, roles=(CORE, RECEIVER, *HIGH.roles[2:])),
    "high_three_cores": replace(HIGH, roles=(*HIGH.roles[:4], CORE, *HIGH.roles[5:])),
}


def strength_gap(values: np.ndarray, most: int = 6) -> np.ndarray:
    """Cities above the largest gap of log in-strength, the naive core."""
    order = np.argsort(-values, kind="stable")
    gaps = -np.diff(np.log(np.maximum(values[order], 0.5)))[:most]
    core = np.zeros(len(values), dtype=bool)
    core[order[: int(gaps.argmax()) + 1]] = True
    return core


def naive_labels(planted: PlantedFlows, core: np.ndarray) -> np.ndarray:
    """Roles read off point values without a test."""
    table = strengths(planted.network)
    effect, turnover = table["effectiveness"].to_numpy(), table["turnover"].to_numpy()
    label = np.full(len(effect), BALANCED, dtype=object)
    label[effect > TAU], label[effect < -TAU] = RECEIVER, LOSER
    lively = turnover >= np.quantile(turnover[~core], RoleRule().turnover_quantile)
    label[(np.abs(effect) <= TAU) & lively] = TWO_WAY
    label[core] = CORE
    return label


def scores(planted: PlantedFlows, label: np.ndarray, prefix: str) -> dict[str, Answer]:
    """Whether the core is exact, shares of roles found, and the share of false gains and losses."""
    true = np.array(planted.roles, dtype=object)
    found = {
        f"{prefix}.core": Answer(float(((label == CORE) == (true == CORE)).all())),
        f"{prefix}.accuracy": Answer(float((label == true).mean())),
    }
    for role in ROLES[1:]:
        found[f"{prefix}.{role}"] = Answer(float((label[true == role] == role).mean()))
    called = np.isin(label, (RECEIVER, LOSER))
    sign = np.where(label == RECEIVER, 1.0, -1.0)
    false = called & (sign * planted.effectiveness <= TAU)
    found[f"{prefix}.false"] = Answer(float(false.sum() / max(called.sum(), 1)))
    nodes = label == TWO_WAY
    wrong = float((nodes & (true != TWO_WAY)).sum() / max(nodes.sum(), 1))
    found[f"{prefix}.false_nodes"] = Answer(wrong)
    return found


def estimate(planted: PlantedFlows, rng: np.random.Generator) -> dict[str, Answer]:
    """Label one drawn network by the formal rule and by two naive ones."""
    data = planted.panel if len(planted.panel.networks) > 1 else planted.network
    rule = np.array(flow_roles(data, resampling=Resampling(59, rng=rng)).roles.labels, dtype=object)
    gap = strength_gap(planted.network.in_strength)
    exact = core_exhaustive(np.asarray(planted.network.flows), BorgattiEverett(1.0)).members
    return {
        **scores(planted, rule, "rule"),
        **scores(planted, naive_labels(planted, gap), "gap"),
        **scores(planted, naive_labels(planted, exact), "exact"),
    }


# What a perfect rule would score.
TRUTH = {
    f"{prefix}.{name}": 0.0 if name.startswith("false") else 1.0
    for prefix in ("rule", "gap", "exact")
    for name in ("core", "accuracy", *ROLES[1:], "false", "false_nodes")
}


PLANS = (
    Plan(
        Study("planted_roles", estimate, TRUTH, plant_roles),
        GRID,
        replicates=200,
        title="Recovery of planted roles in networks of 13 cities",
        module="analyses.studies.planted_roles",
    ),
)
